//! A text to chunks: pieces of bounded length that follow the structure of the text, with exact offsets into it.
//!
//! Each chunk is a window of at most `size_chars` that ends at the best place it reaches: before a heading, else between
//! paragraphs, lines, sentences, words, clusters of characters, in that order of preference. Small paragraphs share a
//! chunk. The next window begins a little earlier than the last one ended, at the start of a sentence or a word. The work
//! grows with the length of the text and nothing else: every decision looks at one window.

mod cut;
mod outline;

use self::{cut::Window, outline::Outline};

/// The largest chunk that may be asked for, in characters.
pub const MAX_SIZE_CHARS: usize = 20_000;

/// How long chunks are and how much neighbours share, in Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkSettings {
    /// No chunk is longer.
    pub size_chars: usize,
    /// No chunk repeats more of the chunk before it; nor more than half of that chunk, which keeps the number of chunks
    /// proportional to the text.
    pub overlap_chars: usize,
}

impl Default for ChunkSettings {
    fn default() -> Self {
        Self { size_chars: 1200, overlap_chars: 150 }
    }
}

/// Settings that no text can be cut by. The sentences are stable: documents that failed show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChunkSettingsError {
    /// The size is zero or too large.
    #[error("chunk_size_chars must be between 1 and 20000")]
    Size,
    /// The overlap leaves no room for anything new.
    #[error("chunk_overlap_chars must be smaller than chunk_size_chars")]
    Overlap,
}

impl ChunkSettings {
    /// Checks the bounds.
    pub fn validate(&self) -> Result<(), ChunkSettingsError> {
        if self.overlap_chars >= self.size_chars {
            Err(ChunkSettingsError::Overlap)
        } else if self.size_chars > MAX_SIZE_CHARS {
            Err(ChunkSettingsError::Size)
        } else {
            Ok(())
        }
    }
}

/// What structure a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// Paragraphs and lines.
    Plain,
    /// Paragraphs, lines and headings.
    Markdown,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The position among the chunks of the text, from zero.
    pub index: usize,
    /// Where the chunk begins in the text, in Unicode scalar values.
    pub start: usize,
    /// Where it ends, exclusive.
    pub end: usize,
    /// Exactly the characters from `start` to `end`; neither the first nor the last is white space.
    pub text: String,
    /// The headings above the place where the chunk begins: `Guide > Install`.
    pub heading: Option<String>,
}

impl Chunk {
    /// What a model reads of the passage: what it is about stands above it, as it does for a reader of the document.
    #[must_use]
    pub fn in_context(&self, title: &str) -> String {
        let heading = self.heading.as_deref().unwrap_or_default();
        let title = if heading.starts_with(title) { "" } else { title };
        let above: Vec<&str> = [title, heading].into_iter().filter(|part| !part.is_empty()).collect();
        if above.is_empty() { self.text.clone() } else { format!("{}\n{}", above.join(" > "), self.text) }
    }
}

/// Cuts a text, unless it becomes more than `most` chunks.
#[must_use]
pub fn chunk_up_to(text: &str, kind: TextKind, settings: &ChunkSettings, most: usize) -> Option<Vec<Chunk>> {
    Some(chunks(text, kind, settings, most.saturating_add(1))).filter(|chunks| chunks.len() <= most)
}

/// Cuts a text. Every character that is not white space is in a chunk, and chunks are in the order of the text. Settings
/// that do not validate are taken as the nearest that do.
#[must_use]
pub fn chunk(text: &str, kind: TextKind, settings: &ChunkSettings) -> Vec<Chunk> {
    chunks(text, kind, settings, usize::MAX)
}

/// Cuts a text until there are `most` chunks.
fn chunks(text: &str, kind: TextKind, settings: &ChunkSettings, most: usize) -> Vec<Chunk> {
    let size = settings.size_chars.clamp(1, MAX_SIZE_CHARS);
    let mut outline = match kind {
        TextKind::Plain => Outline::default(),
        TextKind::Markdown => Outline::of(text),
    };
    let text = text.trim_end();
    let mut chunks = Vec::new();
    let mut place = Place::default();
    // Where the text begins that no chunk holds yet, in bytes.
    let mut fresh = 0_usize;
    loop {
        place = place.skip_whitespace(text);
        let Some(rest) = text.get(place.byte..).filter(|rest| !rest.is_empty()) else { return chunks };
        let window = Window::open(rest, size);
        let headings = outline.starts_within(place.byte, window.reach());
        let cut = window.choose(fresh.saturating_sub(place.byte), headings);
        let taken = rest.get(..cut.at).unwrap_or(rest);
        let piece = taken.trim_end();
        let end = place.past(piece);
        let heading = outline.path_at(place.byte);
        chunks.push(Chunk { index: chunks.len(), start: place.char, end: end.char, text: piece.to_owned(), heading });
        if cut.is_last || chunks.len() >= most {
            return chunks;
        }
        let next = place.past(taken).skip_whitespace(text);
        fresh = next.byte;
        // Across a wide gap the repeated text and the gap would leave the next chunk little room for anything new.
        let apart = cut.at_heading || next.char - end.char > size / 4;
        let repeat = if apart { 0 } else { settings.overlap_chars.min((end.char - place.char) / 2) };
        place = match cut::overlap(piece, repeat) {
            0 => next,
            bytes => end.back_over(piece, bytes),
        };
    }
}

/// The characters from `start` to `end` of a text, in Unicode scalar values; nothing when they are not all there.
#[must_use]
pub fn char_slice(text: &str, start: usize, end: usize) -> Option<&str> {
    let mut ends = text.char_indices().map(|(byte, _)| byte).chain([text.len()]);
    let from = ends.nth(start)?;
    let to = match end.checked_sub(start)? {
        0 => from,
        length => ends.nth(length - 1)?,
    };
    text.get(from..to)
}

/// A position in a text, counted both ways.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    byte: usize,
    char: usize,
}

impl Place {
    fn past(self, piece: &str) -> Self {
        Self { byte: self.byte + piece.len(), char: self.char + piece.chars().count() }
    }

    fn back_over(self, piece: &str, bytes: usize) -> Self {
        let chars = piece.get(piece.len() - bytes..).map_or(0, |tail| tail.chars().count());
        Self { byte: self.byte - bytes, char: self.char - chars }
    }

    fn skip_whitespace(self, text: &str) -> Self {
        let rest = text.get(self.byte..).unwrap_or_default();
        self.past(rest.get(..rest.len() - rest.trim_start().len()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]

    use super::*;

    fn texts(text: &str, kind: TextKind, size_chars: usize, overlap_chars: usize) -> Vec<String> {
        chunk(text, kind, &ChunkSettings { size_chars, overlap_chars }).into_iter().map(|chunk| chunk.text).collect()
    }

    #[test]
    fn small_paragraphs_share_a_chunk() {
        let text = "One.\n\nTwo.\n\nThree is longer.\n\nFour.";
        assert_eq!(texts(text, TextKind::Plain, 30, 0), ["One.\n\nTwo.\n\nThree is longer.", "Four."]);
    }

    #[test]
    fn a_long_paragraph_is_cut_between_sentences() {
        let text = "The first sentence is here. The second one is here. The third.";
        assert_eq!(
            texts(text, TextKind::Plain, 40, 0),
            ["The first sentence is here.", "The second one is here. The third."]
        );
    }

    #[test]
    fn a_wrapped_line_is_no_place_to_cut() {
        let text = "Mixed with water it\nbecomes thick and then\nvery hard.";
        assert_eq!(texts(text, TextKind::Plain, 30, 0)[0], "Mixed with water it\nbecomes");
    }

    #[test]
    fn the_overlap_begins_with_a_sentence_or_a_word() {
        let text = "Alpha beta gamma. Delta epsilon zeta. Eta theta iota. Kappa lambda mu.";
        let cut = texts(text, TextKind::Plain, 40, 20);
        assert_eq!(cut[0], "Alpha beta gamma. Delta epsilon zeta.");
        assert!(cut[1].starts_with("epsilon zeta. Eta"), "{cut:?}");
        let cut = texts(&"abcdefghij".repeat(10), TextKind::Plain, 40, 10);
        assert_eq!(cut[0].len(), 40);
        assert!(cut.iter().map(String::len).sum::<usize>() > 100, "{cut:?}");
    }

    #[test]
    fn clusters_stay_whole() {
        let family = "👩\u{200d}👩\u{200d}👧";
        for chunk in texts(&family.repeat(20), TextKind::Plain, 12, 6) {
            assert!(chunk.chars().count() % 5 == 0 && chunk.starts_with('👩'), "{chunk:?}");
        }
    }

    #[test]
    fn chunks_know_their_headings_and_begin_with_them() {
        let text = "Intro.\n\n# Guide #\n\nText one is here.\n\n## Install\n\nText two is here.\n\n```sh\n# no heading\n```\n\n\
                    Use\n===\n\nText three is here.";
        let chunks = chunk(text, TextKind::Markdown, &ChunkSettings { size_chars: 40, overlap_chars: 10 });
        let seen: Vec<_> = chunks.iter().map(|c| (c.text.lines().next().unwrap_or(""), c.heading.as_deref())).collect();
        assert_eq!(
            seen,
            [
                ("Intro.", None),
                ("## Install", Some("Guide > Install")),
                ("is here.", Some("Guide > Install")),
                ("Use", Some("Use")),
            ]
        );
        assert!(chunk(text, TextKind::Plain, &ChunkSettings::default()).iter().all(|c| c.heading.is_none()));
    }

    #[test]
    fn front_matter_and_rules_are_no_headings() {
        let text = "---\ntitle: x\n---\n\ntext\n\n---\n\n- item\n---\n\n#tag\n\n    # code\n";
        let chunks = chunk(text, TextKind::Markdown, &ChunkSettings::default());
        assert_eq!(chunks.len(), 1);
        assert_eq!(chunks[0].heading, None);
    }

    #[test]
    fn a_heading_path_is_bounded() {
        let text = format!("# {}\n\ntext", "x".repeat(5000));
        let chunks = chunk(&text, TextKind::Markdown, &ChunkSettings { size_chars: 1200, overlap_chars: 0 });
        assert!(chunks.iter().all(|c| c.heading.as_ref().is_none_or(|path| path.chars().count() <= 200)));
    }

    #[test]
    fn settings_have_bounds_and_stable_sentences() {
        let settings = |size_chars, overlap_chars| ChunkSettings { size_chars, overlap_chars };
        assert_eq!(settings(1200, 0).validate(), Ok(()));
        assert_eq!(settings(20_000, 19_999).validate(), Ok(()));
        assert_eq!(settings(20_001, 0).validate(), Err(ChunkSettingsError::Size));
        for wrong in [settings(0, 0), settings(100, 100), settings(100, 150)] {
            let error = wrong.validate().map_err(|error| error.to_string());
            assert_eq!(error, Err("chunk_overlap_chars must be smaller than chunk_size_chars".to_owned()));
        }
    }
}
