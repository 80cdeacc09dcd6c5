//! A tab: opened before something is done, settled with it, and by itself when it is dropped.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::sync::mpsc::error::TrySendError;

use super::{
    Costs, Inner, Line, Standing, Usd, Used,
    store::bill,
    terms::Terms,
    writer::{Bill, Due, Entry},
};
use crate::{
    audit::{Event, EventType},
    clock,
    escrow::{Draw, Hold},
    id::{SessionId, TenantId},
    mitigate::Mitigation,
    op::Op,
    pg::{DbError, TenantTx},
    principal::Principal,
};

/// How long somebody who was answered already waits for a bill to be written.
const PATIENCE: Duration = Duration::from_secs(2);

/// Who orders something, and what.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// For whom.
    pub tenant: &'a TenantId,
    /// By whom, if it is not the platform itself.
    pub by: Option<&'a Principal>,
    /// The class of what is done, for reports: `run`, `search` or `ingest`.
    pub class: &'static str,
    /// In which conversation.
    pub session: Option<&'a SessionId>,
    /// Whether it can be done with less when a budget says so.
    pub degradable: bool,
}

/// What something will use, at most.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// What will be used until the effect is written down.
    pub used: Vec<Used>,
    /// One of these will be used as well, and nobody knows which: there has to be room for the dearest.
    pub either: Vec<Vec<Used>>,
    /// What will be used after that, such as reading the answer aloud.
    pub later: Vec<Used>,
    /// Tokens that a model will read.
    pub input_tokens: u64,
    /// Tokens that a model will write.
    pub output_tokens: u64,
}

/// What is reserved.
#[derive(Debug, Default)]
pub(super) struct Holds {
    /// Until the effect is written down; more than one when it turned out to be more.
    pub(super) now: Vec<Hold>,
    /// For what comes after that.
    pub(super) later: Option<Hold>,
}

/// What is being used by one thing that is done. Dropping it settles it.
#[derive(Debug, Default)]
pub struct Tab(pub(super) Option<Box<Open>>);

#[derive(Debug)]
pub(super) struct Open {
    pub(super) inner: Arc<Inner>,
    pub(super) op: Op,
    pub(super) tenant: TenantId,
    pub(super) session: Option<SessionId>,
    pub(super) class: &'static str,
    pub(super) terms: Arc<Terms>,
    pub(super) standing: Standing,
    /// Whether a budget is enforced, so that lines and ledger are written together.
    pub(super) enforced: bool,
    /// The budget, where it refuses what does not fit.
    pub(super) most: Option<Usd>,
    /// What was reserved, until it is settled, and what was reserved for later.
    pub(super) holds: Holds,
    /// What was used and is not recorded.
    pub(super) lines: Vec<Line>,
    /// Whether a transaction took some of them along, of which it is not known that it was committed.
    pub(super) tried: bool,
    /// What the audit log will say.
    pub(super) event: Event,
    pub(super) total: Usd,
    pub(super) count: u32,
}

impl Tab {
    pub(super) fn new(open: Open) -> Self {
        Self(Some(Box::new(open)))
    }

    /// How the budget stood when it was opened; nothing when costs are off.
    #[must_use]
    pub fn standing(&self) -> Option<&Standing> {
        self.0.as_ref().map(|open| &open.standing)
    }

    /// What is gone without.
    #[must_use]
    pub fn mitigation(&self) -> Mitigation {
        self.standing().map(|standing| standing.mitigation.clone()).unwrap_or_default()
    }

    /// Adds something that was used.
    pub fn add(&mut self, used: Used) {
        let Some(open) = &mut self.0 else { return };
        let line = open.terms.prices.line(clock::fresh_uuid(), used, open.op.now);
        if line.unpriced && !open.terms.prices.is_empty() {
            open.inner.miss(&open.event, &open.tenant, &line.used);
        }
        open.total = open.total + line.cost;
        open.count += 1;
        open.lines.push(line);
    }

    /// What was used so far costs this; nothing when costs are off.
    #[must_use]
    pub fn total(&self) -> Option<Usd> {
        self.0.as_ref().map(|open| open.total)
    }

    /// What is to be recorded in the transaction of the effect itself (`nexus_record_costs`), with what it draws from the
    /// ledger, where a budget is enforced. [`Tab::billed`] has to be called after the commit; when it is not, it is made sure
    /// in the background that both are there or neither.
    #[must_use]
    pub fn bill(&mut self) -> Option<Value> {
        let open = self.0.as_mut().filter(|open| open.enforced && !open.lines.is_empty())?;
        let amount = open.unrecorded();
        let sheet = open.sheet();
        let again = std::mem::replace(&mut open.tried, true);
        // What was reserved is kept until the transaction has ended.
        let hold = open.holds.now.first_mut().filter(|_| amount > Usd::ZERO);
        let draw = hold.and_then(|hold| hold.draw(amount.micros()));
        Some(drawing(sheet, draw.as_ref(), again))
    }

    /// Records [`Tab::bill`] in the transaction of the effect.
    pub async fn record_in(&mut self, tx: &mut TenantTx) -> Result<(), DbError> {
        if let Some(bill) = self.bill() {
            bill::record(tx, &[&bill]).await?;
        }
        Ok(())
    }

    /// The transaction of the effect is durable.
    pub fn billed(&mut self) {
        let Some(open) = self.0.as_mut().filter(|open| open.enforced) else { return };
        open.lines.clear();
        open.tried = false;
        open.holds = Holds { now: open.holds.later.take().into_iter().collect(), later: None };
    }

    /// Records what was used so far and draws it from the ledger, in a transaction of its own, where a budget is enforced.
    /// What cannot be written now is written in the background.
    pub async fn settle(&mut self) {
        let Some(open) = self.0.as_ref().filter(|open| open.enforced && !open.lines.is_empty()) else { return };
        let (db, tenant) = (open.inner.terms.db().clone(), open.tenant.clone());
        let writing = async {
            let mut tx = db.tenant(&tenant).await?;
            self.record_in(&mut tx).await?;
            tx.commit().await
        };
        match tokio::time::timeout(PATIENCE, writing).await {
            Ok(Ok(())) => self.billed(),
            Ok(Err(error)) => tracing::warn!(%error, tenant = tenant.as_str(), "a bill is left to the background"),
            Err(_) => tracing::warn!(tenant = tenant.as_str(), "a bill is left to the background"),
        }
    }
}

/// A bill that draws something from the ledger when it is recorded. `again` when it may have been recorded before.
pub(super) fn drawing(mut sheet: Value, draw: Option<&Draw>, again: bool) -> Value {
    if let (Some(fields), Some(draw)) = (sheet.as_object_mut(), draw) {
        fields.insert("draw".to_owned(), json!(draw));
        if again {
            fields.insert("again".to_owned(), Value::Bool(true));
        }
    }
    sheet
}

impl Open {
    pub(super) fn unrecorded(&self) -> Usd {
        self.lines.iter().map(|line| line.cost).sum()
    }

    /// The lines as the database reads them.
    fn sheet(&self) -> Value {
        let lines = self.lines.iter().map(|line| {
            json!({
                "id": line.id,
                "component": line.used.component.as_str(),
                "provider": line.used.provider,
                "units": line.units(),
                "rates": line.rates,
                "cost": line.cost.to_string(),
                "estimated": line.is_estimated(),
            })
        });
        json!({
            "request_id": self.op.request_id.as_str(),
            "session_id": self.session.as_ref().map(SessionId::as_str),
            "route_class": self.class,
            "occurred_at": self.op.now,
            "lines": lines.collect::<Vec<_>>(),
        })
    }

    /// What is still to be written, and how the ledger learns of it.
    fn close(&mut self) -> Option<Bill> {
        let (holds, amount) = (std::mem::take(&mut self.holds.now), self.unrecorded());
        if self.lines.is_empty() {
            return None;
        }
        let draw = if self.enforced && amount > Usd::ZERO {
            Some(Due { holds, amount, op: self.op.clone() })
        } else {
            let mut holds = holds.into_iter();
            if let Some(hold) = holds.next() {
                hold.settle(amount.micros());
            }
            None
        };
        Some(Bill { tenant: self.tenant.clone(), sheet: self.sheet(), draw })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // What cost nothing is in the records of what was used, and not worth a line in the audit log.
        if self.total > Usd::ZERO {
            let event = self.event.and(EventType::CostEventRecorded).resource(self.class, self.op.request_id.as_str());
            self.inner.audit.note(event.count(self.count).cost(self.total));
        }
        if self.count > 0 {
            self.inner.desk.spent(&self.tenant, self.op.now);
        }
        let Some(bill) = self.close() else { return };
        let reason = match self.inner.queue.try_send(Entry::Bill(bill)) {
            Ok(()) => return,
            // What an enforced budget pays for is not dropped. There is no more of it than what this process has leased.
            Err(TrySendError::Full(Entry::Bill(bill))) if bill.draw.is_some() => return self.inner.desk.put(bill),
            Err(TrySendError::Full(_)) => "full",
            Err(TrySendError::Closed(_)) => "shutdown",
        };
        metrics::counter!("nexusrag_cost_bills_dropped_total", "reason" => reason).increment(1);
        tracing::error!(tenant = self.tenant.as_str(), reason, "a bill is lost");
    }
}

impl Inner {
    /// Tells once a day of something that is used and has no price while other things have one.
    fn miss(&self, by: &Event, tenant: &TenantId, used: &Used) {
        let key = (tenant.clone(), used.component, used.provider);
        if self.unpriced.knows(&key) {
            return;
        }
        self.unpriced.note(key);
        let event = by.and(EventType::CostMeteringDegraded).reason("pricing_not_found");
        self.audit.note(event.priced(used.component.as_str(), used.provider));
    }
}

impl Costs {
    /// What an event about an order says of who ordered it.
    pub(super) fn event(op: &Op, order: &Order<'_>) -> Event {
        match order.by {
            Some(principal) => Event::by(op, principal, EventType::CostEventRecorded),
            None => Event::system(op, Some(order.tenant), EventType::CostEventRecorded),
        }
    }
}
