//! Secrets of keys, and what is made of them.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{KeyId, PlatformKey};
use crate::{
    audit::{NotAKey, SigningKey},
    clock,
};

/// How many random bytes a secret has.
const BYTES: usize = 48;
const SALT: &[u8] = b"nexus keyring 1";
const ED25519: &[u8] = b"ed25519 seed";

/// The secret of a key: 64 characters that are safe in addresses and files.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    pub(super) fn generate() -> Self {
        let mut bytes = Zeroizing::new([0; BYTES]);
        clock::fill_random(bytes.as_mut_slice());
        Self(URL_SAFE_NO_PAD.encode(bytes.as_slice()).into())
    }

    pub(super) fn of(text: String) -> Self {
        Self(text.into())
    }

    /// The text. It is shown to whoever made the key, once, and to nobody else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// As what messages are signed with that both ends know.
    #[must_use]
    pub fn shared(&self) -> SecretString {
        self.0.clone()
    }

    /// What others check signatures of this key with.
    pub(super) fn public_key(&self) -> Result<String, NotAKey> {
        Ok(self.signing_key()?.public().to_owned())
    }

    /// HKDF-SHA-256 of the text gives the seed.
    fn signing_key(&self) -> Result<SigningKey, NotAKey> {
        let mut seed = Zeroizing::new([0; 32]);
        let made = Hkdf::<Sha256>::new(Some(SALT), self.expose().as_bytes());
        made.expand(ED25519, seed.as_mut_slice()).map_err(|_| NotAKey)?;
        SigningKey::new(hex::encode(seed.as_slice()).into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A key with its secret, to be used for its purpose.
#[derive(Debug, Clone)]
pub struct Material {
    /// The key.
    pub key: PlatformKey,
    /// Its secret.
    pub secret: Secret,
}

impl Material {
    /// The id, which goes with what is signed.
    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.key.id
    }

    /// As what checkpoints are signed with.
    pub fn signing_key(&self) -> Result<SigningKey, NotAKey> {
        Ok(self.secret.signing_key()?.named(self.key.id.as_str()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_secret_is_48_bytes_that_do_not_print() {
        let secret = Secret::generate();
        assert_eq!(secret.expose().len(), 64);
        assert!(secret.expose().bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')));
        assert_ne!(Secret::generate().expose(), secret.expose());
        assert_eq!(format!("{secret:?}"), "Secret(..)");
    }

    #[test]
    fn a_signing_key_is_made_of_the_secret_alone() {
        // Signatures of installations depend on it.
        let secret = Secret::of("A".repeat(64));
        let mut seed = [0; 32];
        Hkdf::<Sha256>::new(Some(b"nexus keyring 1"), &[b'A'; 64]).expand(b"ed25519 seed", &mut seed).unwrap();
        let expected = SigningKey::new(hex::encode(seed).into()).unwrap();
        assert_eq!(secret.public_key().unwrap(), expected.public());
        assert_ne!(Secret::of("B".repeat(64)).public_key().unwrap(), expected.public());
    }
}
