//! Our own index in PostgreSQL: vectors and postings, searched through a [`ReadScope`] and fused.
//!
//! The documents that the caller may read are part of both queries, before anything is ranked: a passage that may not be
//! read is never a candidate, and k readable passages are found where k exist. When the database is away the search fails;
//! it never answers from less than it should.

pub mod context;
pub mod fuse;
pub mod memory;
mod settings;
pub mod store;

use std::{collections::HashSet, sync::Arc};

use nexus_authz::scope::ReadScope;
use nexus_core::{
    op::Op,
    pg::{DbError, Plans, TenantTx},
};
use serde_json::{Map, Value};

use self::store::Asked;
pub use self::{
    context::{Context, ContextError},
    fuse::{Candidate, Fusion},
    settings::{Legs, SearchSettings, SearchSettingsError},
};
use crate::{
    corpus::Corpus,
    ingest::{location::Location, terms},
    provider::guard::Claim,
};

/// How many candidates each search gives to the fusion. Always as many: the standing of a passage among the candidates must
/// not depend on how many were asked for.
const CANDIDATES: u32 = 60;
/// The most terms of a question that are looked up.
const MAX_QUERY_TERMS: usize = 128;

/// The document of a passage.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Origin {
    /// Its id.
    pub id: String,
    /// Its title, or its file name.
    pub title: String,
    /// Its file name.
    pub filename: String,
    /// Its media type.
    pub content_type: String,
    /// What the client attached to it.
    pub metadata: Map<String, Value>,
    /// The SHA-256 of its stored text, in hex.
    pub content_hash: String,
}

/// A passage that was found. Copies share what is large: thousands of answers that wait for a model each hold some.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The document, which its passages may share.
    pub origin: Arc<Origin>,
    /// The heading over the passage.
    pub heading: Option<Arc<str>>,
    /// Where in its file the passage stands, and under which heading, as far as that is known.
    pub location: Option<Arc<Location>>,
    /// Where the passage begins in the stored text, in characters.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
    /// The passage.
    pub text: Arc<str>,
    /// How well it fits the question, 0 to 1: the cosine similarity where vectors are compared.
    pub score: f32,
}

impl Hit {
    /// A passage that begins at a character of its document, of which nothing else is known.
    #[must_use]
    pub fn new(origin: Arc<Origin>, start: u64, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let end = start + u64::try_from(text.chars().count()).unwrap_or_default();
        Self { origin, heading: None, location: None, start, end, text, score: 0.0 }
    }

    /// What has to be asked before the passage is shown to anybody.
    #[must_use]
    pub fn claim(&self) -> Claim {
        Claim { document: self.origin.id.clone(), metadata: self.origin.metadata.clone() }
    }
}

/// How the statements of a search of this corpus are best planned.
#[must_use]
pub fn plans(corpus: &Corpus) -> Plans {
    if store::is_small(corpus) { Plans::Kept } else { Plans::Judged }
}

/// Finds the best `top_k` passages for a question. `vector` is the question under the corpus's model; without it only words are compared.
/// The transaction is one of [`Db::reading`](nexus_core::pg::Db::reading): in another one a document that is replaced between the
/// search and the look at what was found is in neither.
pub async fn search(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    corpus: &Corpus,
    question: &str,
    vector: Option<&[f32]>,
    top_k: u32,
) -> Result<Vec<Hit>, DbError> {
    let question = Question::new(corpus, question, vector);
    let mut best = question.rank(&store::candidates(op, tx, scope, corpus, question.asked()).await?, top_k);
    if let Some(further) = best.further() {
        best.append(&store::candidates(op, tx, scope, corpus, question.asked_for(further)).await?);
    }
    Ok(store::fetch(tx, &best.into_chunks(), question.vector).await?)
}

/// The statement of a search as `PREPARE` and `EXECUTE` for `psql`, with the same values: for looking at plans and times.
pub async fn for_psql(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    corpus: &Corpus,
    question: &str,
    vector: Option<&[f32]>,
) -> Result<(String, String), DbError> {
    let question = Question::new(corpus, question, vector);
    Ok(store::for_psql(op, tx, scope, corpus, question.asked()).await?)
}

/// A question as a corpus compares it.
struct Question<'a> {
    terms: Vec<String>,
    /// Its vector, unless that has no direction.
    vector: Option<&'a [f32]>,
    legs: Legs,
    fusion: Fusion,
}

impl<'a> Question<'a> {
    fn new(corpus: &Corpus, text: &str, vector: Option<&'a [f32]>) -> Self {
        let SearchSettings { legs, fusion, language, .. } = corpus.routing.search;
        let terms = if legs.lexical() { terms::of_question(text, language, MAX_QUERY_TERMS) } else { Vec::new() };
        let vector = vector.filter(|v| v.iter().any(|x| *x != 0.0));
        Self { terms, vector, legs, fusion }
    }

    fn vector(&self) -> Option<&'a [f32]> {
        self.vector
    }

    fn asked(&self) -> Asked<'_> {
        self.asked_for(CANDIDATES)
    }

    fn asked_for(&self, limit: u32) -> Asked<'_> {
        Asked { vector: self.vector.filter(|_| self.legs.dense()), terms: &self.terms, limit }
    }

    /// The best of the candidates of [`Self::asked`], of which so many are wanted.
    fn rank(&self, found: &[Candidate], wanted: u32) -> Ranking {
        let exhausted = found.len() < usize::try_from(CANDIDATES).unwrap_or(usize::MAX);
        Ranking { chunks: fuse::fuse(found, self.fusion), wanted, exhausted, fusion: self.fusion }
    }
}

/// Chunks, best first.
struct Ranking {
    chunks: Vec<i64>,
    wanted: u32,
    /// Whether there are no other candidates.
    exhausted: bool,
    fusion: Fusion,
}

impl Ranking {
    fn size(&self) -> usize {
        usize::try_from(self.wanted).unwrap_or(usize::MAX)
    }

    /// How many candidates have to be looked at where neither search was exhausted and more are wanted.
    fn further(&self) -> Option<u32> {
        (self.chunks.len() < self.size() && !self.exhausted).then_some(self.wanted)
    }

    /// What comes after the first candidates is appended.
    fn append(&mut self, further: &[Candidate]) {
        let known: HashSet<i64> = self.chunks.iter().copied().collect();
        self.chunks.extend(fuse::fuse(further, self.fusion).into_iter().filter(|chunk| !known.contains(chunk)));
    }

    fn into_chunks(mut self) -> Vec<i64> {
        let wanted = self.size();
        self.chunks.truncate(wanted);
        self.chunks
    }
}

/// About how many bytes an object takes: its parts are small and many, four times as large as their text.
pub(crate) fn bytes_of(object: &Map<String, Value>) -> usize {
    if object.is_empty() { 0 } else { 4 * serde_json::to_string(object).map_or(0, |text| text.len()) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A passage of a document, beginning at a character of it.
    pub(crate) fn hit(document: &str, start: u64, text: &str) -> Hit {
        let origin = Origin { id: document.to_owned(), ..Origin::default() };
        Hit { score: 0.5, ..Hit::new(origin.into(), start, text) }
    }
}
