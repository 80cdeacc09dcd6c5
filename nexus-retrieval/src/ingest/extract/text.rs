//! Texts that are stored as they are: plain, Markdown, and JSON with a text.

use super::{Budget, ContentType, ExtractError, Extracted, json};

/// The text of a source. It is stored as it is: offsets of citations count in it.
pub(super) fn read(content_type: ContentType, bytes: &[u8], budget: &Budget) -> Result<Extracted, ExtractError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let read = if content_type == ContentType::Json {
        json::read(bytes, budget)?
    } else {
        let text = std::str::from_utf8(bytes).map_err(|e| ExtractError::NotUtf8(e.valid_up_to()))?.to_owned();
        let title = if content_type == ContentType::Markdown { first_heading(&text) } else { None };
        Extracted { text, title, ..Extracted::default() }
    };
    let text = &read.text;
    if text.contains('\0') {
        return Err(ExtractError::Nul);
    }
    if text.len() > budget.limits.chars && text.chars().count() > budget.limits.chars {
        return Err(ExtractError::too_large("characters"));
    }
    Ok(read)
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
    use crate::ingest::extract::{Limits, extract};

    fn text(content_type: ContentType, bytes: &[u8]) -> Result<String, ExtractError> {
        extract(content_type, bytes, &Limits::default()).map(|extracted| extracted.text)
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        assert_eq!(text(ContentType::Plain, b"ab\xff"), Err(ExtractError::NotUtf8(2)));
        assert_eq!(text(ContentType::Plain, b" \n\t"), Err(ExtractError::Empty));
        assert_eq!(text(ContentType::Plain, b"a\0b"), Err(ExtractError::Nul));
        assert_eq!(text(ContentType::Json, br#"{"text":"hi","x":1}"#).unwrap(), "hi");
        assert_eq!(text(ContentType::Plain, b"\xEF\xBB\xBF  hi ").unwrap(), "  hi ");
    }

    #[test]
    fn a_text_that_is_too_long_is_refused_not_cut() {
        let limits = Limits { chars: 1000, ..Limits::default() };
        assert!(extract(ContentType::Plain, "ü".repeat(1000).as_bytes(), &limits).is_ok());
        let refused = extract(ContentType::Plain, "ü".repeat(1001).as_bytes(), &limits);
        assert_eq!(refused, Err(ExtractError::too_large("characters")));
    }

    #[test]
    fn a_title_is_the_first_heading() {
        assert_eq!(first_heading("intro\n## The  Title \n# x").as_deref(), Some("The  Title"));
        assert_eq!(first_heading("no heading"), None);
    }
}
