//! Stories about answers: what a client sees on each surface, whatever happens inside.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use axum::{
    Router,
    body::Body as Bytes,
    extract::Request,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http_body_util::BodyExt as _;
use nexus_core::{clock::Clock, problem::Kind};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::http::{Body, Context, Created, NoContent, OpCtx, Path, Refusal, Reply, RouteClassTag};
use nexus_core::problem::Code;

fn router() -> Router {
    let aliased = Router::new()
        .route("/hello", get(|| async { Reply::ok(json!({"hello": "world"})) }))
        .route("/made", post(|| async { Created(json!({"id": 1})) }))
        .route("/gone", post(|| async { NoContent }))
        .route("/page", get(|| async { Reply::ok(vec![1, 2]).next_token(Some("a\"b".into())) }))
        .route("/op", get(|OpCtx(op): OpCtx| async move { Reply::ok(json!([op.request_id, op.ip, op.user_agent])) }))
        .route("/echo", post(|Body(v): Body<Value>| async move { Reply::ok(v) }))
        .route("/maybe", post(|v: Option<Body<Value>>| async move { Reply::ok(v.map(|b| b.0)) }))
        .route("/corpora/{id}", get(|Path(id): Path<nexus_core::id::CorpusId>| async move { Reply::ok(id) }))
        .route("/template/{id}", get(|c: Context| async move { Reply::ok(c.route().map(ToOwned::to_owned)) }))
        .route("/busy", get(busy))
        .route("/boom", get(boom))
        .route("/slow", get(|| async { std::future::pending::<NoContent>().await }))
        .route("/large", get(|| async { Reply::ok("x".repeat(5000)) }))
        .route("/told/{how}", get(told))
        .route("/stream", get(|| async { ([("content-type", "text/event-stream")], "x".repeat(5000)) }));
    let v1_only = Router::new().route("/ui/bootstrap", get(|| async { Reply::ok(1) }));
    with_legacy(aliased, v1_only)
}

async fn busy() -> (axum::Extension<()>, Response) {
    let refusal = Refusal::new(Kind::RateLimited, Code::ServiceBusy, "Slow down")
        .details(json!({"scope": "key", "retry_after_ms": 1500}))
        .retry_after(Duration::from_millis(1500));
    (axum::Extension(()), (axum::Extension(RouteClassTag("read")), refusal).into_response())
}

/// Answers in many ways after a gate told its standing.
async fn told(context: Context, Path(how): Path<String>) -> Response {
    context.tell(HeaderName::from_static("x-standing"), HeaderValue::from_static("7"));
    match how.as_str() {
        "data" => Reply::ok(1).into_response(),
        "nothing" => NoContent.into_response(),
        "stream" => ([("content-type", "text/event-stream")], "x").into_response(),
        "refusal" => Refusal::not_found().into_response(),
        _ => panic!("secret words"),
    }
}

async fn boom() -> NoContent {
    panic!("secret words")
}

fn app() -> App {
    crate::metrics::install().unwrap();
    let settings = Settings { request_timeout: Duration::from_millis(50), ..Settings::default() };
    wrap(router(), settings, Clock::system())
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.bytes)))
    }
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

async fn send(request: http::request::Builder, body: impl Into<Bytes>) -> Answer {
    let response = app().oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes().to_vec();
    let declared = parts.headers.get("content-length").map(|v| v.to_str().unwrap().parse::<usize>().unwrap());
    assert!(declared.is_none_or(|n| n == bytes.len() || bytes.is_empty()), "content-length lies");
    Answer { status: parts.status.as_u16(), headers: parts.headers, bytes }
}

async fn fetch(path: &str) -> Answer {
    send(Request::get(path), Bytes::empty()).await
}

#[tokio::test]
async fn data_is_enveloped_with_the_request_id_of_the_header() {
    let answer = send(Request::get("/v1/hello").header("x-request-id", "trace-7"), Bytes::empty()).await;
    let meta = json!({"request_id": "trace-7", "api_version": "v1"});
    assert_eq!(answer.json(), json!({"data": {"hello": "world"}, "meta": meta}));
    assert_eq!(answer.header("x-request-id"), "trace-7");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("deprecation"), "");
}

#[tokio::test]
async fn legacy_paths_answer_bare_and_say_that_they_will_go() {
    for path in ["/hello", "/nowhere", "/boom", "/v1x/hello", "/ui/bootstrap"] {
        let answer = fetch(path).await;
        assert_eq!(answer.header("deprecation"), "true", "{path}");
        assert_eq!(answer.header("sunset"), "Sun, 10 May 2026 00:00:00 +0000");
        assert_eq!(answer.header("link"), "</v1/docs>; rel=\"successor-version\"");
        assert!(!answer.header("x-request-id").is_empty());
    }
    assert_eq!(fetch("/hello").await.json(), json!({"hello": "world"}));
    assert_eq!(fetch("/nowhere").await.json(), json!({"detail": "Not Found"}));
    assert_eq!(fetch("/ui/bootstrap").await.status, 404);
    assert_eq!(fetch("/v1x/hello").await.status, 404);
    assert_eq!(fetch("/page").await.header("x-next-cursor"), "a\"b");
    let busy = fetch("/busy").await;
    let detail = json!({"code": "SERVICE_BUSY", "message": "Slow down", "scope": "key", "retry_after_ms": 1500});
    assert_eq!((busy.status, busy.json()), (429, json!({"detail": detail})));
    let invalid = send(Request::post("/echo"), "{").await;
    assert_eq!(invalid.json()["detail"][0]["type"], "json_invalid");
}

#[tokio::test]
async fn what_a_gate_told_is_on_every_answer() {
    for (how, status) in [("data", 200), ("nothing", 204), ("stream", 200), ("refusal", 404), ("panic", 500)] {
        for path in [format!("/v1/told/{how}"), format!("/told/{how}")] {
            let answer = fetch(&path).await;
            assert_eq!((answer.status, answer.header("x-standing")), (status, "7"), "{path}");
        }
    }
    assert_eq!(fetch("/v1/hello").await.header("x-standing"), "");
}

#[tokio::test]
async fn refusals_are_enveloped() {
    let answer = fetch("/v1/busy").await;
    let body = answer.json();
    assert_eq!((answer.status, answer.header("retry-after")), (429, "2"));
    let details = json!({"scope": "key", "retry_after_ms": 1500});
    assert_eq!(body["error"], json!({"code": "SERVICE_BUSY", "message": "Slow down", "details": details}));
    assert_eq!(body["meta"]["request_id"], answer.header("x-request-id"));
}

#[tokio::test]
async fn what_no_handler_answered_is_enveloped_too() {
    for (path, status, code) in [
        ("/v1/nowhere", 404, "NOT_FOUND"),
        ("/v1", 404, "NOT_FOUND"),
        ("/v1/made", 405, "METHOD_NOT_ALLOWED"),
        ("/v1/boom", 500, "INTERNAL_ERROR"),
        ("/v1/slow", 503, "REQUEST_TIMEOUT"),
        ("/v1/corpora/a%20b", 404, "NOT_FOUND"),
        ("/v1/corpora/%ff", 404, "NOT_FOUND"),
    ] {
        let answer = fetch(path).await;
        let body = answer.json();
        assert_eq!((answer.status, body["error"]["code"].as_str().unwrap()), (status, code), "{path}");
        assert!(body["error"].get("details").is_none());
        assert_eq!(body["meta"]["request_id"], answer.header("x-request-id"));
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("secret"));
    }
    assert_eq!(fetch("/v1/made").await.header("allow"), "POST");
    assert_eq!(fetch("/made").await.json(), json!({"detail": "Method Not Allowed"}));
}

#[tokio::test]
async fn statuses_and_cursors_reach_the_client() {
    assert_eq!(send(Request::post("/v1/made"), Bytes::empty()).await.status, 201);
    let gone = send(Request::post("/v1/gone"), Bytes::empty()).await;
    assert_eq!((gone.status, gone.bytes.len()), (204, 0));
    assert_eq!(fetch("/v1/page").await.json()["meta"]["next_cursor"], "a\"b");
    let head = send(Request::head("/v1/hello"), Bytes::empty()).await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
    assert_ne!(head.header("content-length"), "0");
}

#[tokio::test]
async fn a_client_may_ask_for_problem_json() {
    let answer = send(Request::get("/v1/busy").header("accept", "application/problem+json"), Bytes::empty()).await;
    let body = answer.json();
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!((body["status"].as_u64(), body["code"].as_str()), (Some(429), Some("SERVICE_BUSY")));
    assert_eq!(body["request_id"], answer.header("x-request-id"));
}

#[tokio::test]
async fn the_operation_knows_who_called() {
    let agent = "a".repeat(300);
    let answer = send(Request::get("/v1/op").header("user-agent", &agent), Bytes::empty()).await;
    let data = answer.json()["data"].clone();
    assert_eq!(data[0], answer.header("x-request-id"));
    assert_eq!(data[2].as_str().unwrap().len(), 256);
    let bad = send(Request::get("/v1/op").header("x-request-id", "<script>"), Bytes::empty()).await;
    assert_eq!(bad.header("x-request-id").len(), 36);
}

#[tokio::test]
async fn a_request_knows_its_template_and_not_only_its_path() {
    assert_eq!(fetch("/v1/template/secret").await.json()["data"], "/v1/template/{id}");
    assert_eq!(fetch("/template/secret").await.json(), "/template/{id}");
}

#[tokio::test]
async fn bodies_are_read_strictly() {
    let status = async |path: &str, kind: &str, body: String| {
        let answer = send(Request::post(path).header("content-type", kind), body).await;
        (answer.status, answer.json()["error"]["code"].as_str().map(ToOwned::to_owned))
    };
    let json = "application/json";
    assert_eq!(status("/v1/echo", json, "{}".into()).await, (200, None));
    assert_eq!(status("/v1/echo", "text/plain", "{}".into()).await.0, 415);
    assert_eq!(status("/v1/echo", json, String::new()).await.0, 422);
    assert_eq!(status("/v1/maybe", json, String::new()).await, (200, None));
    assert_eq!(status("/v1/maybe", json, " null".into()).await, (200, None));
    assert_eq!(status("/v1/maybe", json, "{".into()).await.0, 422);
    assert_eq!(status("/v1/echo", json, "[".repeat(10_000)).await.1.unwrap(), "REQUEST_VALIDATION_ERROR");
    assert_eq!(status("/v1/echo", json, r#"{"tenant_id":1}"#.into()).await.1.unwrap(), "TENANT_ID_NOT_ALLOWED");
    let large = format!("\"{}\"", "x".repeat(3 * 1024 * 1024));
    assert_eq!(status("/v1/echo", json, large).await, (413, Some("PAYLOAD_TOO_LARGE".into())));
    let zipped = send(Request::post("/v1/echo").header("content-encoding", "gzip"), "{}").await;
    assert_eq!(zipped.status, 415);
}

#[tokio::test]
async fn json_is_compressed_and_streams_are_not() {
    let zipped = |path: &str| send(Request::get(path.to_owned()).header("accept-encoding", "gzip"), Bytes::empty());
    assert_eq!(zipped("/v1/large").await.header("content-encoding"), "gzip");
    assert_eq!(zipped("/v1/hello").await.header("content-encoding"), "");
    assert_eq!(zipped("/v1/stream").await.header("content-encoding"), "");
}

#[tokio::test]
async fn other_origins_are_let_in_by_name_only() {
    let preflight = async |origins: Origins, origin: &str| {
        let app = wrap(router(), Settings { origins, ..Settings::default() }, Clock::system());
        let request = Request::options("/v1/hello").header("origin", origin);
        let request = request.header("access-control-request-method", "GET").body(Bytes::empty()).unwrap();
        let response = app.oneshot(request).await.unwrap();
        response.headers().get("access-control-allow-origin").map(|v| v.to_str().unwrap().to_owned())
    };
    let list = || Origins::List(vec![HeaderValue::from_static("https://a.example")]);
    assert_eq!(preflight(Origins::None, "https://a.example").await, None);
    assert_eq!(preflight(list(), "https://a.example").await.unwrap(), "https://a.example");
    assert_eq!(preflight(list(), "https://b.example").await, None);
    assert_eq!(preflight(Origins::Any, "https://b.example").await.unwrap(), "*");
}

#[tokio::test]
async fn answers_are_counted_by_class_and_family() {
    let handle = crate::metrics::install().unwrap();
    fetch("/v1/busy").await;
    fetch("/v1/boom").await;
    let text = handle.render();
    for line in [
        r#"nexusrag_requests_total{route_class="read",status_family="4xx"}"#,
        r#"nexusrag_requests_total{route_class="other",status_family="5xx"}"#,
        r#"nexusrag_request_latency_ms_bucket{route_class="read",le="25"}"#,
        r#"nexusrag_http_request_duration_seconds_bucket{route_class="read",le="0.001"}"#,
        "nexusrag_server_errors_total ",
        "nexusrag_rate_limited_total ",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}
