//! What clients build on: every code, event and type by name, and the document that describes the API.

use std::{fmt::Write as _, fs, path::Path};

use nexus_core::{audit::EventType, problem::Code};
use nexus_sdk::wire::{AutoscalingScope, PolicyAction, PrincipalType, RunEventData};
use serde_json::{Value, json};

fn lines<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.fold(String::new(), |mut text, word| {
        let _ = writeln!(text, "{word}");
        text
    })
}

#[test]
fn error_codes() {
    insta::assert_snapshot!("error_codes", lines(Code::ALL.iter().map(|c| c.as_str())));
}

#[test]
fn audit_events() {
    insta::assert_snapshot!("audit_events", lines(EventType::ALL.iter().map(|t| t.as_str())));
}

#[test]
fn stream_events() {
    insta::assert_snapshot!("stream_events", lines(RunEventData::KINDS.iter().copied().chain(["heartbeat"])));
}

#[test]
fn the_committed_document_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let committed = fs::read_to_string(path).unwrap();
    let served = serde_json::to_string_pretty(&nexus_api::router::openapi()).unwrap() + "\n";
    assert!(committed == served, "docs/openapi.json is stale: run `make openapi`");
}

#[test]
fn every_reference_of_the_document_leads_somewhere_and_every_tag_is_described() {
    let document = serde_json::to_value(nexus_api::router::openapi()).unwrap();
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
    for tag in document["tags"].as_array().unwrap() {
        assert!(tag["description"].is_string(), "{tag}: name it in nexus-api/src/docs/tags.rs");
    }
    // Envelopes refer to what they hold: a client would get a type of its own for each copy.
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        let Some(held) = name.strip_prefix("Envelope_") else { continue };
        let (held, data) = match held.strip_prefix("Vec_") {
            Some(held) => (held, &schema["properties"]["data"]["items"]),
            None => (held, &schema["properties"]["data"]),
        };
        if schemas.contains_key(held) {
            assert_eq!(data["$ref"], format!("#/components/schemas/{held}"), "{name}");
        }
    }
}

/// Every value that a schema allows, with the place of the schema.
fn words(schema: &Value, place: &str, found: &mut Vec<(String, String)>) {
    let fields = schema.as_object().into_iter().flatten();
    for (name, value) in fields {
        let values = match name.as_str() {
            "enum" => value.as_array().cloned().unwrap_or_default(),
            "const" => vec![value.clone()],
            _ => Vec::new(),
        };
        found.extend(values.iter().filter_map(|v| Some((place.to_owned(), v.as_str()?.to_owned()))));
        words(value, &format!("{place}/{name}"), found);
    }
    for (n, value) in schema.as_array().into_iter().flatten().enumerate() {
        words(value, &format!("{place}/{n}"), found);
    }
}

#[test]
fn the_document_names_words_as_they_are_sent() {
    let document = serde_json::to_value(nexus_api::router::openapi()).unwrap();
    let mut found = Vec::new();
    words(&document["components"]["schemas"], "", &mut found);
    let of_program: Vec<_> = found.iter().filter(|(_, word)| word.starts_with(|c: char| c.is_uppercase())).collect();
    assert!(of_program.is_empty(), "{of_program:?}");
    // One of each way in which words are written down, against what is really sent.
    let of = |name: &str| {
        let place = format!("/{name}");
        let words = found.iter().filter(|(at, _)| *at == place).map(|(_, word)| json!(word));
        words.collect::<Vec<_>>()
    };
    assert_eq!(
        of("AutoscalingScope"),
        [json!(AutoscalingScope::Global), json!(AutoscalingScope::Tenant), json!(AutoscalingScope::RouteClass)]
    );
    assert_eq!(of("PolicyAction").last(), Some(&json!(PolicyAction::Any)));
    assert_eq!(of("PrincipalType")[2], json!(PrincipalType::ApiKey));
    assert_eq!(of("RateType"), ["per_1k_tokens", "per_char", "per_mb", "per_request", "per_second"]);
}
