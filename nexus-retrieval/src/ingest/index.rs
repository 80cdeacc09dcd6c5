//! The job that takes the vectors of a corpus into the index once the corpus has grown beyond what is compared one by one.
//!
//! It moves a few at a time and hands on to a job behind it, so that documents of others are not held up. Searches find the
//! same before, during and after it; it only saves them time.

use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use nexus_core::{
    id::CorpusId,
    job::{self, Handler, JobError, JobId, Lease, NewJob},
    pg::{Db, DbError, TenantTx},
};
use serde::{Deserialize, Serialize};

use super::{QUEUE, without_cause};
use crate::index::store;

/// The kind of job that takes vectors into the index.
pub const INDEX_KIND: &str = "index_vectors";
const ATTEMPTS: u32 = 20;
/// How long one job works before it hands on.
const TURN: Duration = Duration::from_secs(5);
/// How many vectors are taken in by one transaction.
const STEP: u32 = 64;
/// How long what somebody else is at is left to them.
const PAUSE: Duration = Duration::from_secs(10);

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    corpus_id: CorpusId,
}

/// Queues it, in the transaction that makes it worth while.
pub(super) async fn enqueue(tx: &mut TenantTx, corpus: &CorpusId, delay: Duration) -> Result<JobId, DbError> {
    let payload = serde_json::json!(Payload { corpus_id: corpus.clone() });
    let job = NewJob { delay, ..NewJob::new(tx.tenant(), QUEUE, INDEX_KIND, payload, ATTEMPTS) };
    job::enqueue(tx, &job).await
}

/// Takes vectors into the index.
#[derive(Debug)]
pub struct IndexHandler {
    db: Db,
}

impl IndexHandler {
    /// Works in this database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    async fn work(&self, lease: &Lease) -> Result<(), JobError> {
        let payload: Payload =
            serde_json::from_value(lease.payload.clone()).map_err(|e| JobError::Fatal(format!("payload: {e}")))?;
        let began = Instant::now();
        loop {
            let mut tx = self.db.tenant(&lease.tenant).await?;
            let (taken, left) = store::take_in(&mut tx, &payload.corpus_id, STEP).await.map_err(DbError::from)?;
            let end = match (taken, left) {
                (_, false) => None,
                // What is left is being replaced or deleted by somebody, or taken in by another job.
                (0, true) => Some(PAUSE),
                (_, true) if began.elapsed() > TURN => Some(Duration::ZERO),
                (_, true) => {
                    tx.commit().await?;
                    continue;
                }
            };
            if let Some(pause) = end {
                enqueue(&mut tx, &payload.corpus_id, pause).await?;
            }
            job::complete(&mut tx, lease).await?;
            return Ok(tx.commit().await?);
        }
    }
}

impl Handler for IndexHandler {
    fn kind(&self) -> &'static str {
        INDEX_KIND
    }

    fn run<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), JobError>> {
        Box::pin(async { self.work(lease).await.map_err(without_cause) })
    }
}
