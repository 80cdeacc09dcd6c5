//! Candidates: what may be read is part of both searches, before anything is ranked.

use nexus_authz::scope::ReadScope;
use nexus_core::{op::Op, pg::TenantTx};
use pgvector::HalfVector;
use serde_json::Value;
use sqlx::types::Json;

use super::judged::Judged;
use crate::corpus::Corpus;

/// Up to this many chunks a corpus is scanned exactly: that is quicker than an index and cannot miss.
const EXACT_UP_TO: u64 = 2_500;

/// The part of a search that keeps out what the caller may not read: `$2` are the names that grants may speak to, on a
/// document or its whole corpus, and `$3` is the time. Policies are a jsonpath with its variables.
macro_rules! readable {
    ($path:literal, $vars:literal) => {
        concat!(
            "($2::text[] IS NULL
              OR EXISTS (SELECT FROM corpus_permissions g
                         WHERE g.corpus_id = $1 AND g.principal = ANY($2) AND (g.expires_at IS NULL OR g.expires_at > $3))
              OR c.document_id IN (
                  SELECT g.document_id FROM document_permissions g
                  WHERE g.principal = ANY($2) AND (g.expires_at IS NULL OR g.expires_at > $3)))
             AND (",
            $path,
            "::text IS NULL OR c.document_id IN (
                  SELECT d.id FROM documents d
                  WHERE d.corpus_id = $1
                    AND jsonb_path_match(nexus_attributes(d), (SELECT ",
            $path,
            "::text::jsonpath), ",
            $vars,
            "::jsonb, true)))"
        )
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
                         WHERE c.corpus_id = $1 AND c.dimension = ", $dimension, " AND ", readable!("$6", "$7"), "
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
    ($vector:literal, $limit:literal, $path:literal, $vars:literal) => {
        concat!(
            "SELECT id, 1 - distance AS score FROM (
                 SELECT c.id, c.embedding <=> ",
            $vector,
            "::halfvec AS distance FROM chunks c WHERE c.corpus_id = $1 AND ",
            readable!($path, $vars),
            " ORDER BY distance, c.id LIMIT ",
            $limit,
            ") nearest"
        )
    };
}
const EXACT: &str = exact!("$4", "$5", "$6", "$7");

/// BM25 with k1 = 1.2 and b = 0.75 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009), over the
/// statistics of the corpus and the chunks that may be read. One look into the postings for each term: as a condition on all
/// terms at once, the plan may read every posting of the corpus, and does where statistics are missing.
macro_rules! bm25 {
    ($path:literal, $vars:literal) => {
        concat!(
            "SELECT h.chunk_id AS id,
                    sum(ln(1 + (greatest($5, h.df) - h.df + 0.5) / (h.df + 0.5))
                        * h.tf * 2.2 / (h.tf + 1.2 * (0.25 + 0.75 * h.len / $6)))::float8 AS score
             FROM unnest($4::text[]) AS asked (term) CROSS JOIN LATERAL (
                 SELECT p.chunk_id, p.term_freq::float8 AS tf, c.term_count::float8 AS len, count(*) OVER ()::float8 AS df
                 FROM postings p JOIN chunks c ON c.id = p.chunk_id
                 WHERE p.corpus_id = $1 AND p.term = asked.term AND ",
            readable!($path, $vars),
            ") h
             GROUP BY h.chunk_id ORDER BY score DESC, h.chunk_id LIMIT $7"
        )
    };
}
const BM25: &str = bm25!("$8", "$9");

/// Both searches in one round trip.
const BOTH: &str = concat!(
    "SELECT true, d.* FROM (",
    exact!("$8", "$7", "$9", "$10"),
    ") d UNION ALL SELECT false, l.* FROM (",
    bm25!("$9", "$10"),
    ") l"
);

/// Chunks with what speaks for them: a cosine, or a score.
type Scored = Vec<(i64, f64)>;

/// The candidates of both searches: the nearest by cosine, and those that share the rarest words with the question.
pub(in crate::index) async fn candidates(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    corpus: &Corpus,
    (vector, terms): (Option<&[f32]>, &[String]),
    limit: u32,
) -> Result<(Scored, Scored), sqlx::Error> {
    let exact = scope.predicate().is_none_or(|predicate| predicate.exact);
    let mut judged = Judged::default();
    let mut ask = limit;
    loop {
        let (mut dense, mut lexical) = legs(op, tx, scope, corpus, (vector, terms), ask).await?;
        if exact {
            return Ok((dense, lexical));
        }
        // The statement let too much pass: what is left of it after a look at each has to be enough.
        let [no_more_dense, no_more_lexical] = [&dense, &lexical].map(|leg| leg.len() < size(ask));
        judged.look(tx, scope, &dense, &lexical).await?;
        dense.retain(|(chunk, _)| judged.permitted(*chunk));
        lexical.retain(|(chunk, _)| judged.permitted(*chunk));
        let enough = |leg: &Scored, exhausted| exhausted || leg.len() >= size(limit);
        if enough(&dense, no_more_dense) && enough(&lexical, no_more_lexical) {
            dense.truncate(size(limit));
            lexical.truncate(size(limit));
            return Ok((dense, lexical));
        }
        ask = ask.saturating_mul(2);
    }
}

fn size(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

async fn legs(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    corpus: &Corpus,
    (vector, terms): (Option<&[f32]>, &[String]),
    limit: u32,
) -> Result<(Scored, Scored), sqlx::Error> {
    match vector {
        Some(vector) if corpus.chunk_count <= EXACT_UP_TO => both(op, tx, scope, corpus, (vector, terms), limit).await,
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
        .bind(path(scope))
        .bind(vars(scope))
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
            .bind(path(scope))
            .bind(vars(scope))
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
        .bind(path(scope))
        .bind(vars(scope))
        .fetch_all(&mut **tx)
        .await
}

/// How many chunks a corpus has, and how many terms a chunk of it.
#[allow(clippy::cast_precision_loss, reason = "statistics of a corpus need no more than 52 bits")]
fn statistics(corpus: &Corpus) -> (f64, f64) {
    let chunks = corpus.chunk_count.max(1) as f64;
    (chunks, (corpus.term_count as f64 / chunks).max(1.0))
}

/// The policies of a scope as a jsonpath; nothing when they allow everything.
fn path(scope: &ReadScope) -> Option<&str> {
    scope.predicate().map(|predicate| predicate.path.as_str())
}

fn vars(scope: &ReadScope) -> Option<Json<&Value>> {
    scope.predicate().map(|predicate| Json(&predicate.vars))
}
