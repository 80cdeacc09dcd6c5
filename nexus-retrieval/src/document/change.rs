//! Changing, processing anew and deleting documents.

use std::{collections::BTreeMap, time::Duration};

use nexus_authz::{
    access::{Access, Judge},
    acl::{self, Right},
    caller::Caller,
    permission::{CorpusReindex, DocumentDelete, DocumentReindex, DocumentUpdate, GrantManage},
    policy::Action,
};
use nexus_core::{
    audit::{self, Event, EventType},
    cost::Tab,
    id::{CorpusId, DocumentId},
    op::Op,
    pg::{Db, TenantTx},
    principal::Principal,
};
use serde_json::{Map, Value, json};

use super::{
    Document, DocumentError, DocumentSettings, Status, accept,
    cost::{self, Charges},
    source::Sources,
    store,
};
use crate::{corpus, embed::ModelId, ingest, ingest::chunk::ChunkSettings};

/// How often it is tried to index a document under a new title.
const RETITLE_ATTEMPTS: u32 = 3;
/// How often it is tried to lock all documents of a corpus while others come in.
const LOCK_ATTEMPTS: u32 = 5;

/// What is to change about a document; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    /// The name of the file.
    pub filename: Option<String>,
    /// What the client attached.
    pub metadata: Option<Map<String, Value>>,
    /// The labels.
    pub labels: Option<BTreeMap<String, String>>,
}

/// Changes the description of a document. Its text stays; a new title is part of what its passages are found by, so it queues
/// the document again.
pub async fn patch(
    op: &Op,
    db: &Db,
    access: &Access,
    caller: &Caller<DocumentUpdate>,
    id: &DocumentId,
    patch: Patch,
) -> Result<Document, DocumentError> {
    let judge = access.judge(op, caller).await?;
    let mut tx = db.tenant(&caller.tenant).await?;
    let mut document = authorize(op, &mut tx, &judge, caller, id, (Right::Write, Action::Write)).await?;
    let mut fields = Vec::new();
    let old_title = document.title.clone();
    if let Some(filename) = patch.filename {
        document.filename = accept::inert_name(&filename);
        fields.push("filename");
    }
    if let Some(metadata) = patch.metadata {
        accept::check_metadata(&metadata)?;
        if metadata.contains_key("labels") {
            document.labels = accept::labels_of(&metadata)?;
            fields.push("labels");
        }
        let title = metadata.get("title").and_then(Value::as_str).map(accept::inert_title);
        if let Some(title) = title.filter(|t| !t.is_empty()) {
            document.title = title;
        }
        document.metadata = metadata;
        fields.push("metadata_json");
    }
    if let Some(labels) = patch.labels {
        document.labels = accept::labels_of(&Map::from_iter([("labels".to_owned(), json!(labels))]))?;
        fields.push("labels");
    }
    if fields.is_empty() {
        return Ok(document);
    }
    // What a policy closes for a caller cannot be reached by a change of labels either.
    judge.decide(Action::Write, &document.resource())?;
    document.updated_at = op.now;
    store::describe(&mut tx, &document).await?;
    store::set_labels(&mut tx, id, &document.labels).await?;
    if document.title != old_title && document.status != Status::Failed {
        let job = ingest::enqueue(&mut tx, id, RETITLE_ATTEMPTS).await?;
        store::requeue(&mut tx, id, document.chunking, job.0, op.now).await?;
        document = store::find_unscoped(&mut tx, id).await?.ok_or(DocumentError::NotFound)?;
    }
    let event = Event::by(op, caller, EventType::DocumentsUpdated).resource("document", id.as_str()).fields(&fields);
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(document)
}

/// Replaces the labels of a document for an administrator, who needs no grant on it for that: labels are what policies
/// read, as grants are.
pub async fn label(
    op: &Op,
    db: &Db,
    caller: &Caller<GrantManage>,
    id: &DocumentId,
    labels: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, DocumentError> {
    let labels = accept::labels_of(&Map::from_iter([("labels".to_owned(), json!(labels))]))?;
    let mut tx = db.tenant(&caller.tenant).await?;
    let mut document = store::lock_unscoped(&mut tx, id).await?.ok_or(DocumentError::NotFound)?;
    if document.labels == labels {
        return Ok(labels);
    }
    document.updated_at = op.now;
    store::describe(&mut tx, &document).await?;
    store::set_labels(&mut tx, id, &labels).await?;
    let event =
        Event::by(op, caller, EventType::DocumentsUpdated).resource("document", id.as_str()).fields(&["labels"]);
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(labels)
}

/// Opens the tab of a document that is to be queued again, if that may be and the budget has room for it. It needs a
/// connection of its own and comes before the transaction of [`reindex`].
pub async fn quote(
    op: &Op,
    db: &Db,
    sources: &Sources,
    (access, charges): (&Access, &Charges),
    caller: &Caller<DocumentReindex>,
    id: &DocumentId,
) -> Result<Tab, DocumentError> {
    let judge = access.judge(op, caller).await?;
    let mut tx = db.tenant(&caller.tenant).await?;
    let document = authorize(op, &mut tx, &judge, caller, id, (Right::Reindex, Action::Reindex)).await?;
    drop(tx);
    if document.status.is_in_flight() {
        return Err(DocumentError::InProgress);
    }
    let bytes = sources.size(&caller.tenant, &document.source_key).await?.ok_or(DocumentError::SourceMissing)?;
    Ok(charges.anew(op, caller, (1, bytes)).await?)
}

/// Queues a document again with its stored source, which [`quote`] found there: no transaction waits for the object store.
pub async fn reindex(
    op: &Op,
    db: &Db,
    (settings, access): (&DocumentSettings, &Access),
    caller: &Caller<DocumentReindex>,
    id: &DocumentId,
    ((size_chars, overlap_chars), mut tab): ((Option<usize>, Option<usize>), Tab),
) -> Result<Document, DocumentError> {
    let judge = access.judge(op, caller).await?;
    let mut tx = db.tenant(&caller.tenant).await?;
    let document = authorize(op, &mut tx, &judge, caller, id, (Right::Reindex, Action::Reindex)).await?;
    if document.status.is_in_flight() {
        return Err(DocumentError::InProgress);
    }
    let size = size_chars.unwrap_or(document.chunking.size_chars);
    let overlap = overlap_chars.unwrap_or_else(|| document.chunking.overlap_chars.min(size / 4));
    let chunking = ChunkSettings { size_chars: size, overlap_chars: overlap };
    chunking.validate().map_err(|e| DocumentError::Invalid(e.to_string().into()))?;
    let job = ingest::enqueue(&mut tx, id, settings.max_attempts).await?;
    store::requeue(&mut tx, id, chunking, job.0, op.now).await?;
    let event = Event::by(op, caller, EventType::DocumentsReindexEnqueued)
        .resource("document", id.as_str())
        .corpus(document.corpus.as_str());
    audit::record(&mut tx, &event).await?;
    let document = store::find_unscoped(&mut tx, id).await?.ok_or(DocumentError::NotFound)?;
    tab.add(cost::queued(1));
    tab.record_in(&mut tx).await?;
    tx.commit().await?;
    tab.billed();
    Ok(document)
}

/// Opens the tab of a corpus whose documents are to be queued again; it comes before the transaction of [`reindex_corpus`].
pub async fn quote_corpus(
    op: &Op,
    db: &Db,
    charges: &Charges,
    caller: &Caller<CorpusReindex>,
    corpus: &CorpusId,
) -> Result<Tab, DocumentError> {
    let mut tx = db.tenant(&caller.tenant).await?;
    let (documents, bytes) = store::size_of_corpus(&mut tx, corpus).await?;
    drop(tx);
    Ok(charges.anew(op, caller, (documents, bytes)).await?)
}

/// Queues every document of a corpus again, as after a change of the embedding model. Its passages are found until those
/// that replace them are there, unless they were embedded with another model than `model`: then they cannot be searched
/// anyway, and are removed so that vectors of two models never meet. Returns how many documents were queued.
pub async fn reindex_corpus(
    op: &Op,
    db: &Db,
    settings: &DocumentSettings,
    caller: &Caller<CorpusReindex>,
    (corpus, model): (&CorpusId, &ModelId),
    mut tab: Tab,
) -> Result<usize, DocumentError> {
    let (mut tx, found, documents) = lock_all(db, caller, corpus).await?;
    if found.embedding_model != *model {
        crate::index::store::clear_corpus(&mut tx, corpus).await?;
        let (chunks, terms) = (count(found.chunk_count), count(found.term_count));
        corpus::store::count(&mut tx, corpus, -chunks, -terms).await?;
    }
    for (id, size, overlap) in &documents {
        let job = ingest::enqueue(&mut tx, id, settings.max_attempts).await?;
        let chunking = ChunkSettings {
            size_chars: usize::try_from(*size).unwrap_or(1),
            overlap_chars: usize::try_from(*overlap).unwrap_or(0),
        };
        store::requeue(&mut tx, id, chunking, job.0, op.now).await?;
    }
    let event = Event::by(op, caller, EventType::DocumentsReindexEnqueued)
        .resource("corpus", corpus.as_str())
        .count(i64::try_from(documents.len()).unwrap_or(i64::MAX));
    audit::record(&mut tx, &event).await?;
    tab.add(cost::queued(u64::try_from(documents.len()).unwrap_or(u64::MAX)));
    tab.record_in(&mut tx).await?;
    tx.commit().await?;
    tab.billed();
    Ok(documents.len())
}

/// Locks the documents of a corpus, then the corpus: in the order of ingestion and deletion, which end with the corpus. The other
/// way round, each could wait for the other. A document that came in between would be cleared and not queued: then once more.
async fn lock_all(
    db: &Db,
    caller: &Caller<CorpusReindex>,
    corpus: &CorpusId,
) -> Result<(TenantTx, corpus::Corpus, Vec<(DocumentId, i32, i32)>), DocumentError> {
    for _ in 0..LOCK_ATTEMPTS {
        let mut tx = db.tenant(&caller.tenant).await?;
        let documents = store::ids_of_corpus(&mut tx, corpus).await?;
        let found = corpus::store::lock(&mut tx, corpus).await?.ok_or(DocumentError::CorpusNotFound)?;
        if store::size_of_corpus(&mut tx, corpus).await?.0 == u64::try_from(documents.len()).unwrap_or(u64::MAX) {
            return Ok((tx, found, documents));
        }
    }
    Err(DocumentError::InProgress)
}

/// Deletes a document with its chunks, grants and labels; its source is removed by a job of the same transaction.
pub async fn delete(
    op: &Op,
    db: &Db,
    access: &Access,
    caller: &Caller<DocumentDelete>,
    id: &DocumentId,
) -> Result<(), DocumentError> {
    let judge = access.judge(op, caller).await?;
    let mut tx = db.tenant(&caller.tenant).await?;
    let document = authorize(op, &mut tx, &judge, caller, id, (Right::Delete, Action::Delete)).await?;
    if document.status.is_in_flight() {
        return Err(DocumentError::InProgress);
    }
    let (chunks, terms) = store::delete(&mut tx, id).await?;
    corpus::store::count(&mut tx, &document.corpus, -chunks, -terms).await?;
    ingest::enqueue_reap(&mut tx, &document.source_key, Duration::ZERO).await?;
    let event = Event::by(op, caller, EventType::DocumentsDeleted)
        .resource("document", id.as_str())
        .corpus(document.corpus.as_str());
    audit::record(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

/// Locks a document and asks grants and policies: one that the caller may not even read does not exist for it.
async fn authorize(
    op: &Op,
    tx: &mut TenantTx,
    judge: &Judge<'_>,
    principal: &Principal,
    id: &DocumentId,
    (right, action): (Right, Action),
) -> Result<Document, DocumentError> {
    let scope = judge.scope();
    store::find(op, tx, &scope, id).await?.ok_or(DocumentError::NotFound)?;
    if !judge.bypasses_grants() && !acl::store::allows(op, tx, principal, id, right).await? {
        return Err(DocumentError::Denied);
    }
    // What is decided about is the row that stays as it is until the transaction ends.
    let document = store::lock_unscoped(tx, id).await?.ok_or(DocumentError::NotFound)?;
    if !scope.permits(&document.resource()) {
        return Err(DocumentError::NotFound);
    }
    judge.decide(action, &document.resource())?;
    Ok(document)
}

fn count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
