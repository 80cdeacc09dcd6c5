//! Keys under a master key that the installation is given: for machines without a cloud, and for tests.

use std::{collections::BTreeSet, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::{FutureExt as _, future::BoxFuture};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{
    super::{
        Key,
        cipher::{self, NONCE, TAG},
        key::KEY,
    },
    KeyName, Kms, KmsError, KmsProvider,
};
use crate::clock;

/// The first byte of a wrapped key: how the rest is to be read.
const FORMAT: u8 = 1;
const ID: usize = 8;
const SALT: usize = 32;
/// The shortest text that is taken as a master key when it is not 32 bytes in hexadecimal or base64, in characters.
const MIN_TEXT: usize = 32;
/// Fewer different characters are a pattern, and fewer different bytes as well.
const MIN_VARIETY: usize = 8;

const NAME: &[u8] = b"nexus local kms 1 name";
const WRAP: &[u8] = b"nexus local kms 1 wrap";

/// A master key. It wraps, and is used for nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey {
    key: Key,
    /// What tells master keys apart, and tells nothing of them.
    id: [u8; ID],
}

/// A master key that anybody could guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be 32 random bytes in hexadecimal or base64 (openssl rand -base64 32), or at least {MIN_TEXT} characters that are not a pattern"
)]
pub struct WeakMaster;

impl MasterKey {
    /// Reads a master key: 32 bytes in hexadecimal, or in base64, or else a long text, of which the digest is taken.
    pub fn parse(text: &SecretString) -> Result<Self, WeakMaster> {
        let text = text.expose_secret().trim();
        let bytes = Zeroizing::new(hex::decode(text).or_else(|_| STANDARD.decode(text)).unwrap_or_default());
        let varied = |bytes: &[u8]| bytes.iter().collect::<BTreeSet<_>>().len() >= MIN_VARIETY;
        let mut key: [u8; KEY] = match <[u8; KEY]>::try_from(bytes.as_slice()) {
            Ok(key) if varied(&key) => key,
            Err(_) if text.chars().count() >= MIN_TEXT && varied(text.as_bytes()) => Sha256::digest(text).into(),
            _ => return Err(WeakMaster),
        };
        let key = Key::take(&mut key);
        let name = key.derive(&[], NAME, &[]);
        let id = name.expose().first_chunk().copied().unwrap_or_default();
        Ok(Self { key, id })
    }
}

impl MasterKey {
    /// What tells master keys apart, and tells nothing of them.
    #[must_use]
    pub fn name(&self) -> [u8; ID] {
        self.id
    }

    /// A key for another use than wrapping keys of tenants. No label may begin another.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub(crate) fn derive(&self, label: &[u8]) -> Key {
        self.key.derive(&[], label, &[])
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", hex::encode(self.id))
    }
}

/// Wraps with a master key, and unwraps with it or with the one before it.
#[derive(Debug)]
pub struct LocalKms {
    master: MasterKey,
    previous: Option<MasterKey>,
}

impl LocalKms {
    /// With this master key, and the one before it while keys are left that it wraps.
    #[must_use]
    pub fn new(master: MasterKey, previous: Option<MasterKey>) -> Self {
        Self { master, previous }
    }

    /// The format, the name of the master key, a salt that makes the wrapping key one for this key only (so that the nonce may
    /// be zero), the wrapped key, and its tag.
    fn wrapped(&self, name: &KeyName, key: &Key) -> Result<Vec<u8>, KmsError> {
        let mut salt = [0; SALT];
        clock::fill_random(&mut salt);
        let context = name.to_bytes();
        let wrapping = cipher::fastest().keyed(&self.master.key.derive(&salt, WRAP, &context));
        let mut sealed = [0; KEY];
        let sealing = wrapping.seal([0; NONCE], &context, key.expose(), &mut sealed);
        let tag = sealing.map_err(|_| KmsError::Refused)?;
        Ok([&[FORMAT], self.master.id.as_slice(), &salt, &sealed, &tag].concat())
    }

    fn unwrapped(&self, name: &KeyName, wrapped: &[u8]) -> Option<Key> {
        let (&FORMAT, rest) = wrapped.split_first()? else { return None };
        let (id, rest) = rest.split_first_chunk::<ID>()?;
        let (salt, rest) = rest.split_first_chunk::<SALT>()?;
        let (sealed, tag) = rest.split_first_chunk::<KEY>()?;
        let tag: &[u8; TAG] = tag.try_into().ok()?;
        let master = [Some(&self.master), self.previous.as_ref()].into_iter().flatten().find(|m| m.id == *id)?;
        let context = name.to_bytes();
        let wrapping = cipher::fastest().keyed(&master.key.derive(salt, WRAP, &context));
        let mut key = Key::blank();
        wrapping.open([0; NONCE], &context, sealed, tag, key.bytes_mut()).ok()?;
        Some(key)
    }
}

impl Kms for LocalKms {
    fn provider(&self) -> KmsProvider {
        KmsProvider::Local
    }

    fn reference(&self, name: &KeyName) -> String {
        format!("local://{name}")
    }

    fn wrap<'a>(&'a self, name: &'a KeyName, key: &'a Key) -> BoxFuture<'a, Result<Vec<u8>, KmsError>> {
        async { self.wrapped(name, key) }.boxed()
    }

    fn unwrap<'a>(&'a self, name: &'a KeyName, wrapped: &'a [u8]) -> BoxFuture<'a, Result<Key, KmsError>> {
        async { self.unwrapped(name, wrapped).ok_or(KmsError::Refused) }.boxed()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]
    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn master(text: &str) -> Result<MasterKey, WeakMaster> {
        MasterKey::parse(&text.to_owned().into())
    }

    fn name(tenant: &str, version: u32) -> KeyName {
        KeyName { tenant: tenant.into(), alias: "tenant-master".into(), version }
    }

    #[test]
    fn a_master_key_is_32_bytes_in_either_spelling_or_a_long_text() {
        let base64 = STANDARD.encode((0..32).collect::<Vec<u8>>());
        assert_eq!(master(HEX).unwrap(), master(&base64).unwrap());
        assert_eq!(master(&format!(" {HEX}\n")).unwrap(), master(HEX).unwrap());
        assert!(master("a long sentence that somebody chose").is_ok());
        for weak in [
            "",
            "changeme",
            "00",
            &"0".repeat(64),
            &"ab".repeat(32),
            &"A".repeat(44),
            &HEX[..60],
            "short text of 31 characters.....",
        ] {
            assert_eq!(master(weak).is_ok(), weak.len() == 60 || weak.starts_with("short"), "{weak:?}");
        }
    }

    #[tokio::test]
    async fn a_key_unwraps_for_its_name_and_under_its_master_only() {
        let kms = LocalKms::new(master(HEX).unwrap(), None);
        let key = Key::generate();
        let wrapped = kms.wrap(&name("t1", 1), &key).await.unwrap();
        assert_eq!(kms.unwrap(&name("t1", 1), &wrapped).await.unwrap(), key);
        assert_ne!(kms.wrap(&name("t1", 1), &key).await.unwrap(), wrapped);
        for other in [name("t2", 1), name("t1", 2), KeyName { alias: "other".into(), ..name("t1", 1) }] {
            assert_eq!(kms.unwrap(&other, &wrapped).await, Err(KmsError::Refused));
        }
        let other = LocalKms::new(master("a long sentence that somebody chose").unwrap(), None);
        assert_eq!(other.unwrap(&name("t1", 1), &wrapped).await, Err(KmsError::Refused));
        for at in 0..wrapped.len() {
            let mut bad = wrapped.clone();
            bad[at] ^= 1;
            assert_eq!(kms.unwrap(&name("t1", 1), &bad).await, Err(KmsError::Refused), "byte {at}");
            assert_eq!(kms.unwrap(&name("t1", 1), &wrapped[..at]).await, Err(KmsError::Refused), "length {at}");
        }
    }

    #[tokio::test]
    async fn the_master_before_unwraps_and_wraps_no_more() {
        let (old, new) = (master(HEX).unwrap(), master("a long sentence that somebody chose").unwrap());
        let key = Key::generate();
        let before = LocalKms::new(old.clone(), None).wrap(&name("t1", 1), &key).await.unwrap();
        let both = LocalKms::new(new.clone(), Some(old));
        assert_eq!(both.unwrap(&name("t1", 1), &before).await.unwrap(), key);
        let after = both.wrap(&name("t1", 2), &key).await.unwrap();
        // What was wrapped since needs the old one no longer.
        let alone = LocalKms::new(new, None);
        assert_eq!(alone.unwrap(&name("t1", 2), &after).await.unwrap(), key);
        assert_eq!(alone.unwrap(&name("t1", 1), &before).await, Err(KmsError::Refused));
    }
}
