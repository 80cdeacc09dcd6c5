//! Our policies in the language of Cedar, over attributes that carry their type with them.
//!
//! Cedar is typed by its policies, ours by the attributes of the moment. So every value becomes a record of the same shape:
//! its kind, a text under which equal values are equal, its place among all numbers or texts of the case, its elements, and
//! the parts of its text. What is true of single values is worked out here, in the plainest way; what follows from it,
//! which policy speaks, how conditions combine, what a missing attribute means and who wins, is decided by Cedar.

use std::{cmp::Ordering, collections::BTreeSet, fmt::Write as _};

use serde_json::{Map, Value, json};

/// All numbers and texts of a case, each in its order.
#[derive(Debug, Default)]
pub struct Places {
    numbers: Vec<f64>,
    texts: Vec<String>,
}

impl Places {
    /// Takes note of everything inside a value.
    pub fn note(&mut self, value: &Value) {
        match value {
            Value::Bool(b) => self.numbers.push(f64::from(u8::from(*b))),
            Value::Number(n) => self.numbers.extend(n.as_f64()),
            Value::String(s) => self.texts.push(s.clone()),
            Value::Array(items) => items.iter().for_each(|v| self.note(v)),
            Value::Object(map) => map.values().for_each(|v| self.note(v)),
            Value::Null => {}
        }
    }

    /// Puts everything in order.
    pub fn sort(&mut self) {
        self.numbers.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
        self.numbers.dedup();
        self.texts.sort_by(|a, b| a.chars().cmp(b.chars()));
        self.texts.dedup();
    }

    fn of_number(&self, n: f64) -> usize {
        self.numbers.iter().position(|m| (m - n).abs() == 0.0).expect("every number was noted")
    }

    fn of_text(&self, text: &str) -> usize {
        self.texts.iter().position(|t| t == text).expect("every text was noted")
    }

    /// Equal values have equal signs, and others do not.
    fn sign(&self, value: &Value) -> String {
        match value {
            Value::Null => "z".to_owned(),
            Value::Bool(b) => format!("n{}", self.of_number(f64::from(u8::from(*b)))),
            Value::Number(n) => format!("n{}", self.of_number(n.as_f64().expect("a number"))),
            Value::String(s) => format!("s{}", self.of_text(s)),
            Value::Array(items) => format!("[{}]", items.iter().map(|v| self.sign(v)).collect::<Vec<_>>().join(",")),
            Value::Object(map) => {
                let mut entries: Vec<String> = map.iter().map(|(k, v)| format!("{k:?}:{}", self.sign(v))).collect();
                entries.sort();
                format!("{{{}}}", entries.join(","))
            }
        }
    }

    /// The record of a value.
    pub fn record(&self, value: &Value) -> Value {
        let (kind, place) = match value {
            Value::Null => ("null", 0),
            Value::Bool(b) => ("number", self.of_number(f64::from(u8::from(*b)))),
            Value::Number(n) => ("number", self.of_number(n.as_f64().expect("a number"))),
            Value::String(s) => ("text", self.of_text(s)),
            Value::Array(_) => ("list", 0),
            Value::Object(_) => ("object", 0),
        };
        let text = match value {
            Value::String(s) => Some(s.clone()),
            Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
            _ => None,
        };
        let elements: BTreeSet<String> = value.as_array().into_iter().flatten().map(|item| self.sign(item)).collect();
        let (mut parts, mut starts) = (BTreeSet::new(), BTreeSet::new());
        if let Value::String(s) = value {
            let cuts: Vec<usize> = s.char_indices().map(|(at, _)| at).chain([s.len()]).collect();
            for (n, from) in cuts.iter().enumerate() {
                parts.extend(cuts[n..].iter().map(|to| s[*from..*to].to_owned()));
                starts.insert(s[..*from].to_owned());
            }
        }
        json!({
            "kind": kind, "sign": self.sign(value), "place": place, "elements": elements, "parts": parts, "starts": starts,
            "has_text": text.is_some(), "text": text.unwrap_or_default(), "clock": clock(value).unwrap_or(-1),
        })
    }
}

/// Seconds after midnight of what begins with a date and a time, or is a time.
fn clock(value: &Value) -> Option<i64> {
    let text = value.as_str()?;
    let time = text.split_once('T').map_or(text, |(_, time)| time);
    let two = |from: usize| time.get(from..from + 2)?.parse::<i64>().ok();
    let colon = time.get(2..3)? == ":";
    colon.then_some(())?;
    Some(two(0)? * 3600 + two(3)? * 60 + two(6).unwrap_or(0))
}

/// The dotted paths of attributes in a condition.
pub fn paths(condition: &Value, found: &mut BTreeSet<String>) {
    match condition {
        Value::Object(map) => match map.get("var").and_then(Value::as_str) {
            Some(path) if map.len() == 1 => drop(found.insert(path.to_owned())),
            _ => map.values().for_each(|v| paths(v, found)),
        },
        Value::Array(items) => items.iter().for_each(|v| paths(v, found)),
        _ => {}
    }
}

/// The value under a dotted path; the parts of a context are no attributes themselves.
pub fn look_up<'a>(context: &'a Value, path: &str) -> Option<&'a Value> {
    path.contains('.').then_some(())?;
    path.split('.').try_fold(context, |value, key| value.as_object()?.get(key))
}

/// The name under which Cedar knows an attribute.
fn name(path: &str) -> String {
    let mut name = String::from("v");
    for c in path.chars() {
        if c.is_ascii_alphanumeric() { name.push(c) } else { write!(name, "_{:x}_", u32::from(c)).expect("a text") }
    }
    name
}

/// The attributes of a case, as the context of a Cedar request: what is missing is missing there too.
pub fn context(known: &Value, paths: &BTreeSet<String>, places: &Places) -> Map<String, Value> {
    let found = paths.iter().filter_map(|path| Some((name(path), places.record(look_up(known, path)?))));
    found.collect()
}

/// A condition as a Cedar expression.
pub fn expression(condition: &Value, places: &Places) -> String {
    let map = match condition {
        Value::Null => return "true".to_owned(),
        Value::Bool(b) => return b.to_string(),
        Value::Object(map) if map.is_empty() => return "true".to_owned(),
        Value::Object(map) => map,
        _ => panic!("no condition: {condition}"),
    };
    let (operator, payload) = map.iter().next().expect("one operator");
    let children = || payload.as_array().expect("a list").iter().map(|c| expression(c, places)).collect::<Vec<_>>();
    match operator.as_str() {
        "all" => children().iter().fold("true".to_owned(), |all, c| format!("({all} && {c})")),
        "any" => children().iter().fold("false".to_owned(), |any, c| format!("({any} || {c})")),
        "not" => format!("(!{})", expression(payload, places)),
        comparison => compare(comparison, &payload[0], &payload[1], places),
    }
}

fn compare(operator: &str, left: &Value, right: &Value, places: &Places) -> String {
    let (mut known, mut sides) = (Vec::new(), Vec::new());
    for side in [left, right] {
        match side.get("var").and_then(Value::as_str) {
            Some(path) => {
                known.push(format!("context has {}", name(path)));
                sides.push(format!("context.{}", name(path)));
            }
            None => sides.push(literal(&places.record(side))),
        }
    }
    let (a, b) = (&sides[0], &sides[1]);
    let within = |item: &str, list: &str| {
        format!(
            "(if {list}.kind == \"list\" then {list}.elements.contains({item}.sign) else ({list}.kind != \"null\" && {item}.sign == {list}.sign))"
        )
    };
    let ordered = |sign: &str| {
        format!(
            "((({a}.kind == \"number\" && {b}.kind == \"number\") || ({a}.kind == \"text\" && {b}.kind == \"text\")) && {a}.place {sign} {b}.place)"
        )
    };
    let said = match operator {
        "eq" => format!("{a}.sign == {b}.sign"),
        "ne" => format!("{a}.sign != {b}.sign"),
        "in" => within(a, b),
        "not_in" => format!("!{}", within(a, b)),
        "gt" => ordered(">"),
        "gte" => ordered(">="),
        "lt" => ordered("<"),
        "lte" => ordered("<="),
        "contains" => format!(
            "(({a}.kind == \"text\" && {b}.has_text && {a}.parts.contains({b}.text)) || ({a}.kind == \"list\" && {a}.elements.contains({b}.sign)))"
        ),
        "starts_with" => format!("({a}.kind == \"text\" && {b}.has_text && {a}.starts.contains({b}.text))"),
        "time_between" => {
            let bound = |key| clock(&right[key]).expect("a time");
            let (start, end) = (bound("start"), bound("end"));
            assert!(start <= end, "the cases do not wrap");
            format!("({a}.clock >= {start} && {a}.clock <= {end})")
        }
        other => panic!("no operator: {other}"),
    };
    known.push(said);
    format!("({})", known.join(" && "))
}

/// A record as Cedar writes one.
fn literal(value: &Value) -> String {
    match value {
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::String(s) => quoted(s),
        Value::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(k, v)| format!("{}: {}", quoted(k), literal(v))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Null => panic!("records hold no null"),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => write!(out, "\\u{{{:x}}}", u32::from(c)).expect("a text"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
