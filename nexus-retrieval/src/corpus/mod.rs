//! Corpora: sets of documents that questions are asked of, each routed to a retrieval provider.
//!
//! A corpus remembers the embedding model its vectors were made with. Looking one up for a run goes through a bounded cache
//! that change notifications keep honest; when they do not arrive, nothing is cached and every run asks the database.

mod cache;
pub mod decide;
pub mod store;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use nexus_authz::{
    caller::Caller,
    permission::{CorpusCreate, CorpusDelete, CorpusRead, CorpusUpdate},
};
use nexus_core::{
    audit::{self, Event, EventType},
    clock,
    id::{CorpusId, TenantId},
    op::Op,
    page::{Page, PageRequest},
    pg::{Db, DbError},
    problem::{Code, Kind, Problem},
};
use serde_json::Value;

pub use self::{
    cache::Corpora,
    decide::{ConfigError, Provider, Routing},
};
use crate::embed::ModelId;

/// The longest name, in characters.
pub const MAX_NAME: usize = 200;

/// A set of documents.
#[derive(Debug, Clone, PartialEq)]
pub struct Corpus {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its id, unique in the tenant.
    pub id: CorpusId,
    /// Its name for people.
    pub name: String,
    /// The provider configuration as the client wrote it, normalised.
    pub provider_config: Value,
    /// The same, understood.
    pub routing: Routing,
    /// The model of its vectors.
    pub embedding_model: ModelId,
    /// Their length.
    pub embedding_dimension: usize,
    /// How many chunks it holds.
    pub chunk_count: u64,
    /// How many terms they hold together.
    pub term_count: u64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its name or configuration last changed.
    pub updated_at: DateTime<Utc>,
}

/// A corpus to be made.
#[derive(Debug, Clone)]
pub struct NewCorpus {
    /// The id, when the client chooses one.
    pub id: Option<CorpusId>,
    /// The name.
    pub name: String,
    /// The provider configuration.
    pub provider_config: Value,
    /// The model that its documents will be embedded with.
    pub embedding_model: ModelId,
    /// The length of that model's vectors.
    pub embedding_dimension: usize,
}

/// Why a corpus cannot be made, changed or found.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// No such corpus in the tenant.
    #[error("no such corpus")]
    NotFound,
    /// The id is taken.
    #[error("a corpus with this id exists")]
    Exists,
    /// It still has documents.
    #[error("the corpus has documents")]
    NotEmpty,
    /// The name is empty or too long.
    #[error("name must be 1 to {MAX_NAME} characters")]
    Name,
    /// The provider configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for CorpusError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

impl Problem for CorpusError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Exists | Self::NotEmpty => Kind::Conflict,
            Self::Name | Self::Config(_) => Kind::Invalid,
            Self::Db(e) => e.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::Exists | Self::NotEmpty => Code::Conflict,
            Self::Name | Self::Config(_) => Code::Validation,
            Self::Db(e) => e.code(),
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::NotFound => "Corpus not found".into(),
            Self::Exists => "A corpus with this id exists".into(),
            Self::NotEmpty => "The corpus still has documents; delete them first".into(),
            Self::Name => format!("name must be 1 to {MAX_NAME} characters").into(),
            Self::Config(e) => e.to_string().into(),
            Self::Db(e) => e.message(),
        }
    }
}

/// Makes a corpus.
pub async fn create(op: &Op, db: &Db, caller: &Caller<CorpusCreate>, new: NewCorpus) -> Result<Corpus, CorpusError> {
    check_name(&new.name)?;
    let (provider_config, routing) = decide::normalise(new.provider_config)?;
    let id = match new.id {
        Some(id) => id,
        None => CorpusId::new(clock::fresh_uuid().to_string()).map_err(|_| CorpusError::NotFound)?,
    };
    let corpus = Corpus {
        tenant: caller.tenant.clone(),
        id,
        name: new.name,
        provider_config,
        routing,
        embedding_model: new.embedding_model,
        embedding_dimension: new.embedding_dimension,
        chunk_count: 0,
        term_count: 0,
        created_at: op.now,
        updated_at: op.now,
    };
    let mut tx = db.tenant(&caller.tenant).await?;
    if !store::insert(&mut tx, &corpus).await? {
        return Err(CorpusError::Exists);
    }
    let event = Event::by(op, caller, EventType::CorporaCreated).resource("corpus", corpus.id.as_str());
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(corpus)
}

/// One corpus.
pub async fn get(db: &Db, caller: &Caller<CorpusRead>, id: &CorpusId) -> Result<Corpus, CorpusError> {
    let mut tx = db.tenant(&caller.tenant).await?;
    store::find(&mut tx, id).await?.ok_or(CorpusError::NotFound)
}

/// The corpora of the tenant, oldest first.
pub async fn list(db: &Db, caller: &Caller<CorpusRead>, page: &PageRequest) -> Result<Page<Corpus>, CorpusError> {
    let mut tx = db.tenant(&caller.tenant).await?;
    Ok(store::list(&mut tx, page).await?)
}

/// Changes the name or the routing of a corpus. What is not given stays.
pub async fn update(
    op: &Op,
    db: &Db,
    caller: &Caller<CorpusUpdate>,
    id: &CorpusId,
    name: Option<String>,
    provider_config: Option<Value>,
) -> Result<Corpus, CorpusError> {
    if let Some(name) = &name {
        check_name(name)?;
    }
    let config = provider_config.map(decide::normalise).transpose()?;
    let mut tx = db.tenant(&caller.tenant).await?;
    let mut corpus = store::lock(&mut tx, id).await?.ok_or(CorpusError::NotFound)?;
    let mut fields = Vec::new();
    if let Some(name) = name {
        corpus.name = name;
        fields.push("name");
    }
    if let Some((value, routing)) = config {
        corpus.provider_config = value;
        corpus.routing = routing;
        fields.push("provider_config_json");
    }
    if fields.is_empty() {
        return Ok(corpus);
    }
    corpus.updated_at = op.now;
    store::update(&mut tx, &corpus).await?;
    let event = Event::by(op, caller, EventType::CorporaUpdated).resource("corpus", id.as_str()).fields(&fields);
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(corpus)
}

/// Deletes a corpus that has no documents.
pub async fn delete(op: &Op, db: &Db, caller: &Caller<CorpusDelete>, id: &CorpusId) -> Result<(), CorpusError> {
    let mut tx = db.tenant(&caller.tenant).await?;
    store::lock(&mut tx, id).await?.ok_or(CorpusError::NotFound)?;
    if !store::delete_if_empty(&mut tx, id).await? {
        return Err(CorpusError::NotEmpty);
    }
    let event = Event::by(op, caller, EventType::CorporaDeleted).resource("corpus", id.as_str());
    audit::record(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

fn check_name(name: &str) -> Result<(), CorpusError> {
    let fits = (1..=MAX_NAME).contains(&name.chars().count()) && !name.trim().is_empty();
    if fits && !name.chars().any(char::is_control) { Ok(()) } else { Err(CorpusError::Name) }
}
