//! From the bytes of a source to the text that is stored, searched and cited.

use crate::ingest::chunk::TextKind;

/// Why no text can be had from a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    /// Not JSON, or not an object with a text.
    #[error("a JSON file must be an object with a text field")]
    NotTextJson,
    /// Nothing but white space.
    #[error("the document has no text")]
    Empty,
}

/// Which types are read, by their essence: parameters such as a charset are looked at separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentType {
    /// `text/plain`
    Plain,
    /// `text/markdown`
    Markdown,
    /// `application/json` with a `text` field
    Json,
}

impl ContentType {
    /// Understands a media type. A charset other than UTF-8 is refused.
    pub fn parse(media_type: &str) -> Result<Self, ExtractError> {
        let unsupported = || ExtractError::Unsupported(media_type.chars().take(100).collect());
        let mut parts = media_type.split(';').map(|p| p.trim().to_ascii_lowercase());
        let known = match parts.next().as_deref() {
            Some("text/plain") => Self::Plain,
            Some("text/markdown" | "text/x-markdown") => Self::Markdown,
            Some("application/json") => Self::Json,
            _ => return Err(unsupported()),
        };
        let foreign_charset = parts
            .filter_map(|p| p.strip_prefix("charset=").map(|c| c.trim_matches('"').to_owned()))
            .any(|c| !matches!(c.as_str(), "utf-8" | "utf8" | "us-ascii"));
        if foreign_charset { Err(unsupported()) } else { Ok(known) }
    }

    /// The media type without parameters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Json => "application/json",
        }
    }

    /// How its text is cut into chunks.
    #[must_use]
    pub fn text_kind(self) -> TextKind {
        match self {
            Self::Markdown => TextKind::Markdown,
            Self::Plain | Self::Json => TextKind::Plain,
        }
    }
}

/// The text of a source. It is stored as it is: offsets of citations count in it.
pub fn extract(content_type: ContentType, bytes: &[u8]) -> Result<String, ExtractError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = match content_type {
        ContentType::Plain | ContentType::Markdown => {
            std::str::from_utf8(bytes).map_err(|e| ExtractError::NotUtf8(e.valid_up_to()))?.to_owned()
        }
        ContentType::Json => text_field(bytes)?,
    };
    if text.contains('\0') {
        return Err(ExtractError::Nul);
    }
    if text.trim().is_empty() { Err(ExtractError::Empty) } else { Ok(text) }
}

fn text_field(bytes: &[u8]) -> Result<String, ExtractError> {
    #[derive(serde::Deserialize)]
    struct File {
        text: String,
    }
    // The library would also read a list as the fields in their order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(ExtractError::NotTextJson);
    }
    serde_json::from_slice::<File>(bytes).map(|f| f.text).map_err(|_| ExtractError::NotTextJson)
}

/// The first heading of a Markdown text, for a title; bounded.
#[must_use]
pub fn first_heading(text: &str) -> Option<String> {
    let line = text.lines().take(200).find_map(|l| l.strip_prefix('#'))?;
    let heading: String = line.trim_start_matches('#').trim().chars().take(200).collect();
    (!heading.is_empty()).then_some(heading)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn parameters_of_a_type_do_not_matter_unless_they_change_the_reading() {
        assert_eq!(ContentType::parse("text/plain; charset=utf-8"), Ok(ContentType::Plain));
        assert_eq!(ContentType::parse("Text/Markdown"), Ok(ContentType::Markdown));
        assert!(ContentType::parse("text/plain; charset=latin1").is_err());
        assert!(ContentType::parse("application/pdf").is_err());
        assert!(ContentType::parse("").is_err());
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        assert_eq!(extract(ContentType::Plain, b"ab\xff"), Err(ExtractError::NotUtf8(2)));
        assert_eq!(extract(ContentType::Plain, b" \n\t"), Err(ExtractError::Empty));
        assert_eq!(extract(ContentType::Plain, b"a\0b"), Err(ExtractError::Nul));
        for bad in [&b"{"[..], b"[]", b"{}", b"{\"text\": 5}", b"\"text\"", b"[\"text\"]"] {
            assert_eq!(extract(ContentType::Json, bad), Err(ExtractError::NotTextJson));
        }
        assert_eq!(extract(ContentType::Json, br#"{"text":"hi","x":1}"#).unwrap(), "hi");
        assert_eq!(extract(ContentType::Plain, b"\xEF\xBB\xBFhi").unwrap(), "hi");
    }

    #[test]
    fn a_title_is_the_first_heading() {
        assert_eq!(first_heading("intro\n## The  Title \n# x").as_deref(), Some("The  Title"));
        assert_eq!(first_heading("no heading"), None);
    }
}
