//! Server-sent events of a run, out of the bytes of a response.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eventsource_stream::{Event, EventStreamError, Eventsource};
use futures::{Stream, StreamExt};
use reqwest::Response;
use reqwest::header::CONTENT_TYPE;
use serde::de::Error as _;

use super::Error;
use crate::wire::RunEvent;

/// The most bytes that may pass without completing an event.
const MAX_EVENT: usize = 16 * 1024 * 1024;

/// Whether the response is a stream of events, whatever its status: a refused run can be one too.
pub(super) fn is_stream(response: &Response) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case("text/event-stream"))
}

/// The events of the response. It ends where the connection does, which may be before the run's end.
pub(super) fn events(response: Response) -> impl Stream<Item = Result<RunEvent, Error>> + Send + Unpin {
    let pending = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&pending);
    let bytes = response.bytes_stream().map(move |chunk| {
        let chunk = chunk?;
        // The parser buffers an event until it is complete, so an endless one has to be stopped before it.
        let held = counted.fetch_add(chunk.len(), Ordering::Relaxed).saturating_add(chunk.len());
        if held > MAX_EVENT { Err(Error::TooLarge { limit: MAX_EVENT }) } else { Ok(chunk) }
    });
    Box::pin(bytes.eventsource().map(move |frame| {
        pending.store(0, Ordering::Relaxed);
        parse(frame)
    }))
}

/// An answer that should have been a stream of events and is something else.
pub(super) fn not_a_stream() -> Error {
    undecodable(serde_json::Error::custom("its content type is not text/event-stream"))
}

fn parse(frame: Result<Event, EventStreamError<Error>>) -> Result<RunEvent, Error> {
    match frame {
        Ok(frame) => serde_json::from_str(&frame.data).map_err(undecodable),
        Err(EventStreamError::Transport(error)) => Err(error),
        Err(error) => Err(undecodable(serde_json::Error::custom(error))),
    }
}

fn undecodable(source: serde_json::Error) -> Error {
    Error::Decode { what: "an event of a run", source }
}
