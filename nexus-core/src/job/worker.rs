//! A worker: takes jobs of one queue and runs them, a bounded number at a time, until it is told to stop.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Handler, JobSettings, Lease, running::Running, store, upkeep};
use crate::{
    clock::Clock,
    pg::{
        Db, DbError,
        changes::{Change, Changes},
    },
    shared::Shared,
};

/// How long giving leases back may take after the time to drain is over.
const RELEASE: Duration = Duration::from_secs(10);

/// Runs the jobs of one queue.
pub struct Worker {
    pub(super) queue: &'static str,
    pub(super) id: String,
    pub(super) db: Db,
    pub(super) shared: Shared,
    pub(super) clock: Clock,
    pub(super) settings: JobSettings,
    handlers: HashMap<&'static str, Arc<dyn Handler>>,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("queue", &self.queue).field("id", &self.id).finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker without handlers: it takes nothing yet.
    #[must_use]
    pub fn new(queue: &'static str, db: Db, shared: Shared, clock: Clock, settings: JobSettings) -> Self {
        let id = format!("{queue}-{}", crate::id::fresh());
        Self { queue, id, db, shared, clock, settings, handlers: HashMap::new() }
    }

    /// Adds what does one kind of job. Kinds without a handler stay in the queue, for a worker that knows them.
    #[must_use]
    pub fn with(mut self, handler: impl Handler) -> Self {
        self.handlers.insert(handler.kind(), Arc::new(handler));
        self
    }

    /// Works until `stop`, then lets running jobs finish for the time of the settings and gives the others back.
    pub async fn run(self, changes: &Changes, stop: CancellationToken) {
        let abandon = CancellationToken::new();
        let tasks = TaskTracker::new();
        let worker = Arc::new(self);
        let upkeep = upkeep::run(&worker, &stop);
        tokio::join!(worker.take(changes, &stop, &abandon, &tasks), upkeep);
        tasks.close();
        if tokio::time::timeout(worker.settings.drain, tasks.wait()).await.is_err() {
            abandon.cancel();
            if tokio::time::timeout(RELEASE, tasks.wait()).await.is_err() {
                tracing::warn!(queue = worker.queue, "leases could not be given back; they lapse by themselves");
            }
        }
    }

    async fn take(
        &self,
        changes: &Changes,
        stop: &CancellationToken,
        abandon: &CancellationToken,
        tasks: &TaskTracker,
    ) {
        let slots = Arc::new(Semaphore::new(self.settings.concurrency));
        let mut news = changes.subscribe();
        loop {
            let slot = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Ok(slot) = Arc::clone(&slots).acquire_owned() => slot,
            };
            match self.claim().await {
                Ok(Some(lease)) => self.start(lease, slot, abandon, tasks),
                Ok(None) => {
                    drop(slot);
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = self.news(&mut news) => {}
                        () = tokio::time::sleep(self.settings.poll) => {}
                    }
                }
                Err(error) => {
                    drop(slot);
                    tracing::warn!(queue = self.queue, %error, "no jobs can be claimed");
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(self.settings.poll) => {}
                    }
                }
            }
        }
    }

    async fn claim(&self) -> Result<Option<Lease>, DbError> {
        let kinds: Vec<&str> = self.handlers.keys().copied().collect();
        let mut tx = self.db.platform().await?;
        let lease = store::claim(&mut tx, self.queue, &self.id, self.settings.lease, &kinds).await?;
        tx.commit().await?;
        Ok(lease)
    }

    fn start(&self, lease: Lease, slot: OwnedSemaphorePermit, abandon: &CancellationToken, tasks: &TaskTracker) {
        // Only kinds with a handler are claimed; a lease without one would lapse and be given up in the end.
        let Some(handler) = self.handlers.get(lease.kind.as_str()) else { return };
        let running = Running {
            lease,
            queue: self.queue,
            handler: Arc::clone(handler),
            db: self.db.clone(),
            settings: self.settings.clone(),
            abandon: abandon.clone(),
        };
        tasks.spawn(async move {
            running.run().await;
            drop(slot);
        });
    }

    /// Waits until a job of this queue may have been enqueued.
    async fn news(&self, news: &mut broadcast::Receiver<Change>) {
        loop {
            match news.recv().await {
                Ok(Change::Of { topic, id, .. }) if topic != "job" || id != self.queue => {}
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                // Nobody will say anything any more; polling remains.
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
