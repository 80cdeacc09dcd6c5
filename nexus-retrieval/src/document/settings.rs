//! Knobs of documents.

use nexus_core::{settings::Source, slots};

use crate::ingest::{chunk::ChunkSettings, extract::Limits};

const TENANT_INTAKE: &str = "INGEST_TENANT_MAX_CONCURRENCY";
/// How many documents are taken in at once where nobody says.
const INTAKE: usize = 32;

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
    /// How many documents are taken in at once in this process.
    pub intake: usize,
    /// How many of them one tenant may have.
    pub tenant_intake: usize,
}

impl Default for DocumentSettings {
    fn default() -> Self {
        Self {
            chunking: ChunkSettings::default(),
            max_attempts: 3,
            limits: Limits::default(),
            isolated: true,
            intake: INTAKE,
            tenant_intake: slots::share(INTAKE),
        }
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
        let intake = s.number(
            "INGEST_BULKHEAD_MAX_CONCURRENCY",
            INTAKE,
            1..=100_000,
            "Uploads, texts and reindexings that one process accepts at once; each may hold its file in memory",
        );
        let tenant_intake = s.number(
            TENANT_INTAKE,
            slots::share(intake),
            1..=100_000,
            "How many of them are of one tenant; three quarters of all by default",
        );
        if tenant_intake > intake {
            s.refuse(TENANT_INTAKE, format!("must be at most {intake}, the number of all at once"));
        }
        Self {
            chunking,
            max_attempts: s.number("INGEST_MAX_RETRIES", 3, 1..=100, "How often an ingestion is tried"),
            limits: Limits::read(s),
            isolated: isolated.unwrap_or(true),
            intake,
            tenant_intake,
        }
    }
}
