//! Why texts did not become vectors.

use std::{borrow::Cow, time::Duration};

use nexus_core::{
    problem::{Code, Kind, Problem},
    resilience::CallError,
};

/// Why texts did not become vectors. The details are for the log; [`Problem::message`] is for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmbedError {
    /// The model cannot be used as it is set up.
    #[error("embedding is not configured: {what}")]
    NotConfigured {
        /// What is missing or wrong, with the file or the variable.
        what: String,
    },
    /// The backend failed or cannot be reached.
    #[error("the embedding backend is unavailable: {why}")]
    Unavailable {
        /// The last failure.
        why: String,
    },
    /// The backend did not answer in time.
    #[error("the embedding backend did not answer in time")]
    Timeout,
    /// The circuit breaker is open.
    #[error("the circuit breaker of the embedding backend is open")]
    Open {
        /// When the backend may be asked again.
        retry_after: Duration,
    },
    /// Too many calls to the backend go on.
    #[error("too many calls to the embedding backend at once")]
    Busy,
    /// The backend will not take this request, today or later; it is not repeated.
    #[error("the embedding backend refused the request with status {status}: {why}")]
    Rejected {
        /// The status of the answer.
        status: u16,
        /// The beginning of the answer.
        why: String,
    },
    /// The backend refused the credential.
    #[error("the embedding backend refused the credential")]
    Auth,
    /// The answer does not hold what was asked for.
    #[error("the embedding backend gave an unusable answer: {why}")]
    BadAnswer {
        /// What is wrong with it.
        why: String,
    },
}

impl EmbedError {
    /// Whether the same texts may succeed later without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Timeout | Self::Open { .. } | Self::Busy)
    }
}

impl<E: Into<EmbedError>> From<CallError<E>> for EmbedError {
    fn from(error: CallError<E>) -> Self {
        match error {
            CallError::Open { retry_after } => Self::Open { retry_after },
            CallError::Busy => Self::Busy,
            CallError::Late => Self::Timeout,
            CallError::Failed(error) => error.into(),
        }
    }
}

impl Problem for EmbedError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotConfigured { .. } => Kind::Internal,
            Self::Unavailable { .. } | Self::Timeout | Self::Open { .. } | Self::Busy => Kind::Unavailable,
            Self::Rejected { .. } | Self::Auth | Self::BadAnswer { .. } => Kind::Upstream,
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::NotConfigured { .. } => Code::EmbeddingConfigMissing,
            Self::Auth => Code::EmbeddingAuth,
            Self::Open { .. } => Code::IntegrationUnavailable,
            Self::Busy => Code::ServiceBusy,
            Self::Unavailable { .. } | Self::Timeout | Self::Rejected { .. } | Self::BadAnswer { .. } => {
                Code::Embedding
            }
        }
    }

    fn message(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::NotConfigured { .. } => "The embedding model is not configured",
            Self::Auth => "The embedding provider refused the credential",
            Self::Timeout => "The embedding provider did not answer in time",
            Self::Unavailable { .. } => "The embedding provider is unavailable; retry later",
            Self::Open { .. } => "The embedding provider is not available for now; try again later",
            Self::Busy => "Too many calls to the embedding provider go on; try again shortly",
            Self::Rejected { .. } | Self::BadAnswer { .. } => "The embedding provider failed",
        })
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Open { retry_after } => Some(*retry_after),
            Self::Busy => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}
