//! Knobs of the embedding model, read here because where the local model lies is known here.

use std::path::Path;

use nexus_core::settings::Source;
use nexus_retrieval::embed::{EmbedSettings, Provider};

/// Reads the knobs; the local model is looked for in `model_dir` unless another folder is named.
pub(crate) fn embed(s: &mut Source, model_dir: &Path) -> EmbedSettings {
    let d = EmbedSettings::default();
    EmbedSettings {
        provider: s
            .choice(
                "EMBEDDING_PROVIDER",
                "minilm",
                &[
                    ("minilm", Provider::MiniLm),
                    ("local", Provider::MiniLm),
                    ("fake", Provider::Hash),
                    ("hash", Provider::Hash),
                    ("openai", Provider::OpenAi),
                ],
                "minilm: on this machine; hash: deterministic, for tests; openai: any compatible endpoint",
            )
            .unwrap_or(Provider::MiniLm),
        model_dir: s.path_or("NEXUS_MODEL_DIR", model_dir, "The folder of the local embedding model"),
        openai_base_url: s
            .text("OPENAI_BASE_URL", "An endpoint that speaks the OpenAI protocol.")
            .unwrap_or_else(|| d.openai_base_url.clone()),
        openai_api_key: s.secret("OPENAI_API_KEY", "The key for that endpoint."),
        openai_model: s.text_or("OPENAI_EMBEDDING_MODEL", &d.openai_model, "The embedding model of that endpoint"),
        openai_dimensions: s.number(
            "OPENAI_EMBEDDING_DIMENSIONS",
            d.openai_dimensions,
            1..=4000,
            "The length of its vectors",
        ),
        query_cache_entries: s.number(
            "EMBEDDING_QUERY_CACHE_ENTRIES",
            d.query_cache_entries,
            0..=10_000_000,
            "How many questions are remembered with their vectors",
        ),
        timeout: s.millis(
            "EMBEDDING_TIMEOUT_MS",
            30_000,
            100..=600_000,
            "How long that endpoint may take for pieces of a document, repetitions included",
        ),
        query_timeout: s.millis(
            "EMBEDDING_QUERY_TIMEOUT_MS",
            5_000,
            100..=60_000,
            "How long that endpoint may take for a question, repetitions included",
        ),
        threads: s.number("EMBEDDING_THREADS", d.threads, 1..=256, "Threads of the local model"),
        ..d
    }
}
