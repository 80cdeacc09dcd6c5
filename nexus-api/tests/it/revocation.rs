//! A right that is taken away while an answer is being written, or after it.

use std::time::Duration;

use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::harness::{Caller, Event, Model, TestApp};

fn ask() -> Value {
    json!({ "session_id": "s1", "corpus_id": "c1", "message": "Where does the heron stand?" })
}

fn path(document: &str) -> String {
    format!("/v1/admin/authz/documents/{document}/permissions")
}

/// A model that speaks when told to, an administrator with two documents, and a reader of the first.
async fn library() -> (TestApp, Caller, Caller, String) {
    let app = TestApp::plan().model(Model::Stepped).settings(|s| s.replay.grace = Duration::from_mins(1)).start().await;
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    admin.corpus("c1").await;
    for document in ["d1", "d2"] {
        admin.text("c1", document, "The heron stands in shallow water.").await;
    }
    let grant = admin.grant("d1", "user", &reader.user_id, "read").await;
    (app, admin, reader, grant)
}

fn ends_revoked(events: &[Event]) {
    let kinds: Vec<&str> = events.iter().rev().take(2).map(Event::kind).collect();
    assert_eq!(kinds, ["done", "error"], "{events:?}");
    assert_eq!(events[events.len() - 2].json["data"]["code"], "ACCESS_REVOKED");
    assert!(events.iter().all(|e| e.kind() != "message.final"));
}

#[tokio::test]
async fn an_answer_ends_when_its_source_is_taken_away() {
    let (app, admin, reader, grant) = library().await;
    let mut stream = reader.ask(&ask()).await;
    app.say(2);
    stream.until("token.delta").await;
    admin.delete(&format!("{}/{grant}", path("d1"))).await.ok();
    ends_revoked(&stream.rest().await);
    app.finish().await;
}

#[tokio::test]
async fn an_answer_ends_when_its_source_is_deleted() {
    let (app, admin, reader, _) = library().await;
    let mut stream = reader.ask(&ask()).await;
    app.say(2);
    stream.until("token.delta").await;
    admin.delete("/v1/documents/d1").await.gone();
    ends_revoked(&stream.rest().await);
    app.finish().await;
}

#[tokio::test]
async fn what_others_lose_stops_nobody() {
    let (app, admin, reader, _) = library().await;
    let colleague = app.tenant("t1").await.key(Role::Reader).await;
    let other = admin.grant("d2", "user", &colleague.user_id, "read").await;
    let mut stream = reader.ask(&ask()).await;
    app.say(2);
    stream.until("token.delta").await;
    admin.delete(&format!("{}/{other}", path("d2"))).await.ok();
    let twice = admin.grant("d1", "role", "reader", "read").await;
    admin.delete(&format!("{}/{twice}", path("d1"))).await.ok();
    app.say(8);
    let rest = stream.rest().await;
    assert!(rest.iter().any(|e| e.kind() == "message.final"), "{rest:?}");
    app.finish().await;
}

#[tokio::test]
async fn an_answer_is_not_shown_again_to_whom_its_source_was_taken_from() {
    let (app, admin, reader, grant) = library().await;
    app.say(10);
    let whole = reader.run(&ask()).await;
    let again = || async { reader.with("last-event-id", "1").run(&ask()).await };
    assert_eq!(again().await, whole[1..]);
    admin.delete(&format!("{}/{grant}", path("d1"))).await.ok();
    let refused = again().await;
    assert_eq!(refused.len(), 2, "{refused:?}");
    ends_revoked(&refused);
    admin.grant("d1", "user", &reader.user_id, "read").await;
    assert_eq!(again().await, whole[1..]);
    app.finish().await;
}
