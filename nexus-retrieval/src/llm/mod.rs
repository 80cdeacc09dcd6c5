//! Passages to an answer.
//!
//! A model sees only passages that the caller may read, and answers in [`Piece`]s. The default, [`Extractive`], needs no
//! network and quotes the passages; the others call a model endpoint. When that endpoint is away the stream ends with an
//! [`LlmError`] that says so: there is no silent change to another model. Dropping the stream closes the connection.

use std::sync::Arc;

use futures::stream::BoxStream;
use nexus_core::resilience::Integrations;

use crate::index::Hit;

#[cfg(any(feature = "openai", feature = "vertex"))]
mod answer;
#[cfg(any(feature = "openai", feature = "vertex"))]
mod citations;
mod error;
mod extractive;
mod fake;
#[cfg(any(feature = "openai", feature = "vertex"))]
mod frames;
#[cfg(feature = "openai")]
mod openai;
mod prompt;
mod settings;
#[cfg(any(feature = "openai", feature = "vertex"))]
pub(crate) mod upstream;
#[cfg(feature = "vertex")]
mod vertex;

#[cfg(feature = "openai")]
pub use self::openai::OpenAi;
#[cfg(feature = "vertex")]
pub use self::vertex::Vertex;
pub use self::{
    error::{Fault, LlmError},
    extractive::{Extractive, NO_ANSWER},
    fake::Fake,
    prompt::{Limits, Messages, SYSTEM},
    settings::{LlmSettings, Provider, build},
};

/// Who said something earlier in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The person who asks.
    User,
    /// This platform.
    Assistant,
}

/// An earlier message of the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who said it.
    pub speaker: Speaker,
    /// What was said.
    pub text: String,
}

/// Everything a model needs for one answer.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// Passages that the caller may read, best first; the answer cites them as `[1]`, `[2]` and so on.
    pub passages: Arc<[Hit]>,
    /// Earlier turns, oldest first, without the question.
    pub history: Vec<Turn>,
    /// The question.
    pub question: String,
    /// The most tokens that may be generated.
    pub max_output_tokens: u32,
}

/// What an answer consumed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens that the model read.
    pub input_tokens: u32,
    /// Tokens that the model wrote.
    pub output_tokens: u32,
    /// Whether the figures are computed from text lengths because the provider reported none.
    pub estimated: bool,
}

impl Usage {
    /// Four characters to a token, rounded up.
    #[must_use]
    pub fn estimate(input_chars: usize, output_chars: usize) -> Self {
        let tokens = |chars: usize| u32::try_from(chars.div_ceil(CHARS_PER_TOKEN)).unwrap_or(u32::MAX);
        Self { input_tokens: tokens(input_chars), output_tokens: tokens(output_chars), estimated: true }
    }
}

/// The ratio behind every estimate of tokens from text.
pub(crate) const CHARS_PER_TOKEN: usize = 4;

/// A part of an answer, in the order in which it is produced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text to show.
    Delta(String),
    /// The text just sent rests on this span of a passage; offsets are characters within the passage's text.
    Quote {
        /// Index into [`Prompt::passages`].
        passage: usize,
        /// The first character.
        start: usize,
        /// One past the last character.
        end: usize,
    },
    /// What it consumed so far; the last one counts.
    Usage(Usage),
}

/// Something that writes answers.
pub trait Llm: Send + Sync + 'static {
    /// The name of the provider, for records and metrics.
    fn provider(&self) -> &'static str;
    /// The name of the model, for records and metrics.
    fn model(&self) -> &str;
    /// Lets calls to others go by the breakers of an installation. What runs in this process calls nobody.
    fn connect(&self, _: &Integrations) {}
    /// The length of what it will be sent of a prompt, in characters.
    fn reads(&self, prompt: &Prompt) -> usize {
        prompt.chars()
    }
    /// Starts an answer. Nothing happens before the stream is polled, and dropping it stops the model.
    fn generate(&self, prompt: Prompt) -> BoxStream<'static, Result<Piece, LlmError>>;
}
