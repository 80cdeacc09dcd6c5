//! Reading the bytes of a body: never more than the limit, never slower than the limit, never compressed.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::{Stream, stream};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;
use nexus_core::problem::{Code, Kind};
use tokio::time::timeout;

use super::{context::BodyLimits, refusal::Refusal};

/// Reads a whole body of at most `max` bytes.
///
/// The declared length is looked at first, so that an honest client of a large body is refused before it sends it; the
/// bytes are counted anyway, because a length can be missing or wrong.
pub async fn whole(body: Body, headers: &HeaderMap, max: usize, limits: BodyLimits) -> Result<Bytes, Refusal> {
    refuse_encoding(headers)?;
    refuse_length(headers, max)?;
    timeout(limits.total, collect(body, max, limits.idle)).await.unwrap_or_else(|_| Err(too_slow()))
}

/// The pieces of a body as they come, each within the idle limit and all within the total.
pub fn pieces(body: Body, limits: BodyLimits) -> impl Stream<Item = Result<Bytes, Refusal>> + Send {
    let deadline = tokio::time::Instant::now() + limits.total;
    stream::try_unfold(body, move |mut body| async move {
        let next = tokio::time::timeout_at(deadline, piece(&mut body, limits.idle));
        let piece = next.await.unwrap_or_else(|_| Err(too_slow()))?;
        Ok(piece.map(|bytes| (bytes, body)))
    })
}

/// A compressed body is not read: what it would grow to is not known.
pub fn refuse_encoding(headers: &HeaderMap) -> Result<(), Refusal> {
    let plain = |v: &http::HeaderValue| v.is_empty() || v.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(header::CONTENT_ENCODING).iter().all(plain) {
        return Ok(());
    }
    let message = "Compressed request bodies are not accepted";
    Err(Refusal::new(Kind::UnsupportedMedia, Code::UnsupportedMediaType, message))
}

/// A body that announces more than is read is refused before it is sent.
pub fn refuse_length(headers: &HeaderMap, max: usize) -> Result<(), Refusal> {
    let declared =
        headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    match declared {
        Some(length) if length > u64::try_from(max).unwrap_or(u64::MAX) => Err(too_large(max)),
        _ => Ok(()),
    }
}

/// The refusal of a body, a part or a field above its limit.
pub fn too_large(max: usize) -> Refusal {
    Refusal::new(Kind::TooLarge, Code::PayloadTooLarge, "The request body is too large")
        .details(serde_json::json!({ "max_bytes": max }))
}

async fn collect(mut body: Body, max: usize, idle: Duration) -> Result<Bytes, Refusal> {
    let Some(first) = piece(&mut body, idle).await? else { return Ok(Bytes::new()) };
    if first.len() > max {
        return Err(too_large(max));
    }
    let Some(second) = piece(&mut body, idle).await? else { return Ok(first) };
    let mut buffer = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(bytes) = next {
        if buffer.len() + bytes.len() > max {
            return Err(too_large(max));
        }
        buffer.extend_from_slice(&bytes);
        next = piece(&mut body, idle).await?;
    }
    Ok(buffer.freeze())
}

/// The next bytes, or the end. Trailers are passed over.
async fn piece(body: &mut Body, idle: Duration) -> Result<Option<Bytes>, Refusal> {
    loop {
        match timeout(idle, body.frame()).await {
            Err(_) => return Err(too_slow()),
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => return Err(broken()),
            Ok(Some(Ok(frame))) => {
                if let Ok(bytes) = frame.into_data() {
                    return Ok(Some(bytes));
                }
            }
        }
    }
}

fn too_slow() -> Refusal {
    let message = "The request body did not arrive in time";
    Refusal::with_status(StatusCode::REQUEST_TIMEOUT, Code::RequestTimeout, message)
        .header(header::CONNECTION, http::HeaderValue::from_static("close"))
}

fn broken() -> Refusal {
    Refusal::new(Kind::Malformed, Code::BadRequest, "The request body ended early or is not framed correctly")
}
