//! Signed statements of how the log stood: a few lines of text and an Ed25519 signature over exactly these bytes.

use std::{fmt, fmt::Write as _, str::FromStr};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use chrono::{DateTime, NaiveDateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::tree::Hash;

/// The first line of every checkpoint.
const TITLE: &str = "nexusrag-audit-checkpoint/1";
/// How times are written.
const TIME: &str = "%Y-%m-%dT%H:%M:%S%.6fZ";

/// How the log stood at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log: 32 hex digits, drawn at its beginning.
    pub log: String,
    /// Counts checkpoints; the first is 1.
    pub number: u64,
    /// When it was made.
    pub time: DateTime<Utc>,
    /// How many events were sealed since the beginning.
    pub events: u64,
    /// How many chains there are.
    pub chains: u64,
    /// The root of the tree over their heads.
    pub root: Hash,
    /// The hash of the text of the checkpoint before; zeros for the first.
    pub previous: Hash,
    /// Events up to an earlier checkpoint were removed with this one, because their time was over.
    pub pruned: Option<Pruned>,
    /// The id of the key that signs it, where that has one.
    pub key_id: Option<String>,
}

/// A record of retention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruned {
    /// The checkpoint up to which events are gone.
    pub through: u64,
    /// How many events went.
    pub events: u64,
    /// What was sealed before this time went.
    pub before: DateTime<Utc>,
}

/// A text that is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the text of a checkpoint")]
pub struct NotACheckpoint;

/// A time as the log writes it.
#[must_use]
pub fn time_text(time: DateTime<Utc>) -> String {
    time.format(TIME).to_string()
}

fn read_time(text: &str) -> Option<DateTime<Utc>> {
    NaiveDateTime::parse_from_str(text, TIME).ok().map(|time| time.and_utc())
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}")?;
        writeln!(f, "log {}", self.log)?;
        writeln!(f, "number {}", self.number)?;
        writeln!(f, "time {}", time_text(self.time))?;
        writeln!(f, "events {}", self.events)?;
        writeln!(f, "chains {}", self.chains)?;
        writeln!(f, "root {}", self.root)?;
        writeln!(f, "previous {}", self.previous)?;
        if let Some(Pruned { through, events, before }) = &self.pruned {
            writeln!(f, "pruned {through} {events} {}", time_text(*before))?;
        }
        if let Some(id) = &self.key_id {
            writeln!(f, "key {id}")?;
        }
        Ok(())
    }
}

impl FromStr for Checkpoint {
    type Err = NotACheckpoint;

    /// Reads a text; one that would be written differently is none.
    fn from_str(text: &str) -> Result<Self, NotACheckpoint> {
        let read = || {
            let mut lines = text.strip_prefix(TITLE)?.strip_prefix('\n')?.lines().peekable();
            let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
            let checkpoint = Self {
                log: field("log")?.to_owned(),
                number: field("number")?.parse().ok()?,
                time: read_time(field("time")?)?,
                events: field("events")?.parse().ok()?,
                chains: field("chains")?.parse().ok()?,
                root: field("root")?.parse().ok()?,
                previous: field("previous")?.parse().ok()?,
                pruned: match lines.next_if(|line| line.starts_with("pruned ")) {
                    None => None,
                    Some(line) => Some(read_pruned(line)?),
                },
                key_id: match lines.next() {
                    None => None,
                    Some(line) => Some(line.strip_prefix("key ")?.to_owned()),
                },
            };
            (checkpoint.to_string() == text).then_some(checkpoint)
        };
        read().ok_or(NotACheckpoint)
    }
}

fn read_pruned(line: &str) -> Option<Pruned> {
    let mut words = line.strip_prefix("pruned ")?.split(' ');
    Some(Pruned {
        through: words.next()?.parse().ok()?,
        events: words.next()?.parse().ok()?,
        before: read_time(words.next()?)?,
    })
}

/// A checkpoint with its signature, as it lies outside of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// The text of the checkpoint, which is what is signed.
    pub text: String,
    /// The public key that it was signed with, in hex.
    pub key: String,
    /// The Ed25519 signature, in hex.
    pub signature: String,
}

impl Signed {
    /// What the next checkpoint calls this one.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::plain(self.text.as_bytes())
    }

    /// What it says.
    pub fn read(&self) -> Result<Checkpoint, NotACheckpoint> {
        self.text.parse()
    }

    /// Whether the key that it names signed it. Whether that key is to be trusted is for others to know.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        let (Ok(key), Ok(signature)) = (hex::decode(&self.key), hex::decode(&self.signature)) else { return false };
        UnparsedPublicKey::new(&ED25519, key).verify(self.text.as_bytes(), &signature).is_ok()
    }
}

/// A key that is too short, too long, or no hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 64 hex digits")]
pub struct NotAKey;

/// What checkpoints are signed with.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    seed: SecretString,
    public: String,
    /// What the keyring calls it.
    id: Option<String>,
    chosen: bool,
}

impl SigningKey {
    /// Reads a seed: 32 bytes in hex.
    pub fn new(seed: SecretString) -> Result<Self, NotAKey> {
        let bytes = hex::decode(seed.expose_secret().trim()).map_err(|_| NotAKey)?;
        if bytes.len() != 32 {
            return Err(NotAKey);
        }
        let pair = Ed25519KeyPair::from_seed_unchecked(&bytes).map_err(|_| NotAKey)?;
        let public = hex::encode(pair.public_key().as_ref());
        Ok(Self { pair, seed, public, id: None, chosen: true })
    }

    /// Nobody chose this key: it was drawn by one process, and others may have drawn another one.
    #[must_use]
    pub fn drawn(self) -> Self {
        Self { chosen: false, ..self }
    }

    /// The key has an id, which goes with what it signs.
    #[must_use]
    pub fn named(self, id: &str) -> Self {
        Self { id: Some(id.to_owned()), ..self }
    }

    /// What the keyring calls it; nothing when it is the key of the settings.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether somebody chose this key.
    #[must_use]
    pub fn is_chosen(&self) -> bool {
        self.chosen
    }

    /// The public key, in hex: what a stranger needs to know.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.public
    }

    /// Signs a checkpoint.
    #[must_use]
    pub fn sign(&self, checkpoint: &Checkpoint) -> Signed {
        let text = Checkpoint { key_id: self.id.clone(), ..checkpoint.clone() }.to_string();
        let mut signature = String::with_capacity(128);
        for byte in self.pair.sign(text.as_bytes()).as_ref() {
            let _ = write!(signature, "{byte:02x}");
        }
        Signed { text, key: self.public.clone(), signature }
    }

    /// A code that only holders of the key can make, for what is handed to clients and comes back.
    #[must_use]
    pub fn code(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        code(&self.seed, purpose, parts)
    }
}

/// A code that only holders of a secret can make, for what is handed to clients and comes back. No two lists of parts give the
/// same.
#[must_use]
pub fn code(secret: &SecretString, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().trim().as_bytes())
        .unwrap_or_else(|_| unreachable!("a key of any length will do"));
    for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            log: "0123456789abcdef0123456789abcdef".into(),
            number: 7,
            time: DateTime::from_timestamp_micros(1_700_000_000_000_001).unwrap(),
            events: 12,
            chains: 2,
            root: Hash::leaf(b"a"),
            previous: Hash::default(),
            pruned: None,
            key_id: None,
        }
    }

    #[test]
    fn a_checkpoint_survives_its_text_and_has_no_other_text() {
        let plain = checkpoint();
        let before = plain.time;
        let pruned = Checkpoint { pruned: Some(Pruned { through: 3, events: 4, before }), ..plain.clone() };
        let named = Checkpoint { key_id: Some("sig_0".into()), ..pruned.clone() };
        let named_only = Checkpoint { pruned: None, ..named.clone() };
        for it in [plain, pruned, named, named_only] {
            let text = it.to_string();
            assert_eq!(text.parse(), Ok(it));
            for other in [format!("{text}\n"), text.replace("number 7", "number 07"), text.trim_end().to_owned()] {
                assert_eq!(other.parse::<Checkpoint>(), Err(NotACheckpoint), "{other}");
            }
        }
    }

    #[test]
    fn signatures_are_those_of_rfc_8032() {
        // Test 2 of section 7.1.
        let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
        let key = SigningKey::new(seed.to_owned().into()).unwrap();
        assert_eq!(key.public(), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        let signature = hex::encode(key.pair.sign(b"\x72").as_ref());
        assert!(signature.starts_with("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"));
    }

    #[test]
    fn a_signature_is_of_one_text_and_one_key() {
        let key = SigningKey::new("01".repeat(32).into()).unwrap();
        let signed = key.sign(&checkpoint());
        assert!(signed.is_signed());
        assert_eq!(signed.read(), Ok(checkpoint()));
        let other = SigningKey::new("02".repeat(32).into()).unwrap();
        assert!(!Signed { key: other.public().to_owned(), ..signed.clone() }.is_signed());
        assert!(!Signed { text: signed.text.replace("events 12", "events 13"), ..signed.clone() }.is_signed());
        assert!(!Signed { signature: String::new(), ..signed.clone() }.is_signed());
        assert!(!format!("{key:?}").contains("0101"));
        let named = SigningKey::new("01".repeat(32).into()).unwrap().named("sig_7").sign(&checkpoint());
        assert!(named.is_signed() && named.text.ends_with("\nkey sig_7\n"));
        assert_eq!(named.read().unwrap().key_id.as_deref(), Some("sig_7"));
        assert_ne!(key.code("a", &[b"bc"]), key.code("ab", &[b"c"]));
    }
}
