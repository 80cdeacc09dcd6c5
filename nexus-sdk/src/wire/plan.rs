//! Plans, and what they include.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{QuotaSnapshot, patch::nullable};

/// What a plan, or the operator, says of a feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Entitlement {
    /// The feature.
    #[cfg_attr(feature = "schema", schema(example = "feature.tts"))]
    pub feature_key: String,
    /// Whether it is included.
    pub enabled: bool,
    /// Particulars of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_json: Option<Map<String, Value>>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Plan {
    /// Its id.
    #[cfg_attr(feature = "schema", schema(example = "pro"))]
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Whether it can be assigned.
    pub is_active: bool,
    /// What it includes, and what not.
    pub features: Vec<Entitlement>,
}

/// The plan of a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TenantPlan {
    /// The tenant.
    pub tenant_id: String,
    /// The plan that counts now.
    #[cfg_attr(feature = "schema", schema(example = "pro"))]
    pub plan_id: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_name: Option<String>,
    /// Since when; absent where the default plan counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<DateTime<Utc>>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<DateTime<Utc>>,
    /// Whether it was assigned, and is not the default.
    pub is_active: bool,
    /// What was agreed on for later, in the order of its dates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub upcoming: Vec<PlannedPlan>,
    /// Every feature, by its key, with what the operator decided for this tenant.
    pub entitlements: Vec<Entitlement>,
    /// Where the tenant stands with its quota; only for its own administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<QuotaSnapshot>,
}

/// A plan that a tenant will have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PlannedPlan {
    /// The plan.
    #[cfg_attr(feature = "schema", schema(example = "pro"))]
    pub plan_id: String,
    /// From when on.
    pub effective_from: DateTime<Utc>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<DateTime<Utc>>,
}

/// Gives a tenant a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AssignPlan {
    /// The plan.
    #[cfg_attr(feature = "schema", schema(example = "pro"))]
    pub plan_id: String,
    /// From when on, which is not in the past; from now on when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<DateTime<Utc>>,
    /// Until when; without an end when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<DateTime<Utc>>,
}

/// Decides a feature for one tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OverrideFeature {
    /// The feature.
    #[cfg_attr(feature = "schema", schema(example = "feature.tts"))]
    pub feature_key: String,
    /// Whether it is included. What is absent stays; null goes back to what the plan says.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<bool>))]
    pub enabled: Option<Option<bool>>,
    /// Particulars of it. What is absent stays; null goes back to what the plan says.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Map<String, Value>>))]
    pub config_json: Option<Option<Map<String, Value>>>,
}

/// Asks for a larger plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AskUpgrade {
    /// The plan that is wanted.
    #[cfg_attr(feature = "schema", schema(example = "enterprise"))]
    pub target_plan: String,
    /// Why, for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_length = 1024))]
    pub reason: Option<String>,
}

/// A request for a larger plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UpgradeRequest {
    /// Its number.
    pub request_id: i64,
    /// `pending`, until the operator assigns a plan.
    #[cfg_attr(feature = "schema", schema(example = "pending"))]
    pub status: String,
}
