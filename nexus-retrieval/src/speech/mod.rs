//! An answer to sound.
//!
//! A [`Speech`] turns text into MP3 bytes; an [`AudioStore`] keeps them encrypted and hands out links that expire. When
//! the speech endpoint is away the answer stays readable: only the sound is missing, and [`SpeechError`] says why.

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;
use futures::future::BoxFuture;
use nexus_core::{
    crypto::vault::VaultError,
    problem::{Code, Kind, Problem},
    resilience::{CallError, Setback, Verdict},
};

mod audio;
mod fake;
mod length;
mod link;
#[cfg(feature = "openai")]
mod openai;
mod settings;
mod voice;

pub(crate) use self::length::{length, longest};
#[cfg(feature = "openai")]
pub use self::openai::OpenAiSpeech;
pub use self::{
    audio::{AudioError, AudioStore, KIND},
    fake::{FakeSpeech, NoSpeech},
    link::LinkError,
    settings::{SpeechProvider, SpeechSettings, build},
    voice::{Audio, Voice},
};

/// The type of the sound that every provider makes.
pub const MIME: &str = "audio/mpeg";

/// Something that reads text aloud.
pub trait Speech: Send + Sync + 'static {
    /// The name of the provider, for records and metrics.
    fn provider(&self) -> &'static str;
    /// The sound of a text, as MP3. Dropping the future stops the request.
    fn speak(&self, text: &str) -> BoxFuture<'static, Result<Bytes, SpeechError>>;
}

/// A text that was not read aloud. The causes are for the log.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// Speech is not switched on, or lacks a setting.
    #[error("speech is not configured: {0}")]
    ConfigMissing(Cow<'static, str>),
    /// The endpoint does not accept the credential.
    #[error("the speech endpoint refused the credential")]
    Auth,
    /// The endpoint failed, cannot be reached or does not answer.
    #[error("the speech endpoint is not well: {0}")]
    Down(String),
    /// The endpoint asks for patience.
    #[error("throttled")]
    Throttled {
        /// For how long.
        retry_after: Option<Duration>,
    },
    /// The circuit breaker is open.
    #[error("the circuit breaker of speech is open")]
    Open {
        /// When the endpoint may be asked again.
        retry_after: Duration,
    },
    /// The sound was made and could not be sealed.
    #[error("the sound was not sealed: {0}")]
    Sealing(VaultError),
    /// Anything else.
    #[error("speech failed: {0}")]
    Other(String),
}

impl Problem for SpeechError {
    fn kind(&self) -> Kind {
        match self {
            Self::ConfigMissing(_) | Self::Open { .. } => Kind::Unavailable,
            Self::Sealing(error) => error.kind(),
            Self::Auth | Self::Down(_) | Self::Throttled { .. } | Self::Other(_) => Kind::Upstream,
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::ConfigMissing(_) => Code::TtsConfigMissing,
            Self::Auth => Code::TtsAuth,
            Self::Open { .. } => Code::IntegrationUnavailable,
            Self::Sealing(error) => error.code(),
            Self::Down(_) | Self::Throttled { .. } | Self::Other(_) => Code::Tts,
        }
    }

    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::ConfigMissing(what) => format!("Speech is not configured: {what}").into(),
            Self::Auth => "The speech provider refused the credential of this server".into(),
            Self::Open { .. } => "Speech is not available for now; try again later".into(),
            Self::Sealing(error) => error.message(),
            Self::Down(_) | Self::Throttled { .. } | Self::Other(_) => "The answer could not be read aloud".into(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Open { retry_after } => Some(*retry_after),
            Self::Throttled { retry_after } => *retry_after,
            Self::Sealing(error) => error.retry_after(),
            _ => None,
        }
    }
}

impl Setback for SpeechError {
    fn verdict(&self) -> Verdict {
        match self {
            Self::Down(_) => Verdict::Failed { retry_after: None },
            Self::Throttled { retry_after } => Verdict::Throttled { retry_after: *retry_after },
            _ => Verdict::Refused,
        }
    }
}

impl From<CallError<Self>> for SpeechError {
    fn from(error: CallError<Self>) -> Self {
        match error {
            CallError::Open { retry_after } => Self::Open { retry_after },
            CallError::Busy => Self::Other("too many texts at once".into()),
            CallError::Late => Self::Down("no answer in time".into()),
            CallError::Failed(error) => error,
        }
    }
}
