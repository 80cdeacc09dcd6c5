//! Streams that can be read again from any event, by the caller who asked and nobody else.
//!
//! A run writes into a [`Channel`]; connections read from it. It is found again under a [`Key`] made of the caller and the
//! whole question, so that a stranger cannot name it. Channels of finished runs are kept for a while within a number of
//! bytes; losing one costs a client the possibility to resume and nothing else.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use nexus_core::{crypto::vault::Vault, principal::Principal, settings::Source, shared::Shared};
use nexus_retrieval::run::Ask;
use sha2::{Digest as _, Sha256};

use super::{
    channel::Channel,
    kept::{Room, Streams},
    mirror::Mirror,
};

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
                "Bytes of finished streams kept for resuming; a stream that goes on takes 2 KiB of the room",
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
    streams: Arc<Mutex<Streams>>,
}

impl Replays {
    /// Keeps streams within these limits.
    #[must_use]
    pub fn new(settings: ReplaySettings, shared: &Shared, vault: &Vault) -> Self {
        Self { settings, mirror: Mirror::new(shared, vault, &settings), streams: Arc::default() }
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
        self.streams().begin(key, channel, self.room());
    }

    /// A run has ended: from now on it is kept for a while, as far as there is room.
    pub(super) fn end(&self, key: &Key, channel: &Arc<Channel>) {
        self.streams().end(key, channel, self.room());
    }

    /// The stream of a question, if it is still there: that of the run that is meant, or the newest.
    pub(super) fn find(&self, key: &Key, run: Option<&str>) -> Option<Arc<Channel>> {
        self.streams().find(key, run, self.room())
    }

    fn room(&self) -> Room {
        (self.settings.keep_bytes, self.settings.keep)
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
