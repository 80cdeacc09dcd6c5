//! What waits beside the queue of bills: those that had no room in it, and whose months changed.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use super::{Month, TENANTS, writer::Bill};
use crate::id::TenantId;

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Desk {
    papers: Mutex<Papers>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Papers {
    /// Of enforced budgets: no more than what their leases cover.
    bills: Vec<Bill>,
    /// Who spent something since the snapshots were last brought up to date, and when.
    spenders: HashMap<(TenantId, Month), DateTime<Utc>>,
}

impl Desk {
    /// Leaves a bill that had no room in the queue.
    pub(super) fn put(&self, bill: Bill) {
        self.papers().bills.push(bill);
        self.arrived.notify_one();
    }

    /// Waits for such a bill.
    pub(super) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// The bills that were left.
    pub(super) fn bills(&self) -> Vec<Bill> {
        mem::take(&mut self.papers().bills)
    }

    /// A tenant spent something.
    pub(super) fn spent(&self, tenant: &TenantId, at: DateTime<Utc>) {
        let spenders = &mut self.papers().spenders;
        let key = (tenant.clone(), Month::of(at));
        if let Some(last) = spenders.get_mut(&key) {
            *last = at.max(*last);
        } else if (spenders.len() as u64) < TENANTS {
            spenders.insert(key, at);
        }
    }

    /// Who spent something since this was last asked.
    pub(super) fn spenders(&self) -> Vec<(TenantId, DateTime<Utc>)> {
        mem::take(&mut self.papers().spenders).into_iter().map(|((tenant, _), at)| (tenant, at)).collect()
    }

    fn papers(&self) -> MutexGuard<'_, Papers> {
        self.papers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
