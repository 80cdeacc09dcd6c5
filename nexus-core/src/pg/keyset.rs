//! The part of a statement that goes on where a page ended, in whatever order.

use sqlx::{Postgres, QueryBuilder};

use crate::order::{Field, Order, Value};

/// Appends the condition that a row comes after a place, which has a value for each field and one for the id. Columns are
/// named with `prefix`.
pub fn after<F: Field>(query: &mut QueryBuilder<Postgres>, prefix: &str, order: &Order<F>, place: &[Value]) {
    let columns = columns(order);
    let alike = columns.iter().all(|(_, falls)| *falls == order.id_falls());
    query.push(" AND (");
    if alike {
        // One comparison of rows, which an index can answer.
        let names: Vec<String> = columns.iter().map(|(name, _)| format!("{prefix}{name}")).collect();
        query.push(format_args!("({}) {} (", names.join(", "), sign(order.id_falls())));
        for (n, value) in place.iter().enumerate() {
            query.push(if n > 0 { ", " } else { "" });
            bind(query, value);
        }
        query.push(")");
    } else {
        // The first field decides, or it is the same and the second does, and so on.
        for (n, (name, falls)) in columns.iter().enumerate() {
            query.push(if n > 0 { " OR (" } else { "(" });
            for ((same, _), value) in columns.iter().zip(place).take(n) {
                query.push(format_args!("{prefix}{same} = "));
                bind(query, value);
                query.push(" AND ");
            }
            query.push(format_args!("{prefix}{name} {} ", sign(*falls)));
            if let Some(value) = place.get(n) {
                bind(query, value);
            }
            query.push(")");
        }
    }
    query.push(")");
}

/// Appends the order.
pub fn order_by<F: Field>(query: &mut QueryBuilder<Postgres>, prefix: &str, order: &Order<F>) {
    let columns = columns(order);
    let terms: Vec<String> =
        columns.iter().map(|(name, falls)| format!("{prefix}{name}{}", if *falls { " DESC" } else { "" })).collect();
    query.push(format_args!(" ORDER BY {}", terms.join(", ")));
}

fn columns<F: Field>(order: &Order<F>) -> Vec<(&'static str, bool)> {
    let fields = order.steps().iter().map(|step| (step.field.as_str(), step.falls));
    fields.chain([("id", order.id_falls())]).collect()
}

fn sign(falls: bool) -> char {
    if falls { '<' } else { '>' }
}

fn bind(query: &mut QueryBuilder<Postgres>, value: &Value) {
    match value {
        Value::Time(time) => query.push_bind(*time),
        Value::Text(text) => query.push_bind(text.clone()),
        Value::Number(number) => query.push_bind(*number),
    };
}

/// A pattern for `ILIKE` that looks for a text as it is, anywhere: `%` and `_` in it are characters like others.
#[must_use]
pub fn holding(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::order::Kind;

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Of {
        Name,
        Age,
    }

    impl Field for Of {
        const ALL: &'static [Self] = &[Self::Name, Self::Age];

        fn as_str(self) -> &'static str {
            if self == Self::Name { "name" } else { "age" }
        }

        fn kind(self) -> Kind {
            if self == Self::Name { Kind::Text } else { Kind::Number }
        }
    }

    fn written(sort: &str) -> String {
        let order = Order::parse(sort, Order::by(Of::Age, true)).unwrap();
        let value = |kind| if kind == Kind::Text { Value::Text("x".into()) } else { Value::Number(1) };
        let place: Vec<Value> =
            order.steps().iter().map(|step| value(step.field.kind())).chain([value(Kind::Text)]).collect();
        let mut query = QueryBuilder::new("");
        after(&mut query, "d.", &order, &place);
        order_by(&mut query, "d.", &order);
        query.into_string()
    }

    #[test]
    fn one_direction_is_one_comparison_and_two_are_spelled_out() {
        assert_eq!(written("-age"), " AND ((d.age, d.id) < ($1, $2)) ORDER BY d.age DESC, d.id DESC");
        assert_eq!(written("name,age"), " AND ((d.name, d.age, d.id) > ($1, $2, $3)) ORDER BY d.name, d.age, d.id");
        assert_eq!(
            written("name,-age"),
            " AND ((d.name > $1) OR (d.name = $2 AND d.age < $3) OR (d.name = $4 AND d.age = $5 AND d.id > $6)) \
             ORDER BY d.name, d.age DESC, d.id"
        );
    }

    #[test]
    fn a_pattern_looks_for_the_text_itself() {
        assert_eq!(holding(r"50%_a\b"), r"%50\%\_a\\b%");
    }
}
