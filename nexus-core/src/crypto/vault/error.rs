//! Why something was not encrypted, decrypted or rotated.

use std::{borrow::Cow, time::Duration};

use super::super::{Refused, kms::KmsError};
use crate::{
    pg::DbError,
    problem::{Code, Kind, Problem},
};

/// What went wrong with keys or what they seal.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Encryption is off, and what is to be stored may be stored encrypted only.
    #[error("encryption is off, and this may only be stored encrypted")]
    Required,
    /// There is nothing that keeps keys, and what was encrypted before cannot be read.
    #[error("no key-management service is configured")]
    NoKms,
    /// The key-management service.
    #[error(transparent)]
    Kms(#[from] KmsError),
    /// What is stored does not decrypt.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The version of the key seals no more.
    #[error("the version of the key seals no more")]
    NotActive,
    /// The tenant's keys are being rotated.
    #[error("a rotation of keys goes on")]
    InProgress,
    /// No such rotation.
    #[error("no such rotation of keys")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Problem for VaultError {
    fn kind(&self) -> Kind {
        match self {
            Self::Required | Self::NoKms => Kind::Unavailable,
            Self::Kms(e) => e.kind(),
            Self::Refused(e) => e.kind(),
            Self::NotActive | Self::InProgress => Kind::Conflict,
            Self::NotFound => Kind::NotFound,
            Self::Db(e) => e.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::Required => Code::EncryptionRequired,
            Self::NoKms => Code::KmsUnavailable,
            Self::Kms(e) => e.code(),
            Self::Refused(e) => e.code(),
            Self::NotActive => Code::KeyNotActive,
            Self::InProgress => Code::KeyRotationInProgress,
            Self::NotFound => Code::NotFound,
            Self::Db(e) => e.code(),
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Required => "This may only be stored encrypted, and encryption is off".into(),
            Self::NoKms => "No key-management service is configured".into(),
            Self::Kms(e) => e.message(),
            Self::Refused(e) => e.message(),
            Self::NotActive => "The encryption key was rotated meanwhile; try again".into(),
            Self::InProgress => "A rotation of the keys of this tenant goes on".into(),
            Self::NotFound => "There is no such rotation of keys".into(),
            Self::Db(e) => e.message(),
        }
    }
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Kms(e) => e.retry_after(),
            Self::NotActive => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}
