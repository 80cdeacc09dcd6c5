//! How two values compare. Total: whatever the types are, there is an answer.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::attribute::Attr;

/// Equality, with true and false as the numbers one and zero.
pub(super) fn same(a: Attr<'_>, b: Attr<'_>) -> bool {
    if let (Some(a), Some(b)) = (numeric(a), numeric(b)) {
        return order_numbers(a, b) == Some(Ordering::Equal);
    }
    match (a, b) {
        (Attr::Null, Attr::Null) => true,
        (Attr::Text(a), Attr::Text(b)) => a == b,
        (a, b) => match (length(a), length(b)) {
            (Some(List(x)), Some(List(y))) => x == y && same_items(a, b),
            (Some(Object(x)), Some(Object(y))) => x == y && same_entries(a, b),
            _ => false,
        },
    }
}

/// Whether a list has the value; anything that is not a list has only itself.
pub(super) fn within(value: Attr<'_>, list: Attr<'_>) -> bool {
    match list {
        Attr::Null => false,
        Attr::List(items) => items.iter().any(|item| same(value, item.into())),
        Attr::Groups(groups) => groups.iter().any(|group| same(value, Attr::Text(group.as_str()))),
        other => same(value, other),
    }
}

/// The order of two numbers or of two texts, by code point; other pairs have none.
pub(super) fn order(a: Attr<'_>, b: Attr<'_>) -> Option<Ordering> {
    match (a, b) {
        (Attr::Text(a), Attr::Text(b)) => Some(a.cmp(b)),
        (a, b) => order_numbers(numeric(a)?, numeric(b)?),
    }
}

/// A text contains a text; a list has a value.
pub(super) fn contains(a: Attr<'_>, b: Attr<'_>) -> bool {
    match a {
        Attr::Text(text) => with_text(b, |part| text.contains(part)),
        Attr::List(_) | Attr::Groups(_) => within(b, a),
        _ => false,
    }
}

/// A text starts with a text.
pub(super) fn starts_with(a: Attr<'_>, b: Attr<'_>) -> bool {
    match a {
        Attr::Text(text) => with_text(b, |part| text.starts_with(part)),
        _ => false,
    }
}

/// The text of a scalar, as JSON writes it.
fn with_text(value: Attr<'_>, accepts: impl Fn(&str) -> bool) -> bool {
    match value {
        Attr::Text(text) => accepts(text),
        Attr::Bool(b) => accepts(if b { "true" } else { "false" }),
        Attr::Number(n) => accepts(&number_text(n)),
        _ => false,
    }
}

/// The digits of a number, the same before and after it was stored.
pub(crate) fn number_text(n: &Number) -> String {
    match exact(n) {
        Some(Num::Int(i)) => i.to_string(),
        Some(Num::Float(0.0)) => "0.0".to_owned(),
        _ => n.to_string(),
    }
}

/// A number that lost nothing: integers stay integers.
#[derive(Clone, Copy)]
enum Num {
    Int(i128),
    Float(f64),
}

fn numeric(value: Attr<'_>) -> Option<Num> {
    match value {
        Attr::Bool(b) => Some(Num::Int(i128::from(b))),
        Attr::Number(n) => exact(n),
        _ => None,
    }
}

fn exact(n: &Number) -> Option<Num> {
    if let Some(i) = n.as_i64() {
        return Some(Num::Int(i.into()));
    }
    if let Some(u) = n.as_u64() {
        return Some(Num::Int(u.into()));
    }
    let float = n.as_f64()?;
    Some(stored_whole(float).map_or(Num::Float(float), Num::Int))
}

/// PostgreSQL gives back a large whole number without its exponent, so that it is read as an integer: `1e17` is the same
/// number in a condition that was not stored yet.
fn stored_whole(float: f64) -> Option<i128> {
    if !(1e16..2e19).contains(&float.abs()) {
        return None;
    }
    let digits = float.to_string();
    digits.parse::<u64>().map(Into::into).ok().or_else(|| digits.parse::<i64>().map(Into::into).ok())
}

fn order_numbers(a: Num, b: Num) -> Option<Ordering> {
    match (a, b) {
        (Num::Int(a), Num::Int(b)) => Some(a.cmp(&b)),
        (Num::Float(a), Num::Float(b)) => a.partial_cmp(&b),
        (Num::Int(a), Num::Float(b)) => order_mixed(a, b),
        (Num::Float(a), Num::Int(b)) => order_mixed(b, a).map(Ordering::reverse),
    }
}

/// Compares an integer of at most 65 bits with a float, without rounding the integer.
fn order_mixed(a: i128, b: f64) -> Option<Ordering> {
    if b.is_nan() {
        return None;
    }
    // Beyond this every float is larger, or smaller, than every such integer.
    if b.abs() >= 1e30 {
        return Some(if b > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let floor = b.floor();
    #[allow(clippy::cast_possible_truncation, reason = "a whole number below 1e30 fits")]
    let whole = floor as i128;
    // With equal whole parts the integer is smaller exactly when the float has a fraction.
    Some(a.cmp(&whole).then(if b > floor { Ordering::Less } else { Ordering::Equal }))
}

enum Shape {
    List(usize),
    Object(usize),
}
use Shape::{List, Object};

fn length(value: Attr<'_>) -> Option<Shape> {
    Some(match value {
        Attr::List(items) => List(items.len()),
        Attr::Groups(groups) => List(groups.len()),
        Attr::Object(map) => Object(map.len()),
        Attr::Labels(labels) => Object(labels.len()),
        _ => return None,
    })
}

fn same_items(a: Attr<'_>, b: Attr<'_>) -> bool {
    match (a, b) {
        (Attr::List(a), Attr::List(b)) => a.iter().zip(b).all(|(a, b)| same(a.into(), b.into())),
        (Attr::Groups(a), Attr::Groups(b)) => a == b,
        (Attr::Groups(groups), Attr::List(items)) | (Attr::List(items), Attr::Groups(groups)) => {
            groups.iter().zip(items).all(|(g, item)| item.as_str() == Some(g.as_str()))
        }
        _ => false,
    }
}

fn same_entries(a: Attr<'_>, b: Attr<'_>) -> bool {
    match (a, b) {
        (Attr::Object(a), Attr::Object(b)) => {
            a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value.into(), other.into())))
        }
        (Attr::Labels(a), Attr::Labels(b)) => a == b,
        (Attr::Labels(labels), Attr::Object(map)) | (Attr::Object(map), Attr::Labels(labels)) => {
            labels.iter().all(|(key, text)| map.get(key).and_then(Value::as_str) == Some(text))
        }
        _ => false,
    }
}
