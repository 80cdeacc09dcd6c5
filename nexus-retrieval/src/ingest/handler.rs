//! The job that turns a source into searchable chunks.

use std::{fmt, sync::Arc};

use futures::future::BoxFuture;
use nexus_core::{
    clock::Clock,
    id::DocumentId,
    job::{self, Handler, JobError, Lease},
    pg::{Db, DbError, TenantTx},
};
use sha2::{Digest as _, Sha256};

use super::{
    KIND, Payload,
    chunk::{self, Chunk},
    extract::{self, ContentType},
    language::Language,
    terms,
};
use crate::{
    corpus::{self, Corpus},
    document::{Document, source::Sources, store},
    embed::{EmbedError, Embedder, Purpose},
    index::store::{self as index, NewChunk},
};

/// How many chunks are embedded in one call.
const BATCH: usize = 64;
/// The most chunks of one document.
const MAX_CHUNKS: usize = 100_000;

/// Processes documents.
pub struct IngestHandler {
    db: Db,
    sources: Sources,
    embedder: Arc<dyn Embedder>,
    clock: Clock,
}

impl fmt::Debug for IngestHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IngestHandler").field("model", self.embedder.model()).finish_non_exhaustive()
    }
}

/// What a document becomes.
struct Processed {
    text: String,
    chunks: Vec<NewChunk>,
}

impl IngestHandler {
    /// Processes with these parts.
    #[must_use]
    pub fn new(db: Db, sources: Sources, embedder: Arc<dyn Embedder>, clock: Clock) -> Self {
        Self { db, sources, embedder, clock }
    }

    async fn process(&self, lease: &Lease) -> Result<(), JobError> {
        let payload: Payload =
            serde_json::from_value(lease.payload.clone()).map_err(|e| JobError::Fatal(format!("payload: {e}")))?;
        let Some((document, corpus)) = self.begin(lease, &payload.document_id).await? else {
            // The document was deleted or replaced meanwhile; the job of its successor does the work.
            return Ok(());
        };
        let started = self.clock.now();
        let processed = self.read_and_embed(&document, &corpus).await?;
        self.finish(lease, &document, processed).await?;
        let took = (self.clock.now() - started).to_std().unwrap_or_default();
        metrics::histogram!("nexusrag_ingest_duration_seconds").record(took.as_secs_f64());
        metrics::counter!("nexusrag_ingest_succeeded_total").increment(1);
        Ok(())
    }

    /// Finds what is to be done and says that it has begun.
    async fn begin(&self, lease: &Lease, id: &DocumentId) -> Result<Option<(Document, Corpus)>, JobError> {
        let mut tx = self.db.tenant(&lease.tenant).await?;
        let Some(document) = store::lock_unscoped(&mut tx, id).await.map_err(DbError::from)? else { return Ok(None) };
        if document.last_job_id != Some(lease.id.0) {
            return Ok(None);
        }
        store::begin_processing(&mut tx, id, self.clock.now()).await.map_err(DbError::from)?;
        let corpus = self.corpus_for(&mut tx, &document).await?;
        tx.commit().await?;
        Ok(Some((document, corpus)))
    }

    /// The corpus, if its vectors are made with our model. A corpus without chunks takes our model on.
    async fn corpus_for(&self, tx: &mut TenantTx, document: &Document) -> Result<Corpus, JobError> {
        let missing = || JobError::Fatal("The corpus is gone".into());
        let corpus = corpus::store::find(tx, &document.corpus).await.map_err(DbError::from)?.ok_or_else(missing)?;
        let (model, dimension) = (self.embedder.model(), self.embedder.dimension());
        if corpus.embedding_model == *model {
            return Ok(corpus);
        }
        let adopted = corpus::store::adopt_model(tx, &corpus.id, model, dimension).await.map_err(DbError::from)?;
        if adopted {
            return Ok(Corpus { embedding_model: model.clone(), embedding_dimension: dimension, ..corpus });
        }
        Err(JobError::Fatal(format!(
            "The corpus was embedded with {} and this server embeds with {model}; reindex the corpus",
            corpus.embedding_model
        )))
    }

    async fn read_and_embed(&self, document: &Document, corpus: &Corpus) -> Result<Processed, JobError> {
        let source = self
            .sources
            .get(&document.source_key)
            .await
            .map_err(|e| JobError::Retry(format!("Document storage failed: {e}")))?
            .ok_or_else(|| JobError::Fatal("Stored document text is missing".into()))?;
        let (content_type, chunking) = (document.content_type.clone(), document.chunking);
        // Reading and cutting a large text takes long enough to hold up other tasks.
        let (text, pieces) = tokio::task::spawn_blocking(move || {
            let content_type = ContentType::parse(&content_type).map_err(|e| JobError::Fatal(e.to_string()))?;
            let text = extract::extract(content_type, &source).map_err(|e| JobError::Fatal(e.to_string()))?;
            let pieces = chunk::chunk(&text, content_type.text_kind(), &chunking);
            Ok::<_, JobError>((text, pieces))
        })
        .await
        .map_err(|e| JobError::Retry(e.to_string()))??;
        if pieces.len() > MAX_CHUNKS {
            return Err(JobError::Fatal(format!("The document has more than {MAX_CHUNKS} chunks")));
        }
        let language = corpus.routing.search.language.or_else(|| Language::of(&text)).unwrap_or(terms::DEFAULT);
        let chunks = self.embed(pieces, (document, language), corpus.embedding_dimension).await?;
        Ok(Processed { text, chunks })
    }

    async fn embed(
        &self,
        pieces: Vec<Chunk>,
        (document, language): (&Document, Language),
        dimension: usize,
    ) -> Result<Vec<NewChunk>, JobError> {
        // The name of a file is worth a look-up and says little to a model.
        let title = if document.title == document.filename { "" } else { &document.title };
        let mut chunks = Vec::with_capacity(pieces.len());
        let mut pieces = pieces.into_iter().peekable();
        while pieces.peek().is_some() {
            let batch: Vec<Chunk> = pieces.by_ref().take(BATCH).collect();
            let texts = batch.iter().map(|c| c.in_context(title)).collect();
            let vectors = self.embedder.embed(texts, Purpose::Passage).await.map_err(embed_error)?;
            if vectors.len() != batch.len() || vectors.iter().any(|v| v.len() != dimension) {
                return Err(JobError::Fatal("Embedding dimension mismatch".into()));
            }
            chunks.extend(batch.into_iter().zip(vectors).map(|(piece, vector)| NewChunk {
                terms: terms::of_passage(&piece.text, &document.title, piece.heading.as_deref(), language),
                location: None,
                piece,
                vector,
            }));
        }
        Ok(chunks)
    }

    /// Replaces what is stored of the document and ends the job, all or nothing.
    async fn finish(&self, lease: &Lease, document: &Document, processed: Processed) -> Result<(), JobError> {
        let mut tx = self.db.tenant(&lease.tenant).await?;
        let current = store::lock_unscoped(&mut tx, &document.id).await.map_err(DbError::from)?;
        if current.is_none_or(|d| d.last_job_id != Some(lease.id.0)) {
            return Ok(());
        }
        let hash = Sha256::digest(&processed.text);
        let chunks = i32::try_from(processed.chunks.len()).unwrap_or(i32::MAX);
        let (more_chunks, more_terms) =
            index::replace(&mut tx, &document.corpus, &document.id, &processed.text, &hash, processed.chunks)
                .await
                .map_err(DbError::from)?;
        store::end_processing(&mut tx, &document.id, Ok(chunks), self.clock.now()).await.map_err(DbError::from)?;
        job::complete(&mut tx, lease).await?;
        // Last, because it is the row that other documents of the corpus wait for.
        corpus::store::count(&mut tx, &document.corpus, more_chunks, more_terms).await.map_err(DbError::from)?;
        Ok(tx.commit().await?)
    }
}

impl Handler for IngestHandler {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), JobError>> {
        Box::pin(self.process(lease))
    }

    fn gave_up<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        lease: &'a Lease,
        error: &'a str,
    ) -> BoxFuture<'a, Result<(), JobError>> {
        Box::pin(async move {
            let Ok(payload) = serde_json::from_value::<Payload>(lease.payload.clone()) else { return Ok(()) };
            let document = store::lock_unscoped(tx, &payload.document_id).await.map_err(DbError::from)?;
            if document.is_some_and(|d| d.last_job_id == Some(lease.id.0)) {
                let now = self.clock.now();
                store::end_processing(tx, &payload.document_id, Err(error), now).await.map_err(DbError::from)?;
                metrics::counter!("nexusrag_ingest_failed_total").increment(1);
            }
            Ok(())
        })
    }
}

fn embed_error(error: EmbedError) -> JobError {
    match error {
        EmbedError::NotConfigured { .. } | EmbedError::Rejected { .. } => JobError::Fatal(error.to_string()),
        other => JobError::Retry(other.to_string()),
    }
}
