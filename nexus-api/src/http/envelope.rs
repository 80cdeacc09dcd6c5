//! The envelope around every answer: `{data, meta}` and `{error, meta}` under `/v1`, the bare shapes on legacy paths, and the
//! forms of others where their clients come ([`dialect`]).
//!
//! A handler's data is serialised once, straight behind the opening of the envelope, and rides to [`render`] in the
//! response's extensions. There the request is known, and only the tail is added: nothing is parsed again.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use nexus_core::{
    page::After,
    problem::{Code, Kind},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    context::{Context, Surface},
    dialect,
    refusal::Refusal,
};

/// How every enveloped answer begins.
const OPENING: &[u8] = br#"{"data":"#;

/// Where the next page begins, for clients of the legacy paths, whose bodies have no place for it.
const X_NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");

/// An answer with data.
#[derive(Debug, Clone)]
pub struct Reply<T> {
    status: StatusCode,
    headers: HeaderMap,
    next_cursor: Option<String>,
    remembered: Option<Remembered>,
    data: T,
}

impl<T> Reply<T> {
    /// 200 with data.
    pub fn ok(data: T) -> Self {
        Self { status: StatusCode::OK, headers: HeaderMap::new(), next_cursor: None, remembered: None, data }
    }

    /// 201 with data.
    pub fn created(data: T) -> Self {
        Self::ok(data).status(StatusCode::CREATED)
    }

    /// 202 with data.
    pub fn accepted(data: T) -> Self {
        Self::ok(data).status(StatusCode::ACCEPTED)
    }

    /// Chooses another status.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Adds a response header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// What is remembered of this answer when its request named itself by a key: the data without its secrets. A replay
    /// gives this.
    pub fn remember(mut self, data: &impl Serialize) -> Result<Self, Refusal> {
        let json = serde_json::to_vec(data).map_err(|cause| Refusal::internal(&cause))?;
        self.remembered = Some(Remembered(json));
        Ok(self)
    }

    /// Says where the next page begins; `meta.next_cursor` on the wire.
    #[must_use]
    pub fn next(mut self, after: Option<&After>) -> Self {
        self.next_cursor = after.map(After::encode);
        self
    }

    /// As [`Reply::next`], for lists with a position of their own.
    #[must_use]
    pub fn next_token(mut self, token: Option<String>) -> Self {
        self.next_cursor = token;
        self
    }
}

impl<T> From<T> for Reply<T> {
    fn from(data: T) -> Self {
        Self::ok(data)
    }
}

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        let data = match Data::of(&self.data) {
            Ok(data) => Data { next_cursor: self.next_cursor, ..data },
            Err(cause) => return Refusal::internal(&cause).into_response(),
        };
        let mut response = Response::default();
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response.extensions_mut().insert(data);
        if let Some(remembered) = self.remembered {
            response.extensions_mut().insert(remembered);
        }
        response
    }
}

/// 201 with data.
#[derive(Debug, Clone)]
pub struct Created<T>(pub T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        Reply::created(self.0).into_response()
    }
}

/// 202 with data.
#[derive(Debug, Clone)]
pub struct Accepted<T>(pub T);

impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        Reply::accepted(self.0).into_response()
    }
}

/// 204.
#[derive(Debug, Clone, Copy)]
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// The data that is remembered of an answer instead of what was sent.
#[derive(Debug, Clone)]
pub(super) struct Remembered(pub(super) Vec<u8>);

/// Serialised data on its way to [`render`], in the extensions of a response.
#[derive(Debug, Clone)]
pub struct Data {
    buffer: Vec<u8>,
    next_cursor: Option<String>,
}

impl Data {
    /// Serialises data behind the opening of the envelope.
    pub fn of(data: &impl Serialize) -> Result<Self, serde_json::Error> {
        let mut buffer = Vec::with_capacity(512);
        buffer.extend_from_slice(OPENING);
        serde_json::to_writer(&mut buffer, data)?;
        Ok(Self { buffer, next_cursor: None })
    }

    /// The data as JSON, without the envelope; what an idempotency record keeps.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        self.buffer.get(OPENING.len()..).unwrap_or_default()
    }

    /// An answer from data that was serialised before; the caller knows that it is JSON.
    #[must_use]
    pub fn replay(status: StatusCode, json: &[u8]) -> Response {
        let mut response = Response::default();
        *response.status_mut() = status;
        response.extensions_mut().insert(Self { buffer: [OPENING, json].concat(), next_cursor: None });
        response
    }

    fn render(mut self, context: &Context, headers: &mut HeaderMap) -> Bytes {
        if context.surface == Surface::V1 {
            self.buffer.push(b',');
            meta(&mut self.buffer, context, self.next_cursor.as_deref());
            self.buffer.push(b'}');
            return self.buffer.into();
        }
        if let Some(cursor) = self.next_cursor.and_then(|c| HeaderValue::try_from(c).ok()) {
            headers.insert(X_NEXT_CURSOR, cursor);
        }
        let mut bytes = Bytes::from(self.buffer);
        bytes.split_off(OPENING.len().min(bytes.len()))
    }
}

/// What of the request decides how its answer is written.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    head: bool,
    problem_json: bool,
}

impl Asked {
    /// Reads the method and the `Accept` header.
    #[must_use]
    pub fn of(method: &Method, headers: &HeaderMap) -> Self {
        let mut accepts = headers.get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok());
        let problem_json = accepts.any(|v| v.contains("application/problem+json"));
        Self { head: method == Method::HEAD, problem_json }
    }
}

/// Writes the body of an answer: the last step on its way out of the router.
///
/// An error that a library answered in plain text or without a body is put into the envelope too. Streams, files and
/// bodies of other types pass as they are.
#[must_use]
pub fn render(context: &Context, asked: Asked, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let (bytes, content_type) = if let Some(data) = parts.extensions.remove::<Data>() {
        (data.render(context, &mut parts.headers), "application/json")
    } else if let Some(refusal) = parts.extensions.remove::<Refusal>().or_else(|| foreign(parts.status, &parts.headers))
    {
        // For whoever counts answers further out.
        parts.extensions.insert(refusal.code());
        refused(context, asked, &refusal)
    } else {
        return Response::from_parts(parts, body);
    };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let body = if asked.head { Body::empty() } else { Body::from(bytes) };
    Response::from_parts(parts, body)
}

/// An error without our envelope that has no body of a type of its own.
fn foreign(status: StatusCode, headers: &HeaderMap) -> Option<Refusal> {
    let failed = status.is_client_error() || status.is_server_error();
    let typed = headers.get(header::CONTENT_TYPE).is_some_and(|t| !t.as_bytes().starts_with(b"text/plain"));
    (failed && !typed).then(|| Refusal::for_status(status))
}

fn refused(context: &Context, asked: Asked, refusal: &Refusal) -> (Bytes, &'static str) {
    if asked.problem_json {
        return (to_bytes(&problem(context, refusal)), "application/problem+json");
    }
    let foreign = match context.surface {
        Surface::V1 => None,
        Surface::OpenAi => Some(to_bytes(&dialect::openai(refusal))),
        Surface::Mcp => Some(to_bytes(&dialect::jsonrpc(refusal, context.answered_id()))),
        Surface::Legacy | Surface::Neutral => Some(to_bytes(&json!({ "detail": detail(refusal) }))),
    };
    if let Some(bytes) = foreign {
        return (bytes, "application/json");
    }
    let mut error = json!({ "code": refusal.code().as_str(), "message": refusal.message() });
    if let (Some(facts), Some(error)) = (refusal.facts(), error.as_object_mut()) {
        error.insert("details".into(), facts.clone());
    }
    let mut buffer = Vec::with_capacity(256);
    buffer.extend_from_slice(br#"{"error":"#);
    buffer.extend_from_slice(error.to_string().as_bytes());
    buffer.push(b',');
    meta(&mut buffer, context, None);
    buffer.push(b'}');
    (buffer.into(), "application/json")
}

/// The shape of errors on legacy paths: a sentence where nothing more is known, a list for the fields of a body, an
/// object otherwise.
fn detail(refusal: &Refusal) -> Value {
    let facts = refusal.facts();
    match refusal.code() {
        Code::RequestValidation => facts.and_then(|f| f.get("errors")).cloned().unwrap_or_else(|| json!([])),
        Code::NotFound | Code::MethodNotAllowed | Code::Internal if facts.is_none() => refusal.message().into(),
        code => {
            let mut detail = json!({ "code": code.as_str(), "message": refusal.message() });
            if let (Some(Value::Object(facts)), Some(detail)) = (facts, detail.as_object_mut()) {
                for (name, fact) in facts {
                    detail.entry(name.as_str()).or_insert_with(|| fact.clone());
                }
            }
            detail
        }
    }
}

/// RFC 9457.
fn problem(context: &Context, refusal: &Refusal) -> Value {
    let status = refusal.status();
    let mut problem = json!({
        "type": format!("urn:nexusrag:problem:{}", refusal.code()),
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": refusal.message(),
        "code": refusal.code().as_str(),
        "request_id": context.request_id.as_str(),
    });
    if let (Some(facts), Some(problem)) = (refusal.facts(), problem.as_object_mut()) {
        problem.insert("details".into(), facts.clone());
    }
    problem
}

/// Request ids and cursors are of alphabets that need no escapes in JSON; a cursor of another make is escaped.
fn meta(buffer: &mut Vec<u8>, context: &Context, next_cursor: Option<&str>) {
    buffer.extend_from_slice(br#""meta":{"request_id":""#);
    buffer.extend_from_slice(context.answered_id().as_str().as_bytes());
    buffer.extend_from_slice(br#"","api_version":"v1""#);
    if let Some(cursor) = next_cursor {
        buffer.extend_from_slice(br#","next_cursor":"#);
        buffer.extend_from_slice(&to_bytes(&cursor));
    }
    buffer.push(b'}');
}

fn to_bytes(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).map_or_else(|_| Bytes::from_static(b"null"), Bytes::from)
}

/// The answer to a handler that took too long.
#[must_use]
pub fn timed_out() -> Refusal {
    Refusal::new(Kind::Unavailable, Code::RequestTimeout, "The request took longer than allowed")
}
