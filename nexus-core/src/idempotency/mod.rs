//! Changes that happen once, however often they are asked for.
//!
//! A request that names itself by a key is performed inside one transaction, together with the record of its answer: after a
//! crash at any point either both are there or neither is, so that no key is ever stuck and nothing has to be taken over.
//! While it goes on, the same request elsewhere waits a little without holding a connection, and is then told to come
//! again. Only answers to changes that succeeded are kept; a refusal leaves no trace.
//!
//! Bodies of answers are sealed where there is a vault, each for its request: an answer of another request does not open. When
//! the key-management service is away and the tenant's key is not known, changes that name themselves are refused, unless the
//! settings say that such things may be stored as they are.
//!
//! When the database is away nothing is performed, as without a key.

pub mod decide;
mod gate;
mod seal;
mod settings;
mod store;

use std::{borrow::Cow, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use self::{
    decide::{Digest, Record, Verdict},
    gate::{Gates, Passed},
};
pub use self::{gate::Place, seal::ResealAnswers, settings::IdempotencySettings};
use crate::{
    clock::{self, Clock},
    crypto::vault::{Vault, VaultError},
    id::{CredentialId, RequestId, TenantId},
    op::Op,
    pg::{Bound, Db, DbError},
    problem::{Code, Kind, Problem},
};

/// The first and the longest pause of a request that waits for its twin.
const PAUSES: (Duration, Duration) = (Duration::from_millis(4), Duration::from_millis(100));
/// How often forgotten answers are removed.
const PRUNE_EVERY: Duration = Duration::from_mins(10);

/// The name that a client gives a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The longest key, in characters.
    pub const MAX: usize = 128;

    /// Reads a key; spaces around it do not count.
    pub fn parse(text: &[u8]) -> Result<Self, IdempotencyError> {
        decide::key(text).ok_or(IdempotencyError::KeyInvalid)
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Within what a key is unique: whoever asks, and for what. The same key of another caller is another key.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The tenant.
    pub tenant: &'a TenantId,
    /// The credential that asks.
    pub actor: &'a CredentialId,
    /// The method.
    pub method: &'a str,
    /// The path, without its query.
    pub path: &'a str,
    /// The key.
    pub key: &'a Key,
}

/// What a client was told, as far as it is told again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The request that was performed.
    pub request_id: RequestId,
    /// The status.
    pub status: u16,
    /// Headers that belong to the answer.
    pub headers: Vec<(String, String)>,
    /// The data as JSON, without secrets; `None` when there was none.
    pub body: Option<String>,
}

/// Why a request is not performed.
#[derive(Debug, thiserror::Error)]
pub enum IdempotencyError {
    /// The key is empty, too long or not printable.
    #[error("the idempotency key is not valid")]
    KeyInvalid,
    /// The key came with another request before.
    #[error("the idempotency key was used for another request")]
    Conflict,
    /// The same request is still at work.
    #[error("a request with this idempotency key is still at work")]
    InProgress,
    /// The answer could not be sealed or opened.
    #[error(transparent)]
    Vault(VaultError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<VaultError> for IdempotencyError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Db(error) => Self::Db(error),
            error => Self::Vault(error),
        }
    }
}

impl Problem for IdempotencyError {
    fn kind(&self) -> Kind {
        match self {
            Self::KeyInvalid => Kind::Malformed,
            Self::Conflict | Self::InProgress => Kind::Conflict,
            Self::Vault(e) => e.kind(),
            Self::Db(e) => e.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::KeyInvalid => Code::IdempotencyKeyInvalid,
            Self::Conflict => Code::IdempotencyKeyConflict,
            Self::InProgress => Code::IdempotencyInProgress,
            Self::Vault(e) => e.code(),
            Self::Db(e) => e.code(),
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::KeyInvalid => "Idempotency-Key must be 1 to 128 printable characters".into(),
            Self::Conflict => "This Idempotency-Key came with another request before; choose a new one".into(),
            Self::InProgress => "A request with this Idempotency-Key is still at work; try again shortly".into(),
            Self::Vault(e) => e.message(),
            Self::Db(e) => e.message(),
        }
    }
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::InProgress => Some(Duration::from_secs(1)),
            Self::Vault(e) => e.retry_after(),
            _ => None,
        }
    }
}

/// What becomes of a request.
#[derive(Debug)]
pub enum Turn {
    /// It is performed, in the transaction that comes with it.
    First(First),
    /// It was answered before.
    Again(Answer),
}

/// How a request comes in that prepares something before it is performed.
#[derive(Debug)]
pub enum Entry {
    /// None of its twins was answered, and no other of this process prepares while it holds this place.
    Open(Place),
    /// It was answered before.
    Again(Answer),
}

/// The place of a request that is performed: nobody else performs it meanwhile. Dropping it undoes what was done.
#[derive(Debug)]
pub struct First {
    vault: Option<Vault>,
    bound: Bound,
    request: Digest,
    life: Duration,
    _place: Place,
}

/// Makes changes happen once. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Idempotency {
    settings: IdempotencySettings,
    gates: Arc<Gates>,
    vault: Option<Vault>,
}

impl Idempotency {
    /// By these rules.
    #[must_use]
    pub fn new(settings: IdempotencySettings) -> Self {
        Self { settings, gates: Arc::default(), vault: None }
    }

    /// As before, and answers are sealed.
    #[must_use]
    pub fn sealed(self, vault: Vault) -> Self {
        Self { vault: Some(vault), ..self }
    }

    /// The rules.
    #[must_use]
    pub fn settings(&self) -> &IdempotencySettings {
        &self.settings
    }

    /// Lets one of the twins of this process in at a time, before it prepares what is large or is reserved. A twin of
    /// another replica may prepare as well: what is refused then is to be refused within [`Idempotency::begin`].
    pub async fn enter(
        &self,
        op: &Op,
        db: &Db,
        scope: &Scope<'_>,
        request: &Digest,
    ) -> Result<Entry, IdempotencyError> {
        match self.pass(op, db, scope, request, Instant::now() + self.settings.wait).await? {
            Entry::Open(place) => Ok(self.find(op, db, scope, request).await?.map_or(Entry::Open(place), Entry::Again)),
            again @ Entry::Again(_) => Ok(again),
        }
    }

    /// Takes a request's turn. Twins of this process wait for each other here, unless they did in [`Idempotency::enter`];
    /// those of other replicas are waited for through the database, without holding a connection in between.
    pub async fn begin(
        &self,
        op: &Op,
        db: &Db,
        scope: &Scope<'_>,
        request: Digest,
        place: Option<Place>,
    ) -> Result<Turn, IdempotencyError> {
        let give_up = Instant::now() + self.settings.wait;
        let place = match place {
            Some(place) => place,
            None => match self.pass(op, db, scope, &request, give_up).await? {
                Entry::Open(place) => place,
                Entry::Again(answer) => return Ok(Turn::Again(answer)),
            },
        };
        let (mut pause, longest) = PAUSES;
        loop {
            let mut bound = db.bind(scope.tenant).await?;
            let mut conn = bound.connection().await?;
            if store::try_lock(&mut conn, scope).await.map_err(DbError::from)? {
                // Looked up after the lock was given: whatever its last holder committed is seen.
                let record = store::find(&mut conn, scope).await.map_err(DbError::from)?;
                drop(conn);
                let life = self.settings.life;
                let (record, sealed) = record.map_or((None, None), |(record, sealed)| (Some(record), sealed));
                return match decide::judge(record, &request, op.now) {
                    Verdict::Perform => {
                        let vault = self.vault.clone();
                        Ok(Turn::First(First { vault, bound, request, life, _place: place }))
                    }
                    Verdict::Repeat(answer) => {
                        drop(bound);
                        Ok(Turn::Again(self.revealed(scope, &request, answer, sealed).await?))
                    }
                    Verdict::Conflict => Err(IdempotencyError::Conflict),
                };
            }
            drop(conn);
            drop(bound);
            if Instant::now() + pause > give_up {
                return Err(IdempotencyError::InProgress);
            }
            sleep(pause.mul_f64(0.5 + clock::jitter() / 2.0)).await;
            pause = (pause * 2).min(longest);
        }
    }

    /// A place among the twins of this process, or what one of them was answered meanwhile.
    async fn pass(
        &self,
        op: &Op,
        db: &Db,
        scope: &Scope<'_>,
        request: &Digest,
        give_up: Instant,
    ) -> Result<Entry, IdempotencyError> {
        loop {
            match self.gates.pass(scope, give_up).await.ok_or(IdempotencyError::InProgress)? {
                Passed::First(place) => return Ok(Entry::Open(place)),
                // Most likely it was answered; if it was refused, one of those who waited is the next to try.
                Passed::AfterTwin => {
                    if let Some(answer) = self.find(op, db, scope, request).await? {
                        return Ok(Entry::Again(answer));
                    }
                }
            }
        }
    }

    /// The answer that a request was given before, without taking its turn.
    async fn find(
        &self,
        op: &Op,
        db: &Db,
        scope: &Scope<'_>,
        request: &Digest,
    ) -> Result<Option<Answer>, IdempotencyError> {
        let mut tx = db.tenant(scope.tenant).await?;
        let found = store::find(&mut tx, scope).await.map_err(DbError::from)?;
        drop(tx);
        let (record, sealed) = found.map_or((None, None), |(record, sealed)| (Some(record), sealed));
        match decide::judge(record, request, op.now) {
            Verdict::Perform => Ok(None),
            Verdict::Repeat(answer) => Ok(Some(self.revealed(scope, request, answer, sealed).await?)),
            Verdict::Conflict => Err(IdempotencyError::Conflict),
        }
    }

    /// An answer with its body, which may be sealed.
    async fn revealed(
        &self,
        scope: &Scope<'_>,
        request: &Digest,
        answer: Answer,
        sealed: Option<Vec<u8>>,
    ) -> Result<Answer, IdempotencyError> {
        let Some(sealed) = sealed else { return Ok(answer) };
        let vault = self.vault.as_ref().ok_or(IdempotencyError::Vault(VaultError::NoKms))?;
        let body = seal::open(vault, scope.tenant, (&decide::scope(scope), request), &sealed).await?;
        Ok(Answer { body: Some(body), ..answer })
    }
}

impl First {
    /// What the change is made with: all that verbs commit in it becomes durable with the record, or not at all.
    #[must_use]
    pub fn db(&self) -> Db {
        self.bound.db()
    }

    /// Makes the change durable, and its answer with it.
    pub async fn finish(mut self, op: &Op, scope: &Scope<'_>, mut answer: Answer) -> Result<(), IdempotencyError> {
        let mut sealed = None;
        let mut conn = self.bound.connection().await?;
        if let (Some(vault), Some(body)) = (&self.vault, &answer.body) {
            let digests = (&decide::scope(scope), &self.request);
            sealed = seal::seal(vault, op, (&mut conn, scope.tenant), digests, body).await?;
        }
        if sealed.is_some() {
            answer.body = None;
        }
        let record = Record { request: self.request, expires_at: op.now + self.life, answer };
        store::put(&mut conn, scope, (&record, sealed), op.now).await.map_err(DbError::from)?;
        drop(conn);
        Ok(self.bound.commit().await?)
    }
}

/// Removes answers that are forgotten; how many.
pub async fn prune(op: &Op, db: &Db) -> Result<u64, DbError> {
    let mut removed = 0;
    loop {
        let mut tx = db.platform().await?;
        let some = store::prune(&mut tx, op.now).await.map_err(DbError::from)?;
        tx.commit().await?;
        removed += some;
        if some == 0 {
            return Ok(removed);
        }
    }
}

/// Removes forgotten answers now and then until `stop`. What cannot be removed is at the next turn; it counts no more anyway.
pub async fn keep_pruned(db: Db, clock: Clock, stop: CancellationToken) {
    while stop.run_until_cancelled(sleep(PRUNE_EVERY)).await.is_some() {
        match prune(&Op::internal(clock.now()), &db).await {
            Ok(0) => {}
            Ok(answers) => tracing::debug!(answers, "forgotten answers are removed"),
            Err(error) => tracing::warn!(%error, "forgotten answers cannot be removed"),
        }
    }
}
