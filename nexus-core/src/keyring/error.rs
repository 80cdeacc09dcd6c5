//! Why a key of the platform was not made or used.

use std::borrow::Cow;

use crate::{
    audit::NotAKey,
    crypto::Refused,
    pg::DbError,
    problem::{Code, Kind, Problem},
};

/// What went wrong with keys of the platform.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// There has to be a master key, and there is none.
    #[error("KEYRING_MASTER_KEY is not set, and it is required")]
    NotConfigured,
    /// There is no master key, and there need not be one.
    #[error("no master key of the keyring is configured")]
    Disabled,
    /// No such key.
    #[error("no such key of the platform")]
    NotFound,
    /// A key does not open under the master key.
    #[error("a key of the platform does not open under KEYRING_MASTER_KEY")]
    Refused(#[from] Refused),
    /// A secret that is no signing key.
    #[error("a key of the platform {0}")]
    NotAKey(#[from] NotAKey),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Problem for KeyringError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotConfigured | Self::Refused(_) | Self::NotAKey(_) => Kind::Internal,
            Self::Disabled => Kind::Unavailable,
            Self::NotFound => Kind::NotFound,
            Self::Db(e) => e.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::NotConfigured => Code::KeyringNotConfigured,
            Self::Disabled => Code::KeyringDisabled,
            Self::NotFound => Code::NotFound,
            Self::Refused(e) => e.code(),
            Self::NotAKey(_) => Code::DecryptionFailed,
            Self::Db(e) => e.code(),
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::NotConfigured => "The master key of the keyring is not configured".into(),
            Self::Disabled => "The keyring is not configured on this installation".into(),
            Self::NotFound => "There is no such key".into(),
            Self::Refused(e) => e.message(),
            Self::NotAKey(_) => Refused.message(),
            Self::Db(e) => e.message(),
        }
    }
}
