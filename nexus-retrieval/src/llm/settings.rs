use std::{fmt, sync::Arc, time::Duration};

use nexus_core::settings::Source;
use secrecy::SecretString;

#[cfg(not(all(feature = "openai", feature = "vertex")))]
use super::Fault;
use super::{Extractive, Fake, Llm, LlmError};
use crate::embed::Embedder;

/// Who writes the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Provider {
    /// Quotes from the passages, no network.
    #[default]
    Extractive,
    /// A fixed sentence, for tests.
    Fake,
    /// Any endpoint that speaks the `OpenAI` chat protocol.
    OpenAi,
    /// Gemini on Vertex AI.
    Vertex,
}

impl Provider {
    /// The name in settings, records and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Extractive => "extractive",
            Self::Fake => "fake",
            Self::OpenAi => "openai",
            Self::Vertex => "vertex",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which model answers, and how long it may take.
#[derive(Debug, Clone)]
pub struct LlmSettings {
    /// Who writes the answers.
    pub provider: Provider,
    /// The endpoint; `OpenAI` itself when absent.
    pub openai_base_url: Option<String>,
    /// The key; endpoints other than `OpenAI` itself may do without.
    pub openai_api_key: Option<SecretString>,
    /// The model at that endpoint.
    pub openai_model: String,
    /// The Google Cloud project.
    pub google_project: Option<String>,
    /// The Google Cloud location.
    pub google_location: Option<String>,
    /// The Gemini model.
    pub gemini_model: String,
    /// Another address for Vertex AI, such as a private endpoint or a test double.
    pub vertex_endpoint: Option<String>,
    /// A fixed bearer token instead of application default credentials.
    pub vertex_access_token: Option<SecretString>,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long the first byte of the answer may take, retries included.
    pub first_byte_timeout: Duration,
    /// How long the endpoint may stay silent in the middle of an answer.
    pub idle_timeout: Duration,
    /// How long a whole answer may take.
    pub total_timeout: Duration,
    /// The most tokens of an answer; a prompt can only lower it.
    pub max_output_tokens: u32,
    /// The most characters of passages that are sent to a model.
    pub max_source_chars: usize,
    /// A pause before each word of the fake model.
    pub fake_delay: Duration,
}

impl Default for LlmSettings {
    fn default() -> Self {
        Self {
            provider: Provider::Extractive,
            openai_base_url: None,
            openai_api_key: None,
            openai_model: "gpt-4o-mini".to_owned(),
            google_project: None,
            google_location: None,
            gemini_model: "gemini-2.0-flash-001".to_owned(),
            vertex_endpoint: None,
            vertex_access_token: None,
            connect_timeout: Duration::from_secs(5),
            first_byte_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(20),
            total_timeout: Duration::from_secs(90),
            max_output_tokens: 1024,
            max_source_chars: 40_000,
            fake_delay: Duration::ZERO,
        }
    }
}

impl LlmSettings {
    /// Reads the knobs by their names.
    pub fn read(source: &mut Source) -> Self {
        let d = Self::default();
        let providers = [Provider::Extractive, Provider::Fake, Provider::OpenAi, Provider::Vertex];
        Self {
            provider: source
                .choice("LLM_PROVIDER", "extractive", &providers.map(|p| (p.as_str(), p)), "Who writes the answers.")
                .unwrap_or_default(),
            openai_base_url: source.text("OPENAI_BASE_URL", "An endpoint that speaks the OpenAI protocol."),
            openai_api_key: source.secret("OPENAI_API_KEY", "The key for that endpoint."),
            openai_model: source.text_or("OPENAI_MODEL", &d.openai_model, "The chat model at that endpoint."),
            google_project: source.text("GOOGLE_CLOUD_PROJECT", "The Google Cloud project for Vertex AI."),
            google_location: source.text("GOOGLE_CLOUD_LOCATION", "The Google Cloud location for Vertex AI."),
            gemini_model: source.text_or("GEMINI_MODEL", &d.gemini_model, "The Gemini model on Vertex AI."),
            vertex_endpoint: source.text("VERTEX_ENDPOINT", "Another address for Vertex AI."),
            vertex_access_token: source
                .secret("VERTEX_ACCESS_TOKEN", "A fixed bearer token instead of application default credentials."),
            connect_timeout: source.millis(
                "LLM_CONNECT_TIMEOUT_MS",
                5_000,
                100..=60_000,
                "How long connecting to the model may take.",
            ),
            first_byte_timeout: source.millis(
                "LLM_FIRST_BYTE_TIMEOUT_MS",
                30_000,
                100..=600_000,
                "How long the first byte of an answer may take.",
            ),
            idle_timeout: source.millis(
                "LLM_IDLE_TIMEOUT_MS",
                20_000,
                100..=600_000,
                "How long the model may stay silent in the middle of an answer.",
            ),
            total_timeout: source.seconds(
                "VERTEX_STREAM_TIMEOUT_S",
                90,
                1..=3_600,
                "How long a whole answer may take.",
            ),
            max_output_tokens: source.number(
                "LLM_MAX_OUTPUT_TOKENS",
                d.max_output_tokens,
                1..=65_536,
                "The most tokens of an answer.",
            ),
            max_source_chars: source.number(
                "LLM_MAX_SOURCE_CHARS",
                d.max_source_chars,
                1_000..=1_000_000,
                "The most characters of passages that are sent to a model.",
            ),
            fake_delay: source.millis(
                "LLM_FAKE_DELAY_MS",
                0,
                0..=60_000,
                "A pause before each word of the fake model.",
            ),
        }
    }
}

/// The model that the settings name, or what is missing for it. Answers that quote also compare meanings when there is a
/// local embedding model, which is quick enough to be asked for every answer.
pub fn build(settings: &LlmSettings, local: Option<Arc<dyn Embedder>>) -> Result<Arc<dyn Llm>, LlmError> {
    match settings.provider {
        Provider::Extractive => Ok(Arc::new(local.map(Extractive::with_embedder).unwrap_or_default())),
        Provider::Fake => Ok(Arc::new(Fake::with_delay(settings.fake_delay))),
        #[cfg(feature = "openai")]
        Provider::OpenAi => Ok(Arc::new(super::OpenAi::new(settings)?)),
        #[cfg(feature = "vertex")]
        Provider::Vertex => Ok(Arc::new(super::Vertex::new(settings)?)),
        #[cfg(not(all(feature = "openai", feature = "vertex")))]
        other => Err(Fault::ConfigMissing(format!("this server was built without support for {other}")).of(other)),
    }
}
