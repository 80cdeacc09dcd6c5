//! Chunks, vectors and postings in PostgreSQL. When it is away nothing is stored and nothing is found.

mod fetch;
mod judged;
pub(in crate::index) mod rows;
mod search;
mod statements;

use std::collections::{BTreeMap, HashMap};

use nexus_core::{
    id::{CorpusId, DocumentId},
    pg::TenantTx,
};
use pgvector::HalfVector;
use sqlx::types::Json;

pub(super) use self::{
    fetch::fetch,
    search::{Asked, candidates, for_psql, is_small},
};
use crate::ingest::{chunk::Chunk, location::Location};

/// A chunk to be stored.
#[derive(Debug, Clone)]
pub struct NewChunk {
    /// The piece of text with its offsets.
    pub piece: Chunk,
    /// Where in its file it stands.
    pub location: Option<Location>,
    /// The SHA-256 of what its vector is made of.
    pub embedded: Vec<u8>,
    /// Its vector.
    pub vector: Vec<f32>,
    /// How often each term occurs.
    pub terms: BTreeMap<String, i32>,
}

/// How many chunks go into one statement.
const BATCH: usize = 500;
/// In a corpus of up to so many chunks vectors stay outside of the index: it is compared one by one.
const ASIDE_UP_TO: u64 = 20_000;

/// Whether the vectors of a corpus that will have so many chunks go into the index as they are written.
pub(crate) fn is_indexed(chunks: u64, dimension: usize) -> bool {
    chunks > ASIDE_UP_TO || !statements::has_index(dimension)
}

/// Puts vectors of a corpus into the index that are outside of it. Returns how many, and whether any are left.
pub(crate) async fn take_in(tx: &mut TenantTx, corpus: &CorpusId, most: u32) -> Result<(u64, bool), sqlx::Error> {
    let taken = sqlx::query(
        "UPDATE chunks SET indexed = true WHERE id IN (
             SELECT id FROM chunks WHERE corpus_id = $1 AND NOT indexed LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)",
    )
    .bind(corpus)
    .bind(i64::from(most))
    .execute(&mut **tx)
    .await?
    .rows_affected();
    let left = sqlx::query_scalar("SELECT EXISTS (SELECT FROM chunks WHERE corpus_id = $1 AND NOT indexed)")
        .bind(corpus)
        .fetch_one(&mut **tx)
        .await?;
    Ok((taken, left))
}

/// Replaces text, chunks and postings of a document. Returns by how much the corpus grew in chunks and terms.
pub(crate) async fn replace(
    tx: &mut TenantTx,
    corpus: &CorpusId,
    document: &DocumentId,
    text: &str,
    sha256: &[u8],
    (chunks, indexed): (Vec<NewChunk>, bool),
) -> Result<(i64, i64), sqlx::Error> {
    let tenant = tx.tenant().clone();
    let (old_chunks, old_terms): (i64, i64) = sqlx::query_as(
        "WITH gone AS (DELETE FROM chunks WHERE document_id = $1 RETURNING term_count)
         SELECT count(*), coalesce(sum(term_count), 0)::bigint FROM gone",
    )
    .bind(document)
    .fetch_one(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO document_texts (tenant_id, document_id, content, total_chars, content_sha256)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, document_id) DO UPDATE SET content = excluded.content,
             total_chars = excluded.total_chars, content_sha256 = excluded.content_sha256",
    )
    .bind(&tenant)
    .bind(document)
    .bind(text)
    .bind(i64::try_from(text.chars().count()).unwrap_or(i64::MAX))
    .bind(sha256)
    .execute(&mut **tx)
    .await?;
    let (mut new_chunks, mut new_terms) = (0, 0);
    for batch in chunks.chunks(BATCH) {
        new_chunks += i64::try_from(batch.len()).unwrap_or_default();
        new_terms += batch.iter().map(|c| i64::from(c.terms.values().sum::<i32>())).sum::<i64>();
        insert(tx, corpus, document, (batch, indexed)).await?;
    }
    Ok((new_chunks - old_chunks, new_terms - old_terms))
}

async fn insert(
    tx: &mut TenantTx,
    corpus: &CorpusId,
    document: &DocumentId,
    (batch, indexed): (&[NewChunk], bool),
) -> Result<(), sqlx::Error> {
    let tenant = tx.tenant().clone();
    let index = |c: &NewChunk| i32::try_from(c.piece.index).unwrap_or(i32::MAX);
    let offset = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let ids: Vec<(i32, i64)> = sqlx::query_as(
        "INSERT INTO chunks (tenant_id, corpus_id, document_id, chunk_index, start_char, end_char, heading, text,
                             term_count, dimension, embedding, location, embedded_sha256, indexed)
         SELECT $1, $2, $3, *, $14 FROM unnest($4::int[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::int[],
                                          $10::int[], $11::halfvec[], $12::jsonb[],
                                          $13::bytea[])
         RETURNING chunk_index, id",
    )
    .bind(&tenant)
    .bind(corpus)
    .bind(document)
    .bind(batch.iter().map(index).collect::<Vec<_>>())
    .bind(batch.iter().map(|c| offset(c.piece.start)).collect::<Vec<_>>())
    .bind(batch.iter().map(|c| offset(c.piece.end)).collect::<Vec<_>>())
    .bind(batch.iter().map(|c| c.piece.heading.clone()).collect::<Vec<_>>())
    .bind(batch.iter().map(|c| c.piece.text.as_str()).collect::<Vec<_>>())
    .bind(batch.iter().map(|c| c.terms.values().sum()).collect::<Vec<i32>>())
    .bind(batch.iter().map(|c| i32::try_from(c.vector.len()).unwrap_or(i32::MAX)).collect::<Vec<_>>())
    .bind(batch.iter().map(|c| HalfVector::from_f32_slice(&c.vector)).collect::<Vec<_>>())
    .bind(batch.iter().map(|c| c.location.as_ref().map(Json)).collect::<Vec<_>>())
    .bind(batch.iter().map(|c| c.embedded.as_slice()).collect::<Vec<_>>())
    .bind(indexed)
    .fetch_all(&mut **tx)
    .await?;
    let ids: BTreeMap<i32, i64> = ids.into_iter().collect();
    let postings = || batch.iter().filter_map(|c| Some((ids.get(&index(c))?, &c.terms)));
    let rows = || {
        postings().flat_map(|(id, terms)| {
            let length: i32 = terms.values().sum();
            terms.iter().map(move |(term, n)| (term.as_str(), *id, *n, length))
        })
    };
    sqlx::query(
        "INSERT INTO postings (tenant_id, corpus_id, term, chunk_id, term_freq, chunk_terms)
         SELECT $1, $2, * FROM unnest($3::text[], $4::bigint[], $5::int[], $6::int[])",
    )
    .bind(&tenant)
    .bind(corpus)
    .bind(rows().map(|r| r.0).collect::<Vec<_>>())
    .bind(rows().map(|r| r.1).collect::<Vec<_>>())
    .bind(rows().map(|r| r.2).collect::<Vec<_>>())
    .bind(rows().map(|r| r.3).collect::<Vec<_>>())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The most vectors of a document that are taken over when it is processed anew.
const MAX_REUSED: i64 = 20_000;

/// The vectors of a document by the hash of what they were made of.
pub(crate) async fn vectors(
    tx: &mut TenantTx,
    document: &DocumentId,
) -> Result<HashMap<Vec<u8>, Vec<f32>>, sqlx::Error> {
    let rows: Vec<(Vec<u8>, HalfVector)> = sqlx::query_as(
        "SELECT embedded_sha256, embedding FROM chunks WHERE document_id = $1 AND embedded_sha256 IS NOT NULL LIMIT $2",
    )
    .bind(document)
    .bind(MAX_REUSED)
    .fetch_all(&mut **tx)
    .await?;
    let vector = |half: HalfVector| half.to_vec().into_iter().map(f32::from).collect();
    Ok(rows.into_iter().map(|(hash, half)| (hash, vector(half))).collect())
}

/// Removes all chunks of a corpus.
pub(crate) async fn clear_corpus(tx: &mut TenantTx, corpus: &CorpusId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chunks WHERE corpus_id = $1").bind(corpus).execute(&mut **tx).await?;
    Ok(())
}
