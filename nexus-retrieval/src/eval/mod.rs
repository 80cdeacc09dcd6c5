//! How well retrieval answers a set of questions whose right answers are known.
//!
//! Nothing here searches: a [`Dataset`] says what is asked and what is right, [`metrics`] judge what was found for one
//! question, and [`stats`] say how far the mean over all questions can be trusted and whether one configuration is better
//! than another. All of it is pure and gives the same figures for the same runs, so a report can be made again. Whoever
//! evaluates brings the passages, through the same [`Retriever`](crate::provider::Retriever) that answers everybody.

pub mod dataset;
pub mod metrics;
pub mod stats;

use std::collections::BTreeMap;

pub use self::dataset::{Dataset, DatasetError};

/// A question with what is right for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Its id in the data set.
    pub id: String,
    /// What is asked.
    pub text: String,
    /// What is right.
    pub truth: Truth,
    /// The spans that prove it, where the data set names them.
    pub evidence: Vec<Span>,
}

/// What is right for a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Truth {
    /// Documents, with how relevant each is.
    Documents(BTreeMap<String, u32>),
    /// Spans of documents.
    Spans(Vec<Span>),
}

/// Characters of a document, from `start` up to `end`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The document, by its id in the data set.
    pub document: String,
    /// Where it begins, in characters.
    pub start: u64,
    /// Where it ends, exclusive.
    pub end: u64,
}

/// The figures of one question, by their names.
pub type Figures = BTreeMap<&'static str, f64>;

/// Judges the passages that were found for a question, best first.
#[must_use]
pub fn judge(question: &Question, found: &[Span]) -> Figures {
    match &question.truth {
        Truth::Documents(relevant) => metrics::documents(relevant, found),
        Truth::Spans(right) => metrics::spans(right, found),
    }
}

/// Judges what an answer cites; nothing where the data set does not say what proves it.
#[must_use]
pub fn judge_citations(question: &Question, cited: &[Span]) -> Option<Figures> {
    (!question.evidence.is_empty()).then(|| metrics::citations(&question.evidence, cited))
}
