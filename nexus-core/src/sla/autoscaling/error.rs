//! Why autoscaling did not do something.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::MAX_PROFILES;
use crate::{
    pg::DbError,
    problem::{Code, Kind, Problem},
};

/// Why autoscaling did not do something.
#[derive(Debug, thiserror::Error)]
pub enum AutoscalingError {
    /// There is no such profile.
    #[error("there is no such profile")]
    NotFound,
    /// The profile contradicts itself.
    #[error("{0}")]
    Invalid(&'static str),
    /// The owner has [`MAX_PROFILES`].
    #[error("too many profiles")]
    TooMany,
    /// A change was executed a moment ago.
    #[error("a change was executed a moment ago")]
    Cooling {
        /// When the next may be.
        until: DateTime<Utc>,
    },
    /// The executor failed.
    #[error("the executor failed: {0}")]
    Executor(#[source] std::io::Error),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Problem for AutoscalingError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Invalid(_) => Kind::Invalid,
            Self::TooMany | Self::Cooling { .. } => Kind::Conflict,
            Self::Executor(_) => Kind::Unavailable,
            Self::Db(error) => error.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::Invalid(_) => Code::SlaAutoscalingProfileInvalid,
            Self::TooMany => Code::Conflict,
            Self::Cooling { .. } => Code::SlaAutoscalingCooldownActive,
            Self::Executor(_) => Code::SlaAutoscalingExecutorUnavailable,
            Self::Db(error) => error.code(),
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::NotFound => "Autoscaling profile not found".into(),
            Self::Invalid(why) => (*why).into(),
            Self::TooMany => format!("There are at most {MAX_PROFILES} autoscaling profiles").into(),
            Self::Cooling { .. } => "The number of replicas was changed a moment ago".into(),
            Self::Executor(_) => "The autoscaling executor is not available".into(),
            Self::Db(error) => error.message(),
        }
    }
    fn details(&self) -> Option<Value> {
        let Self::Cooling { until } = self else { return None };
        Some(json!({ "cooldown_until": until }))
    }
}
