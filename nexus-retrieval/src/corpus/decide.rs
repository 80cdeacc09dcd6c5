//! What a provider configuration means.

use nexus_core::text::is_storable_json;
use serde_json::{Map, Value, json};

use crate::index::{SearchSettings, SearchSettingsError};

/// How many passages a run asks for when neither the client nor the corpus says.
pub const DEFAULT_TOP_K: u32 = 5;
/// The most passages a run may ask for.
pub const MAX_TOP_K: u32 = 50;
/// The largest configuration, in bytes of JSON.
const MAX_BYTES: usize = 16 * 1024;

/// Where the passages of a corpus come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Routing {
    /// The provider with what it needs.
    pub provider: Provider,
    /// How many passages a run asks for when the client does not say.
    pub top_k_default: u32,
    /// How our own index is searched.
    pub search: SearchSettings,
}

/// A retrieval provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provider {
    /// Our own index in PostgreSQL.
    LocalPgvector,
    /// A knowledge base on AWS Bedrock.
    AwsBedrockKb {
        /// The knowledge base.
        knowledge_base_id: String,
        /// Its region.
        region: String,
    },
    /// A data store of Vertex AI Search.
    GcpVertex {
        /// The project.
        project: String,
        /// The location.
        location: String,
        /// The data store.
        resource_id: String,
    },
}

impl Provider {
    /// The name in configurations and events.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::LocalPgvector => "local_pgvector",
            Self::AwsBedrockKb { .. } => "aws_bedrock_kb",
            Self::GcpVertex { .. } => "gcp_vertex",
        }
    }
}

/// What is wrong with a provider configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not an object.
    #[error("provider_config_json must be an object")]
    NotAnObject,
    /// Too large.
    #[error("provider_config_json must have at most 16384 bytes")]
    TooLarge,
    /// A character that cannot be stored.
    #[error("provider_config_json must not contain a NUL character")]
    Nul,
    /// `retrieval` is missing.
    #[error("retrieval config missing")]
    Missing,
    /// `retrieval` is not an object.
    #[error("retrieval config must be an object")]
    RetrievalNotAnObject,
    /// The provider is none of ours.
    #[error("unsupported retrieval provider")]
    Unsupported,
    /// Not a number.
    #[error("top_k_default must be an integer")]
    TopK,
    /// Out of range.
    #[error("top_k_default must be from 1 to 50")]
    TopKRange,
    /// Bedrock lacks something.
    #[error("knowledge_base_id and region are required")]
    Bedrock,
    /// Vertex lacks something.
    #[error("project, location, and resource_id are required")]
    Vertex,
    /// How to search has no meaning.
    #[error(transparent)]
    Search(#[from] SearchSettingsError),
}

/// Understands a configuration and fills in defaults; keys that it does not know are kept. `{}` means our own index.
pub fn normalise(config: Value) -> Result<(Value, Routing), ConfigError> {
    let Value::Object(mut config) = config else { return Err(ConfigError::NotAnObject) };
    if config.is_empty() {
        config.insert("retrieval".into(), json!({ "provider": "local_pgvector" }));
    }
    let retrieval = match config.get_mut("retrieval") {
        None | Some(Value::Null) => return Err(ConfigError::Missing),
        Some(Value::Object(retrieval)) => retrieval,
        Some(_) => return Err(ConfigError::RetrievalNotAnObject),
    };
    let routing = Routing {
        provider: provider(retrieval)?,
        top_k_default: top_k(retrieval)?,
        search: SearchSettings::read(retrieval)?,
    };
    retrieval.insert("top_k_default".into(), routing.top_k_default.into());
    let config = Value::Object(config);
    if !is_storable_json(&config) {
        return Err(ConfigError::Nul);
    }
    if config.to_string().len() > MAX_BYTES { Err(ConfigError::TooLarge) } else { Ok((config, routing)) }
}

fn provider(retrieval: &Map<String, Value>) -> Result<Provider, ConfigError> {
    let text = |key: &str| {
        let found = retrieval.get(key).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty());
        found.map(str::to_owned)
    };
    match retrieval.get("provider").and_then(Value::as_str) {
        Some("local_pgvector") => Ok(Provider::LocalPgvector),
        Some("aws_bedrock_kb") => match (text("knowledge_base_id"), text("region")) {
            (Some(knowledge_base_id), Some(region)) => Ok(Provider::AwsBedrockKb { knowledge_base_id, region }),
            _ => Err(ConfigError::Bedrock),
        },
        Some("gcp_vertex") => match (text("project"), text("location"), text("resource_id")) {
            (Some(project), Some(location), Some(resource_id)) => {
                Ok(Provider::GcpVertex { project, location, resource_id })
            }
            _ => Err(ConfigError::Vertex),
        },
        _ => Err(ConfigError::Unsupported),
    }
}

fn top_k(retrieval: &Map<String, Value>) -> Result<u32, ConfigError> {
    match retrieval.get("top_k_default") {
        None | Some(Value::Null) => Ok(DEFAULT_TOP_K),
        Some(value) => {
            let number = value.as_i64().ok_or(ConfigError::TopK)?;
            let number = u32::try_from(number).map_err(|_| ConfigError::TopKRange)?;
            if (1..=MAX_TOP_K).contains(&number) { Ok(number) } else { Err(ConfigError::TopKRange) }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nothing_means_our_own_index() {
        let (value, routing) = normalise(json!({})).unwrap();
        assert_eq!(value, json!({ "retrieval": { "provider": "local_pgvector", "top_k_default": 5 } }));
        let search = SearchSettings::default();
        assert_eq!(routing, Routing { provider: Provider::LocalPgvector, top_k_default: 5, search });
    }

    #[test]
    fn unknown_keys_are_kept() {
        let (value, _) =
            normalise(json!({ "note": 1, "retrieval": { "provider": "local_pgvector", "mmr": true } })).unwrap();
        assert_eq!(value.pointer("/retrieval/mmr"), Some(&json!(true)));
        assert_eq!(value.pointer("/note"), Some(&json!(1)));
    }

    #[test]
    fn every_fault_has_its_sentence() {
        let cases = [
            (json!([]), "provider_config_json must be an object"),
            (json!({ "x": 1 }), "retrieval config missing"),
            (json!({ "retrieval": 1 }), "retrieval config must be an object"),
            (json!({ "retrieval": { "provider": "elastic" } }), "unsupported retrieval provider"),
            (
                json!({ "retrieval": { "provider": "local_pgvector", "top_k_default": "5" } }),
                "top_k_default must be an integer",
            ),
            (
                json!({ "retrieval": { "provider": "aws_bedrock_kb", "region": "r" } }),
                "knowledge_base_id and region are required",
            ),
            (
                json!({ "retrieval": { "provider": "gcp_vertex", "project": " ", "location": "l", "resource_id": "r" } }),
                "project, location, and resource_id are required",
            ),
            (
                json!({ "retrieval": { "provider": "local_pgvector", "fusion": { "legs": 2 } } }),
                "retrieval.fusion.legs must be both, dense or lexical",
            ),
        ];
        for (config, sentence) in cases {
            assert_eq!(normalise(config.clone()).unwrap_err().to_string(), sentence, "{config}");
        }
    }
}
