//! Two searches into one ranking.
//!
//! Cosines and BM25 scores have no common scale, and cosines of different models have none either. So each becomes a
//! standard score among the candidates of the question: how far a passage stands out there. The weight of the vectors is
//! moved towards the search whose best passage stands out more, which keeps one that knows nothing from spoiling the other.

use serde_json::{Map, Value};

/// A passage that was found, with what speaks for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The chunk.
    pub chunk: i64,
    /// Its cosine, when vectors were compared.
    pub cosine: Option<f64>,
    /// Its BM25 score; zero when it shares no word with the question.
    pub words: f64,
}

/// How two searches become one. The defaults were chosen on the training questions of `SciFact`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fusion {
    /// How much vectors count against words, from 0 to 1.
    pub dense_weight: f64,
    /// How far that moves for each standard deviation by which the best passage of one search stands out more.
    pub trust: f64,
}

impl Default for Fusion {
    fn default() -> Self {
        Self { dense_weight: 0.42, trust: 0.05 }
    }
}

/// A number that has no meaning here. The sentence is stable: clients see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("retrieval.fusion.{0} must be a number from 0 to 1")]
pub struct FusionError(&'static str);

impl Fusion {
    /// Understands the `fusion` object of a corpus.
    pub(super) fn read(fusion: &Map<String, Value>) -> Result<Self, FusionError> {
        let share = |name: &'static str, default: f64| match fusion.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => value.as_f64().filter(|n| (0.0..=1.0).contains(n)).ok_or(FusionError(name)),
        };
        let default = Self::default();
        Ok(Self { dense_weight: share("dense_weight", default.dense_weight)?, trust: share("trust", default.trust)? })
    }
}

/// Ranks candidates, best first. Ties are broken by the id of the chunk, so that the same question gives the same answer.
#[must_use]
pub fn fuse(candidates: &[Candidate], settings: Fusion) -> Vec<i64> {
    // Sums of fractions depend on the order of their parts in the last bit.
    let mut candidates = candidates.to_vec();
    candidates.sort_by_key(|candidate| candidate.chunk);
    let cosines: Vec<f64> = candidates.iter().filter_map(|candidate| candidate.cosine).collect();
    let words: Vec<f64> = candidates.iter().map(|candidate| candidate.words).collect();
    let near = Spread::of(&cosines);
    let shared = Spread::of(&words).filter(|spread| spread.highest > 0.0);
    let weight = match (near, shared) {
        // Where one search found nothing, the other one decides alone.
        (_, None) => 1.0,
        (None, Some(_)) => 0.0,
        (Some(near), Some(shared)) => {
            let moved = settings.dense_weight + settings.trust * (near.margin() - shared.margin());
            // A weight at an end was asked for, and stays there.
            let at_an_end = settings.dense_weight <= 0.0 || settings.dense_weight >= 1.0;
            if at_an_end { settings.dense_weight } else { moved.clamp(0.1, 0.9) }
        }
    };
    let score = |candidate: &Candidate| {
        let cosine = candidate.cosine.zip(near).map_or(0.0, |(cosine, spread)| spread.standard(cosine));
        let words = shared.map_or(0.0, |spread| spread.standard(candidate.words));
        weight * cosine + (1.0 - weight) * words
    };
    let mut ranked: Vec<(f64, i64)> = candidates.iter().map(|candidate| (score(candidate), candidate.chunk)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.into_iter().map(|(_, chunk)| chunk).collect()
}

/// How the scores of candidates lie.
#[derive(Debug, Clone, Copy)]
struct Spread {
    mean: f64,
    deviation: f64,
    highest: f64,
}

impl Spread {
    /// Nothing for no scores.
    #[allow(clippy::cast_precision_loss, reason = "a number of candidates")]
    fn of(scores: &[f64]) -> Option<Self> {
        let highest = scores.iter().copied().max_by(f64::total_cmp)?;
        let count = scores.len() as f64;
        let mean = scores.iter().sum::<f64>() / count;
        let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / count;
        Some(Self { mean, deviation: variance.sqrt(), highest })
    }

    /// How many deviations a score is above the mean; zero where all are the same.
    fn standard(self, score: f64) -> f64 {
        if self.deviation > f64::EPSILON { (score - self.mean) / self.deviation } else { 0.0 }
    }

    fn margin(self) -> f64 {
        self.standard(self.highest)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn candidate(chunk: i64, cosine: f64, words: f64) -> Candidate {
        Candidate { chunk, cosine: Some(cosine), words }
    }

    #[test]
    fn what_both_searches_like_comes_first_and_ties_go_to_the_older_chunk() {
        let found = [candidate(1, 0.5, 0.0), candidate(2, 0.5, 3.0), candidate(3, 0.1, 3.0), candidate(4, 0.1, 0.0)];
        let ranked = fuse(&found, Fusion { dense_weight: 0.5, trust: 0.0 });
        assert_eq!(ranked, [2, 1, 3, 4]);
    }

    #[test]
    fn one_search_decides_where_the_other_found_nothing() {
        assert_eq!(fuse(&[candidate(9, 0.2, 0.0), candidate(4, 0.4, 0.0)], Fusion::default()), [4, 9]);
        assert_eq!(fuse(&[candidate(4, -0.4, 0.0), candidate(9, -0.2, 0.0)], Fusion::default()), [9, 4]);
        let by_words = |chunk, words| Candidate { chunk, cosine: None, words };
        assert_eq!(fuse(&[by_words(9, 1.0), by_words(4, 2.0), by_words(3, 1.0)], Fusion::default()), [4, 3, 9]);
    }

    #[test]
    fn a_search_that_stands_out_is_trusted_more() {
        // By words one passage is far ahead; by vectors all are much the same.
        let mut found: Vec<Candidate> =
            (0..20_i32).map(|n| candidate(i64::from(n), 0.50 + f64::from(n) * 0.001, 1.0)).collect();
        found.push(candidate(99, 0.49, 30.0));
        let even = Fusion { dense_weight: 0.8, trust: 0.0 };
        assert_eq!(fuse(&found, Fusion { trust: 0.2, ..even }).first(), Some(&99));
    }

    #[test]
    fn weights_are_shares() {
        let read = |value: Value| Fusion::read(value.as_object().unwrap());
        assert_eq!(read(json!({})), Ok(Fusion::default()));
        assert_eq!(read(json!({ "dense_weight": 1, "trust": 0 })), Ok(Fusion { dense_weight: 1.0, trust: 0.0 }));
        let error = read(json!({ "dense_weight": 1.5 })).unwrap_err();
        assert_eq!(error.to_string(), "retrieval.fusion.dense_weight must be a number from 0 to 1");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_doubled_and_the_order_does_not_depend_on_that_of_the_candidates(
            scores in prop::collection::vec((-1.0..1.0_f64, 0.0..30.0_f64, prop::bool::ANY), 0..60),
        ) {
            let mut found: Vec<Candidate> = scores
                .iter()
                .zip(0..)
                .map(|((cosine, words, near), chunk)| Candidate {
                    chunk,
                    cosine: near.then_some(*cosine),
                    words: *words,
                })
                .collect();
            let ranked = fuse(&found, Fusion::default());
            let mut all = ranked.clone();
            all.sort_unstable();
            prop_assert_eq!(all, (0..).take(found.len()).collect::<Vec<i64>>());
            found.reverse();
            prop_assert_eq!(fuse(&found, Fusion::default()), ranked);
        }

        #[test]
        fn a_weight_of_one_is_the_order_of_the_vectors(cosines in prop::collection::vec(0.01..1.0_f64, 2..30)) {
            let found: Vec<Candidate> =
                cosines.iter().zip(0..).map(|(cosine, chunk)| candidate(chunk, *cosine, 1.0 - cosine)).collect();
            let ranked = fuse(&found, Fusion { dense_weight: 1.0, trust: 0.05 });
            let cosine = |chunk: &i64| found.iter().find(|c| c.chunk == *chunk).and_then(|c| c.cosine).unwrap();
            prop_assert!(ranked.is_sorted_by(|a, b| cosine(a) >= cosine(b)));
        }
    }
}
