use std::{borrow::Cow, time::Duration};

use nexus_core::{
    problem::{Code, Kind, Problem},
    resilience::{CallError, Setback, Verdict},
};

use super::Provider;

/// A model that did not answer, with the provider that failed.
#[derive(Debug, thiserror::Error)]
#[error("language model {provider}: {fault}")]
pub struct LlmError {
    /// Which provider failed.
    pub provider: Provider,
    /// How it failed.
    #[source]
    pub fault: Fault,
}

/// How a model endpoint failed. The text of a fault is for the log; clients read [`Problem::message`].
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Variables that have no value, or a feature that is not compiled in.
    #[error("not configured: {0}")]
    ConfigMissing(String),
    /// The endpoint does not accept the credential, or there is none.
    #[error("the credential was refused")]
    Auth,
    /// No answer, or no more of it, within the set time.
    #[error("timed out waiting for {0}")]
    Timeout(&'static str),
    /// The endpoint cannot be reached or says that it is overloaded.
    #[error("unavailable: {reason}")]
    Unavailable {
        /// What was seen.
        reason: String,
        /// When the endpoint asks to be tried again.
        retry_after: Option<Duration>,
    },
    /// The endpoint is alive and asks for patience.
    #[error("throttled")]
    Throttled {
        /// For how long.
        retry_after: Option<Duration>,
    },
    /// The circuit breaker is open.
    #[error("the circuit breaker is open")]
    Open {
        /// When the endpoint may be asked again.
        retry_after: Duration,
    },
    /// Too many calls to the endpoint go on.
    #[error("too many calls at once")]
    Busy,
    /// The endpoint understood the request and refuses it.
    #[error("rejected: {0}")]
    Rejected(String),
    /// The endpoint answered something that cannot be read.
    #[error("{0}")]
    Other(String),
}

impl Fault {
    pub(crate) fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable { reason: reason.into(), retry_after: None }
    }

    /// Attributes the fault to a provider.
    pub(crate) fn of(self, provider: Provider) -> LlmError {
        LlmError { provider, fault: self }
    }
}

impl Setback for Fault {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Unavailable { retry_after, .. } => Verdict::Failed { retry_after: *retry_after },
            Self::Timeout(_) => Verdict::Failed { retry_after: None },
            Self::Throttled { retry_after } => Verdict::Throttled { retry_after: *retry_after },
            _ => Verdict::Refused,
        }
    }
}

impl From<CallError<Self>> for Fault {
    fn from(error: CallError<Self>) -> Self {
        match error {
            CallError::Open { retry_after } => Self::Open { retry_after },
            CallError::Busy => Self::Busy,
            CallError::Late => Self::Timeout("the first byte"),
            CallError::Failed(fault) => fault,
        }
    }
}

impl Problem for LlmError {
    fn kind(&self) -> Kind {
        match self.fault {
            Fault::Auth | Fault::Timeout(_) | Fault::Rejected(_) | Fault::Other(_) => Kind::Upstream,
            _ => Kind::Unavailable,
        }
    }

    fn code(&self) -> Code {
        let vertex = self.provider == Provider::Vertex;
        match self.fault {
            Fault::ConfigMissing(_) if vertex => Code::VertexConfigMissing,
            Fault::ConfigMissing(_) => Code::LlmConfigMissing,
            Fault::Auth if vertex => Code::VertexAuth,
            Fault::Auth => Code::LlmAuth,
            Fault::Timeout(_) if vertex => Code::VertexTimeout,
            Fault::Timeout(_) => Code::LlmTimeout,
            Fault::Open { .. } => Code::IntegrationUnavailable,
            Fault::Busy => Code::ServiceBusy,
            _ if vertex => Code::Vertex,
            _ => Code::Llm,
        }
    }

    fn message(&self) -> Cow<'static, str> {
        match &self.fault {
            Fault::ConfigMissing(what) => format!("The language model is not configured: {what}").into(),
            Fault::Auth => "The language model refused the credential of this server".into(),
            Fault::Timeout(_) => "The language model did not answer in time".into(),
            Fault::Busy => "Too many answers of the language model are waited for; try again shortly".into(),
            Fault::Unavailable { .. } | Fault::Throttled { .. } | Fault::Open { .. } => {
                "The language model is not available; try again later".into()
            }
            Fault::Rejected(_) => "The language model refused this request".into(),
            Fault::Other(_) => "The request to the language model failed".into(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self.fault {
            Fault::Unavailable { retry_after, .. } | Fault::Throttled { retry_after } => retry_after,
            Fault::Open { retry_after } => Some(retry_after),
            Fault::Busy => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}
