//! Telling edges: once, and without anybody waiting for it.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::NaiveDate;
use serde_json::{Map, json};
use tokio::sync::{Mutex as AsyncMutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::{Standing, decide::Edge, store};
use crate::{
    audit::{self, Event, EventType},
    billing::{Billing, BillingEvent},
    escrow::Period,
    id::TenantId,
    op::Op,
    pg::{Db, DbError},
    problem::Code,
};

/// How many edges wait to be told. One that does not fit is told by the next request that finds it.
const MAX_WAITING: usize = 1024;
/// How many edges are remembered as told; the database knows the others.
const MAX_TOLD: usize = 50_000;

/// One edge of one limit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Passed {
    tenant: TenantId,
    period: Period,
    start: NaiveDate,
    edge: Edge,
    limit: i64,
}

#[derive(Debug)]
struct Note {
    op: Op,
    passed: Passed,
    standing: Standing,
}

/// What is to be told, and what was.
#[derive(Debug)]
pub(super) struct Edges {
    db: Db,
    billing: Billing,
    told: Mutex<HashSet<Passed>>,
    sender: mpsc::Sender<Note>,
    receiver: AsyncMutex<mpsc::Receiver<Note>>,
}

impl Edges {
    pub(super) fn new(db: &Db, billing: Billing) -> Self {
        let (sender, receiver) = mpsc::channel(MAX_WAITING);
        Self { db: db.clone(), billing, told: Mutex::default(), sender, receiver: AsyncMutex::new(receiver) }
    }

    /// Sees to it that edges are told, unless they were. Never waits.
    pub(super) fn look(&self, op: &Op, tenant: &TenantId, standing: &Standing, edges: &[(Period, Edge)]) {
        for (period, edge) in edges.iter().copied() {
            let Some(limit) = standing.of(period).limit else { continue };
            let start = period.start(op.now.date_naive());
            let passed = Passed { tenant: tenant.clone(), period, start, edge, limit };
            let mut told = self.told();
            if told.contains(&passed) {
                continue;
            }
            let note = Note { op: op.clone(), passed: passed.clone(), standing: *standing };
            if self.sender.try_send(note).is_ok() {
                if told.len() >= MAX_TOLD {
                    told.clear();
                }
                told.insert(passed);
            } else {
                metrics::counter!("nexusrag_quota_edges_dropped_total", "reason" => "full").increment(1);
            }
        }
    }

    /// Tells edges until `stop`, and then those that wait.
    pub(super) async fn run(&self, stop: &CancellationToken) {
        let mut receiver = self.receiver.lock().await;
        while let Some(Some(note)) = stop.run_until_cancelled(receiver.recv()).await {
            self.tell_or_forget(&note).await;
        }
        while let Ok(note) = receiver.try_recv() {
            self.tell_or_forget(&note).await;
        }
    }

    /// An edge that could not be told is found again by the next request.
    async fn tell_or_forget(&self, note: &Note) {
        if let Err(error) = self.tell(note).await {
            tracing::warn!(%error, tenant = %note.passed.tenant, edge = note.passed.edge.as_str(), "an edge was not told");
            metrics::counter!("nexusrag_quota_edges_dropped_total", "reason" => "database").increment(1);
            self.told().remove(&note.passed);
        }
    }

    async fn tell(&self, note: &Note) -> Result<(), DbError> {
        let Note { op, passed, .. } = note;
        let mut tx = self.db.tenant(&passed.tenant).await?;
        if store::pass(op, &mut tx, (passed.period, passed.start), passed.edge, passed.limit).await? {
            audit::record(&mut tx, &note.event()).await?;
            if let Some((event, facts)) = note.billed() {
                self.billing.announce(op, &mut tx, event, facts).await?;
            }
        }
        tx.commit().await
    }

    fn told(&self) -> MutexGuard<'_, HashSet<Passed>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Note {
    fn event(&self) -> Event {
        let Passed { tenant, period, edge, limit, .. } = &self.passed;
        let what = match edge {
            Edge::SoftCap => EventType::QuotaSoftCapReached,
            Edge::HardCap => EventType::QuotaHardCapBlocked,
            Edge::Overage => EventType::QuotaOverageObserved,
        };
        let used = self.standing.of(*period).used;
        let event = Event::system(&self.op, Some(tenant), what).resource("quota", tenant.as_str()).quota(
            period.as_str(),
            used,
            *limit,
        );
        if *edge == Edge::HardCap { event.failed(Code::QuotaExceeded) } else { event }
    }

    fn billed(&self) -> Option<(BillingEvent, Map<String, serde_json::Value>)> {
        let period = self.passed.period;
        let (at, day, month) =
            (self.standing.of(period), self.standing.of(Period::Day), self.standing.of(Period::Month));
        let (event, facts) = match self.passed.edge {
            Edge::SoftCap => {
                let ratio = self.standing.limits.soft_cap.as_fraction();
                let facts =
                    json!({ "period": period.as_str(), "used": at.used, "limit": at.limit, "soft_cap_ratio": ratio });
                (BillingEvent::SoftCapReached, facts)
            }
            Edge::HardCap => {
                let facts = json!({
                    "period": period.as_str(),
                    "day_used": day.used, "day_limit": day.limit,
                    "month_used": month.used, "month_limit": month.limit,
                });
                (BillingEvent::HardCapBlocked, facts)
            }
            Edge::Overage => return None,
        };
        Some((event, facts.as_object().cloned().unwrap_or_default()))
    }
}
