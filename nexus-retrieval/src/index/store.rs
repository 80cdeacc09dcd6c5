//! Chunks, vectors and postings in PostgreSQL.

use std::collections::BTreeMap;

use nexus_authz::scope::ReadScope;
use nexus_core::{
    id::{CorpusId, DocumentId},
    op::Op,
    pg::TenantTx,
};
use pgvector::HalfVector;
use serde_json::{Map, Value};
use sqlx::{FromRow, types::Json};

use super::Hit;
use crate::{corpus::Corpus, ingest::chunk::Chunk};

/// A chunk to be stored.
#[derive(Debug, Clone)]
pub struct NewChunk {
    /// The piece of text with its offsets.
    pub piece: Chunk,
    /// Its vector.
    pub vector: Vec<f32>,
    /// How often each term occurs.
    pub terms: BTreeMap<String, i32>,
}

/// Up to this many chunks a corpus is scanned exactly: that is quicker than an index and cannot miss.
const EXACT_UP_TO: u64 = 2_500;
/// How many chunks go into one statement.
const BATCH: usize = 500;

/// Replaces text, chunks and postings of a document. Returns by how much the corpus grew in chunks and terms.
pub(crate) async fn replace(
    tx: &mut TenantTx,
    corpus: &CorpusId,
    document: &DocumentId,
    text: &str,
    sha256: &[u8],
    chunks: Vec<NewChunk>,
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
        insert(tx, corpus, document, batch).await?;
    }
    Ok((new_chunks - old_chunks, new_terms - old_terms))
}

async fn insert(
    tx: &mut TenantTx,
    corpus: &CorpusId,
    document: &DocumentId,
    batch: &[NewChunk],
) -> Result<(), sqlx::Error> {
    let tenant = tx.tenant().clone();
    let index = |c: &NewChunk| i32::try_from(c.piece.index).unwrap_or(i32::MAX);
    let offset = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let ids: Vec<(i32, i64)> = sqlx::query_as(
        "INSERT INTO chunks (tenant_id, corpus_id, document_id, chunk_index, start_char, end_char, heading, text,
                             term_count, dimension, embedding)
         SELECT $1, $2, $3, * FROM unnest($4::int[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::int[],
                                          $10::int[], $11::halfvec[])
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
    .fetch_all(&mut **tx)
    .await?;
    let ids: BTreeMap<i32, i64> = ids.into_iter().collect();
    let postings = || batch.iter().filter_map(|c| Some((ids.get(&index(c))?, &c.terms)));
    let rows = || postings().flat_map(|(id, terms)| terms.iter().map(move |(term, n)| (term.as_str(), *id, *n)));
    sqlx::query(
        "INSERT INTO postings (tenant_id, corpus_id, term, chunk_id, term_freq)
         SELECT $1, $2, * FROM unnest($3::text[], $4::bigint[], $5::int[])",
    )
    .bind(&tenant)
    .bind(corpus)
    .bind(rows().map(|r| r.0).collect::<Vec<_>>())
    .bind(rows().map(|r| r.1).collect::<Vec<_>>())
    .bind(rows().map(|r| r.2).collect::<Vec<_>>())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Removes all chunks of a corpus.
pub(crate) async fn clear_corpus(tx: &mut TenantTx, corpus: &CorpusId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chunks WHERE corpus_id = $1").bind(corpus).execute(&mut **tx).await?;
    Ok(())
}

/// The part of a search that keeps out what the caller may not read: `$2` are the names that grants may speak to, `$3` is
/// the time.
macro_rules! readable {
    () => {
        "($2::text[] IS NULL OR c.document_id IN (
             SELECT g.document_id FROM document_permissions g
             WHERE g.principal = ANY($2) AND (g.expires_at IS NULL OR g.expires_at > $3)))"
    };
}

macro_rules! nearest {
    ($($dimension:literal)+) => {
        /// The search through the index of a dimension, where there is one. The expression has to be that of the index.
        fn nearest(dimension: usize) -> Option<&'static str> {
            match dimension {
                $($dimension => Some(concat!(
                    "SELECT id, 1 - distance FROM (
                         SELECT c.id, c.embedding::halfvec(", $dimension, ") <=> $4::halfvec(", $dimension, ") AS distance
                         FROM chunks c
                         WHERE c.corpus_id = $1 AND c.dimension = ", $dimension, " AND ", readable!(), "
                         ORDER BY c.embedding::halfvec(", $dimension, ") <=> $4::halfvec(", $dimension, ") LIMIT $5) n
                     ORDER BY distance, id"
                )),)+
                _ => None,
            }
        }
    };
}
nearest!(384 768 1024 1536 3072);

/// Compares with every vector of the corpus that may be read.
macro_rules! exact {
    ($vector:literal, $limit:literal) => {
        concat!(
            "SELECT id, 1 - distance AS score FROM (
                 SELECT c.id, c.embedding <=> ",
            $vector,
            "::halfvec AS distance FROM chunks c WHERE c.corpus_id = $1 AND ",
            readable!(),
            " ORDER BY distance, c.id LIMIT ",
            $limit,
            ") nearest"
        )
    };
}
const EXACT: &str = exact!("$4", "$5");

/// BM25 with k1 = 1.2 and b = 0.75 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009), over the
/// statistics of the corpus and the chunks that may be read. One look into the postings for each term: as a condition on all
/// terms at once, the plan may read every posting of the corpus, and does where statistics are missing.
macro_rules! bm25 {
    () => {
        concat!(
            "SELECT h.chunk_id AS id,
                    sum(ln(1 + (greatest($5, h.df) - h.df + 0.5) / (h.df + 0.5))
                        * h.tf * 2.2 / (h.tf + 1.2 * (0.25 + 0.75 * h.len / $6)))::float8 AS score
             FROM unnest($4::text[]) AS asked (term) CROSS JOIN LATERAL (
                 SELECT p.chunk_id, p.term_freq::float8 AS tf, c.term_count::float8 AS len, count(*) OVER ()::float8 AS df
                 FROM postings p JOIN chunks c ON c.id = p.chunk_id
                 WHERE p.corpus_id = $1 AND p.term = asked.term AND ",
            readable!(),
            ") h
             GROUP BY h.chunk_id ORDER BY score DESC, h.chunk_id LIMIT $7"
        )
    };
}
const BM25: &str = bm25!();

/// Both searches in one round trip.
const BOTH: &str =
    concat!("SELECT true, d.* FROM (", exact!("$8", "$7"), ") d UNION ALL SELECT false, l.* FROM (", bm25!(), ") l");

/// Chunks with what speaks for them: a cosine, or a score.
type Scored = Vec<(i64, f64)>;

/// The candidates of both searches: the nearest by cosine, and those that share the rarest words with the question.
pub(super) async fn candidates(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    corpus: &Corpus,
    (vector, terms): (Option<&[f32]>, &[String]),
    limit: u32,
) -> Result<(Scored, Scored), sqlx::Error> {
    let exact = corpus.chunk_count <= EXACT_UP_TO;
    match vector {
        Some(vector) if exact => both(op, tx, scope, corpus, (vector, terms), limit).await,
        Some(vector) => {
            let dense = dense(op, tx, scope, corpus, vector, limit).await?;
            Ok((dense, lexical(op, tx, scope, corpus, terms, limit).await?))
        }
        None => Ok((Vec::new(), lexical(op, tx, scope, corpus, terms, limit).await?)),
    }
}

async fn both(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    corpus: &Corpus,
    (vector, terms): (&[f32], &[String]),
    limit: u32,
) -> Result<(Scored, Scored), sqlx::Error> {
    let (chunks, average) = statistics(corpus);
    let found: Vec<(bool, i64, f64)> = sqlx::query_as(BOTH)
        .bind(&corpus.id)
        .bind(scope.grant_names())
        .bind(op.now)
        .bind(terms)
        .bind(chunks)
        .bind(average)
        .bind(i64::from(limit))
        .bind(HalfVector::from_f32_slice(vector))
        .fetch_all(&mut **tx)
        .await?;
    let leg = |wanted| found.iter().filter(|row| row.0 == wanted).map(|row| (row.1, row.2)).collect();
    Ok((finite(leg(true)), leg(false)))
}

/// The nearest chunks by cosine, with their cosines.
async fn dense(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    corpus: &Corpus,
    vector: &[f32],
    limit: u32,
) -> Result<Scored, sqlx::Error> {
    let vector = HalfVector::from_f32_slice(vector);
    let run = |statement: &'static str| {
        sqlx::query_as::<_, (i64, f64)>(statement)
            .bind(&corpus.id)
            .bind(scope.grant_names())
            .bind(op.now)
            .bind(vector.clone())
            .bind(i64::from(limit))
    };
    if let Some(statement) = nearest(corpus.embedding_dimension) {
        let found = run(statement).fetch_all(&mut **tx).await?;
        if u64::try_from(found.len()).unwrap_or_default() >= u64::from(limit).min(corpus.chunk_count) {
            return Ok(finite(found));
        }
        // The index stopped short, which it does when few of many chunks may be read: then a scan of those is right.
    }
    Ok(finite(run(EXACT).fetch_all(&mut **tx).await?))
}

/// A vector of zeros has no direction, and its cosine is not a number.
fn finite(mut found: Vec<(i64, f64)>) -> Vec<(i64, f64)> {
    found.retain(|(_, cosine)| cosine.is_finite());
    found
}

/// The chunks that share the rarest words with the question, with their scores.
async fn lexical(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    corpus: &Corpus,
    terms: &[String],
    limit: u32,
) -> Result<Scored, sqlx::Error> {
    if terms.is_empty() {
        return Ok(Vec::new());
    }
    let (chunks, average) = statistics(corpus);
    sqlx::query_as(BM25)
        .bind(&corpus.id)
        .bind(scope.grant_names())
        .bind(op.now)
        .bind(terms)
        .bind(chunks)
        .bind(average)
        .bind(i64::from(limit))
        .fetch_all(&mut **tx)
        .await
}

/// How many chunks a corpus has, and how many terms a chunk of it.
#[allow(clippy::cast_precision_loss, reason = "statistics of a corpus need no more than 52 bits")]
fn statistics(corpus: &Corpus) -> (f64, f64) {
    let chunks = corpus.chunk_count.max(1) as f64;
    (chunks, (corpus.term_count as f64 / chunks).max(1.0))
}

#[derive(FromRow)]
struct HitRow {
    id: i64,
    document_id: String,
    title: String,
    filename: String,
    content_type: String,
    metadata_json: Json<Map<String, Value>>,
    content_sha256: Vec<u8>,
    heading: Option<String>,
    start_char: i64,
    end_char: i64,
    text: String,
    cosine: Option<f64>,
}

/// The chunks with these ids, in their order. The ids come from [`candidates`] of the same transaction, which asked for what
/// may be read.
pub(super) async fn fetch(tx: &mut TenantTx, ids: &[i64], vector: Option<&[f32]>) -> Result<Vec<Hit>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<HitRow> = sqlx::query_as(
        "SELECT c.id, c.document_id, d.title, d.filename, d.content_type, d.metadata_json, t.content_sha256, c.heading,
                c.start_char, c.end_char, c.text, 1 - (c.embedding <=> $2::halfvec) AS cosine
         FROM chunks c
         JOIN documents d ON d.id = c.document_id
         JOIN document_texts t ON t.document_id = c.document_id
         WHERE c.id = ANY($1)",
    )
    .bind(ids)
    .bind(vector.map(HalfVector::from_f32_slice))
    .fetch_all(&mut **tx)
    .await?;
    let mut rows: BTreeMap<i64, HitRow> = rows.into_iter().map(|r| (r.id, r)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).map(Hit::from).collect())
}

impl From<HitRow> for Hit {
    #[allow(clippy::cast_possible_truncation, reason = "a score needs no more than 24 bits")]
    fn from(row: HitRow) -> Self {
        let score = row.cosine.filter(|c| c.is_finite()).unwrap_or_default().clamp(0.0, 1.0);
        Self {
            document: row.document_id,
            title: row.title,
            filename: row.filename,
            content_type: row.content_type,
            metadata: row.metadata_json.0,
            content_hash: hex::encode(row.content_sha256),
            heading: row.heading,
            start: row.start_char.unsigned_abs(),
            end: row.end_char.unsigned_abs(),
            text: row.text,
            score: score as f32,
        }
    }
}
