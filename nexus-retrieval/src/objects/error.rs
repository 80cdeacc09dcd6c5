//! What goes wrong with a store of objects, and whose fault it is.

use std::{borrow::Cow, error::Error, time::Duration};

use nexus_core::{
    crypto::Refused,
    problem::{Code, Kind, Problem},
    resilience::{CallError, Setback, Verdict},
};

use super::s3::Told;

/// Why an operation on a store did not succeed. The texts are for the log.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// There is no such object.
    #[error("no such object")]
    NotFound,
    /// The object is larger than was asked for.
    #[error("the object has more than {0} bytes")]
    TooLarge(u64),
    /// The store refused, failed, or sent something that is no answer.
    #[error(transparent)]
    Store(object_store::Error),
    /// The store did not answer in time.
    #[error("no answer in time")]
    Late,
    /// The circuit breaker is open: the store was not asked.
    #[error("the circuit breaker is open")]
    Open {
        /// When the store may be asked again.
        retry_after: Duration,
    },
    /// Too many operations go on.
    #[error("too many calls at once")]
    Busy,
    /// The object is not what was sealed for its place.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl From<object_store::Error> for ObjectError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::NotFound,
            other => Self::Store(other),
        }
    }
}

impl From<CallError<Self>> for ObjectError {
    fn from(error: CallError<Self>) -> Self {
        match error {
            CallError::Open { retry_after } => Self::Open { retry_after },
            CallError::Busy => Self::Busy,
            CallError::Late => Self::Late,
            CallError::Failed(error) => error,
        }
    }
}

impl Setback for ObjectError {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Store(error) => verdict(error),
            Self::Late => Verdict::Failed { retry_after: None },
            Self::NotFound | Self::TooLarge(_) | Self::Open { .. } | Self::Busy | Self::Refused(_) => Verdict::Refused,
        }
    }
}

/// A status speaks for itself; what has none and no name of its own is a connection, or an answer that is none.
fn verdict(error: &object_store::Error) -> Verdict {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(this) = cause {
        if let Some(told) = this.downcast_ref::<Told>() {
            return told.verdict();
        }
        cause = this.source();
    }
    match error {
        object_store::Error::Generic { .. } | object_store::Error::JoinError { .. } => {
            Verdict::Failed { retry_after: None }
        }
        _ => Verdict::Refused,
    }
}

impl Problem for ObjectError {
    fn kind(&self) -> Kind {
        match self {
            Self::Refused(error) => error.kind(),
            _ => Kind::Unavailable,
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::Open { .. } => Code::IntegrationUnavailable,
            Self::Busy => Code::ServiceBusy,
            Self::Refused(error) => error.code(),
            Self::NotFound | Self::TooLarge(_) | Self::Store(_) | Self::Late => Code::ServiceUnavailable,
        }
    }

    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Open { .. } => "Document storage is not available for now; try again later".into(),
            Self::Busy => "Too many files are stored and read at once; try again shortly".into(),
            Self::Refused(error) => error.message(),
            Self::NotFound | Self::TooLarge(_) | Self::Store(_) | Self::Late => {
                "Document storage is not available; try again shortly".into()
            }
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Open { retry_after } => Some(*retry_after),
            Self::Busy => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}
