//! Corpora in PostgreSQL.

use chrono::{DateTime, Utc};
use nexus_core::{
    id::{CorpusId, TenantId},
    page::{After, Page, PageRequest},
    pg::TenantTx,
};
use serde_json::Value;
use sqlx::FromRow;

use super::{Corpus, decide};
use crate::embed::ModelId;

#[derive(FromRow)]
struct Row {
    tenant_id: TenantId,
    id: CorpusId,
    name: String,
    provider_config_json: Value,
    embedding_model: String,
    embedding_dimension: i32,
    chunk_count: i64,
    term_count: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<Row> for Corpus {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let corrupt = |why: String| sqlx::Error::Decode(format!("corpus {}: {why}", row.id).into());
        let (provider_config, routing) =
            decide::normalise(row.provider_config_json).map_err(|e| corrupt(e.to_string()))?;
        Ok(Self {
            tenant: row.tenant_id,
            name: row.name,
            provider_config,
            routing,
            embedding_model: ModelId::new(row.embedding_model).map_err(|e| corrupt(e.to_string()))?,
            embedding_dimension: usize::try_from(row.embedding_dimension).map_err(|e| corrupt(e.to_string()))?,
            chunk_count: u64::try_from(row.chunk_count).unwrap_or_default(),
            term_count: u64::try_from(row.term_count).unwrap_or_default(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            id: row.id,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT tenant_id, id, name, provider_config_json, embedding_model, embedding_dimension, chunk_count,
                    term_count, created_at, updated_at
             FROM corpora ",
            $rest
        )
    };
}

/// Stores a corpus; false when its id is taken.
pub(super) async fn insert(tx: &mut TenantTx, corpus: &Corpus) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO corpora (tenant_id, id, name, provider_config_json, embedding_model, embedding_dimension,
                              created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (tenant_id, id) DO NOTHING",
    )
    .bind(&corpus.tenant)
    .bind(&corpus.id)
    .bind(&corpus.name)
    .bind(&corpus.provider_config)
    .bind(corpus.embedding_model.as_str())
    .bind(i32::try_from(corpus.embedding_dimension).unwrap_or(i32::MAX))
    .bind(corpus.created_at)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// One corpus of the tenant.
pub async fn find(tx: &mut TenantTx, id: &CorpusId) -> Result<Option<Corpus>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE id = $1")).bind(id).fetch_optional(&mut **tx).await?;
    row.map(Corpus::try_from).transpose()
}

/// The changes that touched a corpus last: what it holds, and who may read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Revisions {
    pub(crate) content: i64,
    pub(crate) grants: i64,
}

/// The revisions of a corpus as the transaction sees it, and the length of its vectors.
pub(crate) async fn revisions(tx: &mut TenantTx, id: &CorpusId) -> Result<Option<(Revisions, usize)>, sqlx::Error> {
    let row: Option<(i64, i64, i32)> =
        sqlx::query_as("SELECT revision, grants_revision, embedding_dimension FROM corpora WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut **tx)
            .await?;
    Ok(row.map(|(content, grants, dimension)| {
        (Revisions { content, grants }, usize::try_from(dimension).unwrap_or_default())
    }))
}

/// One corpus, locked against changes until the transaction ends.
pub async fn lock(tx: &mut TenantTx, id: &CorpusId) -> Result<Option<Corpus>, sqlx::Error> {
    let row: Option<Row> =
        sqlx::query_as(select!("WHERE id = $1 FOR UPDATE")).bind(id).fetch_optional(&mut **tx).await?;
    row.map(Corpus::try_from).transpose()
}

pub(super) async fn list(tx: &mut TenantTx, page: &PageRequest) -> Result<Page<Corpus>, sqlx::Error> {
    let (at, id) = page.after.as_ref().map_or((None, ""), |a| (Some(a.created_at), a.id.as_str()));
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE $1::timestamptz IS NULL OR (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3"
    ))
    .bind(at)
    .bind(id)
    .bind(i64::from(page.limit) + 1)
    .fetch_all(&mut **tx)
    .await?;
    let corpora = rows.into_iter().map(Corpus::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::from_overfetch(corpora, page.limit, |c| After { created_at: c.created_at, id: c.id.to_string() }))
}

pub(super) async fn update(tx: &mut TenantTx, corpus: &Corpus) -> Result<(), sqlx::Error> {
    let done = sqlx::query("UPDATE corpora SET name = $2, provider_config_json = $3, updated_at = $4 WHERE id = $1")
        .bind(&corpus.id)
        .bind(&corpus.name)
        .bind(&corpus.provider_config)
        .bind(corpus.updated_at)
        .execute(&mut **tx)
        .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Deletes the corpus unless a document belongs to it.
pub(super) async fn delete_if_empty(tx: &mut TenantTx, id: &CorpusId) -> Result<bool, sqlx::Error> {
    let done =
        sqlx::query("DELETE FROM corpora WHERE id = $1 AND NOT EXISTS (SELECT FROM documents WHERE corpus_id = $1)")
            .bind(id)
            .execute(&mut **tx)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Moves the statistics of a corpus by what a change of its chunks added or removed. Returns how many chunks it has then.
pub(crate) async fn count(tx: &mut TenantTx, id: &CorpusId, chunks: i64, terms: i64) -> Result<u64, sqlx::Error> {
    let now: Option<i64> = sqlx::query_scalar(
        "UPDATE corpora SET chunk_count = greatest(0, chunk_count + $2), term_count = greatest(0, term_count + $3)
         WHERE id = $1 RETURNING chunk_count",
    )
    .bind(id)
    .bind(chunks)
    .bind(terms)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(u64::try_from(now.unwrap_or_default()).unwrap_or_default())
}

/// The names of the providers outside that corpora of the transaction's tenant are routed to, or fall back to.
pub(crate) async fn remote_providers(tx: &mut TenantTx) -> Result<Vec<&'static str>, sqlx::Error> {
    let mut used = Vec::new();
    for name in ["aws_bedrock_kb", "gcp_vertex"] {
        let routed = "SELECT EXISTS (SELECT FROM corpora WHERE jsonb_path_exists(provider_config_json,
            '$.retrieval.*[*] ? (@ == $name)', jsonb_build_object('name', $1::text)))";
        if sqlx::query_scalar(routed).bind(name).fetch_one(&mut **tx).await? {
            used.push(name);
        }
    }
    Ok(used)
}

/// Binds a corpus without chunks to another embedding model; false when it has chunks.
pub(crate) async fn adopt_model(
    tx: &mut TenantTx,
    id: &CorpusId,
    model: &ModelId,
    dimension: usize,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE corpora SET embedding_model = $2, embedding_dimension = $3
         WHERE id = $1 AND NOT EXISTS (SELECT FROM chunks WHERE corpus_id = $1)",
    )
    .bind(id)
    .bind(model.as_str())
    .bind(i32::try_from(dimension).unwrap_or(i32::MAX))
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
