//! One run: the question, and the events of the answer.
//!
//! The server answers a [`RunRequest`] with server-sent events whose `data:` is a [`RunEvent`]. The first is always
//! `request.accepted` and the last is always `done`, also when the run fails; a stream that ends without `done` was
//! cut, and can be resumed.

mod citation;
mod data;
mod event;
#[cfg(feature = "schema")]
mod schema;

use serde::{Deserialize, Serialize};

pub use citation::Citation;
pub use data::{
    AudioReady, CostCapped, CostDegradeActions, CostNotice, DebugRetrieval, Done, EstimateMeta, Heartbeat,
    MessageFinal, RequestAccepted, ResumeUnsupported, SlaDegradeActions, SlaNotice, SlaShed, StreamError, TokenDelta,
    UnknownEvent,
};
pub use event::{RunEvent, RunEventData};

/// Asks a question about a corpus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RunRequest {
    /// The conversation the question belongs to; its first use creates it.
    #[cfg_attr(feature = "schema", schema(example = "s1"))]
    pub session_id: String,
    /// The corpus to answer from.
    #[cfg_attr(feature = "schema", schema(example = "c1"))]
    pub corpus_id: String,
    /// The question.
    #[cfg_attr(feature = "schema", schema(example = "Who approves routine changes?"))]
    pub message: String,
    /// How many passages to look at, 1 to 50; the corpus' or the server's default when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 50, example = 5))]
    pub top_k: Option<u32>,
    /// Whether to speak the answer as well.
    #[serde(default)]
    pub audio: bool,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_shortest_request_takes_the_defaults() {
        let request: RunRequest =
            serde_json::from_str(r#"{"session_id":"s1","corpus_id":"c1","message":"Who?"}"#).unwrap();
        assert_eq!(request.top_k, None);
        assert!(!request.audio);
    }

    #[test]
    fn a_request_refuses_fields_it_does_not_know() {
        let literal = r#"{"session_id":"s1","corpus_id":"c1","message":"Who?","topk":3}"#;
        assert!(serde_json::from_str::<RunRequest>(literal).is_err());
    }
}
