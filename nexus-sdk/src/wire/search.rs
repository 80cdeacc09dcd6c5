//! Retrieval without an answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Citation;

/// Looks for passages of a corpus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SearchRequest {
    /// The question, or a few words.
    #[cfg_attr(feature = "schema", schema(min_length = 1, example = "Who approves routine changes?"))]
    pub query: String,
    /// How many passages, 1 to 50; the corpus' default when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 50, example = 5))]
    pub top_k: Option<u32>,
    /// Only passages of these documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<SearchFilter>,
}

/// Which documents to look at. All that is given has to hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SearchFilter {
    /// Labels by name, each with the text that it has to be or a list of texts of which it has to be one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = Object, example = json!({"team": ["red", "blue"]})))]
    pub labels: BTreeMap<String, Value>,
    /// Metadata by dotted path, each with a value that it has to be or contain, or a list of values of which one will do.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = Object, example = json!({"year": 2026})))]
    pub metadata: BTreeMap<String, Value>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SearchResults {
    /// The provider that was asked.
    #[cfg_attr(feature = "schema", schema(example = "local_pgvector"))]
    pub provider: String,
    /// Whole passages, best first, in the form in which answers cite them.
    pub items: Vec<Citation>,
}
