//! Streams that can be read again from any event, by the caller who asked and nobody else.
//!
//! A run writes into a [`Channel`]; connections read from it. It is found again under a [`Key`] made of the caller and the
//! whole question, so that a stranger cannot name it. Channels of finished runs are kept for a while within a number of
//! bytes; losing one costs a client the possibility to resume and nothing else.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use nexus_core::{crypto::vault::Vault, id::RequestId, principal::Principal, settings::Source, shared::Shared};
use nexus_retrieval::run::Ask;
use sha2::{Digest as _, Sha256};

use super::{channel::Channel, mirror::Mirror};

/// Knobs of streams.
#[derive(Debug, Clone, Copy)]
pub struct ReplaySettings {
    /// After which silence a heartbeat is sent.
    pub heartbeat: Duration,
    /// How long a run goes on without a client before it is stopped.
    pub grace: Duration,
    /// How long a finished stream can be read again.
    pub keep: Duration,
    /// How many bytes of finished streams are kept.
    pub keep_bytes: u64,
}

impl Default for ReplaySettings {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(10),
            grace: Duration::from_millis(500),
            keep: Duration::from_mins(2),
            keep_bytes: 16 * 1024 * 1024,
        }
    }
}

impl ReplaySettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        Self {
            heartbeat: s.seconds("RUN_SSE_HEARTBEAT_S", 10, 1..=300, "Silence after which a heartbeat is sent"),
            grace: s.millis(
                "RUN_RESUME_GRACE_MS",
                500,
                0..=60_000,
                "How long a run goes on for a client that lost its connection",
            ),
            keep: s.seconds("RUN_RESUME_TTL_S", 120, 0..=3600, "How long a finished stream can be resumed"),
            keep_bytes: s.number(
                "RUN_RESUME_MAX_BYTES",
                16 * 1024 * 1024,
                0..=4 * 1024 * 1024 * 1024,
                "Bytes of finished streams kept for resuming",
            ),
        }
    }
}

/// Under what a stream is found again: a digest of the caller and the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of a question by a caller.
    #[must_use]
    pub fn of(caller: &Principal, ask: &Ask) -> Self {
        let mut hash = Sha256::new();
        let top_k = ask.top_k.map_or_else(String::new, |k| k.to_string());
        let audio = if ask.audio { "audio" } else { "" };
        for part in [
            caller.tenant.as_str(),
            caller.user.as_str(),
            caller.credential.as_str(),
            ask.session.as_str(),
            ask.corpus.as_str(),
            &ask.message,
            &top_k,
            audio,
        ] {
            // Lengths keep two different lists of parts from looking the same.
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// Where the trail of a run of this question is kept.
    pub(super) fn trail(&self, run: &str) -> String {
        format!("{}:{run}", self.newest())
    }

    /// Where it is kept which run of this question is the newest.
    pub(super) fn newest(&self) -> String {
        format!("replay:{}", self.digest())
    }

    /// The digest in letters.
    pub(super) fn digest(&self) -> String {
        hex::encode(self.0)
    }
}

/// The streams of this process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Replays {
    settings: ReplaySettings,
    mirror: Option<Mirror>,
    /// Streams that go on, the newest of a question last. There are as many as runs, which are bounded.
    running: Arc<Mutex<HashMap<Key, Vec<Arc<Channel>>>>>,
    finished: moka::sync::Cache<(Key, RequestId), Arc<Channel>>,
    newest: moka::sync::Cache<Key, RequestId>,
}

impl Replays {
    /// Keeps streams within these limits.
    #[must_use]
    pub fn new(settings: ReplaySettings, shared: &Shared, vault: &Vault) -> Self {
        let finished = moka::sync::Cache::builder()
            .max_capacity(settings.keep_bytes)
            .weigher(|_: &(Key, RequestId), channel: &Arc<Channel>| u32::try_from(channel.bytes()).unwrap_or(u32::MAX))
            .time_to_live(settings.keep)
            .build();
        let newest =
            moka::sync::Cache::builder().max_capacity(settings.keep_bytes / 1024).time_to_live(settings.keep).build();
        Self { settings, mirror: Mirror::new(shared, vault, &settings), running: Arc::default(), finished, newest }
    }

    /// The trails that other replicas see, when there are any.
    pub(super) fn mirror(&self) -> Option<&Mirror> {
        self.mirror.as_ref()
    }

    /// The knobs.
    #[must_use]
    pub fn settings(&self) -> ReplaySettings {
        self.settings
    }

    /// A run has begun. It is found however long it takes.
    pub(super) fn begin(&self, key: &Key, channel: &Arc<Channel>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.entry(*key).or_default().push(Arc::clone(channel));
    }

    /// A run has ended: from now on it is kept for a while, as far as there is room.
    pub(super) fn end(&self, key: &Key, channel: &Arc<Channel>) {
        self.finished.insert((*key, channel.run().clone()), Arc::clone(channel));
        self.newest.insert(*key, channel.run().clone());
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channels) = running.get_mut(key) {
            channels.retain(|other| !Arc::ptr_eq(other, channel));
            if channels.is_empty() {
                running.remove(key);
            }
        }
    }

    /// The stream of a question, if it is still there: that of the run that is meant, or the newest.
    pub(super) fn find(&self, key: &Key, run: Option<&str>) -> Option<Arc<Channel>> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned().unwrap_or_default();
        let meant = |channel: &&Arc<Channel>| run.is_none_or(|run| channel.run().as_str() == run);
        if let Some(channel) = running.iter().rev().find(meant) {
            return Some(Arc::clone(channel));
        }
        let run = run.map_or_else(|| self.newest.get(key), |run| RequestId::new(run).ok())?;
        self.finished.get(&(*key, run))
    }
}
