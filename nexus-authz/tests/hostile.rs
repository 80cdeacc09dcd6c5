//! Conditions that somebody wrote to do harm, or in haste: each is refused where its fault is, or decides without a panic.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use nexus_authz::{
    permission::RouteClass,
    policy::{Condition, ConditionError, Facts, Limits, RequestFacts, Resource, ResourceType},
};
use nexus_core::{
    clock::Clock,
    principal::{Principal, Role},
    problem::{Code, Kind, Problem as _},
};
use serde_json::{Value, json};
use support::{Dice, LIMITS, decides};

const WIDE: Limits = Limits { max_bytes: 262_144, max_depth: 32 };

fn fault(json: &Value, limits: &Limits) -> ConditionError {
    Condition::parse(json, limits).err().unwrap_or_else(|| panic!("accepted: {json}"))
}

fn nested(depth: usize, wrap: impl Fn(Value) -> Value) -> Value {
    (0..depth).fold(json!({ "eq": [{ "var": "principal.role" }, "reader"] }), |inner, _| wrap(inner))
}

#[test]
fn every_fault_is_named_where_it_is() {
    let leaf = json!({ "eq": [1, 1] });
    let long_path = format!("resource.{}", "x".repeat(256));
    let endless = ["a"; 200].join(".");
    let children = |broken: Value| Value::Array((0..3_000).map(|_| json!(true)).chain([broken]).collect());
    let faults = [
        (json!(0), ""),
        (json!("true"), ""),
        (json!([]), ""),
        (json!([leaf]), ""),
        (json!({ "eq": [1, 1], "ne": [1, 2] }), ""),
        (json!({ "like": ["a", "b"] }), ".like"),
        (json!({ "EQ": [1, 1] }), ".EQ"),
        (json!({ "": [1, 1] }), "."),
        (json!({ "$where": "1" }), ".$where"),
        (json!({ "eq\u{0}": [1, 1] }), ".eq\u{0}"),
        (json!({ "var": "principal.id" }), ".var"),
        (json!({ "all": null }), ".all"),
        (json!({ "any": { "eq": [1, 1] } }), ".any"),
        (json!({ "all": ["x"] }), ".all[0]"),
        (json!({ "all": [leaf, [leaf]] }), ".all[1]"),
        (json!({ "any": [leaf, { "all": [leaf, leaf, { "not": { "in": 3 } }] }] }), ".any[1].all[2].not.in"),
        (json!({ "all": children(json!({ "gt": [] })) }), ".all[3000].gt"),
        (json!({ "not": {} }), ".not"),
        (json!({ "not": null }), ".not"),
        (json!({ "not": [leaf] }), ".not"),
        (json!({ "eq": [] }), ".eq"),
        (json!({ "eq": [1] }), ".eq"),
        (json!({ "eq": [1, 2, 3] }), ".eq"),
        (json!({ "eq": null }), ".eq"),
        (json!({ "eq": "a" }), ".eq"),
        (json!({ "eq": { "left": 1 } }), ".eq"),
        (json!({ "eq": { "left": 1, "value": 2 } }), ".eq"),
        (json!({ "eq": { "left": 1, "right": 2, "more": 3 } }), ".eq"),
        (json!({ "eq": { "field": 7, "value": 2 } }), ".eq.field"),
        (json!({ "eq": { "field": "", "value": 2 } }), ".eq.field"),
        (json!({ "eq": { "field": "a", "value": { "var": 1 } } }), ".eq.value.var"),
        (json!({ "eq": { "left": { "var": "a", "default": 1 }, "right": 2 } }), ".eq.left"),
        (json!({ "eq": [{ "var": "" }, 1] }), ".eq[0].var"),
        (json!({ "eq": [{ "var": "." }, 1] }), ".eq[0].var"),
        (json!({ "eq": [1, { "var": "resource..id" }] }), ".eq[1].var"),
        (json!({ "eq": [1, { "var": ".resource" }] }), ".eq[1].var"),
        (json!({ "eq": [1, { "var": "resource." }] }), ".eq[1].var"),
        (json!({ "eq": [1, { "var": "resource.\u{0}" }] }), ".eq[1].var"),
        (json!({ "eq": [1, { "var": ["resource", "id"] }] }), ".eq[1].var"),
        (json!({ "eq": [{ "var": long_path }, 1] }), ".eq[0].var"),
        (json!({ "eq": [{ "var": endless }, 1] }), ".eq[0].var"),
        (json!({ "eq": [1, "a\u{0}b"] }), ".eq[1]"),
        (json!({ "in": [1, ["a", ["b", "\u{0}"]]] }), ".in[1][1][1]"),
        (json!({ "eq": [1, { "k": { "\u{0}": 1 } }] }), ".eq[1].k"),
        (json!({ "in": [1, [{ "var": "principal.id" }]] }), ".in[1][0]"),
        (json!({ "eq": [{ "a": [{ "var": "x" }] }, 1] }), ".eq[0].a[0]"),
        (json!({ "time_between": [1] }), ".time_between"),
        (json!({ "time_between": ["09:00", ["08:00", "17:00"]] }), ".time_between[1]"),
        (json!({ "date_between": ["x", { "var": "resource.metadata.span" }] }), ".date_between[1]"),
        (json!({ "time_between": ["x", { "start": "08:00" }] }), ".time_between[1].end"),
        (
            json!({ "time_between": { "field": "request.time", "value": { "end": "08:00" } } }),
            ".time_between.value.start",
        ),
        (json!({ "time_between": { "left": "x", "right": { "start": 8, "end": "9" } } }), ".time_between.right.start"),
        (json!({ "time_between": ["x", { "start": "24:00", "end": "09:00" }] }), ".time_between[1].start"),
        (json!({ "time_between": ["x", { "start": "09:00", "end": "9 pm" }] }), ".time_between[1].end"),
        (json!({ "time_between": ["x", { "start": "09:00", "end": "\u{0}" }] }), ".time_between[1].end"),
        (json!({ "time_between": ["x", { "start": "08:00", "end": "09:00", "tz": "UTC" }] }), ".time_between[1].tz"),
        (
            json!({ "time_between": ["x", { "start": "08:00", "end": "09:00", "timezone": null }] }),
            ".time_between[1].timezone",
        ),
        (
            json!({ "time_between": ["x", { "start": "08:00", "end": "09:00", "timezone": "Mars/Olympus" }] }),
            ".time_between[1].timezone",
        ),
        (
            json!({ "time_between": ["x", { "start": "08:00", "end": "09:00", "timezone": "" }] }),
            ".time_between[1].timezone",
        ),
        (json!({ "date_between": ["x", { "start": "2026-02-30", "end": "2026-03-01" }] }), ".date_between[1].start"),
        (json!({ "date_between": ["x", { "start": "2026-01-01", "end": "08:00" }] }), ".date_between[1].end"),
        (json!({ "date_between": ["x", { "start": "2026-01-02", "end": "2026-01-01" }] }), ".date_between[1].end"),
        (json!({ "date_between": ["x", { "start": "2026-01-01", "end": "999999999-01-01" }] }), ".date_between[1].end"),
        (json!({ "date_between": ["x", { "start": "2026-01-01", "end": "NaN" }] }), ".date_between[1].end"),
    ];
    for (json, place) in faults {
        let fault = fault(&json, &WIDE);
        assert_eq!(fault.path, format!("condition_json{place}"), "{json}: {fault}");
        assert_eq!((fault.kind(), fault.code()), (Kind::Invalid, Code::AuthzPolicyInvalid), "{json}");
        assert_eq!(fault.details().unwrap()["path"], fault.path.as_str());
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_costs_anything() {
    let not = |inner: Value| json!({ "not": inner });
    let all = |inner: Value| json!({ "all": [inner] });
    let lists = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    let too_complex = [
        (nested(7, not), format!("condition_json{}.eq", ".not".repeat(7))),
        (nested(7, all), format!("condition_json{}.eq", ".all[0]".repeat(7))),
        (nested(60, all), format!("condition_json{}", ".all[0]".repeat(7) + ".all")),
        (json!({ "any": vec![json!(true); 20_000] }), "condition_json".to_owned()),
        (json!({ "eq": ["x".repeat(16_384), 1] }), "condition_json".to_owned()),
        (json!({ "eq": ["\u{1}".repeat(3_000), 1] }), "condition_json".to_owned()),
        (json!({ "eq": [1, lists(200)] }), "condition_json".to_owned()),
        (json!({ "eq": [1, lists(1_000)] }), "condition_json".to_owned()),
    ];
    for (json, place) in too_complex {
        let fault = fault(&json, &LIMITS);
        assert_eq!((fault.code(), fault.path), (Code::AuthzPolicyTooComplex, place));
    }
    // A path that repeats long names is cut, and so is the answer.
    let long = json!({ "x".repeat(10_000): [1, 1] });
    assert!(fault(&long, &LIMITS).to_string().chars().count() < 350);
    // What just fits is accepted, and decides.
    let dice = &mut Dice::new(1);
    let text = |len: usize| json!({ "eq": [{ "var": "resource.id" }, "x".repeat(len)] });
    let spent = text(0).to_string().len();
    for json in [
        nested(6, not),
        nested(6, all),
        text(16_384 - spent),
        json!({ "any": vec![json!({ "eq": [1, 2] }); 1_100] }),
        json!({ "in": [{ "var": "resource.id" }, vec![json!("d"); 4_000]] }),
        json!({ "eq": [{ "var": "resource.metadata.deep" }, lists(100)] }),
        json!({ "eq": [{ "var": (["a"; 128].join(".")) }, 1] }),
    ] {
        decides(&json, Condition::parse(&json, &LIMITS).unwrap(), dice);
    }
    assert!(Condition::parse(&text(16_385 - spent), &LIMITS).is_err());
    let wide = json!({ "any": vec![json!({ "contains": [{ "var": "resource.id" }, "d"] }); 4_500] });
    decides(&wide, Condition::parse(&wide, &WIDE).unwrap(), dice);
}

#[test]
fn what_is_strange_and_sound_decides() {
    let texts = [
        "null",
        "{}",
        "true",
        r#"{"all":[]}"#,
        r#"{"any":[]}"#,
        r#"{"all":[null,{},true,{"all":[]}]}"#,
        r#"{"not":{"any":[]}}"#,
        r#"{"eq":[{"var":"resource.metadata.score"},9223372036854775807]}"#,
        r#"{"eq":[{"var":"resource.metadata.score"},18446744073709551615]}"#,
        r#"{"gt":[{"var":"resource.metadata.score"},-9223372036854775808]}"#,
        r#"{"lt":[{"var":"resource.metadata.score"},1e308]}"#,
        r#"{"lt":[-1e308,{"var":"resource.metadata.score"}]}"#,
        r#"{"gte":[{"var":"resource.metadata.score"},5e-324]}"#,
        r#"{"in":[{"var":"resource.metadata.score"},[-0.0,0,1e-400]]}"#,
        r#"{"starts_with":[{"var":"resource.id"},1e17]}"#,
        r#"{"contains":[{"var":"resource.id"},-0.0]}"#,
        r#"{"eq":[{"var":"resource.metadata.score"},"NaN"]}"#,
        r#"{"gt":["NaN",{"var":"resource.metadata.score"}]}"#,
        r#"{"lt":["Infinity",1]}"#,
        r#"{"gt":[[1],[0]]}"#,
        r#"{"lt":[{"a":1},{"var":"resource.labels"}]}"#,
        r#"{"eq":[{"var":"resource"},{"var":"principal"}]}"#,
        r#"{"eq":[{"var":"principal.groups"},{"var":"resource.metadata.tags"}]}"#,
        r#"{"in":[{"var":"principal.groups"},[["g1"],["g2","red"]]]}"#,
        r#"{"contains":[{"var":"resource.labels"},{"var":"resource.labels"}]}"#,
        r#"{"starts_with":[{"var":"resource.metadata.tags"},null]}"#,
        r#"{"eq":[{"var":"resource.labels.a b"},"\ud83e\udda9"]}"#,
        r#"{"eq":[{"var":"__proto__.constructor"},"\uffff"]}"#,
        r#"{"eq":[{"var":"resource.metadata.$[*] ? (@ == 1)"},1]}"#,
        r#"{"contains":[{"var":"resource.id"},"\\E.*(?i)\" flag \"x"]}"#,
        r#"{"eq":[{"var":"resource.metadata.q\"u"},"'; DROP TABLE documents; --"]}"#,
        r#"{"time_between":[5,{"start":"09:00","end":"08:59:59.999999999"}]}"#,
        r#"{"time_between":[{"var":"resource.metadata.owner"},{"start":"23:59:60","end":"00:00"}]}"#,
        r#"{"date_between":[{"var":"request.time"},{"start":"-262142-01-01","end":"+262141-12-31","timezone":"Pacific/Apia"}]}"#,
        r#"{"date_between":[{"var":"resource.id"},{"start":"0000-01-01T00:00:00+23:59","end":"9999-12-31T23:59:60-23:59"}]}"#,
    ];
    let dice = &mut Dice::new(2);
    for text in texts {
        let json: Value = serde_json::from_str(text).unwrap();
        let parsed = Condition::parse(&json, &LIMITS).unwrap_or_else(|e| panic!("{text}: {e}"));
        (0..20).for_each(|_| decides(&json, parsed.clone(), dice));
    }
    // These are no JSON at all, so that no condition ever holds them.
    for text in ["1e400", "-1e400", "NaN", "Infinity", r#""\ud800""#, r#""\udfff x""#, "01", "+1", "\"\u{0}\""] {
        assert!(serde_json::from_str::<Value>(&format!(r#"{{"eq":[1,{text}]}}"#)).is_err(), "{text:?}");
    }
}

fn holds(json: &Value, context: &Value) -> bool {
    Condition::parse(json, &WIDE).unwrap_or_else(|e| panic!("{json}: {e}")).holds(context)
}

#[test]
fn numbers_compare_alike_before_and_after_they_were_stored() {
    // PostgreSQL writes the digits out, and the next reader sees an integer.
    let stored = [
        ("1.2345678901234568e18", "1234567890123456800"),
        ("1e17", "100000000000000000"),
        ("-9.1e18", "-9100000000000000000"),
        ("-0.0", "0.0"),
        ("1.5e-7", "0.00000015"),
    ];
    for (written, read) in stored {
        let [written, read] = [written, read].map(|n| serde_json::from_str::<Value>(n).unwrap());
        for operator in ["eq", "gte", "lte", "in"] {
            assert!(holds(&json!({ operator: [written, read] }), &json!({})), "{written} {operator} {read}");
        }
        let probes = [json!("0.0"), json!("1234567890123456800"), json!("1e17"), json!("-0.0"), json!("1.5e-7")];
        for (operator, probe) in
            ["contains", "starts_with"].into_iter().flat_map(|o| probes.iter().map(move |p| (o, p)))
        {
            let said = [&written, &read].map(|n| holds(&json!({ operator: [probe, n] }), &json!({})));
            assert_eq!(said[0], said[1], "{probe} {operator} {written}");
        }
    }
    let (below, most) =
        (json!({ "lt": [i64::MAX - 1, i64::MAX] }), json!({ "eq": [i64::MAX, 9_223_372_036_854_775_808.0] }));
    assert!(holds(&below, &json!({})) && !holds(&most, &json!({})));
}

#[test]
fn windows_follow_the_clock_of_their_zone() {
    let day = |start: &str, end: &str, zone: &str| json!({ "time_between": [{ "var": "t" }, { "start": start, "end": end, "timezone": zone }] });
    let dates = |start: &str, end: &str, zone: &str| json!({ "date_between": [{ "var": "t" }, { "start": start, "end": end, "timezone": zone }] });
    let night = day("22:00", "06:00", "UTC");
    let one = day("12:00", "12:00", "UTC");
    let berlin = day("02:00", "03:00", "Europe/Berlin");
    // 2026-03-29 02:00 to 03:00 does not exist in Berlin, and 2026-10-25 02:00 to 03:00 is there twice.
    let gap = dates("2026-03-29T02:30", "2026-03-29T04:00", "Europe/Berlin");
    let twice = dates("2026-10-25T02:30", "2026-10-25T02:30", "Europe/Berlin");
    let lost = dates("2011-12-30", "2011-12-31", "Pacific/Apia");
    let cases = [
        (&night, "2026-01-01T22:00:00Z", true),
        (&night, "2026-01-01T23:59:59.999Z", true),
        (&night, "2026-01-01T00:00:00Z", true),
        (&night, "2026-01-01T06:00:00Z", true),
        (&night, "2026-01-01T06:00:00.001Z", false),
        (&night, "2026-01-01T21:59:59Z", false),
        (&night, "2026-01-02T05:00:00+09:00", false),
        (&one, "2026-01-01T12:00:00Z", true),
        (&one, "2026-01-01T12:00:01Z", false),
        (&berlin, "2026-03-29T00:59:59Z", false),
        (&berlin, "2026-03-29T01:00:00Z", true),
        (&berlin, "2026-03-29T01:00:01Z", false),
        (&berlin, "2026-10-25T00:30:00Z", true),
        (&berlin, "2026-10-25T01:30:00Z", true),
        (&berlin, "2026-10-25T02:30:00Z", false),
        (&gap, "2026-03-29T01:29:59Z", false),
        (&gap, "2026-03-29T01:30:00Z", true),
        (&gap, "2026-03-29T02:00:00Z", true),
        (&gap, "2026-03-29T02:00:01Z", false),
        (&gap, "2026-03-29T02:30", true),
        (&twice, "2026-10-25T00:29:59Z", false),
        (&twice, "2026-10-25T00:30:00Z", true),
        (&twice, "2026-10-25T01:30:00Z", true),
        (&twice, "2026-10-25T01:30:01Z", false),
        (&twice, "2026-10-25T02:30", true),
        // Samoa had no 30 December 2011.
        (&lost, "2011-12-30T09:59:59Z", false),
        (&lost, "2011-12-30T10:00:00Z", true),
        (&lost, "2011-12-30T10:00:01Z", false),
        (&night, "", false),
        (&night, "25:00", false),
        (&night, "now", false),
    ];
    for (condition, time, expected) in cases {
        assert_eq!(holds(condition, &json!({ "t": time })), expected, "{time} in {condition}");
    }
}

#[test]
fn attributes_that_callers_choose_decide_nothing_but_their_own_comparison() {
    // A label or a piece of metadata cannot pass for another attribute, however it is named.
    let tenant = "t1".parse().unwrap();
    let labels = [("team.more".to_owned(), "red".to_owned()), (String::new(), "red".to_owned())].into();
    let Value::Object(metadata) = json!({ "resource.id": "d1", "deep.x": 1, "list": [{ "x": 1 }] }) else { panic!() };
    let resource =
        Resource { labels: Some(&labels), metadata: Some(&metadata), ..Resource::new(ResourceType::Document, &tenant) };
    let principal = Principal::vouched_for("t1".parse().unwrap(), "u1".parse().unwrap(), Role::Reader);
    let request = RequestFacts::new("r", Clock::system().now(), None, None, RouteClass::Read);
    let facts = Facts { principal: &principal, plan: None, request: &request, resource: Some(&resource) };
    for root in ["principal", "resource", "request"] {
        // In the context of a simulation these are objects, and at a decision nothing.
        let json = json!({ "ne": [{ "var": root }, 1] });
        assert!(!holds(&json, &json!({ root: { "id": "x" } })), "{json}");
    }
    for path in [
        "resource.labels.team.more",
        "resource.labels.team",
        "resource.metadata.deep.x",
        "resource.metadata.list.0.x",
        "resource.metadata.list.x",
        "resource.status",
        "principal.plan",
        "principal",
        "request",
        "principal.role.x",
    ] {
        for operator in ["eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "contains", "starts_with"] {
            for value in [json!(null), json!("red"), json!(1), json!([])] {
                let json = json!({ operator: [{ "var": path }, value] });
                assert!(!Condition::parse(&json, &LIMITS).unwrap().holds(&facts), "{json}");
            }
        }
    }
}
