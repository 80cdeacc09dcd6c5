//! Switches of the operator.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Who moved a switch, when, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SwitchNote {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the default counts again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// The key that moved it.
    pub set_by: String,
    /// When.
    pub updated_at: DateTime<Utc>,
}

/// What is stopped for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct KillSwitches {
    /// Every kill switch, and whether it stops what it is for.
    #[cfg_attr(feature = "schema", schema(example = json!({"kill.run": false, "kill.tts": true})))]
    pub kill_switches: BTreeMap<String, bool>,
    /// Of those that were moved: by whom and why.
    #[serde(default)]
    pub notes: BTreeMap<String, SwitchNote>,
}

/// Moves kill switches; those that are not named stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PatchKillSwitches {
    /// Names and positions; names that are unknown are left out.
    #[cfg_attr(feature = "schema", schema(example = json!({"kill.tts": true})))]
    pub kill_switches: BTreeMap<String, bool>,
    /// Why, for the audit log.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 256))]
    pub reason: String,
    /// When the default counts again; never, when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// Which share of tenants has what is being rolled out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Canaries {
    /// Every rollout, in percent of tenants.
    #[cfg_attr(feature = "schema", schema(example = json!({"rollout.tts": 100})))]
    pub canary_percentages: BTreeMap<String, u8>,
    /// Of those that were moved: by whom and why.
    #[serde(default)]
    pub notes: BTreeMap<String, SwitchNote>,
}

/// Moves rollouts; those that are not named stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PatchCanaries {
    /// Names and percentages, cut to 0 to 100; names that are unknown are left out.
    #[cfg_attr(feature = "schema", schema(example = json!({"rollout.tts": 25})))]
    pub canary_percentages: BTreeMap<String, i64>,
    /// Why, for the audit log.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 256))]
    pub reason: String,
    /// When the default counts again; never, when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}
