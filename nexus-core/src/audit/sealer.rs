//! Puts committed events into the chains of their tenants and signs how the log stands.
//!
//! Requests only insert events; nothing here makes them wait. One process at a time seals, whichever gets the lock; the others
//! keep a copy of every checkpoint as well. A sealer that is killed leaves either a whole checkpoint or nothing, and the next one
//! goes on from what the database says. Without a database nothing is sealed, and events wait there for the next turn. When the
//! checkpoints that lie outside of the database contradict it, nothing is sealed until somebody has looked.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::{
    AuditSettings,
    anchor::{Anchor, AnchorError, AnchorFile, Last},
    chain::Heads,
    checkpoint::{Checkpoint, Pruned, Signed, SigningKey},
    elsewhere::Courier,
    store::seals as store,
    tree::Hash,
    window::Window,
};
use crate::{
    clock::{self, Clock},
    keyring::{Active, Keyring, KeyringError, Purpose},
    pg::{Db, DbError, PlatformTx},
};

/// The most events under one checkpoint.
pub const MAX_EVENTS: usize = 1000;
/// How often somebody looks whether there is something to seal.
const POLL: Duration = Duration::from_secs(1);
/// How long a command waits for somebody else who seals.
const BUSY: Duration = Duration::from_millis(20);
/// How often somebody looks whether something may be removed.
const PRUNE_EVERY: Duration = Duration::from_mins(1);
/// How many checkpoints are removed at once, and how many are copied at once.
const STEP: i64 = 200;

/// Why nothing is sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The places outside.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// The newest checkpoint was not made by a sealer.
    #[error(
        "the newest checkpoint of the database, {0}, is not signed by the key that it names, or not of these chains"
    )]
    Forged(u64),
    /// Another process of this installation has another key.
    #[error(
        "AUDIT_SIGNING_KEY is not given, and the key of this data directory is not the one that the log is signed with"
    )]
    OtherKey,
    /// The key of the keyring.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

impl SealError {
    fn reason(&self) -> &'static str {
        match self {
            Self::Db(_) | Self::Keyring(KeyringError::Db(_)) => "database",
            Self::Anchor(AnchorError::Io { .. }) => "anchor",
            Self::Anchor(AnchorError::Conflict { .. }) => "conflict",
            Self::Forged(_) => "forged",
            Self::OtherKey => "other_key",
            Self::Keyring(_) => "keyring",
        }
    }
}

/// Seals the log of an installation.
#[derive(Clone)]
pub struct Sealer {
    db: Db,
    key: Arc<SigningKey>,
    keyring: Option<Keyring>,
    file: AnchorFile,
    elsewhere: Option<Arc<dyn Anchor>>,
    clock: Clock,
    settings: AuditSettings,
}

/// What a turn did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// There may be more at once.
    Full,
    /// There is nothing to do for now.
    Rest,
    /// Somebody else seals.
    Busy,
}

/// What is remembered between turns. What somebody else sealed meanwhile comes from the database.
#[derive(Debug, Default)]
struct Memory {
    chains: Option<Chains>,
    kept: Option<Last>,
    sealed_at: Option<Instant>,
    pruned_at: Option<Instant>,
    /// The key of the keyring that signed last.
    signing: Option<Arc<SigningKey>>,
    courier: Courier,
}

/// How the log stands.
#[derive(Debug)]
struct Chains {
    number: u64,
    log: String,
    events: u64,
    previous: Hash,
    heads: Heads,
    window: Window,
}

impl Sealer {
    /// Seals with a key, and keeps checkpoints in a file.
    #[must_use]
    pub fn new(db: &Db, key: Arc<SigningKey>, file: AnchorFile, clock: &Clock, settings: &AuditSettings) -> Self {
        Self {
            db: db.clone(),
            key,
            keyring: None,
            file,
            elsewhere: None,
            clock: clock.clone(),
            settings: settings.clone(),
        }
    }

    /// Seals with the active signing key of a keyring, and with the other key only while there is none.
    #[must_use]
    pub fn with_keyring(mut self, keyring: Keyring) -> Self {
        self.keyring = Some(keyring);
        self
    }

    /// Keeps checkpoints in another place as well.
    #[must_use]
    pub fn and_in(mut self, place: Arc<dyn Anchor>) -> Self {
        self.elsewhere = Some(place);
        self
    }

    /// Seals until `stop`, and once more then.
    pub async fn run(self, stop: CancellationToken) {
        let mut memory = Memory::default();
        let mut ill = None;
        loop {
            let turn = match self.turn(&mut memory).await {
                Ok(turn) => {
                    ill = None;
                    turn
                }
                Err(error) => {
                    metrics::counter!("nexusrag_audit_sealing_failures_total", "reason" => error.reason()).increment(1);
                    if ill.replace(error.reason()) != Some(error.reason()) {
                        tracing::error!(%error, "the audit log is not sealed for now");
                    }
                    memory.chains = None;
                    Turn::Rest
                }
            };
            if stop.is_cancelled() {
                return;
            }
            if turn != Turn::Full {
                stop.run_until_cancelled(tokio::time::sleep(POLL)).await;
            }
        }
    }

    /// Seals everything that is committed, whether it is due or not. For commands and tests.
    pub async fn seal_now(&self) -> Result<(), SealError> {
        let now = Self { settings: AuditSettings { every: Duration::ZERO, ..self.settings.clone() }, ..self.clone() };
        let mut memory = Memory::default();
        loop {
            match now.turn(&mut memory).await? {
                Turn::Full => {}
                Turn::Rest => return Ok(()),
                Turn::Busy => tokio::time::sleep(BUSY).await,
            }
        }
    }

    async fn turn(&self, memory: &mut Memory) -> Result<Turn, SealError> {
        // A place that contradicts the database is heard before anything more is sealed.
        if let Some(place) = &self.elsewhere {
            memory.courier.hand_over(place).await?;
            memory.courier.agree(place, &self.db).await?;
        }
        // Looked at before the database is, which may know more by then and never less.
        let kept = match memory.kept {
            Some(kept) => kept,
            None => self.file.last().await?,
        };
        let mut tx = self.db.platform().await?;
        let newest = store::newest(&mut tx).await?;
        self.copy(&mut tx, memory, kept, newest.as_ref()).await?;
        if !store::try_lock(&mut tx).await? {
            return Ok(Turn::Busy);
        }
        store::by_index(&mut tx).await?;
        // Whoever had the lock before may have made one more.
        let newest = store::newest(&mut tx).await?;
        let number = newest.as_ref().map_or(0, |newest| newest.number);
        let key = self.signing(&mut tx, memory).await?;
        let mut chains = match memory.chains.take() {
            Some(chains) if chains.number == number => chains,
            known => {
                // A key that was chosen may follow another one; a key that was only drawn here may not.
                if !key.is_chosen() && newest.as_ref().is_some_and(|it| it.signed.key != key.public()) {
                    return Err(SealError::OtherKey);
                }
                Chains::load(&mut tx, newest, known).await?
            }
        };
        let most = i64::try_from(MAX_EVENTS).unwrap_or(i64::MAX);
        let waiting = store::waiting(&mut tx, &chains.window, most).await?;
        #[allow(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!("nexusrag_audit_unsealed_events").set(waiting as f64);
        let full = waiting >= u64::try_from(MAX_EVENTS).unwrap_or(u64::MAX);
        let patient = memory.sealed_at.is_some_and(|at| at.elapsed() < self.settings.every);
        let pruned = self.prunable(&mut tx, memory).await?;
        if pruned.is_none() && !full && (waiting == 0 || patient) {
            memory.chains = Some(chains);
            return Ok(Turn::Rest);
        }
        let sealed = self.seal(&mut tx, (&mut chains, &key), pruned).await?;
        tx.commit().await?;
        let Some((signed, events)) = sealed else {
            memory.chains = Some(chains);
            return Ok(Turn::Rest);
        };
        memory.sealed_at = Some(Instant::now());
        metrics::counter!("nexusrag_audit_sealed_total").increment(events);
        metrics::counter!("nexusrag_audit_checkpoints_total").increment(1);
        self.keep(memory, vec![signed]).await?;
        memory.chains = Some(chains);
        Ok(if full { Turn::Full } else { Turn::Rest })
    }

    /// Makes the next checkpoint; none when there is nothing for it.
    async fn seal(
        &self,
        tx: &mut PlatformTx,
        (chains, key): (&mut Chains, &SigningKey),
        pruned: Option<Pruned>,
    ) -> Result<Option<(Signed, u64)>, SealError> {
        let entries = store::unsealed(tx, &mut chains.window, MAX_EVENTS).await?;
        if entries.is_empty() && pruned.is_none() {
            return Ok(None);
        }
        let (seals, root) = chains.heads.seal(&entries);
        let events = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        let checkpoint = Checkpoint {
            log: chains.log.clone(),
            number: chains.number + 1,
            time: self.clock.now(),
            events: chains.events + events,
            chains: chains.heads.chains(),
            root,
            previous: chains.previous,
            pruned,
            key_id: key.id().map(ToOwned::to_owned),
        };
        let signed = key.sign(&checkpoint);
        store::insert_checkpoint(tx, &checkpoint, &signed, chains.window.settled()).await?;
        store::insert_seals(tx, checkpoint.number, &seals).await?;
        if let Some(pruned) = &checkpoint.pruned {
            let gone = store::prune(tx, pruned.through).await?;
            tracing::info!(events = gone, through = pruned.through, "events are removed because their time is over");
            metrics::counter!("nexusrag_audit_pruned_total").increment(gone);
        }
        (chains.number, chains.events, chains.previous) = (checkpoint.number, checkpoint.events, signed.hash());
        Ok(Some((signed, events)))
    }

    /// What is to be removed now.
    async fn prunable(&self, tx: &mut PlatformTx, memory: &mut Memory) -> Result<Option<Pruned>, SealError> {
        let Some(days) = self.settings.retention else { return Ok(None) };
        if memory.pruned_at.is_some_and(|at| at.elapsed() < PRUNE_EVERY) {
            return Ok(None);
        }
        memory.pruned_at = Some(Instant::now());
        let before = self.clock.now() - TimeDelta::days(i64::from(days));
        let found = store::prunable(tx, before, STEP).await?;
        Ok(found.map(|(through, events)| Pruned { through, events, before }))
    }

    /// Keeps what others made, and makes sure that what is kept is what the database says.
    async fn copy(
        &self,
        tx: &mut PlatformTx,
        memory: &mut Memory,
        mut kept: Last,
        newest: Option<&store::Newest>,
    ) -> Result<(), SealError> {
        let number = newest.map_or(0, |newest| newest.number);
        if kept.number > number {
            return Err(self.file.conflict(kept.number).into());
        }
        while kept.number < number || memory.kept.is_none() && number > 0 {
            let mut found = store::checkpoints(tx, kept.number.max(1), STEP).await?;
            let first = found.first().and_then(|first| Some((first.read().ok()?.number, first.hash())));
            if kept.number > 0 && first.is_some_and(|(number, hash)| number == kept.number && hash != kept.hash) {
                return Err(self.file.conflict(kept.number).into());
            }
            found.retain(|signed| signed.read().is_ok_and(|it| it.number > kept.number));
            let done = found.is_empty();
            self.keep(memory, found).await?;
            kept = memory.kept.unwrap_or(kept);
            if done {
                break;
            }
        }
        memory.kept = Some(kept);
        Ok(())
    }

    /// Keeps checkpoints outside of the database.
    async fn keep(&self, memory: &mut Memory, checkpoints: Vec<Signed>) -> Result<(), SealError> {
        if self.elsewhere.is_some() {
            memory.courier.take(&checkpoints);
        }
        memory.kept = Some(self.file.append(checkpoints).await?);
        if let Some(place) = &self.elsewhere {
            memory.courier.hand_over(place).await?;
        }
        Ok(())
    }

    /// What signs now: the active key of the keyring, or else that of the settings.
    async fn signing(&self, tx: &mut PlatformTx, memory: &mut Memory) -> Result<Arc<SigningKey>, SealError> {
        let Some(keyring) = &self.keyring else { return Ok(Arc::clone(&self.key)) };
        let known = memory.signing.as_ref().and_then(|key| key.id()?.parse().ok());
        match keyring.active(tx, Purpose::Signing, known.as_ref()).await? {
            Active::Known => {}
            Active::None => memory.signing = None,
            Active::Other(material) => {
                memory.signing = Some(Arc::new(material.signing_key().map_err(KeyringError::from)?));
            }
        }
        Ok(Arc::clone(memory.signing.as_ref().unwrap_or(&self.key)))
    }
}

impl Chains {
    /// Reads how the log stands; of what is known already, only what came later.
    async fn load(tx: &mut PlatformTx, newest: Option<store::Newest>, known: Option<Self>) -> Result<Self, SealError> {
        let Some(store::Newest { number, signed, settled }) = newest else {
            let mut log = [0; 16];
            clock::fill_random(&mut log);
            let window = store::resume(tx, 0).await?;
            let (log, heads) = (hex::encode(log), Heads::default());
            return Ok(Self { number: 0, log, events: 0, previous: Hash::default(), heads, window });
        };
        let checkpoint = signed.read().ok().filter(|it| it.number == number && signed.is_signed());
        let checkpoint = checkpoint.ok_or(SealError::Forged(number))?;
        let heads = match known.filter(|known| known.number < number && known.log == checkpoint.log) {
            Some(mut known) => {
                store::advance(tx, &mut known.heads, known.number).await?;
                known.heads
            }
            None => store::heads(tx, None).await?,
        };
        if heads.tree().root() != checkpoint.root {
            return Err(SealError::Forged(number));
        }
        let window = store::resume(tx, settled).await?;
        let (log, events) = (checkpoint.log, checkpoint.events);
        Ok(Self { number, log, events, previous: signed.hash(), heads, window })
    }
}
