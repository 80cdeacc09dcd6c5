//! The client's calls against a server that answers from a script.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod double;

use std::time::Duration;

use double::{Double, Reply};
use futures::{StreamExt, TryStreamExt};
use nexus_sdk::Error;
use nexus_sdk::client::{RetryPolicy, Upload};
use nexus_sdk::wire::{
    Corpus, CreateCorpus, CreateGrant, DocumentStatus, PatchCorpus, Permission, PrincipalType, ReindexRequest,
    SearchFilter, SearchRequest, TextDocument,
};
use serde_json::{Value, json};

fn corpus(id: &str) -> Value {
    json!({"id": id, "tenant_id": "t1", "name": id, "provider_config_json": {}, "embedding_model": "hash",
           "embedding_dimension": 768, "created_at": "2026-01-02T03:04:05Z", "updated_at": null})
}

fn document(status: &str) -> Value {
    json!({"id": "d1", "tenant_id": "t1", "corpus_id": "c1", "filename": "a.txt", "content_type": "text/plain",
           "source": "raw_text", "ingest_source": "raw_text", "status": status, "failure_reason": "too dull",
           "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z"})
}

fn accepted() -> Value {
    json!({"document_id": "d1", "status": "queued", "job_id": "j1", "status_url": "/v1/documents/d1"})
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let meta = json!({"request_id": "r", "api_version": "v1", "next_cursor": "a b"});
    let first = json!({"data": [corpus("c1"), corpus("c2")], "meta": meta});
    let server = Double::start([Reply::json(200, &first), Reply::data(json!([corpus("c3")]))]).await;
    let listed: Vec<Corpus> = server.client().corpora().list().try_collect().await.unwrap();
    assert_eq!(listed.iter().map(|corpus| corpus.id.as_str()).collect::<Vec<_>>(), ["c1", "c2", "c3"]);
    let asked = server.asked();
    assert_eq!(
        asked.iter().map(|asked| asked.path.as_str()).collect::<Vec<_>>(),
        ["/v1/corpora", "/v1/corpora?cursor=a+b"]
    );
    assert_eq!(asked[0].header("authorization"), Some("Bearer nrgk_test"));
    assert_eq!(asked[0].header("idempotency-key"), None);
}

#[tokio::test]
async fn only_the_pages_that_are_read_are_asked_for() {
    let meta = json!({"request_id": "r", "api_version": "v1", "next_cursor": "more"});
    let first = json!({"data": [document("queued"), document("queued")], "meta": meta});
    let server = Double::start([Reply::json(200, &first)]).await;
    let listed: Vec<_> = server.client().documents().list(Some("c 1")).take(2).collect().await;
    assert!(listed.iter().all(Result::is_ok));
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].path, "/v1/documents?corpus_id=c+1");
}

#[tokio::test]
async fn a_write_is_repeated_under_the_same_key() {
    let busy = || Reply::refusal(503, "SERVICE_BUSY").with("retry-after", "0");
    let server = Double::start([busy(), busy(), Reply::data(corpus("c1"))]).await;
    let request = CreateCorpus { name: "c1".into(), ..CreateCorpus::default() };
    assert_eq!(server.client().corpora().create(&request).await.unwrap().id, "c1");
    let asked = server.asked();
    let keys: Vec<_> = asked.iter().map(|asked| asked.header("idempotency-key").unwrap()).collect();
    assert_eq!(keys.len(), 3);
    assert!(keys.iter().all(|key| *key == keys[0] && !key.is_empty()));
    assert!(asked.iter().all(|asked| asked.json() == json!({"name": "c1"})));
}

#[tokio::test]
async fn two_writes_have_two_keys() {
    let server = Double::start([Reply::data(corpus("c1")), Reply::data(corpus("c1"))]).await;
    for _ in 0..2 {
        server.client().corpora().patch("c1", &PatchCorpus::default()).await.unwrap();
    }
    let asked = server.asked();
    assert_ne!(asked[0].header("idempotency-key"), asked[1].header("idempotency-key"));
}

#[tokio::test]
async fn a_refusal_is_told_once_and_whole() {
    let server = Double::start([Reply::refusal(404, "NOT_FOUND")]).await;
    let error = server.client().corpora().get("nope").await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(404), Some("NOT_FOUND")));
    assert!(error.to_string().contains("r-9"));
    assert!(!format!("{error:?}").contains("nrgk_test"));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_wait_longer_than_the_clients_patience_is_told_at_once() {
    let server = Double::start([Reply::refusal(429, "RATE_LIMITED").with("retry-after", "3600")]).await;
    let error = server.client().corpora().get("c1").await.unwrap_err();
    assert!(matches!(error, Error::Api { retry_after: Some(wait), .. } if wait == Duration::from_hours(1)));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn the_attempts_end() {
    let server = Double::start((0..9).map(|_| Reply::refusal(503, "SERVICE_BUSY"))).await;
    assert_eq!(server.client().health().await.unwrap_err().code(), Some("SERVICE_BUSY"));
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_transport_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = nexus_sdk::Client::builder().base_url(url).retry(RetryPolicy::never()).build().unwrap();
    assert!(matches!(client.health().await, Err(Error::Transport(_))));
}

#[tokio::test]
async fn an_answer_that_is_something_else_says_what_was_expected() {
    let server = Double::start([Reply::data(json!({"id": 1}))]).await;
    let error = server.client().corpora().get("c1").await.unwrap_err();
    assert!(matches!(error, Error::Decode { what: "a corpus", .. }));
}

#[tokio::test]
async fn a_file_is_sent_as_a_form_and_again_when_the_server_is_busy() {
    let busy = Reply::refusal(503, "SERVICE_BUSY");
    let server = Double::start([
        busy,
        Reply::json(202, &json!({"data": accepted(), "meta": {"request_id": "r", "api_version": "v1"}})),
    ])
    .await;
    let upload = Upload {
        corpus_id: "c1".into(),
        document_id: Some("d1".into()),
        filename: "no\"te.md".into(),
        content_type: "text/markdown".into(),
        bytes: "# Grüße".into(),
        overwrite: true,
    };
    assert_eq!(server.client().documents().upload(upload).await.unwrap().document_id, "d1");
    for asked in server.asked() {
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/v1/documents"));
        assert!(asked.header("content-type").unwrap().starts_with("multipart/form-data; boundary="));
        let body = String::from_utf8(asked.body.to_vec()).unwrap();
        for part in [
            "name=\"corpus_id\"\r\n\r\nc1\r\n",
            "name=\"document_id\"\r\n\r\nd1\r\n",
            "name=\"overwrite\"\r\n\r\ntrue\r\n",
            "Content-Type: text/markdown\r\n\r\n# Grüße\r\n",
        ] {
            assert!(body.contains(part), "{part:?} in {body}");
        }
    }
}

#[tokio::test]
async fn a_file_of_no_media_type_is_not_sent() {
    let server = Double::start([]).await;
    let upload = Upload {
        corpus_id: "c1".into(),
        document_id: None,
        filename: "a".into(),
        content_type: "nonsense".into(),
        bytes: "x".into(),
        overwrite: false,
    };
    assert!(matches!(server.client().documents().upload(upload).await, Err(Error::Argument(_))));
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn waiting_ends_when_the_document_is_searchable() {
    let states = ["queued", "processing", "succeeded"];
    let server = Double::start(states.map(|status| Reply::data(document(status)))).await;
    let waited = server.client().documents().wait("d1", Duration::from_mins(1)).await.unwrap();
    assert_eq!(waited.status, DocumentStatus::Succeeded);
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn waiting_ends_when_the_document_failed() {
    let server = Double::start([Reply::data(document("failed"))]).await;
    let error = server.client().documents().wait("d1", Duration::from_mins(1)).await.unwrap_err();
    assert!(matches!(error, Error::IngestFailed { reason, .. } if reason == "too dull"));
}

#[tokio::test]
async fn waiting_ends_with_the_callers_patience() {
    let server = Double::start((0..100).map(|_| Reply::data(document("queued")))).await;
    let error = server.client().documents().wait("d1", Duration::from_millis(20)).await.unwrap_err();
    assert!(matches!(error, Error::StillIngesting { .. }));
}

#[tokio::test]
async fn a_search_says_only_what_is_asked_and_changes_nothing() {
    let passage = json!({"index": 1, "source": "document://d1", "score": 0.5, "metadata": {}, "document_id": "d1",
                         "title": "a.txt", "start": 0, "end": 5, "quote": "Grass", "content_hash": "ab"});
    let found = || Reply::data(json!({"provider": "local_pgvector", "items": [passage]}));
    let server = Double::start([Reply::refusal(503, "SERVICE_BUSY").with("retry-after", "0"), found(), found()]).await;
    let (client, mut request) = (server.client(), SearchRequest { query: "Grass?".into(), ..Default::default() });
    assert_eq!(client.corpora().search("c 1", &request).await.unwrap().items[0].quote, "Grass");
    let labels = [("team".to_owned(), json!(["red", "blue"]))].into();
    (request.top_k, request.filter) = (Some(3), Some(SearchFilter { labels, ..Default::default() }));
    assert_eq!(client.corpora().search("c 1", &request).await.unwrap().provider, "local_pgvector");
    let asked = server.asked();
    assert!(
        asked.iter().all(|asked| (asked.method.as_str(), asked.path.as_str()) == ("POST", "/v1/corpora/c%201/search"))
    );
    assert!(asked.iter().all(|asked| asked.header("idempotency-key").is_none()));
    assert_eq!(asked[1].json(), json!({"query": "Grass?"}));
    let filter = json!({"labels": {"team": ["red", "blue"]}});
    assert_eq!(asked[2].json(), json!({"query": "Grass?", "top_k": 3, "filter": filter}));
}

#[tokio::test]
async fn every_other_call_goes_where_the_contract_says() {
    let grant = json!({"id": "g1", "tenant_id": "t1", "document_id": "d1", "principal_type": "role",
                       "principal_id": "reader", "permission": "read"});
    let text = json!({"document_id": "d1", "start": 2, "end": 4, "total_chars": 9, "text": "xx", "content_hash": "ab"});
    let server = Double::start([
        Reply::data(accepted()),
        Reply::data(accepted()),
        Reply::data(text),
        Reply::json(204, &Value::Null),
        Reply::json(204, &Value::Null),
        Reply::data(json!({"items": [grant.clone()]})),
        Reply::data(grant.clone()),
        Reply::data(grant),
    ])
    .await;
    let client = server.client();
    let (documents, grants) = (client.documents(), client.grants("d1"));
    let create = CreateGrant {
        principal_type: PrincipalType::Role,
        principal_id: "reader".into(),
        permission: Permission::Read,
        expires_at: None,
    };
    documents
        .ingest_text(&TextDocument { corpus_id: "c1".into(), text: "x".into(), ..Default::default() })
        .await
        .unwrap();
    documents.reindex("d1", &ReindexRequest::default()).await.unwrap();
    assert_eq!(documents.text("d1", Some(2..4)).await.unwrap().text, "xx");
    documents.delete("d1").await.unwrap();
    client.corpora().delete("c1").await.unwrap();
    assert_eq!(grants.list().await.unwrap().len(), 1);
    grants.create(&create).await.unwrap();
    grants.revoke("g1").await.unwrap();
    let asked: Vec<_> = server.asked().iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect();
    assert_eq!(
        asked,
        [
            "POST /v1/documents/text",
            "POST /v1/documents/d1/reindex",
            "GET /v1/documents/d1/text?start=2&end=4",
            "DELETE /v1/documents/d1",
            "DELETE /v1/corpora/c1",
            "GET /v1/admin/authz/documents/d1/permissions",
            "POST /v1/admin/authz/documents/d1/permissions",
            "DELETE /v1/admin/authz/documents/d1/permissions/g1",
        ]
    );
}
