//! What was spent, added up; and reports of it that stay.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    CostError, Costs, Usd,
    store::{
        report::{self, NewReport, Report},
        spend::{self, Share},
    },
};
use crate::{
    audit::{self, Event, EventType},
    clock,
    op::Op,
    pg::{Db, DbError},
    principal::Principal,
};

/// The most reports of a list.
const MAX_LISTED: i64 = 500;
/// The longest period of a report.
const LONGEST: TimeDelta = TimeDelta::days(366);

/// How fine a time series is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granularity {
    /// By the day, in UTC.
    Day,
    /// By the hour.
    Hour,
}

impl Granularity {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Hour => "hour",
        }
    }
}

/// By what spending is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The part of the work.
    Component,
    /// Who does it.
    Provider,
    /// The class of what was asked for.
    RouteClass,
}

impl By {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Provider => "provider",
            Self::RouteClass => "route_class",
        }
    }

    fn of(self, share: &Share) -> &str {
        match self {
            Self::Component => &share.component,
            Self::Provider => &share.provider,
            Self::RouteClass => &share.route_class,
        }
    }
}

/// What a period cost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spend(Vec<Share>);

impl Spend {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> Usd {
        self.0.iter().map(Share::cost).sum()
    }

    /// By what it is told apart; the parts add up to the total.
    #[must_use]
    pub fn by(&self, by: By) -> BTreeMap<String, Usd> {
        let mut parts = BTreeMap::<String, Usd>::new();
        for share in &self.0 {
            let part = parts.entry(by.of(share).to_owned()).or_default();
            *part = *part + share.cost();
        }
        parts
    }

    fn breakdown(&self) -> Value {
        let by = |by| self.by(by).into_iter().map(|(name, cost)| (name, cost.to_string())).collect::<BTreeMap<_, _>>();
        json!({
            "component": by(By::Component), "provider": by(By::Provider), "route_class": by(By::RouteClass),
        })
    }
}

impl Costs {
    /// What the caller's tenant spent from one moment up to another.
    pub async fn spend(
        &self,
        db: &Db,
        principal: &Principal,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Spend, CostError> {
        let mut tx = db.tenant(&principal.tenant).await?;
        Ok(Spend(spend::shares(&mut tx, from, to).await.map_err(DbError::from)?))
    }

    /// What the caller's tenant spent over the last days, up to now; only the hours or days in which it spent something.
    pub async fn series(
        &self,
        op: &Op,
        db: &Db,
        principal: &Principal,
        (days, granularity): (u32, Granularity),
    ) -> Result<Vec<(DateTime<Utc>, Usd)>, CostError> {
        let today = op.now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
        let from = today - TimeDelta::days(i64::from(days.max(1)) - 1);
        let mut tx = db.tenant(&principal.tenant).await?;
        let to = op.now + TimeDelta::seconds(1);
        Ok(spend::series(&mut tx, (from, to), granularity).await.map_err(DbError::from)?)
    }

    /// Writes the report of a period, or brings it up to date.
    pub async fn report(
        &self,
        op: &Op,
        db: &Db,
        principal: &Principal,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Report, CostError> {
        if to <= from {
            return Err(CostError::InvalidPeriod("period_end must be after period_start"));
        }
        if to - from > LONGEST {
            return Err(CostError::InvalidPeriod("a period is at most 366 days long"));
        }
        let mut tx = db.tenant(&principal.tenant).await?;
        let spend = Spend(spend::shares(&mut tx, from, to).await.map_err(DbError::from)?);
        let new = NewReport {
            period_start: from,
            period_end: to,
            total: spend.total(),
            breakdown: spend.breakdown(),
            at: op.now,
            by: principal.user.to_string(),
        };
        let report = report::put(&mut tx, clock::fresh_uuid(), &new).await.map_err(DbError::from)?;
        let event = Event::by(op, principal, EventType::CostChargebackGenerated)
            .resource("chargeback_report", &report.id.to_string())
            .period(from, to)
            .cost(report.total());
        audit::record(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(report)
    }

    /// The reports of the caller's tenant, newest first.
    pub async fn reports(&self, db: &Db, principal: &Principal) -> Result<Vec<Report>, CostError> {
        let mut tx = db.tenant(&principal.tenant).await?;
        Ok(report::list(&mut tx, MAX_LISTED).await.map_err(DbError::from)?)
    }

    /// The newest report of the caller's tenant.
    pub async fn latest_report(&self, db: &Db, principal: &Principal) -> Result<Report, CostError> {
        let mut tx = db.tenant(&principal.tenant).await?;
        let newest = report::list(&mut tx, 1).await.map_err(DbError::from)?.into_iter().next();
        newest.ok_or(CostError::ReportNotFound)
    }

    /// One report of the caller's tenant.
    pub async fn find_report(&self, db: &Db, principal: &Principal, id: Uuid) -> Result<Report, CostError> {
        let mut tx = db.tenant(&principal.tenant).await?;
        report::get(&mut tx, id).await.map_err(DbError::from)?.ok_or(CostError::ReportNotFound)
    }
}
