//! From a ranking to the passages that an answer is made from.
//!
//! A model that reads the same thing twice has less room for something else. So a passage that says nearly the same as a
//! better one comes after all that say something else, a document can be kept from filling all places, and passages that touch or overlap in the text
//! become one, which reads better and is cited by the same offsets. What does not fit into the room is left out, best first.

use std::{
    hash::{DefaultHasher, Hasher as _},
    sync::Arc,
};

use serde_json::{Map, Value};
use unicode_segmentation::UnicodeSegmentation as _;

use super::Hit;
use crate::ingest::{
    chunk::MAX_SIZE_CHARS,
    location::{Location, Mark},
};

/// Two passages that share this part of their words say the same.
const SAME: f64 = 0.9;
/// Four characters to a token, as everywhere.
const CHARS_PER_TOKEN: u64 = 4;

/// How the passages of an answer are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// The most passages of one document; no limit otherwise.
    pub max_per_document: Option<u32>,
    /// Whether passages that touch become one.
    pub merge: bool,
    /// How long they may be together, in tokens.
    pub max_tokens: u32,
}

impl Default for Context {
    fn default() -> Self {
        Self { max_per_document: None, merge: true, max_tokens: 16_000 }
    }
}

/// A setting that has no meaning. The sentences are stable: clients see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// Not an object.
    #[error("retrieval.context must be an object")]
    NotAnObject,
    /// Not a number of passages.
    #[error("retrieval.context.max_per_document must be from 1 to 50")]
    PerDocument,
    /// Neither true nor false.
    #[error("retrieval.context.merge must be true or false")]
    Merge,
    /// Not a number of tokens.
    #[error("retrieval.context.max_tokens must be from 100 to 1000000")]
    Tokens,
}

impl Context {
    /// Understands the `retrieval` object of a corpus.
    pub(super) fn read(retrieval: &Map<String, Value>) -> Result<Self, ContextError> {
        let context = match retrieval.get("context") {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(Value::Object(context)) => context,
            Some(_) => return Err(ContextError::NotAnObject),
        };
        let given = |name: &str| context.get(name).filter(|value| !value.is_null());
        let number = |value: &Value, least: u32, most: u32| {
            value.as_u64().and_then(|n| u32::try_from(n).ok()).filter(|n| (least..=most).contains(n))
        };
        let default = Self::default();
        Ok(Self {
            max_per_document: given("max_per_document")
                .map(|value| number(value, 1, 50).ok_or(ContextError::PerDocument))
                .transpose()?,
            merge: given("merge").map_or(Ok(default.merge), |value| value.as_bool().ok_or(ContextError::Merge))?,
            max_tokens: given("max_tokens")
                .map_or(Ok(default.max_tokens), |value| number(value, 100, 1_000_000).ok_or(ContextError::Tokens))?,
        })
    }
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// The passages, best first.
    pub hits: Vec<Hit>,
    /// Whether the room decided: then no further passage makes it better.
    pub full: bool,
}

/// Chooses at most `top_k` of the passages, which come best first, and joins those that touch: what is joined leaves its
/// place to the next one. A joined passage stands where its best part stood. At least the best passage is given, whatever
/// the room.
#[must_use]
pub fn choose(hits: &[Hit], top_k: u32, settings: Context) -> Chosen {
    let most = usize::try_from(top_k).unwrap_or(usize::MAX);
    let room = u64::from(settings.max_tokens) * CHARS_PER_TOKEN;
    // Streams hold on to what is chosen: no more room than it can take.
    let chosen = Vec::with_capacity(most.min(hits.len()));
    let mut choice = Choice { settings, room, full: false, chosen };
    let mut seen: Vec<Vec<u64>> = Vec::new();
    let mut again = Vec::new();
    for hit in hits {
        if choice.chosen.len() >= most {
            break;
        }
        let words = words(&hit.text);
        if seen.iter().any(|other| alike(other, &words) >= SAME) {
            again.push(hit);
        } else if choice.take(hit) {
            seen.push(words);
        }
    }
    for hit in again {
        if choice.chosen.len() < most {
            choice.take(hit);
        }
    }
    Chosen { hits: choice.chosen, full: choice.full }
}

struct Choice {
    settings: Context,
    /// How many characters may be taken.
    room: u64,
    /// Whether something did not fit.
    full: bool,
    chosen: Vec<Hit>,
}

impl Choice {
    /// Takes a passage unless its document has enough or it does not fit.
    fn take(&mut self, hit: &Hit) -> bool {
        let (mut joined, mut place, mut parts) = (hit.clone(), self.chosen.len(), Vec::new());
        // What was joined may touch a further one.
        while let Some((n, both)) = self.touching(&joined, &parts) {
            (joined, place) = (both, place.min(n));
            parts.push(n);
        }
        let of_document = self.chosen.iter().filter(|other| other.origin.id == hit.origin.id).count();
        let most =
            self.settings.max_per_document.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
        if parts.is_empty() && of_document >= most {
            return false;
        }
        let others = self.chosen.iter().enumerate().filter(|(n, _)| !parts.contains(n)).map(|(_, other)| length(other));
        if others.sum::<u64>() + length(&joined) > self.room && !self.chosen.is_empty() {
            self.full = true;
            return false;
        }
        parts.sort_unstable();
        for n in parts.into_iter().rev() {
            self.chosen.remove(n);
        }
        self.chosen.insert(place, joined);
        true
    }

    /// A chosen passage that a passage touches, and both as one.
    fn touching(&self, hit: &Hit, but: &[usize]) -> Option<(usize, Hit)> {
        let others = self.chosen.iter().enumerate().filter(|(n, _)| self.settings.merge && !but.contains(n));
        others.into_iter().find_map(|(n, other)| Some((n, join(other, hit)?)))
    }
}

fn length(hit: &Hit) -> u64 {
    hit.end.saturating_sub(hit.start)
}

/// The words of a text as hashes, in order and each once: passages of every question are compared, and strings cost most of it.
fn words(text: &str) -> Vec<u64> {
    let hashed = |word: &str| {
        let mut hasher = DefaultHasher::new();
        hasher.write(word.as_bytes());
        hasher.finish()
    };
    let mut words: Vec<_> = text.to_lowercase().unicode_words().map(hashed).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The share of the words of both that is in each.
#[allow(clippy::cast_precision_loss, reason = "a number of words")]
fn alike(a: &[u64], b: &[u64]) -> f64 {
    let (mut rest, mut common) = (b, 0_usize);
    for word in a {
        let smaller = rest.iter().take_while(|other| *other < word).count();
        rest = rest.get(smaller..).unwrap_or_default();
        common += usize::from(rest.first() == Some(word));
    }
    let all = a.len() + b.len() - common;
    if all == 0 { 1.0 } else { common as f64 / all as f64 }
}

/// Both passages as one when they overlap or touch. Between passages with a gap stands text that is not here.
fn join(a: &Hit, b: &Hit) -> Option<Hit> {
    let (first, second) = if a.start <= b.start { (a, b) } else { (b, a) };
    let one_text = a.origin.id == b.origin.id && a.origin.content_hash == b.origin.content_hash;
    if !one_text || second.start > first.end || first.text.is_empty() {
        return None;
    }
    let end = first.end.max(second.end);
    if end - first.start > u64::try_from(MAX_SIZE_CHARS).unwrap_or(u64::MAX) {
        return None;
    }
    // The offsets say how much of the second passage the first one holds; where they do not fit the texts, nothing is joined.
    let held = usize::try_from(first.end - second.start).ok()?;
    let rest: String = second.text.chars().skip(held).collect();
    let text = format!("{}{rest}", first.text);
    (u64::try_from(text.chars().count()).ok()? == end - first.start).then(|| Hit {
        end,
        text: text.into(),
        location: both(first.location.as_deref(), second.location.as_deref(), second.start).map(Arc::new),
        score: a.score.max(b.score),
        ..first.clone()
    })
}

/// The location of a joined passage: that of its beginning, then what begins further on.
fn both(first: Option<&Location>, second: Option<&Location>, start: u64) -> Option<Location> {
    let Some(first) = first else { return second.map(|second| from(second, start)) };
    let mut location = first.clone();
    let Some(second) = second else { return Some(location) };
    if first.at(start) != &second.place {
        location.turns.retain(|turn| turn.at < start);
        location.turns.push(Mark { at: start, place: second.place.clone() });
    }
    let known = location.turns.last().map_or(0, |turn| turn.at);
    location.turns.extend(second.turns.iter().filter(|turn| turn.at > known).cloned());
    Some(location)
}

/// A location that begins later than its passage.
fn from(second: &Location, start: u64) -> Location {
    let mut turns = vec![Mark { at: start, place: second.place.clone() }];
    turns.extend(second.turns.iter().cloned());
    Location { turns, ..Location::default() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{index::tests::hit, ingest::location::Place};

    const TEXT: &str = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich und keiner von ihnen kommt an.";

    fn cut(start: usize, end: usize) -> Hit {
        let text: String = TEXT.chars().skip(start).take(end - start).collect();
        hit("d", u64::try_from(start).unwrap(), &text)
    }

    fn places(hits: &[Hit]) -> Vec<(u64, u64)> {
        hits.iter().map(|hit| (hit.start, hit.end)).collect()
    }

    #[test]
    fn passages_that_touch_become_one_where_the_better_one_stood() {
        let chosen = choose(&[cut(40, 60), cut(70, 80), cut(20, 45), cut(60, 68)], 9, Context::default()).hits;
        assert_eq!(places(&chosen), [(20, 68), (70, 80)]);
        assert_eq!(*chosen[0].text, TEXT.chars().skip(20).take(48).collect::<String>());
        let apart = choose(&[cut(40, 60), cut(20, 45)], 9, Context { merge: false, ..Context::default() }).hits;
        assert_eq!(places(&apart), [(40, 60), (20, 45)]);
    }

    #[test]
    fn what_a_better_passage_says_is_said_again_only_where_there_is_nothing_else() {
        let copy = Hit { origin: hit("copy", 0, "").origin, ..cut(0, 60) };
        let found = [cut(0, 60), copy, cut(70, 90)];
        assert_eq!(places(&choose(&found, 2, Context::default()).hits), [(0, 60), (70, 90)]);
        assert_eq!(places(&choose(&found, 3, Context::default()).hits), [(0, 60), (70, 90), (0, 60)]);
    }

    #[test]
    fn what_is_joined_leaves_its_place_to_the_next() {
        let found = [cut(0, 20), cut(20, 40), cut(60, 70), cut(75, 80)];
        assert_eq!(places(&choose(&found, 3, Context::default()).hits), [(0, 40), (60, 70), (75, 80)]);
        // One that fills a gap joins both sides of it.
        let found = [cut(0, 20), cut(40, 60), cut(70, 80), cut(20, 40)];
        assert_eq!(places(&choose(&found, 4, Context::default()).hits), [(0, 60), (70, 80)]);
    }

    #[test]
    fn one_document_can_be_kept_from_filling_all_places() {
        let other = Hit { origin: hit("other", 0, "").origin, ..cut(75, 90) };
        let settings = Context { max_per_document: Some(1), ..Context::default() };
        let chosen = choose(&[cut(0, 20), cut(40, 60), other], 5, settings).hits;
        assert_eq!(chosen.iter().map(|hit| hit.origin.id.as_str()).collect::<Vec<_>>(), ["d", "other"]);
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_the_best_always_fits() {
        let long = hit("long", 0, &"word ".repeat(200));
        let settings = Context { max_tokens: 100, ..Context::default() };
        assert_eq!(choose(&[long.clone(), cut(0, 20)], 5, settings).hits.len(), 1);
        let chosen = choose(&[cut(0, 20), long, cut(40, 60)], 5, settings);
        assert!(chosen.full);
        assert_eq!(places(&chosen.hits), [(0, 20), (40, 60)]);
    }

    #[test]
    fn a_joined_passage_knows_all_its_pages() {
        let page = |n, turns: &[(u64, u32)]| {
            let turns = turns.iter().map(|(at, n)| Mark { at: *at, place: Place::page(*n) }).collect();
            Some(Arc::new(Location { place: Place::page(n), turns }))
        };
        let first = Hit { location: page(1, &[(15, 2)]), ..cut(0, 30) };
        let second = Hit { location: page(2, &[(35, 3)]), ..cut(25, 50) };
        let joined = choose(&[second, first], 5, Context::default()).hits;
        let location = joined[0].location.clone().unwrap();
        let pages: Vec<_> = [0, 14, 15, 30, 35, 49].map(|at| location.at(at).page.unwrap()).into();
        assert_eq!(pages, [1, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn settings_have_bounds() {
        let read = |value: Value| Context::read(value.as_object().unwrap());
        assert_eq!(read(json!({})), Ok(Context::default()));
        let all = json!({ "context": { "max_per_document": 2, "merge": false, "max_tokens": 500 } });
        assert_eq!(read(all), Ok(Context { max_per_document: Some(2), merge: false, max_tokens: 500 }));
        assert_eq!(read(json!({ "context": [] })), Err(ContextError::NotAnObject));
        assert_eq!(read(json!({ "context": { "max_per_document": 0 } })), Err(ContextError::PerDocument));
        assert_eq!(read(json!({ "context": { "merge": 1 } })), Err(ContextError::Merge));
        assert_eq!(read(json!({ "context": { "max_tokens": 9 } })), Err(ContextError::Tokens));
    }

    proptest! {
        #[test]
        fn offsets_stay_exact(cuts in prop::collection::vec((0_usize..80, 1_usize..30), 1..8), top_k in 1_u32..8) {
            let length = TEXT.chars().count();
            let hits: Vec<Hit> = cuts.iter().map(|(at, n)| cut(*at, (at + n).min(length))).collect();
            let chosen = choose(&hits, top_k, Context::default()).hits;
            prop_assert!(!chosen.is_empty() && chosen.len() <= usize::try_from(top_k).unwrap());
            for hit in chosen {
                let (start, end) = (usize::try_from(hit.start).unwrap(), usize::try_from(hit.end).unwrap());
                prop_assert_eq!(&*hit.text, TEXT.chars().skip(start).take(end - start).collect::<String>());
            }
        }
    }
}
