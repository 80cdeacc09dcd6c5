//! One attempt at a job: the handler, the renewal of its lease beside it, and what becomes of the job afterwards.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::FutureExt as _;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{
    Handler, JobError, JobSettings, Lease,
    decide::{Verdict, verdict},
    store,
};
use crate::pg::Db;

/// How often the end of an attempt is written down when the database fails.
const RECORD_TRIES: u32 = 5;

pub(super) struct Running {
    pub(super) lease: Lease,
    pub(super) queue: &'static str,
    pub(super) handler: Arc<dyn Handler>,
    pub(super) db: Db,
    pub(super) settings: JobSettings,
    /// Cancelled when the worker cannot wait any longer.
    pub(super) abandon: CancellationToken,
}

impl Running {
    /// Runs the attempt to its end. Never panics and never takes longer than the time limit and a few statements.
    pub(super) async fn run(self) {
        let before = Instant::now();
        let outcome = if self.lease.is_exhausted() {
            let error = self.lease.last_error.clone().unwrap_or_default();
            self.record(Verdict::Dead { error }).await
        } else {
            match self.attempt().await {
                Some(result) => self.record(self.judge(result)).await,
                None => self.give_back().await,
            }
        };
        let seconds = before.elapsed().as_secs_f64();
        metrics::counter!("nexusrag_jobs_total", "queue" => self.queue, "outcome" => outcome).increment(1);
        metrics::histogram!("nexusrag_job_seconds", "queue" => self.queue, "outcome" => outcome).record(seconds);
    }

    /// The result of the handler, or nothing when the worker is stopping.
    async fn attempt(&self) -> Option<Result<(), JobError>> {
        let lost = CancellationToken::new();
        // Renewal is a task of its own: a handler that keeps its thread busy must not lose its lease for it.
        let renewal = renew(self.db.clone(), self.lease.clone(), self.settings.lease, lost.clone());
        let _renewal = AbortOnDropHandle::new(tokio::spawn(renewal));
        let handler = AssertUnwindSafe(async { self.handler.run(&self.lease).await }).catch_unwind();
        tokio::select! {
            biased;
            result = handler => Some(result.unwrap_or_else(|_| Err(JobError::Retry("The handler panicked.".to_owned())))),
            () = lost.cancelled() => Some(Err(JobError::Fenced)),
            () = self.abandon.cancelled() => None,
            () = tokio::time::sleep(self.settings.timeout) => Some(Err(JobError::Retry("The job took too long.".to_owned()))),
        }
    }

    fn judge(&self, result: Result<(), JobError>) -> Verdict {
        let pace = (self.settings.backoff, self.settings.backoff_max);
        let verdict = verdict(&self.lease, result, pace, crate::clock::jitter());
        let (job, tenant, kind, attempt) = (self.lease.id, &self.lease.tenant, &self.lease.kind, self.lease.attempt);
        match &verdict {
            Verdict::Succeeded => tracing::debug!(%job, %tenant, kind, attempt, "job done"),
            Verdict::Fenced => tracing::warn!(%job, %tenant, kind, attempt, "job taken over by another worker"),
            Verdict::Retry { error, .. } => tracing::warn!(%job, %tenant, kind, attempt, error, "job will be retried"),
            Verdict::Dead { error } => tracing::error!(%job, %tenant, kind, attempt, error, "job given up"),
        }
        verdict
    }

    /// Writes the end of the attempt down. When that stays impossible the lease lapses and the job is run again.
    async fn record(&self, verdict: Verdict) -> &'static str {
        for n in 0..RECORD_TRIES {
            match self.record_once(&verdict).await {
                Ok(()) => return label(&verdict),
                // The handler has completed the job itself, which is the usual way.
                Err(JobError::Fenced) if verdict == Verdict::Succeeded => return label(&verdict),
                Err(JobError::Fenced) => return label(&Verdict::Fenced),
                Err(error) => tracing::warn!(job = %self.lease.id, %error, "the end of a job cannot be recorded"),
            }
            tokio::time::sleep(Duration::from_millis(100 << n)).await;
        }
        "unrecorded"
    }

    async fn record_once(&self, verdict: &Verdict) -> Result<(), JobError> {
        let lease = &self.lease;
        if *verdict == Verdict::Fenced {
            return Ok(());
        }
        let mut tx = self.db.tenant(&lease.tenant).await?;
        match verdict {
            Verdict::Succeeded => store::complete(&mut tx, lease).await?,
            Verdict::Retry { error, after } => store::retry(&mut tx, lease, error, *after).await?,
            Verdict::Dead { error } => {
                // The fence comes first: whoever lost the job must not say that it failed.
                store::bury(&mut tx, lease, error).await?;
                let told = AssertUnwindSafe(self.handler.gave_up(&mut tx, lease, error)).catch_unwind().await;
                told.unwrap_or_else(|_| Err(JobError::Retry("gave_up panicked".to_owned())))?;
            }
            Verdict::Fenced => {}
        }
        Ok(tx.commit().await?)
    }

    async fn give_back(&self) -> &'static str {
        let released = async {
            let mut tx = self.db.tenant(&self.lease.tenant).await?;
            store::release(&mut tx, &self.lease).await?;
            Ok::<_, JobError>(tx.commit().await?)
        };
        match released.await {
            Ok(()) => "released",
            Err(JobError::Fenced) => label(&Verdict::Fenced),
            Err(error) => {
                tracing::warn!(job = %self.lease.id, %error, "a lease cannot be given back");
                "unrecorded"
            }
        }
    }
}

/// Prolongs a lease again and again, and cancels `lost` as soon as it is lost, or must be by now.
async fn renew(db: Db, lease: Lease, length: Duration, lost: CancellationToken) {
    let mut valid_from = Instant::now();
    loop {
        tokio::time::sleep(length / 3).await;
        let asked = Instant::now();
        let renewed = async {
            let mut tx = db.tenant(&lease.tenant).await?;
            store::renew(&mut tx, &lease, length).await?;
            Ok::<_, JobError>(tx.commit().await?)
        };
        let left = length.saturating_sub(valid_from.elapsed());
        match tokio::time::timeout(left, renewed).await {
            Ok(Ok(())) => valid_from = asked,
            Ok(Err(JobError::Fenced)) | Err(_) => break,
            Ok(Err(error)) => {
                tracing::warn!(job = %lease.id, %error, "a lease cannot be renewed");
                if valid_from.elapsed() >= length {
                    break;
                }
            }
        }
    }
    lost.cancel();
}

fn label(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Succeeded => "succeeded",
        Verdict::Retry { .. } => "retried",
        Verdict::Dead { .. } => "dead",
        Verdict::Fenced => "fenced",
    }
}
