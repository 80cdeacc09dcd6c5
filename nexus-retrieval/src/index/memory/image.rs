//! A corpus in memory: everything that a search compares and shows, at one revision.

use std::{collections::BTreeMap, mem::size_of, sync::Arc};

use super::vectors::Vectors;
use crate::index::{Hit, Origin, bytes_of};

/// A document, as policies ask for it and passages show it.
pub(super) struct Document {
    pub(super) origin: Arc<Origin>,
    pub(super) status: String,
    pub(super) labels: BTreeMap<String, String>,
}

/// A passage.
pub(super) struct Passage {
    pub(super) id: i64,
    /// Its place among the documents.
    pub(super) document: u32,
    /// How many terms it has.
    pub(super) length: u32,
    /// As it is found, with no score.
    pub(super) shown: Hit,
}

/// That a term occurs in a passage, and how often.
#[derive(Clone, Copy)]
pub(super) struct Posting {
    pub(super) passage: u32,
    pub(super) freq: u32,
}

/// Terms in their order, in one text, each with where it and its postings end.
#[derive(Default)]
struct Terms {
    text: String,
    ends: Vec<(u32, u32)>,
    postings: Vec<Posting>,
}

/// A corpus at one revision. Documents are in the order of their ids, and so are passages.
pub(super) struct Image {
    pub(super) revision: i64,
    pub(super) documents: Vec<Document>,
    pub(super) passages: Vec<Passage>,
    /// Those of the passages, in their order.
    pub(super) vectors: Vectors,
    terms: Terms,
    bytes: usize,
}

impl Image {
    /// Nothing yet.
    pub(super) fn new(revision: i64, dimension: usize) -> Self {
        let (documents, passages, terms) = (Vec::new(), Vec::new(), Terms::default());
        Self { revision, documents, passages, vectors: Vectors::new(dimension), terms, bytes: 0 }
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a document that comes after the others.
    pub(super) fn file(&mut self, document: Document) {
        self.bytes += document.bytes();
        self.documents.push(document);
    }

    /// Adds a passage that comes after the others, and says whether its vector has the dimension of the corpus.
    pub(super) fn add(&mut self, passage: Passage, vector: impl ExactSizeIterator<Item = f32>) -> bool {
        if !self.vectors.push(vector) {
            return false;
        }
        self.bytes += passage.bytes() + self.vectors.bytes_each();
        self.passages.push(passage);
        true
    }

    /// Adds a term that comes after the others with its postings.
    pub(super) fn list(&mut self, term: &str, postings: impl Iterator<Item = (i64, i32)>) {
        let before = self.terms.postings.len();
        for (id, freq) in postings {
            if let Ok(passage) = self.passages.binary_search_by_key(&id, |passage| passage.id) {
                self.terms.postings.push(Posting { passage: narrow(passage), freq: freq.unsigned_abs() });
            }
        }
        self.terms.text.push_str(term);
        self.terms.ends.push((narrow(self.terms.text.len()), narrow(self.terms.postings.len())));
        let more = self.terms.postings.len() - before;
        self.bytes += term.len() + size_of::<(u32, u32)>() + more * size_of::<Posting>();
    }

    /// Where a term occurs.
    pub(super) fn postings(&self, term: &str) -> &[Posting] {
        let at = |n: usize| n.checked_sub(1).and_then(|n| self.terms.ends.get(n)).copied().unwrap_or_default();
        let (mut low, mut high) = (0, self.terms.ends.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let ((from, first), (to, last)) = (at(middle), at(middle + 1));
            let here = self.terms.text.get(wide(from)..wide(to)).unwrap_or_default();
            match here.cmp(term) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    return self.terms.postings.get(wide(first)..wide(last)).unwrap_or_default();
                }
            }
        }
        &[]
    }

    /// A passage as it is found, with its cosine to the question.
    pub(super) fn hit(&self, id: i64, vector: Option<&[f32]>) -> Option<Hit> {
        let at = self.passages.binary_search_by_key(&id, |passage| passage.id).ok()?;
        let score = vector.map_or(0.0, |vector| self.vectors.cosine(at, vector).clamp(0.0, 1.0));
        Some(Hit { score, ..self.passages.get(at)?.shown.clone() })
    }

    /// Gives room back that was taken ahead.
    pub(super) fn close(&mut self) {
        self.documents.shrink_to_fit();
        self.passages.shrink_to_fit();
        self.vectors.close();
        self.terms.text.shrink_to_fit();
        self.terms.ends.shrink_to_fit();
        self.terms.postings.shrink_to_fit();
    }
}

impl Document {
    fn bytes(&self) -> usize {
        let Origin { id, title, filename, content_type, metadata, content_hash } = &*self.origin;
        let texts = [id, title, filename, content_type, content_hash, &self.status];
        // Labels are small and many: twice what their text takes.
        let labels: usize = self.labels.iter().map(|(key, value)| 2 * (key.len() + value.len()) + 48).sum();
        let texts: usize = texts.into_iter().map(String::len).sum();
        size_of::<Self>() + size_of::<Origin>() + texts + labels + bytes_of(metadata)
    }
}

impl Passage {
    fn bytes(&self) -> usize {
        let Hit { heading, location, text, .. } = &self.shown;
        let turns = location.as_ref().map_or(0, |location| 128 * (location.turns.len() + 1));
        size_of::<Self>() + text.len() + heading.as_deref().map_or(0, str::len) + turns
    }
}

/// No corpus that is held has four thousand million of anything.
pub(super) fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

pub(super) fn wide(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
