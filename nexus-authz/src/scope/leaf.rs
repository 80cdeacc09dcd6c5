//! One comparison of an attribute with a value, as jsonpath.

use serde_json::Value;

use super::predicate::Writer;
use crate::policy::{
    compare::number_text,
    condition::{Comparison, Operand, Operator},
};

/// Numbers from here on are not lowered: a float of this size and its shortest decimal are different numbers.
const WHOLE: f64 = 9_007_199_254_740_992.0;
/// Longer texts are not made into regular expressions.
const LONGEST_PART: usize = 256;
/// Longer lists of values that are not all texts are not lowered: each becomes a comparison, in a chain.
const LONGEST_LIST: usize = 100;

/// The comparison, or nothing when jsonpath cannot say the same.
pub(super) fn write(comparison: &Comparison, writer: &mut Writer) -> Option<String> {
    let (path, literal, turned) = match (&comparison.left, &comparison.right) {
        (Operand::Attribute(path), Operand::Literal(literal)) => (path, literal, false),
        (Operand::Literal(literal), Operand::Attribute(path)) => (path, literal, true),
        _ => return None,
    };
    let keys = path.below_resource()?;
    if keys.is_empty() {
        // The resource as a whole is not an attribute.
        return Some("(1 == 0)".to_owned());
    }
    let at = keys
        .iter()
        .try_fold("$".to_owned(), |at, key| Some(format!("{at}.{}", serde_json::to_string(key.as_ref()).ok()?)))?;
    let defined = |positive: String| Some(format!("({} && !{positive})", certain(&format!("exists({at})"))));
    match (&comparison.operator, turned) {
        (Operator::Eq, _) => equal(&at, literal, writer),
        (Operator::Ne, _) => defined(equal(&at, literal, writer)?),
        (Operator::In, false) => within(&at, literal, writer),
        (Operator::NotIn, false) => defined(within(&at, literal, writer)?),
        (Operator::In, true) => held(&at, literal, writer),
        (Operator::NotIn, true) => defined(held(&at, literal, writer)?),
        (Operator::Gt, false) | (Operator::Lt, true) => ordered(&at, ">", literal, writer),
        (Operator::Gte, false) | (Operator::Lte, true) => ordered(&at, ">=", literal, writer),
        (Operator::Lt, false) | (Operator::Gt, true) => ordered(&at, "<", literal, writer),
        (Operator::Lte, false) | (Operator::Gte, true) => ordered(&at, "<=", literal, writer),
        (Operator::Contains, false) => contains(&at, literal, writer),
        (Operator::StartsWith, false) => starts_with(&at, literal, writer),
        _ => None,
    }
}

/// Of these one has to be true.
fn any(tests: &[String]) -> String {
    match tests.len() {
        0 => "(1 == 0)".to_owned(),
        1 => tests.concat(),
        _ => format!("({})", tests.join(" || ")),
    }
}

/// Makes a comparison of different types, or of something missing, false instead of unknown.
fn certain(comparison: &str) -> String {
    format!("(({comparison}) && !(({comparison}) is unknown))")
}

fn equal(at: &str, literal: &Value, writer: &mut Writer) -> Option<String> {
    let test = item_equal(at, literal, writer)?;
    Some(any(&test.iter().map(|t| certain(t)).collect::<Vec<_>>()))
}

/// The comparisons of which one must be true: a number also equals the truth value that counts as it.
fn item_equal(at: &str, literal: &Value, writer: &mut Writer) -> Option<Vec<String>> {
    match literal {
        Value::Null => Some(vec![format!("{at} == null")]),
        Value::Bool(b) => Some(vec![format!("{at} == {b}"), format!("{at} == {}", i32::from(*b))]),
        Value::String(text) if storable(text) => Some(vec![format!("{at} == {}", writer.bind(literal))]),
        Value::Number(_) => {
            let number = lowerable(literal)?;
            let mut tests = vec![format!("{at} == {}", writer.bind(literal))];
            tests.extend(
                [false, true].iter().filter(|b| truth(**b).total_cmp(&number).is_eq()).map(|b| format!("{at} == {b}")),
            );
            Some(tests)
        }
        _ => None,
    }
}

fn within(at: &str, literal: &Value, writer: &mut Writer) -> Option<String> {
    match literal {
        Value::Null => Some("(1 == 0)".to_owned()),
        // A list of texts is one variable, however long it is.
        Value::Array(items) if items.iter().all(|item| item.as_str().is_some_and(storable)) => {
            Some(certain(&format!("exists({}[*] ? (@ == {at}))", writer.bind(literal))))
        }
        Value::Array(items) if items.len() <= LONGEST_LIST => {
            let tests: Option<Vec<_>> = items.iter().map(|item| equal(at, item, writer)).collect();
            Some(any(&tests?))
        }
        Value::Array(_) => None,
        scalar => equal(at, scalar, writer),
    }
}

/// The literal is an item of the attribute, or the attribute itself where that is no list.
fn held(at: &str, literal: &Value, writer: &mut Writer) -> Option<String> {
    let item = item_equal("@", literal, writer)?.join(" || ");
    let member = certain(&format!("exists({at}[*] ? ({item}))"));
    // Nothing holds nothing.
    let itself = if literal.is_null() { None } else { Some(equal(at, literal, writer)?) };
    let tests: Vec<String> = [Some(member), itself].into_iter().flatten().collect();
    Some(any(&tests))
}

fn ordered(at: &str, operator: &str, literal: &Value, writer: &mut Writer) -> Option<String> {
    let number = match literal {
        Value::String(text) if storable(text) => {
            let bound = writer.bind(literal);
            return Some(certain(&format!("{at} {operator} {bound}")));
        }
        Value::Bool(b) => truth(*b),
        Value::Number(_) => lowerable(literal)?,
        Value::String(_) => return None,
        _ => return Some("(1 == 0)".to_owned()),
    };
    let bound = if literal.is_number() { writer.bind(literal) } else { number.to_string() };
    let mut tests = vec![certain(&format!("{at} {operator} {bound}"))];
    for b in [false, true] {
        let order = truth(b).partial_cmp(&number)?;
        let holds = match operator {
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "<" => order.is_lt(),
            _ => order.is_le(),
        };
        if holds {
            tests.push(certain(&format!("{at} == {b}")));
        }
    }
    Some(any(&tests))
}

fn contains(at: &str, literal: &Value, writer: &mut Writer) -> Option<String> {
    // Each item is tested by itself: an item of another type must not make the whole list unknown.
    let item = item_equal("@", literal, writer)?.join(" || ");
    let member = certain(&format!("exists({at}[*] ? ({item}))"));
    let part = match scalar_text(literal) {
        None => return Some(member),
        Some(text) if text.is_empty() => certain(&format!("{at} starts with \"\"")),
        Some(text) if text.len() <= LONGEST_PART => {
            let quoted = serde_json::to_string(&text).ok()?;
            certain(&format!("{at} like_regex {quoted} flag \"q\""))
        }
        Some(_) => return None,
    };
    Some(format!("({member} || {part})"))
}

fn starts_with(at: &str, literal: &Value, writer: &mut Writer) -> Option<String> {
    let Some(text) = scalar_text(literal) else { return Some("(1 == 0)".to_owned()) };
    if !storable(&text) {
        return None;
    }
    let bound = writer.bind(&Value::String(text));
    Some(certain(&format!("{at} starts with {bound}")))
}

fn scalar_text(literal: &Value) -> Option<String> {
    match literal {
        Value::String(text) => Some(text.clone()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Number(n) => Some(number_text(n)),
        _ => None,
    }
}

/// PostgreSQL has no texts with a NUL.
fn storable(text: &str) -> bool {
    !text.contains('\0')
}

/// The value of a number that compares in PostgreSQL as it does here.
pub(super) fn lowerable(literal: &Value) -> Option<f64> {
    literal.as_f64().filter(|n| n.abs() < WHOLE).map(|n| if n == 0.0 { 0.0 } else { n })
}

fn truth(b: bool) -> f64 {
    if b { 1.0 } else { 0.0 }
}
