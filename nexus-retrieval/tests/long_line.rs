//! A text as large as files may be, in one line without a place to cut.
#![cfg(feature = "files")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use nexus_retrieval::{
    embed::{Embedder as _, HashEmbedder, Purpose},
    ingest::{
        chunk::{ChunkSettings, TextKind, chunk_up_to},
        extract::{ContentType, Limits, extract, sniff},
    },
};

const CHARS: usize = 20_000_000;

#[tokio::test]
async fn a_long_line_is_cut_and_embedded_like_any_text() {
    for unit in ["x", "word ", "語"] {
        let line: String = unit.chars().cycle().take(CHARS).collect();
        let found = sniff(line.as_bytes(), "text/plain", "line.txt").unwrap();
        let read = extract(found.content_type, &found.bytes, &Limits::default()).unwrap();
        let chunks = chunk_up_to(&read.text, TextKind::Markdown, &ChunkSettings::default(), 100_000).unwrap();
        let last = chunks.last().unwrap();
        assert_eq!(last.end, line.trim_end().chars().count());
        assert!(chunks.windows(2).all(|pair| pair[0].end >= pair[1].start && pair[0].end < pair[1].end));
        // The embedding of each is as much work as that of any other.
        let texts: Vec<String> = chunks.iter().step_by(50).map(|piece| piece.text.clone()).collect();
        let count = texts.len();
        assert_eq!(HashEmbedder::default().embed(texts, Purpose::Passage).await.unwrap().len(), count);
    }
    let longer = "x".repeat(CHARS + 1);
    let refused = extract(ContentType::Plain, longer.as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!(refused.reason(), "too_large");
    // Small chunks of a large text are refused before there are millions of them.
    let tiny = ChunkSettings { size_chars: 1, overlap_chars: 0 };
    assert!(chunk_up_to(&longer, TextKind::Plain, &tiny, 100_000).is_none());
}
