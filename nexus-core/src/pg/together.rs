//! Many callers in one statement.
//!
//! While a statement is on its way, what comes next waits and goes together in the next one: a busy server sends larger
//! statements, not more of them, and an idle one waits for nothing. An answer always comes from a statement that began after
//! it was asked for. Whoever stops waiting does not undo what was sent.

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::DbError;

/// How many statements are on their way at once. More would be smaller, and each takes a connection.
const LANES: usize = 2;
/// How many entries a statement has, at most.
const MOST: usize = 64;

/// Takes entries to the database.
pub trait Carrier: Send + Sync + 'static {
    /// What is taken there.
    type Entry: Send + 'static;
    /// What comes back.
    type Answer: Send + 'static;

    /// Takes entries in one statement. Gives as many answers, in their order; an entry without one counts as abandoned.
    fn carry(&self, entries: Vec<Self::Entry>) -> impl Future<Output = Vec<Result<Self::Answer, DbError>>> + Send;
}

/// Sends entries of many callers together. Cheap to clone.
pub struct Together<C: Carrier>(Arc<Inner<C>>);

struct Inner<C: Carrier> {
    carrier: C,
    waiting: Mutex<VecDeque<Waiting<C>>>,
    lanes: Arc<Semaphore>,
}

struct Waiting<C: Carrier> {
    entry: C::Entry,
    done: oneshot::Sender<Result<C::Answer, DbError>>,
}

impl<C: Carrier> Clone for Together<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C: Carrier> fmt::Debug for Together<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Together").field("waiting", &self.0.waiting().len()).finish_non_exhaustive()
    }
}

impl<C: Carrier> Together<C> {
    /// Sends by this carrier.
    #[must_use]
    pub fn new(carrier: C) -> Self {
        Self(Arc::new(Inner { carrier, waiting: Mutex::default(), lanes: Arc::new(Semaphore::new(LANES)) }))
    }

    /// Sends an entry and waits for its answer.
    pub async fn send(&self, entry: C::Entry) -> Result<C::Answer, DbError> {
        let (done, answered) = oneshot::channel();
        self.0.waiting().push_back(Waiting { entry, done });
        // Somebody has to take what waits: this call, or one that is under way and looks again before it ends.
        if let Ok(lane) = Arc::clone(&self.0.lanes).try_acquire_owned() {
            tokio::spawn(Arc::clone(&self.0).drain(lane));
        }
        answered.await.unwrap_or_else(|_| Err(DbError::abandoned()))
    }
}

impl<C: Carrier> Inner<C> {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting<C>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn drain(self: Arc<Self>, mut lane: OwnedSemaphorePermit) {
        loop {
            let (entries, done): (Vec<_>, Vec<_>) = {
                let mut waiting = self.waiting();
                let n = waiting.len().min(MOST);
                waiting.drain(..n).map(|w| (w.entry, w.done)).unzip()
            };
            if !done.is_empty() {
                let answers = self.carrier.carry(entries).await;
                for (done, answer) in done.into_iter().zip(answers) {
                    let _ = done.send(answer);
                }
                continue;
            }
            // What came after the look and before the lane is free found no free lane.
            drop(lane);
            if self.waiting().is_empty() {
                return;
            }
            let Ok(again) = Arc::clone(&self.lanes).try_acquire_owned() else { return };
            lane = again;
        }
    }
}
