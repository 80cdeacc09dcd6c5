//! The job that imports. It works for a while and hands on to a job behind it, so that no worker is held up by a source of any
//! size, and each stop is one that another worker goes on from.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{StreamExt as _, future::BoxFuture};
use nexus_authz::{
    access::Access,
    caller::{Caller, RoleSettings},
    credential::{self, AuthError, CredentialSettings},
    permission::{DocumentIngest, Permission as _},
};
use nexus_core::{
    clock::Clock,
    id::DocumentId,
    job::{self, Handler, JobError, Lease},
    op::Op,
    pg::{Db, DbError, TenantTx},
    problem::{Code, Kind, Problem},
    switch::{Kill, Switches},
};
use serde_json::Map;

use super::{Counts, FailedFile, Import, ImportSettings, KIND, Payload, Status, enqueue, store};
use crate::{
    document::{
        DocumentError, DocumentSettings, IngestSource,
        accept::{self, NewDocument},
        cost::Charges,
        source::Sources,
    },
    ingest::{
        self,
        bulk::{self, Bounds, BulkError, Item, Origin, Position},
        extract::ContentType,
    },
};

/// How long one job works before it hands on.
const TURN: Duration = Duration::from_mins(1);
/// How long an import waits while too many documents do, or while the operator lets none in.
const PAUSE: Duration = Duration::from_secs(5);

/// After how many files an import looks how many documents wait.
const LOOK: u32 = 20;

/// Opens a source by its URL.
pub type Opener = Arc<dyn Fn(&str) -> Result<Origin, String> + Send + Sync>;

/// Imports.
pub struct ImportHandler {
    /// The database.
    pub db: Db,
    /// Where sources of documents lie.
    pub sources: Sources,
    /// Who may do what.
    pub access: Access,
    /// Rules for documents.
    pub documents: DocumentSettings,
    /// What puts documents on the account of their tenant.
    pub charges: Charges,
    /// Rules for keys.
    pub credentials: CredentialSettings,
    /// Rules for roles.
    pub roles: RoleSettings,
    /// Rules for imports.
    pub settings: ImportSettings,
    /// What the operator stopped.
    pub switches: Switches,
    /// How much of a source is read.
    pub bounds: Bounds,
    /// What opens a source.
    pub open: Opener,
    /// The time.
    pub clock: Clock,
}

impl fmt::Debug for ImportHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportHandler").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl ImportHandler {
    async fn work(&self, lease: &Lease) -> Result<(), JobError> {
        let mut tx = self.db.tenant(&lease.tenant).await?;
        let Some(import) = self.find(&mut tx, lease).await? else { return Ok(()) };
        tx.commit().await?;
        if self.is_stopped().await || self.is_crowded().await? {
            return self.hand_on(lease, &import, PAUSE).await;
        }
        let origin = self.origin(&import)?;
        let asked = Instant::now();
        let mut items = origin.on_behalf_of(&import.tenant).items(self.bounds, import.position.clone());
        let (mut until, mut taken) = (None, 0_u32);
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| broken(&import, &error))?;
            // A turn is at least as long as the way to its first file, so that at most half of the work is finding it again.
            let until = *until.get_or_insert_with(|| Instant::now() + TURN.max(asked.elapsed()));
            if self.is_stopped().await {
                return self.hand_on(lease, &import, PAUSE).await;
            }
            self.take(lease, &import, item).await?;
            taken += 1;
            let crowded = taken.is_multiple_of(LOOK) && self.is_crowded().await?;
            if crowded || Instant::now() > until {
                return self.hand_on(lease, &import, if crowded { PAUSE } else { Duration::ZERO }).await;
            }
        }
        let mut tx = self.db.tenant(&lease.tenant).await?;
        store::end(&mut tx, (import.id, lease.id.0), Ok(()), self.clock.now()).await.map_err(DbError::from)?;
        job::complete(&mut tx, lease).await?;
        Ok(tx.commit().await?)
    }

    /// Opens the source, if it is still allowed and leads to where it says.
    fn origin(&self, import: &Import) -> Result<Origin, JobError> {
        if !self.settings.allows(&import.tenant, &import.source) {
            return Err(JobError::Fatal("The source is not allowed any more".into()));
        }
        let origin = (self.open)(&import.source).map_err(|error| {
            tracing::warn!(import = %import.id, source = import.source, error, "the source of an import cannot be opened");
            JobError::Retry("The source cannot be opened".into())
        })?;
        let confined = self.settings.confine(&import.tenant, &import.source, origin);
        confined.ok_or_else(|| JobError::Fatal("The source leads to where imports are not allowed".into()))
    }

    /// The import, unless it ended or another job has taken over.
    async fn find(&self, tx: &mut TenantTx, lease: &Lease) -> Result<Option<Import>, JobError> {
        let payload: Payload =
            serde_json::from_value(lease.payload.clone()).map_err(|e| JobError::Fatal(format!("payload: {e}")))?;
        let found = store::find(tx, payload.import_id).await.map_err(DbError::from)?;
        Ok(found.filter(|import| import.last_job_id == Some(lease.id.0) && import.status == Status::Running))
    }

    /// Accepts one file and notes it.
    async fn take(&self, lease: &Lease, import: &Import, item: Item) -> Result<(), JobError> {
        let name = item.name.clone();
        let outcome = match item.content {
            Ok(bytes) => self.accept(import, &name, bytes).await?,
            Err(why) => {
                tracing::info!(import = %import.id, file = name, why = %why, "a file of an import cannot be had");
                Outcome::Failed(why.told())
            }
        };
        let none = Counts::default();
        let (by, reason) = match outcome {
            Outcome::Accepted => (Counts { accepted: 1, ..none }, None),
            Outcome::Unchanged => (Counts { unchanged: 1, ..none }, None),
            Outcome::Differing => (Counts { differing: 1, ..none }, None),
            Outcome::Skipped => (Counts { skipped: 1, ..none }, None),
            Outcome::Failed(reason) => (Counts { failed: 1, ..none }, Some(reason)),
        };
        let failure = reason.map(|reason| FailedFile { path: name.chars().take(500).collect(), reason });
        let position = Position { name, member: item.member };
        let mut tx = self.db.tenant(&lease.tenant).await?;
        let noted = store::advance(&mut tx, (import.id, lease.id.0), &position, by, failure, self.clock.now())
            .await
            .map_err(DbError::from)?;
        tx.commit().await?;
        if noted { Ok(()) } else { Err(JobError::Fenced) }
    }

    async fn accept(&self, import: &Import, name: &str, bytes: Bytes) -> Result<Outcome, JobError> {
        let op = Op::internal(self.clock.now());
        let caller = self.caller(&op, import).await?;
        let new = NewDocument {
            corpus: import.corpus.clone(),
            id: Some(
                DocumentId::new(bulk::document_id(import.corpus.as_str(), name))
                    .map_err(|e| JobError::Fatal(e.to_string()))?,
            ),
            filename: name.to_owned(),
            content_type: ContentType::of_name(name).map_or("", ContentType::as_str).to_owned(),
            source: bytes,
            ingest_source: IngestSource::UploadFile,
            metadata: Map::new(),
            chunk_size_chars: None,
            chunk_overlap_chars: None,
            overwrite: import.overwrite,
        };
        let rules = (&self.documents, &self.access, &self.charges);
        match accept::accept(&op, &self.db, &self.sources, rules, &caller, new).await {
            Ok(accepted) if accepted.queued => Ok(Outcome::Accepted),
            Ok(accepted) => Ok(if accepted.differs { Outcome::Differing } else { Outcome::Unchanged }),
            Err(DocumentError::UnsupportedType(_)) => Ok(Outcome::Skipped),
            Err(DocumentError::CorpusNotFound) => Err(JobError::Fatal("The corpus is gone".into())),
            // What is away comes back; what one file is does not change.
            Err(error) if is_passing(&error) => Err(later(import, &error, "Documents cannot be stored")),
            Err(error) => Ok(Outcome::Failed(error.message().into_owned())),
        }
    }

    /// Who asked for the import, as of now.
    async fn caller(&self, op: &Op, import: &Import) -> Result<Caller<DocumentIngest>, JobError> {
        let mut tx = self.db.tenant(&import.tenant).await?;
        let who = credential::standing(&mut tx, &import.credential, op.now, &self.credentials).await;
        let principal = who.map_err(|error| match error {
            AuthError::Unavailable(error) => JobError::Db(error),
            refused => {
                JobError::Fatal(format!("The key that asked for the import is not accepted any more: {refused}"))
            }
        })?;
        let gone = |error: &dyn Problem| {
            let rights = "The rights of who asked cannot be looked up";
            let why = || JobError::Fatal(format!("The import is not allowed any more: {}", error.message()));
            if is_passing(error) { later(import, error, rights) } else { why() }
        };
        self.access.gate(op, &principal, DocumentIngest::ENTRY).await.map_err(|error| gone(&error))?;
        Caller::check(principal, self.roles).map_err(|error| gone(&error))
    }

    /// Whether the operator lets no document in.
    async fn is_stopped(&self) -> bool {
        self.switches.at(self.clock.now()).await.killed(Kill::Ingest)
    }

    /// Whether many documents wait to be processed; jobs that tidy up later do not count.
    async fn is_crowded(&self) -> Result<bool, JobError> {
        let mut tx = self.db.platform().await?;
        let waiting = job::waiting(&mut tx, ingest::QUEUE, ingest::KIND).await?;
        tx.commit().await?;
        Ok(waiting > self.settings.max_waiting)
    }

    async fn hand_on(&self, lease: &Lease, import: &Import, delay: Duration) -> Result<(), JobError> {
        let mut tx = self.db.tenant(&lease.tenant).await?;
        let next = enqueue(&mut tx, import.id, delay).await?;
        if !store::hand_on(&mut tx, (import.id, lease.id.0), next.0).await.map_err(DbError::from)? {
            return Err(JobError::Fenced);
        }
        job::complete(&mut tx, lease).await?;
        Ok(tx.commit().await?)
    }
}

/// What became of a file.
enum Outcome {
    Accepted,
    Unchanged,
    Differing,
    /// It is of no type that is read.
    Skipped,
    Failed(String),
}

/// What is away comes back, and so does a key that was replaced meanwhile; what one file is, and who may do what, does not
/// change by waiting.
fn is_passing(error: &dyn Problem) -> bool {
    matches!(error.kind(), Kind::Unavailable | Kind::Internal) || error.code() == Code::KeyNotActive
}

/// Tenants are told what does not work, and the log is told why.
fn later(import: &Import, error: &dyn Problem, what: &str) -> JobError {
    tracing::warn!(import = %import.id, %error, "an import is held up");
    JobError::Retry(what.to_owned())
}

fn broken(import: &Import, error: &BulkError) -> JobError {
    tracing::warn!(import = %import.id, source = import.source, %error, "the source of an import breaks off");
    let told = error.told();
    if error.is_transient() { JobError::Retry(told) } else { JobError::Fatal(told) }
}

impl Handler for ImportHandler {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), JobError>> {
        Box::pin(async { self.work(lease).await.map_err(ingest::without_cause) })
    }

    fn gave_up<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        lease: &'a Lease,
        error: &'a str,
    ) -> BoxFuture<'a, Result<(), JobError>> {
        Box::pin(async move {
            if let Some(import) = self.find(tx, lease).await? {
                let ended = store::end(tx, (import.id, lease.id.0), Err(error), self.clock.now()).await;
                ended.map_err(DbError::from)?;
            }
            Ok(())
        })
    }
}
