//! A service that does what a test tells it, and remembers what it was asked.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use futures::{StreamExt as _, stream};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

/// What the double does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    Json(Value),
    /// A status, `Retry-After`, the type of the error for AWS, and a body.
    Refusal(u16, &'static str, &'static str, String),
    /// 200 and something that is no answer.
    Garbage(Vec<u8>),
    /// 200, and a body without an end.
    Endless,
    /// The beginning of an answer, and then nothing.
    Stall,
    /// Nothing at all.
    Silence,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Asked {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

type Check = fn(&Asked);

struct Inner {
    replies: Mutex<VecDeque<Reply>>,
    /// What is said when no other reply is left.
    always: Mutex<Reply>,
    asked: Mutex<Vec<Asked>>,
    /// What a request violates, told to the test.
    violations: Mutex<Vec<String>>,
    check: Check,
}

/// The double. It ends with the test.
pub struct Double {
    pub url: String,
    inner: Arc<Inner>,
    serving: JoinHandle<()>,
}

impl Double {
    /// Every request goes through the check first; one that does not pass fails the test.
    pub async fn start(check: Check, always: Reply) -> Self {
        let inner = Arc::new(Inner {
            replies: Mutex::default(),
            always: Mutex::new(always),
            asked: Mutex::default(),
            violations: Mutex::default(),
            check,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(reply).with_state(Arc::clone(&inner));
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, inner, serving }
    }

    pub fn then(&self, replies: impl IntoIterator<Item = Reply>) {
        self.inner.replies.lock().unwrap().extend(replies);
    }

    pub fn always(&self, reply: Reply) {
        self.inner.replies.lock().unwrap().clear();
        *self.inner.always.lock().unwrap() = reply;
    }

    pub fn asked(&self) -> Vec<Asked> {
        let violations = self.inner.violations.lock().unwrap();
        assert!(violations.is_empty(), "{violations:?}");
        self.inner.asked.lock().unwrap().clone()
    }

    pub fn last(&self) -> Asked {
        self.asked().pop().expect("a request")
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.serving.abort();
        let violations = self.inner.violations.lock().unwrap();
        assert!(std::thread::panicking() || violations.is_empty(), "{violations:?}");
    }
}

async fn reply(
    State(double): State<Arc<Inner>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = Asked { method, uri, headers, body };
    double.asked.lock().unwrap().push(asked.clone());
    let check = double.check;
    let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&asked)));
    if let Err(violation) = checked {
        let text = violation.downcast_ref::<String>().cloned();
        let text = text.or_else(|| violation.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        double.violations.lock().unwrap().push(text.unwrap_or_default());
    }
    let next = double.replies.lock().unwrap().pop_front();
    let reply = next.unwrap_or_else(|| double.always.lock().unwrap().clone());
    let json = [("content-type", "application/json")];
    let ok = |bytes: Vec<u8>| Ok::<_, std::io::Error>(bytes);
    match reply {
        Reply::Json(value) => (json, value.to_string()).into_response(),
        Reply::Refusal(status, retry_after, kind, body) => {
            let headers = [("retry-after", retry_after), ("x-amzn-errortype", kind)];
            let headers: HeaderMap = headers
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect();
            (StatusCode::from_u16(status).unwrap(), headers, json, body).into_response()
        }
        Reply::Garbage(bytes) => (json, bytes).into_response(),
        Reply::Endless => {
            let more = stream::repeat_with(move || ok(vec![b' '; 64 * 1024]));
            (json, Body::from_stream(more)).into_response()
        }
        Reply::Stall => {
            let begin = stream::iter([ok(b"{\"results\": [".to_vec())]);
            let never = stream::once(async {
                tokio::time::sleep(Duration::from_hours(1)).await;
                Ok(Vec::new())
            });
            (json, Body::from_stream(begin.chain(never))).into_response()
        }
        Reply::Silence => std::future::pending().await,
    }
}
