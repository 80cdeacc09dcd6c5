//! A second, closer look at the passages that a search found.
//!
//! A [`Reranker`] reads question and passage together, which a search over an index cannot, and gives each passage a new
//! score. It decides nothing about rights: what it is given was found within a scope. When it is away, or takes too long,
//! the order of the search stands, a warning says so and a metric counts it: an answer from a slightly worse order is better
//! than none.

#[cfg(feature = "openai")]
mod endpoint;
mod sentences;
mod settings;

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use nexus_core::resilience::{CallError, Setback, Verdict};

#[cfg(feature = "openai")]
pub use self::endpoint::Endpoint;
pub use self::{
    sentences::Sentences,
    settings::{Provider, RerankSettings, build},
};
use crate::index::Hit;

/// Why passages were not looked at again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RerankError {
    /// It cannot be used as it is set up.
    #[error("the re-ranker is not configured: {0}")]
    NotConfigured(String),
    /// It cannot be reached, or fails.
    #[error("the re-ranker failed: {0}")]
    Unavailable(String),
    /// It is well and refuses, or asks for patience.
    #[error("the re-ranker refused: {0}")]
    Refused(String),
    /// It was not asked: it was not well of late, or too many ask it.
    #[error("the re-ranker was not asked: {0}")]
    Skipped(&'static str),
    /// It took too long.
    #[error("the re-ranker did not answer in time")]
    Timeout,
    /// It answered something else than what was asked.
    #[error("the re-ranker's answer cannot be used: {0}")]
    BadAnswer(String),
}

impl Setback for RerankError {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Unavailable(_) | Self::Timeout | Self::BadAnswer(_) => Verdict::Failed { retry_after: None },
            Self::NotConfigured(_) | Self::Refused(_) | Self::Skipped(_) => Verdict::Refused,
        }
    }
}

impl From<CallError<Self>> for RerankError {
    fn from(error: CallError<Self>) -> Self {
        match error {
            CallError::Open { .. } => Self::Skipped("its circuit breaker is open"),
            CallError::Busy => Self::Skipped("too many calls at once"),
            CallError::Late => Self::Timeout,
            CallError::Failed(error) => error,
        }
    }
}

/// Judges passages by a question.
pub trait Reranker: Send + Sync + 'static {
    /// Whose it is, for records: what runs in this process asks nobody.
    fn provider(&self) -> &'static str {
        nexus_core::cost::INTERNAL
    }

    /// A score for each passage, in their order; higher is better, and only the order counts.
    fn rerank<'a>(&'a self, question: &'a str, hits: &'a [Hit]) -> BoxFuture<'a, Result<Vec<f64>, RerankError>>;
}

/// A re-ranker with its bounds. Cheap to clone.
#[derive(Clone)]
pub struct Second {
    reranker: Arc<dyn Reranker>,
    candidates: usize,
    timeout: Duration,
}

impl std::fmt::Debug for Second {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Second").field("candidates", &self.candidates).finish_non_exhaustive()
    }
}

impl Second {
    /// Looks at the first `candidates` passages again, for no longer than `timeout`.
    #[must_use]
    pub fn new(reranker: Arc<dyn Reranker>, candidates: usize, timeout: Duration) -> Self {
        Self { reranker, candidates, timeout }
    }

    /// Whose it is, for records.
    #[must_use]
    pub fn provider(&self) -> &'static str {
        self.reranker.provider()
    }

    /// How many passages are looked at.
    #[must_use]
    pub fn candidates(&self) -> usize {
        self.candidates
    }

    /// The passages in their new order. Those that are not looked at keep their places behind.
    pub async fn order(&self, question: &str, mut hits: Vec<Hit>) -> Vec<Hit> {
        let rest = hits.split_off(self.candidates.min(hits.len()));
        let looked = tokio::time::timeout(self.timeout, self.reranker.rerank(question, &hits)).await;
        match looked.unwrap_or(Err(RerankError::Timeout)).and_then(|scores| checked(scores, hits.len())) {
            Ok(scores) => {
                let mut ranked: Vec<(f64, Hit)> = scores.into_iter().zip(hits).collect();
                // A stable sort: among equals the order of the search stands.
                ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
                metrics::counter!("nexusrag_rerank_total", "outcome" => "done").increment(1);
                ranked.into_iter().map(|(_, hit)| hit).chain(rest).collect()
            }
            Err(error) => {
                tracing::warn!(%error, "passages stay in the order of the search");
                let outcome = if matches!(error, RerankError::Skipped(_)) { "skipped" } else { "failed" };
                metrics::counter!("nexusrag_rerank_total", "outcome" => outcome).increment(1);
                hits.into_iter().chain(rest).collect()
            }
        }
    }
}

fn checked(scores: Vec<f64>, expected: usize) -> Result<Vec<f64>, RerankError> {
    if scores.len() != expected {
        return Err(RerankError::BadAnswer(format!("{} scores for {expected} passages", scores.len())));
    }
    if scores.iter().all(|score| score.is_finite()) {
        Ok(scores)
    } else {
        Err(RerankError::BadAnswer("a score is not a number".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;
    use crate::index::tests::hit;

    /// Prefers long passages, when it works.
    struct Longest(Option<RerankError>);

    impl Reranker for Longest {
        fn rerank<'a>(&'a self, question: &'a str, hits: &'a [Hit]) -> BoxFuture<'a, Result<Vec<f64>, RerankError>> {
            async move {
                if question == "hang" {
                    futures::future::pending::<()>().await;
                }
                #[allow(clippy::cast_precision_loss, reason = "texts of a test are short")]
                let scores = hits.iter().map(|hit| hit.text.len() as f64).collect();
                self.0.clone().map_or(Ok(scores), Err)
            }
            .boxed()
        }
    }

    async fn order(question: &str, failure: Option<RerankError>, candidates: usize) -> Vec<String> {
        let second = Second::new(Arc::new(Longest(failure)), candidates, Duration::from_millis(20));
        let hits = ["a", "bbb", "cc", "dddd"].map(|text| hit("d", 0, text)).to_vec();
        second.order(question, hits).await.into_iter().map(|hit| hit.text.to_string()).collect()
    }

    #[tokio::test]
    async fn only_the_first_passages_are_looked_at() {
        assert_eq!(order("q", None, 3).await, ["bbb", "cc", "a", "dddd"]);
        assert_eq!(order("q", None, 9).await, ["dddd", "bbb", "cc", "a"]);
    }

    #[tokio::test]
    async fn the_order_of_the_search_stands_when_there_is_no_other() {
        let failure = Some(RerankError::Unavailable("away".to_owned()));
        assert_eq!(order("q", failure, 9).await, ["a", "bbb", "cc", "dddd"]);
        assert_eq!(order("hang", None, 9).await, ["a", "bbb", "cc", "dddd"]);
    }

    #[test]
    fn scores_that_make_no_sense_are_refused() {
        assert!(checked(vec![1.0], 2).is_err());
        assert!(checked(vec![f64::NAN], 1).is_err());
        assert_eq!(checked(vec![1.0, 0.5], 2), Ok(vec![1.0, 0.5]));
    }
}
