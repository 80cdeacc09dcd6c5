//! Many callers in one statement.
//!
//! While a statement is on its way, what comes next waits and goes together in the next one: a busy server sends larger
//! statements, not more of them, and an idle one waits for nothing. What waits for long, because a statement is held up by a lock
//! or a connection, goes another way. An answer always comes from a statement that began after it was asked for. Whoever stops
//! waiting does not undo what was sent.

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::timeout,
};

use super::DbError;

/// How many statements are on their way at once when the first is held up. Each takes a connection.
const FURTHER: usize = 2;
/// How long an entry waits before it goes another way.
const HELD_UP: Duration = Duration::from_millis(20);
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
    /// One statement after the other: two at a time would be half as large, and each costs as much as several entries.
    lane: Arc<Semaphore>,
    further: Arc<Semaphore>,
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
        let (lane, further) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(FURTHER)));
        Self(Arc::new(Inner { carrier, waiting: Mutex::default(), lane, further }))
    }

    /// Sends an entry and waits for its answer.
    pub async fn send(&self, entry: C::Entry) -> Result<C::Answer, DbError> {
        let (done, mut answered) = oneshot::channel();
        self.0.waiting().push_back(Waiting { entry, done });
        self.depart(&self.0.lane);
        let answer = if let Ok(answer) = timeout(HELD_UP, &mut answered).await {
            answer
        } else {
            self.depart(&self.0.further);
            answered.await
        };
        answer.unwrap_or_else(|_| Err(DbError::abandoned()))
    }

    /// Sees to it that somebody takes what waits: a new task, or one that is under way and looks again before it ends.
    fn depart(&self, lanes: &Arc<Semaphore>) {
        if let Ok(lane) = Arc::clone(lanes).try_acquire_owned() {
            tokio::spawn(Arc::clone(&self.0).drain(Arc::clone(lanes), lane));
        }
    }
}

impl<C: Carrier> Inner<C> {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting<C>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn drain(self: Arc<Self>, lanes: Arc<Semaphore>, mut lane: OwnedSemaphorePermit) {
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
            let Ok(again) = Arc::clone(&lanes).try_acquire_owned() else { return };
            lane = again;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use futures::future::join_all;
    use tokio::task::JoinHandle;

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

    struct World {
        together: Together<Noting>,
        sizes: Arc<Mutex<Vec<usize>>>,
        gate: Arc<Semaphore>,
    }

    impl World {
        fn new() -> Self {
            let (sizes, gate) = (Arc::new(Mutex::default()), Arc::new(Semaphore::new(0)));
            let together = Together::new(Noting { sizes: Arc::clone(&sizes), gate: Arc::clone(&gate) });
            Self { together, sizes, gate }
        }

        fn send(&self, n: usize) -> JoinHandle<usize> {
            let together = self.together.clone();
            tokio::spawn(async move { together.send(n).await.unwrap() })
        }

        /// Waits until so many statements are on their way or ended, and so many entries wait.
        async fn until(&self, statements: usize, waiting: usize) {
            while self.sizes.lock().unwrap().len() != statements || self.together.0.waiting().len() != waiting {
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_while_others_are_on_their_way_goes_together() {
        let world = World::new();
        let mut answers = vec![world.send(0)];
        world.until(1, 0).await;
        answers.extend((1..100).map(|n| world.send(n)));
        world.until(1, 99).await;
        world.gate.add_permits(100);
        let answers: Vec<usize> = join_all(answers).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers, (0..100).map(|n| n * 2).collect::<Vec<_>>());
        assert_eq!(*world.sizes.lock().unwrap(), [1, MOST, 99 - MOST]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_long_goes_another_way() {
        let world = World::new();
        let mut held = vec![world.send(0)];
        world.until(1, 0).await;
        for n in 1..=FURTHER {
            held.push(world.send(n));
            world.until(n, 1).await;
            tokio::time::sleep(HELD_UP * 2).await;
            world.until(n + 1, 0).await;
        }
        // All are held up: the rest waits, however long it takes.
        held.extend([world.send(7), world.send(8)]);
        tokio::time::sleep(HELD_UP * 50).await;
        world.until(1 + FURTHER, 2).await;
        world.gate.add_permits(100);
        let answers: Vec<usize> = join_all(held).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers, [0, 2, 4, 14, 16]);
        assert_eq!(*world.sizes.lock().unwrap(), [1, 1, 1, 2]);
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
