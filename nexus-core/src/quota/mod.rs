//! Quotas: how many units of work a tenant may use in a day and in a month.
//!
//! A request costs what its class costs. Units are reserved from the [`escrow`] before anything is done, and
//! spent when the request was let through all gates; what a later gate refuses costs nothing. Where limits are enforced not
//! one unit more is spent, on however many replicas; where they only tell, everything is let through and counted.
//!
//! The limits of a tenant are remembered under a lease (see [`Changes`]) and forgotten at once when they change; what
//! replicas had leased under the old ones goes back, and who waits for units reads them again. Edges (the soft cap, a
//! refusal, an overage) are told once in a period for each limit, to the audit log and to billing, by a task that no request
//! waits for. When the database is away nobody can say whether the limits are still the same: requests are refused as
//! unavailable.

mod decide;
mod edge;
mod error;
mod settings;
mod store;
mod usage;

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, NaiveDate, Utc};
use tokio_util::sync::CancellationToken;

pub use self::{
    decide::{Edge, PeriodStanding, PlanLimits, Share, Standing, is_recorded, window},
    error::QuotaError,
    settings::QuotaSettings,
};
use self::{
    edge::Edges,
    usage::{Counted, Usage},
};
use crate::{
    audit::{self, AuditLog, Event, EventType},
    billing::Billing,
    escrow::{self, Claim, Cover, Escrow, EscrowError, Hold, Limits, Meter, Period},
    id::TenantId,
    op::Op,
    pg::{
        Db, DbError, TenantTx,
        changes::{Change, Changes},
    },
    plan,
    principal::Principal,
    route_class::RouteClass,
};

/// Requests, in units of what their class costs.
pub const REQUESTS: Meter = Meter { name: "requests", cover: Cover::Ahead };
/// The name under which requests that a rate limit turned away are counted.
const RATE_LIMITED: &str = "rate_limited";
/// How often use by class is written down.
const COUNT_EVERY: Duration = Duration::from_secs(1);
/// How often what is old is removed.
const PRUNE_EVERY: Duration = Duration::from_hours(1);
/// How often limits are read for one request, when they change all the while.
const MAX_TRIES: u32 = 8;
/// The most tenants whose limits are remembered.
const MAX_REMEMBERED: usize = 50_000;

/// Quotas of all tenants. Cheap to clone.
#[derive(Clone)]
pub struct Quotas(Option<Arc<Inner>>);

struct Inner {
    db: Db,
    changes: Changes,
    escrow: Escrow,
    limits: Mutex<HashMap<TenantId, PlanLimits>>,
    // Counts changes. Limits that were read before a change must not be remembered after it.
    generation: AtomicU64,
    usage: Usage,
    edges: Edges,
    audit: AuditLog,
    settings: QuotaSettings,
}

/// Units that are reserved for a request. Dropping them gives them back.
#[derive(Debug)]
#[must_use = "units come back unless they are spent"]
pub struct Units {
    quotas: Quotas,
    hold: Option<Hold>,
    standing: Option<Standing>,
    class: RouteClass,
}

/// How many requests there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requests {
    /// On which day.
    pub day: NaiveDate,
    /// Of which class; none for those that a rate limit turned away.
    pub class: Option<RouteClass>,
    /// How many.
    pub count: i64,
    /// When the last one was.
    pub last_at: DateTime<Utc>,
}

impl Quotas {
    /// Quotas by the limits of this database. [`Quotas::run`] has to go on beside it.
    #[must_use]
    pub fn new(
        db: &Db,
        changes: &Changes,
        escrow: &Escrow,
        (billing, audit): (Billing, AuditLog),
        settings: QuotaSettings,
    ) -> Self {
        let inner = Arc::new(Inner {
            db: db.clone(),
            changes: changes.clone(),
            escrow: escrow.clone(),
            limits: Mutex::default(),
            generation: AtomicU64::new(0),
            usage: Usage::default(),
            edges: Edges::new(db, billing),
            audit,
            settings,
        });
        let weak = Arc::downgrade(&inner);
        changes.on_change(move |change| {
            if let Some(inner) = weak.upgrade() {
                inner.apply(change);
            }
        });
        Self(Some(inner))
    }

    /// No quotas: nothing is refused and nothing is counted.
    #[must_use]
    pub fn unlimited() -> Self {
        Self(None)
    }

    /// Reserves what a request of this class costs, or refuses.
    pub async fn reserve(&self, op: &Op, tenant: &TenantId, class: RouteClass) -> Result<Units, QuotaError> {
        self.claim(op, tenant, class, PlanLimits::enforced).await
    }

    /// Reserves what a request of this class costs, whatever the limits are.
    pub async fn count(&self, op: &Op, tenant: &TenantId, class: RouteClass) -> Result<Units, QuotaError> {
        self.claim(op, tenant, class, |_| Limits::default()).await
    }

    async fn claim(
        &self,
        op: &Op,
        tenant: &TenantId,
        class: RouteClass,
        bounds: impl Fn(&PlanLimits) -> Limits + Send,
    ) -> Result<Units, QuotaError> {
        let Some(inner) = &self.0 else {
            return Ok(Units { quotas: self.clone(), hold: None, standing: None, class });
        };
        let amount = i64::from(class.cost());
        let mut tries = 0;
        let (limits, reserved) = loop {
            let read = inner.escrow.stamp();
            let limits = inner.limits(tenant).await?;
            let claim = Claim { tenant, meter: REQUESTS, amount, limits: bounds(&limits) };
            match inner.escrow.reserve_by(op, &claim, read).await.transpose() {
                Some(reserved) => break (limits, reserved),
                None if tries < MAX_TRIES => tries += 1,
                None => return Err(DbError::too_slow().into()),
            }
        };
        match reserved {
            Ok(hold) => {
                let standing = Standing { limits, used: hold.standing() };
                Ok(Units { quotas: self.clone(), hold: Some(hold), standing: Some(standing), class })
            }
            Err(EscrowError::Db(error)) => Err(error.into()),
            Err(EscrowError::Short(used)) => {
                let standing = Standing { limits, used };
                let period = standing.exceeded_by(amount);
                metrics::counter!("nexusrag_quota_exceeded_total", "period" => period.as_str()).increment(1);
                let mut edges = standing.edges();
                edges.push((period, Edge::HardCap));
                inner.edges.look(op, tenant, &standing, &edges);
                Err(QuotaError::Exceeded { period, standing })
            }
        }
    }

    /// Where a tenant stands, without spending anything.
    pub async fn standing(&self, op: &Op, tenant: &TenantId) -> Result<Option<Standing>, DbError> {
        let Some(inner) = &self.0 else { return Ok(None) };
        let limits = inner.limits(tenant).await?;
        let used = inner.escrow.standing(op, tenant, REQUESTS).await?;
        Ok(Some(Standing { limits, used }))
    }

    /// Where a tenant stands as far as this process knows, which it does when the tenant asked for something lately.
    #[must_use]
    pub fn peek(&self, op: &Op, tenant: &TenantId) -> Option<Standing> {
        let inner = self.0.as_ref()?;
        let limits = *inner.remembered().get(tenant)?;
        let used = inner.escrow.peek(op, tenant, REQUESTS)?;
        Some(Standing { limits, used })
    }

    /// Counts a request that a rate limit turned away.
    pub fn rate_limited(&self, op: &Op, tenant: &TenantId) {
        if let Some(inner) = &self.0 {
            inner.usage.count(op, tenant, RATE_LIMITED);
        }
    }

    /// Writes down what was counted in this process, so that a report that follows is up to date.
    pub async fn flush(&self) -> Result<(), DbError> {
        let Some(inner) = &self.0 else { return Ok(()) };
        inner.escrow.flush().await?;
        inner.usage.flush(&inner.db).await
    }

    /// Removes counters, accounts, edges and answered requests for plans that are older than they are kept. It happens by
    /// itself every hour.
    pub async fn prune(&self) -> Result<(), DbError> {
        match &self.0 {
            Some(inner) => inner.prune().await,
            None => Ok(()),
        }
    }

    /// Writes down what is counted and tells edges, until `stop`; then once more.
    pub async fn run(&self, stop: CancellationToken) {
        let Some(inner) = &self.0 else { return };
        tokio::join!(inner.edges.run(&stop), inner.write_down(&stop));
    }
}

impl fmt::Debug for Quotas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quotas").field("counted", &self.0.is_some()).finish()
    }
}

impl Units {
    /// Where the tenant stands, these units included; nothing where nothing is counted.
    #[must_use]
    pub fn standing(&self) -> Option<Standing> {
        self.standing
    }

    /// The request of this caller was let through all gates. It costs what it costs, whatever becomes of it.
    pub fn spend(self, op: &Op, caller: &Principal) {
        let (Some(inner), Some(hold), Some(standing)) = (&self.quotas.0, self.hold, self.standing) else { return };
        let tenant = &caller.tenant;
        let units = hold.amount();
        hold.settle(units);
        if is_recorded(&op.request_id, inner.settings.recorded) {
            let event = Event::by(op, caller, EventType::BillingUsageRecorded).resource("quota", tenant.as_str());
            inner.audit.note(event.usage(self.class.as_str(), units, (standing.used.day, standing.used.month)));
        }
        inner.usage.count(op, tenant, self.class.as_str());
        metrics::counter!("nexusrag_quota_units_total", "class" => self.class.as_str()).increment(units.unsigned_abs());
        let edges = standing.edges();
        if !edges.is_empty() {
            inner.edges.look(op, tenant, &standing, &edges);
        }
    }
}

impl Inner {
    async fn limits(&self, tenant: &TenantId) -> Result<PlanLimits, DbError> {
        if self.changes.confirmed().await
            && let Some(limits) = self.remembered().get(tenant)
        {
            return Ok(*limits);
        }
        let generation = self.generation.load(Ordering::SeqCst);
        let mut tx = self.db.tenant(tenant).await?;
        let limits = store::limits(&mut tx).await?.unwrap_or_default();
        drop(tx);
        if self.changes.connected() {
            let mut remembered = self.remembered();
            if remembered.len() >= MAX_REMEMBERED {
                remembered.clear();
            }
            // A change is applied under the same lock, so that none slips in between.
            if self.generation.load(Ordering::SeqCst) == generation {
                remembered.insert(tenant.clone(), limits);
            }
        }
        Ok(limits)
    }

    fn apply(&self, change: &Change) {
        let tenant: Option<TenantId> = match change {
            Change::Of { topic, tenant, .. } if topic == "quota" => tenant.parse().ok(),
            Change::Of { .. } => return,
            Change::Lost => None,
        };
        let mut remembered = self.remembered();
        self.generation.fetch_add(1, Ordering::SeqCst);
        match &tenant {
            Some(tenant) => drop(remembered.remove(tenant)),
            None => remembered.clear(),
        }
        drop(remembered);
        if let Some(tenant) = tenant {
            self.escrow.limits_changed(&tenant, REQUESTS);
        }
    }

    async fn write_down(&self, stop: &CancellationToken) {
        let mut next_prune = tokio::time::Instant::now() + PRUNE_EVERY;
        loop {
            let ended = stop.run_until_cancelled(tokio::time::sleep(COUNT_EVERY)).await.is_none();
            if let Err(error) = self.usage.flush(&self.db).await {
                tracing::warn!(%error, "use by class was not written down");
            }
            if ended {
                return;
            }
            if tokio::time::Instant::now() >= next_prune {
                next_prune += PRUNE_EVERY;
                if let Err(error) = self.prune().await {
                    tracing::warn!(%error, "what is old cannot be removed");
                }
            }
        }
    }

    async fn prune(&self) -> Result<(), DbError> {
        let mut tx = self.db.platform().await?;
        let days = i32::try_from(self.settings.retention_days).unwrap_or(i32::MAX);
        store::prune(&mut tx, days).await?;
        escrow::prune(&mut tx, days).await?;
        plan::prune(&mut tx, days).await?;
        tx.commit().await
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<TenantId, PlanLimits>> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The limits of the tenant of the transaction.
pub async fn limits(tx: &mut TenantTx) -> Result<PlanLimits, DbError> {
    Ok(store::limits(tx).await?.unwrap_or_default())
}

/// Changes limits of the tenant of the transaction, and records who did it. `change` gets what is in force.
pub async fn set_limits(
    op: &Op,
    tx: &mut TenantTx,
    operator: &Principal,
    fields: &[&'static str],
    change: impl FnOnce(PlanLimits) -> PlanLimits,
) -> Result<PlanLimits, DbError> {
    store::hold(tx).await?;
    let limits = change(limits(tx).await?);
    store::set(op, tx, &limits).await?;
    let tenant = tx.tenant().clone();
    let event = Event::by(op, operator, EventType::QuotaLimitsUpdated)
        .within(&tenant)
        .resource("quota", tenant.as_str())
        .fields(fields);
    audit::record(tx, &event).await?;
    Ok(limits)
}

/// Whether there is a tenant of this name.
pub async fn is_tenant(db: &Db, tenant: &TenantId) -> Result<bool, DbError> {
    let mut tx = db.platform().await?;
    store::is_tenant(&mut tx, tenant).await
}

/// The units that the tenant of the transaction used in a period, as far as replicas have told.
pub async fn used(tx: &mut TenantTx, period: Period, start: NaiveDate) -> Result<i64, DbError> {
    escrow::spent(tx, REQUESTS.name, period, start).await
}

/// The requests of the tenant of the transaction from one day to another, by day and class.
pub async fn requests(tx: &mut TenantTx, from: NaiveDate, to: NaiveDate) -> Result<Vec<Requests>, DbError> {
    let class = |name: &str| RouteClass::ALL.into_iter().find(|class| class.as_str() == name);
    let rows = store::counted(tx, from, to).await?.into_iter();
    Ok(rows.map(|(day, name, count, last_at)| Requests { day, class: class(&name), count, last_at }).collect())
}
