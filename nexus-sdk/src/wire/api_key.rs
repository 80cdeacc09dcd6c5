//! API keys as an administrator sees them: never the key itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::patch::nullable;

/// One API key of the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AdminKey {
    /// The key's id; not a secret.
    #[cfg_attr(feature = "schema", schema(example = "9b2d6c1f0a7e4c58b1d3e5f708192a3b"))]
    pub key_id: String,
    /// The first characters of the key, to recognise it by.
    #[cfg_attr(feature = "schema", schema(example = "nrgk_9b2d6c1"))]
    pub key_prefix: String,
    /// What people call it.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(example = "ci"))]
    pub name: Option<String>,
    /// The role of the user the key belongs to.
    #[cfg_attr(feature = "schema", schema(example = "reader"))]
    pub role: String,
    /// When the key was made.
    pub created_at: DateTime<Utc>,
    /// When the key was last accepted; null when it never was.
    #[serde(default)]
    pub last_used_at: Option<DateTime<Utc>>,
    /// When the key stops being accepted; null when it does not expire.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// When the key was revoked; null when it was not.
    #[serde(default)]
    pub revoked_at: Option<DateTime<Utc>>,
    /// Whether the key is accepted now: its user is active and it is neither revoked nor expired.
    pub is_active: bool,
    /// Whether `expires_at` has passed.
    pub is_expired: bool,
    /// Whole days since the key was last used, or since it was made when it never was.
    #[cfg_attr(feature = "schema", schema(example = 3))]
    pub inactive_days: i64,
}

/// The API keys of a tenant, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ApiKeyList {
    /// The tenant whose keys these are.
    #[cfg_attr(feature = "schema", schema(example = "t1"))]
    pub tenant_id: String,
    /// The number of days after which a key counts as inactive in this report.
    #[cfg_attr(feature = "schema", schema(example = 90))]
    pub inactive_days_threshold: u32,
    /// The keys.
    pub items: Vec<AdminKey>,
}

/// Changes an API key; absent fields stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PatchApiKey {
    /// When the key stops being accepted; an explicit `null` removes the expiry.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<DateTime<Utc>>))]
    pub expires_at: Option<Option<DateTime<Utc>>>,
    /// `false` revokes the key, `true` brings it back and restarts its inactivity clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// `true` revokes the key; it contradicts `active: true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke: Option<bool>,
    /// The new name, 1 to 120 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 120, example = "ci"))]
    pub name: Option<String>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_null_expiry_is_not_an_absent_one() {
        let absent: PatchApiKey = serde_json::from_str("{}").unwrap();
        let cleared: PatchApiKey = serde_json::from_str(r#"{"expires_at":null}"#).unwrap();
        let set: PatchApiKey = serde_json::from_str(r#"{"expires_at":"2026-01-02T03:04:05Z"}"#).unwrap();
        assert_eq!(absent.expires_at, None);
        assert_eq!(cleared.expires_at, Some(None));
        assert!(matches!(set.expires_at, Some(Some(_))));
        for (patch, json) in
            [(absent, "{}"), (cleared, r#"{"expires_at":null}"#), (set, r#"{"expires_at":"2026-01-02T03:04:05Z"}"#)]
        {
            assert_eq!(serde_json::to_string(&patch).unwrap(), json);
        }
    }

    #[test]
    fn a_key_reads_and_writes_the_same_json() {
        let literal = r#"{"tenant_id":"t1","inactive_days_threshold":90,"items":[{"key_id":"k","key_prefix":"nrgk_9b2d6c1","name":null,"role":"reader","created_at":"2026-01-02T03:04:05Z","last_used_at":null,"expires_at":null,"revoked_at":null,"is_active":true,"is_expired":false,"inactive_days":3}]}"#;
        let list: ApiKeyList = serde_json::from_str(literal).unwrap();
        assert_eq!(serde_json::to_string(&list).unwrap(), literal);
    }
}
