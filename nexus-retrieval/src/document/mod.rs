//! Documents: what a tenant puts in, in which state it is, and what of it is stored.
//!
//! A document is accepted in one transaction with the job that will process it, so that nothing accepted is lost. Its source
//! lies in the object store under a key that the server chose, sealed. When the object store is away, or the keys are, nothing
//! is accepted, and what was accepted waits for them.

pub mod accept;
pub mod change;
pub mod cost;
mod intake;
pub mod read;
pub mod settings;
pub mod source;
pub mod store;

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use nexus_authz::{
    access::AccessError,
    policy::{Resource, ResourceType},
};
use nexus_core::{
    cost::CostError,
    crypto::vault::VaultError,
    id::{CorpusId, DocumentId, TenantId},
    pg::DbError,
    problem::{Code, Kind, Problem},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

pub use self::{
    settings::DocumentSettings,
    store::{
        counts::{ByStatus, by_status},
        listed::{DocumentField, DocumentFilter},
    },
};
use crate::{
    ingest::{chunk::ChunkSettings, extract::ExtractError},
    objects::ShelfError,
};

/// Where a document is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Accepted; a job waits.
    Queued,
    /// A worker is on it.
    Processing,
    /// Searchable.
    Succeeded,
    /// Given up; `failure_reason` says why.
    Failed,
}

impl Status {
    /// The word on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// Whether a job still has to do with it.
    #[must_use]
    pub fn is_in_flight(self) -> bool {
        matches!(self, Self::Queued | Self::Processing)
    }
}

impl std::str::FromStr for Status {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        [Self::Queued, Self::Processing, Self::Succeeded, Self::Failed]
            .into_iter()
            .find(|s| s.as_str() == word)
            .ok_or_else(|| format!("document status {word:?} is unknown"))
    }
}

/// How a document came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IngestSource {
    /// As a file.
    UploadFile,
    /// As text in a JSON body.
    RawText,
}

impl IngestSource {
    /// The word on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UploadFile => "upload_file",
            Self::RawText => "raw_text",
        }
    }
}

impl std::str::FromStr for IngestSource {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        [Self::UploadFile, Self::RawText]
            .into_iter()
            .find(|s| s.as_str() == word)
            .ok_or_else(|| format!("ingest source {word:?} is unknown"))
    }
}

/// A document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its id, unique in the tenant.
    pub id: DocumentId,
    /// Its corpus.
    pub corpus: CorpusId,
    /// The name of the file, for people.
    pub filename: String,
    /// The title: given, or the first heading, or the file's name.
    pub title: String,
    /// The media type, by its content.
    pub content_type: String,
    /// What the client called it, when that is something else.
    pub declared_type: Option<String>,
    /// How it came in.
    pub ingest_source: IngestSource,
    /// Where it is on its way.
    pub status: Status,
    /// Why it failed.
    pub failure_reason: Option<String>,
    /// What could not be read of it when it was read last, in sentences.
    pub notes: Vec<String>,
    /// What the client attached.
    pub metadata: Map<String, Value>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its key in the object store.
    pub source_key: String,
    /// The SHA-256 of its source.
    pub source_sha256: Vec<u8>,
    /// How it is cut into chunks.
    pub chunking: ChunkSettings,
    /// How many chunks it has now.
    pub num_chunks: Option<i32>,
    /// When it was accepted first.
    pub created_at: DateTime<Utc>,
    /// When anything about it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was last queued.
    pub queued_at: Option<DateTime<Utc>>,
    /// When a worker last began.
    pub processing_started_at: Option<DateTime<Utc>>,
    /// When a worker last ended.
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was last processed anew.
    pub last_reindexed_at: Option<DateTime<Utc>>,
    /// The job that processes or processed it last.
    pub last_job_id: Option<Uuid>,
}

impl Document {
    /// What policies may ask of it.
    #[must_use]
    pub fn resource(&self) -> Resource<'_> {
        Resource {
            id: Some(self.id.as_str()),
            corpus: Some(&self.corpus),
            status: Some(self.status.as_str()),
            content_type: Some(&self.content_type),
            labels: Some(&self.labels),
            metadata: Some(&self.metadata),
            ..Resource::new(ResourceType::Document, &self.tenant)
        }
    }
}

/// Why something cannot be done to a document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// No such document, or none that the caller may know of.
    #[error("no such document")]
    NotFound,
    /// No such corpus.
    #[error("no such corpus")]
    CorpusNotFound,
    /// The caller may see it and may not do this.
    #[error("the grants do not allow this")]
    Denied,
    /// Policies deny it, or cannot be read.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The id is taken in another corpus.
    #[error("the document belongs to another corpus")]
    OtherCorpus,
    /// A job is at work on it.
    #[error("the document is being processed")]
    InProgress,
    /// Its source is gone.
    #[error("the source of the document is gone")]
    SourceMissing,
    /// It cannot be ingested as it is.
    #[error("{0}")]
    Invalid(Cow<'static, str>),
    /// Its type is not read here.
    #[error("content type {0:?} is not supported")]
    UnsupportedType(String),
    /// The budget is used up, or nobody can say how it stands.
    #[error(transparent)]
    Cost(#[from] CostError),
    /// The object store failed, or what lies in it cannot be opened.
    #[error("the object store failed: {0}")]
    Store(ShelfError),
    /// The source cannot be sealed.
    #[error(transparent)]
    Sealing(VaultError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for DocumentError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

impl From<VaultError> for DocumentError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Db(error) => Self::Db(error),
            error => Self::Sealing(error),
        }
    }
}

impl From<ShelfError> for DocumentError {
    fn from(error: ShelfError) -> Self {
        match error {
            ShelfError::Db(error) => Self::Db(error),
            ShelfError::Vault(error) => error.into(),
            error @ ShelfError::Object(_) => Self::Store(error),
        }
    }
}

impl From<ExtractError> for DocumentError {
    fn from(error: ExtractError) -> Self {
        match error {
            ExtractError::Unsupported(t) => Self::UnsupportedType(t),
            other => Self::Invalid(other.to_string().into()),
        }
    }
}

impl Problem for DocumentError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound | Self::CorpusNotFound => Kind::NotFound,
            Self::Denied => Kind::Forbidden,
            Self::OtherCorpus | Self::InProgress | Self::SourceMissing => Kind::Conflict,
            Self::Invalid(_) => Kind::Invalid,
            Self::UnsupportedType(_) => Kind::UnsupportedMedia,
            Self::Store(e) => e.kind(),
            Self::Sealing(e) => e.kind(),
            Self::Cost(e) => e.kind(),
            Self::Access(e) => e.kind(),
            Self::Db(e) => e.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::NotFound | Self::CorpusNotFound => Code::NotFound,
            Self::Denied => Code::AuthzDenied,
            Self::OtherCorpus => Code::Conflict,
            Self::InProgress => Code::IngestInProgress,
            Self::SourceMissing => Code::IngestSourceMissing,
            Self::Invalid(_) => Code::IngestValidation,
            Self::UnsupportedType(_) => Code::UnsupportedMediaType,
            Self::Store(e) => e.code(),
            Self::Sealing(e) => e.code(),
            Self::Cost(e) => e.code(),
            Self::Access(e) => e.code(),
            Self::Db(e) => e.code(),
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::NotFound => "Document not found".into(),
            Self::CorpusNotFound => "Corpus not found".into(),
            Self::Denied => "Access to the document is denied".into(),
            Self::OtherCorpus => "The document belongs to another corpus".into(),
            Self::InProgress => "The document is being processed; try again when it is done".into(),
            Self::SourceMissing => "The source of the document is gone; upload it again".into(),
            Self::Invalid(why) => why.clone(),
            Self::UnsupportedType(_) => {
                "The file is of no type that is read here: text, Markdown, HTML, CSV, JSON with a text field, PDF, DOCX, PPTX, \
                 XLSX and e-mail are"
                    .into()
            }
            Self::Store(e) => e.message(),
            Self::Sealing(e) => e.message(),
            Self::Cost(e) => e.message(),
            Self::Access(e) => e.message(),
            Self::Db(e) => e.message(),
        }
    }
    fn details(&self) -> Option<Value> {
        match self {
            Self::Cost(e) => e.details(),
            _ => None,
        }
    }
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Store(e) => e.retry_after(),
            Self::Sealing(e) => e.retry_after(),
            _ => None,
        }
    }
}
