//! Accepting a document: the source goes to the object store, then the row and its job go into one transaction.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use nexus_authz::{
    access::{Access, Judge},
    acl::{self, NewGrant, PrincipalType, Right},
    caller::Caller,
    permission::DocumentIngest,
    policy::{Action, Resource},
};
use nexus_core::{
    audit::{self, Event, EventType},
    clock,
    cost::{Standing, Tab},
    id::{CorpusId, DocumentId},
    op::Op,
    pg::{Db, TenantTx},
    text::is_storable_json,
};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    Document, DocumentError, DocumentSettings, IngestSource, Status,
    cost::{self, Charges},
    intake::{self, Intake},
    source::Sources,
    store,
};
use crate::{
    corpus,
    ingest::{self, chunk::ChunkSettings},
    objects::Shelved,
};

/// The most labels of a document.
pub const MAX_LABELS: usize = 64;
/// The longest label key or value, in characters.
pub const MAX_LABEL_CHARS: usize = 256;
/// The longest file name or title, in characters.
pub const MAX_NAME_CHARS: usize = 255;

/// A document to be accepted.
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// Its corpus.
    pub corpus: CorpusId,
    /// Its id, when the client chooses one.
    pub id: Option<DocumentId>,
    /// The name of the file, for people.
    pub filename: String,
    /// The media type as the client named it.
    pub content_type: String,
    /// The bytes.
    pub source: Bytes,
    /// How it came in.
    pub ingest_source: IngestSource,
    /// What the client attached; `labels` and `title` in it have a meaning.
    pub metadata: Map<String, Value>,
    /// How long chunks are, when the client says.
    pub chunk_size_chars: Option<usize>,
    /// How far they overlap, when the client says.
    pub chunk_overlap_chars: Option<usize>,
    /// Whether to replace a document that is there.
    pub overwrite: bool,
}

/// What became of a document that was handed in.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The document as it is now.
    pub document: Document,
    /// Whether a job was queued; otherwise it was there already and stays as it is.
    pub queued: bool,
    /// Whether it stays although something else was sent.
    pub differs: bool,
    /// How the budget of the tenant stands; nothing when nothing was done or costs are off.
    pub cost: Option<Standing>,
}

/// A document whose source is stored and that is not accepted yet. When nobody accepts it, a job removes the source.
#[derive(Debug)]
pub struct Staged<'a> {
    judge: Judge<'a>,
    caller: &'a Caller<DocumentIngest>,
    new: NewDocument,
    stage: Stage,
    tab: Tab,
}

#[derive(Debug)]
enum Stage {
    /// A document that is there stays as it is, and may be another than what was sent.
    There(Box<Document>, bool),
    /// Its row and its job are to be written, and what is to be known of its source; so many bytes are stored.
    Stored(Box<Document>, i64, Shelved),
}

/// Accepts a document.
pub async fn accept(
    op: &Op,
    db: &Db,
    sources: &Sources,
    (settings, access, charges): (&DocumentSettings, &Access, &Charges),
    caller: &Caller<DocumentIngest>,
    new: NewDocument,
) -> Result<Accepted, DocumentError> {
    stage(op, db, sources, (settings, access, charges), caller, new).await?.accept(op, db, settings).await
}

/// Checks a document and stores its source: what takes long, and what a transaction should not wait for.
pub async fn stage<'a>(
    op: &'a Op,
    db: &Db,
    sources: &Sources,
    (settings, access, charges): (&DocumentSettings, &'a Access, &Charges),
    caller: &'a Caller<DocumentIngest>,
    new: NewDocument,
) -> Result<Staged<'a>, DocumentError> {
    let judge = access.judge(op, caller).await?;
    let intake = intake::look(&new, settings.limits).await?;
    let document = describe(op, settings, caller, &new, &intake)?;
    let bytes = i64::try_from(intake.source.len()).unwrap_or(i64::MAX);

    // A document that is yet to be is asked for as it would be; no grant speaks of it.
    let id = new.id.as_ref().map(DocumentId::as_str);
    judge.decide(Action::Write, &Resource { id, ..document.resource() })?;

    let mut tx = db.tenant(&caller.tenant).await?;
    if let Some(there) = existing(op, &mut tx, &judge, caller, &new, &document).await? {
        let differs = there.source_sha256 != document.source_sha256;
        return Ok(Staged { judge, caller, new, stage: Stage::There(Box::new(there), differs), tab: Tab::default() });
    }
    drop(tx);
    let ready = sources.ready(op, &caller.tenant).await?;
    // Should this process die before the row is written, the source is removed by this job.
    let mut tx = db.tenant(&caller.tenant).await?;
    ingest::enqueue_reap(&mut tx, &document.source_key, ingest::REAP_DELAY).await?;
    tx.commit().await?;
    // Without a connection: reserving may need one of its own.
    let tab = charges.intake(op, caller, u64::try_from(bytes).unwrap_or_default()).await?;
    let key = (&document.id, document.source_key.as_str());
    let shelved = sources.put(&caller.tenant, key, ready, intake.source).await?;
    Ok(Staged { judge, caller, new, stage: Stage::Stored(Box::new(document), bytes, shelved), tab })
}

impl Staged<'_> {
    /// Accepts the document: its row and its job are written in one transaction.
    pub async fn accept(self, op: &Op, db: &Db, settings: &DocumentSettings) -> Result<Accepted, DocumentError> {
        let Self { judge, caller, new, stage, mut tab } = self;
        let (document, bytes, shelved) = match stage {
            Stage::There(document, differs) => {
                return Ok(Accepted { document: *document, queued: false, differs, cost: None });
            }
            Stage::Stored(document, bytes, shelved) => (*document, bytes, shelved),
        };
        let mut tx = db.tenant(&caller.tenant).await?;
        let mut accepted = write(op, &mut tx, (settings, &judge), caller, &new, document, bytes).await?;
        if accepted.queued {
            shelved.record(&mut tx, op.now).await?;
            tab.add(cost::stored(u64::try_from(bytes).unwrap_or_default()));
            tab.add(cost::queued(1));
            tab.record_in(&mut tx).await?;
            tx.commit().await?;
            tab.billed();
            accepted.cost = tab.standing().cloned();
            metrics::counter!("nexusrag_ingest_enqueued_total").increment(1);
        }
        Ok(accepted)
    }
}

/// Looks at a document that has the wanted id: `Some` when it stays as it is, `None` when the way is free.
async fn existing(
    op: &Op,
    tx: &mut TenantTx,
    judge: &Judge<'_>,
    caller: &Caller<DocumentIngest>,
    new: &NewDocument,
    wanted: &Document,
) -> Result<Option<Document>, DocumentError> {
    corpus::store::find(tx, &new.corpus).await?.ok_or(DocumentError::CorpusNotFound)?;
    let Some(id) = &new.id else { return Ok(None) };
    let Some(there) = store::lock_unscoped(tx, id).await? else { return Ok(None) };
    let granted = judge.bypasses_grants() || acl::store::allows(op, tx, caller, id, Right::Write).await?;
    if !granted || !judge.scope().permits(&there.resource()) {
        return Err(DocumentError::Denied);
    }
    judge.decide(Action::Write, &there.resource())?;
    if there.corpus != new.corpus {
        return Err(DocumentError::OtherCorpus);
    }
    Ok((there.status.is_in_flight() || !new.overwrite || is_same(&there, wanted)).then_some(there))
}

async fn write(
    op: &Op,
    tx: &mut TenantTx,
    (settings, judge): (&DocumentSettings, &Judge<'_>),
    caller: &Caller<DocumentIngest>,
    new: &NewDocument,
    mut document: Document,
    bytes: i64,
) -> Result<Accepted, DocumentError> {
    let job = ingest::enqueue(tx, &document.id, settings.max_attempts).await?;
    document.last_job_id = Some(job.0);
    if store::insert(tx, &document, bytes).await? {
        let owner = NewGrant {
            principal_type: PrincipalType::User,
            principal_id: caller.user.to_string(),
            right: Right::Owner,
            expires_at: None,
        };
        acl::store::put(op, tx, caller.credential.as_str(), &document.id, &owner).await?;
    } else {
        if let Some(there) = existing(op, tx, judge, caller, new, &document).await? {
            let differs = there.source_sha256 != document.source_sha256;
            return Ok(Accepted { document: there, queued: false, differs, cost: None });
        }
        let old = store::find_unscoped(tx, &document.id).await?.ok_or(DocumentError::NotFound)?;
        ingest::enqueue_reap(tx, &old.source_key, Duration::ZERO).await?;
        store::replace(tx, &document, bytes).await?;
        document.created_at = old.created_at;
        document.last_reindexed_at = old.last_reindexed_at;
    }
    let event = Event::by(op, caller, EventType::DocumentsIngestEnqueued)
        .resource("document", document.id.as_str())
        .corpus(document.corpus.as_str())
        .bytes(bytes);
    audit::record(tx, &event).await?;
    Ok(Accepted { document, queued: true, differs: false, cost: None })
}

fn describe(
    op: &Op,
    settings: &DocumentSettings,
    caller: &Caller<DocumentIngest>,
    new: &NewDocument,
    intake: &Intake,
) -> Result<Document, DocumentError> {
    let chunking = ChunkSettings {
        size_chars: new.chunk_size_chars.unwrap_or(settings.chunking.size_chars),
        overlap_chars: new.chunk_overlap_chars.unwrap_or_else(|| {
            // A client that asks for small chunks and says nothing of the overlap gets one that fits.
            let size = new.chunk_size_chars.unwrap_or(settings.chunking.size_chars);
            settings.chunking.overlap_chars.min(size / 4)
        }),
    };
    chunking.validate().map_err(|e| DocumentError::Invalid(e.to_string().into()))?;
    check_metadata(&new.metadata)?;
    let id = match &new.id {
        Some(id) => id.clone(),
        None => DocumentId::new(Uuid::to_string(&clock::fresh_uuid())).map_err(|_| DocumentError::NotFound)?,
    };
    let filename = inert_name(&new.filename);
    Ok(Document {
        tenant: caller.tenant.clone(),
        source_key: Sources::fresh_key(&caller.tenant),
        source_sha256: Sha256::digest(&intake.source).to_vec(),
        id,
        corpus: new.corpus.clone(),
        title: title_of(&new.metadata, intake.title.as_deref(), &filename),
        filename,
        content_type: intake.content_type.as_str().to_owned(),
        declared_type: intake.declared.clone(),
        ingest_source: new.ingest_source,
        status: Status::Queued,
        failure_reason: None,
        notes: Vec::new(),
        labels: labels_of(&new.metadata)?,
        metadata: new.metadata.clone(),
        chunking,
        num_chunks: None,
        created_at: op.now,
        updated_at: op.now,
        queued_at: Some(op.now),
        processing_started_at: None,
        completed_at: None,
        last_reindexed_at: None,
        last_job_id: None,
    })
}

/// The largest metadata of a document, in bytes of JSON.
const MAX_METADATA: usize = 64 * 1024;

/// Whether metadata can be stored.
pub(super) fn check_metadata(metadata: &Map<String, Value>) -> Result<(), DocumentError> {
    let value = Value::Object(metadata.clone());
    if !is_storable_json(&value) {
        return Err(DocumentError::Invalid("metadata_json must not contain a NUL character".into()));
    }
    if value.to_string().len() > MAX_METADATA {
        return Err(DocumentError::Invalid(format!("metadata_json must have at most {MAX_METADATA} bytes").into()));
    }
    Ok(())
}

/// A file name for people only: no path, no control characters, bounded.
pub(super) fn inert_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
    let clean = clean.trim();
    if clean.is_empty() { "unnamed".to_owned() } else { clean.to_owned() }
}

/// The title that a client gives, or the one that the file gives itself, or another text.
pub(crate) fn title_of(metadata: &Map<String, Value>, own: Option<&str>, otherwise: &str) -> String {
    let given = metadata.get("title").and_then(Value::as_str);
    let title = [given, own].into_iter().flatten().map(inert_title).find(|title| !title.is_empty());
    title.unwrap_or_else(|| otherwise.to_owned())
}

/// Whether a document that is there is what is wanted, so that nothing has to be done.
fn is_same(there: &Document, wanted: &Document) -> bool {
    let described = |d: &Document| (d.filename.clone(), d.metadata.clone(), d.labels.clone(), d.content_type.clone());
    there.status == Status::Succeeded
        && there.source_sha256 == wanted.source_sha256
        && there.chunking == wanted.chunking
        && there.ingest_source == wanted.ingest_source
        && described(there) == described(wanted)
}

pub(super) fn inert_title(title: &str) -> String {
    title.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect::<String>().trim().to_owned()
}

/// The labels inside the metadata: an object whose values are texts, numbers or booleans.
pub(super) fn labels_of(metadata: &Map<String, Value>) -> Result<BTreeMap<String, String>, DocumentError> {
    let Some(labels) = metadata.get("labels") else { return Ok(BTreeMap::new()) };
    let Value::Object(labels) = labels else {
        return Err(DocumentError::Invalid("metadata_json.labels must be an object".into()));
    };
    if labels.len() > MAX_LABELS {
        return Err(DocumentError::Invalid(format!("a document has at most {MAX_LABELS} labels").into()));
    }
    labels
        .iter()
        .map(|(key, value)| {
            let value = match value {
                Value::String(s) => s.clone(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                _ => return Err(DocumentError::Invalid("labels must be texts, numbers or booleans".into())),
            };
            let fits = |t: &str| t.chars().count() <= MAX_LABEL_CHARS && !t.contains('\0');
            if key.is_empty() || !fits(key) || !fits(&value) {
                let why = format!("label keys and values have at most {MAX_LABEL_CHARS} characters");
                return Err(DocumentError::Invalid(why.into()));
            }
            Ok((key.clone(), value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[allow(clippy::needless_pass_by_value, reason = "callers write it with json!")]
    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_file_name_is_never_a_path() {
        assert_eq!(inert_name("../../etc/passwd"), "passwd");
        assert_eq!(inert_name("C:\\x\\y.txt"), "y.txt");
        assert_eq!(inert_name("a\r\nSet-Cookie: b"), "aSet-Cookie: b");
        assert_eq!(inert_name("/"), "unnamed");
        assert_eq!(inert_name(&"x".repeat(999)).len(), MAX_NAME_CHARS);
    }

    #[test]
    fn labels_are_texts() {
        assert_eq!(labels_of(&map(json!({ "labels": { "n": 3, "b": true, "s": "x" } }))).unwrap().len(), 3);
        for bad in [json!({ "labels": null }), json!({ "labels": [] }), json!({ "labels": { "a": {} } })] {
            assert!(labels_of(&map(bad)).is_err());
        }
    }
}
