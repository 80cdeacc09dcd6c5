//! Keys of tenants and their rotation.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A version of the key of a tenant. The key itself never leaves the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CryptoKey {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub tenant_id: String,
    /// What it is called.
    #[cfg_attr(feature = "schema", schema(example = "tenant-master"))]
    pub key_alias: String,
    /// Which version.
    pub key_version: u32,
    /// What wraps it: `local_kms`, `aws_kms` or `gcp_kms`.
    #[cfg_attr(feature = "schema", schema(example = "local_kms"))]
    pub provider: String,
    /// With which key.
    pub key_ref: String,
    /// `active` (it seals), `retiring` (it opens, and is being replaced), `retired` (it opens) or `revoked`.
    #[cfg_attr(feature = "schema", schema(example = "active"))]
    pub status: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it began to seal.
    pub activated_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub retired_at: Option<DateTime<Utc>>,
}

/// The keys of a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CryptoKeys {
    /// Whose they are.
    pub tenant_id: String,
    /// The one that seals; none before anything was sealed.
    pub active_key_id: Option<Uuid>,
    /// All versions, newest first.
    pub keys: Vec<CryptoKey>,
}

/// Asks for a new version of the key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateKey {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether what older versions sealed is sealed anew.
    #[serde(default = "yes")]
    pub reencrypt: bool,
    /// Whether a rotation that goes on is cancelled for this one.
    #[serde(default)]
    pub force: bool,
}

impl Default for RotateKey {
    fn default() -> Self {
        Self { reason: None, reencrypt: true, force: false }
    }
}

fn yes() -> bool {
    true
}

/// The new version, and the job that seals anew what older ones sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct KeyRotated {
    /// The version that seals from now on.
    pub key: CryptoKey,
    /// The job; none when there was no older version, or none was asked for.
    pub rotation_job: Option<RotationJob>,
}

/// A rotation of the key of a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RotationJob {
    /// Its id.
    pub id: Uuid,
    /// Whose keys.
    pub tenant_id: String,
    /// `queued`, `running`, `paused`, `completed` or `failed`.
    #[cfg_attr(feature = "schema", schema(example = "running"))]
    pub status: String,
    /// The version before.
    pub from_key_id: Uuid,
    /// The version since.
    pub to_key_id: Uuid,
    /// How many things were under older versions when it began.
    pub total_items: u64,
    /// How many were sealed anew.
    pub processed_items: u64,
    /// How many could not be read and stay where they are.
    pub failed_items: u64,
    /// When a worker began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub completed_at: Option<DateTime<Utc>>,
    /// Why it failed.
    pub error_code: Option<String>,
    /// The same in words.
    pub error_message: Option<String>,
    /// What could not be read, a hundred at most.
    pub failures: Vec<RotationFailure>,
}

/// A thing that a rotation could not read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RotationFailure {
    /// What kind of thing.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why.
    #[cfg_attr(feature = "schema", schema(example = "DECRYPTION_FAILED"))]
    pub error_code: String,
}
