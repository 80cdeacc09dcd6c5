//! The name of a model, as it is stored next to each vector.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// The longest model name, in characters.
const MAX_LEN: usize = 96;

/// A model and, where the model leaves a choice, its dimension: `all-MiniLM-L6-v2`, `hash-768`,
/// `openai:text-embedding-3-small@768`. Two vectors can be compared only if their models are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelId(Arc<str>);

/// A text that cannot name a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a model name is 1 to 96 characters out of A-Z a-z 0-9 . _ : / @ + -")]
pub struct InvalidModelId;

impl ModelId {
    /// Checks a name.
    pub fn new(name: impl AsRef<str>) -> Result<Self, InvalidModelId> {
        let name = name.as_ref();
        let known = |b: u8| b.is_ascii_alphanumeric() || b"._:/@+-".contains(&b);
        if (1..=MAX_LEN).contains(&name.len()) && name.bytes().all(known) {
            Ok(Self(name.into()))
        } else {
            Err(InvalidModelId)
        }
    }

    /// A model that is built in; its name is a literal of this crate.
    pub(super) fn built_in(name: &'static str) -> Self {
        Self(name.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ModelId {
    type Err = InvalidModelId;

    fn from_str(name: &str) -> Result<Self, InvalidModelId> {
        Self::new(name)
    }
}

impl TryFrom<String> for ModelId {
    type Error = InvalidModelId;

    fn try_from(name: String) -> Result<Self, InvalidModelId> {
        Self::new(name)
    }
}

impl From<ModelId> for String {
    fn from(id: ModelId) -> Self {
        id.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_name_survives_json() {
        let id = ModelId::new("openai:text-embedding-3-small@768").unwrap();
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, "\"openai:text-embedding-3-small@768\"");
        assert_eq!(serde_json::from_str::<ModelId>(&json).unwrap(), id);
    }

    #[test]
    fn odd_names_are_refused() {
        for name in ["", "a b", "a\n", "modèle", &"x".repeat(MAX_LEN + 1)] {
            assert_eq!(ModelId::new(name), Err(InvalidModelId), "{name:?}");
        }
        assert!(serde_json::from_str::<ModelId>("\"a b\"").is_err());
        assert!(ModelId::new("x".repeat(MAX_LEN)).is_ok());
    }
}
