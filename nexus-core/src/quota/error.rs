//! Why a request is not let through its quota.

use std::borrow::Cow;

use serde_json::json;

use super::Standing;
use crate::{
    escrow::Period,
    pg::DbError,
    problem::{Code, Kind, Problem},
};

/// Why a request is not let through its quota.
#[derive(Debug, thiserror::Error)]
pub enum QuotaError {
    /// There are not so many units left.
    #[error("the quota of the {} is used up", period.as_str())]
    Exceeded {
        /// In which period.
        period: Period,
        /// Where the tenant stands.
        standing: Standing,
    },
    /// It cannot be known how many are left.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl QuotaError {
    /// Where the tenant stands, where that is known.
    #[must_use]
    pub fn standing(&self) -> Option<Standing> {
        match self {
            Self::Exceeded { standing, .. } => Some(*standing),
            Self::Db(_) => None,
        }
    }
}

impl Problem for QuotaError {
    fn kind(&self) -> Kind {
        match self {
            Self::Exceeded { .. } => Kind::PaymentRequired,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::Exceeded { .. } => Code::QuotaExceeded,
            Self::Db(error) => error.code(),
        }
    }

    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Exceeded { period: Period::Day, .. } => "Daily request quota exceeded".into(),
            Self::Exceeded { period: Period::Month, .. } => "Monthly request quota exceeded".into(),
            Self::Db(error) => error.message(),
        }
    }

    /// What remains is said as it is: less than the request costs, and not always nothing.
    fn details(&self) -> Option<serde_json::Value> {
        let Self::Exceeded { period, standing } = self else { return None };
        let at = standing.of(*period);
        let used = at.limit.map_or(at.used, |limit| at.used.min(limit));
        Some(json!({ "period": period.as_str(), "limit": at.limit, "used": used, "remaining": at.remaining }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{escrow::Spent, quota::PlanLimits};

    #[test]
    fn a_refusal_says_what_is_left() {
        let limits = PlanLimits { daily_requests: Some(100), ..PlanLimits::default() };
        let standing = Standing { limits, used: Spent { day: 98, month: 98 } };
        let error = QuotaError::Exceeded { period: Period::Day, standing };
        let details = json!({ "period": "day", "limit": 100, "used": 98, "remaining": 2 });
        assert_eq!((error.details().unwrap(), error.code().as_str()), (details, "QUOTA_EXCEEDED"));
    }
}
