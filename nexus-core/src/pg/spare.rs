//! Connections at hand for statements that are transactions of their own.
//!
//! A connection that goes back to the pool is asked first whether it still answers, which is a round trip for each use. One
//! that has just answered stays at hand for the next such statement instead, as long as the pool has room for everybody else.
//! It goes back when nothing came for a while, and once in a while anyhow, so that the pool can replace what is old.
//!
//! Short statements wait for one of these few rather than for a turn of a processor each on a connection of its own, and the
//! last used comes first: what works in turn finds what it needs in the caches of the processor. Whoever waited for long goes
//! another way, so that statements that are held up hold nobody else up.

use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use sqlx::{PgConnection, PgPool, Postgres, pool::PoolConnection};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

/// How long one is at hand without being used.
const UNUSED: Duration = Duration::from_secs(1);
/// How long one stays away from the pool.
const AWAY: Duration = Duration::from_mins(1);
/// How long a statement waits for its turn.
const HELD_UP: Duration = Duration::from_millis(20);

/// A connection that is away from the pool, and since when.
#[derive(Debug)]
struct Lent(PoolConnection<Postgres>, Instant);

/// A connection in use.
#[derive(Debug)]
pub(super) struct Taken {
    lent: Lent,
    turn: Option<OwnedSemaphorePermit>,
}

impl Taken {
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.lent.0
    }

    /// Closes a connection that is dead.
    pub(super) fn bury(self) {
        drop(self.lent.0.detach());
    }
}

/// The connections at hand. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Spare(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    turns: Arc<Semaphore>,
    /// With the time of their last use; the last used last.
    at_hand: Mutex<Vec<(Instant, Lent)>>,
    watched: AtomicBool,
}

impl Spare {
    /// Of a pool of so many connections at most.
    pub(super) fn of(max_connections: u32) -> Self {
        let most = (max_connections / 4) as usize;
        let turns = most.clamp(1, 2 * thread::available_parallelism().map_or(2, usize::from));
        let turns = Arc::new(Semaphore::new(turns));
        Self(Arc::new(Inner { most, turns, at_hand: Mutex::default(), watched: AtomicBool::new(false) }))
    }

    /// One at hand, or one of the pool.
    pub(super) async fn take(&self, pool: &PgPool) -> Result<Taken, sqlx::Error> {
        let turn = match Arc::clone(&self.0.turns).try_acquire_owned() {
            Ok(turn) => Some(turn),
            Err(_) => timeout(HELD_UP, Arc::clone(&self.0.turns).acquire_owned()).await.ok().and_then(Result::ok),
        };
        let at_hand = self.0.at_hand().pop();
        let lent = match at_hand {
            Some((_, lent)) => lent,
            None => Lent(pool.acquire().await?, Instant::now()),
        };
        Ok(Taken { lent, turn })
    }

    /// Keeps a connection that has answered, and is in no transaction, at hand.
    pub(super) fn keep(&self, pool: &PgPool, Taken { lent, turn }: Taken) {
        if is_exhausted(pool) || pool.is_closed() || lent.1.elapsed() > AWAY {
            return;
        }
        let mut at_hand = self.0.at_hand();
        if at_hand.len() < self.0.most {
            at_hand.push((Instant::now(), lent));
            drop(at_hand);
            drop(turn);
            if !self.0.watched.swap(true, Ordering::AcqRel) {
                tokio::spawn(Arc::clone(&self.0).watch());
            }
        }
    }

    /// Gives all back when whoever asks the pool next would have to wait for one.
    pub(super) fn make_room(&self, pool: &PgPool) {
        if is_exhausted(pool) {
            self.clear();
        }
    }

    /// How many are at hand.
    pub(super) fn count(&self) -> usize {
        self.0.at_hand().len()
    }

    /// Gives all back.
    pub(super) fn clear(&self) {
        self.0.at_hand().clear();
    }
}

fn is_exhausted(pool: &PgPool) -> bool {
    pool.num_idle() == 0 && pool.size() >= pool.options().get_max_connections()
}

impl Inner {
    fn at_hand(&self) -> MutexGuard<'_, Vec<(Instant, Lent)>> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives back what is not used, until nothing is.
    async fn watch(self: Arc<Self>) {
        loop {
            tokio::time::sleep(UNUSED).await;
            let mut at_hand = self.at_hand();
            at_hand.retain(|(used, _)| used.elapsed() < UNUSED);
            if at_hand.is_empty() {
                // While nobody else can keep one: whoever does next begins another watch.
                self.watched.store(false, Ordering::Release);
                return;
            }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Giving back takes a task, and there may be no runtime any more.
        for (_, lent) in mem::take(self.at_hand.get_mut().unwrap_or_else(PoisonError::into_inner)) {
            drop(lent.0.detach());
        }
    }
}
