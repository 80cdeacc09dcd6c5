//! Knobs of documents.

use nexus_core::settings::Source;

use crate::ingest::{chunk::ChunkSettings, extract::Limits};

/// Rules for documents.
#[derive(Debug, Clone, Copy)]
pub struct DocumentSettings {
    /// How a document is cut when the client does not say.
    pub chunking: ChunkSettings,
    /// How often an ingestion job is tried.
    pub max_attempts: u32,
    /// How much work reading one file may be.
    pub limits: Limits,
    /// Whether risky files are read in processes of their own.
    pub isolated: bool,
}

impl Default for DocumentSettings {
    fn default() -> Self {
        Self { chunking: ChunkSettings::default(), max_attempts: 3, limits: Limits::default(), isolated: true }
    }
}

impl DocumentSettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        let chunking = ChunkSettings {
            size_chars: s.number("INGEST_CHUNK_SIZE_CHARS", 1200, 1..=20_000, "Characters of a chunk at most"),
            overlap_chars: s.number("INGEST_CHUNK_OVERLAP_CHARS", 150, 0..=19_999, "Characters that chunks share"),
        };
        if let Err(error) = chunking.validate() {
            s.refuse("INGEST_CHUNK_OVERLAP_CHARS", error.to_string());
        }
        let isolated = s.choice(
            "EXTRACT_ISOLATION",
            "process",
            &[("process", true), ("none", false)],
            "Whether files that are not plain text are read in a process each, or in the server itself",
        );
        Self {
            chunking,
            max_attempts: s.number("INGEST_MAX_RETRIES", 3, 1..=100, "How often an ingestion is tried"),
            limits: Limits::read(s),
            isolated: isolated.unwrap_or(true),
        }
    }
}
