//! What services publish of their requests and answers, as `scripts/provider-models.py` wrote it down.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use serde::Deserialize;
use serde_json::Value;

pub static BEDROCK: LazyLock<Model> =
    LazyLock::new(|| serde_json::from_str(include_str!("fixtures/bedrock.json")).unwrap());
pub static VERTEX: LazyLock<Model> =
    LazyLock::new(|| serde_json::from_str(include_str!("fixtures/vertex.json")).unwrap());

/// The shapes of one operation.
#[derive(Deserialize)]
pub struct Model {
    request: String,
    response: String,
    shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
struct Shape {
    r#type: String,
    #[serde(default)]
    members: BTreeMap<String, String>,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    union: bool,
    #[serde(default)]
    document: bool,
    #[serde(default)]
    oneofs: Vec<BTreeSet<String>>,
    member: Option<String>,
    min: Option<f64>,
    max: Option<f64>,
    r#enum: Option<Vec<String>>,
    #[serde(default)]
    values: BTreeMap<String, i64>,
}

impl Model {
    /// Panics where the service would refuse.
    pub fn request(&self, body: &Value) {
        self.check(&self.request, body, "request");
    }

    /// Panics where the service would not have sent it.
    pub fn response(&self, body: &Value) {
        self.check(&self.response, body, "response");
    }

    fn check(&self, shape: &str, value: &Value, at: &str) {
        let shape = &self.shapes[shape];
        let within = |size: f64| {
            assert!(shape.min.is_none_or(|min| size >= min), "{at}: {size} is too little: {value}");
            assert!(shape.max.is_none_or(|max| size <= max), "{at}: {size} is too much: {value}");
        };
        #[allow(clippy::cast_precision_loss, reason = "sizes of a test")]
        let size = |n: usize| within(n as f64);
        let is = |right: bool| assert!(right, "{at} is no {}: {value}", shape.r#type);
        match shape.r#type.as_str() {
            "document" => {}
            "structure" if shape.document => {}
            "structure" => self.structure(shape, value, at),
            "list" => {
                let items = value.as_array().unwrap_or_else(|| panic!("{at} is no list: {value}"));
                size(items.len());
                for (n, item) in items.iter().enumerate() {
                    self.check(shape.member.as_deref().unwrap(), item, &format!("{at}[{n}]"));
                }
            }
            "map" => {
                let entries = value.as_object().unwrap_or_else(|| panic!("{at} is no map: {value}"));
                size(entries.len());
                for (key, item) in entries {
                    self.check(shape.member.as_deref().unwrap(), item, &format!("{at}.{key}"));
                }
            }
            "string" | "blob" => {
                let text = value.as_str().unwrap_or_else(|| panic!("{at} is no text: {value}"));
                size(text.chars().count());
                assert!(
                    shape.r#enum.as_ref().is_none_or(|words| words.iter().any(|word| word == text)),
                    "{at}: {text}"
                );
            }
            "enum" => is(value.as_i64().is_some_and(|n| shape.values.values().any(|known| *known == n))
                || value.as_str().is_some_and(|name| shape.values.contains_key(name))),
            "integer" => {
                is(value.is_i64());
                within(value.as_f64().unwrap());
            }
            "long" => is(value.is_i64() || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok())),
            "float" | "double" => {
                is(value.is_number());
                within(value.as_f64().unwrap());
            }
            "boolean" => is(value.is_boolean()),
            other => panic!("{at}: the model has a {other}"),
        }
    }

    fn structure(&self, shape: &Shape, value: &Value, at: &str) {
        let members = value.as_object().unwrap_or_else(|| panic!("{at} is no structure: {value}"));
        assert!(!shape.union || members.len() == 1, "{at} is a union: {value}");
        for name in &shape.required {
            assert!(members.contains_key(name), "{at} lacks {name}");
        }
        for oneof in &shape.oneofs {
            assert!(members.keys().filter(|name| oneof.contains(*name)).count() <= 1, "{at}: one of {oneof:?}");
        }
        for (name, member) in members {
            let shape = shape.members.get(name).unwrap_or_else(|| panic!("{at} has no {name}"));
            self.check(shape, member, &format!("{at}.{name}"));
        }
    }
}

#[test]
fn what_a_service_refuses_is_refused_here() {
    use serde_json::json;
    let search = |search: Value| json!({ "retrievalQuery": { "text": "?" }, "retrievalConfiguration": { "vectorSearchConfiguration": search } });
    let one = json!({ "equals": { "key": "a", "value": 1 } });
    let bedrock = [
        json!({}),
        json!({ "retrievalQuery": { "text": "?" }, "more": 1 }),
        search(json!({ "numberOfResults": 101 })),
        search(json!({ "numberOfResults": 0 })),
        search(json!({ "overrideSearchType": "LEXICAL" })),
        search(json!({ "filter": { "andAll": [one] } })),
        search(json!({ "filter": { "equals": { "key": "a" } } })),
        search(json!({ "filter": { "equals": { "key": "x".repeat(101), "value": 1 } } })),
        search(json!({ "filter": { "equals": { "key": "a", "value": 1 }, "in": { "key": "a", "value": [1] } } })),
    ];
    let vertex = [
        json!({ "query": 7 }),
        json!({ "query": "?", "page_size": 5 }),
        json!({ "query": "?", "pageSize": "five" }),
        json!({ "query": "?", "contentSearchSpec": { "searchResultMode": 99 } }),
    ];
    for (model, cases) in [(&*BEDROCK, &bedrock[..]), (&*VERTEX, &vertex[..])] {
        for case in cases {
            assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| model.request(case))).is_err(), "{case}");
        }
    }
    BEDROCK.request(&search(json!({ "numberOfResults": 100, "filter": { "andAll": [one, one] } })));
    VERTEX.request(&json!({ "query": "?", "pageSize": 5, "contentSearchSpec": { "searchResultMode": "CHUNKS" } }));
}
