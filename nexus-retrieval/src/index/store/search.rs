//! Candidates: what may be read is part of both searches, before anything is ranked.

use nexus_authz::scope::ReadScope;
use nexus_core::{op::Op, pg::TenantTx};
use pgvector::HalfVector;
use serde_json::Value;
use sqlx::{FromRow, types::Json};

use super::judged::Judged;
use crate::{corpus::Corpus, index::Candidate};

/// Up to this many chunks that may be read are compared one by one: that cannot miss, and a walk through an index of
/// which the caller may see little is no quicker.
const EXACT_UP_TO: u64 = 20_000;

/// The part of a search that keeps out what the caller may not read: `$2` are the names that grants may speak to, on a
/// document or its whole corpus, and `$3` is the time. Policies are a jsonpath with its variables, `$9` and `$10`.
macro_rules! readable {
    () => {
        "($2::text[] IS NULL
          OR EXISTS (SELECT FROM corpus_permissions g
                     WHERE g.corpus_id = $1 AND g.principal = ANY($2) AND (g.expires_at IS NULL OR g.expires_at > $3))
          OR c.document_id IN (
              SELECT g.document_id FROM document_permissions g
              WHERE g.principal = ANY($2) AND (g.expires_at IS NULL OR g.expires_at > $3)))
         AND ($9::text IS NULL OR c.document_id IN (
              SELECT d.id FROM documents d
              WHERE d.corpus_id = $1
                AND jsonb_path_match(nexus_attributes(d), (SELECT $9::text::jsonpath), $10::jsonb, true)))"
    };
}

/// The documents that may be read, as long as they are few: `$11` bounds their chunks, and so their number. Grants are
/// looked up by the caller and not by the document, so that a large corpus costs no more than what is granted. Whoever may
/// read everything, `$12`, needs no look.
macro_rules! permitted {
    () => {
        "permitted AS MATERIALIZED (
             (SELECT d.id, d.num_chunks FROM documents d
              WHERE NOT $12 AND d.corpus_id = $1 AND d.num_chunks > 0
                AND ($2::text[] IS NULL OR EXISTS (
                    SELECT FROM corpus_permissions g
                    WHERE g.corpus_id = $1 AND g.principal = ANY($2) AND (g.expires_at IS NULL OR g.expires_at > $3)))
                AND ($9::text IS NULL
                     OR jsonb_path_match(nexus_attributes(d), (SELECT $9::text::jsonpath), $10::jsonb, true))
              LIMIT $11 + 1)
             UNION
             (SELECT d.id, d.num_chunks FROM documents d
              WHERE NOT $12 AND d.corpus_id = $1 AND d.num_chunks > 0
                AND d.id IN (
                    SELECT g.document_id FROM document_permissions g
                    WHERE g.principal = ANY($2) AND (g.expires_at IS NULL OR g.expires_at > $3))
                AND ($9::text IS NULL
                     OR jsonb_path_match(nexus_attributes(d), (SELECT $9::text::jsonpath), $10::jsonb, true))
              LIMIT $11 + 1)),
         few AS MATERIALIZED (SELECT NOT $12 AND coalesce(sum(num_chunks), 0) <= $11 AS yes FROM permitted), "
    };
}

/// BM25 with k1 = 1.2 and b = 0.5 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009; the form of the
/// rarity is Lucene's, which is never negative), over the statistics of the corpus and the chunks that may be read. One look
/// into the postings for each term: as a condition on all terms at once, the plan may read every posting of the corpus, and
/// does where statistics are missing.
macro_rules! words {
    () => {
        concat!(
            "words AS MATERIALIZED (
                 SELECT h.chunk_id AS id,
                        sum(ln(1 + (greatest($5, h.df) - h.df + 0.5) / (h.df + 0.5))
                            * h.tf * 2.2 / (h.tf + 1.2 * (0.5 + 0.5 * h.len / $6)))::float8 AS score
                 FROM unnest($4::text[]) AS asked (term) CROSS JOIN LATERAL (
                     SELECT p.chunk_id, p.term_freq::float8 AS tf, c.term_count::float8 AS len,
                            count(*) OVER ()::float8 AS df
                     FROM postings p JOIN chunks c ON c.id = p.chunk_id
                     WHERE p.corpus_id = $1 AND p.term = asked.term AND ",
            readable!(),
            ") h
                 GROUP BY h.chunk_id),
             best AS MATERIALIZED (SELECT id, score FROM words ORDER BY score DESC, id LIMIT $7) "
        )
    };
}

/// What each search found, and what the other one makes of it.
macro_rules! both {
    ($complete:literal, $near:expr) => {
        concat!(
            "WITH ",
            $near,
            words!(),
            "SELECT found.id AS chunk,
                    coalesce(1 - n.distance, (SELECT 1 - (c.embedding <=> $8::halfvec) FROM chunks c WHERE c.id = found.id))
                        AS cosine,
                    coalesce(w.score, 0) AS words, n.id IS NOT NULL AS by_vector, b.id IS NOT NULL AS by_words, ",
            $complete,
            " AS complete
             FROM (SELECT id FROM near UNION SELECT id FROM best) found
             LEFT JOIN near n ON n.id = found.id LEFT JOIN best b ON b.id = found.id LEFT JOIN words w ON w.id = found.id"
        )
    };
}

/// Compares with every vector of the corpus that may be read.
macro_rules! exact {
    () => {
        concat!(
            "near AS MATERIALIZED (
                 SELECT c.id, c.embedding <=> $8::halfvec AS distance FROM chunks c WHERE c.corpus_id = $1 AND ",
            readable!(),
            " ORDER BY distance, c.id LIMIT $7), "
        )
    };
}
const EXACT: &str = both!("true", exact!());
const WORDS: &str = concat!(
    "WITH ",
    words!(),
    "SELECT id AS chunk, NULL::float8 AS cosine, score AS words, false AS by_vector, true AS by_words, true AS complete
     FROM best"
);

macro_rules! indexed {
    ($($dimension:literal)+) => {
        /// The search of a large corpus, where its dimension has an index. What may be read is looked through one by one
        /// when it is little; otherwise the index is walked. Only one of the two is carried out. The expression has to be
        /// that of the index.
        fn indexed(dimension: usize) -> Option<&'static str> {
            match dimension {
                $($dimension => Some(both!("(SELECT yes FROM few)", concat!(
                    permitted!(),
                    "near AS MATERIALIZED (
                         (SELECT c.id, c.embedding <=> $8::halfvec AS distance FROM chunks c
                          WHERE (SELECT yes FROM few) AND c.corpus_id = $1
                            AND c.document_id IN (SELECT id FROM permitted)
                          ORDER BY distance, c.id LIMIT $7)
                         UNION ALL
                         (SELECT c.id, c.embedding::halfvec(", $dimension, ") <=> $8::halfvec(", $dimension, ") AS distance
                          FROM chunks c
                          WHERE (SELECT NOT yes FROM few) AND c.corpus_id = $1 AND c.dimension = ", $dimension, " AND ",
                    readable!(), "
                          ORDER BY c.embedding::halfvec(", $dimension, ") <=> $8::halfvec(", $dimension, ") LIMIT $7)), "
                ))),)+
                _ => None,
            }
        }
    };
}
indexed!(384 768 1024 1536 3072);

#[derive(Debug, Clone, Copy, FromRow)]
struct Row {
    chunk: i64,
    cosine: Option<f64>,
    words: f64,
    by_vector: bool,
    by_words: bool,
    /// Whether everything that may be read was compared.
    complete: bool,
}

impl Row {
    /// A vector of zeros has no direction, and its cosine is not a number.
    fn candidate(self) -> Option<Candidate> {
        let cosine = self.cosine.filter(|cosine| cosine.is_finite());
        (cosine.is_some() || self.words > 0.0).then_some(Candidate { chunk: self.chunk, cosine, words: self.words })
    }
}

/// What is looked for: a vector, words, or both.
#[derive(Debug, Clone, Copy)]
pub(in crate::index) struct Asked<'a> {
    pub(in crate::index) vector: Option<&'a [f32]>,
    pub(in crate::index) terms: &'a [String],
    /// How many candidates each search gives.
    pub(in crate::index) limit: u32,
}

/// The candidates of both searches: the nearest by cosine, and those that share the rarest words with the question.
pub(in crate::index) async fn candidates(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    corpus: &Corpus,
    asked: Asked<'_>,
) -> Result<Vec<Candidate>, sqlx::Error> {
    let exact = scope.predicate().is_none_or(|predicate| predicate.exact);
    let mut judged = Judged::default();
    let mut limit = asked.limit;
    loop {
        let mut rows = search(op, tx, scope, corpus, Asked { limit, ..asked }).await?;
        if exact {
            return Ok(rows.into_iter().filter_map(Row::candidate).collect());
        }
        // The statement let too much pass: what is left of it after a look at each has to be enough.
        let counts = |rows: &[Row]| {
            let of = |found: fn(&Row) -> bool| rows.iter().filter(|row| found(row)).count();
            [of(|row| row.by_vector), of(|row| row.by_words)]
        };
        let exhausted = counts(&rows).map(|found| found < size(limit));
        judged.look(tx, scope, rows.iter().map(|row| row.chunk)).await?;
        rows.retain(|row| judged.permitted(row.chunk));
        let enough = counts(&rows).map(|found| found >= size(asked.limit));
        if exhausted.into_iter().zip(enough).all(|(exhausted, enough)| exhausted || enough) {
            return Ok(rows.into_iter().filter_map(Row::candidate).collect());
        }
        limit = limit.saturating_mul(2);
    }
}

fn size(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

async fn search(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    corpus: &Corpus,
    asked: Asked<'_>,
) -> Result<Vec<Row>, sqlx::Error> {
    if asked.vector.is_none() {
        if asked.terms.is_empty() {
            return Ok(Vec::new());
        }
        return run(WORDS, op, tx, scope, corpus, asked).await;
    }
    if corpus.chunk_count > EXACT_UP_TO
        && let Some(statement) = indexed(corpus.embedding_dimension)
    {
        let rows = run(statement, op, tx, scope, corpus, asked).await?;
        let near = rows.iter().filter(|row| row.by_vector).count();
        if near >= size(asked.limit) || rows.first().is_some_and(|row| row.complete) {
            return Ok(rows);
        }
        // The walk through the index stopped short: then each has to be looked at.
    }
    run(EXACT, op, tx, scope, corpus, asked).await
}

async fn run(
    statement: &'static str,
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    corpus: &Corpus,
    asked: Asked<'_>,
) -> Result<Vec<Row>, sqlx::Error> {
    let (chunks, average) = statistics(corpus);
    let predicate = scope.predicate();
    sqlx::query_as(statement)
        .bind(&corpus.id)
        .bind(scope.grant_names())
        .bind(op.now)
        .bind(asked.terms)
        .bind(chunks)
        .bind(average)
        .bind(i64::from(asked.limit))
        .bind(asked.vector.map(HalfVector::from_f32_slice))
        .bind(predicate.map(|predicate| predicate.path.as_str()))
        .bind(predicate.map(|predicate| -> Json<&Value> { Json(&predicate.vars) }))
        .bind(i64::try_from(EXACT_UP_TO).unwrap_or(i64::MAX))
        .bind(scope.grant_names().is_none() && predicate.is_none())
        .fetch_all(&mut **tx)
        .await
}

/// How many chunks a corpus has, and how many terms a chunk of it.
#[allow(clippy::cast_precision_loss, reason = "statistics of a corpus need no more than 52 bits")]
fn statistics(corpus: &Corpus) -> (f64, f64) {
    let chunks = corpus.chunk_count.max(1) as f64;
    (chunks, (corpus.term_count as f64 / chunks).max(1.0))
}
