//! Why a call gave no answer.

use std::time::Duration;

use crate::wire::Object;

/// Why a call gave no answer.
///
/// No variant holds the API key, and none prints what was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client cannot be built this way.
    #[error("the client cannot be built: {0}")]
    Config(String),
    /// The call makes no sense and was not sent.
    #[error("the call was not sent: {0}")]
    Argument(String),
    /// The server answered with a refusal or a failure.
    #[error("{code}: {message} (status {status}{})", request_id.as_deref().map(|id| format!(", request {id}")).unwrap_or_default())]
    Api {
        /// The HTTP status.
        status: u16,
        /// The stable code to branch on; `HTTP_<status>` when the answer did not come from NexusRAG.
        code: String,
        /// A sentence for people.
        message: String,
        /// Facts that belong to the code.
        details: Option<Object>,
        /// The id to quote to the operator.
        request_id: Option<String>,
        /// How long the server asks to wait before another attempt.
        retry_after: Option<Duration>,
    },
    /// The server was not reached, or the connection broke.
    #[error("the server could not be asked: {0}")]
    Transport(#[from] reqwest::Error),
    /// The server answered with something this version does not understand.
    #[error("the answer does not read as {what}")]
    Decode {
        /// What was expected.
        what: &'static str,
        /// Where it stopped making sense.
        source: serde_json::Error,
    },
    /// The answer is larger than this client holds in memory.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The most this client holds.
        limit: usize,
    },
    /// Nothing was heard for so long that the server or the way to it must be gone.
    #[error("nothing was heard for {0:?}")]
    Silence(Duration),
    /// The stream of a run was cut before its end and could not be continued.
    #[error("the stream was cut after event {last_seq}")]
    Interrupted {
        /// The number of the last event that arrived.
        last_seq: u64,
    },
    /// The stream of a run was cut, and the server no longer keeps what was missed.
    #[error("the stream was cut after event {last_seq} and cannot be resumed: {message}")]
    ResumeUnsupported {
        /// The number of the last event that arrived.
        last_seq: u64,
        /// The server's sentence for people.
        message: String,
    },
    /// The document that was waited for could not be ingested.
    #[error("document {document_id} could not be ingested: {reason}")]
    IngestFailed {
        /// The document's id.
        document_id: String,
        /// The server's reason.
        reason: String,
    },
    /// The document that was waited for is still not ingested.
    #[error("document {document_id} is still not ingested after {waited:?}")]
    StillIngesting {
        /// The document's id.
        document_id: String,
        /// How long it was waited for.
        waited: Duration,
    },
}

impl Error {
    /// The server's stable code, if the server answered.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Api { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The HTTP status, if the server answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api { status, .. } => Some(*status),
            _ => None,
        }
    }
}
