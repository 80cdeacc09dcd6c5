//! Candidates: what may be read is part of both searches, before anything is ranked.

use nexus_authz::scope::ReadScope;
use nexus_core::{op::Op, pg::TenantTx};
use pgvector::HalfVector;
use serde_json::Value;
use sqlx::{FromRow, types::Json};

use super::{
    judged::Judged,
    statements::{self, Sight},
};
use crate::{corpus::Corpus, index::Candidate};

/// Up to this many chunks that may be read are compared one by one: that cannot miss, and a walk through an index of
/// which the caller may see little is no quicker.
const EXACT_UP_TO: f64 = 20_000.0;
/// Up to this many chunks it costs more to ask first whether all may be read, or to plan by the values of a question, than
/// the best plan saves.
const SMALL: f64 = 2_000.0;
/// Vectors of all tenants are in one index, and a walk through it passes those of others: fifty candidates among `m` of `n`
/// take `50 n / m` steps. A step costs about as much as comparing twenty vectors one after another, so the two are even at
/// `m² = 1000 n`.
const STEPS: f64 = 1_000.0;
/// How many rows a walk looks at together (`hnsw.ef_search`): so many of the corpus, on an average, where others share the
/// index; at least what connections are set to, and at most what pgvector allows. A fifth of an index needs 500 for a recall
/// of 0.99 at ten.
const SEEN: (f64, f64, f64) = (100.0, 200.0, 1_000.0);

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

/// What has to be known before the statement is chosen.
#[derive(Debug, Clone, Copy)]
struct View {
    sight: Sight,
    /// Up to how many chunks vectors are compared one by one.
    exact_up_to: f64,
    /// How many rows a walk through the index looks at together.
    seen: f64,
}

/// A grant on the whole corpus makes all grants on documents needless, and the size of an index is an estimate that the
/// database keeps.
async fn view(op: &Op, tx: &mut TenantTx, scope: &ReadScope, corpus: &Corpus) -> Result<View, sqlx::Error> {
    let free = if scope.predicate().is_none() { Sight::All } else { Sight::Filtered };
    let (_, seen, most) = SEEN;
    if scope.grant_names().is_none() && chunks_of(corpus) <= EXACT_UP_TO {
        return Ok(View { sight: free, exact_up_to: EXACT_UP_TO, seen });
    }
    if is_small(corpus) {
        return Ok(View { sight: Sight::Either, exact_up_to: EXACT_UP_TO, seen });
    }
    let (granted, indexed, seen): (bool, f64, f64) = sqlx::query_as(
        "SELECT $2::text[] IS NULL OR EXISTS (
                    SELECT FROM corpus_permissions g
                    WHERE g.corpus_id = $1 AND g.principal = ANY($2) AND (g.expires_at IS NULL OR g.expires_at > $3)),
                n.indexed, set_config('hnsw.ef_search', least(greatest(n.indexed * $5, $6), $7)::int::text, true)::float8
         FROM (SELECT coalesce((SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = to_regclass($4)), 0)::float8) n (indexed)",
    )
    .bind(&corpus.id)
    .bind(scope.grant_names())
    .bind(op.now)
    .bind(format!("chunks_hnsw_{}", corpus.embedding_dimension))
    .bind(SEEN.0 / chunks_of(corpus).max(1.0))
    .bind(seen)
    .bind(most)
    .fetch_one(&mut **tx)
    .await?;
    Ok(View {
        sight: if granted { free } else { Sight::Granted },
        exact_up_to: EXACT_UP_TO.max((STEPS * indexed).sqrt()),
        seen,
    })
}

async fn search(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    corpus: &Corpus,
    asked: Asked<'_>,
) -> Result<Vec<Row>, sqlx::Error> {
    if asked.vector.is_none() && asked.terms.is_empty() {
        return Ok(Vec::new());
    }
    let view = view(op, tx, scope, corpus).await?;
    let asking = Asking { op, scope, corpus, asked, view };
    if asked.vector.is_none() {
        return asking.run(statements::words(view.sight), tx).await;
    }
    if chunks_of(corpus) > view.exact_up_to
        && let Some(statement) = statements::indexed(view.sight, corpus.embedding_dimension)
    {
        let rows = asking.run(statement, tx).await?;
        let near = rows.iter().filter(|row| row.by_vector).count();
        if near >= size(asked.limit) || rows.first().is_some_and(|row| row.complete) {
            return Ok(rows);
        }
        // The walk through the index stopped short: then each has to be looked at.
    }
    asking.run(statements::exact(view.sight), tx).await
}

/// The statement that [`candidates`] carries out first, as commands of `psql`: `PREPARE` and `EXECUTE` with the same values, for
/// looking at its plan and for comparing times.
pub(in crate::index) async fn for_psql(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    corpus: &Corpus,
    asked: Asked<'_>,
) -> Result<(String, String), sqlx::Error> {
    let view = view(op, tx, scope, corpus).await?;
    let walked = statements::indexed(view.sight, corpus.embedding_dimension);
    let statement = match walked.filter(|_| chunks_of(corpus) > view.exact_up_to) {
        _ if asked.vector.is_none() => statements::words(view.sight),
        Some(statement) => statement,
        None => statements::exact(view.sight),
    };
    let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let list =
        |items: &[String]| format!("ARRAY[{}]::text[]", items.iter().map(|i| literal(i)).collect::<Vec<_>>().join(","));
    let null = || "NULL".to_owned();
    let (chunks, average) = statistics(corpus);
    let predicate = scope.predicate();
    let values = [
        literal(corpus.id.as_str()),
        scope.grant_names().map_or_else(null, &list),
        literal(&op.now.to_rfc3339()),
        list(asked.terms),
        chunks.to_string(),
        average.to_string(),
        asked.limit.to_string(),
        asked.vector.map_or_else(null, |vector| literal(&format!("{vector:?}"))),
        predicate.map_or_else(null, |predicate| literal(&predicate.path)),
        predicate.map_or_else(null, |predicate| literal(&predicate.vars.to_string())),
        view.exact_up_to.to_string(),
    ];
    let types = "text, text[], timestamptz, text[], float8, float8, bigint, halfvec, text, jsonb, float8";
    let seen = view.seen;
    Ok((
        format!("SET hnsw.ef_search = {seen}; PREPARE search ({types}) AS {statement};"),
        format!("EXECUTE search ({});", values.join(", ")),
    ))
}

/// Everything that is bound to a statement.
#[derive(Clone, Copy)]
struct Asking<'a> {
    op: &'a Op,
    scope: &'a ReadScope,
    corpus: &'a Corpus,
    asked: Asked<'a>,
    view: View,
}

impl Asking<'_> {
    async fn run(self, statement: &'static str, tx: &mut TenantTx) -> Result<Vec<Row>, sqlx::Error> {
        let (chunks, average) = statistics(self.corpus);
        let predicate = self.scope.predicate();
        sqlx::query_as(statement)
            .bind(&self.corpus.id)
            .bind(self.scope.grant_names())
            .bind(self.op.now)
            .bind(self.asked.terms)
            .bind(chunks)
            .bind(average)
            .bind(i64::from(self.asked.limit))
            .bind(self.asked.vector.map(HalfVector::from_f32_slice))
            .bind(predicate.map(|predicate| predicate.path.as_str()))
            .bind(predicate.map(|predicate| -> Json<&Value> { Json(&predicate.vars) }))
            .bind(self.view.exact_up_to)
            .fetch_all(&mut **tx)
            .await
    }
}

/// Whether one plan is as good as another.
pub(in crate::index) fn is_small(corpus: &Corpus) -> bool {
    chunks_of(corpus) <= SMALL
}

/// How many chunks a corpus has, and how many terms a chunk of it.
#[allow(clippy::cast_precision_loss, reason = "statistics of a corpus need no more than 52 bits")]
fn statistics(corpus: &Corpus) -> (f64, f64) {
    let chunks = chunks_of(corpus).max(1.0);
    (chunks, (corpus.term_count as f64 / chunks).max(1.0))
}

#[allow(clippy::cast_precision_loss, reason = "statistics of a corpus need no more than 52 bits")]
fn chunks_of(corpus: &Corpus) -> f64 {
    corpus.chunk_count as f64
}
