//! Groups of users, which grants may name.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A group of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Group {
    /// The group's id, which grants name and which never changes.
    pub id: String,
    /// The tenant.
    #[cfg_attr(feature = "schema", schema(example = "t1"))]
    pub tenant_id: String,
    /// What people call it.
    #[cfg_attr(feature = "schema", schema(example = "Finance"))]
    pub display_name: String,
    /// Its id in the directory that it comes from.
    #[serde(default)]
    pub external_id: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The ids of its users, at most 1,000; absent in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<String>>,
}

/// Asks for a new group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreateGroup {
    /// What people call it.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 128, example = "Finance"))]
    pub display_name: String,
    /// Its id in the directory that it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 128))]
    pub external_id: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_group_reads_and_writes_the_same_json() {
        let literal = r#"{"id":"g1","tenant_id":"t1","display_name":"Finance","external_id":null,"created_at":"2026-01-02T03:04:05Z","members":["u1"]}"#;
        let group: Group = serde_json::from_str(literal).unwrap();
        assert_eq!(serde_json::to_string(&group).unwrap(), literal);
        assert!(serde_json::from_str::<CreateGroup>(r#"{"display_name":"x","id":"g2"}"#).is_err());
    }
}
