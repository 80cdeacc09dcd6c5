//! Which units answer a question, and whether any does.
//!
//! A unit is worth the share of the question's words that it meets, where rare words count more (idf over the units at
//! hand), its heading, the sentence that introduces it and its neighbours count less than itself, and the passage's
//! own score, words that stand side by side, and figures where one is asked for add a little.
//!
//! **Support.** An answer is given when `coverage + SCORE_WEIGHT × score ≥ SUPPORT` and `coverage ≥ LEAST`, where
//! `coverage` is the share, weighted by idf, of the question's content words met by the best unit in its context, and
//! `score` is the score of its passage or, when a model compared meanings, the unit's own likeness if that is greater. Where
//! meanings were compared the unit's likeness also has to reach `ALIKE`. The
//! numbers were tuned on questions with known places of their answers (`benches`, program `answers`).

use std::{collections::HashMap, ops::Range};

use super::{
    question::{Meeting, Question},
    terms::Analyzer,
    units::{Kind, Unit, units},
};
use crate::index::Hit;

/// No more sentences than this are quoted.
const MAX_PICKS: usize = 3;
/// Only so much of each passage is read, in bytes.
const MAX_PASSAGE: usize = 40_000;
/// Only so much is read of all passages together, in bytes.
const MAX_TOTAL: usize = 200_000;

/// How much a passage's own score counts as evidence.
const SCORE_WEIGHT: f32 = 0.5;
/// The evidence that an answer needs.
const SUPPORT: f32 = 0.42;
/// The coverage without which no passage score is enough.
const LEAST: f32 = 0.22;
/// The likeness in meaning that an answer needs, where meanings are compared: words in common are not enough to take the
/// price of a rail pass for that of a parking permit.
const ALIKE: f32 = 0.42;
/// The share of the best unit's worth that a further unit needs.
const CLOSE: f32 = 0.7;

/// What a heading or an introduction contributes to the units below it.
const HEADING: f32 = 0.5;
/// What the unit before a unit contributes to it: pronouns point back.
const BEFORE: f32 = 0.4;
/// What the unit after a unit contributes to it.
const AFTER: f32 = 0.2;

/// What the score of its passage adds to a unit.
const SCORE: f32 = 0.15;
/// What words add that stand side by side as they do in the question.
const ADJACENT: f32 = 0.2;
/// What a number adds where one is asked for.
const FIGURE: f32 = 0.08;
/// What likeness in meaning adds, where a model compares meanings: the cosine of unit and question, from 0 to 1.
const LIKENESS: f32 = 0.8;

/// A unit that was chosen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pick {
    pub passage: usize,
    /// Bytes of the passage's text.
    pub span: Range<usize>,
}

struct Candidate {
    passage: usize,
    unit: Unit,
    met: Meeting,
    /// Asks or announces something rather than stating it.
    unfinished: bool,
    /// Strength of each term with the context counted in.
    context: Vec<f32>,
}

/// The units of all passages, best first, before it is decided whether any suffices.
pub(super) struct Ranking<'a> {
    passages: &'a [Hit],
    analyzer: &'a Analyzer,
    weights: Vec<f32>,
    ranked: Vec<(f32, Candidate)>,
    /// Likeness in meaning to the question of the first units, when a model was asked for it.
    likeness: Vec<f32>,
}

impl<'a> Ranking<'a> {
    /// Ranks the units by the words they share with the question.
    pub(super) fn by_words(question: &Question, passages: &'a [Hit], analyzer: &'a Analyzer) -> Self {
        let candidates = candidates(question, passages, analyzer);
        let weights = weights(question, &candidates);
        let mut ranked: Vec<(f32, Candidate)> =
            candidates.into_iter().map(|c| (worth(&c, question, &weights, passages), c)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.passage.cmp(&b.1.passage)));
        Self { passages, analyzer, weights, ranked, likeness: Vec::new() }
    }

    /// The texts of the first units, for a model that compares meanings.
    pub(super) fn first_texts(&self, count: usize) -> Vec<String> {
        let text = |c: &Candidate| self.passages.get(c.passage)?.text.get(c.unit.span.clone()).map(str::to_owned);
        self.ranked.iter().take(count).map(|(_, c)| text(c).unwrap_or_default()).collect()
    }

    /// Ranks the first units anew, with their likeness in meaning; the others stay behind them.
    pub(super) fn by_meaning(mut self, likeness: &[f32]) -> Self {
        let rest = self.ranked.split_off(likeness.len().min(self.ranked.len()));
        let mut first: Vec<(f32, (f32, Candidate))> = likeness.iter().copied().zip(self.ranked).collect();
        for (likeness, (worth, _)) in &mut first {
            *worth += LIKENESS * likeness.max(0.0);
        }
        first.sort_by(|a, b| b.1.0.total_cmp(&a.1.0).then(a.1.1.passage.cmp(&b.1.1.passage)));
        let (likeness, ranked) = first.into_iter().unzip();
        // Units that were not compared never come into question beside those that were.
        drop(rest);
        Self { ranked, likeness, ..self }
    }

    /// What to quote; nothing when there is no support.
    pub(super) fn decide(&self) -> Vec<Pick> {
        let Some((_, best)) = self.ranked.first() else { return Vec::new() };
        let coverage = share(&best.context, &self.weights);
        let of_passage = self.passages.get(best.passage).map_or(0.0, |passage| passage.score.clamp(0.0, 1.0));
        let likeness = self.likeness.first().copied();
        let alike = likeness.is_none_or(|likeness| likeness >= ALIKE);
        if alike && is_supported(coverage, of_passage.max(likeness.unwrap_or_default())) {
            select(&self.ranked, self.passages, self.analyzer)
        } else {
            Vec::new()
        }
    }
}

/// The documented rule.
pub(super) fn is_supported(coverage: f32, score: f32) -> bool {
    coverage >= LEAST && coverage + SCORE_WEIGHT * score >= SUPPORT
}

fn candidates(question: &Question, passages: &[Hit], analyzer: &Analyzer) -> Vec<Candidate> {
    let mut room = MAX_TOTAL;
    let mut all = Vec::new();
    for (index, passage) in passages.iter().enumerate() {
        let text = head(&passage.text, room.min(MAX_PASSAGE));
        room -= text.len();
        let title = format!("{} {}", passage.origin.title, passage.heading.as_deref().unwrap_or_default());
        let mut reading = Reading { question, analyzer, text, known: HashMap::new() };
        let title = question.meet(&title, analyzer).strength;
        all.extend(reading.candidates(index, &title));
    }
    all
}

/// One passage while its units are compared with the question.
struct Reading<'a> {
    question: &'a Question,
    analyzer: &'a Analyzer,
    text: &'a str,
    /// Headings and introductions that were compared already.
    known: HashMap<Range<usize>, Vec<f32>>,
}

impl Reading<'_> {
    fn candidates(&mut self, passage: usize, title: &[f32]) -> Vec<Candidate> {
        let met: Vec<(Unit, Meeting)> = units(self.text)
            .into_iter()
            .map(|unit| {
                let met = self.meet(&unit.span);
                (unit, met)
            })
            .collect();
        let contexts: Vec<Vec<f32>> = (0..met.len()).map(|at| self.context(at, &met, title)).collect();
        let unfinished =
            |unit: &Unit| self.text.get(unit.span.clone()).is_some_and(|text| text.ends_with(['?', '？', ':', '：']));
        met.into_iter()
            .zip(contexts)
            .map(|((unit, met), context)| Candidate { passage, unfinished: unfinished(&unit), unit, met, context })
            .collect()
    }

    /// How strongly each term is met by the unit at a place together with what stands around it.
    fn context(&mut self, at: usize, all: &[(Unit, Meeting)], title: &[f32]) -> Vec<f32> {
        let Some((unit, met)) = all.get(at) else { return Vec::new() };
        let mut context = met.strength.clone();
        raise(&mut context, title, HEADING);
        for span in unit.headings.iter().chain(&unit.lead) {
            if !self.known.contains_key(span) {
                self.known.insert(span.clone(), self.meet(span).strength);
            }
            raise(&mut context, self.known.get(span).map_or(&[][..], Vec::as_slice), HEADING);
        }
        if unit.kind != Kind::Whole {
            let beside = |at: Option<usize>| at.and_then(|at| all.get(at)).map_or(&[][..], |(_, met)| &met.strength);
            raise(&mut context, beside(at.checked_sub(1)), BEFORE);
            raise(&mut context, beside(at.checked_add(1)), AFTER);
        }
        context
    }

    fn meet(&self, span: &Range<usize>) -> Meeting {
        self.question.meet(self.text.get(span.clone()).unwrap_or_default(), self.analyzer)
    }
}

fn raise(into: &mut [f32], from: &[f32], by: f32) {
    for (a, b) in into.iter_mut().zip(from) {
        *a = a.max(b * by);
    }
}

/// The weight of each term: its prior, and its rarity among the units. A term that no unit has weighs like the rarest.
fn weights(question: &Question, candidates: &[Candidate]) -> Vec<f32> {
    let count = |n: usize| f32::from(u16::try_from(n).unwrap_or(u16::MAX));
    let units = count(candidates.len());
    let weigh = |(at, term): (usize, &super::question::Term)| {
        let having = candidates.iter().filter(|c| c.met.strength.get(at).is_some_and(|s| *s > 0.0)).count();
        term.prior * ((units + 1.0) / (count(having).max(1.0) + 0.5)).ln_1p()
    };
    question.terms.iter().enumerate().map(weigh).collect()
}

fn share(strength: &[f32], weights: &[f32]) -> f32 {
    let total: f32 = weights.iter().sum();
    if total <= 0.0 {
        return 0.0;
    }
    strength.iter().zip(weights).map(|(s, w)| s * w).sum::<f32>() / total
}

fn worth(candidate: &Candidate, question: &Question, weights: &[f32], passages: &[Hit]) -> f32 {
    let count = |n: usize| f32::from(u16::try_from(n).unwrap_or(u16::MAX));
    let met = &candidate.met;
    let score = passages.get(candidate.passage).map_or(0.0, |passage| passage.score.clamp(0.0, 1.0));
    let neighbours = count(question.terms.len().saturating_sub(1)).max(1.0);
    let mut worth =
        share(&candidate.context, weights) + SCORE * score + ADJACENT * (count(met.adjacent) / neighbours).min(1.0);
    if question.wants_figure && met.figure {
        worth += FIGURE;
    }
    if candidate.unfinished {
        worth *= 0.8;
    }
    let words = count(met.words);
    if words < 4.0 {
        worth *= 0.6;
    } else if words > 40.0 && candidate.unit.kind != Kind::Whole {
        worth *= (40.0 / words).powf(0.1);
    }
    worth
}

/// The best unit, and further ones that are nearly as good, overlap nothing, and say something else.
fn select(ranked: &[(f32, Candidate)], passages: &[Hit], analyzer: &Analyzer) -> Vec<Pick> {
    let Some((best, _)) = ranked.first() else { return Vec::new() };
    let mut picks: Vec<Pick> = Vec::new();
    let mut said: Vec<Vec<String>> = Vec::new();
    for (worth, candidate) in ranked.iter().take(64) {
        if picks.len() >= MAX_PICKS || *worth < best * CLOSE {
            break;
        }
        let span = candidate.unit.span.clone();
        let overlaps =
            |pick: &Pick| pick.passage == candidate.passage && pick.span.start < span.end && span.start < pick.span.end;
        let text = passages.get(candidate.passage).and_then(|p| p.text.get(span.clone())).unwrap_or_default();
        let words = content(text, analyzer);
        if picks.iter().any(overlaps) || said.iter().any(|other| is_repeated(&words, other)) {
            continue;
        }
        said.push(words);
        picks.push(Pick { passage: candidate.passage, span });
    }
    picks
}

fn content(text: &str, analyzer: &Analyzer) -> Vec<String> {
    let mut words: Vec<String> = analyzer.words(text).filter(|word| !word.stop).map(|word| word.key).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether most of the shorter text is in the other: a repetition, perhaps from an overlapping passage.
fn is_repeated(a: &[String], b: &[String]) -> bool {
    let shared = a.iter().filter(|word| b.binary_search(word).is_ok()).count();
    shared * 10 >= a.len().min(b.len()) * 7
}

fn head(text: &str, mut bytes: usize) -> &str {
    bytes = bytes.min(text.len());
    while !text.is_char_boundary(bytes) {
        bytes -= 1;
    }
    text.get(..bytes).unwrap_or_default()
}
