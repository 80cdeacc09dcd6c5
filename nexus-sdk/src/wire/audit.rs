//! The audit log, and what proves it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum AuditOutcome {
    /// It was done.
    Success,
    /// It was refused, or it failed.
    Failure,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AuditEvent {
    /// Its number; later events have larger ones, almost in the order of time.
    pub id: i64,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// In which tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// How the actor was identified.
    #[cfg_attr(feature = "schema", schema(example = "api_key"))]
    pub actor_type: String,
    /// The credential of the actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<String>,
    /// The role of the actor at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_role: Option<String>,
    /// What happened.
    #[cfg_attr(feature = "schema", schema(example = "documents.deleted"))]
    pub event_type: String,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// The kind of thing that it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// The thing that it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// The request that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The address of the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// The program of the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Further facts: ids, counts and names, from a list for each type of event.
    pub metadata_json: Map<String, Value>,
    /// The code that the caller was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// A page of events, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AuditEventList {
    /// The events.
    pub items: Vec<AuditEvent>,
    /// The `offset` of the next page, if there is one and `offset` was used. Events that come in meanwhile move it;
    /// `meta.next_cursor` does not move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_offset: Option<u32>,
}

/// A signed statement of how the log stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AuditCheckpoint {
    /// What is signed, byte for byte: lines of a name and a value.
    pub text: String,
    /// The public key that it was signed with: Ed25519, in hex.
    pub key: String,
    /// The signature, in hex.
    pub signature: String,
}

/// What an answer rests on, and the proof that the log says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RunReceipt {
    /// The run.
    pub run_id: String,
    /// The event of the audit log that is the receipt, as it is hashed; `metadata_json.receipt` says what the answer rests on.
    pub event: Map<String, Value>,
    /// The proof; absent for some seconds, until the event is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<AuditProof>,
}

/// The way from an event to a signed checkpoint. Hashes are in hex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AuditProof {
    /// The number of the event in its chain.
    pub seq: u64,
    /// The number of the first event of its block.
    pub first_seq: u64,
    /// How many events its block has.
    pub events: u64,
    /// The way from the event to the root of the block.
    pub path: Vec<String>,
    /// The hash of the block before.
    pub previous: String,
    /// Where the chain stands among all chains.
    pub chain_index: u64,
    /// The way from the block to the root of the checkpoint.
    pub chain_path: Vec<String>,
    /// The checkpoint.
    pub checkpoint: AuditCheckpoint,
}

/// What a stranger needs to check the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AuditKey {
    /// The public key that checkpoints are signed with now: Ed25519, in hex.
    pub key: String,
    /// Every key that checkpoints of this installation may be signed with, those of before included: the newest first.
    #[serde(default)]
    pub keys: Vec<AuditPublicKey>,
    /// The newest checkpoint, for callers with a credential; absent while nothing is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<AuditCheckpoint>,
}

/// A public key of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AuditPublicKey {
    /// The key: Ed25519, in hex.
    pub key: String,
    /// What the keyring calls it, as in the checkpoints that it signs; absent for the key of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// `active` (it signs), `retiring` (it signed before, and may have signed lately) or `retired`.
    #[cfg_attr(feature = "schema", schema(example = "active"))]
    pub status: String,
}
