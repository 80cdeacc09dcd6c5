//! The shelf of a service of your own: texts go in, passages come out, without HTTP and without a server beside it.
//!
//! A [`Library`] puts the parts of this crate together with their usual settings: what it does, the server does in the same
//! way, and both may work on one database. The caller is a [`Principal`] that the embedding service vouches for; roles,
//! policies and grants are checked as for everybody else. Texts are processed by a worker in this process, and any worker of
//! the same database may help. When the database is away every verb fails, and what was accepted is processed later.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use nexus_authz::{
    access::{Access, AccessError},
    acl::{
        NewGrant, Target,
        change::{self, AclError},
    },
    caller::{Caller, InsufficientRole, RoleSettings},
    permission::{CorpusCreate, CorpusSearch, DocumentIngest, GrantManage, Permission},
    policy::{Action, PolicySettings},
    scope::ScopeSettings,
    tenant,
};
use nexus_core::{
    audit::{AuditLog, AuditSettings, Event, EventType},
    clock::Clock,
    crypto::vault::Vault,
    id::{CorpusId, DocumentId},
    job::{JobSettings, Worker},
    op::Op,
    pg::{Db, DbError, changes::Changes},
    principal::Principal,
    shared::{Shared, SharedSettings},
};
use tokio_util::sync::CancellationToken;

use crate::{
    corpus::{self, Corpora, CorpusError, NewCorpus},
    document::{
        DocumentError, DocumentSettings, IngestSource,
        accept::{self, NewDocument},
        cost::Charges,
        read,
        source::Sources,
    },
    embed::Embedder,
    index::{Hit, memory::MemorySettings},
    ingest::{self, IndexHandler, IngestHandler, ReapHandler, extract::isolate::InProcess},
    objects::{Objects, Shelf},
    provider::{LocalPgvector, Providers, Query, RetrievalError},
    run::asked,
};

/// How often it is looked whether a text was processed.
const LOOK: Duration = Duration::from_millis(20);

/// A text for the library.
#[derive(Debug, Clone)]
pub struct Text {
    /// Its id; a text that is there under this id is replaced when it differs.
    pub id: DocumentId,
    /// What it is called; the name counts in searches.
    pub name: String,
    /// The text, as Markdown.
    pub markdown: String,
}

/// Why the library did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The role of the principal does not suffice.
    #[error(transparent)]
    Role(#[from] InsufficientRole),
    /// Policies deny it, or cannot be read.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The grant cannot be made.
    #[error(transparent)]
    Grant(#[from] AclError),
    /// The corpus is not there, or cannot be made.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The text is not accepted.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The text was accepted and could not be processed.
    #[error("{id} could not be processed: {why}")]
    NotProcessed {
        /// The text.
        id: DocumentId,
        /// What is wrong with it.
        why: String,
    },
    /// The search failed.
    #[error(transparent)]
    Retrieval(#[from] RetrievalError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Texts of tenants, searchable by those who may read them. Dropping it stops its worker.
pub struct Library {
    db: Db,
    audit: AuditLog,
    sources: Sources,
    embedder: Arc<dyn Embedder>,
    access: Access,
    corpora: Corpora,
    providers: Providers,
    clock: Clock,
    _stop: tokio_util::sync::DropGuard,
}

impl Library {
    /// Opens the library in a database whose schema is there (`nexus_core::pg::migrate`), with the originals of texts in an
    /// object store as they are. Needs a Tokio runtime, on which its worker runs.
    #[must_use]
    pub fn open(db: Db, objects: impl Into<Objects>, embedder: Arc<dyn Embedder>) -> Self {
        Self::with(db, Sources::new(objects), embedder)
    }

    /// The same, with originals sealed as the server does it; needed where a server seals on the same database.
    #[must_use]
    pub fn open_sealed(db: Db, objects: impl Into<Objects>, vault: Vault, embedder: Arc<dyn Embedder>) -> Self {
        let sources = Sources::on(Shelf::sealed(objects, db.clone(), vault));
        Self::with(db, sources, embedder)
    }

    fn with(db: Db, sources: Sources, embedder: Arc<dyn Embedder>) -> Self {
        let (stop, clock) = (CancellationToken::new(), Clock::system());
        let changes = Changes::listen(&db, stop.clone());
        let (audit, writer) = AuditLog::new(&db, &AuditSettings::default());
        tokio::spawn(writer.run(stop.clone()));
        let access =
            Access::new(db.clone(), &changes, PolicySettings::default(), ScopeSettings::default(), audit.clone());
        let local = LocalPgvector::new(db.clone(), Arc::clone(&embedder)).with_memory(MemorySettings::default());
        let library = Self {
            corpora: Corpora::new(db.clone(), &changes),
            providers: Providers::new(local),
            access,
            clock,
            sources,
            embedder,
            audit,
            db,
            _stop: stop.clone().drop_guard(),
        };
        let worker = library.worker();
        tokio::spawn(async move { worker.run(&changes, stop).await });
        library
    }

    /// Makes the tenant of a principal and a corpus in it, unless they are there.
    pub async fn corpus(&self, who: &Principal, id: &CorpusId) -> Result<(), LibraryError> {
        let (op, caller) = self.begin::<CorpusCreate>(who)?;
        let mut tx = self.db.platform().await?;
        tenant::create(&op, &mut tx, &who.tenant, who.tenant.as_str()).await.map_err(DbError::from)?;
        tx.commit().await?;
        let new = NewCorpus {
            id: Some(id.clone()),
            name: id.to_string(),
            provider_config: serde_json::json!({ "retrieval": { "provider": "local_pgvector" } }),
            embedding_model: self.embedder.model().clone(),
            embedding_dimension: self.embedder.dimension(),
        };
        match corpus::create(&op, &self.db, &caller, new).await {
            Ok(_) | Err(CorpusError::Exists) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds texts and waits until they can be found. A principal owns what it adds; others need a grant.
    pub async fn add(
        &self,
        who: &Principal,
        corpus: &CorpusId,
        texts: impl IntoIterator<Item = Text>,
    ) -> Result<(), LibraryError> {
        let (op, caller) = self.begin::<DocumentIngest>(who)?;
        let settings = DocumentSettings::default();
        let mut ids = Vec::new();
        for text in texts {
            ids.push(text.id.clone());
            let new = new_document(corpus, text);
            accept::accept(&op, &self.db, &self.sources, (&settings, &self.access, &Charges::none()), &caller, new)
                .await?;
        }
        let scope = self.access.scope(&op, &caller).await?;
        for id in ids {
            let document = loop {
                let document = read::get(&op, &self.db, &scope, &id).await?;
                if !document.status.is_in_flight() {
                    break document;
                }
                tokio::time::sleep(LOOK).await;
            };
            if let Some(why) = document.failure_reason {
                return Err(LibraryError::NotProcessed { id, why });
            }
        }
        Ok(())
    }

    /// Lets others read or change a text, or all texts of a corpus.
    pub async fn share(&self, who: &Principal, on: &Target, with: NewGrant) -> Result<(), LibraryError> {
        let (op, caller) = self.begin::<GrantManage>(who)?;
        let mut tx = self.db.tenant(&who.tenant).await?;
        change::grant(&op, &mut tx, &caller, on, with).await?;
        Ok(tx.commit().await?)
    }

    /// The passages that answer a question best, among those that the principal may read.
    pub async fn search(
        &self,
        who: &Principal,
        corpus: &CorpusId,
        question: &str,
        top_k: u32,
    ) -> Result<Vec<Hit>, LibraryError> {
        let (op, caller) = self.begin::<CorpusSearch>(who)?;
        let judge = self.access.judge(&op, &caller).await?;
        let found = self.corpora.get(&who.tenant, corpus).await?.ok_or(CorpusError::NotFound)?;
        judge.decide(Action::Run, &asked(&who.tenant, corpus))?;
        let event = Event::by(&op, &caller, EventType::CorporaSearched).resource("corpus", corpus.as_str());
        self.audit.note(event.top_k(top_k));
        let query = Query::new(question, top_k);
        let scope = judge.scope().within(corpus.clone());
        Ok(self.providers.retrieve(&op, &scope, &found, &query).await?.hits)
    }

    fn begin<P: Permission>(&self, who: &Principal) -> Result<(Op, Caller<P>), InsufficientRole> {
        let caller = Caller::check(Arc::new(who.clone()), RoleSettings::default())?;
        Ok((Op::internal(self.clock.now()), caller))
    }

    fn worker(&self) -> Worker {
        let (db, sources, clock) = (self.db.clone(), self.sources.clone(), self.clock.clone());
        let extractor = Arc::new(InProcess(DocumentSettings::default().limits));
        let handler = IngestHandler::new(
            db.clone(),
            sources.clone(),
            Arc::clone(&self.embedder),
            extractor,
            Charges::none(),
            clock.clone(),
        );
        let shared = Shared::local(&SharedSettings::default());
        Worker::new(ingest::QUEUE, db.clone(), shared, clock, JobSettings::default())
            .with(handler)
            .with(IndexHandler::new(db.clone()))
            .with(ReapHandler::new(db, sources))
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Library").field("model", self.embedder.model()).finish_non_exhaustive()
    }
}

fn new_document(corpus: &CorpusId, text: Text) -> NewDocument {
    NewDocument {
        corpus: corpus.clone(),
        id: Some(text.id),
        filename: text.name,
        content_type: "text/markdown".to_owned(),
        source: Bytes::from(text.markdown),
        ingest_source: IngestSource::RawText,
        metadata: serde_json::Map::new(),
        chunk_size_chars: None,
        chunk_overlap_chars: None,
        overwrite: true,
    }
}
