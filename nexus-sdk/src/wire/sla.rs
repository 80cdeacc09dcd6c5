//! Service levels: policies, for whom they count, what was measured, and incidents.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Object, patch::present, words::words};

words! {
    /// What people sell a policy as.
    SlaTier {
        /// What everybody gets.
        Standard = "standard",
        /// More.
        Pro = "pro",
        /// Most.
        Enterprise = "enterprise",
        /// Something of its own.
        Custom = "custom",
    }
}

words! {
    /// What requests are measured together.
    SlaRouteClass {
        /// Questions.
        Run = "run",
        /// Looking at things.
        Read = "read",
        /// Changing things.
        Mutation = "mutation",
        /// Handing in documents.
        Ingest = "ingest",
        /// Operating the platform.
        Ops = "ops",
        /// Administering the tenant.
        Admin = "admin",
    }
}

words! {
    /// How far an incident has come.
    SlaIncidentStatus {
        /// It is there.
        Open = "open",
        /// It is there, and runs do less or are refused because of it.
        Mitigating = "mitigating",
        /// It is over.
        Resolved = "resolved",
    }
}

/// A policy for service levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SlaPolicy {
    /// Its id.
    pub id: String,
    /// The tenant; absent for a policy of the operator, which counts for everybody without an assignment.
    #[serde(default)]
    pub tenant_id: Option<String>,
    /// What people call it.
    pub name: String,
    /// What people sell it as.
    pub tier: SlaTier,
    /// Whether it counts.
    pub enabled: bool,
    /// What it promises, and what is done when that is not kept.
    pub config_json: Object,
    /// Counts the changes.
    pub version: i32,
    /// The credential that made it.
    #[serde(default)]
    pub created_by: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Policies for service levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SlaPolicyList {
    /// The policies, newest first.
    pub items: Vec<SlaPolicy>,
}

/// Makes a policy for service levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreateSlaPolicy {
    /// What people call it, 1 to 128 characters; unique together with the version.
    #[cfg_attr(feature = "schema", schema(example = "enterprise-run-sla", min_length = 1, max_length = 128))]
    pub name: String,
    /// What people sell it as.
    pub tier: SlaTier,
    /// Whether it counts.
    #[serde(default = "yes")]
    #[cfg_attr(feature = "schema", schema(default = true))]
    pub enabled: bool,
    /// What it promises, and what is done when that is not kept: `objectives`, `enforcement` and `mitigation`.
    pub config_json: Object,
    /// Its version, 1 or more.
    #[serde(default = "one")]
    #[cfg_attr(feature = "schema", schema(default = 1, minimum = 1))]
    pub version: i32,
}

/// Changes a policy for service levels. What is absent stays; a change of more than `enabled` makes a new version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PatchSlaPolicy {
    /// What people call it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What people sell it as.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub tier: Option<SlaTier>,
    /// Whether it counts.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The whole document, in place of the old one.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub config_json: Option<Object>,
}

/// Which policy counts for a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SlaAssignment {
    /// Its id.
    pub id: String,
    /// The tenant.
    pub tenant_id: String,
    /// The policy.
    pub policy_id: String,
    /// From when on it counts.
    pub effective_from: DateTime<Utc>,
    /// Until when it counts.
    #[serde(default)]
    pub effective_to: Option<DateTime<Utc>>,
    /// What is laid over the policy's document.
    #[serde(default)]
    pub override_json: Option<Object>,
    /// The policy that takes over later, if one is assigned.
    #[serde(default)]
    pub planned_policy_id: Option<String>,
    /// When it takes over.
    #[serde(default)]
    pub planned_from: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Says which policy counts for a tenant, in place of what was said before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PatchSlaAssignment {
    /// A policy of the tenant or of the operator.
    pub policy_id: String,
    /// From when on it counts; now when absent.
    #[serde(default)]
    pub effective_from: Option<DateTime<Utc>>,
    /// Until when it counts.
    #[serde(default)]
    pub effective_to: Option<DateTime<Utc>>,
    /// What is laid over the policy's document: objects are merged, `null` takes a member away.
    #[serde(default)]
    pub override_json: Option<Object>,
}

/// What was measured in a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SlaMeasurement {
    /// Made of the class and the window.
    pub id: String,
    /// The tenant.
    pub tenant_id: String,
    /// What was measured.
    pub route_class: SlaRouteClass,
    /// Where the window begins.
    pub window_start: DateTime<Utc>,
    /// Where the window ends.
    pub window_end: DateTime<Utc>,
    /// Requests that were answered, well or not. What was refused is not among them.
    pub request_count: u64,
    /// Those that failed by the platform's fault.
    pub error_count: u64,
    /// The time that half of them took at most, in milliseconds.
    #[serde(default)]
    pub p50_ms: Option<f64>,
    /// The time that 95 of 100 took at most.
    #[serde(default)]
    pub p95_ms: Option<f64>,
    /// The time that 99 of 100 took at most.
    #[serde(default)]
    pub p99_ms: Option<f64>,
    /// The share that did not fail.
    #[serde(default)]
    pub availability_pct: Option<f64>,
    /// How full things were.
    #[serde(default)]
    pub saturation_pct: Option<f64>,
    /// When it was last counted.
    pub computed_at: DateTime<Utc>,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SlaMeasurementList {
    /// The windows, newest first.
    pub items: Vec<SlaMeasurement>,
}

/// A breach of a policy, from its beginning to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SlaIncident {
    /// Its id.
    pub id: String,
    /// The tenant.
    pub tenant_id: String,
    /// The policy that is broken.
    pub policy_id: String,
    /// The requests that break it.
    pub route_class: SlaRouteClass,
    /// The worst of what is broken, such as `availability` or `latency_p95`.
    #[cfg_attr(feature = "schema", schema(example = "latency_p95"))]
    pub breach_type: String,
    /// `sev1`, `sev2` or `sev3`; the worst that it was.
    #[cfg_attr(feature = "schema", schema(example = "sev2"))]
    pub severity: String,
    /// How far it has come.
    pub status: SlaIncidentStatus,
    /// When it was seen first.
    pub first_breach_at: DateTime<Utc>,
    /// When it was seen last.
    pub last_breach_at: DateTime<Utc>,
    /// What was measured last.
    #[serde(default)]
    pub details_json: Option<Value>,
    /// When it was over.
    #[serde(default)]
    pub resolved_at: Option<DateTime<Utc>>,
}

/// Breaches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SlaIncidentList {
    /// The incidents, newest first.
    pub items: Vec<SlaIncident>,
}

fn yes() -> bool {
    true
}

fn one() -> i32 {
    1
}
