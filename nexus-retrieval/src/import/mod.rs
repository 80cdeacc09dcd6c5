//! Imports: a folder, an archive or a bucket that the server itself takes into a corpus, by a job.
//!
//! An import notes behind which file it is, in a row, after each file; a worker that dies or is stopped leaves it to another,
//! which goes on behind that file. It accepts documents for the user who asked, with the rights that user has at that moment:
//! when the key is revoked the import ends. Which sources there are, the operator says ([`ImportSettings`]); a source that is
//! away is tried again later.

mod handler;
mod settings;
pub mod store;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use nexus_authz::{caller::Caller, permission::DocumentIngest};
use nexus_core::{
    audit::{self, Event, EventType},
    clock,
    id::{CorpusId, CredentialId, TenantId, UserId},
    job::{self, JobId, NewJob},
    op::Op,
    pg::{Db, DbError, TenantTx},
    principal::Role,
    problem::{Code, Kind, Problem},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::{
    handler::{ImportHandler, Opener},
    settings::{Allowed, ImportSettings},
};
use crate::{
    corpus,
    ingest::{self, bulk::Position},
};

/// The kind of job that imports.
pub const KIND: &str = "import_source";
/// How often an import is tried without getting any further.
const ATTEMPTS: u32 = 10;
/// The longest source.
const MAX_SOURCE: usize = 1000;
/// How many failed files an import remembers.
pub const MAX_FAILURES: usize = 100;

/// Where an import is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It waits, or is at work.
    Running,
    /// Every file was taken, or is among the failures.
    Succeeded,
    /// It was given up; `failure_reason` says why.
    Failed,
}

impl Status {
    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// A file that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedFile {
    /// Its path inside the source.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// How many files were what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Accepted as documents, new or changed.
    pub accepted: i64,
    /// There already, as they are.
    pub unchanged: i64,
    /// There already with another content, and left as they are.
    pub differing: i64,
    /// Of no type that is read.
    pub skipped: i64,
    /// Not accepted for another reason.
    pub failed: i64,
}

/// An import.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// Its id.
    pub id: Uuid,
    /// Its tenant.
    pub tenant: TenantId,
    /// Where its files go.
    pub corpus: CorpusId,
    /// Where they come from.
    pub source: String,
    /// Whether documents whose file changed are replaced.
    pub overwrite: bool,
    /// Where it is on its way.
    pub status: Status,
    /// Why it was given up.
    pub failure_reason: Option<String>,
    /// The file that it is behind.
    pub position: Option<Position>,
    /// What became of the files so far.
    pub counts: Counts,
    /// The first files that were not taken.
    pub failures: Vec<FailedFile>,
    /// For whom it is done.
    pub user: UserId,
    /// The key that asked for it.
    pub credential: CredentialId,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it got further.
    pub updated_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// The job that does it.
    pub last_job_id: Option<Uuid>,
}

/// Why there is no import.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// No such import, or none of this caller.
    #[error("no such import")]
    NotFound,
    /// No such corpus.
    #[error("no such corpus")]
    CorpusNotFound,
    /// The operator does not allow this source.
    #[error("the source is not allowed")]
    Source,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for ImportError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

impl Problem for ImportError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound | Self::CorpusNotFound => Kind::NotFound,
            Self::Source => Kind::Invalid,
            Self::Db(e) => e.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::NotFound | Self::CorpusNotFound => Code::NotFound,
            Self::Source => Code::IngestValidation,
            Self::Db(e) => e.code(),
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::NotFound => "Import not found".into(),
            Self::CorpusNotFound => "Corpus not found".into(),
            Self::Source => {
                "This server does not import from this source for this tenant; its operator lists sources in IMPORT_SOURCES"
                    .into()
            }
            Self::Db(e) => e.message(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    import_id: Uuid,
}

/// Begins an import: the row and its job are written in one transaction.
pub async fn begin(
    op: &Op,
    db: &Db,
    settings: &ImportSettings,
    caller: &Caller<DocumentIngest>,
    (corpus, source, overwrite): (CorpusId, String, bool),
) -> Result<Import, ImportError> {
    if source.len() > MAX_SOURCE || !settings.allows(&caller.tenant, &source) {
        return Err(ImportError::Source);
    }
    let mut tx = db.tenant(&caller.tenant).await?;
    corpus::store::find(&mut tx, &corpus).await?.ok_or(ImportError::CorpusNotFound)?;
    let id = clock::fresh_uuid();
    let job = enqueue(&mut tx, id, std::time::Duration::ZERO).await?;
    let import = Import {
        id,
        tenant: caller.tenant.clone(),
        corpus,
        source,
        overwrite,
        status: Status::Running,
        failure_reason: None,
        position: None,
        counts: Counts::default(),
        failures: Vec::new(),
        user: caller.user.clone(),
        credential: caller.credential.clone(),
        created_at: op.now,
        updated_at: op.now,
        finished_at: None,
        last_job_id: Some(job.0),
    };
    store::insert(&mut tx, &import).await?;
    let event = Event::by(op, caller, EventType::DocumentsIngestEnqueued)
        .resource("import", &id.to_string())
        .corpus(import.corpus.as_str());
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(import)
}

/// An import of the caller; administrators see those of everybody.
pub async fn get(db: &Db, caller: &Caller<DocumentIngest>, id: Uuid) -> Result<Import, ImportError> {
    let mut tx = db.tenant(&caller.tenant).await?;
    let found = store::find(&mut tx, id).await?;
    found.filter(|import| import.user == caller.user || caller.role >= Role::Admin).ok_or(ImportError::NotFound)
}

async fn enqueue(tx: &mut TenantTx, import: Uuid, delay: std::time::Duration) -> Result<JobId, DbError> {
    let payload = serde_json::json!(Payload { import_id: import });
    let job = NewJob { delay, ..NewJob::new(tx.tenant(), ingest::QUEUE, KIND, payload, ATTEMPTS) };
    job::enqueue(tx, &job).await
}
