//! A request that was not granted, on its way to the client: the only place that turns a [`Kind`] into a status.

use std::{borrow::Cow, error::Error, time::Duration};

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use nexus_core::problem::{Code, Kind, Problem};
use serde_json::Value;

/// The longest chain of causes that goes into one log line.
const MAX_CAUSE: usize = 2048;

/// The class of a route for metrics and limits. The permission of a route puts it into the response's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteClassTag(pub &'static str);

/// Why a request is not granted, in words that a client may read. Causes were logged when it was made and are not kept.
#[derive(Debug, Clone)]
pub struct Refusal(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    code: Code,
    message: Cow<'static, str>,
    details: Option<Value>,
    headers: HeaderMap,
}

impl Refusal {
    /// A refusal of a kind, with its code and its public sentence.
    #[must_use]
    pub fn new(kind: Kind, code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        let refusal = Self::with_status(status_of(kind), code, message);
        match kind {
            Kind::Unauthenticated => refusal.header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            _ => refusal,
        }
    }

    /// There is no such thing, or none that the caller may know of.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, Code::NotFound, "Not Found")
    }

    /// A failure of the platform. The cause is logged under the request and not sent.
    #[must_use]
    pub fn internal(cause: &dyn Error) -> Self {
        tracing::error!(code = Code::Internal.as_str(), cause = chain(cause), "request failed");
        Self::new(Kind::Internal, Code::Internal, "Internal server error")
    }

    /// The answer to a status that some library chose without our envelope.
    #[must_use]
    pub fn for_status(status: StatusCode) -> Self {
        let code = match status {
            StatusCode::BAD_REQUEST => Code::BadRequest,
            StatusCode::UNAUTHORIZED => Code::AuthUnauthorized,
            StatusCode::FORBIDDEN => Code::AuthForbidden,
            StatusCode::NOT_FOUND => Code::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Code::RequestTimeout,
            StatusCode::CONFLICT => Code::Conflict,
            StatusCode::PAYLOAD_TOO_LARGE => Code::PayloadTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
            StatusCode::UNPROCESSABLE_ENTITY => Code::Validation,
            StatusCode::SERVICE_UNAVAILABLE => Code::ServiceUnavailable,
            s if s.is_client_error() => Code::BadRequest,
            _ => Code::Internal,
        };
        let message = status.canonical_reason().unwrap_or("Request failed");
        Self::with_status(status, code, message)
    }

    pub(crate) fn with_status(status: StatusCode, code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts { status, code, message: message.into(), details: None, headers: HeaderMap::new() }))
    }

    /// Adds facts for programs.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    /// Adds a response header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// Says when trying again makes sense; rounded up to whole seconds, at least one.
    #[must_use]
    pub fn retry_after(self, after: Duration) -> Self {
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        self.header(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The public sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What its headers say, such as when to come again.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Facts for programs, unless there are none.
    #[must_use]
    pub fn facts(&self) -> Option<&Value> {
        self.0.details.as_ref().filter(|d| !matches!(d, Value::Null) && d.as_object().is_none_or(|o| !o.is_empty()))
    }
}

impl<P: Problem> From<P> for Refusal {
    fn from(problem: P) -> Self {
        let (kind, code) = (problem.kind(), problem.code());
        match kind {
            Kind::Internal => tracing::error!(code = code.as_str(), cause = chain(&problem), "request failed"),
            Kind::Upstream | Kind::Unavailable => {
                tracing::warn!(code = code.as_str(), cause = chain(&problem), "request refused");
            }
            _ => {}
        }
        let mut refusal = Self::new(kind, code, problem.message());
        refusal.0.details = problem.details();
        match problem.retry_after() {
            Some(after) => refusal.retry_after(after),
            None => refusal,
        }
    }
}

/// The body is written later, by [`super::envelope::render`], which knows the request.
impl IntoResponse for Refusal {
    fn into_response(mut self) -> Response {
        let mut response = Response::default();
        *response.status_mut() = self.0.status;
        *response.headers_mut() = std::mem::take(&mut self.0.headers);
        response.extensions_mut().insert(self);
        response
    }
}

fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Malformed => StatusCode::BAD_REQUEST,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::PaymentRequired => StatusCode::PAYMENT_REQUIRED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Kind::Upstream => StatusCode::BAD_GATEWAY,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An error and its sources in one bounded line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source.filter(|_| text.len() < MAX_CAUSE) {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    let end = text.floor_char_boundary(MAX_CAUSE);
    text.truncate(end);
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the pool said: password=hunter2")]
    struct Broken;

    impl Problem for Broken {
        fn kind(&self) -> Kind {
            Kind::Unavailable
        }
        fn code(&self) -> Code {
            Code::ServiceUnavailable
        }
        fn message(&self) -> Cow<'static, str> {
            "Try again later".into()
        }
        fn retry_after(&self) -> Option<Duration> {
            Some(Duration::from_millis(1200))
        }
    }

    #[test]
    fn a_problem_keeps_its_cause_to_itself() {
        let refusal = Refusal::from(Broken);
        assert_eq!(refusal.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refusal.message(), "Try again later");
        assert!(!format!("{refusal:?}").contains("hunter2"));
        assert_eq!(refusal.into_response().headers()[header::RETRY_AFTER], "2");
    }

    #[test]
    fn nobody_is_told_how_to_present_a_credential() {
        let refusal = Refusal::new(Kind::Unauthenticated, Code::AuthUnauthorized, "Unauthorized");
        assert_eq!(refusal.into_response().headers()[header::WWW_AUTHENTICATE], "Bearer");
    }

    #[test]
    fn empty_details_are_no_details() {
        let refusal = Refusal::not_found().details(serde_json::json!({}));
        assert!(refusal.facts().is_none());
    }
}
