//! The job that turns a source into searchable chunks.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use nexus_core::{
    clock::Clock,
    cost::{CostError, Tab},
    id::{DocumentId, RequestId},
    job::{self, Handler, JobError, Lease},
    op::Op,
    pg::{Db, DbError, TenantTx},
    problem::Problem as _,
};
use sha2::{Digest as _, Sha256};

use super::{
    KIND, Payload,
    chunk::TextKind,
    cut::Cut,
    extract::{
        ContentType,
        isolate::{Extractor, ReadError},
    },
    held_up, index as index_job, to_u64, without_cause,
};
use crate::{
    corpus::{self, Corpus},
    document::{Document, accept, cost::Charges, source::Sources, store},
    embed::{EmbedError, Embedder, Purpose},
    index::store::{self as index, NewChunk},
    objects::ShelfError,
    run::cost::chars,
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
    extractor: Arc<dyn Extractor>,
    charges: Charges,
    clock: Clock,
}

impl fmt::Debug for IngestHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IngestHandler").field("model", self.embedder.model()).finish_non_exhaustive()
    }
}

/// Vectors by the hash of what they were made of.
type Known = HashMap<Vec<u8>, Vec<f32>>;

/// What a document becomes.
struct Processed {
    text: String,
    title: String,
    notes: Vec<String>,
    chunks: Vec<NewChunk>,
    tab: Tab,
}

impl IngestHandler {
    /// Processes with these parts.
    #[must_use]
    pub fn new(
        db: Db,
        sources: Sources,
        embedder: Arc<dyn Embedder>,
        extractor: Arc<dyn Extractor>,
        charges: Charges,
        clock: Clock,
    ) -> Self {
        Self { db, sources, embedder, extractor, charges, clock }
    }

    async fn process(&self, lease: &Lease) -> Result<(), JobError> {
        let payload: Payload =
            serde_json::from_value(lease.payload.clone()).map_err(|e| JobError::Fatal(format!("payload: {e}")))?;
        let Some((document, corpus)) = self.begin(lease, &payload.document_id).await? else {
            // The document was deleted or replaced meanwhile; the job of its successor does the work.
            return Ok(());
        };
        let started = self.clock.now();
        let processed = self.read_and_embed(lease, &document, &corpus).await?;
        self.finish(lease, &document, &corpus, processed).await?;
        let took = (self.clock.now() - started).to_std().unwrap_or_default();
        metrics::histogram!("nexusrag_ingest_duration_seconds").record(took.as_secs_f64());
        metrics::counter!("nexusrag_ingest_succeeded_total").increment(1);
        Ok(())
    }

    /// Finds what is to be done and says that it has begun.
    async fn begin(&self, lease: &Lease, id: &DocumentId) -> Result<Option<(Document, Corpus)>, JobError> {
        let mut tx = self.db.tenant(&lease.tenant).await?;
        let begun = store::begin_processing(&mut tx, id, lease.id.0, self.clock.now()).await.map_err(DbError::from)?;
        let Some(document) = begun else { return Ok(None) };
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

    async fn read_and_embed(&self, lease: &Lease, document: &Document, corpus: &Corpus) -> Result<Processed, JobError> {
        let source = self
            .sources
            .get(&lease.tenant, &document.id, &document.source_key)
            .await
            .map_err(source_error)?
            .ok_or_else(|| JobError::Fatal("Stored document text is missing".into()))?;
        let content_type = ContentType::parse(&document.content_type).map_err(|e| JobError::Fatal(e.to_string()))?;
        let read = self.extractor.extract(content_type, source).await.map_err(|error| read_error(&error))?;
        // A title that a client gave, or that was there before, stays where the file has none of its own.
        let title = accept::title_of(&document.metadata, read.title.as_deref(), &document.title);
        let cut = Cut {
            // The name of a file is worth a look-up and says little to a model.
            context: if title == document.filename { String::new() } else { title.clone() },
            title: title.clone(),
            language: corpus.routing.search.language,
            kind: if read.headed { TextKind::Markdown } else { content_type.text_kind() },
            settings: document.chunking,
        };
        let (read, cut, chunks) = tokio::task::spawn_blocking(move || {
            let chunks = cut.apply(&read, MAX_CHUNKS);
            (read, cut, chunks)
        })
        .await
        .map_err(|error| held_up("Cutting the text broke off", &error))?;
        let too_many = || JobError::Fatal(format!("The document has more than {MAX_CHUNKS} chunks"));
        let mut chunks = chunks.ok_or_else(too_many)?;
        let known = self.known(document).await?;
        let tab = self.embed(lease, &mut chunks, &cut.context, (known, corpus.embedding_dimension)).await?;
        Ok(Processed { text: read.text, title, notes: read.notes, chunks, tab })
    }

    /// The vectors of what was embedded of a document before.
    async fn known(&self, document: &Document) -> Result<Known, JobError> {
        if document.num_chunks.is_none() {
            return Ok(Known::new());
        }
        let mut tx = self.db.tenant(&document.tenant).await?;
        Ok(index::vectors(&mut tx, &document.id).await.map_err(DbError::from)?)
    }

    /// Embeds the passages that were not embedded before in just the same way.
    async fn embed(
        &self,
        lease: &Lease,
        chunks: &mut [NewChunk],
        title: &str,
        (mut known, dimension): (Known, usize),
    ) -> Result<Tab, JobError> {
        for chunk in &mut *chunks {
            chunk.vector = known.remove(&chunk.embedded).unwrap_or_default();
        }
        let mut fresh: Vec<&mut NewChunk> = chunks.iter_mut().filter(|c| c.vector.len() != dimension).collect();
        let read = fresh.iter().map(|c| chars(&c.piece.in_context(title))).sum();
        let mut tab = self.tab(lease, read).await?;
        if let Err(error) = self.embed_fresh(&mut fresh, title, dimension, &mut tab).await {
            // The next attempt embeds them again, on a tab of its own.
            tab.settle().await;
            return Err(error);
        }
        Ok(tab)
    }

    async fn embed_fresh(
        &self,
        fresh: &mut [&mut NewChunk],
        title: &str,
        dimension: usize,
        tab: &mut Tab,
    ) -> Result<(), JobError> {
        for batch in fresh.chunks_mut(BATCH) {
            let texts: Vec<String> = batch.iter().map(|c| c.piece.in_context(title)).collect();
            let read = texts.iter().map(|text| chars(text)).sum();
            let vectors = self.embedder.embed(texts, Purpose::Passage).await.map_err(|error| embed_error(&error))?;
            tab.add(self.charges.embedded_chunks(read, batch.len()));
            if vectors.len() != batch.len() || vectors.iter().any(|v| v.len() != dimension) {
                return Err(JobError::Fatal("Embedding dimension mismatch".into()));
            }
            for (chunk, vector) in batch.iter_mut().zip(vectors) {
                chunk.vector = vector;
            }
        }
        Ok(())
    }

    /// Opens the tab of what is to be embedded. A budget that has no room for it ends the job: nobody would pay.
    async fn tab(&self, lease: &Lease, chars: u64) -> Result<Tab, JobError> {
        if chars == 0 {
            return Ok(Tab::default());
        }
        let op = Op::internal(self.clock.now());
        let op = Op { request_id: RequestId::new(lease.id.to_string()).unwrap_or(op.request_id.clone()), ..op };
        self.charges.embedding(&op, &lease.tenant, chars).await.map_err(|error| match error {
            CostError::OverBudget(_) => JobError::Fatal(error.message().into_owned()),
            CostError::Db(error) => JobError::Db(error),
            other => held_up(&other.message(), &other),
        })
    }

    /// Replaces what is stored of the document and ends the job, all or nothing.
    async fn finish(
        &self,
        lease: &Lease,
        document: &Document,
        corpus: &Corpus,
        mut processed: Processed,
    ) -> Result<(), JobError> {
        let mut tx = self.db.tenant(&lease.tenant).await?;
        if !store::lock_for_job(&mut tx, &document.id, lease.id.0).await.map_err(DbError::from)? {
            return Ok(());
        }
        let hash = Sha256::digest(&processed.text);
        let chunks = processed.chunks.len();
        let dimension = corpus.embedding_dimension;
        let indexed = index::is_indexed(corpus.chunk_count.saturating_add(to_u64(chunks)), dimension);
        let content = (processed.chunks, indexed);
        let (more_chunks, more_terms) =
            index::replace(&mut tx, &document.corpus, &document.id, &processed.text, &hash, content)
                .await
                .map_err(DbError::from)?;
        let read = store::Read {
            title: &processed.title,
            notes: &processed.notes,
            chunks: i32::try_from(chunks).unwrap_or(i32::MAX),
        };
        store::end_processing(&mut tx, &document.id, Ok(read), self.clock.now()).await.map_err(DbError::from)?;
        job::complete(&mut tx, lease).await?;
        processed.tab.record_in(&mut tx).await?;
        // Last, because it is the row that other documents of the corpus wait for.
        let now =
            corpus::store::count(&mut tx, &document.corpus, more_chunks, more_terms).await.map_err(DbError::from)?;
        // The corpus has grown beyond its size without an index, by this document or while it was written.
        let grown = index::is_indexed(now, dimension)
            && (!indexed || !index::is_indexed(now.saturating_add_signed(-more_chunks), dimension));
        if grown && chunks > 0 {
            index_job::enqueue(&mut tx, &document.corpus, Duration::ZERO).await?;
        }
        tx.commit().await?;
        processed.tab.billed();
        Ok(())
    }
}

impl Handler for IngestHandler {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), JobError>> {
        Box::pin(async { self.process(lease).await.map_err(without_cause) })
    }

    fn gave_up<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        lease: &'a Lease,
        error: &'a str,
    ) -> BoxFuture<'a, Result<(), JobError>> {
        Box::pin(async move {
            let Ok(payload) = serde_json::from_value::<Payload>(lease.payload.clone()) else { return Ok(()) };
            if store::lock_for_job(tx, &payload.document_id, lease.id.0).await.map_err(DbError::from)? {
                let now = self.clock.now();
                store::end_processing(tx, &payload.document_id, Err(error), now).await.map_err(DbError::from)?;
                metrics::counter!("nexusrag_ingest_failed_total").increment(1);
            }
            Ok(())
        })
    }
}

/// What was damaged stays so; a store or a key that is away comes back.
fn source_error(error: ShelfError) -> JobError {
    match error {
        ShelfError::Db(error) => JobError::Db(error),
        error if error.is_final() => {
            tracing::error!(%error, "the source of a document is not what was stored");
            JobError::Fatal("The stored source could not be decrypted".into())
        }
        ShelfError::Vault(error) => held_up("The key of the stored source is not available", &error),
        ShelfError::Object(error) => held_up("Document storage failed", &error),
    }
}

fn read_error(error: &ReadError) -> JobError {
    match error {
        ReadError::File(_) => JobError::Fatal(error.to_string()),
        ReadError::Process(cause) => held_up("No process could be had to read the file in", cause),
    }
}

/// What an endpoint says may be about the account of whoever runs this server.
fn embed_error(error: &EmbedError) -> JobError {
    let told = error.message().into_owned();
    let retry = held_up(&told, error);
    if matches!(error, EmbedError::NotConfigured { .. } | EmbedError::Rejected { .. }) {
        JobError::Fatal(told)
    } else {
        retry
    }
}
