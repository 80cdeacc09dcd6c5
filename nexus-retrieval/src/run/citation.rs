//! What an answer rests on, in a form that a reader can check.

use serde_json::{Map, Value, json};

use crate::{index::Hit, ingest::location::Place};

/// A span of a stored document that the answer rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Citation {
    /// The number of the passage in the answer, as in `[1]`.
    pub index: usize,
    /// The document.
    pub document: String,
    /// Its title.
    pub title: String,
    /// Where the quote begins in the stored text, in characters.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
    /// Exactly the stored text between the two.
    pub quote: String,
    /// The SHA-256 of the whole stored text, in hex.
    pub content_hash: String,
    /// How well the passage fits the question, 0 to 1.
    pub score: f32,
    /// What else is known of the passage.
    pub metadata: Map<String, Value>,
}

impl Citation {
    /// Cites a whole passage.
    pub(super) fn of_passage(index: usize, hit: &Hit) -> Option<Self> {
        Self::of(index, hit, 0, hit.text.chars().count())
    }

    /// Cites the characters `start..end` of a passage; `None` when the span is not inside it.
    pub(super) fn of(index: usize, hit: &Hit, start: usize, end: usize) -> Option<Self> {
        let quote = span(&hit.text, start, end)?;
        let offset = |n: usize| hit.start + u64::try_from(n).unwrap_or(u64::MAX);
        let mut metadata = Map::from_iter([
            ("filename".to_owned(), json!(hit.origin.filename)),
            ("content_type".to_owned(), json!(hit.origin.content_type)),
            ("offset_start".to_owned(), json!(hit.start)),
            ("offset_end".to_owned(), json!(hit.end)),
        ]);
        let place = hit.location.as_ref().map(|location| location.at(offset(start)));
        if let Some(place) = place.filter(|place| **place != Place::default()) {
            metadata.insert("location".to_owned(), json!(place));
        }
        if !hit.origin.metadata.is_empty() {
            metadata.insert("document_metadata".to_owned(), Value::Object(hit.origin.metadata.clone()));
        }
        Some(Self {
            index,
            document: hit.origin.id.clone(),
            title: hit.origin.title.clone(),
            start: offset(start),
            end: offset(end),
            quote: quote.to_owned(),
            content_hash: hit.origin.content_hash.clone(),
            score: hit.score,
            metadata,
        })
    }

    /// The reference that is kept with the conversation: ids and offsets, no text.
    pub(super) fn reference(&self) -> Value {
        json!({
            "index": self.index,
            "document_id": self.document,
            "start": self.start,
            "end": self.end,
            "content_hash": self.content_hash,
            "score": self.score,
        })
    }
}

/// The characters `start..end` of a text, if it has as many and there are any.
fn span(text: &str, start: usize, end: usize) -> Option<&str> {
    let rest = after(text, start)?;
    let behind = after(rest, end.checked_sub(start).filter(|length| *length > 0)?)?;
    rest.get(..rest.len() - behind.len())
}

/// What follows so many characters.
fn after(text: &str, count: usize) -> Option<&str> {
    let mut chars = text.chars();
    if let Some(last) = count.checked_sub(1) {
        chars.nth(last)?;
    }
    Some(chars.as_str())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn hit(text: &str) -> Hit {
        crate::index::tests::hit("d", 10, text)
    }

    #[test]
    fn offsets_count_characters_of_the_document() {
        let citation = Citation::of(1, &hit("naïve café — 東京"), 6, 10).unwrap();
        assert_eq!((citation.quote.as_str(), citation.start, citation.end), ("café", 16, 20));
    }

    #[test]
    fn the_place_is_that_of_the_quote_not_of_the_passage() {
        use crate::ingest::location::{Location, Mark};
        let turns = vec![Mark { at: 14, place: Place::page(8) }];
        let hit = Hit { location: Some(Location { place: Place::page(7), turns }.into()), ..hit("abcdefgh") };
        let page = |start, end| Citation::of(1, &hit, start, end).unwrap().metadata.get("location").cloned();
        assert_eq!(page(0, 8), Some(json!({ "page": 7 })));
        assert_eq!(page(4, 8), Some(json!({ "page": 8 })));
    }

    #[test]
    fn a_span_outside_of_the_passage_is_no_citation() {
        assert!(Citation::of(1, &hit("abc"), 0, 4).is_none());
        assert!(Citation::of(1, &hit("abc"), 2, 2).is_none());
    }
}
