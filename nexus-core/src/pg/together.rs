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
pub trait Carrier: Send + Sync + Sized + 'static {
    /// What is taken there.
    type Entry: Send + 'static;
    /// What comes back.
    type Answer: Send + 'static;

    /// Takes entries in one statement. Gives as many answers, in their order; an entry without one counts as abandoned. Where the
    /// statement fails for all, the first is told why, and the others that nothing is known.
    fn carry(&self, entries: Vec<Self::Entry>) -> impl Future<Output = Result<Answers<Self>, DbError>> + Send;
}

/// What comes back for each entry.
pub type Answers<C> = Vec<Result<<C as Carrier>::Answer, DbError>>;

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
                let answers = self.carrier.carry(entries).await.unwrap_or_else(|error| vec![Err(error)]);
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use futures::future::join_all;

    use super::*;

    /// Notes how many entries came together, and waits for a permit before it answers.
    struct Noting {
        sizes: Arc<Mutex<Vec<usize>>>,
        gate: Arc<Semaphore>,
    }

    impl Carrier for Noting {
        type Entry = usize;
        type Answer = usize;

        async fn carry(&self, entries: Vec<usize>) -> Result<Answers<Self>, DbError> {
            self.sizes.lock().unwrap().push(entries.len());
            self.gate.acquire().await.unwrap().forget();
            Ok(entries.into_iter().map(|entry| Ok(entry * 2)).collect())
        }
    }

    #[tokio::test]
    async fn what_comes_while_others_are_on_their_way_goes_together() {
        let (sizes, gate) = (Arc::new(Mutex::default()), Arc::new(Semaphore::new(0)));
        let together = Together::new(Noting { sizes: Arc::clone(&sizes), gate: Arc::clone(&gate) });
        let send = |n: usize| {
            let together = together.clone();
            tokio::spawn(async move { together.send(n).await.unwrap() })
        };
        let mut answers = Vec::new();
        for lane in 0..LANES {
            answers.push(send(lane));
            while sizes.lock().unwrap().len() <= lane {
                tokio::task::yield_now().await;
            }
        }
        answers.extend((LANES..100).map(send));
        while together.0.waiting().len() < 100 - LANES {
            tokio::task::yield_now().await;
        }
        gate.add_permits(100);
        let answers: Vec<usize> = join_all(answers).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers, (0..100).map(|n| n * 2).collect::<Vec<_>>());
        assert_eq!(*sizes.lock().unwrap(), [1, 1, MOST, 100 - LANES - MOST]);
    }

    #[tokio::test]
    async fn whoever_gets_no_answer_is_told_that_nothing_is_known() {
        struct Silent;
        impl Carrier for Silent {
            type Entry = ();
            type Answer = ();
            async fn carry(&self, _: Vec<()>) -> Result<Answers<Self>, DbError> {
                Ok(Vec::new())
            }
        }
        assert!(matches!(Together::new(Silent).send(()).await, Err(DbError::Unreachable(_))));
    }
}
