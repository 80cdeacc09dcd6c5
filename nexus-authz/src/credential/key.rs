//! The form of an API key: `nrgk_<32 hex digits of its id>_<48 characters>`.
//!
//! The last part is base64url of 32 random bytes and a CRC-32 over all that stands before it, so that secret scanners and
//! this server recognise a key, and a mistyped one, without asking a database. What is stored is an HMAC under a pepper:
//! a leaked database alone is useless.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use nexus_core::{clock, id::CredentialId};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// What every key begins with.
pub const PREFIX: &str = "nrgk_";
const ID_LEN: usize = 32;
const SECRET_LEN: usize = 48;
const SHOWN_LEN: usize = 12;

/// A key in the clear: shown once, never stored.
#[derive(Clone)]
pub struct Plaintext(SecretString);

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plaintext(…)")
    }
}

impl Plaintext {
    /// The text to hand to its owner.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The part that may be shown in lists.
    #[must_use]
    pub fn shown(&self) -> String {
        self.expose().chars().take(SHOWN_LEN).collect()
    }
}

/// Makes a key that nobody can guess, with its id.
#[must_use]
pub fn generate() -> (CredentialId, Plaintext) {
    // Random from its first digit: what lists show of a key has to tell keys apart that were made at the same time.
    let mut id = [0_u8; ID_LEN / 2];
    clock::fill_random(&mut id);
    let id = hex::encode(id);
    let mut bytes = [0_u8; 36];
    let (secret, checksum) = bytes.split_at_mut(32);
    clock::fill_random(secret);
    checksum.copy_from_slice(&checksum_of(&id, secret));
    let text = format!("{PREFIX}{id}_{}", URL_SAFE_NO_PAD.encode(bytes));
    let id = CredentialId::new(&id).unwrap_or_else(|_| unreachable!("hex digits are of the alphabet"));
    (id, Plaintext(text.into()))
}

/// Checks form and checksum. Returns the token itself, as proof that it may be looked up.
#[must_use]
pub fn parse(token: &str) -> Option<Parsed<'_>> {
    let (id, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if id.len() != ID_LEN || secret.len() != SECRET_LEN || !id.bytes().all(hex) {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(secret).ok()?;
    let (random, checksum) = bytes.split_at_checked(32)?;
    (checksum_of(id, random) == checksum).then_some(Parsed(token))
}

/// A token of the right form.
#[derive(Debug, Clone, Copy)]
pub struct Parsed<'a>(&'a str);

fn checksum_of(id: &str, random: &[u8]) -> [u8; 4] {
    let mut crc = crc32fast::Hasher::new();
    crc.update(PREFIX.as_bytes());
    crc.update(id.as_bytes());
    crc.update(random);
    crc.finalize().to_be_bytes()
}

/// The secret of the installation that key hashes depend on.
#[derive(Clone)]
pub struct Pepper(SecretString);

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(…)")
    }
}

/// A pepper too short to protect anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must have at least 32 characters")]
pub struct WeakPepper;

impl Pepper {
    /// Takes a secret of at least 32 characters.
    pub fn new(secret: SecretString) -> Result<Self, WeakPepper> {
        if secret.expose_secret().chars().count() < 32 { Err(WeakPepper) } else { Ok(Self(secret)) }
    }

    /// The hash under which a key is stored.
    #[must_use]
    pub fn hash(&self, key: Parsed<'_>) -> [u8; 32] {
        self.mac(key.0.as_bytes())
    }

    /// A text that tells two peppers apart and gives neither away.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(self.mac(b"nexus pepper fingerprint")))
    }

    fn mac(&self, message: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret().as_bytes())
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(message);
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_fresh_key_parses_and_shows_only_its_start() {
        let (id, key) = generate();
        assert!(parse(key.expose()).is_some());
        assert_eq!(key.expose().len(), PREFIX.len() + ID_LEN + 1 + SECRET_LEN);
        assert_eq!(key.shown(), format!("nrgk_{}", id.as_str().get(..7).unwrap()));
        assert!(!format!("{key:?}").contains("nrgk_"));
    }

    #[test]
    fn two_peppers_give_two_hashes() {
        let (_, key) = generate();
        let pepper = |c: char| Pepper::new(c.to_string().repeat(32).into()).unwrap();
        let parsed = parse(key.expose()).unwrap();
        assert_ne!(pepper('a').hash(parsed), pepper('b').hash(parsed));
        assert_eq!(Pepper::new("short".to_owned().into()).err(), Some(WeakPepper));
    }

    proptest! {
        #[test]
        fn one_wrong_character_is_noticed(position in 5_usize..86, replacement in "[A-Za-z0-9_-]") {
            let (_, key) = generate();
            let mut text = key.expose().to_owned();
            let before = text.clone();
            text.replace_range(position..=position, &replacement);
            prop_assert_eq!(parse(&text).is_some(), text == before);
        }

        #[test]
        fn nothing_else_parses(text in "\\PC{0,120}") {
            prop_assert!(parse(&text).is_none());
        }
    }
}
