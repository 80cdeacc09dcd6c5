//! A server that answers from a script and remembers what it was asked.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::needless_pass_by_value
)]

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use nexus_sdk::Client;
use nexus_sdk::client::{ClientBuilder, RetryPolicy};
use serde_json::{Value, json};
use tokio::sync::watch;

/// One request as it arrived.
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// How an answer ends.
#[derive(Clone, Copy, PartialEq)]
pub enum End {
    Well,
    Cut,
    Hang,
}

/// One answer of the script.
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    end: End,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: body.to_string(), end: End::Well }
    }

    pub fn data(data: Value) -> Self {
        Self::json(200, &json!({"data": data, "meta": {"request_id": "r-1", "api_version": "v1"}}))
    }

    pub fn refusal(status: u16, code: &str) -> Self {
        let error = json!({"code": code, "message": "no"});
        Self::json(status, &json!({"error": error, "meta": {"request_id": "r-9", "api_version": "v1"}}))
    }

    /// A stream of the events numbered `from` and up.
    pub fn events(status: u16, from: u64, events: &[(&str, Value)], end: End) -> Self {
        let mut body = String::from(": hello\n\n");
        for (seq, (kind, data)) in (from..).zip(events) {
            let payload = match *kind {
                "heartbeat" => json!({"ts": "2026-01-02T03:04:05Z", "request_id": "run-1", "seq": seq}),
                _ => json!({"type": kind, "request_id": "run-1", "session_id": "s1", "data": data, "seq": seq}),
            };
            write!(body, "event: message\nid: {seq}\ndata: {payload}\n\n").unwrap();
        }
        Self { status, headers: vec![("content-type", "text/event-stream".to_owned())], body, end }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

struct Stage {
    script: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<Asked>>,
    hung_up: watch::Sender<bool>,
}

/// The server; it lives as long as the test.
pub struct Double {
    pub url: String,
    stage: Arc<Stage>,
}

impl Double {
    pub async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let stage = Arc::new(Stage {
            script: Mutex::new(script.into_iter().collect()),
            asked: Mutex::default(),
            hung_up: watch::Sender::new(false),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&stage));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, stage }
    }

    /// A client of this server that waits next to nothing between attempts.
    pub fn client(&self) -> Client {
        self.describe().build().unwrap()
    }

    pub fn describe(&self) -> ClientBuilder {
        let retry = RetryPolicy { base: Duration::from_millis(1), ..RetryPolicy::default() };
        Client::builder().base_url(&self.url).api_key("nrgk_test").retry(retry)
    }

    /// Everything that was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.stage.asked.lock().unwrap())
    }

    /// Returns once the client has given up an answer that hangs.
    pub async fn hung_up(&self) {
        self.stage.hung_up.subscribe().wait_for(|gone| *gone).await.unwrap();
    }
}

struct TellWhenDropped(Arc<Stage>);

impl Drop for TellWhenDropped {
    fn drop(&mut self) {
        self.0.hung_up.send_replace(true);
    }
}

async fn answer(State(stage): State<Arc<Stage>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let asked = Asked { method: parts.method, path: parts.uri.to_string(), headers: parts.headers, body };
    stage.asked.lock().unwrap().push(asked);
    let reply = stage.script.lock().unwrap().pop_front();
    let reply = reply.unwrap_or_else(|| Reply::refusal(500, "SCRIPT_ENDED"));
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    let body = match reply.end {
        End::Well => Body::from(reply.body),
        end => Body::from_stream(broken(reply.body, end, TellWhenDropped(stage))),
    };
    response.body(body).unwrap()
}

fn broken(
    body: String,
    end: End,
    guard: TellWhenDropped,
) -> impl futures::Stream<Item = std::io::Result<Bytes>> + Send + 'static {
    async_stream::stream! {
        let _guard = guard;
        yield Ok(Bytes::from(body));
        // Lets what was written reach the client before the connection goes.
        tokio::task::yield_now().await;
        if end == End::Hang {
            futures::future::pending::<()>().await;
        }
        yield Err(std::io::Error::other("cut"));
    }
}
