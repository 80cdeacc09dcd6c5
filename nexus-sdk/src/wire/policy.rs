//! Policies: rules that allow or deny by what is known of the principal, the resource and the request.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{distinct, patch::present, words::words};

words! {
    /// What a policy does when its condition holds. A deny beats every allow.
    PolicyEffect {
        /// Lets the action happen.
        Allow = "allow",
        /// Refuses the action.
        Deny = "deny",
    }
}

words! {
    /// What a policy is about.
    PolicyResource {
        /// Documents and their passages.
        Document = "document",
        /// Corpora.
        Corpus = "corpus",
        /// Runs.
        Run = "run",
        /// The administration of the tenant.
        Admin = "admin",
        /// The operation of the platform.
        Ops = "ops",
        /// The audit log.
        Audit = "audit",
        /// Everything; only where the installation allows it.
        Any = "*",
    }
}

words! {
    /// Which action a policy is about.
    PolicyAction {
        /// Look.
        Read = "read",
        /// Create or change.
        Write = "write",
        /// Remove.
        Delete = "delete",
        /// Index again.
        Reindex = "reindex",
        /// Ask a question.
        Run = "run",
        /// Administer.
        Manage = "manage",
        /// Every action.
        Any = "*",
    }
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Policy {
    /// The policy's id.
    pub id: String,
    /// The tenant that it binds; null for one of the operator, which binds all.
    #[serde(default)]
    pub tenant_id: Option<String>,
    /// What people call it.
    pub name: String,
    /// Counts its changes, from 1.
    pub version: i32,
    /// What it does.
    pub effect: PolicyEffect,
    /// What it is about.
    pub resource_type: PolicyResource,
    /// For which action.
    pub action: PolicyAction,
    /// When it holds; an empty object is always.
    #[cfg_attr(feature = "schema", schema(value_type = Object, example = json!({"eq": [{"var": "principal.role"}, "reader"]})))]
    pub condition_json: Value,
    /// Higher ones are named first where several say the same.
    pub priority: i32,
    /// Whether it counts.
    pub enabled: bool,
    /// The API key or session that made it.
    #[serde(default)]
    pub created_by: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    #[serde(default)]
    pub updated_at: Option<DateTime<Utc>>,
}

/// Policies, highest priority first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PolicyList {
    /// The policies.
    pub items: Vec<Policy>,
}

/// Asks for a new policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreatePolicy {
    /// What people call it.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 128, example = "No readers after hours"))]
    pub name: String,
    /// What it does.
    pub effect: PolicyEffect,
    /// What it is about.
    pub resource_type: PolicyResource,
    /// For which action.
    pub action: PolicyAction,
    /// When it holds; always when it is absent, null or empty.
    #[serde(default, deserialize_with = "distinct::optional", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>, example = json!({"eq": [{"var": "principal.role"}, "reader"]})))]
    pub condition_json: Option<Value>,
    /// Higher ones are named first where several say the same.
    #[serde(default = "usual_priority")]
    #[cfg_attr(feature = "schema", schema(default = 100))]
    pub priority: i32,
    /// Whether it counts.
    #[serde(default = "yes")]
    #[cfg_attr(feature = "schema", schema(default = true))]
    pub enabled: bool,
}

/// Changes a policy; absent fields stay as they are, and none may be null.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PatchPolicy {
    /// The new name.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false, min_length = 1, max_length = 128))]
    pub name: Option<String>,
    /// What it does from now on.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub effect: Option<PolicyEffect>,
    /// What it is about from now on.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub resource_type: Option<PolicyResource>,
    /// For which action from now on.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub action: Option<PolicyAction>,
    /// The new condition, as a whole; an empty object is always.
    #[serde(default, deserialize_with = "distinct::present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>, nullable = false))]
    pub condition_json: Option<Value>,
    /// The new priority.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub priority: Option<i32>,
    /// Whether it counts from now on.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub enabled: Option<bool>,
}

fn usual_priority() -> i32 {
    100
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_policy_reads_and_writes_the_same_json() {
        let literal = r#"{"id":"p1","tenant_id":null,"name":"n","version":1,"effect":"deny","resource_type":"*","action":"run","condition_json":{},"priority":100,"enabled":true,"created_by":"k1","created_at":"2026-01-02T03:04:05Z","updated_at":null}"#;
        let policy: Policy = serde_json::from_str(literal).unwrap();
        assert_eq!(serde_json::to_string(&policy).unwrap(), literal);
    }

    #[test]
    fn a_null_is_no_change_that_can_be_asked_for() {
        for field in ["name", "effect", "resource_type", "action", "condition_json", "priority", "enabled"] {
            assert!(serde_json::from_str::<PatchPolicy>(&format!(r#"{{"{field}":null}}"#)).is_err(), "{field}");
        }
        assert_eq!(serde_json::from_str::<PatchPolicy>("{}").unwrap(), PatchPolicy::default());
    }
}
