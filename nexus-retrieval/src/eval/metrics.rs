//! Figures of one question.
//!
//! A document ranks where its best passage does. nDCG is that of Järvelin and Kekäläinen (2002) with the gain of a document
//! as it is judged, as `trec_eval` computes it. Spans are compared character by character.

use std::collections::BTreeMap;

use super::{Figures, Span};

/// How many passages an answer is made from, by default.
const CONTEXT: usize = 5;

/// Figures of a ranking of documents: `ndcg@10`, `mrr@10`, `recall@10` and `recall@20`.
#[must_use]
pub fn documents(relevant: &BTreeMap<String, u32>, found: &[Span]) -> Figures {
    let ranking = ranking(found);
    let gain = |document: &&str| f64::from(relevant.get(*document).copied().unwrap_or_default());
    let gains: Vec<f64> = ranking.iter().map(gain).collect();
    let mut ideal: Vec<f64> = relevant.values().map(|gain| f64::from(*gain)).filter(|gain| *gain > 0.0).collect();
    ideal.sort_by(|a, b| b.total_cmp(a));
    let best = discounted(&ideal, 10);
    let all = ideal.len();
    let recall = |k| share(gains.iter().take(k).filter(|gain| **gain > 0.0).count(), all);
    Figures::from([
        ("ndcg@10", if best > 0.0 { discounted(&gains, 10) / best } else { 0.0 }),
        ("mrr@10", reciprocal_rank(gains.iter().take(10).map(|gain| *gain > 0.0))),
        ("recall@10", recall(10)),
        ("recall@20", recall(20)),
    ])
}

/// Figures of passages against the spans that answer a question: the share of the right characters that the first five
/// passages hold (`recall@5`), the share of what they hold that is right (`precision@5`), both together (`iou@5`), and the
/// reciprocal rank of the first passage that holds anything right (`mrr@10`).
#[must_use]
pub fn spans(right: &[Span], found: &[Span]) -> Figures {
    let right = union(right);
    let context = union(found.get(..CONTEXT.min(found.len())).unwrap_or_default());
    let common = overlap(&right, &context);
    let (wanted, held) = (length(&right), length(&context));
    let touches = |span: &Span| overlap(&right, std::slice::from_ref(span)) > 0;
    Figures::from([
        ("recall@5", ratio(common, wanted)),
        ("precision@5", ratio(common, held)),
        ("iou@5", ratio(common, wanted + held - common)),
        ("mrr@10", reciprocal_rank(found.iter().take(10).map(touches))),
    ])
}

/// Figures of what an answer cites against the spans that prove it, by the character (`citation chars precision`, `… recall`) and
/// by the span: which share of the citations touches a right span (`citation precision`), and which share of the right spans is
/// touched (`citation recall`). An answer without citations has no precision to speak of and counts as zero in all of them;
/// `answered` says how often there is one.
#[must_use]
pub fn citations(right: &[Span], cited: &[Span]) -> Figures {
    let touching = |span: &&Span, others: &[Span]| overlap(std::slice::from_ref(*span), others) > 0;
    let good = cited.iter().filter(|span| touching(span, right)).count();
    let found = right.iter().filter(|span| touching(span, cited)).count();
    let (wanted, held) = (union(right), union(cited));
    let common = overlap(&wanted, &held);
    Figures::from([
        ("answered", if cited.is_empty() { 0.0 } else { 1.0 }),
        ("citation precision", share(good, cited.len())),
        ("citation recall", share(found, right.len())),
        ("citation chars precision", ratio(common, length(&held))),
        ("citation chars recall", ratio(common, length(&wanted))),
    ])
}

/// The documents of passages in the order of their best ones.
fn ranking(found: &[Span]) -> Vec<&str> {
    let mut ranking: Vec<&str> = Vec::new();
    for span in found {
        if !ranking.contains(&span.document.as_str()) {
            ranking.push(&span.document);
        }
    }
    ranking
}

fn discounted(gains: &[f64], k: usize) -> f64 {
    gains.iter().take(k).zip(2_u32..).map(|(gain, place)| gain / f64::from(place).log2()).sum()
}

fn reciprocal_rank(right: impl Iterator<Item = bool>) -> f64 {
    right.zip(1_u32..).find(|(right, _)| *right).map_or(0.0, |(_, place)| 1.0 / f64::from(place))
}

/// Spans without overlaps, ordered.
fn union(spans: &[Span]) -> Vec<Span> {
    let mut sorted = spans.to_vec();
    sorted.sort();
    let mut merged: Vec<Span> = Vec::new();
    for span in sorted {
        match merged.last_mut() {
            Some(last) if last.document == span.document && span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

fn length(spans: &[Span]) -> u64 {
    spans.iter().map(|span| span.end.saturating_sub(span.start)).sum()
}

/// How many characters both hold; neither overlaps itself.
fn overlap(a: &[Span], b: &[Span]) -> u64 {
    let common = |x: &Span, y: &Span| x.end.min(y.end).saturating_sub(x.start.max(y.start));
    a.iter().flat_map(|x| b.iter().filter(|y| y.document == x.document).map(move |y| common(x, y))).sum()
}

fn share(part: usize, whole: usize) -> f64 {
    ratio(part as u64, whole as u64)
}

#[allow(clippy::cast_precision_loss, reason = "lengths of texts are far below 2^52")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    fn span(document: &str, start: u64, end: u64) -> Span {
        Span { document: document.to_owned(), start, end }
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn a_document_ranks_where_its_best_passage_does() {
        let relevant = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 1)]);
        let found = [span("x", 0, 1), span("a", 9, 12), span("x", 2, 3), span("a", 0, 1), span("b", 0, 1)];
        let figures = documents(&relevant, &found);
        // The ranking is x, a, b.
        let expected = (1.0 / 3_f64.log2() + 0.5) / (1.0 + 1.0 / 3_f64.log2());
        assert!(near(figures["ndcg@10"], expected), "{figures:?}");
        assert!(near(figures["mrr@10"], 0.5) && near(figures["recall@10"], 1.0));
    }

    #[test]
    fn graded_gains_prefer_the_more_relevant() {
        let relevant = BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 1), ("c".to_owned(), 0)]);
        let figures = documents(&relevant, &[span("b", 0, 1), span("a", 0, 1)]);
        assert!(near(figures["ndcg@10"], (1.0 + 2.0 / 3_f64.log2()) / (2.0 + 1.0 / 3_f64.log2())));
        assert!(near(documents(&relevant, &[span("c", 0, 1)])["mrr@10"], 0.0));
    }

    #[test]
    fn spans_are_compared_by_the_character() {
        let figures = spans(&[span("a", 10, 20)], &[span("b", 10, 20), span("a", 0, 15), span("a", 12, 18)]);
        // 8 of the 10 right characters are in the 18 + 10 that were found.
        assert!(near(figures["recall@5"], 0.8) && near(figures["precision@5"], 8.0 / 28.0), "{figures:?}");
        assert!(near(figures["iou@5"], 8.0 / 30.0) && near(figures["mrr@10"], 0.5));
        assert!(near(spans(&[span("a", 0, 1)], &[])["recall@5"], 0.0));
    }

    #[test]
    fn citations_are_judged_by_the_span_and_by_the_character() {
        let right = [span("a", 10, 20), span("a", 40, 50)];
        let figures = citations(&right, &[span("a", 10, 20), span("b", 0, 10), span("a", 15, 25)]);
        assert!(near(figures["citation precision"], 2.0 / 3.0) && near(figures["citation recall"], 0.5));
        assert!(near(figures["citation chars precision"], 10.0 / 25.0) && near(figures["citation chars recall"], 0.5));
        let none = citations(&right, &[]);
        assert!(near(none["answered"], 0.0) && near(none["citation precision"], 0.0));
    }

    proptest! {
        #[test]
        fn figures_are_shares(
            right in prop::collection::vec((0_u64..50, 1_u64..20), 1..4),
            found in prop::collection::vec((0_u64..50, 1_u64..20, prop::bool::ANY), 0..12),
        ) {
            let right: Vec<Span> = right.iter().map(|(at, n)| span("a", *at, at + n)).collect();
            let found: Vec<Span> =
                found.iter().map(|(at, n, own)| span(if *own { "a" } else { "b" }, *at, at + n)).collect();
            let relevant = BTreeMap::from([("a".to_owned(), 1)]);
            for figure in spans(&right, &found).into_values().chain(documents(&relevant, &found).into_values()) {
                prop_assert!((0.0..=1.0 + 1e-9).contains(&figure));
            }
            prop_assert!(near(spans(&right, &right)["precision@5"], 1.0));
        }
    }
}
