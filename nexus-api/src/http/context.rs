//! What is known about a request before anybody reads it: its id, its time, its address, and which surface it came in by.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use axum::extract::{FromRequestParts, MatchedPath, OptionalFromRequestParts, OriginalUri};
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts};
use nexus_core::{clock, id::RequestId, op::Op};

use super::refusal::{Refusal, RouteClassTag};
use crate::sla::Measured;

/// The header that carries the request id both ways.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest part of a `User-Agent` that is kept.
const MAX_USER_AGENT: usize = 256;
/// The longest part of a path that is kept.
const MAX_PATH: usize = 512;
/// The most headers that gates tell. There are fewer gates than that; a header beyond is dropped, not the answer.
const MAX_TOLD: usize = 40;

/// Which of the faces of the API a path belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// `/v1` and below: everything is enveloped.
    V1,
    /// The same routes without `/v1`: bare payloads and deprecation headers.
    Legacy,
    /// Unversioned and not deprecated: documentation, liveness and the root.
    Neutral,
    /// Routes in OpenAI's form: bare payloads, and errors as its clients know them.
    OpenAi,
    /// The Model Context Protocol: JSON-RPC.
    Mcp,
}

impl Surface {
    /// The surface of a path. Only the whole segment `v1` counts: `/v1x` is not versioned.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let below = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        match path {
            _ if below("/v1/chat") || below("/v1/models") => Self::OpenAi,
            _ if below("/v1") => Self::V1,
            "/mcp" => Self::Mcp,
            "/" | "/healthz" | "/openapi.json" => Self::Neutral,
            _ if below("/docs") => Self::Neutral,
            _ => Self::Legacy,
        }
    }
}

/// How much of a body is read, and how long that may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimits {
    /// The largest JSON body, unless its type says otherwise.
    pub max_bytes: usize,
    /// The longest pause between two pieces of a body.
    pub idle: Duration,
    /// The longest time for a whole body.
    pub total: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { max_bytes: 2 * 1024 * 1024, idle: Duration::from_secs(15), total: Duration::from_mins(2) }
    }
}

/// One request. Cheap to clone; extractors find it in the extensions of the request.
#[derive(Debug, Clone)]
pub struct Context(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    facts: Facts,
    route: OnceLock<MatchedPath>,
    class: OnceLock<RouteClassTag>,
    told: Mutex<Vec<(HeaderName, HeaderValue)>>,
    original: OnceLock<RequestId>,
    measured: OnceLock<Measured>,
}

/// What a [`Context`] holds.
#[derive(Debug)]
pub struct Facts {
    /// The id in the header, the envelope, the log and the audit log.
    pub request_id: RequestId,
    /// When the request came in.
    pub now: DateTime<Utc>,
    /// The address of the client.
    pub ip: Option<IpAddr>,
    /// The surface.
    pub surface: Surface,
    /// How bodies are read.
    pub body: BodyLimits,
}

impl Context {
    /// Remembers what is known about a request.
    #[must_use]
    pub fn new(facts: Facts) -> Self {
        let told = Mutex::new(Vec::new());
        Self(Arc::new(Inner {
            facts,
            route: OnceLock::new(),
            class: OnceLock::new(),
            told,
            original: OnceLock::new(),
            measured: OnceLock::new(),
        }))
    }

    /// Remembers the route that the router chose; only the first call counts.
    pub fn matched(&self, route: MatchedPath) {
        let _ = self.0.route.set(route);
    }

    /// The template of the route, once the router has chosen.
    #[must_use]
    pub fn route(&self) -> Option<&str> {
        self.0.route.get().map(MatchedPath::as_str)
    }

    /// Remembers the class of the route. The extractor that knows the route's permission says it, before it decides
    /// whether the caller has it, so that refusals are counted under the class too.
    pub fn classify(&self, class: RouteClassTag) {
        let _ = self.0.class.set(class);
    }

    /// The class of the route, once it is known.
    #[must_use]
    pub fn class(&self) -> Option<RouteClassTag> {
        self.0.class.get().copied()
    }

    /// Adds a header to the answer, whatever the answer becomes: data, a refusal, a stream, nothing at all, or a replay.
    /// A gate tells its standing here when it has decided; what is told later about the same name counts.
    pub fn tell(&self, name: HeaderName, value: HeaderValue) {
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = told.iter_mut().find(|(known, _)| *known == name) {
            place.1 = value;
        } else if told.len() < MAX_TOLD {
            told.push((name, value));
        }
    }

    /// Writes what was told into the headers of the answer.
    pub fn write_told(&self, headers: &mut HeaderMap) {
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, value) in told.drain(..) {
            headers.insert(name, value);
        }
    }

    /// The answer counts for a service level; only the first call does.
    pub fn measure(&self, measured: Measured) {
        let _ = self.0.measured.set(measured);
    }

    /// What the answer counts for.
    #[must_use]
    pub fn measured(&self) -> Option<&Measured> {
        self.0.measured.get()
    }

    /// The answer is the one that an earlier request got, and names that request.
    pub fn answers_for(&self, original: RequestId) {
        let _ = self.0.original.set(original);
    }

    /// The request that the answer names: this one, unless an earlier answer is given again.
    #[must_use]
    pub fn answered_id(&self) -> &RequestId {
        self.0.original.get().unwrap_or(&self.0.facts.request_id)
    }
}

impl std::ops::Deref for Context {
    type Target = Facts;
    fn deref(&self) -> &Facts {
        &self.0.facts
    }
}

/// The client's request id if it is one, or a new one.
#[must_use]
pub fn accept_request_id(headers: &HeaderMap) -> RequestId {
    let given = headers.get(X_REQUEST_ID).and_then(|v| v.to_str().ok()).and_then(|v| RequestId::new(v).ok());
    given.unwrap_or_else(|| {
        let mut buffer = uuid::Uuid::encode_buffer();
        let fresh = clock::fresh_uuid();
        let text: &str = fresh.hyphenated().encode_lower(&mut buffer);
        RequestId::new(text).unwrap_or_else(|_| unreachable!("a UUID is a request id"))
    })
}

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Refusal::internal(&NoContext))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Context {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refusal> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

/// The operation that a request asks for: the first argument of every verb below.
#[derive(Debug, Clone)]
pub struct OpCtx(pub Op);

impl<S: Sync> FromRequestParts<S> for OpCtx {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let context = parts.extensions.get::<Context>().ok_or_else(|| Refusal::internal(&NoContext))?;
        Ok(Self(Op {
            request_id: context.request_id.clone(),
            now: context.now,
            path: Some(path(parts)),
            ip: context.ip,
            user_agent: user_agent(&parts.headers),
        }))
    }
}

/// The path as the client wrote it, also where a router below a prefix answers.
fn path(parts: &Parts) -> String {
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
    uri.path().chars().take(MAX_PATH).collect()
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(text.chars().take(MAX_USER_AGENT).collect())
}

/// A handler was mounted outside of the layers.
#[derive(Debug, thiserror::Error)]
#[error("the request has no context: the router was served without its layers")]
struct NoContext;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_whole_segment_is_versioned() {
        for path in ["/v1", "/v1/", "/v1/run"] {
            assert_eq!(Surface::of(path), Surface::V1, "{path}");
        }
        for path in ["/v1x", "/v1x/run", "/run", "/v2/run", "/docsx", "/healthz/", "/V1/run", "//v1/run"] {
            assert_eq!(Surface::of(path), Surface::Legacy, "{path}");
        }
        for path in ["/v1/chat/completions", "/v1/models", "/v1/models/c1", "/v1/chat/x"] {
            assert_eq!(Surface::of(path), Surface::OpenAi, "{path}");
        }
        assert_eq!([Surface::of("/mcp"), Surface::of("/v1/modelsx")], [Surface::Mcp, Surface::V1]);
        for path in ["/", "/docs", "/docs/", "/openapi.json", "/healthz"] {
            assert_eq!(Surface::of(path), Surface::Neutral, "{path}");
        }
    }

    #[test]
    fn what_is_told_last_counts_and_the_slot_is_bounded() {
        let context = Context::new(Facts {
            request_id: RequestId::new("r").unwrap(),
            now: DateTime::UNIX_EPOCH,
            ip: None,
            surface: Surface::V1,
            body: BodyLimits::default(),
        });
        for n in 0..1000_u32 {
            context.tell(HeaderName::try_from(format!("x-{}", n % 500)).unwrap(), HeaderValue::from(n));
        }
        let mut headers = HeaderMap::new();
        headers.insert("x-0", HeaderValue::from_static("of the handler"));
        context.write_told(&mut headers);
        assert_eq!(headers.len(), MAX_TOLD);
        assert_eq!(headers.get("x-0").unwrap(), "500");
        assert_eq!(context.answered_id().as_str(), "r");
        context.answers_for(RequestId::new("first").unwrap());
        assert_eq!(context.answered_id().as_str(), "first");
    }

    #[test]
    fn a_bad_request_id_is_replaced() {
        let id = |v: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(X_REQUEST_ID, http::HeaderValue::from_bytes(v).unwrap());
            accept_request_id(&headers).to_string()
        };
        assert_eq!(id(b"trace-1:a.b_c"), "trace-1:a.b_c");
        let long = "x".repeat(129);
        for bad in [&b""[..], b"a b", b"<script>", b"\xffabc", long.as_bytes(), "é".as_bytes()] {
            let fresh = id(bad);
            assert_eq!(fresh.len(), 36, "{bad:?}");
            assert_ne!(fresh.as_bytes(), bad);
        }
    }
}
