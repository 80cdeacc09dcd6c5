//! The shape of answers on each surface, and what a request may look like.

use http::Method;
use nexus_core::principal::Role;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::harness::{Caller, PATIENCE, TestApp};

/// Sends bytes as they are; the whole answer.
async fn raw(app: &TestApp, request: &str) -> String {
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8(answer).unwrap()
}

async fn reader(app: &TestApp) -> Caller {
    let tenant = app.tenant("t1").await;
    tenant.key(Role::Editor).await.corpus("c1").await;
    tenant.key(Role::Reader).await
}

#[tokio::test]
async fn the_old_paths_answer_bare_and_say_that_they_end() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    admin.corpus("c1").await;
    admin.text("c1", "d1", "Words.").await;
    for path in
        ["/corpora", "/corpora/c1", "/documents", "/documents/d1", "/documents/d1/text", "/admin/api-keys", "/health"]
    {
        let (old, new) = (admin.get(path).await, admin.get(&format!("/v1{path}")).await);
        assert_eq!(old.json(), new.ok(), "{path}");
        assert_eq!(old.header("deprecation"), "true");
        assert_eq!(old.header("sunset"), "Sun, 10 May 2026 00:00:00 +0000");
        assert_eq!(old.header("link"), "</v1/docs>; rel=\"successor-version\"");
        assert!(!new.headers.contains_key("deprecation") && !new.headers.contains_key("sunset"), "{path}");
    }
    let accepted = admin.post("/documents/text", &json!({ "corpus_id": "c1", "text": "Words." })).await;
    assert_eq!((accepted.status.as_u16(), accepted.header("deprecation")), (202, "true"));
    assert!(accepted.json()["status_url"].as_str().unwrap().starts_with("/documents/"));
    let gone = admin.delete("/documents/d1").await;
    assert_eq!((gone.status.as_u16(), gone.header("deprecation")), (204, "true"));

    let missing = admin.get("/documents/unknown").await;
    assert_eq!(missing.json(), json!({ "detail": "Document not found" }));
    let unknown = admin.get("/nothing/here").await;
    assert_eq!((unknown.status.as_u16(), unknown.json()), (404, json!({ "detail": "Not Found" })));
    let invalid = admin.post("/corpora", &json!({})).await;
    assert_eq!(invalid.json()["detail"][0]["loc"], json!(["body", "name"]));
    let nobody = app.nobody().get("/corpora").await;
    assert_eq!(nobody.json()["detail"]["code"], "AUTH_UNAUTHORIZED");
    for answer in [&missing, &unknown, &invalid, &nobody] {
        assert_eq!(answer.header("deprecation"), "true", "{answer}");
    }
    let body = json!({ "session_id": "s", "corpus_id": "c1", "message": "Hello?" });
    let stream = admin.send(Method::POST, "/run", |r| r.json(&body)).await;
    assert_eq!((stream.header("deprecation"), stream.header("content-type")), ("true", "text/event-stream"));
    app.finish().await;
}

#[tokio::test]
async fn what_is_not_there_has_the_envelope_too() {
    let app = TestApp::start().await;
    let reader = reader(&app).await;
    reader.get("/v1/nothing").await.refused(404, "NOT_FOUND");
    reader.get("/v1").await.refused(404, "NOT_FOUND");
    let wrong = reader.send(Method::PUT, "/v1/corpora", |r| r).await;
    wrong.refused(405, "METHOD_NOT_ALLOWED");
    assert!(wrong.header("allow").contains("GET"), "{wrong}");
    let problem = reader.with("accept", "application/problem+json").get("/v1/corpora/unknown").await;
    assert_eq!(problem.header("content-type"), "application/problem+json");
    let json = problem.json();
    assert_eq!((&json["status"], &json["code"]), (&json!(404), &json!("NOT_FOUND")));
    assert_eq!(json["request_id"], problem.request_id.as_str());
    let head = reader.send(Method::HEAD, "/v1/corpora", |r| r).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    for path in ["/v1/health", "/v1/readyz"] {
        app.nobody().get(path).await.ok();
    }
    assert_eq!(app.nobody().get("/v1/healthz").await.json()["status"], "ok");
    let metrics = app.nobody().get("/v1/metrics").await;
    assert!(String::from_utf8_lossy(&metrics.body).contains("nexusrag_requests_total"));
    let document = app.nobody().get("/v1/openapi.json").await;
    assert_eq!(document.json()["info"]["version"], "v1");
    for (old, new) in [("/openapi.json", "/v1/openapi.json"), ("/docs", "/v1/docs")] {
        let redirect = app.nobody().get(old).await;
        assert_eq!((redirect.status.as_u16(), redirect.header("location")), (307, new));
        assert_eq!(redirect.header("deprecation"), "");
    }
    app.finish().await;
}

#[tokio::test]
async fn one_request_id_goes_everywhere_and_a_bad_one_is_replaced() {
    let app = TestApp::start().await;
    let reader = reader(&app).await;
    let answer = reader.get("/v1/corpora").await;
    assert_eq!(app.audited(&answer.request_id).await, ["auth.access.success"]);
    let token = reader.token.clone().unwrap();
    for bad in ["a b", "x/y", &"x".repeat(129)] {
        let request = format!(
            "GET /v1/corpora HTTP/1.1\r\nhost: h\r\nconnection: close\r\nauthorization: Bearer {token}\r\nx-request-id: {bad}\r\n\r\n"
        );
        let text = raw(&app, &request).await;
        assert!(text.starts_with("HTTP/1.1 200") && !text.contains(bad), "{text}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_bad_question_is_refused_with_the_place_of_the_fault() {
    let app = TestApp::plan().settings(|s| s.runs.max_message_chars = 100).start().await;
    let reader = reader(&app).await;
    let good = json!({ "session_id": "s", "corpus_id": "c1", "message": "Hello?" });
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        let reader = reader.clone();
        async move { reader.post("/v1/run", &body).await }
    };
    for (field, value) in [
        ("unknown", json!(1)),
        ("message", json!("")),
        ("message", json!(" \n ")),
        ("message", json!("x".repeat(101))),
        ("message", json!("a\0b")),
        ("message", json!(7)),
        ("message", json!(null)),
        ("session_id", json!("")),
        ("session_id", json!("x".repeat(129))),
        ("session_id", json!("a\nb")),
        ("corpus_id", json!("../c1")),
        ("top_k", json!(0)),
        ("top_k", json!(51)),
        ("top_k", json!(-1)),
        ("top_k", json!(1.5)),
        ("top_k", json!("5")),
        ("top_k", json!(4_294_967_296_u64)),
        ("audio", json!("yes")),
    ] {
        with(field, value).await.faults(&format!("body.{field}"));
    }
    for field in ["session_id", "corpus_id", "message"] {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(field);
        reader.post("/v1/run", &body).await.faults(&format!("body.{field}"));
    }
    with("tenant_id", json!("t2")).await.refused(400, "TENANT_ID_NOT_ALLOWED");
    with("message", json!("🐦".repeat(100))).await;
    // What was sent is not sent back.
    let secret = with("top_k", json!("hunter2")).await;
    assert!(!String::from_utf8_lossy(&secret.body).contains("hunter2"), "{secret}");
    app.finish().await;
}

#[tokio::test]
async fn what_is_not_json_is_refused_quickly() {
    let app = TestApp::start().await;
    let reader = reader(&app).await;
    let broken: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"{".to_vec(),
        b"nul".to_vec(),
        b"{\"message\":\"a\"} {}".to_vec(),
        b"{\"message\":\"\xff\"}".to_vec(),
        b"{'message':'a'}".to_vec(),
        b"{\"session_id\":\"s\",\"session_id\":\"s\",\"corpus_id\":\"c1\",\"message\":\"a\"}".to_vec(),
        b"[\"s\",\"c1\",\"Hello?\",null,false]".to_vec(),
        b"\"text\"".to_vec(),
        "[".repeat(10_000).into_bytes(),
        "{\"a\":".repeat(10_000).into_bytes(),
        format!("{{\"message\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000)).into_bytes(),
        b"{\"message\":1e999}".to_vec(),
        b"{\"message\":\"\\ud800\"}".to_vec(),
    ];
    for body in broken {
        reader.post_bytes("/v1/run", body).await.refused(422, "REQUEST_VALIDATION_ERROR");
    }
    let large = format!("{{\"message\":\"{}\"}}", "x".repeat(3 * 1024 * 1024));
    reader.post_bytes("/v1/run", large).await.refused(413, "PAYLOAD_TOO_LARGE");
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/xml"] {
        let answer = reader.send(Method::POST, "/v1/run", |r| r.header("content-type", kind).body("{}")).await;
        answer.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    }
    let zipped = |r: reqwest::RequestBuilder| {
        r.header("content-type", "application/json").header("content-encoding", "gzip").body("{}")
    };
    reader.send(Method::POST, "/v1/run", zipped).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    // Strangers are refused before their body is read.
    app.nobody().post_bytes("/v1/run", "{").await.refused(401, "AUTH_UNAUTHORIZED");
    app.finish().await;
}

#[tokio::test]
async fn a_length_that_lies_is_not_believed() {
    let short = std::time::Duration::from_millis(50);
    let app = TestApp::plan().settings(move |s| s.layers.body.idle = short).start().await;
    let token = reader(&app).await.token.unwrap();
    let body = r#"{"session_id":"s","corpus_id":"c1","message":"Hello?"}"#;
    let post = |headers: &str, body: &str| {
        format!(
            "POST /v1/run HTTP/1.1\r\nhost: h\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\n{headers}\r\n\r\n{body}"
        )
    };
    let status = |text: &str| text.get(9..12).and_then(|s| s.parse::<u16>().ok());
    let length = body.len();
    let right = raw(&app, &post(&format!("content-length: {length}"), body)).await;
    assert_eq!(status(&right), Some(200), "{right}");
    for headers in [
        format!("content-length: {}", length + 10),
        "content-length: 10".to_owned(),
        "content-length: 99999999999".to_owned(),
        "content-length: -1".to_owned(),
        "content-length: abc".to_owned(),
        format!("content-length: {length}\r\ncontent-length: {}", length + 1),
        "transfer-encoding: chunked".to_owned(),
    ] {
        let text = raw(&app, &post(&headers, body)).await;
        // A request that cannot be told from the next is cut without an answer, or refused.
        let refused = status(&text).is_some_and(|s| (400..500).contains(&s));
        assert!(refused || text.is_empty(), "{headers}: {text}");
        assert!(!text.contains("event:"), "{headers}: {text}");
    }
    app.finish().await;
}
