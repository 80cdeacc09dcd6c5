//! The stream of a run, frame by frame.

use futures::{StreamExt as _, stream::BoxStream};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::PATIENCE;

/// One frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The bytes, without the empty line.
    pub raw: String,
    /// After `event:`.
    pub name: String,
    /// After `id:`.
    pub id: u64,
    /// After `data:`.
    pub json: Value,
}

impl Event {
    /// The type; heartbeats have none.
    pub fn kind(&self) -> &str {
        self.json["type"].as_str().unwrap_or(&self.name)
    }

    #[track_caller]
    fn parse(raw: &str) -> Self {
        let lines: Vec<&str> = raw.split('\n').collect();
        let [event, id, data] = lines.as_slice() else { panic!("not event, id and data: {raw:?}") };
        let id: u64 = id.strip_prefix("id: ").and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("{raw:?}"));
        let json: Value =
            serde_json::from_str(data.strip_prefix("data: ").unwrap_or_else(|| panic!("{raw:?}"))).unwrap();
        assert_eq!(json["seq"], id, "seq and id are one: {raw}");
        Self { raw: raw.to_owned(), name: event.strip_prefix("event: ").unwrap().to_owned(), id, json }
    }
}

/// A stream that is being read. Dropping it hangs up.
pub struct Stream {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub request_id: String,
    bytes: BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    buffer: String,
}

impl Stream {
    pub(super) fn new(response: reqwest::Response, request_id: String) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        assert_eq!(headers["x-request-id"], request_id.as_str());
        Self { status, headers, request_id, bytes: response.bytes_stream().boxed(), buffer: String::new() }
    }

    /// The next event; `None` at the end.
    pub async fn next(&mut self) -> Option<Event> {
        self.frame().await.map(|frame| Event::parse(&frame))
    }

    /// The next frame, whatever is in it; `None` at the end.
    pub async fn frame(&mut self) -> Option<String> {
        loop {
            if let Some((frame, rest)) = self.buffer.split_once("\n\n") {
                let frame = frame.to_owned();
                self.buffer = self.buffer.split_off(self.buffer.len() - rest.len());
                return Some(frame);
            }
            let next = tokio::time::timeout(PATIENCE, self.bytes.next()).await.expect("the stream is silent");
            let Some(bytes) = next else {
                assert_eq!(self.buffer, "", "the stream ends inside of a frame");
                return None;
            };
            self.buffer.push_str(std::str::from_utf8(&bytes.unwrap()).unwrap());
        }
    }

    /// All events up to and with the first of this type.
    pub async fn until(&mut self, kind: &str) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            let found = event.kind() == kind;
            events.push(event);
            if found {
                return events;
            }
        }
        panic!("no {kind} in {events:?}");
    }

    /// All events that are left.
    pub async fn rest(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }

    /// What is refused before a stream begins is JSON.
    pub async fn refused(mut self, status: u16, code: &str) -> Value {
        let mut body = Vec::new();
        while let Some(bytes) = self.bytes.next().await {
            body.extend_from_slice(&bytes.unwrap());
        }
        let text = String::from_utf8_lossy(&body);
        assert_eq!(self.status.as_u16(), status, "{text}");
        let json: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(json["error"]["code"], code, "{text}");
        json["error"].clone()
    }
}
