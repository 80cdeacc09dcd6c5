//! Re-ranking with the embedding model of the server: late interaction by sentences, without a network.
//!
//! A passage says many things and its vector is their mean; a question asks for one of them. So the sentences that share most
//! words with the question get vectors of their own, and a passage counts by its best one. How far that stands out among the
//! passages is added to the place that the search gave: `−ln(place) + weight · standard score`, both as standard scores. The
//! weight was chosen on the training questions of `SciFact`. Sentences wait behind the questions of others.

use std::{cmp::Reverse, sync::Arc};

use futures::{FutureExt as _, future::BoxFuture};
use unicode_segmentation::UnicodeSegmentation as _;

use super::{RerankError, Reranker};
use crate::{
    embed::{EmbedError, Embedder, Purpose},
    index::Hit,
    ingest::{
        language::Language,
        terms::{self, Terms},
    },
};

/// How much the best sentence counts against the place in the search.
const WEIGHT: f64 = 0.35;
/// The most sentences of a passage that are looked at for words.
const MAX_SENTENCES: usize = 24;
/// The most sentences of a passage that are compared by meaning.
const COMPARED: usize = 4;
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
        let language = Language::of(question).unwrap_or(terms::DEFAULT);
        let asked = terms::count(question, language);
        let split: Vec<Vec<&str>> = hits.iter().map(|hit| closest(sentences(&hit.text), &asked, language)).collect();
        let texts: Vec<String> = split.iter().flatten().map(|sentence| (*sentence).to_owned()).collect();
        if texts.is_empty() {
            return Ok(vec![0.0; hits.len()]);
        }
        let asked = self.embedder.embed(vec![question.to_owned()], Purpose::Query);
        let (asked, vectors) =
            futures::try_join!(asked, self.embedder.embed(texts, Purpose::Closer)).map_err(failed)?;
        let mut vectors = vectors.into_iter();
        let question = asked.into_iter().next().unwrap_or_default();
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
    let above: Vec<&str> = [hit.origin.title.as_str(), hit.heading.as_deref().unwrap_or_default()]
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

/// Those that share most words with the question, among equals the first.
fn closest<'a>(mut sentences: Vec<&'a str>, asked: &Terms, language: Language) -> Vec<&'a str> {
    if sentences.len() > COMPARED {
        let shared =
            |sentence: &str| terms::count(sentence, language).keys().filter(|t| asked.contains_key(*t)).count();
        sentences.sort_by_cached_key(|sentence| Reverse(shared(sentence)));
        sentences.truncate(COMPARED);
    }
    sentences
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
    fn sentences_that_share_words_are_compared() {
        let all = vec!["One two.", "Three.", "Four five.", "A revoked key.", "Six.", "Keys are refused."];
        let asked = terms::count("revoked keys refused", Language::English);
        let chosen = closest(all, &asked, Language::English);
        assert_eq!(chosen, ["A revoked key.", "Keys are refused.", "One two.", "Three."]);
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
