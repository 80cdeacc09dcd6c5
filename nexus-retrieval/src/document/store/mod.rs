//! Documents in PostgreSQL. When it is away nothing is found and nothing changes.

use std::{collections::BTreeMap, str::FromStr as _};

use chrono::{DateTime, Utc};
use nexus_core::{
    id::{CorpusId, DocumentId},
    pg::TenantTx,
};
use serde_json::Value;
use sqlx::{Decode, FromRow, Postgres, Row as _, Type, postgres::PgRow, types::Json};
use uuid::Uuid;

use super::{Document, IngestSource, Status};
use crate::ingest::chunk::ChunkSettings;

/// What a document is read from, in the order in which it is read.
macro_rules! columns {
    () => {
        "d.tenant_id, d.id, d.corpus_id, d.filename, d.title, d.content_type, d.declared_type, d.ingest_source, d.status,
         d.failure_reason, d.ingest_notes, d.metadata_json, d.labels_json, d.source_key, d.source_sha256,
         d.chunk_size_chars, d.chunk_overlap_chars, d.num_chunks, d.created_at, d.updated_at, d.queued_at,
         d.processing_started_at, d.completed_at, d.last_reindexed_at, d.last_job_id"
    };
}

impl FromRow<'_, PgRow> for Document {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let mut columns = Columns { row, next: 0 };
        let (tenant, id) = (columns.next()?, columns.next::<DocumentId>()?);
        let corrupt = |why: String| sqlx::Error::Decode(format!("document {id}: {why}").into());
        let size = |chars: i32, least| usize::try_from(chars).unwrap_or(least);
        Ok(Self {
            tenant,
            corpus: columns.next()?,
            filename: columns.next()?,
            title: columns.next()?,
            content_type: columns.next()?,
            declared_type: columns.next()?,
            ingest_source: IngestSource::from_str(columns.next()?).map_err(corrupt)?,
            status: Status::from_str(columns.next()?).map_err(corrupt)?,
            failure_reason: columns.next()?,
            notes: columns.next()?,
            metadata: columns.next::<Json<_>>()?.0,
            labels: columns.next::<Json<_>>()?.0,
            source_key: columns.next()?,
            source_sha256: columns.next()?,
            chunking: ChunkSettings { size_chars: size(columns.next()?, 1), overlap_chars: size(columns.next()?, 0) },
            num_chunks: columns.next()?,
            created_at: columns.next()?,
            updated_at: columns.next()?,
            queued_at: columns.next()?,
            processing_started_at: columns.next()?,
            completed_at: columns.next()?,
            last_reindexed_at: columns.next()?,
            last_job_id: columns.next()?,
            id,
        })
    }
}

/// The columns of a row, one after the other: finding each by its name takes longer than reading it.
struct Columns<'r> {
    row: &'r PgRow,
    next: usize,
}

impl<'r> Columns<'r> {
    fn next<T: Decode<'r, Postgres> + Type<Postgres>>(&mut self) -> Result<T, sqlx::Error> {
        let value = self.row.try_get(self.next);
        self.next += 1;
        value
    }
}

macro_rules! select {
    ($($rest:expr),+) => {
        concat!("SELECT ", columns!(), " FROM documents d ", $($rest),+)
    };
}

pub(super) mod counts;
pub(super) mod listed;
mod scoped;

pub use self::scoped::{find, list};

/// A document of the tenant, whoever may read it.
pub async fn find_unscoped(tx: &mut TenantTx, id: &DocumentId) -> Result<Option<Document>, sqlx::Error> {
    sqlx::query_as(select!("WHERE d.id = $1")).bind(id).fetch_optional(&mut **tx).await
}

/// Whether the tenant has a document, whoever may read it.
pub async fn exists_unscoped(tx: &mut TenantTx, id: &DocumentId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM documents WHERE id = $1)").bind(id).fetch_one(&mut **tx).await
}

/// What policies may ask of a document, whoever may read it.
pub async fn attributes_unscoped(tx: &mut TenantTx, id: &DocumentId) -> Result<Option<Value>, sqlx::Error> {
    sqlx::query_scalar("SELECT nexus_attributes(d) FROM documents d WHERE d.id = $1")
        .bind(id)
        .fetch_optional(&mut **tx)
        .await
}

/// The same of the oldest documents of the tenant.
pub async fn all_attributes_unscoped(tx: &mut TenantTx, limit: i64) -> Result<Vec<Value>, sqlx::Error> {
    sqlx::query_scalar("SELECT nexus_attributes(d) FROM documents d ORDER BY d.created_at, d.id LIMIT $1")
        .bind(limit)
        .fetch_all(&mut **tx)
        .await
}

/// The same, locked against changes until the transaction ends.
pub(crate) async fn lock_unscoped(tx: &mut TenantTx, id: &DocumentId) -> Result<Option<Document>, sqlx::Error> {
    sqlx::query_as(select!("WHERE d.id = $1 FOR UPDATE OF d")).bind(id).fetch_optional(&mut **tx).await
}

/// Stores a new document; false when its id was taken meanwhile.
pub(super) async fn insert(tx: &mut TenantTx, d: &Document, source_bytes: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO documents (tenant_id, id, corpus_id, filename, title, content_type, ingest_source, status,
             metadata_json, source_key, source_bytes, source_sha256, chunk_size_chars, chunk_overlap_chars,
             created_at, updated_at, queued_at, last_job_id, declared_type, labels_json)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $9, $10, $11, $12, $13, $14, $14, $14, $15, $16, $17)
         ON CONFLICT (tenant_id, id) DO NOTHING",
    )
    .bind(&d.tenant)
    .bind(&d.id)
    .bind(&d.corpus)
    .bind(&d.filename)
    .bind(&d.title)
    .bind(&d.content_type)
    .bind(d.ingest_source.as_str())
    .bind(Json(&d.metadata))
    .bind(&d.source_key)
    .bind(source_bytes)
    .bind(&d.source_sha256)
    .bind(i32::try_from(d.chunking.size_chars).unwrap_or(i32::MAX))
    .bind(i32::try_from(d.chunking.overlap_chars).unwrap_or(i32::MAX))
    .bind(d.queued_at)
    .bind(d.last_job_id)
    .bind(&d.declared_type)
    .bind(Json(&d.labels))
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces the source and the description of a document and queues it again.
pub(super) async fn replace(tx: &mut TenantTx, d: &Document, source_bytes: i64) -> Result<(), sqlx::Error> {
    let done = sqlx::query(
        "UPDATE documents SET filename = $2, title = $3, content_type = $4, ingest_source = $5, metadata_json = $6,
             source_key = $7, source_bytes = $8, source_sha256 = $9, chunk_size_chars = $10, chunk_overlap_chars = $11,
             status = 'queued', failure_reason = NULL, updated_at = $12, queued_at = $12,
             processing_started_at = NULL, completed_at = NULL, last_job_id = $13, declared_type = $14, ingest_notes = '{}',
             labels_json = $15
         WHERE id = $1",
    )
    .bind(&d.id)
    .bind(&d.filename)
    .bind(&d.title)
    .bind(&d.content_type)
    .bind(d.ingest_source.as_str())
    .bind(Json(&d.metadata))
    .bind(&d.source_key)
    .bind(source_bytes)
    .bind(&d.source_sha256)
    .bind(i32::try_from(d.chunking.size_chars).unwrap_or(i32::MAX))
    .bind(i32::try_from(d.chunking.overlap_chars).unwrap_or(i32::MAX))
    .bind(d.queued_at)
    .bind(d.last_job_id)
    .bind(&d.declared_type)
    .bind(Json(&d.labels))
    .execute(&mut **tx)
    .await?;
    one_row(done.rows_affected())
}

/// Queues a document again with its stored source.
pub(crate) async fn requeue(
    tx: &mut TenantTx,
    id: &DocumentId,
    chunking: ChunkSettings,
    job: Uuid,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let done = sqlx::query(
        "UPDATE documents SET chunk_size_chars = $2, chunk_overlap_chars = $3, status = 'queued',
             failure_reason = NULL, updated_at = $4, queued_at = $4, last_reindexed_at = $4,
             processing_started_at = NULL, completed_at = NULL, last_job_id = $5
         WHERE id = $1",
    )
    .bind(id)
    .bind(i32::try_from(chunking.size_chars).unwrap_or(i32::MAX))
    .bind(i32::try_from(chunking.overlap_chars).unwrap_or(i32::MAX))
    .bind(now)
    .bind(job)
    .execute(&mut **tx)
    .await?;
    one_row(done.rows_affected())
}

/// Changes the description of a document.
pub(super) async fn describe(tx: &mut TenantTx, d: &Document) -> Result<(), sqlx::Error> {
    let done = sqlx::query(
        "UPDATE documents SET filename = $2, title = $3, metadata_json = $4, updated_at = $5 WHERE id = $1",
    )
    .bind(&d.id)
    .bind(&d.filename)
    .bind(&d.title)
    .bind(Json(&d.metadata))
    .bind(d.updated_at)
    .execute(&mut **tx)
    .await?;
    one_row(done.rows_affected())
}

/// Replaces all labels of a document.
pub(super) async fn set_labels(
    tx: &mut TenantTx,
    id: &DocumentId,
    labels: &BTreeMap<String, String>,
) -> Result<(), sqlx::Error> {
    let done = sqlx::query("UPDATE documents SET labels_json = $2 WHERE id = $1")
        .bind(id)
        .bind(Json(labels))
        .execute(&mut **tx)
        .await?;
    one_row(done.rows_affected())
}

/// Notes that a worker has begun with a job, and returns the document; nothing when another job has taken over.
pub(crate) async fn begin_processing(
    tx: &mut TenantTx,
    id: &DocumentId,
    job: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Document>, sqlx::Error> {
    sqlx::query_as(concat!(
        "UPDATE documents d SET status = 'processing', processing_started_at = $3, updated_at = $3
         WHERE d.id = $1 AND d.last_job_id = $2 RETURNING ",
        columns!()
    ))
    .bind(id)
    .bind(job)
    .bind(now)
    .fetch_optional(&mut **tx)
    .await
}

/// Whether a job is still the one that processes a document, which is locked against changes until the transaction ends.
pub(crate) async fn lock_for_job(tx: &mut TenantTx, id: &DocumentId, job: Uuid) -> Result<bool, sqlx::Error> {
    let found: Option<i32> =
        sqlx::query_scalar("SELECT 1 FROM documents WHERE id = $1 AND last_job_id = $2 FOR UPDATE")
            .bind(id)
            .bind(job)
            .fetch_optional(&mut **tx)
            .await?;
    Ok(found.is_some())
}

/// What was found when a source was read: the title, what could not be read, and the number of chunks.
pub(crate) struct Read<'a> {
    pub(crate) title: &'a str,
    pub(crate) notes: &'a [String],
    pub(crate) chunks: i32,
}

/// Notes how processing ended: what was read, or why it failed.
pub(crate) async fn end_processing(
    tx: &mut TenantTx,
    id: &DocumentId,
    outcome: Result<Read<'_>, &str>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (status, read, reason) = match outcome {
        Ok(read) => (Status::Succeeded, Some(read), None),
        Err(reason) => (Status::Failed, None, Some(reason)),
    };
    let done = sqlx::query(
        "UPDATE documents SET status = $2, num_chunks = coalesce($3, num_chunks), failure_reason = $4,
             completed_at = $5, updated_at = $5, title = coalesce($6, title), ingest_notes = coalesce($7, ingest_notes)
         WHERE id = $1",
    )
    .bind(id)
    .bind(status.as_str())
    .bind(read.as_ref().map(|read| read.chunks))
    .bind(reason)
    .bind(now)
    .bind(read.as_ref().map(|read| read.title))
    .bind(read.as_ref().map(|read| read.notes))
    .execute(&mut **tx)
    .await?;
    one_row(done.rows_affected())
}

/// Deletes a document with everything that hangs on it. Returns how many chunks and terms went with it.
pub(super) async fn delete(tx: &mut TenantTx, id: &DocumentId) -> Result<(i64, i64), sqlx::Error> {
    let gone =
        sqlx::query_as("SELECT count(*), coalesce(sum(term_count), 0)::bigint FROM chunks WHERE document_id = $1")
            .bind(id)
            .fetch_one(&mut **tx)
            .await?;
    let done = sqlx::query("DELETE FROM documents WHERE id = $1").bind(id).execute(&mut **tx).await?;
    one_row(done.rows_affected())?;
    Ok(gone)
}

/// A span of the stored text with its length and hash: `(total_chars, sha256, text)`.
pub(super) async fn text(
    tx: &mut TenantTx,
    id: &DocumentId,
    start: i64,
    chars: i64,
) -> Result<Option<(i64, Vec<u8>, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT total_chars, content_sha256, substr(content, $2::int + 1, $3::int)
         FROM document_texts WHERE document_id = $1",
    )
    .bind(id)
    .bind(start)
    .bind(chars)
    .fetch_optional(&mut **tx)
    .await
}

/// Whether any document of the tenant still needs a source.
pub(crate) async fn source_in_use(tx: &mut TenantTx, key: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM documents WHERE source_key = $1)")
        .bind(key)
        .fetch_one(&mut **tx)
        .await
}

/// The ids of the documents of a corpus, locked, for queueing all of them again.
pub(crate) async fn ids_of_corpus(
    tx: &mut TenantTx,
    corpus: &CorpusId,
) -> Result<Vec<(DocumentId, i32, i32)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, chunk_size_chars, chunk_overlap_chars FROM documents WHERE corpus_id = $1 ORDER BY id FOR UPDATE",
    )
    .bind(corpus)
    .fetch_all(&mut **tx)
    .await
}

/// How many documents a corpus has, and how many bytes their sources have together.
pub(crate) async fn size_of_corpus(tx: &mut TenantTx, corpus: &CorpusId) -> Result<(u64, u64), sqlx::Error> {
    let (documents, bytes): (i64, i64) =
        sqlx::query_as("SELECT count(*), coalesce(sum(source_bytes), 0)::bigint FROM documents WHERE corpus_id = $1")
            .bind(corpus)
            .fetch_one(&mut **tx)
            .await?;
    Ok((documents.unsigned_abs(), bytes.unsigned_abs()))
}

fn one_row(affected: u64) -> Result<(), sqlx::Error> {
    if affected == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
