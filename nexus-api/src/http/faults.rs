//! What is wrong with the fields of a request, in the shape of `details.errors[]`: a type, a place and a sentence, and
//! never the value that was sent, which may be a secret.

use std::{fmt::Display, ops::RangeInclusive};

use nexus_core::{
    problem::{Code, Kind},
    text,
};
use serde_json::{Map, Value, json};
use serde_path_to_error::Segment;

use super::refusal::Refusal;

/// The longest piece of a client's field name, and the longest sentence, that goes into an answer.
const MAX_WORD: usize = 64;
const MAX_SENTENCE: usize = 200;
/// How many faults are reported at once.
const MAX_FAULTS: usize = 50;
const NO_NUL: &str = "must not contain a NUL character";

/// A request type that can say more about its values than their types do.
pub trait Validate {
    /// Whether a `tenant_id` at the top of the body is refused: the tenant comes from the credential.
    const TENANT_GUARD: bool = true;
    /// Whether a body must be an object: the parser would also read a list as the fields in their order.
    const OBJECT: bool = true;
    /// The largest body of this type, where it is not the common limit.
    const MAX_BYTES: Option<usize> = None;

    /// Reports every value that is out of its range.
    fn validate(&self, faults: &mut Faults) {
        let _ = faults;
    }
}

/// Bodies without a fixed form have nothing more to check.
impl Validate for Value {
    const OBJECT: bool = false;
}

/// The faults of one request.
#[derive(Debug, Clone)]
pub struct Faults {
    root: &'static str,
    list: Vec<Value>,
}

impl Faults {
    /// No faults yet; `root` is `body`, `query` or `header`.
    #[must_use]
    pub fn of(root: &'static str) -> Self {
        Self { root, list: Vec::new() }
    }

    /// Reports a fault of a field, named with dots: `routing.weights.0`.
    pub fn add(&mut self, field: &str, kind: &'static str, message: impl Into<String>) {
        let path = field.split('.').filter(|s| !s.is_empty()).map(|step| match step.parse::<usize>() {
            Ok(index) => json!(index),
            Err(_) => json!(bounded(step, MAX_WORD)),
        });
        self.push(path, kind, &message.into());
    }

    /// Reports a fault unless the condition holds.
    pub fn check(&mut self, holds: bool, field: &str, message: &str) {
        if !holds {
            self.add(field, "value_error", message);
        }
    }

    /// Reports a text that PostgreSQL cannot keep.
    pub fn storable(&mut self, field: &str, given: &str) {
        self.check(text::is_storable(given), field, NO_NUL);
    }

    /// Reports an object with such a text in it, at any depth.
    pub fn storable_object(&mut self, field: &str, given: &Map<String, Value>) {
        let holds = given.iter().all(|(key, value)| text::is_storable(key) && text::is_storable_json(value));
        self.check(holds, field, NO_NUL);
    }

    /// Reports a number outside of its range.
    pub fn range<T: PartialOrd + Display>(&mut self, field: &str, value: &T, range: &RangeInclusive<T>) {
        if value < range.start() {
            self.add(field, "greater_than_equal", format!("must be at least {}", range.start()));
        } else if !range.contains(value) {
            self.add(field, "less_than_equal", format!("must be at most {}", range.end()));
        }
    }

    /// Reports a text whose number of characters is outside of a range.
    pub fn length(&mut self, field: &str, text: &str, range: &RangeInclusive<usize>) {
        let count = text.chars().take(range.end().saturating_add(1)).count();
        if count < *range.start() {
            self.add(field, "string_too_short", format!("must have at least {} characters", range.start()));
        } else if count > *range.end() {
            self.add(field, "string_too_long", format!("must have at most {} characters", range.end()));
        }
    }

    /// Reports a list whose number of items is outside of a range.
    pub fn count(&mut self, field: &str, items: usize, range: &RangeInclusive<usize>) {
        if items < *range.start() {
            self.add(field, "too_short", format!("must have at least {} items", range.start()));
        } else if items > *range.end() {
            self.add(field, "too_long", format!("must have at most {} items", range.end()));
        }
    }

    /// Nothing, or the refusal that names every fault.
    pub fn into_result(self) -> Result<(), Refusal> {
        if self.list.is_empty() { Ok(()) } else { Err(self.into_refusal()) }
    }

    /// The refusal that names every fault.
    #[must_use]
    pub fn into_refusal(self) -> Refusal {
        Refusal::new(Kind::Invalid, Code::RequestValidation, "Request validation failed")
            .details(json!({ "errors": self.list }))
    }

    /// Reports what serde says about a value at a path.
    pub(super) fn add_serde(&mut self, path: &serde_path_to_error::Path, message: &str) {
        let (kind, sentence, field) = explain(message);
        let mut steps: Vec<Value> = path.iter().filter_map(step).collect();
        if let Some(field) = field.map(|f| json!(bounded(f, MAX_WORD))).filter(|f| steps.last() != Some(f)) {
            steps.push(field);
        }
        self.push(steps.into_iter(), kind, &sentence);
    }

    fn push(&mut self, path: impl Iterator<Item = Value>, kind: &'static str, message: &str) {
        if self.list.len() < MAX_FAULTS {
            let loc: Vec<Value> = std::iter::once(json!(self.root)).chain(path).collect();
            self.list.push(json!({ "type": kind, "loc": loc, "msg": bounded(message, MAX_SENTENCE) }));
        }
    }
}

fn step(segment: &Segment) -> Option<Value> {
    match segment {
        Segment::Seq { index } => Some(json!(index)),
        Segment::Map { key } => Some(json!(bounded(key, MAX_WORD))),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

/// Turns serde's sentence into a type and a sentence without the value, and the field that it is about.
///
/// What follows the last `, expected ` was written by the author of the type; what comes before it may quote the client.
fn explain(message: &str) -> (&'static str, String, Option<&str>) {
    let message = message.rsplit_once(" at line ").map_or(message, |(text, _)| text);
    let expected = message.rsplit_once(", expected ").map(|(_, what)| what);
    let quoted = || message.split('`').nth(1);
    if message.starts_with("missing field") {
        ("missing", "this field is required".into(), quoted())
    } else if message.starts_with("unknown field") {
        ("extra_forbidden", "this field is not known".into(), quoted())
    } else if message.starts_with("duplicate field") {
        ("duplicate_field", "this field is given twice".into(), quoted())
    } else if let (true, Some(what)) = (message.starts_with("unknown variant"), expected) {
        ("enum", format!("must be {what}"), None)
    } else if let (true, Some(what)) = (message.starts_with("invalid type"), expected) {
        ("type_error", format!("must be {}", in_words(what)), None)
    } else if let (true, Some(what)) = (message.starts_with("invalid "), expected) {
        ("value_error", format!("must be {}", in_words(what)), None)
    } else if message.contains("untagged enum") || message.starts_with("unknown ") || message.starts_with("invalid ") {
        ("value_error", "has none of the documented forms".into(), None)
    } else {
        ("value_error", message.to_owned(), None)
    }
}

/// What a client calls the types that serde expects.
fn in_words(expected: &str) -> &str {
    match expected {
        "a map" => "an object",
        "a sequence" => "a list",
        "u8" | "u16" | "u32" | "u64" | "i32" | "i64" => "a whole number in the documented range",
        "f32" | "f64" => "a number",
        what if what.starts_with("struct ") => "an object",
        what => what,
    }
}

fn bounded(text: &str, max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_quoted() {
        let said = [
            r#"invalid type: string "hunter2, expected u8", expected u32"#,
            "invalid value: integer `31337`, expected a nonzero u8",
            "unknown variant `hunter2`, expected one of `a`, `b`",
            "unknown variant `hunter2`, there are no variants",
            r#"invalid value: string "hunter2", expected a, expected number"#,
        ];
        for message in said {
            let (_, sentence, _) = explain(message);
            assert!(!sentence.contains("hunter2") && !sentence.contains("31337"), "{sentence}");
        }
    }

    #[test]
    fn a_long_field_name_is_cut() {
        let mut faults = Faults::of("body");
        faults.add(&"x".repeat(1000), "value_error", "y".repeat(1000));
        assert!(faults.list.iter().all(|f| f.to_string().len() < 400));
    }

    #[test]
    fn ranges_say_their_bounds() {
        let mut faults = Faults::of("body");
        faults.range("top_k", &0, &(1..=50));
        faults.range("top_k", &51, &(1..=50));
        faults.range("ratio", &f64::NAN, &(0.0..=1.0));
        faults.length("message", "", &(1..=3));
        faults.length("message", "éééé", &(1..=3));
        faults.length("message", "ééé", &(1..=3));
        assert_eq!(faults.list.len(), 5);
    }
}
