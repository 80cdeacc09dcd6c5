//! Why something about costs is refused.

use std::borrow::Cow;

use serde_json::json;

use super::{Component, Standing};
use crate::{
    pg::DbError,
    plan::PlanError,
    problem::{Code, Kind, Problem},
};

/// Why something about costs is refused.
#[derive(Debug, thiserror::Error)]
pub enum CostError {
    /// The budget of the month is spent or reserved.
    #[error("the budget of the month is used up")]
    OverBudget(Box<Standing>),
    /// A budget is to hold and what is used has no price, so that it never would.
    #[error("nothing says what is used costs: {missing:?}")]
    Unpriced {
        /// The parts without a price, and whose they are.
        missing: Vec<(Component, &'static str)>,
    },
    /// A price that cannot be.
    #[error("{0}")]
    InvalidPrice(&'static str),
    /// Another price of the same thing holds at the same time.
    #[error("prices overlap")]
    Overlap,
    /// There is no active price.
    #[error("no price is active")]
    NoPrices,
    /// There is no such price.
    #[error("no such price")]
    PriceNotFound,
    /// A period that cannot be reported on.
    #[error("{0}")]
    InvalidPeriod(&'static str),
    /// There is no such report.
    #[error("no such report")]
    ReportNotFound,
    /// What the plan of the tenant includes cannot be known.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Problem for CostError {
    fn kind(&self) -> Kind {
        match self {
            Self::OverBudget(_) => Kind::PaymentRequired,
            Self::Unpriced { .. } | Self::InvalidPrice(_) | Self::Overlap | Self::NoPrices => Kind::Invalid,
            Self::InvalidPeriod(_) => Kind::Malformed,
            Self::PriceNotFound | Self::ReportNotFound => Kind::NotFound,
            Self::Plan(e) => e.kind(),
            Self::Db(e) => e.kind(),
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::OverBudget(_) => Code::CostBudgetExceeded,
            Self::Unpriced { .. } => Code::CostInvalidBudgetConfig,
            Self::InvalidPrice(_) | Self::Overlap => Code::CostPricingInvalid,
            Self::NoPrices => Code::CostPricingNotFound,
            Self::PriceNotFound => Code::NotFound,
            Self::InvalidPeriod(_) => Code::CostChargebackRangeInvalid,
            Self::ReportNotFound => Code::CostChargebackReportNotFound,
            Self::Plan(e) => e.code(),
            Self::Db(e) => e.code(),
        }
    }

    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::OverBudget(_) => "The budget of the month is used up".into(),
            Self::Unpriced { .. } => {
                "A budget that is enforced needs prices for what is used here; add them to the pricing catalogue first"
                    .into()
            }
            Self::InvalidPrice(why) | Self::InvalidPeriod(why) => (*why).into(),
            Self::Overlap => "Another price of the same thing holds at that time; end or deactivate it first".into(),
            Self::NoPrices => "No price is active".into(),
            Self::PriceNotFound => "Price not found".into(),
            Self::ReportNotFound => "Chargeback report not found".into(),
            Self::Plan(e) => e.message(),
            Self::Db(e) => e.message(),
        }
    }

    fn details(&self) -> Option<serde_json::Value> {
        match self {
            Self::OverBudget(standing) => Some(standing.details()),
            Self::Unpriced { missing } => {
                let named = missing.iter().map(|(c, p)| json!({ "component": c.as_str(), "provider": p }));
                Some(json!({ "missing": named.collect::<Vec<_>>() }))
            }
            _ => None,
        }
    }
}
