//! What clients build on: every code, event and type by name, and the document that describes the API.

use std::{fmt::Write as _, fs, path::Path};

use nexus_core::{audit::EventType, problem::Code};
use nexus_sdk::wire::RunEventData;

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
