//! Every JSON is refused with its place or decides, whatever the document, the principal and the request are.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use nexus_authz::policy::{Condition, ConditionFault};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use support::{Dice, LIMITS, cases, condition, decides};

/// Where conditions stand inside of a condition: their path, and how to get there.
fn places(json: &Value, path: &str, pointer: &str, found: &mut Vec<(String, String)>) {
    found.push((path.to_owned(), pointer.to_owned()));
    for (name, payload) in json.as_object().into_iter().flatten() {
        match (name.as_str(), payload) {
            ("all" | "any", Value::Array(items)) => {
                for (n, item) in items.iter().enumerate() {
                    places(item, &format!("{path}.{name}[{n}]"), &format!("{pointer}/{name}/{n}"), found);
                }
            }
            ("not", inner) => places(inner, &format!("{path}.not"), &format!("{pointer}/not"), found),
            _ => {}
        }
    }
}

#[test]
fn a_fault_that_is_put_anywhere_is_found_there() {
    for case in 0..cases(2_000) {
        let dice = &mut Dice::new(case as u64);
        let mut json = condition(dice, 3);
        let mut all = Vec::new();
        places(&json, "condition_json", "", &mut all);
        let (path, pointer) = &all[dice.below(all.len())];
        let (broken, at) = [
            (json!(7), ""),
            (json!({ "like": 1 }), ".like"),
            (json!({ "eq": [1] }), ".eq"),
            (json!({ "eq": [1, { "var": "" }] }), ".eq[1].var"),
            (json!({ "eq": [1, 1], "any": [] }), ""),
        ][dice.below(5)]
        .clone();
        *json.pointer_mut(pointer).unwrap() = broken;
        let fault = Condition::parse(&json, &LIMITS).err().unwrap_or_else(|| panic!("accepted: {json}"));
        assert_eq!((fault.path, fault.fault), (format!("{path}{at}"), ConditionFault::Invalid), "{json}");
    }
}

/// Any JSON, with the words of the language among it, so that much of it is nearly a condition.
fn nearly() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "principal.id",
        "resource.labels.team",
        "resource.metadata.score",
        "request.time",
        "reader",
        "09:00",
        "23:59:60",
        "2026-03-29T02:30",
        "2026-02-30",
        "Europe/Berlin",
        "UTC",
        "red",
        "",
        "..",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        words.prop_map(Value::from),
    ];
    let keys = prop::sample::select(vec![
        "all",
        "any",
        "not",
        "eq",
        "ne",
        "in",
        "not_in",
        "gt",
        "gte",
        "lt",
        "lte",
        "contains",
        "starts_with",
        "time_between",
        "date_between",
        "var",
        "field",
        "value",
        "left",
        "right",
        "start",
        "end",
        "timezone",
    ]);
    let keys = prop_oneof![8 => keys.prop_map(String::from), 1 => any::<String>()];
    leaf.prop_recursive(6, 64, 4, move |inner| {
        let pair = prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array);
        prop_oneof![
            2 => pair.clone(),
            4 => (keys.clone(), prop_oneof![pair, inner.clone()]).prop_map(|(k, v)| json!({ k: v })),
            2 => prop::collection::vec((keys.clone(), inner), 0..4).prop_map(|e| Value::Object(e.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A condition of the language, with any JSON for values.
fn sound() -> impl Strategy<Value = Value> {
    let operators = ["eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "contains", "starts_with"];
    let paths = [
        "resource.id",
        "resource.metadata.score",
        "resource.metadata.tags",
        "resource.labels",
        "principal.groups",
        "x",
    ];
    let side = prop_oneof![prop::sample::select(paths.to_vec()).prop_map(|p| json!({ "var": p })), nearly()];
    let leaf =
        (prop::sample::select(operators.to_vec()), side.clone(), side).prop_map(|(o, a, b)| json!({ o: [a, b] }));
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|c| json!({ "all": c })),
            prop::collection::vec(inner.clone(), 0..3).prop_map(|c| json!({ "any": c })),
            inner.prop_map(|c| json!({ "not": c })),
        ]
    })
}

fn survives(json: &Value, seed: u64) {
    match Condition::parse(json, &LIMITS) {
        Ok(condition) => {
            let again = Condition::parse(condition.json(), &LIMITS);
            assert_eq!(again.as_ref(), Ok(&condition), "{json}");
            decides(json, condition, &mut Dice::new(seed));
        }
        Err(fault) => {
            assert!(fault.path.starts_with("condition_json"), "{json}: {fault}");
            assert!(fault.path.chars().count() <= 301 && fault.why.len() < 200, "{json}: {fault}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(u32::try_from(cases(2_000)).unwrap()))]

    #[test]
    fn any_json_is_refused_or_decides(json in nearly(), seed: u64) {
        survives(&json, seed);
    }

    #[test]
    fn conditions_over_any_values_decide(json in sound(), seed: u64) {
        survives(&json, seed);
    }

    #[test]
    fn any_text_is_a_time_or_none(start: String, end in "[0-9T:+. -]{0,24}|[+-]?[0-9]{1,6}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9])(T[0-2][0-9]:[0-5][0-9](:[0-6][0-9])?([+-][0-9]{2}:[0-9]{2}|Z)?)?", zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu", "Antarctica/Troll"]), seed: u64) {
        for operator in ["time_between", "date_between"] {
            let far = if operator == "time_between" { "12:00" } else { "2026-01-01" };
            for (from, to) in [(start.as_str(), end.as_str()), (end.as_str(), end.as_str()), (far, end.as_str()), (end.as_str(), far)] {
                survives(&json!({ operator: [{ "var": "request.time" }, { "start": from, "end": to, "timezone": zone }] }), seed);
            }
            let (from, to) = if operator == "time_between" { ("22:00", "06:00") } else { ("-262142-01-01", "+262141-12-31") };
            let window = json!({ operator: [{ "var": "t" }, { "start": from, "end": to, "timezone": zone }] });
            let window = Condition::parse(&window, &LIMITS).unwrap();
            let _ = (window.holds(&json!({ "t": start })), window.holds(&json!({ "t": end })));
        }
    }
}
