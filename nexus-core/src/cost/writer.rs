//! Bills and edges on their way to the database: a bounded queue, and one task that empties it tenant by tenant.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::{
    sync::{mpsc, oneshot},
    time::MissedTickBehavior,
};
use tokio_util::sync::CancellationToken;

use super::{
    Budget, Edge, Standing, USD, Usd,
    desk::Desk,
    snapshot,
    store::{self, bill},
    tab::drawing,
};
use crate::{
    audit::{self, Event, EventType},
    escrow::{Claim, Escrow, EscrowError, Hold, Limits},
    id::TenantId,
    op::Op,
    pg::{Db, DbError, TenantTx},
};

/// How many entries are written at once.
const BATCH: usize = 512;
/// How long the first entry waits for others.
const PAUSE: Duration = Duration::from_millis(20);
/// The longest pause between two attempts to reach the database.
const MAX_PAUSE: Duration = Duration::from_secs(2);
/// How often the snapshots of months follow what is spent.
const REFRESH: Duration = Duration::from_secs(30);
/// How long a stop waits for the database.
const DRAIN: Duration = Duration::from_secs(5);
/// The most bills in one statement.
const SHEETS: usize = 128;

/// What waits to be written.
#[derive(Debug)]
pub(super) enum Entry {
    /// What was used.
    Bill(Bill),
    /// A state of a budget that is to be told of once.
    Edge {
        /// Whose.
        tenant: TenantId,
        /// Which.
        edge: Edge,
        /// What it came up in.
        op: Op,
        /// How the budget stood.
        standing: Standing,
    },
    /// Asks to be told when everything before it is written.
    Flush(oneshot::Sender<()>),
}

/// What was used by one thing that was done.
#[derive(Debug)]
pub(super) struct Bill {
    /// By whom.
    pub(super) tenant: TenantId,
    /// The lines as the database reads them.
    pub(super) sheet: Value,
    /// What is still to be drawn from the ledger, together with the lines; nothing when that was done in memory.
    pub(super) draw: Option<Due>,
}

/// What is to be drawn.
#[derive(Debug)]
pub(super) struct Due {
    /// What was reserved for it, until the transaction has ended that draws it.
    pub(super) holds: Vec<Hold>,
    /// How much.
    pub(super) amount: Usd,
    /// When it was used.
    pub(super) op: Op,
}

/// Writes bills.
#[derive(Debug)]
pub struct CostWriter {
    db: Db,
    escrow: Escrow,
    /// The budget of a tenant that set none.
    unset: Budget,
    receiver: mpsc::Receiver<Entry>,
    desk: Arc<Desk>,
}

/// What is to be written for one tenant.
#[derive(Debug, Default)]
struct Work {
    bills: Vec<Bill>,
    edges: Vec<(Edge, Op, Standing)>,
}

impl CostWriter {
    pub(super) fn new(
        db: Db,
        escrow: Escrow,
        unset: Budget,
        (receiver, desk): (mpsc::Receiver<Entry>, Arc<Desk>),
    ) -> Self {
        Self { db, escrow, unset, receiver, desk }
    }

    /// Writes until `stop`, then writes what is left for a while. What cannot be written by then is counted as dropped.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut entries = Vec::new();
        let mut refresh = tokio::time::interval(REFRESH);
        refresh.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let taken = tokio::select! {
                biased;
                () = stop.cancelled(), if !self.receiver.is_closed() => {
                    // What is in the queue still comes out of it; nothing more comes in.
                    self.receiver.close();
                    continue;
                }
                _ = refresh.tick(), if !self.receiver.is_closed() => {
                    self.snapshots().await;
                    continue;
                }
                taken = self.receiver.recv_many(&mut entries, BATCH) => taken,
                () = self.desk.arrived() => 0,
            };
            if taken > 0 && taken < BATCH && !stop.is_cancelled() {
                tokio::time::sleep(PAUSE).await;
                while entries.len() < BATCH
                    && let Ok(entry) = self.receiver.try_recv()
                {
                    entries.push(entry);
                }
            }
            // In front: whoever asks to be told that everything is written stands behind them.
            entries.splice(0..0, self.desk.bills().into_iter().map(Entry::Bill));
            if entries.is_empty() && self.receiver.is_closed() {
                return;
            }
            self.write_all(std::mem::take(&mut entries), &stop).await;
        }
    }

    /// Brings the snapshots of those who spent something up to date. What cannot be written now is written the next time.
    async fn snapshots(&self) {
        let spenders = self.desk.spenders();
        if spenders.is_empty() {
            return;
        }
        // What was settled in memory is told first.
        if let Err(error) = self.escrow.flush().await {
            tracing::warn!(%error, "the ledger is not told for now");
        }
        for (tenant, at) in spenders {
            if let Err(error) = self.snapshot(&tenant, at).await {
                tracing::warn!(%error, tenant = tenant.as_str(), "how a month stands cannot be written down for now");
                self.desk.spent(&tenant, at);
            }
        }
    }

    async fn snapshot(&self, tenant: &TenantId, at: DateTime<Utc>) -> Result<(), DbError> {
        let mut tx = self.db.tenant(tenant).await?;
        let budget = store::budget(&mut tx).await?.unwrap_or_else(|| self.unset.clone());
        snapshot::take(&mut tx, &budget, at).await?;
        tx.commit().await
    }

    async fn write_all(&self, entries: Vec<Entry>, stop: &CancellationToken) {
        let mut by_tenant = HashMap::<TenantId, Work>::new();
        let mut flushes = Vec::new();
        for entry in entries {
            match entry {
                Entry::Bill(bill) => by_tenant.entry(bill.tenant.clone()).or_default().bills.push(bill),
                Entry::Edge { tenant, edge, op, standing } => {
                    by_tenant.entry(tenant).or_default().edges.push((edge, op, standing));
                }
                Entry::Flush(done) => flushes.push(done),
            }
        }
        for (tenant, work) in by_tenant {
            self.persist(&tenant, work, stop).await;
        }
        if !flushes.is_empty() {
            self.snapshots().await;
        }
        for done in flushes {
            let _ = done.send(());
        }
    }

    /// Writes the work of a tenant, however long the database is away, unless the platform stops.
    async fn persist(&self, tenant: &TenantId, mut work: Work, stop: &CancellationToken) {
        let mut pause = PAUSE;
        let late = async {
            stop.cancelled().await;
            tokio::time::sleep(DRAIN).await;
        };
        let mut late = std::pin::pin!(late);
        loop {
            let Err(error) = self.write(tenant, &mut work).await else { return };
            if store::is_refused(&error) {
                tracing::error!(%error, tenant = tenant.as_str(), "the database refuses bills");
                return dropped("refused", work.bills.len());
            }
            tracing::warn!(%error, tenant = tenant.as_str(), "bills cannot be written for now");
            tokio::select! {
                () = &mut late => return dropped("shutdown", work.bills.len()),
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(MAX_PAUSE),
            }
        }
    }

    async fn write(&self, tenant: &TenantId, work: &mut Work) -> Result<(), DbError> {
        let mut tx = self.db.tenant(tenant).await?;
        let plain: Vec<&Value> = work.bills.iter().filter(|bill| bill.draw.is_none()).map(|bill| &bill.sheet).collect();
        for sheets in plain.chunks(SHEETS) {
            bill::record(&mut tx, sheets).await?;
        }
        for bill in &mut work.bills {
            self.draw(&mut tx, bill).await?;
        }
        if !work.edges.is_empty() {
            let budget = store::budget(&mut tx).await?.unwrap_or_else(|| self.unset.clone());
            for (edge, op, standing) in &work.edges {
                tell(&mut tx, tenant, *edge, op, (standing, &budget)).await?;
            }
        }
        tx.commit().await
    }

    /// Records a bill and draws its amount from the ledger, both or neither; nothing when both were done before.
    async fn draw(&self, tx: &mut TenantTx, bill: &mut Bill) -> Result<(), DbError> {
        let Some(due) = &mut bill.draw else { return Ok(()) };
        let amount = due.amount.micros();
        if due.holds.is_empty() {
            let claim = Claim { tenant: &bill.tenant, meter: USD, amount, limits: Limits::default() };
            due.holds.push(match self.escrow.reserve(&due.op, &claim).await {
                Ok(hold) => hold,
                Err(EscrowError::Db(error)) => return Err(error),
                // Without a limit nothing is short; if it were, the lines would have to wait for their draw.
                Err(EscrowError::Short(_)) => return Err(DbError::too_slow()),
            });
        }
        let draw = due.holds.first_mut().and_then(|hold| hold.draw(amount));
        if bill::record(tx, &[&drawing(bill.sheet.clone(), draw.as_ref(), true)]).await? > 0 {
            self.desk.spent(&bill.tenant, due.op.now);
        }
        Ok(())
    }
}

/// Marks an edge and records it, unless that was done before: by this process or another, in this month of this budget.
async fn tell(
    tx: &mut TenantTx,
    tenant: &TenantId,
    edge: Edge,
    op: &Op,
    (standing, budget): (&Standing, &Budget),
) -> Result<(), DbError> {
    let month = standing.month;
    let spend = snapshot::take(tx, budget, op.now).await?;
    if bill::mark(tx, month, edge, op.now).await? {
        let event = Event::system(op, Some(tenant), edge.event()).resource("budget", &month.to_string());
        audit::record(tx, &event.spending(month, standing.budget, spend)).await?;
    }
    Ok(())
}

impl Edge {
    fn event(self) -> EventType {
        match self {
            Self::Warn => EventType::CostWarnTriggered,
            Self::Cap => EventType::CostCapTriggered,
            Self::Degrade => EventType::CostDegradeApplied,
        }
    }
}

fn dropped(reason: &'static str, bills: usize) {
    metrics::counter!("nexusrag_cost_bills_dropped_total", "reason" => reason).increment(bills as u64);
}
