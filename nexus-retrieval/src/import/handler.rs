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
    problem::{Kind, Problem as _},
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
        bulk::{self, Bounds, Item, Origin},
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
        if !self.settings.allows(&import.source) {
            return Err(JobError::Fatal("The source is not allowed any more".into()));
        }
        let origin = (self.open)(&import.source).map_err(JobError::Retry)?;
        let mut items = origin.items(self.bounds, import.position.clone());
        let until = Instant::now() + TURN;
        let mut taken = 0_u32;
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| JobError::Retry(error.to_string()))?;
            if self.switches.at(self.clock.now()).await.killed(Kill::Ingest) {
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
            Err(why) => Err(Some(why.to_string())),
        };
        let (by, reason) = match outcome {
            Ok(true) => (Counts { accepted: 1, ..Counts::default() }, None),
            Ok(false) => (Counts { unchanged: 1, ..Counts::default() }, None),
            Err(None) => (Counts { skipped: 1, ..Counts::default() }, None),
            Err(reason) => (Counts { failed: 1, ..Counts::default() }, reason),
        };
        let failure = reason.map(|reason| FailedFile { path: name.chars().take(500).collect(), reason });
        let mut tx = self.db.tenant(&lease.tenant).await?;
        let noted = store::advance(&mut tx, (import.id, lease.id.0), &name, by, failure, self.clock.now())
            .await
            .map_err(DbError::from)?;
        tx.commit().await?;
        if noted { Ok(()) } else { Err(JobError::Fenced) }
    }

    /// Whether a file was queued, or there already; `Err(None)` when it is of no type that is read.
    async fn accept(
        &self,
        import: &Import,
        name: &str,
        bytes: Bytes,
    ) -> Result<Result<bool, Option<String>>, JobError> {
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
            Ok(accepted) => Ok(Ok(accepted.queued)),
            Err(DocumentError::UnsupportedType(_)) => Ok(Err(None)),
            Err(DocumentError::CorpusNotFound) => Err(JobError::Fatal("The corpus is gone".into())),
            // What is away comes back; what one file is does not change.
            Err(error) if matches!(error.kind(), Kind::Unavailable | Kind::Internal) => {
                Err(JobError::Retry(error.to_string()))
            }
            Err(error) => Ok(Err(Some(error.message().into_owned()))),
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
        let gone = |error: String| JobError::Fatal(format!("The import is not allowed any more: {error}"));
        self.access.gate(op, &principal, DocumentIngest::ENTRY).await.map_err(|error| gone(error.to_string()))?;
        Caller::check(principal, self.roles).map_err(|error| gone(error.to_string()))
    }

    async fn is_crowded(&self) -> Result<bool, JobError> {
        let mut tx = self.db.platform().await?;
        let waiting = job::stats(&mut tx, ingest::QUEUE).await?.queued;
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

impl Handler for ImportHandler {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), JobError>> {
        Box::pin(self.work(lease))
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
