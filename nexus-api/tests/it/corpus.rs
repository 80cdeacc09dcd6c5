//! `/v1/corpora`: the sets of documents that questions are asked of.

use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::harness::TestApp;

#[tokio::test]
async fn a_corpus_is_made_read_changed_and_deleted() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    let made = admin.post("/v1/corpora", &json!({ "id": "handbook", "name": "Handbook" })).await.created();
    assert_eq!(
        (&made["id"], &made["tenant_id"], &made["name"]),
        (&json!("handbook"), &json!("t1"), &json!("Handbook"))
    );
    assert_eq!(
        made["provider_config_json"],
        json!({ "retrieval": { "provider": "local_pgvector", "top_k_default": 5 } })
    );
    assert_eq!((&made["embedding_model"], &made["embedding_dimension"]), (&json!("hash-768"), &json!(768)));
    assert_eq!(reader.get("/v1/corpora/handbook").await.ok(), made);
    admin.post("/v1/corpora", &json!({ "id": "handbook", "name": "Again" })).await.refused(409, "CONFLICT");

    let renamed = admin.patch("/v1/corpora/handbook", &json!({ "name": "Handbook 2026" })).await.ok();
    assert_eq!(
        (&renamed["name"], &renamed["provider_config_json"]),
        (&json!("Handbook 2026"), &made["provider_config_json"])
    );
    assert_eq!(reader.get("/v1/corpora/handbook").await.ok(), renamed);
    assert_eq!(admin.patch("/v1/corpora/handbook", &json!({})).await.changed_nothing().ok(), renamed);

    admin.delete("/v1/corpora/handbook").await.gone();
    reader.get("/v1/corpora/handbook").await.refused(404, "NOT_FOUND");
    admin.delete("/v1/corpora/handbook").await.refused(404, "NOT_FOUND");
    let chosen = admin.post("/v1/corpora", &json!({ "name": "No id" })).await.created();
    assert!(chosen["id"].as_str().unwrap().len() >= 32);
    app.finish().await;
}

#[tokio::test]
async fn a_corpus_with_documents_stays() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    admin.corpus("c1").await;
    admin.text("c1", "d1", "Words.").await;
    admin.delete("/v1/corpora/c1").await.refused(409, "CONFLICT");
    admin.delete("/v1/documents/d1").await.gone();
    admin.delete("/v1/corpora/c1").await.gone();
    let gone = json!({ "session_id": "s", "corpus_id": "c1", "message": "Hello?" });
    admin.ask(&gone).await.refused(404, "NOT_FOUND").await;
    app.finish().await;
}

#[tokio::test]
async fn every_fault_of_a_configuration_has_its_sentence() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let sentences = [
        (json!({ "x": 1 }), "retrieval config missing"),
        (json!({ "retrieval": null }), "retrieval config missing"),
        (json!({ "retrieval": [] }), "retrieval config must be an object"),
        (json!({ "retrieval": {} }), "unsupported retrieval provider"),
        (json!({ "retrieval": { "provider": "elastic" } }), "unsupported retrieval provider"),
        (
            json!({ "retrieval": { "provider": "local_pgvector", "top_k_default": "5" } }),
            "top_k_default must be an integer",
        ),
        (
            json!({ "retrieval": { "provider": "local_pgvector", "top_k_default": 0 } }),
            "top_k_default must be from 1 to 50",
        ),
        (json!({ "retrieval": { "provider": "aws_bedrock_kb" } }), "knowledge_base_id and region are required"),
        (json!({ "retrieval": { "provider": "gcp_vertex" } }), "project, location, and resource_id are required"),
        (
            json!({ "retrieval": { "provider": "local_pgvector", "note": "x".repeat(17_000) } }),
            "provider_config_json must have at most 16384 bytes",
        ),
    ];
    for (config, sentence) in sentences {
        let patch = editor.patch("/v1/corpora/c1", &json!({ "provider_config_json": config })).await;
        assert_eq!(patch.refused(422, "VALIDATION_ERROR")["message"], sentence);
        let create = editor.post("/v1/corpora", &json!({ "name": "n", "provider_config_json": config })).await;
        assert_eq!(create.refused(422, "VALIDATION_ERROR")["message"], sentence);
    }
    let kept = json!({ "retrieval": { "provider": "local_pgvector", "top_k_default": 9, "mmr": true }, "note": 1 });
    let patched = editor.patch("/v1/corpora/c1", &json!({ "provider_config_json": kept })).await.ok();
    assert_eq!(patched["provider_config_json"], kept);
    app.finish().await;
}

#[tokio::test]
async fn names_and_ids_have_their_form() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    for id in ["", "a b", "a/b", "ü", &"x".repeat(129)] {
        editor.post("/v1/corpora", &json!({ "id": id, "name": "n" })).await.faults("body.id");
    }
    for name in ["", &"x".repeat(201)] {
        editor.post("/v1/corpora", &json!({ "name": name })).await.faults("body.name");
    }
    for name in ["   ", "a\nb", "a\0b"] {
        editor.post("/v1/corpora", &json!({ "name": name })).await.refused(422, "VALIDATION_ERROR");
    }
    let bare = json!({ "name": "n", "provider_config_json": [] });
    editor.post("/v1/corpora", &bare).await.faults("body.provider_config_json");
    editor.post("/v1/corpora", &json!({ "name": "n", "tenant_id": "t2" })).await.refused(400, "TENANT_ID_NOT_ALLOWED");
    editor.post("/v1/corpora", &json!({ "name": "🐦".repeat(200) })).await.created();
    app.finish().await;
}

#[tokio::test]
async fn lists_go_page_by_page_in_the_order_of_making() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    let made: Vec<String> = (0..7).map(|n| format!("c{}", 9 - n)).collect();
    for id in &made {
        editor.corpus(id).await;
    }
    let mut seen = Vec::new();
    let mut path = "/v1/corpora?limit=3".to_owned();
    loop {
        let page = editor.get(&path).await;
        seen.extend(page.ids());
        let Some(cursor) = page.next_cursor() else { break };
        path = format!("/v1/corpora?limit=3&cursor={cursor}");
    }
    assert_eq!(seen, made);
    assert_eq!(editor.get("/v1/corpora").await.ids(), made);
    editor.get("/v1/corpora?limit=0").await.faults("query.limit");
    editor.get("/v1/corpora?cursor=banana").await.refused(400, "INVALID_CURSOR");
    editor.get("/v1/corpora?page=2").await.faults("query.page");
    app.finish().await;
}

#[tokio::test]
async fn a_corpus_of_another_tenant_does_not_exist() {
    let app = TestApp::start().await;
    let owner = app.tenant("t1").await.key(Role::Admin).await;
    owner.corpus("c1").await;
    let stranger = app.tenant("t2").await.key(Role::Admin).await;
    let unknown = stranger.get("/v1/corpora/unknown").await.refused(404, "NOT_FOUND");
    assert_eq!(stranger.get("/v1/corpora/c1").await.refused(404, "NOT_FOUND"), unknown);
    assert_eq!(stranger.patch("/v1/corpora/c1", &json!({ "name": "x" })).await.refused(404, "NOT_FOUND"), unknown);
    assert_eq!(stranger.delete("/v1/corpora/c1").await.refused(404, "NOT_FOUND"), unknown);
    assert_eq!(stranger.post("/v1/corpora/c1/reindex", &json!({})).await.refused(404, "NOT_FOUND"), unknown);
    assert_eq!(stranger.get("/v1/corpora").await.ids(), Vec::<String>::new());
    // The id is free for the stranger: making it tells nothing.
    stranger.corpus("c1").await;
    assert_eq!(owner.get("/v1/corpora/c1").await.ok()["tenant_id"], "t1");
    app.finish().await;
}

#[tokio::test]
async fn reindexing_a_corpus_queues_every_document_and_all_are_found_again() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    editor.text("c1", "d1", "The heron stands in shallow water.").await;
    editor.text("c1", "d2", "The kestrel hovers over the meadow.").await;
    let queued = editor.send(http::Method::POST, "/v1/corpora/c1/reindex", |r| r).await.accepted();
    assert_eq!(queued, json!({ "corpus_id": "c1", "queued": 2 }));
    for id in ["d1", "d2"] {
        assert_eq!(editor.settled(id).await["status"], "succeeded");
    }
    let (text, _) = editor.answer("c1", "Where does the heron stand?").await;
    assert!(text.contains("shallow water"), "{text}");
    let counts: (i64, i64) = sqlx::query_as("SELECT chunk_count, (SELECT count(*) FROM chunks) FROM corpora")
        .fetch_one(&mut app.behind().await)
        .await
        .unwrap();
    assert_eq!(counts, (2, 2));
    let empty: Value = editor.post("/v1/corpora", &json!({ "id": "c2", "name": "Empty" })).await.created();
    assert_eq!(
        editor.post(&format!("/v1/corpora/{}/reindex", empty["id"].as_str().unwrap()), &json!({})).await.accepted()["queued"],
        0
    );
    app.finish().await;
}

#[tokio::test]
async fn reindexing_a_corpus_waits_for_its_documents_before_it_holds_the_corpus() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    admin.corpus("c1").await;
    admin.text("c1", "d1", "Words.").await;
    // A job that ends holds its document, then asks for the corpus: whoever holds the corpus meanwhile must not wait for it.
    let (mut job, mut other) = (app.behind().await, app.behind().await);
    sqlx::raw_sql("BEGIN; SELECT FROM documents WHERE id = 'd1' FOR UPDATE").execute(&mut job).await.unwrap();
    let asked = tokio::spawn(async move { admin.post("/v1/corpora/c1/reindex", &json!({})).await.accepted() });
    let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                   WHERE NOT l.granted AND a.datname = current_database()";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut other).await.unwrap() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    sqlx::raw_sql("SELECT FROM corpora WHERE id = 'c1' FOR UPDATE NOWAIT").execute(&mut other).await.unwrap();
    sqlx::raw_sql("ROLLBACK").execute(&mut job).await.unwrap();
    assert_eq!(asked.await.unwrap()["queued"], 1);
    app.finish().await;
}
