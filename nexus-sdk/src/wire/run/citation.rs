//! Citations: what an answer rests on, in a form a reader can check.

use serde::{Deserialize, Serialize};

use crate::wire::Object;

/// One passage the answer rests on.
///
/// For ingested documents, a reader can check it: fetch the stored text, compare its SHA-256 with `content_hash`, and
/// the characters from `start` to `end` are exactly `quote`. Passages of other retrieval providers carry what the
/// provider says and null for the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Citation {
    /// The number by which the answer's text refers to the passage, as in `[1]`; counted from 1.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(minimum = 1, example = 1))]
    pub index: u32,
    /// Where the passage comes from; `document://<id>` for ingested documents.
    #[cfg_attr(feature = "schema", schema(example = "document://doc-1"))]
    pub source: String,
    /// How well the passage fits the question, 0 to 1.
    #[cfg_attr(feature = "schema", schema(minimum = 0, maximum = 1, example = 0.83))]
    pub score: f64,
    /// `filename`, `content_type`, `offset_start`, `offset_end` and, if there is any, `document_metadata`; where the
    /// quote stands in its file as `location`, with as much as is known of `page`, `slide`, `sheet`, `part` and
    /// `heading`; for other providers whatever they attach.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = Object, example = json!({"filename": "handbook.md", "content_type": "text/markdown", "offset_start": 0, "offset_end": 31})))]
    pub metadata: Object,
    /// The document's id.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(example = "doc-1"))]
    pub document_id: Option<String>,
    /// The document's title.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(example = "Leave"))]
    pub title: Option<String>,
    /// Where the quote begins, in Unicode scalar values from the start of the stored text.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(example = 0))]
    pub start: Option<u64>,
    /// Where the quote ends, exclusive, counted likewise.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(example = 31))]
    pub end: Option<u64>,
    /// Exactly the text between `start` and `end`.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(example = "Leave requests go to your lead."))]
    pub quote: String,
    /// The lower-case hexadecimal SHA-256 of the whole stored text.
    #[serde(default)]
    #[cfg_attr(
        feature = "schema",
        schema(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    )]
    pub content_hash: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_citation_reads_and_writes_the_same_json() {
        let literal = r#"{"index":1,"source":"document://d1","score":0.5,"metadata":{"content_type":"text/plain","filename":"a.txt","offset_end":4,"offset_start":0},"document_id":"d1","title":null,"start":0,"end":4,"quote":"text","content_hash":"ab"}"#;
        let citation: Citation = serde_json::from_str(literal).unwrap();
        assert_eq!(serde_json::to_string(&citation).unwrap(), literal);
    }

    #[test]
    fn a_citation_with_only_the_oldest_fields_still_reads() {
        let literal = r#"{"source":"s3://bucket/a.pdf","score":1,"metadata":{}}"#;
        let citation: Citation = serde_json::from_str(literal).unwrap();
        assert_eq!((citation.document_id, citation.start), (None, None));
    }
}
