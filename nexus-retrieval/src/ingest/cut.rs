//! Cutting a text into what is stored of it.

use sha2::{Digest as _, Sha256};

use super::{
    chunk::{self, Chunk, ChunkSettings, TextKind},
    extract::Extracted,
    language::Language,
    location::Location,
    terms, to_u64,
};
use crate::index::store::NewChunk;

/// How the text of a document is cut, and what its passages are embedded and found with besides their own words.
pub(super) struct Cut {
    /// The title of the document.
    pub(super) title: String,
    /// The title as a model reads it above each passage; empty when it says nothing.
    pub(super) context: String,
    /// The language that the corpus was given, if it was.
    pub(super) language: Option<Language>,
    pub(super) kind: TextKind,
    pub(super) settings: ChunkSettings,
}

impl Cut {
    /// The passages of a text, without vectors, unless they are more than `most`.
    ///
    /// A large text takes seconds, which no async thread should be held for.
    pub(super) fn apply(&self, read: &Extracted, most: usize) -> Option<Vec<NewChunk>> {
        let pieces = chunk::chunk_up_to(&read.text, self.kind, &self.settings, most)?;
        let language = self.language.or_else(|| Language::of(&read.text)).unwrap_or(terms::DEFAULT);
        let passage = |piece: Chunk| NewChunk {
            terms: terms::of_passage(&piece.text, &self.title, piece.heading.as_deref(), language),
            location: Location::of(&read.marks, to_u64(piece.start), to_u64(piece.end)),
            embedded: Sha256::digest(piece.in_context(&self.context)).to_vec(),
            vector: Vec::new(),
            piece,
        };
        Some(pieces.into_iter().map(passage).collect())
    }
}
