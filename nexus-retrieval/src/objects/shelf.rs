//! Objects of tenants that are sealed on their way into a store and opened on their way out.
//!
//! Each is sealed under a data key of its own for its place: its tenant, what holds it, its name, and how often it was written.
//! Whoever asks for it says all of that but the last. What is on record of it (which key, where it lies) is written in the
//! transaction of what holds it; an object without a record is one from before, or one that the settings let through as it
//! is. While a key is replaced an object is never missing: the new one lies beside the old until the record names it, and
//! a reader who comes too late for the old one looks at the record again.
//!
//! When the key-management service is away, known keys go on to work, and with others nothing is stored or read.

use std::{borrow::Cow, sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use nexus_core::{
    crypto::{
        Binding, CHUNK, Envelope, Refused, TenantKey, Unsealer, key_version, plain_len, sealed_len,
        vault::{LiveKey, SealedObject, Vault, VaultError, place_of},
    },
    id::TenantId,
    op::Op,
    pg::{Db, DbError, TenantTx},
    problem::{Code, Kind, Problem},
};
use object_store::{PutPayload, path::Path};

use super::{ObjectError, Objects, Take};

/// How often a reader looks again for an object that was moved meanwhile. Each time another rotation must have gone by.
const LOOKS: u32 = 5;
/// How often something is stored whose key ends meanwhile.
const TRIES: u32 = 2;
/// No object is larger, so that lengths can be reckoned with.
const MAX: u64 = 1 << 46;

/// A place for objects of tenants. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shelf {
    objects: Objects,
    keys: Option<(Db, Vault)>,
}

/// Which object: as whoever asks for it knows it, and not as a record says.
#[derive(Debug, Clone, Copy)]
pub struct Thing<'a> {
    /// What kind of thing holds it.
    pub kind: &'static str,
    /// Which of them.
    pub resource: &'a str,
    /// What it is called in the store; no other object ever has this name.
    pub name: &'a str,
}

/// What an object will be sealed with, or that it will not.
#[derive(Debug)]
pub struct Ready(Option<LiveKey>);

/// An object that lies in the store and of which nothing is on record yet.
#[derive(Debug)]
#[must_use = "what is sealed cannot be read without its record"]
pub struct Shelved(Option<SealedObject>);

/// Bytes of an object, and how they lay in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// Sealed.
    Sealed(Bytes),
    /// As they are.
    Plain(Bytes),
}

/// Why something was not stored or read.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The store, or what lay in it.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// The keys.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Shelf {
    /// Where nothing is sealed, and nothing that is sealed can be read.
    #[must_use]
    pub fn plain(objects: impl Into<Objects>) -> Self {
        Self { objects: objects.into(), keys: None }
    }

    /// Where everything is sealed with keys of this vault, and recorded in its database.
    #[must_use]
    pub fn sealed(objects: impl Into<Objects>, db: Db, vault: Vault) -> Self {
        Self { objects: objects.into(), keys: Some((db, vault)) }
    }

    /// The same, for somebody who can wait while the store is left alone.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self { objects: self.objects.clone().patient(), keys: self.keys.clone() }
    }

    /// Sees to a key, before anything is written that would be in vain without one.
    pub async fn ready(&self, op: &Op, tenant: &TenantId) -> Result<Ready, VaultError> {
        match &self.keys {
            Some((_, vault)) => vault.sealing(op, tenant).await.map(Ready),
            None => Ok(Ready(None)),
        }
    }

    /// Stores an object that was never stored before.
    pub async fn put(
        &self,
        tenant: &TenantId,
        thing: Thing<'_>,
        Ready(key): Ready,
        bytes: Bytes,
    ) -> Result<Shelved, ShelfError> {
        let objects = self.objects.on_behalf_of(tenant);
        let (Some((_, vault)), Some(live)) = (&self.keys, key) else {
            objects.put(&Path::from(thing.name), bytes).await?;
            return Ok(Shelved(None));
        };
        let record = SealedObject::new(thing.name, (thing.kind, thing.resource), &live);
        let parts = seal(vault.envelope(), &live.key, &thing.place(tenant, record.version), &bytes);
        objects.put_parts(&Path::from(record.path.as_str()), parts.map_err(VaultError::from)?).await?;
        Ok(Shelved(Some(record)))
    }

    /// Stores an object that was never stored before, and its record, for whatever has no transaction of its own. One that may
    /// be stored as it is becomes what `plain` makes of it.
    pub(crate) async fn keep(
        &self,
        op: &Op,
        tenant: &TenantId,
        thing: Thing<'_>,
        (bytes, plain): (&Bytes, impl Fn() -> Result<Bytes, ShelfError>),
    ) -> Result<(), ShelfError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let ready = self.ready(op, tenant).await?;
            let bytes = if ready.0.is_some() { bytes.clone() } else { plain()? };
            let shelved = self.put(tenant, thing, ready, bytes).await?;
            let (Some((db, _)), Some(_)) = (&self.keys, &shelved.0) else { return Ok(()) };
            let mut tx = db.tenant(tenant).await?;
            match shelved.record(&mut tx, op.now).await {
                // A rotation began and ended meanwhile.
                Err(VaultError::NotActive) if tries < TRIES => {}
                recorded => {
                    recorded?;
                    return Ok(tx.commit().await?);
                }
            }
        }
    }

    /// The bytes of an object, when there are no more of them than so many; `None` when it is gone.
    pub async fn get(&self, tenant: &TenantId, thing: Thing<'_>, limit: u64) -> Result<Option<Kept>, ShelfError> {
        let mut missed: Option<SealedObject> = None;
        for _ in 0..LOOKS {
            let record = self.record(tenant, thing.name).await?;
            if record.is_some() && record == missed {
                return Ok(None);
            }
            let read = match &record {
                Some(record) => {
                    let place = thing.place(tenant, record.version);
                    self.open(tenant, &place, record, limit).await.map(|plain| Kept::Sealed(plain.into()))
                }
                None => self.as_it_is(tenant, thing.name, limit).await.map(Kept::Plain),
            };
            match read {
                Err(ShelfError::Object(ObjectError::NotFound)) if record.is_some() => missed = record,
                Err(ShelfError::Object(ObjectError::NotFound)) => return Ok(None),
                read => return read.map(Some),
            }
        }
        Err(ObjectError::NotFound.into())
    }

    /// How many bytes an object has; `None` when it is gone.
    pub async fn size(&self, tenant: &TenantId, name: &str) -> Result<Option<u64>, ShelfError> {
        let mut missed: Option<SealedObject> = None;
        for _ in 0..LOOKS {
            let record = self.record(tenant, name).await?;
            if record.is_some() && record == missed {
                return Ok(None);
            }
            let path = Path::from(record.as_ref().map_or(name, |record| record.path.as_str()));
            match self.objects.on_behalf_of(tenant).head(&path).await {
                Ok(found) if record.is_none() => return Ok(Some(found.size)),
                Ok(found) => return Ok(Some(plain_len(found.size).ok_or(ObjectError::Refused(Refused))?)),
                Err(ObjectError::NotFound) if record.is_some() => missed = record,
                Err(ObjectError::NotFound) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        Err(ObjectError::NotFound.into())
    }

    /// Removes an object that nothing needs any more, and its record; one that is gone already is fine.
    pub async fn remove(&self, tenant: &TenantId, name: &str) -> Result<(), ShelfError> {
        let objects = self.objects.on_behalf_of(tenant);
        for _ in 0..LOOKS {
            objects.remove(&Path::from(name)).await?;
            let (Some(record), Some((db, _))) = (self.record(tenant, name).await?, &self.keys) else { return Ok(()) };
            for path in [Some(&record.path), record.old_path.as_ref()].into_iter().flatten() {
                objects.remove(&Path::from(path.as_str())).await?;
            }
            // The record goes last: without it nobody would find what is left.
            let mut tx = db.tenant(tenant).await?;
            if record.remove(&mut tx).await? {
                return Ok(tx.commit().await?);
            }
        }
        Err(ObjectError::Busy.into())
    }

    pub(super) fn objects(&self, tenant: &TenantId) -> Objects {
        self.objects.on_behalf_of(tenant)
    }

    pub(super) async fn record(&self, tenant: &TenantId, name: &str) -> Result<Option<SealedObject>, DbError> {
        let Some((db, _)) = &self.keys else { return Ok(None) };
        SealedObject::find(&mut db.tenant(tenant).await?, name).await
    }

    /// Opens a version of an object as it comes in: nothing is held that was not verified, but for a piece.
    pub(super) async fn open(
        &self,
        tenant: &TenantId,
        place: &Binding<'_>,
        record: &SealedObject,
        limit: u64,
    ) -> Result<Vec<u8>, ShelfError> {
        let (_, vault) = self.keys.as_ref().ok_or(VaultError::NoKms)?;
        let key: Arc<TenantKey> = vault.opening(tenant, record.key_version).await?;
        let begin = |size| Opening {
            unsealer: vault.envelope().unsealer(&key, *place),
            plain: Vec::with_capacity(usize::try_from(plain_len(size).unwrap_or_default()).unwrap_or_default()),
        };
        let path = Path::from(record.path.as_str());
        let read = self.objects.on_behalf_of(tenant).read(&path, sealed_len(limit.min(MAX)), begin).await;
        if matches!(read, Ok(_) | Err(ObjectError::Refused(_))) {
            Vault::count_opened(tenant, place, &read);
        }
        Ok(read?)
    }

    async fn as_it_is(&self, tenant: &TenantId, name: &str, limit: u64) -> Result<Bytes, ShelfError> {
        let bytes = self.objects.on_behalf_of(tenant).get(&Path::from(name), limit).await?;
        match (key_version(&bytes), &self.keys) {
            (None, _) => Ok(bytes),
            // What is sealed is never taken for what it is not.
            (Some(_), None) => Err(VaultError::NoKms.into()),
            (Some(_), Some(_)) => Err(VaultError::Refused(Refused).into()),
        }
    }
}

impl Thing<'_> {
    fn place<'a>(&'a self, tenant: &'a TenantId, version: u32) -> Binding<'a> {
        place_of(tenant, (self.kind, self.resource, self.name), version)
    }
}

impl Shelved {
    /// Writes down what is to be known of the object, in the transaction of what holds it.
    pub async fn record(&self, tx: &mut TenantTx, now: DateTime<Utc>) -> Result<(), VaultError> {
        match &self.0 {
            Some(record) => record.record(tx, now).await,
            None => Ok(()),
        }
    }
}

impl Kept {
    /// The bytes.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        match self {
            Self::Sealed(bytes) | Self::Plain(bytes) => bytes,
        }
    }
}

/// Seals bytes into parts of a chunk each.
pub(super) fn seal(
    envelope: Envelope,
    key: &TenantKey,
    place: &Binding<'_>,
    plain: &[u8],
) -> Result<PutPayload, Refused> {
    let (header, mut sealer) = envelope.sealer(key, place)?;
    let mut parts = vec![Bytes::copy_from_slice(&header)];
    for chunk in plain.chunks(CHUNK) {
        let mut part = Vec::new();
        sealer.push(chunk, &mut part)?;
        parts.push(part.into());
    }
    let mut last = Vec::new();
    sealer.finish(&mut last)?;
    parts.push(last.into());
    Vault::count_sealed();
    Ok(parts.into_iter().filter(|part| !part.is_empty()).collect())
}

struct Opening<'a> {
    unsealer: Unsealer<'a>,
    plain: Vec<u8>,
}

impl Take for Opening<'_> {
    type Whole = Vec<u8>;

    fn piece(&mut self, piece: &[u8]) -> Result<(), ObjectError> {
        Ok(self.unsealer.push(piece, &mut self.plain)?)
    }

    fn whole(mut self) -> Result<Vec<u8>, ObjectError> {
        self.unsealer.finish(&mut self.plain)?;
        Ok(self.plain)
    }
}

impl ShelfError {
    fn cause(&self) -> &dyn Problem {
        match self {
            Self::Object(error) => error,
            Self::Vault(error) => error,
            Self::Db(error) => error,
        }
    }

    /// Whether it will be the same next time: what lies there is not what was sealed.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Object(ObjectError::Refused(_)) | Self::Vault(VaultError::Refused(_)))
    }
}

impl Problem for ShelfError {
    fn kind(&self) -> Kind {
        self.cause().kind()
    }
    fn code(&self) -> Code {
        self.cause().code()
    }
    fn message(&self) -> Cow<'static, str> {
        self.cause().message()
    }
    fn retry_after(&self) -> Option<Duration> {
        self.cause().retry_after()
    }
}
