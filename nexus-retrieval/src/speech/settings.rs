use std::{sync::Arc, time::Duration};

use nexus_core::settings::Source;
use secrecy::SecretString;

use super::{FakeSpeech, NoSpeech, Speech, SpeechError};

/// Who reads answers aloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SpeechProvider {
    /// Nobody.
    #[default]
    None,
    /// Fixed bytes, for tests.
    Fake,
    /// Any endpoint that speaks the `OpenAI` speech protocol.
    OpenAi,
}

/// Who reads answers aloud, and within which limits.
#[derive(Debug, Clone)]
pub struct SpeechSettings {
    /// Who reads.
    pub provider: SpeechProvider,
    /// The endpoint; `OpenAI` itself when absent.
    pub openai_base_url: Option<String>,
    /// The key.
    pub openai_api_key: Option<SecretString>,
    /// The speech model.
    pub openai_model: String,
    /// The voice.
    pub openai_voice: String,
    /// How long a text may take to be read.
    pub timeout: Duration,
    /// The most bytes of sound.
    pub max_bytes: usize,
    /// The most characters that are read; the rest of a longer text is left out.
    pub max_chars: usize,
    /// What links to sound begin with, up to and including the version.
    pub audio_base_url: String,
    /// How long a link to sound works.
    pub link_lifetime: Duration,
}

impl Default for SpeechSettings {
    fn default() -> Self {
        Self {
            provider: SpeechProvider::None,
            openai_base_url: None,
            openai_api_key: None,
            openai_model: "gpt-4o-mini-tts".to_owned(),
            openai_voice: "alloy".to_owned(),
            timeout: Duration::from_mins(1),
            max_bytes: 16 * 1024 * 1024,
            max_chars: 4_096,
            audio_base_url: "http://localhost:8000/v1".to_owned(),
            link_lifetime: Duration::from_hours(1),
        }
    }
}

impl SpeechSettings {
    /// Reads the knobs by their names.
    pub fn read(source: &mut Source) -> Self {
        let d = Self::default();
        let words =
            [("none", SpeechProvider::None), ("fake", SpeechProvider::Fake), ("openai", SpeechProvider::OpenAi)];
        Self {
            provider: source.choice("TTS_PROVIDER", "none", &words, "Who reads answers aloud.").unwrap_or_default(),
            openai_base_url: source.text("OPENAI_BASE_URL", "An endpoint that speaks the OpenAI protocol."),
            openai_api_key: source.secret("OPENAI_API_KEY", "The key for that endpoint."),
            openai_model: source.text_or("OPENAI_TTS_MODEL", &d.openai_model, "The speech model at that endpoint."),
            openai_voice: source.text_or("OPENAI_TTS_VOICE", &d.openai_voice, "The voice of that model."),
            timeout: source.seconds("TTS_TIMEOUT_S", 60, 1..=600, "How long a text may take to be read aloud."),
            max_bytes: source.number(
                "TTS_MAX_BYTES",
                d.max_bytes,
                1_024..=268_435_456,
                "The most bytes of sound for one answer.",
            ),
            max_chars: source.number(
                "TTS_MAX_CHARS",
                d.max_chars,
                1..=100_000,
                "The most characters of one answer that are read aloud.",
            ),
            audio_base_url: source.text_or(
                "AUDIO_BASE_URL",
                &d.audio_base_url,
                "What links to sound begin with, up to and including the version.",
            ),
            link_lifetime: source.seconds("AUDIO_LINK_TTL_S", 3_600, 1..=604_800, "How long a link to sound works."),
        }
    }
}

/// The voice that the settings name. A missing key is an error here, so that it shows at the start and not at the end of
/// the first answer.
pub fn build(settings: &SpeechSettings) -> Result<Arc<dyn Speech>, SpeechError> {
    match settings.provider {
        SpeechProvider::None => Ok(Arc::new(NoSpeech)),
        SpeechProvider::Fake => Ok(Arc::new(FakeSpeech)),
        #[cfg(feature = "openai")]
        SpeechProvider::OpenAi => Ok(Arc::new(super::OpenAiSpeech::new(settings)?)),
        #[cfg(not(feature = "openai"))]
        SpeechProvider::OpenAi => {
            Err(SpeechError::ConfigMissing("this server was built without support for openai".into()))
        }
    }
}
