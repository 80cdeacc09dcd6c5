use std::{borrow::Cow, sync::Arc, time::Duration};

use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac as _, digest::FixedOutput as _};
use nexus_core::{
    crypto::Refused,
    id::TenantId,
    op::Op,
    problem::{Code, Kind, Problem},
};
use object_store::path::Path;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::link::{self, LinkError};
use crate::objects::{Kept, ObjectError, Shelf, ShelfError, Thing};

/// A key for one purpose.
pub(super) type Key = [u8; 32];

/// What sound is called in bindings and reports.
pub const KIND: &str = "audio";
/// The first byte of an object under the secret of the installation: how the rest is to be read.
const VERSION: u8 = 1;
const NONCE: usize = 12;
/// The shortest secret that keys are derived from.
const MIN_SECRET: usize = 32;
/// Nothing larger is read back, in bytes.
const MAX_OBJECT: u64 = 64 * 1024 * 1024;

/// Why sound cannot be kept or given out.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// There is no such audio in the tenant, or its link opens nothing.
    #[error("no such audio")]
    NotFound,
    /// The stored object is not what was put there.
    #[error("the stored audio does not decrypt")]
    Damaged,
    /// The secret cannot protect anything.
    #[error("the secret for audio is shorter than {MIN_SECRET} bytes")]
    WeakSecret,
    /// The object store failed, or the keys of the tenant cannot be used.
    #[error(transparent)]
    Shelf(ShelfError),
}

impl Problem for AudioError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Shelf(error) => error.kind(),
            Self::Damaged | Self::WeakSecret => Kind::Unavailable,
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::Shelf(error) => error.code(),
            Self::Damaged | Self::WeakSecret => Code::ServiceUnavailable,
        }
    }

    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::NotFound => "Not Found".into(),
            Self::Shelf(error) => error.message(),
            _ => "The sound is not available; try again shortly".into(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Shelf(error) => error.retry_after(),
            _ => None,
        }
    }
}

/// Sound at rest, sealed for its tenant and id. What the settings let through without the key of its tenant is under a key
/// that is made from a secret of the installation, as all sound was once: bound to tenant and id as well, so that an object
/// that was moved, swapped or changed does not decrypt either way.
#[derive(Clone)]
pub struct AudioStore {
    shelf: Shelf,
    root: Arc<SecretBox<Key>>,
    fill_random: fn(&mut [u8]),
}

impl AudioStore {
    /// A store on a shelf. Links, folders and what cannot be sealed go by keys that are derived from the secret; `fill_random`
    /// gives the nonces.
    pub fn new(shelf: Shelf, secret: &SecretString, fill_random: fn(&mut [u8])) -> Result<Self, AudioError> {
        let secret = secret.expose_secret().as_bytes();
        if secret.len() < MIN_SECRET {
            return Err(AudioError::WeakSecret);
        }
        let root = derive(&Sha256::digest(secret).into(), &[b"nexus audio v1"]);
        Ok(Self { shelf, root: Arc::new(SecretBox::new(Box::new(root))), fill_random })
    }

    /// Keeps the sound.
    pub async fn put(&self, op: &Op, tenant: &TenantId, audio: Uuid, sound: &Bytes) -> Result<(), AudioError> {
        let (id, name) = (audio.to_string(), self.name(tenant.as_str(), audio));
        let otherwise = || self.seal(tenant.as_str(), audio, sound);
        self.shelf.keep(op, tenant, thing(&id, &name), (sound, otherwise)).await.map_err(AudioError::from)
    }

    /// The sound again.
    pub async fn get(&self, tenant: &TenantId, audio: Uuid) -> Result<Bytes, AudioError> {
        let (id, name) = (audio.to_string(), self.name(tenant.as_str(), audio));
        match self.shelf.get(tenant, thing(&id, &name), MAX_OBJECT).await?.ok_or(AudioError::NotFound)? {
            Kept::Sealed(sound) => Ok(sound),
            Kept::Plain(object) => self.open(tenant.as_str(), audio, &object),
        }
    }

    /// Forgets the sound; forgetting twice is no error.
    pub async fn delete(&self, tenant: &TenantId, audio: Uuid) -> Result<(), AudioError> {
        Ok(self.shelf.remove(tenant, &self.name(tenant.as_str(), audio)).await?)
    }

    /// The folder that holds all sound of a tenant and nothing else, for erasure.
    #[must_use]
    pub fn folder(&self, tenant: &str) -> Path {
        let hash = self.derive(*b"path", tenant);
        Path::from(format!("audio/{}", hex::encode(hash.first_chunk::<16>().unwrap_or(&[0; 16]))))
    }

    /// The query of a link to the sound that works until `expires_at`.
    #[must_use]
    pub fn sign(&self, tenant: &str, audio: Uuid, expires_at: DateTime<Utc>) -> String {
        link::sign(&self.link_key(), tenant, audio, expires_at)
    }

    /// The tenant whose sound a link opens.
    pub fn verify(&self, audio: Uuid, query: &str, now: DateTime<Utc>) -> Result<String, LinkError> {
        link::verify(&self.link_key(), audio, query, now)
    }

    fn name(&self, tenant: &str, audio: Uuid) -> String {
        self.folder(tenant).join(audio.to_string()).to_string()
    }

    /// Encrypts sound with the secret of the installation.
    fn seal(&self, tenant: &str, audio: Uuid, sound: &[u8]) -> Result<Bytes, ShelfError> {
        let mut nonce = [0; NONCE];
        (self.fill_random)(&mut nonce);
        let payload = Payload { msg: sound, aad: &binding(tenant, audio) };
        // The cipher refuses only texts of many gigabytes.
        let sealed =
            self.cipher(tenant).encrypt(&Nonce::from(nonce), payload).map_err(|_| ObjectError::from(Refused))?;
        Ok([&[VERSION], nonce.as_slice(), &sealed].concat().into())
    }

    fn open(&self, tenant: &str, audio: Uuid, object: &[u8]) -> Result<Bytes, AudioError> {
        let (nonce, sealed) = match object.split_first() {
            Some((&VERSION, rest)) => rest.split_first_chunk::<NONCE>().ok_or(AudioError::Damaged)?,
            _ => return Err(AudioError::Damaged),
        };
        let payload = Payload { msg: sealed, aad: &binding(tenant, audio) };
        let sound = self.cipher(tenant).decrypt(&Nonce::from(*nonce), payload).map_err(|_| AudioError::Damaged)?;
        Ok(sound.into())
    }

    fn cipher(&self, tenant: &str) -> Aes256Gcm {
        // A key for each tenant keeps random nonces far from their limit.
        Aes256Gcm::new(&self.derive(*b"seal", tenant).into())
    }

    fn link_key(&self) -> Key {
        self.derive(*b"link", "")
    }

    /// A key for one purpose and tenant; all purposes have names of the same length.
    fn derive(&self, purpose: [u8; 4], tenant: &str) -> Key {
        derive(self.root.expose_secret(), &[&purpose, tenant.as_bytes()])
    }
}

impl std::fmt::Debug for AudioStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AudioStore").field("shelf", &self.shelf).finish_non_exhaustive()
    }
}

/// An HMAC-SHA-256 that has read the parts one after the other.
pub(super) fn mac(key: &Key, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    // HMAC itself fills a short key with zeros up to the block, so this is the same key.
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac
}

fn derive(key: &Key, parts: &[&[u8]]) -> Key {
    mac(key, parts).finalize_fixed().into()
}

fn binding(tenant: &str, audio: Uuid) -> Vec<u8> {
    [audio.as_bytes(), tenant.as_bytes()].concat()
}

fn thing<'a>(id: &'a str, name: &'a str) -> Thing<'a> {
    Thing { kind: KIND, resource: id, name }
}

impl From<ShelfError> for AudioError {
    fn from(error: ShelfError) -> Self {
        match error {
            ShelfError::Object(ObjectError::NotFound) => Self::NotFound,
            ShelfError::Object(ObjectError::TooLarge(_)) => Self::Damaged,
            error => Self::Shelf(error),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use object_store::{ObjectStoreExt as _, memory::InMemory};

    const AUDIO: Uuid = Uuid::from_u128(42);

    fn op() -> Op {
        Op::internal(DateTime::UNIX_EPOCH)
    }

    fn id(tenant: &str) -> TenantId {
        tenant.parse().unwrap()
    }

    fn path(store: &AudioStore, tenant: &str, audio: Uuid) -> Path {
        Path::from(store.name(tenant, audio))
    }

    fn count(buf: &mut [u8]) {
        for (n, byte) in (1..).zip(buf) {
            *byte = n;
        }
    }

    fn store(objects: &Arc<InMemory>, secret: &str) -> AudioStore {
        AudioStore::new(Shelf::plain(Arc::clone(objects)), &secret.to_owned().into(), count).unwrap()
    }

    fn fixture() -> (Arc<InMemory>, AudioStore) {
        let objects = Arc::new(InMemory::new());
        let store = store(&objects, &"s".repeat(32));
        (objects, store)
    }

    async fn raw(objects: &InMemory, path: &Path) -> Vec<u8> {
        objects.get(path).await.unwrap().bytes().await.unwrap().to_vec()
    }

    #[tokio::test]
    async fn sound_comes_back_and_is_not_readable_at_rest() {
        let (objects, store) = fixture();
        store.put(&op(), &id("acme"), AUDIO, &Bytes::from_static(b"sound of a voice")).await.unwrap();
        assert_eq!(store.get(&id("acme"), AUDIO).await.unwrap(), "sound of a voice");
        let path = path(&store, "acme", AUDIO);
        assert!(!path.to_string().contains("acme"));
        assert!(!raw(&objects, &path).await.windows(5).any(|window| window == b"sound"));
        store.delete(&id("acme"), AUDIO).await.unwrap();
        store.delete(&id("acme"), AUDIO).await.unwrap();
        assert!(matches!(store.get(&id("acme"), AUDIO).await, Err(AudioError::NotFound)));
    }

    #[tokio::test]
    async fn any_changed_byte_is_noticed() {
        let (objects, store) = fixture();
        store.put(&op(), &id("acme"), AUDIO, &Bytes::from_static(b"sound")).await.unwrap();
        let path = path(&store, "acme", AUDIO);
        let good = raw(&objects, &path).await;
        for at in 0..good.len() {
            let mut bad = good.clone();
            if let Some(byte) = bad.get_mut(at) {
                *byte ^= 1;
            }
            objects.put(&path, bad.into()).await.unwrap();
            assert!(matches!(store.get(&id("acme"), AUDIO).await, Err(AudioError::Damaged)), "byte {at}");
        }
        for length in 0..good.len() {
            objects.put(&path, good.iter().copied().take(length).collect::<Vec<u8>>().into()).await.unwrap();
            assert!(matches!(store.get(&id("acme"), AUDIO).await, Err(AudioError::Damaged)), "length {length}");
        }
    }

    #[tokio::test]
    async fn an_object_does_not_open_elsewhere() {
        let (objects, ours) = fixture();
        ours.put(&op(), &id("acme"), AUDIO, &Bytes::from_static(b"sound")).await.unwrap();
        assert!(matches!(ours.get(&id("evil"), AUDIO).await, Err(AudioError::NotFound)));
        let object = raw(&objects, &path(&ours, "acme", AUDIO)).await;
        let other = Uuid::from_u128(43);
        objects.put(&path(&ours, "evil", AUDIO), object.clone().into()).await.unwrap();
        objects.put(&path(&ours, "acme", other), object.clone().into()).await.unwrap();
        assert!(matches!(ours.get(&id("evil"), AUDIO).await, Err(AudioError::Damaged)));
        assert!(matches!(ours.get(&id("acme"), other).await, Err(AudioError::Damaged)));
        let stranger = store(&objects, &"t".repeat(32));
        objects.put(&path(&stranger, "acme", AUDIO), object.into()).await.unwrap();
        assert!(matches!(stranger.get(&id("acme"), AUDIO).await, Err(AudioError::Damaged)));
    }

    #[test]
    fn a_short_secret_is_refused() {
        let outcome = AudioStore::new(Shelf::plain(Arc::new(InMemory::new())), &"short".to_owned().into(), count);
        assert!(matches!(outcome, Err(AudioError::WeakSecret)));
    }

    #[test]
    fn keys_are_those_of_the_standard() {
        // RFC 4231, case 1 has a key of 20 bytes, which HMAC fills with zeros.
        let mut key = [0; 32];
        for byte in key.iter_mut().take(20) {
            *byte = 0x0b;
        }
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(hex::encode(derive(&key, &[b"Hi ", b"There"])), expected);
    }
}
