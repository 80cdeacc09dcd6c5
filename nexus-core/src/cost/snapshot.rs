//! How a month stands, as it is written down: what was spent and not what is reserved, and where that leads.

use chrono::{DateTime, Utc};

use super::{
    Budget, CostError, Costs, HardCap, Month, Status, USD, Usd, decide,
    store::bill::{self, Snapshot as Row},
};
use crate::{
    escrow::{self, Period},
    pg::{Db, DbError, TenantTx},
    principal::Principal,
};

/// How a month stood when that was last written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// The budget, if there was one.
    pub budget: Option<Usd>,
    /// What was spent.
    pub spend: Usd,
    /// What the month will have cost when it goes on as it began.
    pub forecast: Usd,
    /// The gravest that the budget came to since it was last changed.
    pub status: Status,
    /// When the budget first warned since then.
    pub warned_at: Option<DateTime<Utc>>,
    /// When it first refused.
    pub capped_at: Option<DateTime<Utc>>,
    /// When it first degraded.
    pub degraded_at: Option<DateTime<Utc>>,
    /// When this was written down.
    pub computed_at: DateTime<Utc>,
}

impl Costs {
    /// How a month of the caller's tenant stood last; nothing when nothing was spent in it.
    pub async fn snapshot(&self, db: &Db, principal: &Principal, month: Month) -> Result<Option<Snapshot>, CostError> {
        let mut tx = db.tenant(&principal.tenant).await?;
        Ok(bill::snapshot(&mut tx, month).await.map_err(DbError::from)?)
    }
}

/// Writes down how the month of a moment stands, in the transaction of its tenant; returns what was spent in it.
pub(super) async fn take(tx: &mut TenantTx, budget: &Budget, now: DateTime<Utc>) -> Result<Usd, DbError> {
    let month = Month::of(now);
    let spend = Usd::from_micros(escrow::spent(tx, USD.name, Period::Month, month.first_day()).await?);
    let (amount, forecast) = (budget.for_month(month), decide::forecast(month, spend, now));
    let status = status(budget, month, spend);
    bill::put_snapshot(tx, &Row { month, budget: amount, spend, forecast, status, at: now }).await?;
    Ok(spend)
}

/// How a month stands by what was spent in it alone.
fn status(budget: &Budget, month: Month, spend: Usd) -> Status {
    match budget.enforced(month) {
        Some((most, HardCap::Block)) if spend >= most => Status::Capped,
        Some((most, HardCap::Degrade)) if spend >= most => Status::Degraded,
        _ => decide::status(budget.for_month(month), budget.warn_ratio, spend),
    }
}
