//! An answer to sound.
//!
//! A [`Speech`] turns text into MP3 bytes; an [`AudioStore`] keeps them encrypted and hands out links that expire. When
//! the speech endpoint is away the answer stays readable: only the sound is missing, and [`SpeechError`] says why.

use std::borrow::Cow;

use bytes::Bytes;
use futures::future::BoxFuture;
use nexus_core::problem::{Code, Kind, Problem};

mod audio;
mod fake;
mod link;
#[cfg(feature = "openai")]
mod openai;
mod settings;
mod voice;

#[cfg(feature = "openai")]
pub use self::openai::OpenAiSpeech;
pub use self::{
    audio::{AudioError, AudioStore},
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
    /// Anything else.
    #[error("speech failed: {0}")]
    Other(String),
}

impl Problem for SpeechError {
    fn kind(&self) -> Kind {
        match self {
            Self::ConfigMissing(_) => Kind::Unavailable,
            Self::Auth | Self::Other(_) => Kind::Upstream,
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::ConfigMissing(_) => Code::TtsConfigMissing,
            Self::Auth => Code::TtsAuth,
            Self::Other(_) => Code::Tts,
        }
    }

    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::ConfigMissing(what) => format!("Speech is not configured: {what}").into(),
            Self::Auth => "The speech provider refused the credential of this server".into(),
            Self::Other(_) => "The answer could not be read aloud".into(),
        }
    }
}
