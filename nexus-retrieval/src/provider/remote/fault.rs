//! What goes wrong with a remote provider, and what its clients are told of it.

use std::{borrow::Cow, time::Duration};

use nexus_core::{
    problem::{Code, Kind},
    resilience::{CallError, Setback, Verdict},
};

/// Why a remote provider brought nothing. The texts are for the log.
#[derive(Debug, thiserror::Error)]
pub enum RemoteFault {
    /// The corpus lacks something that the provider needs, or names what cannot be.
    #[error("the configuration does not serve: {0}")]
    Config(String),
    /// There is no credential, or the provider does not accept it.
    #[error("no accepted credential: {0}")]
    Auth(String),
    /// The provider refuses the request.
    #[error("refused: {0}")]
    Refused(String),
    /// The provider asks for patience.
    #[error("throttled")]
    Throttled {
        /// For how long.
        retry_after: Option<Duration>,
    },
    /// The provider failed, or cannot be reached.
    #[error("unavailable: {reason}")]
    Unavailable {
        /// What happened.
        reason: String,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// What the provider sent is no answer.
    #[error("not an answer: {0}")]
    Garbage(String),
    /// No answer came in time.
    #[error("no answer in time")]
    Late,
    /// The circuit breaker is open.
    #[error("the circuit breaker is open")]
    Open {
        /// When the provider may be asked again.
        retry_after: Duration,
    },
    /// Too many calls to the provider go on.
    #[error("too many calls at once")]
    Busy,
}

impl Setback for RemoteFault {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Throttled { retry_after } => Verdict::Throttled { retry_after: *retry_after },
            Self::Unavailable { retry_after, .. } => Verdict::Failed { retry_after: *retry_after },
            Self::Garbage(_) | Self::Late => Verdict::Failed { retry_after: None },
            Self::Config(_) | Self::Auth(_) | Self::Refused(_) | Self::Open { .. } | Self::Busy => Verdict::Refused,
        }
    }
}

impl From<CallError<Self>> for RemoteFault {
    fn from(error: CallError<Self>) -> Self {
        match error {
            CallError::Open { retry_after } => Self::Open { retry_after },
            CallError::Busy => Self::Busy,
            CallError::Late => Self::Late,
            CallError::Failed(fault) => fault,
        }
    }
}

impl RemoteFault {
    /// Whether another provider should be asked instead: this one is not well, and it is not the request's fault.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        !matches!(self, Self::Config(_) | Self::Auth(_) | Self::Refused(_))
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Config(_) => Kind::Conflict,
            Self::Open { .. } | Self::Busy => Kind::Unavailable,
            _ => Kind::Upstream,
        }
    }

    pub(crate) fn code(&self, provider: &str) -> Code {
        let aws = provider == "aws_bedrock_kb";
        match self {
            Self::Config(_) => Code::RetrievalConfigInvalid,
            Self::Auth(_) if aws => Code::AwsAuth,
            Self::Auth(_) => Code::VertexRetrievalAuth,
            Self::Open { .. } => Code::IntegrationUnavailable,
            Self::Busy => Code::ServiceBusy,
            _ if aws => Code::AwsRetrieval,
            _ => Code::VertexRetrieval,
        }
    }

    pub(crate) fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Config(what) => format!("The retrieval configuration of the corpus does not serve: {what}").into(),
            Self::Auth(_) => "The retrieval provider did not accept the credential of this server".into(),
            Self::Refused(_) => {
                "The retrieval provider refused the request; check the configuration of the corpus".into()
            }
            Self::Throttled { .. } => "The retrieval provider asks for patience; try again shortly".into(),
            Self::Unavailable { .. } | Self::Garbage(_) => "The retrieval provider failed; try again shortly".into(),
            Self::Late => "The retrieval provider did not answer in time; try again shortly".into(),
            Self::Open { .. } => "The retrieval provider is not available for now; try again later".into(),
            Self::Busy => "Too many searches at the retrieval provider go on; try again shortly".into(),
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after } | Self::Unavailable { retry_after, .. } => *retry_after,
            Self::Open { retry_after } => Some(*retry_after),
            Self::Busy => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}

/// Seconds only: a date would need the wall clock, and neither provider sends one.
pub(crate) fn retry_after(value: Option<&str>) -> Option<Duration> {
    value?.trim().parse().ok().map(Duration::from_secs)
}

/// What the status of a refusal means.
pub(crate) fn of_status(status: u16, reason: String, retry_after: Option<Duration>) -> RemoteFault {
    match status {
        401 | 403 => RemoteFault::Auth(reason),
        429 => RemoteFault::Throttled { retry_after },
        408 | 500.. => RemoteFault::Unavailable { reason, retry_after },
        200..300 => RemoteFault::Garbage(reason),
        _ => RemoteFault::Refused(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_service_that_fails_counts_against_it() {
        let failed = |status| matches!(of_status(status, String::new(), None).verdict(), Verdict::Failed { .. });
        assert!([500, 502, 503, 504, 408, 200].into_iter().all(failed));
        assert!(![400, 401, 403, 404, 409, 422, 429].into_iter().any(failed));
    }

    #[test]
    fn a_wait_is_read_in_seconds() {
        assert_eq!(retry_after(Some(" 7 ")), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(Some("Fri, 31 Dec 1999 23:59:59 GMT")), None);
    }
}
