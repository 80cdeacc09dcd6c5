//! What keys are called, what they are for, and what becomes of them. Pure.

use std::{fmt, str::FromStr};

use uuid::Uuid;

use crate::clock;

/// What a key is for. It is used for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Checkpoints of the audit log.
    Signing,
    /// What the platform keeps for itself.
    Encryption,
    /// Manifests of backups.
    BackupSigning,
    /// Backups.
    BackupEncryption,
    /// Events that are posted to receivers.
    WebhookSigning,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Signing, Self::Encryption, Self::BackupSigning, Self::BackupEncryption, Self::WebhookSigning];

    /// The word on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Encryption => "encryption",
            Self::BackupSigning => "backup_signing",
            Self::BackupEncryption => "backup_encryption",
            Self::WebhookSigning => "webhook_signing",
        }
    }

    /// What ids of keys of this purpose begin with.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Signing => "sig",
            Self::Encryption => "enc",
            Self::BackupSigning => "bksig",
            Self::BackupEncryption => "bkenc",
            Self::WebhookSigning => "whsig",
        }
    }
}

/// A word that is none of a closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no word that is known here")]
pub struct UnknownWord;

impl FromStr for Purpose {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text).ok_or(UnknownWord)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The id of a key: the prefix of its purpose, and 32 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(String);

impl KeyId {
    /// An id that nobody has.
    #[must_use]
    pub fn fresh(purpose: Purpose) -> Self {
        let mut bytes = [0; 16];
        clock::fill_random(&mut bytes);
        Self(format!("{}_{}", purpose.prefix(), Uuid::from_bytes(bytes).simple()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyId {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let (prefix, digits) = text.split_once('_').ok_or(UnknownWord)?;
        let hex = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let known = Purpose::ALL.iter().any(|purpose| purpose.prefix() == prefix);
        if hex && known { Ok(Self(text.to_owned())) } else { Err(UnknownWord) }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_ids_survive_their_text() {
        for purpose in Purpose::ALL {
            assert_eq!(purpose.as_str().parse(), Ok(purpose));
            let id = KeyId::fresh(purpose);
            assert_eq!(id.as_str().parse(), Ok(id.clone()));
            assert_eq!(id.as_str().len(), purpose.prefix().len() + 33);
            assert_ne!(KeyId::fresh(purpose), id);
        }
        for wrong in [
            "",
            "sig",
            "sig_",
            "sig_0123",
            "key_0123456789abcdef0123456789abcdef",
            "sig_0123456789ABCDEF0123456789ABCDEF",
        ] {
            assert_eq!(wrong.parse::<KeyId>(), Err(UnknownWord), "{wrong}");
        }
    }
}
