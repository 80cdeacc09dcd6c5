//! What came back: a body of bounded size, or the refusal it holds.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};

use super::Error;
use crate::wire::ErrorEnvelope;

/// The most of an answer that is held in memory.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// The response itself if it is a success, the error it holds otherwise.
pub(super) async fn success(response: Response) -> Result<Response, Error> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let headers = response.headers().clone();
    // A refusal whose body breaks off is still a refusal.
    let body = body(response).await.unwrap_or_default();
    Err(refusal(status, &headers, &body))
}

/// Reads the whole body, up to a limit.
pub(super) async fn body(mut response: Response) -> Result<Bytes, Error> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len().saturating_add(chunk.len()) > MAX_BODY {
            return Err(Error::TooLarge { limit: MAX_BODY });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// A header that reads as text.
pub(super) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
    let retry_after = retry_after(headers);
    let status_code = status.as_u16();
    match serde_json::from_slice::<ErrorEnvelope>(body) {
        Ok(ErrorEnvelope { error, meta }) => Error::Api {
            status: status_code,
            code: error.code,
            message: error.message,
            details: error.details,
            request_id: Some(meta.request_id),
            retry_after,
        },
        // Something between client and server answered, in its own words.
        Err(_) => Error::Api {
            status: status_code,
            code: format!("HTTP_{status_code}"),
            message: status.canonical_reason().unwrap_or("The answer has no envelope").to_owned(),
            details: None,
            request_id: text(headers, "x-request-id"),
            retry_after,
        },
    }
}

/// The wait in whole seconds. The form with a date is passed over: comparing clocks is not worth its errors here.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_refusal_keeps_everything_the_server_said() {
        let body = br#"{"error":{"code":"RATE_LIMITED","message":"slow down","details":{"retry_after_ms":1500}},"meta":{"request_id":"r-1","api_version":"v1"}}"#;
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("2"))]);
        let Error::Api { status, code, details, request_id, retry_after, .. } =
            refusal(StatusCode::TOO_MANY_REQUESTS, &headers, body)
        else {
            panic!("not an answer")
        };
        assert_eq!((status, code.as_str(), request_id.as_deref()), (429, "RATE_LIMITED", Some("r-1")));
        assert_eq!(details.unwrap().get("retry_after_ms"), Some(&1500.into()));
        assert_eq!(retry_after, Some(Duration::from_secs(2)));
    }

    #[test]
    fn a_refusal_from_elsewhere_is_one_too() {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("Wed, 21 Oct 2026 07:28:00 GMT"))]);
        let error = refusal(StatusCode::BAD_GATEWAY, &headers, b"<html>");
        assert_eq!((error.status(), error.code()), (Some(502), Some("HTTP_502")));
        assert!(matches!(error, Error::Api { retry_after: None, .. }));
    }
}
