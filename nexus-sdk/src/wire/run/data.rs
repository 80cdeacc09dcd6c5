//! What each event of a run carries in `data`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Citation;

/// `request.accepted`: every gate was passed, or the refusal follows in the stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RequestAccepted {
    /// When the run was admitted.
    pub accepted_at: DateTime<Utc>,
}

/// `sla.warn` and `sla.degrade.applied`: the tenant's service level is at risk, and what is done about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SlaNotice {
    /// The state of the service level.
    #[cfg_attr(feature = "schema", schema(example = "warning"))]
    pub status: String,
    /// The policy that was evaluated.
    #[serde(default)]
    pub policy_id: Option<String>,
    /// What was decided.
    #[cfg_attr(feature = "schema", schema(example = "degrade"))]
    pub decision: String,
    /// When the measured window ends.
    #[serde(default)]
    pub window_end: Option<DateTime<Utc>>,
    /// What an operator could do.
    #[serde(default)]
    pub recommended_actions: Vec<String>,
    /// What was changed about this run; empty for a warning.
    #[serde(default)]
    pub degrade_actions: SlaDegradeActions,
}

/// What a service level at risk changes about a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SlaDegradeActions {
    /// Whether the answer is not spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable_audio: Option<bool>,
    /// The most passages looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_k_floor: Option<u32>,
    /// The most tokens generated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    /// The retrieval providers to use instead, best first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_fallback_order: Option<Vec<String>>,
}

/// `sla.shed`: the run is refused to protect the service level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SlaShed {
    /// The state of the service level.
    #[cfg_attr(feature = "schema", schema(example = "breached"))]
    pub status: String,
    /// The policy that was evaluated.
    #[serde(default)]
    pub policy_id: Option<String>,
    /// When the measured window ends.
    #[serde(default)]
    pub window_end: Option<DateTime<Utc>>,
}

/// `cost.warn` and `cost.degraded`: the tenant's budget runs low, and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CostNotice {
    /// The state of the budget.
    #[cfg_attr(feature = "schema", schema(example = "warn"))]
    pub status: String,
    /// The budget of the month, in decimal dollars.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(example = "100.00"))]
    pub budget_usd: Option<String>,
    /// What is spent, this run's estimate included.
    #[cfg_attr(feature = "schema", schema(example = "83.120000"))]
    pub spend_usd: String,
    /// What is left.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(example = "16.880000"))]
    pub remaining_usd: Option<String>,
    /// Whether any of this is an estimate.
    pub estimated: bool,
    /// What the estimate assumes.
    #[serde(default)]
    pub estimate_meta: EstimateMeta,
    /// What was changed about this run; empty for a warning.
    #[serde(default)]
    pub degrade_actions: CostDegradeActions,
}

/// What an estimate of cost assumes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct EstimateMeta {
    /// The tokens the model reads.
    #[serde(default)]
    pub input_tokens: u64,
    /// The tokens the model writes.
    #[serde(default)]
    pub output_tokens: u64,
}

/// What a low budget changes about a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CostDegradeActions {
    /// Whether the answer is not spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable_audio: Option<bool>,
    /// The most passages looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_k: Option<u32>,
    /// The most tokens generated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    /// The passage size for ingestion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingest_chunk_size: Option<u32>,
    /// The passage overlap for ingestion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingest_chunk_overlap: Option<u32>,
}

/// `cost.capped`: the run is refused because the budget is spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CostCapped {
    /// Always `capped`.
    #[cfg_attr(feature = "schema", schema(example = "capped"))]
    pub status: String,
    /// The budget of the month, in decimal dollars.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(example = "100.00"))]
    pub budget_usd: Option<String>,
    /// What is spent, this run's estimate included.
    #[cfg_attr(feature = "schema", schema(example = "100.003100"))]
    pub spend_usd: String,
    /// Whether any of this is an estimate.
    pub estimated: bool,
}

/// `debug.retrieval`: where the passages came from; only when the server is told to say so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DebugRetrieval {
    /// The retrieval provider.
    #[cfg_attr(feature = "schema", schema(example = "local_pgvector"))]
    pub provider: String,
    /// How many passages it gave.
    #[cfg_attr(feature = "schema", schema(example = 5))]
    pub num_chunks: u64,
}

/// `token.delta`: the next piece of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TokenDelta {
    /// Text to append to what came before.
    #[cfg_attr(feature = "schema", schema(example = "Routine changes "))]
    pub delta: String,
}

/// `message.final`: the whole answer, which the deltas add up to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MessageFinal {
    /// The answer.
    #[cfg_attr(feature = "schema", schema(example = "Routine changes need a second pair of eyes [1]."))]
    pub text: String,
    /// What it rests on.
    #[serde(default)]
    pub citations: Vec<Citation>,
}

/// `audio.ready`: the spoken answer can be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AudioReady {
    /// Where to fetch it.
    pub audio_url: String,
    /// Its id.
    pub audio_id: String,
    /// Its media type.
    #[cfg_attr(feature = "schema", schema(example = "audio/mpeg"))]
    pub mime: String,
}

/// `error` and `audio.error`: the run, or only its speech, failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct StreamError {
    /// A stable code to branch on.
    #[cfg_attr(feature = "schema", schema(example = "RETRIEVAL_ERROR"))]
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// `resume.unsupported`: what was missed is no longer kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ResumeUnsupported {
    /// A sentence for people.
    pub message: String,
}

/// `done`: the stream is complete. It carries nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Done {}

/// A heartbeat: the server is still at it. Its fields lie beside `request_id` and `seq`, not under `data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    /// The server's clock.
    pub ts: DateTime<Utc>,
}

/// An event of a type this version does not know; a client should pass over it.
#[derive(Debug, Clone, PartialEq)]
pub struct UnknownEvent {
    /// The event's `type`.
    pub kind: String,
    /// The event's `data`, as it came.
    pub data: Value,
}
