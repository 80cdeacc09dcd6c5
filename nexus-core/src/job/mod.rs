//! Work that outlives the request that asked for it, as rows of the database.
//!
//! A job is enqueued in the transaction that causes it, so that neither exists without the other. Workers lease jobs; a
//! lease that is not renewed lapses and the job is run again, by whichever worker comes first. Every lease carries the
//! number of its attempt, and each change of a job asks for it: a worker that lost its lease without noticing changes
//! nothing and is told so ([`JobError::Fenced`]). A handler that completes its job in the transaction of its effect has
//! that effect exactly once; any other handler may run more than once and must bear it.
//!
//! When the database is away nothing is claimed, running handlers are stopped once their lease must have lapsed, and
//! work goes on when the database is back. When a worker dies its jobs are taken over after the lease time.

mod decide;
mod heartbeat;
mod running;
mod settings;
mod store;
mod upkeep;
mod worker;

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use serde_json::Value;
use uuid::Uuid;

pub use self::{
    heartbeat::{beat, last_heartbeat},
    settings::JobSettings,
    store::{bury, claim, complete, enqueue, prune, reclaim, release, renew, retry, stats, waiting},
    worker::Worker,
};
use crate::{
    id::TenantId,
    pg::{DbError, TenantTx},
};

/// The longest error text that is kept with a job, in characters.
pub const MAX_ERROR: usize = 500;

/// The identity of a job; ids sort by the time they were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub Uuid);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A job that is to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// For whom.
    pub tenant: TenantId,
    /// The workers that it waits for.
    pub queue: &'static str,
    /// The handler that does it.
    pub kind: &'static str,
    /// What the handler needs to know: ids only, never text of documents and never a secret.
    pub payload: Value,
    /// How often it is tried before it is given up.
    pub max_attempts: u32,
    /// How long it waits before it may start.
    pub delay: Duration,
}

impl NewJob {
    /// A job that may start at once.
    #[must_use]
    pub fn new(tenant: &TenantId, queue: &'static str, kind: &'static str, payload: Value, max_attempts: u32) -> Self {
        Self { tenant: tenant.clone(), queue, kind, payload, max_attempts: max_attempts.max(1), delay: Duration::ZERO }
    }
}

/// The right to work on a job for a while. Whoever holds it may complete the job, unless somebody else took over.
#[derive(Debug, Clone, PartialEq)]
pub struct Lease {
    /// The job.
    pub id: JobId,
    /// For whom it is done.
    pub tenant: TenantId,
    /// The handler that does it.
    pub kind: String,
    /// What the handler needs to know.
    pub payload: Value,
    /// Which attempt this is, from one. No two leases of a job have the same number.
    pub attempt: u32,
    /// How often the job is tried.
    pub max_attempts: u32,
    /// The worker that holds the lease.
    pub holder: String,
    /// When the job was enqueued.
    pub created_at: DateTime<Utc>,
    /// What went wrong at the attempt before this one.
    pub last_error: Option<String>,
}

impl Lease {
    /// Whether the job is given up when this attempt fails.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.attempt >= self.max_attempts
    }

    /// Whether all attempts ended without a word, so that the job can only be given up.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.attempt > self.max_attempts
    }
}

/// Why a job, or a step of it, did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Another worker has taken over; whatever this one does must not count.
    #[error("the lease was lost to another worker")]
    Fenced,
    /// Something that may be better next time.
    #[error("{0}")]
    Retry(String),
    /// Something that will be the same next time.
    #[error("{0}")]
    Fatal(String),
    /// The database failed; it may be better next time.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The state of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Jobs that wait, those with a delay included.
    pub queued: u64,
    /// Jobs under a lease.
    pub running: u64,
    /// Jobs that were given up and are still kept.
    pub dead: u64,
    /// How long the oldest job that may start has waited.
    pub oldest: Duration,
}

/// What knows how to do one kind of job.
pub trait Handler: Send + Sync + 'static {
    /// The kind of job.
    fn kind(&self) -> &'static str;

    /// Does the job. The future is dropped when the lease is lost, when the time is over, and at shutdown; a panic counts
    /// as a failure. A job that the handler did not complete in a transaction of its own is completed afterwards.
    fn run<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), JobError>>;

    /// Called when the job is given up, in the transaction that marks it dead: both happen or neither.
    fn gave_up<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        lease: &'a Lease,
        error: &'a str,
    ) -> BoxFuture<'a, Result<(), JobError>> {
        let _ = (tx, lease, error);
        Box::pin(async { Ok(()) })
    }
}
