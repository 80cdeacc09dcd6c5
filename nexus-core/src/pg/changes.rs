//! Notifications that a cached thing changed, from any replica.
//!
//! One connection listens. While it is down nothing may be cached: [`Changes::connected`] is false, and a
//! [`Change::Lost`] tells every cache to empty itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::Db;

/// How many changes a slow subscriber may fall behind before it is told that it lost some.
const BACKLOG: usize = 1024;
/// After which silence the server is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(3);
/// How long connecting, or that answer, may take.
const PATIENCE: Duration = Duration::from_secs(3);

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
#[derive(Debug, Clone)]
pub struct Changes {
    sender: broadcast::Sender<Change>,
    connected: Arc<AtomicBool>,
}

impl Changes {
    /// Starts to listen, until `stop` is cancelled.
    #[must_use]
    pub fn listen(db: &Db, stop: CancellationToken) -> Self {
        let (sender, _) = broadcast::channel(BACKLOG);
        let changes = Self { sender, connected: Arc::new(AtomicBool::new(false)) };
        tokio::spawn({
            let (changes, db) = (changes.clone(), db.clone());
            async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = changes.keep_listening(&db) => {}
                }
            }
        });
        changes
    }

    /// A stream that never says anything and is never connected: nothing gets cached.
    #[must_use]
    pub fn none() -> Self {
        let (sender, _) = broadcast::channel(1);
        Self { sender, connected: Arc::new(AtomicBool::new(false)) }
    }

    /// Whether changes of other replicas are being received, so that caching is safe.
    #[must_use]
    pub fn connected(&self) -> bool {
        self.connected.load(Ordering::Acquire)
    }

    /// A new subscription; a lagging one receives [`broadcast::error::RecvError::Lagged`], which means the same as
    /// [`Change::Lost`].
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.sender.subscribe()
    }

    /// Calls `apply` for every change, until the stream ends.
    pub fn on_change(&self, mut apply: impl FnMut(Change) + Send + 'static) {
        let mut receiver = self.subscribe();
        tokio::spawn(async move {
            loop {
                match receiver.recv().await {
                    Ok(change) => apply(change),
                    Err(broadcast::error::RecvError::Lagged(_)) => apply(Change::Lost),
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        });
    }

    /// Tells the caches of this process at once, without waiting for the notification.
    pub fn announce(&self, change: Change) {
        let _ = self.sender.send(change);
    }

    async fn keep_listening(&self, db: &Db) {
        let mut pause = Duration::from_millis(50);
        loop {
            match self.listen_once(db, &mut pause).await {
                Ok(()) => tracing::warn!("the connection that listens for changes ended"),
                Err(error) => tracing::warn!(%error, "cannot listen for changes"),
            }
            self.connected.store(false, Ordering::Release);
            let _ = self.sender.send(Change::Lost);
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
        let _ = self.sender.send(Change::Lost);
        self.connected.store(true, Ordering::Release);
        *pause = Duration::from_millis(50);
        loop {
            match tokio::time::timeout(SILENCE, listener.try_recv()).await {
                Ok(Ok(Some(note))) => drop(self.sender.send(parse(note.payload()))),
                Ok(Ok(None)) => return Ok(()),
                Ok(Err(error)) => return Err(error),
                // A server that vanished without a word looks like one that has nothing to say, so it is asked.
                Err(_) => {
                    let asked = tokio::time::timeout(PATIENCE, sqlx::query("SELECT 1").execute(&mut listener)).await;
                    asked.map_err(|_| sqlx::Error::PoolTimedOut)??;
                }
            }
        }
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
