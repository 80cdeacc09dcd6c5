//! How a corpus is searched: the part of its configuration that chooses and weighs what speaks for a passage.

use serde_json::{Map, Value};

use super::{
    context::{Context, ContextError},
    fuse::{Fusion, FusionError},
};
use crate::ingest::language::Language;

/// What is compared with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Legs {
    /// Vectors and words, fused.
    #[default]
    Both,
    /// Vectors only.
    Dense,
    /// Words only.
    Lexical,
}

impl Legs {
    /// Whether vectors are compared.
    #[must_use]
    pub fn dense(self) -> bool {
        self != Self::Lexical
    }

    /// Whether words are compared.
    #[must_use]
    pub fn lexical(self) -> bool {
        self != Self::Dense
    }
}

/// How a corpus is searched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchSettings {
    /// What is compared.
    pub legs: Legs,
    /// How what was found is weighed.
    pub fusion: Fusion,
    /// The language of its documents, when they are known to be in one; otherwise each document shows its own.
    pub language: Option<Language>,
    /// Whether the re-ranker of the installation, if it has one, looks at what was found.
    pub rerank: bool,
    /// How passages are chosen for an answer.
    pub context: Context,
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self {
            legs: Legs::default(),
            fusion: Fusion::default(),
            language: None,
            rerank: true,
            context: Context::default(),
        }
    }
}

/// A setting that has no meaning. The sentence is stable: clients see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SearchSettingsError {
    /// Not an object.
    #[error("retrieval.fusion must be an object")]
    NotAnObject,
    /// None of the known ways.
    #[error("retrieval.fusion.legs must be both, dense or lexical")]
    Legs,
    /// A weight that is none.
    #[error(transparent)]
    Fusion(#[from] FusionError),
    /// No language that is known here.
    #[error("retrieval.language must be auto or the ISO 639-1 code of a supported language")]
    Language,
    /// Neither yes nor no.
    #[error("retrieval.rerank must be true or false")]
    Rerank,
    /// A way to choose passages that is none.
    #[error(transparent)]
    Context(#[from] ContextError),
}

impl SearchSettings {
    /// Understands the `retrieval` object of a corpus; what is not given is as by default.
    pub fn read(retrieval: &Map<String, Value>) -> Result<Self, SearchSettingsError> {
        let nothing = Map::new();
        let fusion = match retrieval.get("fusion") {
            None | Some(Value::Null) => &nothing,
            Some(Value::Object(fusion)) => fusion,
            Some(_) => return Err(SearchSettingsError::NotAnObject),
        };
        Ok(Self {
            legs: legs(fusion.get("legs"))?,
            fusion: Fusion::read(fusion)?,
            language: language(retrieval.get("language"))?,
            rerank: match retrieval.get("rerank") {
                None | Some(Value::Null) => true,
                Some(value) => value.as_bool().ok_or(SearchSettingsError::Rerank)?,
            },
            context: Context::read(retrieval)?,
        })
    }
}

fn language(value: Option<&Value>) -> Result<Option<Language>, SearchSettingsError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_str() {
            Some("auto") => Ok(None),
            Some(code) => code.parse().map(Some).map_err(|_| SearchSettingsError::Language),
            None => Err(SearchSettingsError::Language),
        },
    }
}

fn legs(value: Option<&Value>) -> Result<Legs, SearchSettingsError> {
    match value {
        None | Some(Value::Null) => Ok(Legs::default()),
        Some(value) => match value.as_str() {
            Some("both") => Ok(Legs::Both),
            Some("dense") => Ok(Legs::Dense),
            Some("lexical") => Ok(Legs::Lexical),
            _ => Err(SearchSettingsError::Legs),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<SearchSettings, SearchSettingsError> {
        SearchSettings::read(value.as_object().unwrap())
    }

    #[test]
    fn nothing_means_the_defaults() {
        assert_eq!(read(&json!({})), Ok(SearchSettings::default()));
        assert_eq!(read(&json!({ "fusion": {} })), Ok(SearchSettings::default()));
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        assert_eq!(read(&json!({ "fusion": { "legs": "dense" } })).unwrap().legs, Legs::Dense);
        assert_eq!(read(&json!({ "fusion": 1 })), Err(SearchSettingsError::NotAnObject));
        assert_eq!(read(&json!({ "fusion": { "legs": "none" } })), Err(SearchSettingsError::Legs));
        assert_eq!(read(&json!({ "language": "de" })).unwrap().language, Some(Language::German));
        assert_eq!(read(&json!({ "language": "auto" })).unwrap().language, None);
        assert_eq!(read(&json!({ "language": "xx" })), Err(SearchSettingsError::Language));
        assert_eq!(read(&json!({ "rerank": "no" })), Err(SearchSettingsError::Rerank));
        assert!(!read(&json!({ "rerank": false })).unwrap().rerank);
        assert!(matches!(read(&json!({ "fusion": { "trust": -1 } })), Err(SearchSettingsError::Fusion(_))));
    }
}
