//! Connections at hand for statements that are transactions of their own.
//!
//! A connection that goes back to the pool is asked first whether it still answers, which is a round trip for each use. One
//! that has just answered stays at hand for the next such statement instead, as long as the pool has room for everybody else.
//! It goes back when nothing came for a while, and once in a while anyhow, so that the pool can replace what is old.

use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{PgConnection, PgPool, Postgres, pool::PoolConnection};
use tokio::time::Instant;

/// How many are at hand at most.
const MOST: u32 = 4;
/// How long one is at hand without being used.
const UNUSED: Duration = Duration::from_secs(1);
/// How long one stays away from the pool.
const AWAY: Duration = Duration::from_secs(60);

/// A connection in use.
#[derive(Debug)]
pub(super) struct Taken {
    connection: PoolConnection<Postgres>,
    since: Instant,
}

impl Taken {
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Closes a connection that is dead.
    pub(super) fn bury(self) {
        drop(self.connection.detach());
    }
}

/// The connections at hand. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Spare(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// With the time of their last use; the last used last.
    at_hand: Mutex<Vec<(Instant, Taken)>>,
    watched: AtomicBool,
}

impl Spare {
    /// One at hand, or one of the pool.
    pub(super) async fn take(&self, pool: &PgPool) -> Result<Taken, sqlx::Error> {
        let at_hand = self.0.at_hand().pop();
        if let Some((_, taken)) = at_hand {
            return Ok(taken);
        }
        Ok(Taken { connection: pool.acquire().await?, since: Instant::now() })
    }

    /// Keeps a connection that has answered, and is in no transaction, at hand.
    pub(super) fn keep(&self, pool: &PgPool, taken: Taken) {
        if is_exhausted(pool) || pool.is_closed() || taken.since.elapsed() > AWAY {
            return;
        }
        let mut at_hand = self.0.at_hand();
        if at_hand.len() < MOST.min(pool.options().get_max_connections() / 4) as usize {
            at_hand.push((Instant::now(), taken));
            drop(at_hand);
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
    fn at_hand(&self) -> MutexGuard<'_, Vec<(Instant, Taken)>> {
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
        for (_, taken) in mem::take(self.at_hand.get_mut().unwrap_or_else(PoisonError::into_inner)) {
            taken.bury();
        }
    }
}
