//! Replacing the keys of tenants.
//!
//! A rotation makes a new version of a tenant's key, which seals from that moment on, and a job that seals anew what older
//! versions sealed. The job goes from one thing to the next by name and writes down how far it came, so that a worker that is
//! killed loses nothing but the thing at hand. Each thing is counted in the transaction that moves it, which also asks whether
//! the rotation still runs: pausing and cancelling hold from the next thing on. What cannot be read is tried three times, told
//! once, and left where it is. Readers are never in the way and never fail: what is sealed anew lies beside the old until it
//! counts. When the key-management service or a store is away the job waits.
//!
//! When nothing is left under older versions they are retired: they open, and what was sealed with them is not written down
//! any more. Until then what a slow request sealed with one a moment ago is taken, and the job finds it.

mod handler;

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use uuid::Uuid;

pub use self::handler::RotationHandler;
use super::{
    store::{jobs, keys},
    vault::{KeyRecord, LiveKey, Vault, VaultError},
};
use crate::{
    audit::{self, Event, EventType},
    clock,
    id::TenantId,
    job::{self, NewJob},
    op::Op,
    pg::{Db, DbError, TenantTx},
    principal::Principal,
    problem::Code,
};

/// The queue of these jobs.
pub const QUEUE: &str = "crypto";
/// The kind of these jobs.
pub const KIND: &str = "rotate_keys";
/// How often a job is tried when the database or a service is away; with pauses of minutes between.
const ATTEMPTS: u32 = 50;
/// How often a thing is tried that cannot be read.
pub(super) const ITEM_ATTEMPTS: u32 = 3;
/// More things than this that cannot be read end a rotation: something else is wrong.
pub(super) const MAX_FAILURES: usize = 1000;

/// How a rotation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RotationStatus {
    /// It waits for a worker.
    Queued,
    /// A worker is at it.
    Running,
    /// It waits for somebody to let it go on.
    Paused,
    /// Nothing is left under older versions.
    Completed,
    /// It was cancelled, or left something behind.
    Failed,
}

impl RotationStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Paused, Self::Completed, Self::Failed];

    /// The word in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// Whether it will not change any more.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

/// A thing that could not be sealed anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of thing.
    pub kind: String,
    /// Which.
    pub name: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why, by the code of the last attempt.
    pub code: String,
}

/// A rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// Its id.
    pub id: Uuid,
    /// The key that sealed before.
    pub from: Uuid,
    /// The key that seals since.
    pub to: Uuid,
    /// How it stands.
    pub status: RotationStatus,
    /// How many things were under older versions when it began.
    pub total: u64,
    /// How many were sealed anew.
    pub processed: u64,
    /// How many could not be read.
    pub failed: u64,
    /// When a worker began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub completed_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error_code: Option<String>,
    /// The same in words.
    pub error_message: Option<String>,
}

/// Why one thing was not sealed anew.
#[derive(Debug, thiserror::Error)]
pub enum ResealError {
    /// It cannot be read, and that will hardly change.
    #[error("the thing cannot be read: {0}")]
    Broken(Code),
    /// Something is away that it needs; it is not its fault.
    #[error("{0}")]
    Wait(String),
    /// The rotation does not run any more.
    #[error("the rotation does not run any more")]
    Stopped,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<VaultError> for ResealError {
    fn from(error: VaultError) -> Self {
        use crate::problem::{Kind, Problem as _};
        match error {
            VaultError::Db(error) => Self::Db(error),
            error if error.kind() == Kind::Unavailable => Self::Wait(error.to_string()),
            error => Self::Broken(error.code()),
        }
    }
}

/// A kind of thing that is sealed. Names are in the order of bytes.
pub trait Reseal: Send + Sync + 'static {
    /// What it is called, in cursors and reports.
    fn kind(&self) -> &'static str;

    /// How many things of the tenant are not under this key, but for some.
    fn left<'a>(&'a self, tx: &'a mut TenantTx, to: Uuid, but: &'a [String]) -> BoxFuture<'a, Result<u64, DbError>>;

    /// The next names of such things after one, at most so many.
    fn page<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        to: Uuid,
        range: (&'a str, u32),
        but: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<String>, DbError>>;

    /// Seals one anew: the new beside the old, then the transaction that calls [`Step::count`], then the old away. A thing that
    /// is gone, or was sealed anew by somebody else, needs nothing.
    fn reseal<'a>(&'a self, step: &'a Step, name: &'a str) -> BoxFuture<'a, Result<(), ResealError>>;
}

/// One turn of a worker at a rotation.
#[derive(Debug, Clone)]
pub struct Step {
    /// The operation.
    pub op: Op,
    /// Whose things.
    pub tenant: TenantId,
    /// The keys.
    pub vault: Vault,
    /// The key to seal with.
    pub to: LiveKey,
    rotation: Uuid,
}

impl Step {
    /// Counts a thing in the transaction that moves it, which must not be committed when the rotation does not run any more.
    pub async fn count(&self, tx: &mut TenantTx) -> Result<(), ResealError> {
        if jobs::count(tx, self.rotation).await? { Ok(()) } else { Err(ResealError::Stopped) }
    }
}

/// Starts rotations and looks after them. Cheap to clone.
#[derive(Clone)]
pub struct Rotations {
    vault: Vault,
    things: Arc<[Arc<dyn Reseal>]>,
}

impl fmt::Debug for Rotations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.things.iter().map(|thing| thing.kind()).collect();
        f.debug_struct("Rotations").field("things", &kinds).finish_non_exhaustive()
    }
}

/// A new version that is wrapped and not yet written down.
#[derive(Debug)]
pub struct Prepared(KeyRecord);

/// What is asked of a rotation.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Why, in the words of whoever asks.
    pub reason: Option<String>,
    /// Whether what older versions sealed is sealed anew.
    pub reencrypt: bool,
    /// Whether a rotation that goes on is cancelled for this one.
    pub force: bool,
}

impl Rotations {
    /// Of these kinds of things.
    #[must_use]
    pub fn new(vault: Vault, things: Vec<Arc<dyn Reseal>>) -> Self {
        Self { vault, things: things.into() }
    }

    /// Makes a new version, which takes a call to the key-management service: before a transaction, and not within.
    pub async fn prepare(&self, op: &Op, db: &Db, tenant: &TenantId) -> Result<Prepared, VaultError> {
        let mut tx = db.tenant(tenant).await?;
        let next = keys::list(&mut tx).await?.first().map_or(1, |newest| newest.version.saturating_add(1));
        drop(tx);
        Ok(Prepared(self.vault.make(op, tenant, next).await?))
    }

    /// Lets a new version seal from now on, and begins to seal anew what older ones sealed. Whoever calls it has made sure that
    /// the principal may.
    pub async fn start(
        &self,
        op: &Op,
        db: &Db,
        who: &Principal,
        Prepared(new): Prepared,
        wish: &Wish,
    ) -> Result<(KeyRecord, Option<Rotation>), VaultError> {
        let mut tx = db.tenant(&who.tenant).await?;
        // Of two at once, the second waits here and then finds the version taken.
        let old = keys::retire_active(&mut tx).await?;
        if let Some(going) = jobs::unfinished(&mut tx).await? {
            if !wish.force {
                return Err(VaultError::InProgress);
            }
            end(op, &mut tx, &going, "another rotation took its place").await?;
        }
        if !keys::insert(&mut tx, &new).await? {
            return Err(VaultError::InProgress);
        }
        let made = Event::by(op, who, EventType::CryptoKeyCreated).resource("tenant_key", &new.id.to_string());
        let made = made.version(new.version);
        audit::record(&mut tx, &made).await?;
        audit::record(&mut tx, &made.and(EventType::CryptoKeyActivated)).await?;
        let rotation = match old.filter(|_| wish.reencrypt) {
            Some(from) => Some(self.begin(op, &mut tx, who, (from, new.id), wish).await?),
            None => None,
        };
        tx.commit().await?;
        Ok((new, rotation))
    }

    async fn begin(
        &self,
        op: &Op,
        tx: &mut TenantTx,
        who: &Principal,
        (from, to): (Uuid, Uuid),
        wish: &Wish,
    ) -> Result<Rotation, VaultError> {
        let mut total = 0;
        for thing in self.things.iter() {
            total += thing.left(tx, to, &[]).await?;
        }
        let rotation = Rotation {
            id: clock::fresh_uuid(),
            from,
            to,
            status: RotationStatus::Queued,
            total,
            processed: 0,
            failed: 0,
            started_at: None,
            completed_at: None,
            error_code: None,
            error_message: None,
        };
        jobs::insert(tx, &rotation, (who.credential.as_str(), wish.reason.as_deref()), op.now).await?;
        enqueue(tx, rotation.id, std::time::Duration::ZERO).await?;
        let event =
            Event::by(op, who, EventType::CryptoRotationStarted).resource("key_rotation", &rotation.id.to_string());
        audit::record(tx, &event.rotation(total, 0, 0).stated(wish.reason.as_deref())).await?;
        metrics::counter!("nexusrag_key_rotation_jobs_total").increment(1);
        Ok(rotation)
    }

    /// A rotation of the tenant, and what it could not read.
    pub async fn get(&self, db: &Db, tenant: &TenantId, id: Uuid) -> Result<(Rotation, Vec<Failure>), VaultError> {
        let mut tx = db.tenant(tenant).await?;
        let rotation = jobs::find(&mut tx, id).await?.ok_or(VaultError::NotFound)?;
        let failures = jobs::failures(&mut tx, id).await?;
        Ok((rotation, failures))
    }

    /// Lets it rest from the next thing on; one that is over stays as it is.
    pub async fn pause(&self, op: &Op, db: &Db, who: &Principal, id: Uuid) -> Result<Rotation, VaultError> {
        self.turn(op, db, who, id, RotationStatus::Paused).await
    }

    /// Lets it go on where it rests.
    pub async fn resume(&self, op: &Op, db: &Db, who: &Principal, id: Uuid) -> Result<Rotation, VaultError> {
        self.turn(op, db, who, id, RotationStatus::Queued).await
    }

    /// Gives it up: what was sealed anew stays so, and older versions go on to open the rest.
    pub async fn cancel(&self, op: &Op, db: &Db, who: &Principal, id: Uuid) -> Result<Rotation, VaultError> {
        self.turn(op, db, who, id, RotationStatus::Failed).await
    }

    async fn turn(
        &self,
        op: &Op,
        db: &Db,
        who: &Principal,
        id: Uuid,
        to: RotationStatus,
    ) -> Result<Rotation, VaultError> {
        let mut tx = db.tenant(&who.tenant).await?;
        let rotation = jobs::lock(&mut tx, id).await?.ok_or(VaultError::NotFound)?;
        let event = |kind| Event::by(op, who, kind).resource("key_rotation", &id.to_string());
        let word = match to {
            RotationStatus::Paused => "pause",
            RotationStatus::Queued => "resume",
            _ => "cancel",
        };
        let mut event = event(EventType::CryptoRotationProgress).action(word);
        match (rotation.status, to) {
            (RotationStatus::Queued | RotationStatus::Running, RotationStatus::Paused) => {
                jobs::set_status(&mut tx, id, to).await?;
            }
            (RotationStatus::Paused, RotationStatus::Queued) => {
                jobs::set_status(&mut tx, id, to).await?;
                enqueue(&mut tx, id, std::time::Duration::ZERO).await?;
            }
            (status, RotationStatus::Failed) if !status.is_over() => {
                jobs::end(&mut tx, id, Err("cancelled"), op.now).await?;
                event = event.and(EventType::CryptoRotationFailed).failed(Code::KeyRotationFailed);
            }
            _ => {}
        }
        audit::record(&mut tx, &event.rotation(rotation.total, rotation.processed, rotation.failed)).await?;
        let rotation = jobs::find(&mut tx, id).await?.ok_or(VaultError::NotFound)?;
        tx.commit().await?;
        Ok(rotation)
    }
}

/// Gives a rotation up, with the reason.
async fn end(op: &Op, tx: &mut TenantTx, rotation: &Rotation, why: &str) -> Result<(), DbError> {
    jobs::end(tx, rotation.id, Err(why), op.now).await?;
    let tenant = tx.tenant().clone();
    let event = Event::system(op, Some(&tenant), EventType::CryptoRotationFailed).failed(Code::KeyRotationFailed);
    let event = event.resource("key_rotation", &rotation.id.to_string());
    audit::record(tx, &event.rotation(rotation.total, rotation.processed, rotation.failed)).await
}

async fn enqueue(tx: &mut TenantTx, rotation: Uuid, delay: std::time::Duration) -> Result<(), DbError> {
    let payload = serde_json::json!({ "rotation_id": rotation });
    let tenant = tx.tenant().clone();
    let job = NewJob { delay, ..NewJob::new(&tenant, QUEUE, KIND, payload, ATTEMPTS) };
    job::enqueue(tx, &job).await.map(drop)
}

/// Retires versions that nothing is under any more, and says which.
async fn retire(op: &Op, tx: &mut TenantTx) -> Result<(), DbError> {
    let tenant = tx.tenant().clone();
    for (id, version) in keys::retire(tx, op.now).await? {
        let event = Event::system(op, Some(&tenant), EventType::CryptoKeyRetired);
        audit::record(tx, &event.resource("tenant_key", &id.to_string()).version(version)).await?;
    }
    Ok(())
}
