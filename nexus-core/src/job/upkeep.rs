//! What a worker does beside its jobs: taking back lapsed leases, gauges, its sign of life, and removing old rows.

use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::{Worker, heartbeat, store};
use crate::pg::DbError;

/// How often the queue is counted.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// How often old jobs are removed.
const PRUNE_EVERY: Duration = Duration::from_mins(10);

/// Keeps the queue in order until `stop`. A step that fails is tried again at its next turn.
pub(super) async fn run(worker: &Worker, stop: &CancellationToken) {
    tokio::join!(
        every(worker, worker.settings.poll, stop, |w| Box::pin(reclaim(w))),
        every(worker, COUNT_EVERY, stop, |w| Box::pin(count(w))),
        every(worker, PRUNE_EVERY, stop, |w| Box::pin(prune(w))),
        every(worker, worker.settings.heartbeat, stop, |w| Box::pin(beat(w))),
    );
}

async fn every(worker: &Worker, pause: Duration, stop: &CancellationToken, turn: fn(&Worker) -> BoxFuture<'_, ()>) {
    while !stop.is_cancelled() {
        let before = Instant::now();
        turn(worker).await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause.saturating_sub(before.elapsed())) => {}
        }
    }
}

async fn reclaim(worker: &Worker) {
    let taken = async {
        let mut tx = worker.db.platform().await?;
        let taken = store::reclaim(&mut tx, worker.queue).await?;
        tx.commit().await?;
        Ok::<_, DbError>(taken)
    };
    match taken.await {
        Ok(0) => {}
        Ok(jobs) => {
            metrics::counter!("nexusrag_jobs_reclaimed_total", "queue" => worker.queue).increment(jobs);
            tracing::warn!(queue = worker.queue, jobs, "jobs of workers that fell silent are taken over");
        }
        Err(error) => tracing::warn!(queue = worker.queue, %error, "lapsed leases cannot be taken back"),
    }
}

#[allow(clippy::cast_precision_loss, reason = "a gauge of so many jobs may be off by one")]
async fn count(worker: &Worker) {
    let stats = async {
        let mut tx = worker.db.platform().await?;
        store::stats(&mut tx, worker.queue).await
    };
    if let Ok(stats) = stats.await {
        metrics::gauge!("nexusrag_jobs_queued", "queue" => worker.queue).set(stats.queued as f64);
        metrics::gauge!("nexusrag_jobs_running", "queue" => worker.queue).set(stats.running as f64);
        metrics::gauge!("nexusrag_jobs_dead", "queue" => worker.queue).set(stats.dead as f64);
        metrics::gauge!("nexusrag_jobs_oldest_seconds", "queue" => worker.queue).set(stats.oldest.as_secs_f64());
    }
}

async fn prune(worker: &Worker) {
    loop {
        let gone = async {
            let mut tx = worker.db.platform().await?;
            let gone = store::prune(&mut tx, worker.settings.retention).await?;
            tx.commit().await?;
            Ok::<_, DbError>(gone)
        };
        match gone.await {
            Ok(0) => return,
            Ok(jobs) => tracing::debug!(jobs, "old jobs removed"),
            Err(error) => return tracing::warn!(%error, "old jobs cannot be removed"),
        }
    }
}

async fn beat(worker: &Worker) {
    let (now, stale) = (worker.clock.now(), worker.settings.heartbeat_stale);
    if let Err(error) = heartbeat::beat(&worker.shared, now, stale).await {
        tracing::debug!(%error, "no heartbeat");
    }
}
