//! Notifications that a cached thing changed, from any replica, and the proof that none is missing.
//!
//! One connection listens. What was cached counts only under a lease: [`Changes::confirmed`] says that every change that was
//! committed up to a tenth of a second ago has been applied here. Notifications come in the order of commits, so that a word
//! sent to oneself proves that all before it have arrived. While the connection is down, or the word does not come back,
//! nothing is confirmed and the database has to be asked; a [`Change::Lost`] tells every cache to empty itself. Whoever
//! takes a right away waits for [`Changes::settled`] after the commit: after that no replica goes by the old state.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::{
    sync::{Notify, broadcast, watch},
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use super::Db;
use crate::clock;

/// How many changes a slow subscriber may fall behind before it is told that it lost some.
const BACKLOG: usize = 1024;
/// After which silence the server is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(3);
/// How long connecting, or an answer, may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a confirmation is good for, from when it was sent.
const LEASE: Duration = Duration::from_millis(100);
/// When a confirmation that is in use is renewed, so that nobody has to wait for the next.
const RENEW: Duration = Duration::from_millis(50);
/// After this time no lease is left that was given before. The difference is for what lies between looking at a lease and
/// using it.
const SETTLE: Duration = Duration::from_millis(120);
/// How long anybody waits for a confirmation.
const WAIT: Duration = Duration::from_secs(2);
/// How long nobody waits again after a confirmation failed.
const DISAPPOINTED: Duration = Duration::from_secs(1);

/// Something that caches may hold has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// One thing of a tenant changed.
    Of {
        /// The kind of thing, such as `api_key` or `corpus`.
        topic: String,
        /// Its tenant.
        tenant: String,
        /// Its id.
        id: String,
    },
    /// Changes may have been missed: forget everything.
    Lost,
}

/// The stream of changes. Cheap to clone.
#[derive(Clone)]
pub struct Changes(Arc<Shared>);

type Apply = Box<dyn Fn(&Change) + Send + Sync>;

struct Shared {
    sender: broadcast::Sender<Change>,
    caches: Mutex<Vec<Apply>>,
    listens: AtomicBool,
    connected: AtomicBool,
    lease: watch::Sender<Lease>,
    wanted: Notify,
}

/// How fresh the caches are.
#[derive(Debug, Clone, Copy, Default)]
struct Lease {
    /// When the newest word that came back was sent.
    sent: Option<Instant>,
    /// When a word was last given up, and how many were.
    failed: Option<Instant>,
    failures: u64,
}

impl Lease {
    fn age(&self) -> Option<Duration> {
        self.sent.map(|sent| sent.elapsed())
    }

    fn holds(&self) -> bool {
        self.age().is_some_and(|age| age <= LEASE)
    }

    fn failed_lately(&self) -> bool {
        self.failed.is_some_and(|failed| failed.elapsed() < DISAPPOINTED)
    }
}

impl Changes {
    /// Starts to listen, until `stop` is cancelled.
    #[must_use]
    pub fn listen(db: &Db, stop: CancellationToken) -> Self {
        let changes = Self::new(BACKLOG, true);
        tokio::spawn({
            let (changes, db) = (changes.clone(), db.clone());
            async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = changes.keep_listening(&db) => {}
                }
                changes.forget_caches();
            }
        });
        changes
    }

    /// A stream that never says anything and confirms nothing: the database is asked every time.
    #[must_use]
    pub fn none() -> Self {
        Self::new(1, false)
    }

    fn new(backlog: usize, listens: bool) -> Self {
        let (sender, _) = broadcast::channel(backlog);
        Self(Arc::new(Shared {
            sender,
            caches: Mutex::default(),
            listens: listens.into(),
            connected: AtomicBool::new(false),
            lease: watch::Sender::default(),
            wanted: Notify::new(),
        }))
    }

    /// Whether changes of other replicas are being received.
    #[must_use]
    pub fn connected(&self) -> bool {
        self.0.connected.load(Ordering::Acquire)
    }

    /// Whether everything that was committed up to a tenth of a second ago has been applied to the caches, so that what
    /// they hold now may be used now. Asks when that is not known; false when no answer comes.
    pub async fn confirmed(&self) -> bool {
        if !self.connected() {
            return false;
        }
        let lease = *self.0.lease.borrow();
        if lease.holds() {
            if lease.age() > Some(RENEW) {
                self.0.wanted.notify_one();
            }
            return true;
        }
        let asked = Instant::now();
        let mut leases = self.0.lease.subscribe();
        self.0.wanted.notify_one();
        if lease.failed_lately() {
            return false;
        }
        // A word that was sent after the question is as good as a fresh one, however long it took.
        let good = |l: &Lease| l.holds() || l.sent.is_some_and(|sent| sent >= asked);
        let answered = leases.wait_for(|l| {
            let over = good(l) || l.failures != lease.failures;
            if !over {
                self.0.wanted.notify_one();
            }
            over
        });
        let answer = timeout(WAIT, answered).await.map(|found| found.is_ok_and(|l| good(&l)));
        let Ok(good) = answer else {
            self.failed();
            return false;
        };
        good && self.connected()
    }

    /// Whether a confirmation failed a moment ago. It may have waited for a locked table, and whoever asks the database now
    /// need not wait for it as long again.
    #[must_use]
    pub fn failed_lately(&self) -> bool {
        self.0.lease.borrow().failed_lately()
    }

    /// Waits until no replica uses what it cached before now. Called after the commit that took a right away.
    pub async fn settled(&self) {
        tokio::time::sleep(SETTLE).await;
    }

    /// A new subscription; a lagging one receives [`broadcast::error::RecvError::Lagged`], which means the same as
    /// [`Change::Lost`]. What it leads to may come after a confirmation: caches use [`Self::on_change`].
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.0.sender.subscribe()
    }

    /// Calls `apply` for every change before anything later is confirmed. It must be quick, and must not wait.
    pub fn on_change(&self, apply: impl Fn(&Change) + Send + Sync + 'static) {
        // Without a listener there is nothing to apply, and a cache that holds this stream would never be dropped.
        if self.0.listens.load(Ordering::Acquire) {
            self.caches().push(Box::new(apply));
        }
    }

    fn caches(&self) -> std::sync::MutexGuard<'_, Vec<Apply>> {
        self.0.caches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget_caches(&self) {
        self.0.listens.store(false, Ordering::Release);
        self.disconnected();
        let gone = std::mem::take(&mut *self.caches());
        drop(gone);
    }

    fn apply(&self, change: Change) {
        for apply in self.caches().iter() {
            apply(&change);
        }
        let _ = self.0.sender.send(change);
    }

    fn disconnected(&self) {
        self.0.connected.store(false, Ordering::Release);
        self.failed();
        self.apply(Change::Lost);
    }

    fn failed(&self) {
        self.0.lease.send_modify(|lease| {
            lease.failed = Some(Instant::now());
            lease.failures += 1;
        });
    }

    async fn keep_listening(&self, db: &Db) {
        let mut pause = Duration::from_millis(50);
        loop {
            match self.listen_once(db, &mut pause).await {
                Ok(()) => tracing::warn!("the connection that listens for changes ended"),
                Err(error) => tracing::warn!(%error, "cannot listen for changes"),
            }
            self.disconnected();
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(5));
        }
    }

    async fn listen_once(&self, db: &Db, pause: &mut Duration) -> Result<(), sqlx::Error> {
        // A pool of one, so that the listener never takes a connection that a request waits for.
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
        let pool = pool.connect_with(db.connect_options().clone()).await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.ignore_pool_close_event(true);
        // A loss must be told at once; the listener would say nothing until it is connected again.
        listener.eager_reconnect(false);
        listener.listen("nexus_changes").await?;
        // Whatever changed while nobody listened is unknown.
        self.apply(Change::Lost);
        self.0.lease.send_modify(|lease| lease.failed = None);
        self.0.connected.store(true, Ordering::Release);
        *pause = Duration::from_millis(50);
        let mut word = Word::new();
        loop {
            tokio::select! {
                note = listener.try_recv() => match note? {
                    Some(note) => self.take(note.payload(), &mut word),
                    None => return Ok(()),
                },
                () = self.0.wanted.notified() => {
                    // One word at a time, and none while the last is as good as new.
                    if word.sent.is_none_or(|sent| sent.elapsed() >= PATIENCE) && self.is_stale() {
                        self.confirm(&mut listener, &mut word).await?;
                    }
                }
                // A server that vanished without a word looks like one that has nothing to say, so it is asked.
                () = tokio::time::sleep(SILENCE) => self.confirm(&mut listener, &mut word).await?,
            }
        }
    }

    fn is_stale(&self) -> bool {
        self.0.lease.borrow().age().is_none_or(|age| age > RENEW)
    }

    /// Sends a word to oneself. It is among the notifications that follow.
    async fn confirm(&self, listener: &mut PgListener, word: &mut Word) -> Result<(), sqlx::Error> {
        word.next();
        let send = sqlx::query("SELECT nexus_confirm($1)").bind(word.text()).execute(listener);
        match timeout(PATIENCE, send).await.map_err(|_| sqlx::Error::PoolTimedOut)? {
            Ok(_) => Ok(()),
            // The server answers; what it says is that it cannot confirm. The connection goes on listening.
            Err(sqlx::Error::Database(error)) if !super::is_outage(&*error) => {
                tracing::warn!(%error, "caches cannot be confirmed");
                word.sent = None;
                self.failed();
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn take(&self, payload: &str, word: &mut Word) {
        match payload.strip_prefix("confirmed * ") {
            None => self.apply(parse(payload)),
            Some(text) if text == word.text() => {
                let sent = word.sent.take();
                self.0.lease.send_modify(|lease| {
                    lease.sent = sent.or(lease.sent);
                    lease.failed = None;
                });
            }
            // Of another replica.
            Some(_) => {}
        }
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("connected", &self.connected()).finish_non_exhaustive()
    }
}

/// What a listener says to itself: its own name and a number.
struct Word {
    name: String,
    number: u64,
    /// When it was sent, while it has not come back.
    sent: Option<Instant>,
}

impl Word {
    fn new() -> Self {
        Self { name: clock::fresh_uuid().simple().to_string(), number: 0, sent: None }
    }

    fn next(&mut self) {
        self.number += 1;
        self.sent = Some(Instant::now());
    }

    fn text(&self) -> String {
        format!("{} {}", self.name, self.number)
    }
}

fn parse(payload: &str) -> Change {
    let mut words = payload.splitn(3, ' ');
    match (words.next(), words.next(), words.next()) {
        (Some(topic), Some(tenant), Some(id)) => {
            Change::Of { topic: topic.to_owned(), tenant: tenant.to_owned(), id: id.to_owned() }
        }
        _ => Change::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_that_is_not_understood_empties_the_caches() {
        assert_eq!(parse("nonsense"), Change::Lost);
        let of = Change::Of { topic: "api_key".into(), tenant: "t1".into(), id: "k 1".into() };
        assert_eq!(parse("api_key t1 k 1"), of);
    }
}
