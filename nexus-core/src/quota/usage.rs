//! Requests by class, counted in memory and added up in the database now and then. What was counted since is lost when the
//! process dies: units are in the ledger, these are for reports.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, NaiveDate, Utc};

use super::store;
use crate::{
    id::TenantId,
    op::Op,
    pg::{Db, DbError},
};

/// How many counters wait to be written at most; beyond that requests of further tenants are not counted.
const MAX_WAITING: usize = 100_000;
/// How many are written in one statement.
const BATCH: usize = 1000;

/// So many requests of a class of a tenant on a day.
#[derive(Debug, Clone)]
pub(super) struct Counted {
    pub(super) tenant: TenantId,
    pub(super) day: NaiveDate,
    pub(super) class: &'static str,
    pub(super) requests: i64,
    pub(super) last_at: DateTime<Utc>,
}

type Key = (TenantId, NaiveDate, &'static str);

/// What is not written down yet.
#[derive(Debug, Default)]
pub(super) struct Usage(Mutex<BTreeMap<Key, (i64, DateTime<Utc>)>>);

impl Usage {
    pub(super) fn count(&self, op: &Op, tenant: &TenantId, class: &'static str) {
        let mut counts = self.lock();
        let key = (tenant.clone(), op.now.date_naive(), class);
        if counts.len() < MAX_WAITING || counts.contains_key(&key) {
            add(&mut counts, key, 1, op.now);
        } else {
            metrics::counter!("nexusrag_usage_counts_dropped_total").increment(1);
        }
    }

    /// Writes everything down. What could not be written is kept for the next time.
    pub(super) async fn flush(&self, db: &Db) -> Result<(), DbError> {
        let counts = std::mem::take(&mut *self.lock());
        if counts.is_empty() {
            return Ok(());
        }
        let counted = |((tenant, day, class), (requests, last_at))| Counted { tenant, day, class, requests, last_at };
        let counts: Vec<Counted> = counts.into_iter().map(counted).collect();
        let written = async {
            let mut tx = db.platform().await?;
            for batch in counts.chunks(BATCH) {
                store::count(&mut tx, batch).await?;
            }
            tx.commit().await
        };
        let written = written.await;
        if written.is_err() {
            let mut waiting = self.lock();
            for Counted { tenant, day, class, requests, last_at } in counts {
                add(&mut waiting, (tenant, day, class), requests, last_at);
            }
        }
        written
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, (i64, DateTime<Utc>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(counts: &mut BTreeMap<Key, (i64, DateTime<Utc>)>, key: Key, requests: i64, at: DateTime<Utc>) {
    let (sum, last_at) = counts.entry(key).or_insert((0, at));
    *sum += requests;
    *last_at = at.max(*last_at);
}
