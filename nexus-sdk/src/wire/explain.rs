//! Who can read what, and why; and the labels that policies read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Grant;

/// The labels of a document, all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Labels {
    /// The labels by key.
    #[cfg_attr(feature = "schema", schema(example = json!({"team": "people"})))]
    pub labels: BTreeMap<String, String>,
}

/// Users who can read a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ReaderList {
    /// The users among those of this page; a page may be empty before the last.
    pub items: Vec<Reader>,
}

/// A user who can read a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Reader {
    /// The user.
    pub user_id: String,
    /// The role of the user.
    #[cfg_attr(feature = "schema", schema(example = "reader"))]
    pub role: String,
    /// The grants that speak to the user, ended ones included; none are needed where administrators read everything.
    pub grants: Vec<Grant>,
    /// Why policies allow it.
    #[cfg_attr(feature = "schema", schema(example = "policy_allow"))]
    pub reason: String,
    /// The policy that allows it, if one does.
    #[serde(default)]
    pub matched_policy_id: Option<String>,
}

/// Documents that a user can read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ReadableList {
    /// The documents, oldest first.
    pub items: Vec<ReadableDocument>,
}

/// A document that a user can read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ReadableDocument {
    /// The document.
    #[cfg_attr(feature = "schema", schema(example = "doc-1"))]
    pub document_id: String,
    /// Its corpus.
    #[cfg_attr(feature = "schema", schema(example = "c1"))]
    pub corpus_id: String,
}
