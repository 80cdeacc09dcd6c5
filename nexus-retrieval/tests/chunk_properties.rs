//! What holds for the chunks of any text whatever.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use nexus_retrieval::ingest::chunk::{Chunk, ChunkSettings, TextKind, char_slice, chunk};
use proptest::prelude::*;

/// Pieces that break chunkers: scripts without spaces, marks that combine, several kinds of line end, Markdown.
const PIECES: &[&str] = &[
    "word",
    "Sentence one. ",
    "Two! ",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "\r\n\r\n",
    "\t",
    "\u{c}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{a0}",
    "\u{3000}",
    "\u{feff}",
    "\u{200b}",
    "\u{200d}",
    "e\u{301}",
    "\u{301}",
    "👩\u{200d}👩\u{200d}👧",
    "🇫🇷",
    "🇩",
    "مرحبا بالعالم. ",
    "שלום ",
    "日本語の文章です。",
    "ภาษาไทย",
    "한국어",
    "# A\n",
    "## B\n\n",
    "### \n",
    "```\n",
    "~~~\n",
    "---\n",
    "===\n",
    "- item\n",
    "> quote\n",
    "| a | b |\n",
    "3.14",
    "e.g. ",
    "a:b",
    "'",
    "\0",
    "\u{10ffff}",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => (prop::sample::select(PIECES), 1_usize..80).prop_map(|(piece, times)| piece.repeat(times)),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn settings() -> impl Strategy<Value = ChunkSettings> {
    (1_usize..120)
        .prop_flat_map(|size| (Just(size), 0..size))
        .prop_map(|(size_chars, overlap_chars)| ChunkSettings { size_chars, overlap_chars })
}

fn kind() -> impl Strategy<Value = TextKind> {
    prop::sample::select(&[TextKind::Plain, TextKind::Markdown][..])
}

fn check(text: &str, settings: &ChunkSettings, chunks: &[Chunk]) {
    let chars: Vec<char> = text.chars().collect();
    let mut covered = 0;
    for (index, chunk) in chunks.iter().enumerate() {
        assert_eq!(chunk.index, index);
        assert!(chunk.start < chunk.end && chunk.end <= chars.len(), "offsets of {chunk:?}");
        assert_eq!(chunk.text, chars[chunk.start..chunk.end].iter().collect::<String>());
        assert_eq!(chunk.text, chunk.text.trim());
        assert!(chunk.end - chunk.start <= settings.size_chars, "{chunk:?} is too long");
        assert!(chunk.end > covered, "{chunk:?} brings nothing new");
        let repeated = covered.saturating_sub(chunk.start);
        assert!(repeated <= settings.overlap_chars, "{chunk:?} repeats {repeated}");
        if covered < chunk.start {
            assert!(chars[covered..chunk.start].iter().all(|c| c.is_whitespace()), "text lost before {chunk:?}");
        }
        if let Some(previous) = index.checked_sub(1) {
            assert!(chunks[previous].start < chunk.start);
        }
        covered = chunk.end;
    }
    assert!(chars[covered..].iter().all(|c| c.is_whitespace()), "text lost at the end");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn chunks_are_exact_bounded_ordered_and_complete(text in text(), settings in settings(), kind in kind()) {
        settings.validate().unwrap();
        check(&text, &settings, &chunk(&text, kind, &settings));
    }

    #[test]
    fn the_number_of_chunks_is_bounded_by_the_text(text in text(), settings in settings(), kind in kind()) {
        let count = chunk(&text, kind, &settings).len();
        prop_assert!(count <= 1 + 16 * text.chars().count() / settings.size_chars, "{count} chunks");
    }

    #[test]
    fn a_slice_is_what_iterating_says(text in ".{0,40}", start in 0_usize..45, length in 0_usize..45) {
        let chars: Vec<char> = text.chars().collect();
        let expected = chars.get(start..start + length).map(|part| part.iter().collect::<String>());
        prop_assert_eq!(char_slice(&text, start, start + length), expected.as_deref());
    }
}

/// Texts that make a careless chunker quadratic. Nothing is timed here; a quadratic one would not come back.
#[test]
fn long_and_monotonous_texts_come_back() {
    for piece in PIECES.iter().chain(&["a", "aaaa.", "[", "\"", "*a ", ".\n", "a\u{200d}", "1,", "# a\n\nb\n\n"]) {
        let text = piece.repeat(100_000 / piece.len());
        for kind in [TextKind::Plain, TextKind::Markdown] {
            for settings in [ChunkSettings::default(), ChunkSettings { size_chars: 20_000, overlap_chars: 19_999 }] {
                check(&text, &settings, &chunk(&text, kind, &settings));
            }
        }
    }
}

#[test]
fn an_inverted_slice_is_nothing() {
    assert_eq!(char_slice("abc", 2, 1), None);
    assert_eq!(char_slice("añb", 1, 2), Some("ñ"));
    assert_eq!(char_slice("", 0, 0), Some(""));
}
