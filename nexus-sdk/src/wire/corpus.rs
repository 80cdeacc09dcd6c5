//! Corpora: named collections of documents, each routed to one retrieval provider.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Object;

/// A collection of documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Corpus {
    /// The corpus' id, unique within its tenant.
    #[cfg_attr(feature = "schema", schema(example = "c1"))]
    pub id: String,
    /// The tenant that owns the corpus.
    #[cfg_attr(feature = "schema", schema(example = "t1"))]
    pub tenant_id: String,
    /// What people call it.
    #[cfg_attr(feature = "schema", schema(example = "Handbook"))]
    pub name: String,
    /// Which retrieval provider serves the corpus, and how.
    #[cfg_attr(feature = "schema", schema(value_type = Object, example = json!({"retrieval": {"provider": "local_pgvector", "top_k_default": 5}})))]
    pub provider_config_json: Object,
    /// The model whose vectors the corpus holds.
    #[cfg_attr(feature = "schema", schema(example = "all-MiniLM-L6-v2"))]
    pub embedding_model: String,
    /// The length of those vectors.
    #[cfg_attr(feature = "schema", schema(example = 384))]
    pub embedding_dimension: u32,
    /// When the corpus was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed; null when it never was.
    #[serde(default)]
    pub updated_at: Option<DateTime<Utc>>,
}

/// Asks for a new corpus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreateCorpus {
    /// The id to use; the server makes one when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(example = "c1"))]
    pub id: Option<String>,
    /// What people call it.
    #[cfg_attr(feature = "schema", schema(example = "Handbook"))]
    pub name: String,
    /// Which retrieval provider serves the corpus, and how; pgvector when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>, example = json!({"retrieval": {"provider": "local_pgvector", "top_k_default": 5}})))]
    pub provider_config_json: Option<Object>,
}

/// Changes a corpus; absent fields stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PatchCorpus {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(example = "Handbook 2026"))]
    pub name: Option<String>,
    /// The new provider settings; they replace the old ones as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>, example = json!({"retrieval": {"provider": "local_pgvector", "top_k_default": 8}})))]
    pub provider_config_json: Option<Object>,
}

/// A corpus whose documents are being processed anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CorpusReindexed {
    /// The corpus.
    #[cfg_attr(feature = "schema", schema(example = "c1"))]
    pub corpus_id: String,
    /// How many documents were queued.
    #[cfg_attr(feature = "schema", schema(example = 12))]
    pub queued: u64,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_corpus_reads_and_writes_the_same_json() {
        let literal = r#"{"id":"c1","tenant_id":"t1","name":"Handbook","provider_config_json":{"retrieval":{"provider":"local_pgvector","top_k_default":5}},"embedding_model":"hash","embedding_dimension":768,"created_at":"2026-01-02T03:04:05Z","updated_at":null}"#;
        let corpus: Corpus = serde_json::from_str(literal).unwrap();
        assert_eq!(serde_json::to_string(&corpus).unwrap(), literal);
    }

    #[test]
    fn requests_refuse_fields_they_do_not_know() {
        assert!(serde_json::from_str::<CreateCorpus>(r#"{"name":"x","tenant_id":"t2"}"#).is_err());
        assert!(serde_json::from_str::<PatchCorpus>(r#"{"title":"x"}"#).is_err());
        assert_eq!(serde_json::from_str::<PatchCorpus>("{}").unwrap(), PatchCorpus::default());
    }
}
