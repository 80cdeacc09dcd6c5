//! Requests to a model endpoint: time limits, retries before the first byte, and bounded events.
//!
//! Until an answer begins the request goes through a line with a breaker: an endpoint that hangs, fails or sends a page of
//! some proxy is left alone for a while. Once text has come nothing is sent again.
//!
//! A stream owns its connection: dropping it closes the connection, so the endpoint stops. Bodies of refusals are not
//! passed on; at most a machine-readable reason is kept for the log.

use std::time::Duration;

use async_stream::try_stream;
use bytes::Bytes;
use futures::Stream;
use http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE};
use nexus_core::resilience::{Integration, Integrations, Outlet};
use reqwest::{Client, RequestBuilder, Response, redirect::Policy};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};

use super::{Fault, LlmSettings, frames::Frames};

/// The endpoint that is meant when none is named.
#[cfg(feature = "openai")]
pub(crate) const OPENAI_BASE_URL: &str = "https://api.openai.com/v1";

/// How often a request is sent at most.
const ATTEMPTS: u32 = 3;
/// The most bytes of one answer.
const MAX_ANSWER: usize = 16 * 1024 * 1024;
/// The most bytes of a refusal that are read for its reason.
const MAX_REFUSAL: usize = 8 * 1024;

/// How long each phase of a request may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadlines {
    pub connect: Duration,
    /// Until the first byte of the answer, retries included.
    pub first_byte: Duration,
    /// Between two fragments.
    pub idle: Duration,
    pub total: Duration,
}

impl From<&LlmSettings> for Deadlines {
    fn from(settings: &LlmSettings) -> Self {
        Self {
            connect: settings.connect_timeout,
            first_byte: settings.first_byte_timeout,
            idle: settings.idle_timeout,
            total: settings.total_timeout,
        }
    }
}

/// A client for one endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Upstream {
    client: Client,
    deadlines: Deadlines,
    outlet: Outlet,
}

impl Upstream {
    /// Redirects are not followed: they would carry the credential elsewhere.
    pub(crate) fn new(deadlines: Deadlines) -> Result<Self, Fault> {
        let client = Client::builder()
            .connect_timeout(deadlines.connect)
            .redirect(Policy::none())
            .user_agent(concat!("nexusrag/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| Fault::ConfigMissing(format!("the HTTP client could not be made: {e}")))?;
        let outlet = Outlet::new(Integration::Llm, deadlines.first_byte.min(deadlines.total), ATTEMPTS);
        Ok(Self { client, deadlines, outlet })
    }

    /// Goes by the breakers of an installation.
    pub(crate) fn connect(&self, integrations: &Integrations) {
        self.outlet.connect(integrations);
    }

    /// A request, to be completed by the caller.
    pub(crate) fn post(&self, url: &str) -> RequestBuilder {
        self.client.post(url)
    }

    /// The data of the server-sent events that answer the request.
    pub(crate) fn events(&self, request: RequestBuilder) -> impl Stream<Item = Result<String, Fault>> + Send + use<> {
        let (deadlines, line) = (self.deadlines, self.outlet.line().clone());
        try_stream! {
            let end = Instant::now() + deadlines.total;
            let opened = line.call(|| opened(request.try_clone())).await;
            let (mut response, mut fragment) = opened.map_err(Fault::from)?;
            let mut frames = Frames::default();
            let mut received = 0;
            loop {
                received += fragment.len();
                if received > MAX_ANSWER {
                    Err(Fault::Other("an answer larger than the limit".into()))?;
                }
                for event in frames.push(&fragment)? {
                    yield event;
                }
                match next(&mut response, end.min(Instant::now() + deadlines.idle)).await? {
                    Some(more) => fragment = more,
                    None => break,
                }
            }
            if let Some(event) = frames.finish()? {
                yield event;
            }
        }
    }

    /// The whole body that answers the request, up to a size. It is asked for once.
    #[cfg(feature = "openai")]
    pub(crate) async fn body(&self, request: RequestBuilder, max: usize) -> Result<Bytes, Fault> {
        let read = async {
            let (mut response, mut fragment) = opened(Some(request)).await?;
            let mut body = bytes::BytesMut::new();
            loop {
                if body.len() + fragment.len() > max {
                    return Err(Fault::Other("a body larger than the limit".into()));
                }
                body.extend_from_slice(&fragment);
                match next(&mut response, Instant::now() + self.deadlines.idle).await? {
                    Some(more) => fragment = more,
                    None => return Ok(body.freeze()),
                }
            }
        };
        timeout(self.deadlines.total, read).await.unwrap_or(Err(Fault::Timeout("the whole body")))
    }
}

/// The header value that carries a key.
pub(crate) fn bearer(key: &SecretString) -> Result<HeaderValue, Fault> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret().trim()))
        .map_err(|_| Fault::ConfigMissing("the key holds characters that no header may".into()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The machine-readable part of an error object. Its prose may repeat the prompt or the key and is left behind.
pub(crate) fn reason(error: &Value) -> String {
    let plain =
        |text: &&str| text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    let field = |name: &str| error.get(name).and_then(Value::as_str).filter(plain);
    ["code", "status", "type"].into_iter().find_map(field).unwrap_or("no reason given").to_owned()
}

/// Sends a request once, and gives the response with its first bytes.
async fn opened(request: Option<RequestBuilder>) -> Result<(Response, Bytes), Fault> {
    let request = request.ok_or_else(|| Fault::Other("a request that cannot be repeated".into()))?;
    let mut response = request.send().await.map_err(|e| transport(&e))?;
    let status = response.status();
    if status.is_success() {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.starts_with("text/html") {
            return Err(Fault::unavailable("a page instead of an answer"));
        }
        return match response.chunk().await.map_err(|e| transport(&e))? {
            Some(first) => Ok((response, first)),
            None => Err(Fault::unavailable("an empty answer")),
        };
    }
    let retry_after = retry_after(response.headers());
    Err(match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Fault::Auth,
        StatusCode::TOO_MANY_REQUESTS => Fault::Throttled { retry_after },
        _ if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
            Fault::Unavailable { reason: format!("status {status}"), retry_after }
        }
        _ => Fault::Rejected(format!("{status}: {}", refusal(response).await)),
    })
}

async fn next(response: &mut Response, until: Instant) -> Result<Option<Bytes>, Fault> {
    match timeout_at(until, response.chunk()).await {
        Err(_) => Err(Fault::Timeout("the next part of the answer")),
        Ok(Err(e)) => Err(transport(&e)),
        Ok(Ok(fragment)) => Ok(fragment),
    }
}

/// The address of an endpoint may hold names of projects; what failed is enough for the log.
fn transport(error: &reqwest::Error) -> Fault {
    let what = if error.is_connect() { "no connection" } else { "the connection broke" };
    if error.is_timeout() { Fault::Timeout("a connection") } else { Fault::unavailable(what) }
}

/// Seconds only: a date would need the wall clock, and no model endpoint sends one.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

async fn refusal(mut response: Response) -> String {
    let mut body = Vec::new();
    while let Ok(Some(fragment)) = response.chunk().await {
        body.extend_from_slice(&fragment);
        if body.len() > MAX_REFUSAL {
            break;
        }
    }
    let parsed: Option<Value> = serde_json::from_slice(&body).ok();
    parsed.as_ref().and_then(|body| body.get("error")).map_or_else(|| "no reason given".to_owned(), reason)
}
