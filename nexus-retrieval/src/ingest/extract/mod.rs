//! From the bytes of a source to the text that is stored, searched and cited.
//!
//! What a source is, its content says ([`sniff()`]); what a client or a file name says is a hint. Reading is bounded in bytes,
//! counts, depth and time ([`Limits`]), and a file that cannot be read says why in a stable word ([`ExtractError::reason`]).
//! A parser that panics fails its file and nothing else. One that takes all memory or never ends can only be stopped from
//! outside, which is what [`isolate`] is for. Nothing here needs a backend.

mod draft;
mod format;
pub mod isolate;
mod json;
mod limits;
mod sniff;
mod table;
mod text;

#[cfg(feature = "files")]
mod csv;
#[cfg(feature = "files")]
mod email;
#[cfg(feature = "files")]
mod html;
#[cfg(feature = "files")]
mod office;
#[cfg(feature = "files")]
mod pdf;

use std::panic::{self, AssertUnwindSafe};

use serde::{Deserialize, Serialize};

use self::{draft::Draft, limits::Budget};
pub use self::{
    format::ContentType,
    limits::Limits,
    sniff::{Sniffed, sniff},
    text::first_heading,
};
use crate::ingest::location::Mark;

/// Why no text can be had from a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ExtractError {
    /// A type that is not read here.
    #[error("content type {0:?} is not supported")]
    Unsupported(String),
    /// Not UTF-8.
    #[error("the file is not valid UTF-8 (first bad byte at offset {0})")]
    NotUtf8(usize),
    /// A character that cannot be stored.
    #[error("the text contains a NUL character")]
    Nul,
    /// Not JSON.
    #[error("the file is not valid JSON")]
    NotTextJson,
    /// Nothing but white space.
    #[error("the document has no text")]
    Empty,
    /// A password is needed.
    #[error("the file is protected by a password")]
    Encrypted,
    /// Truncated, or otherwise not what its format says.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// More of something than the limits allow.
    #[error("the file has more {0} than are read")]
    TooLarge(String),
    /// Elements inside elements inside elements.
    #[error("the file is nested too deeply")]
    TooDeep,
    /// Far more comes out than went in.
    #[error("the file expands to far more than its own size")]
    Bomb,
    /// It took too long.
    #[error("reading the file took too long")]
    TimedOut,
    /// It took too much memory.
    #[error("reading the file took too much memory")]
    OutOfMemory,
    /// The parser broke down.
    #[error("the file could not be read")]
    Crashed,
}

impl ExtractError {
    /// The word that stays the same from version to version; reasons of failed documents begin with it.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Unsupported(_) => "unsupported_type",
            Self::NotUtf8(_) => "not_utf8",
            Self::Nul => "nul_character",
            Self::NotTextJson => "json_without_text",
            Self::Empty => "empty",
            Self::Encrypted => "encrypted",
            Self::Damaged(_) => "damaged",
            Self::TooLarge(_) => "too_large",
            Self::TooDeep => "nested_too_deep",
            Self::Bomb => "bomb",
            Self::TimedOut => "timed_out",
            Self::OutOfMemory => "out_of_memory",
            Self::Crashed => "crashed",
        }
    }

    fn unsupported(media_type: &str) -> Self {
        Self::Unsupported(media_type.chars().take(100).collect())
    }

    fn damaged(why: impl std::fmt::Display) -> Self {
        Self::Damaged(why.to_string().chars().filter(|c| !c.is_control()).take(200).collect())
    }

    fn too_large(what: &str) -> Self {
        Self::TooLarge(what.to_owned())
    }
}

/// What was read from a source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extracted {
    /// The text. Offsets of citations count in it.
    pub text: String,
    /// Where the places of the file begin in the text, in order.
    pub marks: Vec<Mark>,
    /// The title that the file gives itself.
    pub title: Option<String>,
    /// What could not be read, in sentences.
    pub notes: Vec<String>,
    /// Whether headings were written into it that the type of the file does not speak of.
    #[serde(default)]
    pub headed: bool,
}

/// The most notes that are kept.
const MAX_NOTES: usize = 20;

/// The text of a source, read in this process.
pub fn extract(content_type: ContentType, bytes: &[u8], limits: &Limits) -> Result<Extracted, ExtractError> {
    let budget = Budget::new(limits, bytes.len());
    // A parser that panics is one that met what it did not expect; it shares nothing with others that could be broken.
    let read = panic::catch_unwind(AssertUnwindSafe(|| read(content_type, bytes, &budget)));
    let mut extracted = read.unwrap_or(Err(ExtractError::Crashed))?;
    if extracted.text.trim().is_empty() {
        return Err(ExtractError::Empty);
    }
    extracted.notes.truncate(MAX_NOTES);
    extracted.title = extracted.title.map(|title| draft::one_line(&title)).filter(|title| !title.is_empty());
    Ok(extracted)
}

#[cfg(feature = "files")]
fn read(content_type: ContentType, bytes: &[u8], budget: &Budget) -> Result<Extracted, ExtractError> {
    match content_type {
        ContentType::Plain | ContentType::Markdown | ContentType::Json => text::read(content_type, bytes, budget),
        ContentType::Html => html::read(bytes, budget),
        ContentType::Csv => csv::read(bytes, budget),
        ContentType::Pdf => pdf::read(bytes, budget),
        ContentType::Docx | ContentType::Pptx | ContentType::Xlsx => office::read(content_type, bytes, budget),
        ContentType::Email => email::read(bytes, budget),
    }
}

#[cfg(not(feature = "files"))]
fn read(content_type: ContentType, bytes: &[u8], budget: &Budget) -> Result<Extracted, ExtractError> {
    match content_type {
        ContentType::Plain | ContentType::Markdown | ContentType::Json => text::read(content_type, bytes, budget),
        other => Err(ExtractError::unsupported(other.as_str())),
    }
}
