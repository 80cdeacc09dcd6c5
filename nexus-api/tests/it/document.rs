//! `/v1/documents`: what a tenant puts in, from being accepted to being gone.

use nexus_core::principal::Role;
use reqwest::multipart::Part;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::harness::TestApp;

fn file(text: impl Into<Vec<u8>>, name: &str, kind: &str) -> Part {
    Part::bytes(text.into()).file_name(name.to_owned()).mime_str(kind).unwrap()
}

fn text(id: &str, text: &str) -> Value {
    json!({ "corpus_id": "c1", "document_id": id, "text": text })
}

#[tokio::test]
async fn a_text_is_accepted_processed_and_readable_word_for_word() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let body = "Grüße aus Köln.\n\nRoutine changes need a second pair of eyes.";
    let accepted = editor
        .post("/v1/documents/text", &json!({ "corpus_id": "c1", "text": body, "metadata_json": { "origin": "mail" } }))
        .await
        .accepted();
    let id = accepted["document_id"].as_str().unwrap();
    assert_eq!(
        (&accepted["status"], &accepted["status_url"]),
        (&json!("queued"), &json!(format!("/v1/documents/{id}")))
    );

    let document = editor.settled(id).await;
    assert_eq!(document["status"], "succeeded");
    assert_eq!(document["filename"], "raw_text.txt");
    assert_eq!((&document["ingest_source"], &document["source"]), (&json!("raw_text"), &json!("raw_text")));
    assert_eq!(document["last_job_id"], accepted["job_id"]);
    assert_eq!(document["metadata_json"], json!({ "origin": "mail" }));
    assert!(document["num_chunks"].as_u64().unwrap() >= 1);
    for time in ["created_at", "updated_at", "queued_at", "processing_started_at", "completed_at"] {
        assert!(document[time].is_string(), "{time}");
    }

    let stored = editor.get(&format!("/v1/documents/{id}/text")).await.ok();
    assert_eq!(stored["text"], body);
    assert_eq!(stored["content_hash"], hex::encode(Sha256::digest(body)));
    assert_eq!(stored["total_chars"], body.chars().count());
    app.finish().await;
}

#[tokio::test]
async fn spans_of_text_count_characters_and_end_where_the_text_ends() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    editor.text("c1", "d1", "naïve café — 東京").await;
    let span = |query: &str| {
        let (path, editor) = (format!("/v1/documents/d1/text?{query}"), editor.clone());
        async move { editor.get(&path).await }
    };
    assert_eq!(span("start=6&end=10").await.ok()["text"], "café");
    assert_eq!(span("start=13").await.ok()["text"], "東京");
    let beyond = span("start=13&end=90").await.ok();
    assert_eq!((&beyond["text"], &beyond["end"]), (&json!("東京"), &json!(15)));
    let nothing = span("start=500").await.ok();
    assert_eq!((&nothing["text"], &nothing["start"], &nothing["end"]), (&json!(""), &json!(500), &json!(500)));
    for bad in ["start=5&end=4", "start=0&end=100001", "start=99999999999"] {
        span(bad).await.refused(422, "INGEST_VALIDATION_ERROR");
    }
    for bad in ["start=-1", "start=x", "begin=1"] {
        span(bad).await.refused(422, "REQUEST_VALIDATION_ERROR");
    }
    app.finish().await;
}

#[tokio::test]
async fn files_of_three_types_are_read() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let files = [
        ("plain", file("Plain words.", "a.txt", "text/plain"), "Plain words."),
        ("charset", file("Plain words.", "a.txt", "text/plain; charset=UTF-8"), "Plain words."),
        ("markdown", file("# Title\n\nWords.", "a.md", "text/markdown"), "# Title\n\nWords."),
        ("json", file(r#"{"text":"From JSON."}"#, "a.json", "application/json"), "From JSON."),
    ];
    for (id, part, stored) in files {
        let accepted = editor.upload("c1", part, &[("document_id", id)]).await.accepted();
        assert_eq!(accepted["document_id"], id);
        let document = editor.settled(id).await;
        assert_eq!((&document["status"], &document["source"]), (&json!("succeeded"), &json!("upload_file")));
        assert_eq!(editor.get(&format!("/v1/documents/{id}/text")).await.ok()["text"], stored);
    }
    assert_eq!(editor.get("/v1/documents/markdown").await.ok()["title"], "Title");
    app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_before_anything_is_stored() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let refused = [
        (file(b"\x89PNG\r\n\x1a\n\0\0".to_vec(), "a.png", "image/png"), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (file(b"\x89PNG\r\n\x1a\n\0\0".to_vec(), "a.pdf", "application/pdf"), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (Part::bytes(b"\x1f\x8b\x08\0\0".to_vec()).file_name("untyped"), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (file(b"ab\xff".to_vec(), "a.txt", "text/plain"), 422, "INGEST_VALIDATION_ERROR"),
        (file(" \n\t ", "a.txt", "text/plain"), 422, "INGEST_VALIDATION_ERROR"),
        (file("", "a.txt", "text/plain"), 422, "INGEST_VALIDATION_ERROR"),
        (file("a\0b", "a.txt", "text/plain"), 422, "INGEST_VALIDATION_ERROR"),
        (file("{", "a.json", "application/json"), 422, "INGEST_VALIDATION_ERROR"),
        (file(r#"{"texts":[]}"#, "a.json", "application/json"), 422, "INGEST_VALIDATION_ERROR"),
        (file("[null]", "a.json", "application/json"), 422, "INGEST_VALIDATION_ERROR"),
        (file("[".repeat(100_000), "a.json", "application/json"), 422, "INGEST_VALIDATION_ERROR"),
    ];
    for (part, status, code) in refused {
        editor.upload("c1", part, &[]).await.refused(status, code);
    }
    let bad_fields = [
        ("metadata_json", "[]"),
        ("metadata_json", "{"),
        ("overwrite", "perhaps"),
        ("chunk_size_chars", "many"),
        ("document_id", "a/b"),
    ];
    for (name, value) in bad_fields {
        editor.upload("c1", file("x", "a.txt", "text/plain"), &[(name, value)]).await.faults(&format!("body.{name}"));
    }
    editor
        .upload("c1", file("x", "a.txt", "text/plain"), &[("tenant_id", "t2")])
        .await
        .refused(400, "TENANT_ID_NOT_ALLOWED");
    let texts = [
        json!({ "text": "" }),
        json!({ "text": " \n " }),
        json!({ "text": "x", "chunk_size_chars": 0 }),
        json!({ "text": "x", "chunk_size_chars": 10, "chunk_overlap_chars": 10 }),
        json!({ "text": "x", "chunk_size_chars": 4_000_000_000_u32 }),
        json!({ "text": "x", "metadata_json": { "labels": null } }),
        json!({ "text": "x", "metadata_json": { "labels": { "a": [] } } }),
        json!({ "text": "x", "metadata_json": { "labels": { "": "a" } } }),
    ];
    for mut body in texts {
        body["corpus_id"] = json!("c1");
        editor.post("/v1/documents/text", &body).await.refused(422, "INGEST_VALIDATION_ERROR");
    }
    assert_eq!(editor.get("/v1/documents").await.ids(), Vec::<String>::new());
    app.finish().await;
}

#[tokio::test]
async fn a_nul_character_is_refused_wherever_it_hides() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    editor.text("c1", "d1", "Words.").await;
    for body in [
        json!({ "corpus_id": "c1", "text": "a\0b" }),
        json!({ "corpus_id": "c1", "text": "x", "metadata_json": { "note": "a\0b" } }),
        json!({ "corpus_id": "c1", "text": "x", "metadata_json": { "a\0b": 1 } }),
        json!({ "corpus_id": "c1", "text": "x", "metadata_json": { "labels": { "a": "\0" } } }),
    ] {
        let answer = editor.post("/v1/documents/text", &body).await;
        assert_eq!(answer.status.as_u16(), 422, "{answer}");
    }
    let upload = editor.upload("c1", file("x", "a.txt", "text/plain"), &[("metadata_json", r#"{"a":"\u0000"}"#)]).await;
    assert_eq!(upload.status.as_u16(), 422, "{upload}");
    for body in [json!({ "metadata_json": { "deep": [{ "a": "\0" }] } }), json!({ "labels": { "a": "\0" } })] {
        let answer = editor.patch("/v1/documents/d1", &body).await;
        assert_eq!(answer.status.as_u16(), 422, "{answer}");
    }
    // A backslash in front of the letters is text, not an escape.
    let fine = json!({ "metadata_json": { "path": "C:\\u0000" } });
    assert_eq!(editor.patch("/v1/documents/d1", &fine).await.ok()["metadata_json"], fine["metadata_json"]);
    app.finish().await;
}

#[tokio::test]
async fn hostile_names_are_only_labels() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    for id in ["../../../etc/passwd", "..", "a/b", "a\\b", "", "a b", "ü", "a\u{202e}b", "a%2fb", &"x".repeat(129)] {
        editor.post("/v1/documents/text", &text(id, "x")).await.faults("body.document_id");
    }
    for (n, name) in ["../../../tmp/evil.txt", "C:\\evil.txt", "<img src=x>.txt", "\u{202e}txt.exe"].iter().enumerate()
    {
        let id = format!("d{n}");
        editor.upload("c1", file("Words.", name, "text/plain"), &[("document_id", &id)]).await.accepted();
        let filename = editor.settled(&id).await["filename"].clone();
        let filename = filename.as_str().unwrap();
        assert!(!filename.contains(['/', '\\']), "{filename}");
    }
    // Dots are of the alphabet, and still no path: sources lie under keys that the server chose.
    editor.text("c1", "a..b", "Words of two dots.").await;
    let keys: Vec<String> =
        sqlx::query_scalar("SELECT source_key FROM documents").fetch_all(&mut app.behind().await).await.unwrap();
    assert!(keys.iter().all(|k| k.starts_with("sources/") && !k.contains("..")), "{keys:?}");
    app.finish().await;
}

#[tokio::test]
async fn too_large_is_413_and_says_how_much_is_allowed() {
    let app = TestApp::plan().settings(|s| s.max_upload = 2000).start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let refused = editor.upload("c1", file("x".repeat(2001), "a.txt", "text/plain"), &[]).await;
    assert_eq!(refused.refused(413, "PAYLOAD_TOO_LARGE")["details"]["max_bytes"], 2000);
    editor.upload("c1", file("x".repeat(2000), "a.txt", "text/plain"), &[]).await.accepted();
    let large = json!({ "name": "x".repeat(3 * 1024 * 1024) });
    editor.post("/v1/corpora", &large).await.refused(413, "PAYLOAD_TOO_LARGE");
    app.finish().await;
}

#[tokio::test]
async fn an_id_that_is_there_follows_the_table() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (editor, other) = (tenant.key(Role::Editor).await, tenant.key(Role::Editor).await);
    editor.corpus("c1").await;
    editor.corpus("c2").await;

    // Unknown everywhere: made with that id. In flight: as it is, with its job.
    let held = app.hold_ingestion();
    let first = editor.post("/v1/documents/text", &text("d1", "First words.")).await.accepted();
    let again = editor.post("/v1/documents/text", &text("d1", "Other words.")).await.ok();
    assert_eq!(again["job_id"], first["job_id"]);
    assert!(matches!(again["status"].as_str(), Some("queued" | "processing")), "{again}");
    let overwrite = json!({ "corpus_id": "c1", "document_id": "d1", "text": "Second words.", "overwrite": true });
    assert_eq!(editor.post("/v1/documents/text", &overwrite).await.ok()["job_id"], first["job_id"]);
    drop(held);
    editor.settled("d1").await;

    // Done, without overwrite: nothing changes.
    let kept = editor.post("/v1/documents/text", &text("d1", "Other words.")).await.ok();
    assert_eq!((&kept["status"], &kept["job_id"]), (&json!("succeeded"), &first["job_id"]));
    assert_eq!(editor.get("/v1/documents/d1/text").await.ok()["text"], "First words.");

    // Done, with overwrite: replaced and queued, whether by text or by file.
    let second = editor.post("/v1/documents/text", &overwrite).await.accepted();
    assert_ne!(second["job_id"], first["job_id"]);
    editor.settled("d1").await;
    assert_eq!(editor.get("/v1/documents/d1/text").await.ok()["text"], "Second words.");
    let part = file("Third words.", "third.txt", "text/plain");
    editor.upload("c1", part, &[("document_id", "d1"), ("overwrite", "true")]).await.accepted();
    let third = editor.settled("d1").await;
    assert_eq!((&third["filename"], &third["source"]), (&json!("third.txt"), &json!("upload_file")));
    assert_eq!(editor.get("/v1/documents/d1/text").await.ok()["text"], "Third words.");

    // In another corpus: a conflict. Without a grant to write: denied.
    let elsewhere = json!({ "corpus_id": "c2", "document_id": "d1", "text": "x", "overwrite": true });
    editor.post("/v1/documents/text", &elsewhere).await.refused(409, "CONFLICT");
    other.post("/v1/documents/text", &overwrite).await.refused(403, "AUTHZ_DENIED");
    other.post("/v1/documents/text", &text("d1", "x")).await.refused(403, "AUTHZ_DENIED");

    // In another tenant: as unknown everywhere.
    let stranger = app.tenant("t2").await.key(Role::Editor).await;
    stranger.corpus("c1").await;
    stranger.post("/v1/documents/text", &text("d1", "Words of a stranger.")).await.accepted();
    stranger.settled("d1").await;
    assert_eq!(editor.get("/v1/documents/d1/text").await.ok()["text"], "Third words.");
    app.finish().await;
}

#[tokio::test]
async fn a_document_that_failed_says_why_and_can_be_replaced() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    app.fail_ingestion(true);
    editor.post("/v1/documents/text", &text("d1", "Words.")).await.accepted();
    let failed = editor.settled("d1").await;
    assert_eq!(failed["status"], "failed");
    assert!(!failed["failure_reason"].as_str().unwrap().is_empty());
    assert_eq!(editor.post("/v1/documents/text", &text("d1", "Words.")).await.ok()["status"], "failed");
    app.fail_ingestion(false);
    let overwrite = json!({ "corpus_id": "c1", "document_id": "d1", "text": "Better words.", "overwrite": true });
    editor.post("/v1/documents/text", &overwrite).await.accepted();
    let repaired = editor.settled("d1").await;
    assert_eq!((&repaired["status"], &repaired["failure_reason"]), (&json!("succeeded"), &Value::Null));
    app.finish_with_dead_jobs(1).await;
}

#[tokio::test]
async fn of_many_who_make_the_same_document_at_once_one_is_accepted() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let held = app.hold_ingestion();
    let bodies: Vec<Value> = (0..12).map(|n| text("d1", &format!("Words of number {n}."))).collect();
    let answers = futures::future::join_all(bodies.iter().map(|body| editor.post("/v1/documents/text", body))).await;
    let statuses: Vec<u16> = answers.iter().map(|a| a.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|s| **s == 202).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 11, "{statuses:?}");
    let winner = answers.iter().position(|a| a.status == 202).unwrap();
    let job = answers[winner].accepted()["job_id"].clone();
    assert!(answers.iter().all(|a| a.json()["data"]["job_id"] == job));
    drop(held);
    editor.settled("d1").await;
    let stored = editor.get("/v1/documents/d1/text").await.ok();
    assert_eq!(stored["text"], format!("Words of number {winner}."));
    app.finish().await;
}

#[tokio::test]
async fn in_flight_nothing_else_can_be_done() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let held = app.hold_ingestion();
    editor.post("/v1/documents/text", &text("d1", "Words.")).await.accepted();
    editor.delete("/v1/documents/d1").await.refused(409, "INGEST_IN_PROGRESS");
    editor.post("/v1/documents/d1/reindex", &json!({})).await.refused(409, "INGEST_IN_PROGRESS");
    editor.get("/v1/documents/d1/text").await.refused(404, "NOT_FOUND");
    drop(held);
    editor.settled("d1").await;
    editor.delete("/v1/documents/d1").await.gone();
    app.finish().await;
}

#[tokio::test]
async fn reindexing_cuts_anew_and_needs_the_source() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let long = "One sentence follows another sentence here. ".repeat(40);
    editor.text("c1", "d1", &long).await;
    let before = editor.get("/v1/documents/d1").await.ok();
    assert_eq!(before["last_reindexed_at"], Value::Null);

    let sizes = json!({ "chunk_size_chars": 200, "chunk_overlap_chars": 0 });
    let queued = editor.post("/v1/documents/d1/reindex", &sizes).await.accepted();
    assert_ne!(queued["job_id"], before["last_job_id"]);
    let after = editor.settled("d1").await;
    assert!(after["num_chunks"].as_u64() > before["num_chunks"].as_u64(), "{before} {after}");
    assert!(after["last_reindexed_at"].is_string());
    assert_eq!(editor.get("/v1/documents/d1/text").await.ok()["text"], long.as_str());

    // Without a body the sizes stay.
    editor.send(http::Method::POST, "/v1/documents/d1/reindex", |r| r).await.accepted();
    assert_eq!(editor.settled("d1").await["num_chunks"], after["num_chunks"]);
    let bad = json!({ "chunk_size_chars": 10, "chunk_overlap_chars": 10 });
    editor.post("/v1/documents/d1/reindex", &bad).await.refused(422, "INGEST_VALIDATION_ERROR");
    editor.post("/v1/documents/d1/reindex", &json!({ "size": 1 })).await.faults("body.size");
    editor.post("/v1/documents/unknown/reindex", &json!({})).await.refused(404, "NOT_FOUND");

    let key: String =
        sqlx::query_scalar("SELECT source_key FROM documents").fetch_one(&mut app.behind().await).await.unwrap();
    app.platform.sources.remove(&"t1".parse().unwrap(), &key).await.unwrap();
    editor.post("/v1/documents/d1/reindex", &json!({})).await.refused(409, "INGEST_SOURCE_MISSING");
    app.finish().await;
}

#[tokio::test]
async fn deleting_takes_everything_along() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    editor.text("c1", "d1", "The heron stands in shallow water.").await;
    let mut behind = app.behind().await;
    let key: String = sqlx::query_scalar("SELECT source_key FROM documents").fetch_one(&mut behind).await.unwrap();

    editor.delete("/v1/documents/d1").await.gone();
    editor.get("/v1/documents/d1").await.refused(404, "NOT_FOUND");
    editor.get("/v1/documents/d1/text").await.refused(404, "NOT_FOUND");
    editor.delete("/v1/documents/d1").await.refused(404, "NOT_FOUND");
    let (answer, citations) = editor.answer("c1", "Where does the heron stand?").await;
    assert!(!answer.contains("shallow") && citations.is_empty(), "{answer}");
    for table in ["chunks", "postings", "document_texts", "document_permissions"] {
        let statement = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let left: i64 = sqlx::query_scalar(statement).fetch_one(&mut behind).await.unwrap();
        assert_eq!(left, 0, "{table}");
    }
    let (chunks, terms): (i64, i64) =
        sqlx::query_as("SELECT chunk_count, term_count FROM corpora").fetch_one(&mut behind).await.unwrap();
    assert_eq!((chunks, terms), (0, 0));
    let sources = app.platform.sources.clone();
    // The source goes by a job, which the end waits for.
    let removed = async {
        while sources.size(&"t1".parse().unwrap(), &key).await.unwrap().is_some() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(crate::harness::PATIENCE, removed).await.unwrap();
    app.finish().await;
}

#[tokio::test]
async fn lists_are_paged_and_show_only_what_may_be_read() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (editor, other) = (tenant.key(Role::Editor).await, tenant.key(Role::Editor).await);
    editor.corpus("c1").await;
    editor.corpus("c2").await;
    for n in 0..5 {
        editor.text("c1", &format!("mine{n}"), "Words.").await;
        other.text("c1", &format!("theirs{n}"), "Words.").await;
    }
    editor.text("c2", "elsewhere", "Words.").await;

    let mut seen = Vec::new();
    let mut path = "/v1/documents?corpus_id=c1&limit=2".to_owned();
    loop {
        let page = editor.get(&path).await;
        assert!(page.ids().len() <= 2);
        seen.extend(page.ids());
        let Some(cursor) = page.next_cursor() else { break };
        path = format!("/v1/documents?corpus_id=c1&limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["mine0", "mine1", "mine2", "mine3", "mine4"]);
    assert_eq!(editor.get("/v1/documents").await.ids().len(), 6);
    assert_eq!(editor.get("/v1/documents?corpus_id=c2").await.ids(), ["elsewhere"]);
    assert_eq!(editor.get("/v1/documents?corpus_id=unknown").await.ids(), Vec::<String>::new());
    assert_eq!(editor.get("/v1/documents?corpus_id=..%2Fx").await.ids(), Vec::<String>::new());
    let admin = tenant.key(Role::Admin).await;
    assert_eq!(admin.get("/v1/documents").await.ids(), Vec::<String>::new());
    for bad in ["limit=0", "limit=501", "limit=x"] {
        editor.get(&format!("/v1/documents?{bad}")).await.faults("query.limit");
    }
    editor.get("/v1/documents?cursor=2026-01-01").await.refused(400, "INVALID_CURSOR");
    app.finish().await;
}

/// Whoever has many grants is asked about each document on the way, and whoever has few about none.
#[tokio::test]
async fn lists_show_the_same_whether_there_are_many_grants_or_few() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (editor, reader) = (tenant.key(Role::Editor).await, tenant.key(Role::Reader).await);
    editor.corpus("c1").await;
    let mut behind = app.behind().await;
    for statement in [
        "INSERT INTO documents (tenant_id, id, corpus_id, filename, title, content_type, ingest_source, status, source_key,
             source_bytes, source_sha256, chunk_size_chars, chunk_overlap_chars)
         SELECT 't1', 'd' || lpad(n::text, 4, '0'), 'c1', 'd.txt', 'd', 'text/plain', 'raw_text', 'succeeded', 'k' || n, 4, '\\x00',
             100, 0 FROM generate_series(1, 1200) n",
        "INSERT INTO document_permissions (tenant_id, id, document_id, principal_type, principal_id, permission, expires_at)
         SELECT 't1', gen_random_uuid(), id, 'role', 'reader', 'read', CASE id WHEN 'd0001' THEN timestamptz '2000-01-01' END
         FROM documents WHERE substr(id, 2)::int % 2 = 1",
        "INSERT INTO document_permissions (tenant_id, id, document_id, principal_type, principal_id, permission)
         SELECT 't1', gen_random_uuid(), id, 'role', 'editor', 'read' FROM documents WHERE id IN ('d0002', 'd0700')",
    ] {
        sqlx::query(statement).execute(&mut behind).await.unwrap();
    }
    let odd: Vec<String> = (3..=1200).step_by(2).map(|n| format!("d{n:04}")).collect();
    let first = reader.get("/v1/documents?limit=500").await;
    let rest = reader.get(&format!("/v1/documents?limit=500&cursor={}", first.next_cursor().unwrap())).await;
    assert_eq!([first.ids(), rest.ids()].concat(), odd);
    assert!(rest.next_cursor().is_none());
    assert_eq!(editor.get("/v1/documents").await.ids(), ["d0002", "d0700"]);
    app.finish().await;
}

#[tokio::test]
async fn what_may_not_be_read_does_not_exist() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (editor, other) = (tenant.key(Role::Editor).await, tenant.key(Role::Editor).await);
    editor.corpus("c1").await;
    editor.text("c1", "d1", "Words.").await;
    let stranger = app.tenant("t2").await.key(Role::Editor).await;
    for caller in [&other, &stranger] {
        let unknown = caller.get("/v1/documents/unknown").await.refused(404, "NOT_FOUND");
        assert_eq!(caller.get("/v1/documents/d1").await.refused(404, "NOT_FOUND"), unknown);
        assert_eq!(caller.get("/v1/documents/d1/text").await.refused(404, "NOT_FOUND"), unknown);
        assert_eq!(caller.delete("/v1/documents/d1").await.refused(404, "NOT_FOUND"), unknown);
        assert_eq!(caller.post("/v1/documents/d1/reindex", &json!({})).await.refused(404, "NOT_FOUND"), unknown);
        assert_eq!(caller.patch("/v1/documents/d1", &json!({})).await.refused(404, "NOT_FOUND"), unknown);
    }
    app.finish().await;
}

#[tokio::test]
async fn the_description_can_be_changed_and_the_text_stays() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let body = json!({ "corpus_id": "c1", "document_id": "d1", "text": "Words.",
        "metadata_json": { "title": "Either/Or", "labels": { "team": "people", "level": 3 } } });
    editor.post("/v1/documents/text", &body).await.accepted();
    let made = editor.settled("d1").await;
    assert_eq!((&made["title"], &made["labels"]), (&json!("Either/Or"), &json!({ "team": "people", "level": "3" })));

    let renamed = editor.patch("/v1/documents/d1", &json!({ "filename": "../b.txt" })).await.ok();
    assert_eq!((&renamed["filename"], &renamed["title"]), (&json!("b.txt"), &json!("Either/Or")));
    let labelled = editor.patch("/v1/documents/d1", &json!({ "labels": { "team": "legal" } })).await.ok();
    assert_eq!(labelled["labels"], json!({ "team": "legal" }));
    let described =
        editor.patch("/v1/documents/d1", &json!({ "metadata_json": { "title": "And/Or", "n": 1 } })).await.ok();
    assert_eq!((&described["title"], &described["labels"]), (&json!("And/Or"), &json!({ "team": "legal" })));
    // A title is part of what is searched, so that the document is processed once more.
    let settled = editor.settled("d1").await;
    let shown = |d: &Value| ["title", "labels", "filename", "metadata_json"].map(|key| d[key].clone());
    assert_eq!(shown(&settled), shown(&described));
    let same = editor.patch("/v1/documents/d1", &json!({})).await.changed_nothing().ok();
    assert_eq!(shown(&same), shown(&described));
    assert_eq!(editor.get("/v1/documents/d1/text").await.ok()["text"], "Words.");
    editor.patch("/v1/documents/d1", &json!({ "status": "failed" })).await.faults("body.status");
    let many: serde_json::Map<String, Value> = (0..65).map(|n| (format!("k{n}"), json!("v"))).collect();
    editor.patch("/v1/documents/d1", &json!({ "labels": many })).await.refused(422, "INGEST_VALIDATION_ERROR");
    app.finish().await;
}

#[tokio::test]
async fn a_document_needs_a_corpus_of_its_tenant() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    app.tenant("t2").await.key(Role::Editor).await.corpus("theirs").await;
    let unknown = json!({ "corpus_id": "unknown", "text": "x" });
    let theirs = json!({ "corpus_id": "theirs", "text": "x" });
    let refusal = editor.post("/v1/documents/text", &unknown).await.refused(404, "NOT_FOUND");
    assert_eq!(editor.post("/v1/documents/text", &theirs).await.refused(404, "NOT_FOUND"), refusal);
    editor.upload("theirs", file("x", "a.txt", "text/plain"), &[]).await.refused(404, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn the_switch_for_ingestion_stops_what_would_queue_a_job() {
    let app = TestApp::plan().settings(|s| s.switches.ingest = true).start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    editor.post("/v1/documents/text", &text("d1", "x")).await.refused(503, "FEATURE_TEMPORARILY_DISABLED");
    editor.upload("c1", file("x", "a.txt", "text/plain"), &[]).await.refused(503, "FEATURE_TEMPORARILY_DISABLED");
    editor.post("/v1/documents/d1/reindex", &json!({})).await.refused(503, "FEATURE_TEMPORARILY_DISABLED");
    editor.get("/v1/documents").await.ok();
    app.finish().await;
}
