//! Which model turns texts into vectors, and its knobs.

use std::{num::NonZeroUsize, path::PathBuf, sync::Arc, thread, time::Duration};

use secrecy::SecretString;

use super::{EmbedError, Embedder, HashEmbedder, QueryCache};

/// Where vectors come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Provider {
    /// all-MiniLM-L6-v2 in this process.
    #[default]
    MiniLm,
    /// Hashed words: deterministic and blind to meaning.
    Hash,
    /// An endpoint of the `OpenAI` protocol.
    OpenAi,
}

/// The knobs of embedding.
#[derive(Debug, Clone)]
pub struct EmbedSettings {
    /// Where vectors come from.
    pub provider: Provider,
    /// The folder of the local model.
    pub model_dir: PathBuf,
    /// The threads of the local model.
    pub threads: usize,
    /// The endpoint, up to and without `/embeddings`.
    pub openai_base_url: String,
    /// The key of the endpoint; without one no credential is sent, as local servers expect.
    pub openai_api_key: Option<SecretString>,
    /// The model of the endpoint.
    pub openai_model: String,
    /// The length of its vectors.
    pub openai_dimensions: usize,
    /// Whether to ask for that length. Models of fixed length may refuse to be asked.
    pub openai_send_dimensions: bool,
    /// How long a request with pieces of documents may take, repetitions included.
    pub timeout: Duration,
    /// How long a question may take, repetitions included: somebody waits for it.
    pub query_timeout: Duration,
    /// How often a request is tried in all.
    pub max_attempts: u32,
    /// How many questions are remembered with their vectors; none with zero.
    pub query_cache_entries: u64,
}

impl Default for EmbedSettings {
    fn default() -> Self {
        Self {
            provider: Provider::default(),
            model_dir: "models/all-MiniLM-L6-v2".into(),
            threads: thread::available_parallelism().map_or(2, NonZeroUsize::get).min(8),
            openai_base_url: "https://api.openai.com/v1".to_owned(),
            openai_api_key: None,
            openai_model: "text-embedding-3-small".to_owned(),
            openai_dimensions: 768,
            openai_send_dimensions: true,
            timeout: Duration::from_secs(30),
            query_timeout: Duration::from_secs(5),
            max_attempts: 3,
            query_cache_entries: 4096,
        }
    }
}

/// Makes the embedder that the settings describe. Reads the local model, which takes a moment: not for an async thread.
pub fn build(settings: &EmbedSettings) -> Result<Arc<dyn Embedder>, EmbedError> {
    match settings.provider {
        // Hashing is quicker than looking something up.
        Provider::Hash => Ok(Arc::new(HashEmbedder::default())),
        Provider::MiniLm => Ok(cached(mini_lm(settings)?, settings)),
        Provider::OpenAi => Ok(cached(open_ai(settings)?, settings)),
    }
}

fn cached(embedder: Arc<dyn Embedder>, settings: &EmbedSettings) -> Arc<dyn Embedder> {
    match settings.query_cache_entries {
        0 => embedder,
        entries => Arc::new(QueryCache::new(embedder, entries)),
    }
}

#[cfg(feature = "minilm")]
fn mini_lm(settings: &EmbedSettings) -> Result<Arc<dyn Embedder>, EmbedError> {
    Ok(Arc::new(super::minilm::MiniLm::load(&settings.model_dir, settings.threads)?))
}

#[cfg(not(feature = "minilm"))]
fn mini_lm(_: &EmbedSettings) -> Result<Arc<dyn Embedder>, EmbedError> {
    Err(EmbedError::NotConfigured { what: "this build was made without the local model".to_owned() })
}

#[cfg(feature = "openai")]
fn open_ai(settings: &EmbedSettings) -> Result<Arc<dyn Embedder>, EmbedError> {
    Ok(Arc::new(super::openai::OpenAiEmbedder::new(settings)?))
}

#[cfg(not(feature = "openai"))]
fn open_ai(_: &EmbedSettings) -> Result<Arc<dyn Embedder>, EmbedError> {
    Err(EmbedError::NotConfigured { what: "this build was made without the OpenAI protocol".to_owned() })
}
