//! Events that nobody waits for: a bounded queue, and a writer that empties it in groups.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{AuditSettings, Event, store};
use crate::pg::{Db, DbError};

/// The longest pause between two attempts to reach the database.
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// The front of the queue. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AuditLog {
    sender: mpsc::Sender<Entry>,
}

/// The back of the queue, which one task runs.
#[derive(Debug)]
pub struct AuditWriter {
    receiver: mpsc::Receiver<Entry>,
    db: Db,
    settings: AuditSettings,
}

#[derive(Debug)]
enum Entry {
    Event(Box<Event>),
    /// Asks to be told when everything before it is written.
    Flush(oneshot::Sender<()>),
}

impl AuditLog {
    /// A queue and its writer. Without a task that runs the writer, events are kept up to the bound and then dropped.
    #[must_use]
    pub fn new(db: &Db, settings: &AuditSettings) -> (Self, AuditWriter) {
        let (sender, receiver) = mpsc::channel(settings.queue);
        (Self { sender }, AuditWriter { receiver, db: db.clone(), settings: settings.clone() })
    }

    /// Takes note of an event. Never waits: an event that does not fit is dropped and counted.
    pub fn note(&self, event: Event) {
        if let Err(error) = self.sender.try_send(Entry::Event(Box::new(event))) {
            let reason = match error {
                mpsc::error::TrySendError::Full(_) => "full",
                mpsc::error::TrySendError::Closed(_) => "closed",
            };
            dropped(reason, 1);
        }
    }

    /// Waits until everything that was noted before is written or dropped.
    pub async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.sender.send(Entry::Flush(done)).await.is_ok() {
            let _ = written.await;
        }
    }

    /// How many events wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.sender.max_capacity() - self.sender.capacity()
    }
}

impl AuditWriter {
    /// Writes until `stop`, then writes what is left for the time of the settings. What cannot be written by then is
    /// counted as dropped.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut group = Group::default();
        let drain = self.settings.drain;
        // A write is not interrupted by `stop`: it might have been done, and would be done again.
        let late = async {
            stop.cancelled().await;
            tokio::time::sleep(drain).await;
        };
        let in_time = tokio::select! {
            biased;
            () = self.work(&mut group, &stop) => true,
            () = late => false,
        };
        let left = group.events.len() + self.receiver.len();
        if !in_time && left > 0 {
            tracing::error!(left, "audit events are lost because the database is away");
            dropped("shutdown", left);
        }
    }

    async fn work(&mut self, group: &mut Group, stop: &CancellationToken) {
        loop {
            let filled = tokio::select! {
                biased;
                () = stop.cancelled(), if !self.receiver.is_closed() => {
                    // What is in the queue still comes out of it; nothing more comes in.
                    self.receiver.close();
                    true
                }
                filled = self.fill(group) => filled,
            };
            if !filled {
                return;
            }
            self.write(group).await;
        }
    }

    /// Waits for an event, then a moment for more. False when no more will come. Loses nothing when it is dropped.
    async fn fill(&mut self, group: &mut Group) -> bool {
        if group.is_empty() {
            let Some(first) = self.receiver.recv().await else { return false };
            group.add(first);
        }
        let more = async {
            while !group.is_urgent(self.settings.batch) {
                let Some(entry) = self.receiver.recv().await else { return };
                group.add(entry);
            }
        };
        let _ = tokio::time::timeout(self.settings.pause, more).await;
        true
    }

    /// Writes a group, however long the database is away. The group stays whole while it is not written.
    async fn write(&self, group: &mut Group) {
        let mut pause = self.settings.pause;
        while !group.events.is_empty() {
            match insert(&self.db, &group.events).await {
                Ok(()) => group.events.clear(),
                Err(error) if store::is_refusal(&error) => self.write_singly(group, &error).await,
                Err(error) => {
                    tracing::warn!(%error, waiting = self.receiver.len(), "the audit log cannot be written for now");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(MAX_PAUSE);
                }
            }
        }
        group.done();
    }

    /// Saves what can be saved of a group that the database refuses as a whole, and counts the rest.
    async fn write_singly(&self, group: &mut Group, error: &DbError) {
        tracing::error!(%error, "the database refuses an audit event");
        while let Some(event) = group.events.last() {
            match insert(&self.db, std::slice::from_ref(event)).await {
                Ok(()) => {}
                Err(error) if store::is_refusal(&error) => dropped("refused", 1),
                Err(_) => return,
            }
            group.events.pop();
        }
    }
}

/// Events on their way, and who waits for them.
#[derive(Debug, Default)]
struct Group {
    events: Vec<Event>,
    flushes: Vec<oneshot::Sender<()>>,
}

impl Group {
    fn add(&mut self, entry: Entry) {
        match entry {
            Entry::Event(event) => self.events.push(*event),
            Entry::Flush(done) => self.flushes.push(done),
        }
    }

    fn is_empty(&self) -> bool {
        self.events.is_empty() && self.flushes.is_empty()
    }

    fn is_urgent(&self, batch: usize) -> bool {
        self.events.len() >= batch || !self.flushes.is_empty()
    }

    fn done(&mut self) {
        for flush in self.flushes.drain(..) {
            let _ = flush.send(());
        }
    }
}

async fn insert(db: &Db, events: &[Event]) -> Result<(), DbError> {
    let mut tx = db.platform().await?;
    store::insert(&mut tx, events).await?;
    tx.commit().await?;
    metrics::counter!("nexusrag_audit_written_total").increment(events.len() as u64);
    Ok(())
}

fn dropped(reason: &'static str, events: usize) {
    metrics::counter!("nexusrag_audit_dropped_total", "reason" => reason).increment(events as u64);
}
