//! The formats that are read.

use serde::{Deserialize, Serialize};

use super::ExtractError;
use crate::ingest::chunk::TextKind;

/// What a source is, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContentType {
    /// `text/plain`
    Plain,
    /// `text/markdown`
    Markdown,
    /// `application/json`: an object with a `text`, any other value, or one on each line
    Json,
    /// `text/html`
    Html,
    /// `text/csv`
    Csv,
    /// `application/pdf`
    Pdf,
    /// A document of Word and its kin.
    Docx,
    /// Slides of `PowerPoint` and its kin.
    Pptx,
    /// Sheets of Excel and its kin.
    Xlsx,
    /// `message/rfc822`
    Email,
}

/// Every format with its media type, the other names that it goes by, and the endings of file names.
const FORMATS: [(ContentType, &str, &[&str], &[&str]); 10] = [
    (ContentType::Plain, "text/plain", &[], &["txt", "text", "log"]),
    (ContentType::Markdown, "text/markdown", &["text/x-markdown"], &["md", "markdown"]),
    (
        ContentType::Json,
        "application/json",
        &["text/json", "application/x-ndjson", "application/jsonl"],
        &["json", "jsonl", "ndjson"],
    ),
    (ContentType::Html, "text/html", &["application/xhtml+xml"], &["html", "htm", "xhtml"]),
    (ContentType::Csv, "text/csv", &["text/tab-separated-values", "application/csv"], &["csv", "tsv"]),
    (ContentType::Pdf, "application/pdf", &["application/x-pdf"], &["pdf"]),
    (
        ContentType::Docx,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        &["application/msword"],
        &["docx", "docm"],
    ),
    (
        ContentType::Pptx,
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        &["application/vnd.ms-powerpoint"],
        &["pptx", "pptm"],
    ),
    (
        ContentType::Xlsx,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        &["application/vnd.ms-excel"],
        &["xlsx", "xlsm"],
    ),
    (ContentType::Email, "message/rfc822", &["application/mbox"], &["eml"]),
];

impl ContentType {
    /// Understands the media type that is stored with a document.
    pub fn parse(media_type: &str) -> Result<Self, ExtractError> {
        Self::named(media_type).ok_or_else(|| ExtractError::unsupported(media_type))
    }

    /// The format that a media type names, whatever its parameters.
    #[must_use]
    pub fn named(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let found = FORMATS.iter().find(|(_, name, others, _)| *name == essence || others.contains(&essence.as_str()));
        found.map(|format| format.0)
    }

    /// The format that the ending of a file's name speaks of.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
        FORMATS.iter().find(|format| format.3.contains(&ending.as_str())).map(|format| format.0)
    }

    /// The media type without parameters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        FORMATS.iter().find(|format| format.0 == self).map_or("text/plain", |format| format.1)
    }

    /// How its text is cut into chunks.
    #[must_use]
    pub fn text_kind(self) -> TextKind {
        match self {
            Self::Plain | Self::Json | Self::Pdf => TextKind::Plain,
            // What is read from these is written down with headings and tables.
            _ => TextKind::Markdown,
        }
    }

    /// Whether its text is as good as the file itself: reading it costs little, and needs no other process.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Plain | Self::Markdown | Self::Json)
    }

    /// Whether the parser is one that should be kept apart from everything else: any that does more than to check a text.
    #[must_use]
    pub fn is_risky(self) -> bool {
        !self.is_text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_names() {
        for (format, media_type, others, endings) in FORMATS {
            assert_eq!(ContentType::parse(format.as_str()), Ok(format));
            assert_eq!(ContentType::named(&media_type.to_uppercase()), Some(format));
            assert!(others.iter().all(|name| ContentType::named(name) == Some(format)));
            assert!(endings.iter().all(|end| ContentType::of_name(&format!("A.b.{end}")) == Some(format)));
        }
        assert_eq!(ContentType::parse("text/plain; charset=utf-8"), Ok(ContentType::Plain));
        assert_eq!(ContentType::parse(""), Err(ExtractError::Unsupported(String::new())));
        assert_eq!(ContentType::of_name("README"), None);
    }
}
