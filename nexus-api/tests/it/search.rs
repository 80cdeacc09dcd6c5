//! Search: the passages of an answer, without the answer.

use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::harness::{Answer, Caller, TestApp};

/// Two documents on herons, one of each team.
async fn library(app: &TestApp) -> (Caller, Caller) {
    let tenant = app.tenant("t1").await;
    let (editor, reader) = (tenant.key(Role::Editor).await, tenant.key(Role::Reader).await);
    editor.corpus("c1").await;
    for (id, team, year, text) in [
        ("red", "red", 2025, "The heron stands in shallow water."),
        ("blue", "blue", 2026, "A heron in flight folds its neck."),
    ] {
        let metadata = json!({ "labels": { "team": team }, "year": year, "topics": ["birds", team] });
        let body = json!({ "corpus_id": "c1", "document_id": id, "text": text, "metadata_json": metadata });
        editor.post("/v1/documents/text", &body).await.accepted();
        editor.settled(id).await;
    }
    (editor, reader)
}

fn documents(answer: &Answer) -> Vec<String> {
    let mut found: Vec<String> = answer.ok()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["document_id"].as_str().unwrap().to_owned())
        .collect();
    found.sort();
    found
}

async fn filtered(caller: &Caller, filter: Value) -> Vec<String> {
    documents(&caller.post("/v1/corpora/c1/search", &json!({ "query": "heron", "filter": filter })).await)
}

#[tokio::test]
async fn passages_come_whole_in_their_order_and_only_to_those_who_may_read_them() {
    let app = TestApp::start().await;
    let (editor, reader) = library(&app).await;
    let found = editor.get("/v1/corpora/c1/search?query=shallow%20water&top_k=1").await;
    let item = &found.ok()["items"][0];
    assert_eq!(
        (&item["document_id"], &item["quote"], &item["index"]),
        (&json!("red"), &json!("The heron stands in shallow water."), &json!(1))
    );
    assert_eq!(found.ok()["provider"], "local_pgvector");
    assert_eq!(documents(&editor.get("/v1/corpora/c1/search?query=heron").await), ["blue", "red"]);

    assert_eq!(documents(&reader.get("/v1/corpora/c1/search?query=heron").await), [""; 0]);
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    admin.grant("blue", "role", "reader", "read").await;
    assert_eq!(documents(&reader.get("/v1/corpora/c1/search?query=heron").await), ["blue"]);
    let stranger = app.tenant("t2").await.key(Role::Admin).await;
    stranger.get("/v1/corpora/c1/search?query=heron").await.refused(404, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn filters_take_away_and_never_add() {
    let app = TestApp::start().await;
    let (editor, reader) = library(&app).await;
    assert_eq!(filtered(&editor, json!({})).await, ["blue", "red"]);
    assert_eq!(filtered(&editor, json!({ "labels": { "team": "red" } })).await, ["red"]);
    assert_eq!(filtered(&editor, json!({ "labels": { "team": ["red", "blue"] } })).await, ["blue", "red"]);
    assert_eq!(filtered(&editor, json!({ "metadata": { "year": 2026 } })).await, ["blue"]);
    assert_eq!(filtered(&editor, json!({ "metadata": { "topics": "birds" } })).await, ["blue", "red"]);
    assert_eq!(filtered(&editor, json!({ "labels": { "team": "red" }, "metadata": { "year": 2026 } })).await, [""; 0]);
    assert_eq!(filtered(&editor, json!({ "metadata": { "nothing.there": 1 } })).await, [""; 0]);
    assert_eq!(filtered(&reader, json!({ "labels": { "team": "red" } })).await, [""; 0]);
    app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_a_search_is_refused() {
    let app = TestApp::start().await;
    let (editor, _) = library(&app).await;
    let ask = async |body: Value| editor.post("/v1/corpora/c1/search", &body).await;
    ask(json!({ "query": " " })).await.faults("body.query");
    ask(json!({ "query": "a\u{0}b" })).await.faults("body.query");
    ask(json!({ "query": "x".repeat(100_001) })).await.faults("body.query");
    ask(json!({ "query": "x", "top_k": 0 })).await.faults("body.top_k");
    ask(json!({ "query": "x", "top_k": 51 })).await.faults("body.top_k");
    ask(json!({ "query": "x", "filters": {} })).await.refused(422, "REQUEST_VALIDATION_ERROR");
    let team = |value: Value| json!({ "query": "x", "filter": { "labels": { "team": value } } });
    let long = "a".repeat(501);
    for bad in [
        json!(null),
        json!(1),
        json!([]),
        json!([1]),
        json!({ "a": 1 }),
        json!(vec!["a"; 101]),
        json!("a\0"),
        json!(long),
    ] {
        ask(team(bad)).await.refused(422, "REQUEST_VALIDATION_ERROR");
    }
    // The most that a filter can hold.
    let most: Vec<String> = (0..5).map(|n| format!("{n}{}", "\u{1}".repeat(499))).collect();
    let mut fields: serde_json::Map<_, _> = (0..20).map(|n| (format!("{n:\"<200}"), json!(most))).collect();
    assert_eq!(filtered(&editor, json!({ "metadata": fields })).await, [""; 0]);
    fields.insert(format!("{:\"<200}", 0), json!(vec!["a"; 6]));
    ask(json!({ "query": "x", "filter": { "metadata": fields } })).await.refused(422, "REQUEST_VALIDATION_ERROR");
    for bad in ["", "a.b", "n\u{0}l", &"k".repeat(300)] {
        let body = json!({ "query": "x", "filter": { "labels": { bad: "red" } } });
        ask(body).await.refused(422, "REQUEST_VALIDATION_ERROR");
    }
    editor.get("/v1/corpora/c1/search").await.refused(422, "REQUEST_VALIDATION_ERROR");
    editor.get("/v1/corpora/none/search?query=x").await.refused(404, "NOT_FOUND");
    app.nobody().get("/v1/corpora/c1/search?query=x").await.refused(401, "AUTH_UNAUTHORIZED");
    app.finish().await;
}
