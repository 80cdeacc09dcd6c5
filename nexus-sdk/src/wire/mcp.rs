//! What the tools of the Model Context Protocol take and give.

use serde::{Deserialize, Serialize};

use super::{ChatUsage, Citation, Corpus, Document, DocumentText, SearchFilter};

/// Lists corpora.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ToolListCorpora {
    /// How many at most, 1 to 500; 100 when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 500))]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// Corpora, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ToolCorpora {
    /// The corpora.
    pub corpora: Vec<Corpus>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

/// Looks for passages of a corpus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ToolSearch {
    /// The corpus to search.
    pub corpus_id: String,
    /// The question, or a few words.
    #[cfg_attr(feature = "schema", schema(min_length = 1))]
    pub query: String,
    /// How many passages, 1 to 50; the corpus' default when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 50))]
    pub top_k: Option<u32>,
    /// Only passages of these documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<SearchFilter>,
}

/// Asks a question of a corpus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ToolAsk {
    /// The corpus to answer from.
    pub corpus_id: String,
    /// The question.
    #[cfg_attr(feature = "schema", schema(min_length = 1))]
    pub question: String,
    /// The conversation to go on with, as an earlier answer named it; a new one when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// How many passages to look at, 1 to 50; the corpus' default when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 50))]
    pub top_k: Option<u32>,
}

/// An answer with what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ToolAnswer {
    /// The run, as in the audit log and in its receipt.
    pub run_id: String,
    /// The conversation.
    pub session_id: String,
    /// The answer. Numbers in square brackets refer to citations.
    pub text: String,
    /// What it rests on.
    pub citations: Vec<Citation>,
    /// What it used.
    pub usage: ChatUsage,
}

/// Reads a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ToolGetDocument {
    /// The document.
    pub document_id: String,
    /// The first character; the beginning when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<u64>,
    /// One past the last character; at most 100,000 after the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<u64>,
}

/// A document with a span of its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ToolDocument {
    /// What is known of it.
    pub document: Document,
    /// The text that was asked for; null while the document is not processed.
    pub text: Option<DocumentText>,
}
