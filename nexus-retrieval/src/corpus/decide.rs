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

/// The most providers that a corpus falls back to.
const MAX_FALLBACK: usize = 3;

/// Where the passages of a corpus come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Routing {
    /// The provider with what it needs.
    pub provider: Provider,
    /// Who is asked, in this order, while the provider is not well.
    pub fallback: Vec<Provider>,
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
        /// How it is searched; the service chooses when nothing is said.
        search_type: Option<SearchType>,
    },
    /// A data store of Vertex AI Search.
    GcpVertex {
        /// The project.
        project: String,
        /// The location.
        location: String,
        /// The data store, or the path of a data store or engine below the location.
        resource_id: String,
        /// What a result is.
        results: ResultMode,
    },
}

/// How a knowledge base is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchType {
    /// By words and meaning.
    Hybrid,
    /// By meaning.
    Semantic,
}

/// What a result of Vertex AI Search is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResultMode {
    /// A document with a snippet.
    #[default]
    Documents,
    /// A document with its best passage, which the service calls an extractive segment.
    Segments,
    /// A chunk, where the data store has chunks.
    Chunks,
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
    /// Not a name of a region.
    #[error("region must be the name of an AWS region")]
    Region,
    /// Not a word for a way to search.
    #[error("search_type must be hybrid or semantic")]
    SearchType,
    /// Vertex lacks something.
    #[error("project, location, and resource_id are required")]
    Vertex,
    /// How to search has no meaning.
    #[error(transparent)]
    Search(#[from] SearchSettingsError),
    /// Not names that Google Cloud gives.
    #[error("project, location, and resource_id must be names of Google Cloud")]
    VertexNames,
    /// Not a word for a kind of result.
    #[error("result_mode must be documents, segments or chunks")]
    ResultMode,
    /// Not a list of other providers.
    #[error("fallback must be a list of at most 3 other retrieval providers")]
    Fallback,
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
    let routing = routing(retrieval)?;
    retrieval.insert("top_k_default".into(), routing.top_k_default.into());
    let config = Value::Object(config);
    if !is_storable_json(&config) {
        return Err(ConfigError::Nul);
    }
    if config.to_string().len() > MAX_BYTES { Err(ConfigError::TooLarge) } else { Ok((config, routing)) }
}

fn routing(retrieval: &Map<String, Value>) -> Result<Routing, ConfigError> {
    let name = retrieval.get("provider").and_then(Value::as_str).unwrap_or_default();
    let provider = provider(retrieval, name)?;
    Ok(Routing {
        fallback: fallback(retrieval, name)?,
        top_k_default: top_k(retrieval)?,
        search: SearchSettings::read(retrieval)?,
        provider,
    })
}

/// Providers to fall back to have what they need in the same object, so that each is known to be complete.
fn fallback(retrieval: &Map<String, Value>, first: &str) -> Result<Vec<Provider>, ConfigError> {
    let mut names = match retrieval.get("fallback") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) if items.len() <= MAX_FALLBACK => {
            items.iter().map(Value::as_str).collect::<Option<Vec<_>>>().ok_or(ConfigError::Fallback)?
        }
        Some(_) => return Err(ConfigError::Fallback),
    };
    let providers = names.iter().map(|name| provider(retrieval, name)).collect();
    names.push(first);
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.last()) { Err(ConfigError::Fallback) } else { providers }
}

fn provider(retrieval: &Map<String, Value>, name: &str) -> Result<Provider, ConfigError> {
    let text = |key: &str| {
        let found = retrieval.get(key).and_then(Value::as_str).map(str::trim).filter(|t| !t.is_empty());
        found.map(str::to_owned)
    };
    match name {
        "local_pgvector" => Ok(Provider::LocalPgvector),
        "aws_bedrock_kb" => {
            let (Some(knowledge_base_id), Some(region)) = (text("knowledge_base_id"), text("region")) else {
                return Err(ConfigError::Bedrock);
            };
            if !is_place(&region) {
                return Err(ConfigError::Region);
            }
            let types = [("hybrid", SearchType::Hybrid), ("semantic", SearchType::Semantic)];
            let search_type = word(retrieval, "search_type", &types, ConfigError::SearchType)?;
            Ok(Provider::AwsBedrockKb { knowledge_base_id, region, search_type })
        }
        "gcp_vertex" => {
            let (Some(project), Some(location), Some(resource_id)) =
                (text("project"), text("location"), text("resource_id"))
            else {
                return Err(ConfigError::Vertex);
            };
            if !is_part(&project) || !is_place(&location) || !is_resource(&resource_id) {
                return Err(ConfigError::VertexNames);
            }
            let modes = [
                ("documents", ResultMode::Documents),
                ("segments", ResultMode::Segments),
                ("chunks", ResultMode::Chunks),
            ];
            let results = word(retrieval, "result_mode", &modes, ConfigError::ResultMode)?.unwrap_or_default();
            Ok(Provider::GcpVertex { project, location, resource_id, results })
        }
        _ => Err(ConfigError::Unsupported),
    }
}

/// One of these words in any case, when one is given.
fn word<T: Copy>(
    retrieval: &Map<String, Value>,
    key: &str,
    words: &[(&str, T)],
    otherwise: ConfigError,
) -> Result<Option<T>, ConfigError> {
    let Some(given) = retrieval.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
    let given = given.as_str().ok_or(otherwise)?;
    let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(given));
    found.map(|(_, meaning)| Some(*meaning)).ok_or(otherwise)
}

/// The name of a region becomes part of a host name.
fn is_place(name: &str) -> bool {
    name.len() <= 32 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// One part of a resource path.
fn is_part(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    (1..=128).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with('.')
}

/// A data store, or `collections/C/dataStores/D`, or `collections/C/engines/E`.
fn is_resource(name: &str) -> bool {
    match name.split('/').collect::<Vec<_>>().as_slice() {
        [id] => is_part(id),
        ["collections", collection, "dataStores" | "engines", id] => is_part(collection) && is_part(id),
        _ => false,
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
        let routing_of_ours = Routing { provider: Provider::LocalPgvector, fallback: vec![], top_k_default: 5, search };
        assert_eq!(routing, routing_of_ours);
    }

    #[test]
    fn unknown_keys_are_kept() {
        let (value, _) =
            normalise(json!({ "note": 1, "retrieval": { "provider": "local_pgvector", "mmr": true } })).unwrap();
        assert_eq!(value.pointer("/retrieval/mmr"), Some(&json!(true)));
        assert_eq!(value.pointer("/note"), Some(&json!(1)));
    }

    #[test]
    fn a_remote_corpus_says_how_it_is_searched_and_who_steps_in() {
        let (_, routing) = normalise(json!({ "retrieval": {
            "provider": "aws_bedrock_kb", "knowledge_base_id": "kb1", "region": "eu-west-1", "search_type": "HYBRID",
            "fallback": ["gcp_vertex", "local_pgvector"],
            "project": "p1", "location": "eu", "resource_id": "collections/default_collection/engines/e1",
            "result_mode": "chunks", "top_k_default": 9,
        } }))
        .unwrap();
        let bedrock = Provider::AwsBedrockKb {
            knowledge_base_id: "kb1".into(),
            region: "eu-west-1".into(),
            search_type: Some(SearchType::Hybrid),
        };
        let vertex = Provider::GcpVertex {
            project: "p1".into(),
            location: "eu".into(),
            resource_id: "collections/default_collection/engines/e1".into(),
            results: ResultMode::Chunks,
        };
        let fallback = vec![vertex, Provider::LocalPgvector];
        assert_eq!((routing.provider, routing.fallback, routing.top_k_default), (bedrock, fallback, 9));
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
            (
                json!({ "retrieval": { "provider": "gcp_vertex", "project": "p", "location": "evil.org/", "resource_id": "r" } }),
                "project, location, and resource_id must be names of Google Cloud",
            ),
            (
                json!({ "retrieval": { "provider": "gcp_vertex", "project": "p", "location": "l", "resource_id": "a/b" } }),
                "project, location, and resource_id must be names of Google Cloud",
            ),
            (
                json!({ "retrieval": { "provider": "aws_bedrock_kb", "knowledge_base_id": "k", "region": "a.b" } }),
                "region must be the name of an AWS region",
            ),
            (
                json!({ "retrieval": { "provider": "aws_bedrock_kb", "knowledge_base_id": "k", "region": "r", "search_type": 1 } }),
                "search_type must be hybrid or semantic",
            ),
            (
                json!({ "retrieval": { "provider": "local_pgvector", "fallback": ["local_pgvector"] } }),
                "fallback must be a list of at most 3 other retrieval providers",
            ),
            (
                json!({ "retrieval": { "provider": "local_pgvector", "fallback": ["aws_bedrock_kb"] } }),
                "knowledge_base_id and region are required",
            ),
        ];
        for (config, sentence) in cases {
            assert_eq!(normalise(config.clone()).unwrap_err().to_string(), sentence, "{config}");
        }
    }
}
