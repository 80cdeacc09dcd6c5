//! Autoscaling: profiles, and what they recommend.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    patch::{nullable, present},
    sla::SlaRouteClass,
    words::words,
};

words! {
    /// What an autoscaling profile is about.
    AutoscalingScope {
        /// The whole platform; only the operator has such profiles.
        Global = "global",
        /// The tenant.
        Tenant = "tenant",
        /// Requests of one class.
        RouteClass = "route_class",
    }
}

words! {
    /// What autoscaling recommends.
    AutoscalingVerb {
        /// More replicas.
        ScaleUp = "scale_up",
        /// Fewer replicas.
        ScaleDown = "scale_down",
        /// As many as there are.
        Hold = "hold",
        /// There cannot be more: requests should do less.
        Degrade = "degrade",
    }
}

words! {
    /// How far a measurement can be trusted.
    SignalQuality {
        /// It can.
        Ok = "ok",
        /// Something is missing.
        Degraded = "degraded",
    }
}

/// How many replicas there should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AutoscalingProfile {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is about.
    pub scope: AutoscalingScope,
    /// The tenant; absent for a profile of the operator.
    #[serde(default)]
    pub tenant_id: Option<String>,
    /// Requests of which class, where it is about one.
    #[serde(default)]
    pub route_class: Option<SlaRouteClass>,
    /// The fewest replicas.
    pub min_replicas: u32,
    /// The most replicas.
    pub max_replicas: u32,
    /// How long 95 of 100 requests should take at most, in milliseconds.
    pub target_p95_ms: u32,
    /// How many jobs should wait at most.
    pub target_queue_depth: u32,
    /// How long nothing is changed after a change that was executed.
    pub cooldown_seconds: u32,
    /// How many replicas more at once.
    pub step_up: u32,
    /// How many replicas fewer at once.
    pub step_down: u32,
    /// Whether it recommends anything.
    pub enabled: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Autoscaling profiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AutoscalingProfileList {
    /// The profiles, newest first.
    pub items: Vec<AutoscalingProfile>,
}

/// Makes an autoscaling profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreateAutoscalingProfile {
    /// What people call it, 1 to 128 characters.
    #[cfg_attr(feature = "schema", schema(example = "runs", min_length = 1, max_length = 128))]
    pub name: String,
    /// What it is about.
    pub scope: AutoscalingScope,
    /// Requests of which class, for the scope `route_class`.
    #[serde(default)]
    pub route_class: Option<SlaRouteClass>,
    /// The fewest replicas.
    #[cfg_attr(feature = "schema", schema(minimum = 1, example = 2))]
    pub min_replicas: u32,
    /// The most replicas.
    #[cfg_attr(feature = "schema", schema(minimum = 1, example = 10))]
    pub max_replicas: u32,
    /// How long 95 of 100 requests should take at most, in milliseconds.
    #[cfg_attr(feature = "schema", schema(minimum = 1, example = 1200))]
    pub target_p95_ms: u32,
    /// How many jobs should wait at most.
    #[cfg_attr(feature = "schema", schema(example = 20))]
    pub target_queue_depth: u32,
    /// How long nothing is changed after a change that was executed.
    #[cfg_attr(feature = "schema", schema(example = 60))]
    pub cooldown_seconds: u32,
    /// How many replicas more at once.
    #[cfg_attr(feature = "schema", schema(minimum = 1, example = 2))]
    pub step_up: u32,
    /// How many replicas fewer at once.
    #[cfg_attr(feature = "schema", schema(minimum = 1, example = 1))]
    pub step_down: u32,
    /// Whether it recommends anything.
    #[serde(default = "yes")]
    #[cfg_attr(feature = "schema", schema(default = true))]
    pub enabled: bool,
}

/// Changes an autoscaling profile. What is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PatchAutoscalingProfile {
    /// What people call it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is about; a profile does not become global, nor a global one another.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub scope: Option<AutoscalingScope>,
    /// Requests of which class; `null` for none.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    pub route_class: Option<Option<SlaRouteClass>>,
    /// The fewest replicas.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub min_replicas: Option<u32>,
    /// The most replicas.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub max_replicas: Option<u32>,
    /// How long 95 of 100 requests should take at most, in milliseconds.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub target_p95_ms: Option<u32>,
    /// How many jobs should wait at most.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub target_queue_depth: Option<u32>,
    /// How long nothing is changed after a change that was executed.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub cooldown_seconds: Option<u32>,
    /// How many replicas more at once.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub step_up: Option<u32>,
    /// How many replicas fewer at once.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub step_down: Option<u32>,
    /// Whether it recommends anything.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// Asks autoscaling for a number of replicas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EvaluateAutoscaling {
    /// The profile.
    pub profile_id: String,
    /// For which requests.
    pub route_class: SlaRouteClass,
    /// How many replicas there are.
    #[cfg_attr(feature = "schema", schema(minimum = 1, example = 2))]
    pub current_replicas: u32,
    /// The time that 95 of 100 requests take at most, in milliseconds.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(minimum = 0, example = 1650))]
    pub p95_ms: Option<f64>,
    /// How many jobs wait.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(example = 24))]
    pub queue_depth: Option<u64>,
    /// How far these can be trusted.
    #[serde(default = "trusted")]
    pub signal_quality: SignalQuality,
}

/// What autoscaling answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AutoscalingDecision {
    /// What to do.
    pub action: AutoscalingVerb,
    /// How many replicas there are.
    pub from_replicas: u32,
    /// How many there should be.
    pub to_replicas: u32,
    /// Why.
    #[cfg_attr(feature = "schema", schema(example = "above_target"))]
    pub reason: String,
    /// Whether a change was executed a moment ago.
    pub cooldown_active: bool,
    /// What it rests on.
    pub signal_json: Value,
    /// Whether it was executed.
    pub executed: bool,
    /// When it was executed.
    #[serde(default)]
    pub executed_at: Option<DateTime<Utc>>,
}

/// A recommendation as it is recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AutoscalingAction {
    /// Its id.
    pub id: String,
    /// The profile.
    pub profile_id: String,
    /// The tenant; absent for a profile of the operator.
    #[serde(default)]
    pub tenant_id: Option<String>,
    /// For which requests.
    pub route_class: SlaRouteClass,
    /// What was recommended.
    pub action: AutoscalingVerb,
    /// How many replicas there were.
    pub from_replicas: u32,
    /// How many there should have been.
    pub to_replicas: u32,
    /// Why.
    pub reason: String,
    /// What it rests on.
    pub signal_json: Value,
    /// Whether it was executed.
    pub executed: bool,
    /// When it was executed.
    #[serde(default)]
    pub executed_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What autoscaling recommended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AutoscalingActionList {
    /// The recommendations, newest first.
    pub items: Vec<AutoscalingAction>,
}

fn yes() -> bool {
    true
}

fn trusted() -> SignalQuality {
    SignalQuality::Ok
}
