//! Lists in an order that the client chooses, and places in them. Pure; the statement is written by `pg::keyset`.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The fields that a list can be sorted by.
pub trait Field: Copy + PartialEq + fmt::Debug + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// The name for clients, which is the name of the column.
    fn as_str(self) -> &'static str;

    /// What its values are.
    fn kind(self) -> Kind;
}

/// What the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Moments.
    Time,
    /// Texts.
    Text,
    /// Whole numbers.
    Number,
}

/// A value of a field, with its type: a text that looks like a date stays a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    /// A moment.
    Time(DateTime<Utc>),
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
}

impl Value {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Time(_) => Kind::Time,
            Self::Text(_) => Kind::Text,
            Self::Number(_) => Kind::Number,
        }
    }
}

/// One step of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<F> {
    /// The field.
    pub field: F,
    /// Whether it falls.
    pub falls: bool,
}

/// The order of a list: fields, each once, and then the id in the direction of the first, so that there are no ties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order<F>(Vec<Step<F>>);

/// A place in a list: the values of the fields of its order at an item, and the id of the item.
pub type Place = Vec<Value>;

/// A name that is no field of the list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Unsupported sort field: {0}")]
pub struct UnknownField(pub String);

/// The longest name that is repeated to a client.
const MAX_NAME: usize = 64;

impl<F: Field> Order<F> {
    /// By one field.
    #[must_use]
    pub fn by(field: F, falls: bool) -> Self {
        Self(vec![Step { field, falls }])
    }

    /// Reads names with commas between them, `-` before one that falls. A name that comes again says nothing; no name is
    /// `otherwise`.
    pub fn parse(text: &str, otherwise: Self) -> Result<Self, UnknownField> {
        let mut steps: Vec<Step<F>> = Vec::new();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let (name, falls) = name.strip_prefix('-').map_or((name, false), |name| (name, true));
            let known = F::ALL.iter().copied().find(|field| field.as_str() == name);
            let short = || name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
            let field = known.ok_or_else(|| UnknownField(short()))?;
            if steps.iter().all(|step| step.field != field) {
                steps.push(Step { field, falls });
            }
        }
        Ok(if steps.is_empty() { otherwise } else { Self(steps) })
    }

    /// The fields.
    #[must_use]
    pub fn steps(&self) -> &[Step<F>] {
        &self.0
    }

    /// The direction of the id.
    #[must_use]
    pub fn id_falls(&self) -> bool {
        self.0.first().is_some_and(|step| step.falls)
    }

    /// Whether a place can be one of this order, with ids of that kind.
    #[must_use]
    pub fn fits(&self, place: &[Value], id: Kind) -> bool {
        let wanted = self.0.iter().map(|step| step.field.kind()).chain([id]);
        wanted.eq(place.iter().map(Value::kind))
    }
}

impl<F: Field> fmt::Display for Order<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, step) in self.0.iter().enumerate() {
            let (comma, sign) = (if n > 0 { "," } else { "" }, if step.falls { "-" } else { "" });
            write!(f, "{comma}{sign}{}", step.field.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

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

    fn parsed(text: &str) -> Result<String, UnknownField> {
        Order::parse(text, Order::by(Of::Age, true)).map(|order| order.to_string())
    }

    #[test]
    fn an_order_is_read_and_told_in_one_form() {
        assert_eq!(parsed("name,-age").unwrap(), "name,-age");
        assert_eq!(parsed(" -name , name,age,").unwrap(), "-name,age");
        for nothing in ["", ",", " , "] {
            assert_eq!(parsed(nothing).unwrap(), "-age");
        }
        assert_eq!(parsed("name,size").unwrap_err().to_string(), "Unsupported sort field: size");
        assert_eq!(parsed("--name").unwrap_err().0, "-name");
        assert_eq!(parsed(&"x".repeat(1000)).unwrap_err().0.len(), MAX_NAME);
    }

    #[test]
    fn a_place_has_a_value_of_its_type_for_each_field() {
        let order = Order::parse("name,-age", Order::by(Of::Age, true)).unwrap();
        let (text, number) = (|| Value::Text("20240101".into()), || Value::Number(7));
        assert!(order.fits(&[text(), number(), text()], Kind::Text));
        for bad in [vec![], vec![text(), number()], vec![number(), number(), text()], vec![text(), number(), number()]]
        {
            assert!(!order.fits(&bad, Kind::Text), "{bad:?}");
        }
        let told = serde_json::to_string(&text()).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&told).unwrap(), text());
    }
}
