//! What a reader without a grant may not know: nothing of a restricted document, by no way.

use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::harness::{Caller, Model, TestApp};

/// Stands in every part of the restricted documents and nowhere else.
const SECRET: &str = "xylograph7431";

fn ask(message: &str, top_k: u32) -> Value {
    json!({ "session_id": "s1", "corpus_id": "c1", "message": message, "top_k": top_k })
}

/// Many restricted documents that fit every question best, and five that readers may read.
async fn library(app: &TestApp) -> (Caller, Caller) {
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    admin.corpus("c1").await;
    for n in 0..20 {
        let body = json!({ "corpus_id": "c1", "document_id": format!("{SECRET}-{n}"), "filename": format!("{SECRET}.md"),
            "text": format!("# {SECRET}\n\nHeron heron heron. The code word of the heron is {SECRET} number {n}."),
            "metadata_json": { "title": SECRET, "labels": { "code": SECRET } } });
        admin.post("/v1/documents/text", &body).await.accepted();
        admin.settled(&format!("{SECRET}-{n}")).await;
    }
    for n in 0..5 {
        let id = format!("open-{n}");
        admin
            .text("c1", &id, &format!("On day {n} somebody saw a heron and wrote a long note about the meadow."))
            .await;
        admin.grant(&id, "role", "reader", "read").await;
    }
    (admin, reader)
}

#[tokio::test]
async fn a_restricted_document_shows_in_no_token_citation_debug_event_or_error() {
    let app = TestApp::plan().settings(|s| s.runs.debug_events = true).start().await;
    let (admin, reader) = library(&app).await;
    let stranger = app.tenant("t2").await.key(Role::Admin).await;
    stranger.corpus("c1").await;
    let code = format!("What is {SECRET}?");
    for caller in [&reader, &stranger] {
        for question in ["What is the code word of the heron?", "heron heron heron", "Who saw a heron?"] {
            let events = caller.run(&ask(question, 50)).await;
            let raw: String = events.iter().map(|e| e.raw.as_str()).collect();
            assert!(!raw.contains(SECRET), "{raw}");
        }
        // The word of the question itself is no news, so that it is the citations that count.
        let events = caller.run(&ask(&code, 50)).await;
        assert!(events.iter().all(|e| !e.json["data"]["citations"].to_string().contains(SECRET)));
        for path in ["/v1/documents", "/v1/documents?corpus_id=c1", "/v1/corpora", "/v1/corpora/c1"] {
            let answer = caller.get(path).await;
            assert!(!String::from_utf8_lossy(&answer.body).contains(SECRET), "{answer}");
        }
        let known = caller.get(&format!("/v1/documents/{SECRET}-1")).await.refused(404, "NOT_FOUND");
        let unknown = caller.get(&format!("/v1/documents/{SECRET}-99")).await.refused(404, "NOT_FOUND");
        assert_eq!(known, unknown);
    }
    let seen = app.prompts();
    assert!(!seen.is_empty());
    for prompt in &seen {
        assert!(prompt.passages.iter().all(|p| !p.text.contains(SECRET) && !p.origin.title.contains(SECRET)));
    }
    // The same questions of somebody who may read it: the test can fail.
    let (answer, _) = admin.answer("c1", "What is the code word of the heron?").await;
    assert!(answer.contains(SECRET), "{answer}");
    app.finish().await;
}

#[tokio::test]
async fn restricted_documents_take_no_place_from_readable_ones() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let (_, reader) = library(&app).await;
    for wanted in [1, 3, 5] {
        reader.run(&ask("What is the code word of the heron?", wanted)).await;
        let prompts = app.prompts();
        let passages = &prompts.last().unwrap().passages;
        assert_eq!(passages.len(), usize::try_from(wanted).unwrap(), "as many readable ones as were asked for");
        assert!(passages.iter().all(|p| p.origin.id.starts_with("open-")));
    }
    app.finish().await;
}

#[tokio::test]
async fn an_editor_without_a_grant_learns_nothing_from_writing() {
    let app = TestApp::start().await;
    let (_, _) = library(&app).await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    let id = format!("{SECRET}-1");
    let body = json!({ "corpus_id": "c1", "document_id": id, "text": "x", "overwrite": true });
    let refused = editor.post("/v1/documents/text", &body).await;
    refused.refused(403, "AUTHZ_DENIED");
    assert!(!String::from_utf8_lossy(&refused.body).contains(SECRET));
    assert_eq!(app.audited(&refused.request_id).await, ["auth.access.success", "authz.access.denied"]);
    for answer in [
        editor.delete(&format!("/v1/documents/{id}")).await,
        editor.patch(&format!("/v1/documents/{id}"), &json!({ "filename": "x" })).await,
        editor.post(&format!("/v1/documents/{id}/reindex"), &json!({})).await,
    ] {
        answer.refused(404, "NOT_FOUND");
    }
    app.finish().await;
}
