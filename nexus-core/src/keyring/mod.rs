//! Keys of the platform: what the installation signs and encrypts with in its own name, and not for a tenant.
//!
//! A key has a purpose. One of a purpose is active; the one before it goes on to be accepted while it is retiring, so that whoever
//! checks has time to learn of the new one. Secrets lie in PostgreSQL under a master key that does not. Keys are read where they
//! are used, in the transaction of that use or just before it, so that a rotation counts from the next signature on, on every
//! replica. When the database is away nothing is signed; where no key of a purpose is active, the secret of the settings serves.

mod decide;
mod error;
mod material;
mod settings;
mod store;
mod wrap;

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};

pub use self::{
    decide::{KeyId, Purpose},
    error::KeyringError,
    material::{Material, Secret},
    settings::KeyringSettings,
    store::Filter,
    wrap::Masters,
};
pub use crate::crypto::KeyStatus;
use crate::{
    audit::{self, Event, EventType},
    op::Op,
    pg::{DbError, PlatformTx},
    principal::Principal,
};

/// The most keys of a list.
pub const MAX_LIMIT: u32 = 200;

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformKey {
    /// Its id.
    pub id: KeyId,
    /// What it is for.
    pub purpose: Purpose,
    /// What becomes of it.
    pub status: KeyStatus,
    /// What others check its signatures with, where it has such a half: Ed25519, in hex.
    pub public: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it began to be used.
    pub activated_at: Option<DateTime<Utc>>,
    /// When it began to retire.
    pub retired_at: Option<DateTime<Utc>>,
}

/// A key that was made, with the secret that is told once.
#[derive(Debug)]
pub struct Rotated {
    /// The key.
    pub key: PlatformKey,
    /// Its secret.
    pub secret: Secret,
    /// The key that it replaces.
    pub replaced: Option<KeyId>,
}

/// Makes keys and hands them to what uses them. Cheap to clone.
#[derive(Clone)]
pub struct Keyring(Arc<Inner>);

struct Inner {
    masters: Option<Masters>,
    required: bool,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("masters", &self.0.masters).finish_non_exhaustive()
    }
}

impl Keyring {
    /// With the master keys, if there are any. Whether there must be some decides what is said of their absence.
    #[must_use]
    pub fn new(masters: Option<Masters>, required: bool) -> Self {
        Self(Arc::new(Inner { masters, required }))
    }

    /// Makes a key, which is used from now on; the one before it retires. Whoever calls it has made sure that the principal is
    /// an operator; nobody stands for the installation's own command line.
    pub async fn rotate(
        &self,
        op: &Op,
        tx: &mut PlatformTx,
        who: Option<&Principal>,
        purpose: Purpose,
    ) -> Result<Rotated, KeyringError> {
        let masters = self.masters()?;
        store::lock(tx, purpose).await?;
        let replaced = store::retire_active(tx, purpose, op.now).await?;
        let (id, secret) = (KeyId::fresh(purpose), Secret::generate());
        let public = (purpose == Purpose::Signing).then(|| secret.public_key()).transpose()?;
        let key = PlatformKey {
            purpose,
            status: KeyStatus::Active,
            public,
            created_at: op.now,
            activated_at: Some(op.now),
            retired_at: None,
            id,
        };
        store::insert(tx, &key, &masters.wrap(&key.id, &secret)?).await?;
        let event = about(op, who, EventType::SecurityKeyringRotated, &key).replacing(replaced.as_ref());
        audit::record(tx, &event).await?;
        metrics::counter!("nexusrag_keyring_rotations_total", "purpose" => purpose.as_str()).increment(1);
        Ok(Rotated { key, secret, replaced })
    }

    /// Ends a key: nothing new is made with it, and it is accepted no more. One that has ended stays as it is.
    pub async fn retire(
        &self,
        op: &Op,
        tx: &mut PlatformTx,
        who: Option<&Principal>,
        id: &KeyId,
    ) -> Result<PlatformKey, KeyringError> {
        let mut key = store::lock_one(tx, id).await?.ok_or(KeyringError::NotFound)?;
        if key.status.is_over() {
            return Ok(key);
        }
        (key.status, key.retired_at) = (KeyStatus::Retired, Some(op.now));
        store::update(tx, &key).await?;
        audit::record(tx, &about(op, who, EventType::SecurityKeyringRetired, &key)).await?;
        Ok(key)
    }

    /// The keys of a purpose that count, in the order in which they are to be used: the active one, then those that retire, the
    /// newest first. None when the secret of the settings serves.
    pub async fn usable(&self, tx: &mut PlatformTx, purpose: Purpose) -> Result<Vec<Material>, KeyringError> {
        let rows = store::usable(tx, purpose).await?;
        rows.into_iter().map(|(key, wrapped)| self.open(key, &wrapped)).collect()
    }

    /// The key of a purpose that new things are made with. What is known already is not opened again.
    pub async fn active(
        &self,
        tx: &mut PlatformTx,
        purpose: Purpose,
        known: Option<&KeyId>,
    ) -> Result<Active, KeyringError> {
        match store::active(tx, purpose).await? {
            None => Ok(Active::None),
            Some((key, _)) if known == Some(&key.id) => Ok(Active::Known),
            Some((key, wrapped)) => Ok(Active::Other(self.open(key, &wrapped)?)),
        }
    }

    /// Whether every key that counts can be opened.
    pub async fn check(&self, tx: &mut PlatformTx) -> Result<(), KeyringError> {
        for purpose in Purpose::ALL {
            self.usable(tx, purpose).await?;
        }
        Ok(())
    }

    /// Puts keys that lie under the master key before under the present one; how many they were.
    pub async fn rewrap(&self, tx: &mut PlatformTx) -> Result<usize, KeyringError> {
        let masters = self.masters()?;
        let mut count = 0;
        for (key, wrapped) in store::wrapped(tx).await? {
            if masters.is_current(&wrapped) {
                continue;
            }
            let secret = masters.unwrap(&key.id, &wrapped)?;
            store::rewrap(tx, &key.id, &masters.wrap(&key.id, &secret)?).await?;
            count += 1;
        }
        Ok(count)
    }

    fn open(&self, key: PlatformKey, wrapped: &[u8]) -> Result<Material, KeyringError> {
        let opened = self.masters().and_then(|masters| masters.unwrap(&key.id, wrapped));
        let secret = opened.inspect_err(|error| {
            metrics::counter!("nexusrag_keyring_failures_total", "purpose" => key.purpose.as_str()).increment(1);
            tracing::error!(key = %key.id, %error, "a key of the platform cannot be used");
        })?;
        Ok(Material { key, secret })
    }

    fn masters(&self) -> Result<&Masters, KeyringError> {
        let missing = if self.0.required { KeyringError::NotConfigured } else { KeyringError::Disabled };
        self.0.masters.as_ref().ok_or(missing)
    }
}

/// What is used for new things.
#[derive(Debug)]
pub enum Active {
    /// No key of the keyring: the secret of the settings.
    None,
    /// The one that was known.
    Known,
    /// Another one.
    Other(Material),
}

/// Keys, newest first.
pub async fn list(tx: &mut PlatformTx, filter: &Filter, limit: u32) -> Result<Vec<PlatformKey>, DbError> {
    store::list(tx, filter, limit.min(MAX_LIMIT)).await
}

fn about(op: &Op, who: Option<&Principal>, what: EventType, key: &PlatformKey) -> Event {
    let event = match who {
        Some(principal) => Event::by(op, principal, what),
        None => Event::system(op, None, what),
    };
    event.resource("platform_key", key.id.as_str()).purpose(key.purpose.as_str()).public_key(key.public.as_deref())
}
