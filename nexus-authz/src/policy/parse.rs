//! Reads a condition, or says where it is wrong.

use std::{io, sync::Arc};

use serde_json::{Map, Value};

use super::{
    attribute::Path,
    condition::{Comparison, ConditionError, ConditionFault, Limits, Node, Operand, Operator},
    time::Window,
};

/// Where a condition starts.
const ROOT: &str = "condition_json";

type Parsed<T> = Result<T, ConditionError>;

/// The deepest nesting of JSON that is looked at, literals included: as deep as `serde_json` reads. Values that a program
/// puts together itself can be deeper than the stack.
const MOST_NESTED: usize = 128;

pub(super) fn parse(json: &Value, limits: &Limits) -> Parsed<Node> {
    check_nesting(json, MOST_NESTED)?;
    check_length(json, limits)?;
    node(json, ROOT, 1, limits)
}

fn node(json: &Value, path: &str, depth: usize, limits: &Limits) -> Parsed<Node> {
    check_depth(path, depth, limits)?;
    match json {
        Value::Null => Ok(Node::Const(true)),
        Value::Bool(value) => Ok(Node::Const(*value)),
        Value::Object(map) if map.is_empty() => Ok(Node::Const(true)),
        Value::Object(map) => operator(map, path, depth, limits),
        _ => Err(invalid(path, "must be an object with one operator, or true or false")),
    }
}

fn operator(map: &Map<String, Value>, path: &str, depth: usize, limits: &Limits) -> Parsed<Node> {
    let mut entries = map.iter();
    let (Some((name, payload)), None) = (entries.next(), entries.next()) else {
        return Err(invalid(path, "must have exactly one operator"));
    };
    let path = format!("{path}.{name}");
    check_depth(&path, depth + 1, limits)?;
    match name.as_str() {
        "all" => Ok(Node::All(children(payload, &path, depth, limits)?)),
        "any" => Ok(Node::Any(children(payload, &path, depth, limits)?)),
        "not" if is_empty(payload) => Err(invalid(&path, "must not be empty")),
        "not" => Ok(Node::Not(Box::new(node(payload, &path, depth + 1, limits)?))),
        _ => comparison(name, payload, &path).map(|c| Node::Compare(Arc::new(c))),
    }
}

fn is_empty(json: &Value) -> bool {
    json.is_null() || json.as_object().is_some_and(Map::is_empty)
}

fn children(payload: &Value, path: &str, depth: usize, limits: &Limits) -> Parsed<Vec<Node>> {
    let Value::Array(items) = payload else { return Err(invalid(path, "must be a list of conditions")) };
    items.iter().enumerate().map(|(n, item)| node(item, &format!("{path}[{n}]"), depth + 1, limits)).collect()
}

fn comparison(name: &str, payload: &Value, path: &str) -> Parsed<Comparison> {
    let plain = match name {
        "eq" => Some(Operator::Eq),
        "ne" => Some(Operator::Ne),
        "in" => Some(Operator::In),
        "not_in" => Some(Operator::NotIn),
        "gt" => Some(Operator::Gt),
        "gte" => Some(Operator::Gte),
        "lt" => Some(Operator::Lt),
        "lte" => Some(Operator::Lte),
        "contains" => Some(Operator::Contains),
        "starts_with" => Some(Operator::StartsWith),
        "time_between" | "date_between" => None,
        _ => return Err(invalid(path, "is not an operator")),
    };
    let (left, right, right_path) = sides(payload, path)?;
    let operator = match plain {
        Some(operator) => operator,
        None => Operator::Between(window(name, &right, &right_path)?),
    };
    Ok(Comparison { operator, left, right })
}

/// The two operands, in any of the three ways to write them, and where the right one is.
fn sides(payload: &Value, path: &str) -> Parsed<(Operand, Operand, String)> {
    let expected = "must be [left, right], {\"field\", \"value\"} or {\"left\", \"right\"}";
    match payload {
        Value::Array(items) => {
            let [left, right] = items.as_slice() else { return Err(invalid(path, expected)) };
            let at = format!("{path}[1]");
            Ok((operand(left, &format!("{path}[0]"))?, operand(right, &at)?, at))
        }
        Value::Object(map) if map.len() == 2 => {
            if let (Some(field), Some(value)) = (map.get("field"), map.get("value")) {
                let at = format!("{path}.value");
                return Ok((attribute(field, &format!("{path}.field"))?, operand(value, &at)?, at));
            }
            let (Some(left), Some(right)) = (map.get("left"), map.get("right")) else {
                return Err(invalid(path, expected));
            };
            let at = format!("{path}.right");
            Ok((operand(left, &format!("{path}.left"))?, operand(right, &at)?, at))
        }
        _ => Err(invalid(path, expected)),
    }
}

fn operand(json: &Value, path: &str) -> Parsed<Operand> {
    match json {
        Value::Object(map) if map.contains_key("var") => match map.get("var") {
            Some(name) if map.len() == 1 => attribute(name, &format!("{path}.var")),
            _ => Err(invalid(path, "must have nothing beside \"var\"")),
        },
        other => {
            check_literal(other, path)?;
            Ok(Operand::Literal(other.clone()))
        }
    }
}

fn attribute(json: &Value, path: &str) -> Parsed<Operand> {
    let name = json.as_str().ok_or_else(|| invalid(path, "must be the path of an attribute"))?;
    let parsed = Path::parse(name).ok_or_else(|| {
        invalid(path, "must be names joined by dots, at most 256 bytes, such as resource.labels.team")
    })?;
    Ok(Operand::Attribute(parsed))
}

/// A variable deep inside a literal would be compared as an object, which nobody means; a NUL cannot be stored.
fn check_literal(json: &Value, path: &str) -> Parsed<()> {
    match json {
        Value::String(text) if text.contains('\0') => Err(invalid(path, "must not contain NUL")),
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(n, item)| check_literal(item, &format!("{path}[{n}]")))
        }
        Value::Object(map) if map.contains_key("var") => {
            Err(invalid(path, "a variable can only be a whole side of a comparison"))
        }
        Value::Object(map) => map.iter().try_for_each(|(key, value)| {
            if key.contains('\0') {
                return Err(invalid(path, "must not contain NUL"));
            }
            check_literal(value, &format!("{path}.{key}"))
        }),
        _ => Ok(()),
    }
}

fn window(name: &str, right: &Operand, path: &str) -> Parsed<Window> {
    let Operand::Literal(Value::Object(map)) = right else {
        return Err(invalid(path, "must be an object with \"start\" and \"end\""));
    };
    if let Some(extra) = map.keys().find(|k| !matches!(k.as_str(), "start" | "end" | "timezone")) {
        return Err(invalid(&format!("{path}.{extra}"), "is not known here"));
    }
    let text = |key: &str| match map.get(key) {
        Some(Value::String(text)) => Ok(text.as_str()),
        _ => Err(invalid(&format!("{path}.{key}"), "must be a text")),
    };
    let zone = if map.contains_key("timezone") { Some(text("timezone")?) } else { None };
    let (start, end) = (text("start")?, text("end")?);
    let window =
        if name == "time_between" { Window::of_day(start, end, zone) } else { Window::of_dates(start, end, zone) };
    window.map_err(|(key, why)| invalid(&format!("{path}.{key}"), why))
}

fn check_depth(path: &str, depth: usize, limits: &Limits) -> Parsed<()> {
    if depth > limits.max_depth {
        return Err(too_complex(path, format!("is deeper than {} levels", limits.max_depth)));
    }
    Ok(())
}

fn check_nesting(json: &Value, left: usize) -> Parsed<()> {
    let inside = |left: usize| left.checked_sub(1).ok_or_else(|| too_complex(ROOT, "is nested too deeply".to_owned()));
    match json {
        Value::Array(items) => {
            let left = inside(left)?;
            items.iter().try_for_each(|item| check_nesting(item, left))
        }
        Value::Object(map) => {
            let left = inside(left)?;
            map.values().try_for_each(|value| check_nesting(value, left))
        }
        _ => Ok(()),
    }
}

fn check_length(json: &Value, limits: &Limits) -> Parsed<()> {
    let mut room = Room(limits.max_bytes);
    serde_json::to_writer(&mut room, json)
        .map_err(|_| too_complex(ROOT, format!("is longer than {} bytes", limits.max_bytes)))
}

/// Swallows so many bytes and not one more, so that a long text is never written out.
struct Room(usize);

impl io::Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn invalid(path: &str, why: impl Into<String>) -> ConditionError {
    ConditionError { fault: ConditionFault::Invalid, path: shorten(path), why: why.into() }
}

fn too_complex(path: &str, why: String) -> ConditionError {
    ConditionError { fault: ConditionFault::TooComplex, path: shorten(path), why }
}

/// The path repeats names from the input, so it is cut to a bounded length.
fn shorten(path: &str) -> String {
    const MOST: usize = 300;
    if path.chars().count() <= MOST {
        return path.to_owned();
    }
    path.chars().take(MOST).chain("…".chars()).collect()
}
