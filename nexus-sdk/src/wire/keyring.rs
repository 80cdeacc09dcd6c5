//! Keys of the platform.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::words::words;

words! {
    /// What a key of the platform is for.
    KeyPurpose {
        /// Checkpoints of the audit log.
        Signing = "signing",
        /// What the platform keeps for itself.
        Encryption = "encryption",
        /// Manifests of backups.
        BackupSigning = "backup_signing",
        /// Backups.
        BackupEncryption = "backup_encryption",
        /// Events that are posted to receivers.
        WebhookSigning = "webhook_signing",
    }
}

words! {
    /// What becomes of a key of the platform.
    PlatformKeyStatus {
        /// It is used for what is new.
        Active = "active",
        /// Another one is used, and it is still accepted.
        Retiring = "retiring",
        /// It is accepted no more.
        Retired = "retired",
        /// It is not to be trusted, nor what was made with it.
        Revoked = "revoked",
    }
}

/// A key of the platform, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PlatformKey {
    /// Its id, which goes with what is signed.
    #[cfg_attr(feature = "schema", schema(example = "whsig_0123456789abcdef0123456789abcdef"))]
    pub key_id: String,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// What becomes of it.
    pub status: PlatformKeyStatus,
    /// What its signatures are checked with: Ed25519, in hex. Only keys for `signing` have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it began to be used.
    pub activated_at: Option<DateTime<Utc>>,
    /// When it began to retire.
    pub retired_at: Option<DateTime<Utc>>,
}

/// A key that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PlatformKeyRotated {
    /// The key.
    pub key: PlatformKey,
    /// Its secret, this once: an answer that is given again for the same `Idempotency-Key` is without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The key that it takes the place of.
    pub replaced_key_id: Option<String>,
}
