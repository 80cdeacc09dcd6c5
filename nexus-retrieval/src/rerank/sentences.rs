//! Re-ranking with the embedding model of the server: late interaction by sentences, without a network.
//!
//! A passage says many things and its vector is their mean; a question asks for one of them. So each sentence gets a vector
//! of its own, and a passage counts by its best one. How far that stands out among the passages is added to the place that
//! the search gave: `−ln(place) + weight · standard score`, both as standard scores. The weight was chosen on the training
//! questions of `SciFact`. This costs about as much as embedding the passages anew, some tenths of a second for twenty.

use std::sync::Arc;

use futures::{FutureExt as _, future::BoxFuture};
use unicode_segmentation::UnicodeSegmentation as _;

use super::{RerankError, Reranker};
use crate::{
    embed::{EmbedError, Embedder, Purpose},
    index::Hit,
};

/// How much the best sentence counts against the place in the search.
const WEIGHT: f64 = 0.35;
/// The most sentences of a passage that are looked at.
const MAX_SENTENCES: usize = 24;
/// What is shorter than this, in characters, says nothing by itself and goes with the sentence before it.
const SHORT: usize = 20;

/// Compares a question with the sentences of passages.
pub struct Sentences {
    embedder: Arc<dyn Embedder>,
}

impl std::fmt::Debug for Sentences {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sentences").field("model", self.embedder.model()).finish()
    }
}

impl Sentences {
    /// Compares with this model.
    #[must_use]
    pub fn new(embedder: Arc<dyn Embedder>) -> Self {
        Self { embedder }
    }

    async fn score(&self, question: &str, hits: &[Hit]) -> Result<Vec<f64>, RerankError> {
        let split: Vec<Vec<&str>> = hits.iter().map(|hit| sentences(&hit.text)).collect();
        let mut texts = vec![question.to_owned()];
        texts.extend(split.iter().flatten().map(|sentence| (*sentence).to_owned()));
        // Somebody waits for it as for a question, and sentences of popular passages are asked for again.
        let mut vectors = self.embedder.embed(texts, Purpose::Query).await.map_err(failed)?.into_iter();
        let question = vectors.next().unwrap_or_default();
        let best: Vec<f64> = split
            .iter()
            .map(|sentences| {
                let own = vectors.by_ref().take(sentences.len());
                own.map(|vector| cosine(&question, &vector)).fold(-1.0, f64::max)
            })
            .collect();
        Ok(blend(&best))
    }
}

impl Reranker for Sentences {
    fn rerank<'a>(&'a self, question: &'a str, hits: &'a [Hit]) -> BoxFuture<'a, Result<Vec<f64>, RerankError>> {
        self.score(question, hits).boxed()
    }
}

/// What a model reads of a passage when it reads all of it.
#[cfg(feature = "openai")]
pub(super) fn whole(hit: &Hit) -> String {
    let above: Vec<&str> = [hit.title.as_str(), hit.heading.as_deref().unwrap_or_default()]
        .into_iter()
        .filter(|p| !p.is_empty())
        .collect();
    format!("{}\n{}", above.join(" > "), hit.text)
}

fn failed(error: EmbedError) -> RerankError {
    match error {
        EmbedError::Timeout => RerankError::Timeout,
        other => RerankError::Unavailable(other.to_string()),
    }
}

/// Sentences of a text, none of them very short.
fn sentences(text: &str) -> Vec<&str> {
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for (at, sentence) in text.split_sentence_bound_indices() {
        let end = at + sentence.len();
        match cuts.last_mut() {
            Some(last) if sentence.chars().take(SHORT).count() < SHORT => last.1 = end,
            _ => cuts.push((at, end)),
        }
    }
    let trimmed = cuts.iter().filter_map(|(from, to)| text.get(*from..*to)).map(str::trim);
    trimmed.filter(|sentence| !sentence.is_empty()).take(MAX_SENTENCES).collect()
}

/// The place in the search and the best sentence as one score.
fn blend(best: &[f64]) -> Vec<f64> {
    let places: Vec<f64> = (1_u32..).take(best.len()).map(|place| -f64::from(place).ln()).collect();
    standard(&places).into_iter().zip(standard(best)).map(|(place, sentence)| place + WEIGHT * sentence).collect()
}

/// Standard scores; zeros where all are the same.
#[allow(clippy::cast_precision_loss, reason = "a number of passages")]
fn standard(values: &[f64]) -> Vec<f64> {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
    let score = |value: &f64| if deviation > f64::EPSILON { (value - mean) / deviation } else { 0.0 };
    values.iter().map(score).collect()
}

/// Vectors have length one or are all zeros.
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;
    use crate::{embed::HashEmbedder, index::tests::hit};

    #[tokio::test]
    async fn a_passage_counts_by_its_best_sentence() {
        let reranker = Sentences::new(Arc::new(HashEmbedder::default()));
        let filler = "Nothing in here has to do with it at all. ".repeat(6);
        let mut hits = vec![hit("filler", 0, &filler); 8];
        hits.push(hit("right", 0, &format!("{filler}A revoked key is refused by every replica. {filler}")));
        let scores = reranker.rerank("revoked key refused replica", &hits).await.unwrap();
        assert_eq!(scores.len(), 9);
        assert!(scores[8] > scores[7], "{scores:?}");
        assert_eq!(reranker.rerank("q", &[]).await, Ok(vec![]));
    }

    #[test]
    fn short_pieces_go_with_the_sentence_before() {
        let text = "The pump runs at three bar of pressure. See Fig. 2. Then the valve opens to the left side.";
        let split = sentences(text);
        assert_eq!(split.len(), 2, "{split:?}");
        assert!(split[0].ends_with("2."), "{split:?}");
    }

    proptest! {
        #[test]
        fn sentences_stand_in_the_text(text in "\\PC{0,300}") {
            for sentence in sentences(&text) {
                prop_assert!(!sentence.is_empty() && text.contains(sentence));
            }
        }

        #[test]
        fn equal_sentences_leave_the_order(n in 1_usize..30) {
            prop_assert!(blend(&vec![0.3; n]).is_sorted_by(|a, b| a >= b));
        }
    }
}
