//! Costs: what is used, what it costs, and what a tenant may spend in a month.
//!
//! Something that may cost money opens a [`Tab`] through [`Costs::open`]. What it is expected to cost is reserved there and
//! then in the ledger ([`crate::escrow`]); where the tenant enforces a budget the reservation has to fit into it, so that
//! however many ask at once, together they never get more than the budget. What was really used replaces the estimate when
//! the tab is settled. Each line of a tab has an id and is recorded once, whatever is tried again.
//!
//! Where a budget is enforced, lines and ledger are written in the transaction of the effect itself ([`Tab::bill`]). All else
//! is written in groups in the background, also what a tab holds that is dropped because a client hung up or a part failed;
//! a process that is killed loses such lines of its last moments, and what it had reserved comes back.
//!
//! When the database is away nothing more can be reserved than what this process has leased, and the caller is told so; lines
//! that are to be written wait for the database, up to a bound.

mod budget;
mod catalog;
mod decide;
mod desk;
mod error;
mod money;
mod month;
mod open;
mod price;
mod settings;
mod snapshot;
mod spend;
pub mod store;
mod tab;
mod terms;
mod told;
mod writer;

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};

pub use self::{
    budget::BudgetPatch,
    catalog::{NewPrice, Owner, PricePatch},
    decide::{Budget, HardCap, Ratio, Standing, Status, forecast},
    error::CostError,
    money::{NotMoney, Rate, Usd},
    month::{Month, NotAMonth},
    price::{Component, INTERNAL, Line, Price, PriceList, RateType, Units, Used},
    settings::CostSettings,
    snapshot::Snapshot,
    spend::{By, Granularity, Spend},
    tab::{Expected, Order, Tab},
    writer::CostWriter,
};
use self::{desk::Desk, terms::TermsCache, told::Told, writer::Entry};
use crate::{
    audit::AuditLog,
    escrow::{Cover, Escrow, Meter},
    id::TenantId,
    pg::{
        Db,
        changes::{Change, Changes},
    },
    plan::Plans,
};

/// How many bills may wait to be written.
const QUEUE: usize = 8192;
/// How many tenants are remembered.
const TENANTS: u64 = 10_000;
/// Micro-dollars in the ledger.
pub const USD: Meter = Meter { name: "usd", cover: Cover::AtSettlement };

/// Costs of this process. Cheap to clone.
#[derive(Clone)]
pub struct Costs(Option<Arc<Inner>>);

/// An edge of a tenant's month, and since when its budget is what it is.
type Reached = (TenantId, Month, Edge, Option<DateTime<Utc>>);

struct Inner {
    settings: CostSettings,
    audit: AuditLog,
    escrow: Escrow,
    plans: Plans,
    terms: TermsCache,
    /// Edges that this process has told of, with the time at which their budget was last changed.
    told: Told<Reached>,
    /// Parts without a price that this process has told of.
    unpriced: Told<(TenantId, Component, &'static str)>,
    queue: mpsc::Sender<Entry>,
    desk: Arc<Desk>,
}

/// A state of a budget that is told of once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edge {
    /// It began to warn.
    Warn,
    /// It began to refuse.
    Cap,
    /// It began to degrade.
    Degrade,
}

impl Costs {
    /// Costs by these rules, and the writer that one task has to run.
    #[must_use]
    pub fn new(
        db: &Db,
        changes: &Changes,
        audit: &AuditLog,
        (escrow, plans): (&Escrow, &Plans),
        settings: CostSettings,
    ) -> (Self, CostWriter) {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let desk = Arc::<Desk>::default();
        changes.on_change({
            let escrow = escrow.clone();
            move |change| budget_changed(&escrow, change)
        });
        let costs = Self(settings.enabled.then(|| {
            Arc::new(Inner {
                settings,
                audit: audit.clone(),
                escrow: escrow.clone(),
                plans: plans.clone(),
                terms: TermsCache::new(db.clone(), changes, &settings),
                told: Told::new(None),
                unpriced: Told::new(Some(Duration::from_hours(24))),
                queue,
                desk: Arc::clone(&desk),
            })
        }));
        let unset = Budget::unset(settings.warn_ratio, settings.hard_cap);
        let writer = CostWriter::new(db.clone(), escrow.clone(), unset, (receiver, desk));
        (costs, writer)
    }

    /// Nothing costs anything and nothing is recorded.
    #[must_use]
    pub fn off() -> Self {
        Self(None)
    }

    /// Whether anything is metered.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// The rules.
    #[must_use]
    pub fn settings(&self) -> CostSettings {
        self.0
            .as_ref()
            .map_or_else(|| CostSettings { enabled: false, ..CostSettings::default() }, |inner| inner.settings)
    }

    /// Waits until every bill that was handed in before is written or given up, and the snapshots of their months follow.
    pub async fn flush(&self) {
        let Some(inner) = &self.0 else { return };
        let (done, written) = oneshot::channel();
        if inner.queue.send(Entry::Flush(done)).await.is_ok() {
            let _ = written.await;
        }
    }

    /// Forgets what was cached of a tenant, so that a change counts at once in this process. The notification of the database
    /// reaches the others.
    fn forget(&self, tenant: Option<&TenantId>) {
        let Some(inner) = &self.0 else { return };
        inner.terms.forget(tenant);
        if let Some(tenant) = tenant {
            inner.escrow.limits_changed(tenant, USD);
        }
    }
}

/// Another budget is another limit: what was leased under the old one goes back.
fn budget_changed(escrow: &Escrow, change: &Change) {
    if let Change::Of { topic, tenant, .. } = change
        && topic == "budget"
        && let Ok(tenant) = tenant.parse()
    {
        escrow.limits_changed(&tenant, USD);
    }
}

impl fmt::Debug for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Costs").field("on", &self.is_on()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}
