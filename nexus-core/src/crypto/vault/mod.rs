//! The keys of tenants, and what they seal.
//!
//! A tenant's first key is made when something of it is first sealed. Its wrapped form is in the database; unwrapped keys are
//! remembered in this process, a bounded number for a bounded time, so that a key-management service that is away for a while
//! holds up nobody whose key is known. When something cannot be sealed, the settings say whether it is refused or stored as it
//! is; the latter is counted. What was sealed and does not open is an error in any case.

mod error;
mod large;
mod objects;

use std::{fmt, sync::Arc, time::Instant};

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;
use uuid::Uuid;

pub use self::{
    error::VaultError,
    objects::{SealedObject, place_of},
};
pub use super::status::KeyStatus;
use super::{
    Binding, CryptoSettings, Envelope, Key, TenantKey, key_version,
    kms::{KeyName, Kms, KmsError, KmsProvider},
    store::{self, keys},
};
use crate::{
    audit::{self, Event, EventType},
    clock,
    id::TenantId,
    op::Op,
    pg::{Db, DbError},
};

/// How long an answer about the health of the key-management service counts.
const HEALTH: std::time::Duration = std::time::Duration::from_secs(30);
/// The name that the service is asked to wrap something for, to see whether it does; no tenant can have it.
const PROBE: &str = "*";

/// A version of a tenant's key, as it stands in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub alias: String,
    /// Which version.
    pub version: u32,
    /// Who wrapped it.
    pub provider: KmsProvider,
    /// With what, for people.
    pub reference: String,
    /// The wrapped key.
    pub wrapped: Vec<u8>,
    /// What becomes of it.
    pub status: KeyStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it began to seal.
    pub activated_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub retired_at: Option<DateTime<Utc>>,
}

/// A version of a tenant's key that can be used.
#[derive(Debug, Clone)]
pub struct LiveKey {
    /// Its id.
    pub id: Uuid,
    /// The key.
    pub key: Arc<TenantKey>,
}

/// What something became that was to be sealed.
#[derive(Debug)]
pub enum Sealing {
    /// It is sealed, with the key of this id.
    Sealed {
        /// The envelope.
        bytes: Vec<u8>,
        /// The key.
        key: Uuid,
    },
    /// It is to be stored as it is: the settings allow that when it cannot be sealed.
    Plain,
}

/// Seals and opens for tenants. Cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    db: Db,
    kms: Option<Arc<dyn Kms>>,
    envelope: Envelope,
    settings: CryptoSettings,
    unwrapped: moka::future::Cache<(TenantId, u32), Arc<TenantKey>>,
    /// Which keys sealed a moment ago.
    recent: moka::future::Cache<TenantId, LiveKey>,
    health: Mutex<Option<(Instant, Result<(), KmsError>)>>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("kms", &self.0.kms)
            .field("enabled", &self.0.settings.enabled)
            .finish_non_exhaustive()
    }
}

impl Vault {
    /// With what keeps the keys that wrap; without, nothing can be sealed, and nothing that is sealed can be read.
    #[must_use]
    pub fn new(db: &Db, kms: Option<Arc<dyn Kms>>, settings: CryptoSettings) -> Self {
        let remembered = if settings.cache_for.is_zero() { 0 } else { settings.cache_keys };
        let cache =
            moka::future::Cache::builder().max_capacity(remembered).time_to_live(settings.cache_for.max(HEALTH / 30));
        let recent = moka::future::Cache::builder().max_capacity(remembered).time_to_live(large::MOMENT);
        Self(Arc::new(Inner {
            db: db.clone(),
            kms,
            envelope: Envelope::default(),
            unwrapped: cache.build(),
            recent: recent.build(),
            settings,
            health: Mutex::default(),
        }))
    }

    /// The rules.
    #[must_use]
    pub fn settings(&self) -> &CryptoSettings {
        &self.0.settings
    }

    /// Seals something sensitive of a tenant, or says that it may be stored as it is.
    pub async fn seal(
        &self,
        op: &Op,
        tenant: &TenantId,
        place: &Binding<'_>,
        plain: &[u8],
    ) -> Result<Sealing, VaultError> {
        match self.sealing(op, tenant).await? {
            Some(live) => Ok(Sealing::Sealed { bytes: self.seal_with(&live, place, plain)?, key: live.id }),
            None => Ok(Sealing::Plain),
        }
    }

    /// Seals with a key that is at hand.
    pub fn seal_with(&self, live: &LiveKey, place: &Binding<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let sealed = self.0.envelope.seal(&live.key, place, plain)?;
        metrics::counter!("nexusrag_crypto_encrypt_ops_total").increment(1);
        Ok(sealed)
    }

    /// As [`Vault::seal`], for something that is written down in the transaction of this connection: until that ends, the key
    /// does not. Nobody waits for another connection, but for a tenant's first key.
    pub async fn seal_within(
        &self,
        op: &Op,
        (conn, tenant): (&mut store::Connection, &TenantId),
        place: &Binding<'_>,
        plain: &[u8],
    ) -> Result<Sealing, VaultError> {
        if !self.0.settings.enabled {
            return self.unsealed(VaultError::Required).map(|()| Sealing::Plain);
        }
        let live = async {
            let record = match keys::active_held(conn).await? {
                Some(record) => record,
                None => self.first(op, tenant).await?,
            };
            Ok(LiveKey { id: record.id, key: self.unwrap(tenant, &record).await? })
        };
        match live.await {
            Ok(live) => Ok(Sealing::Sealed { bytes: self.seal_with(&live, place, plain)?, key: live.id }),
            Err(error @ (VaultError::Kms(_) | VaultError::NoKms)) => self.unsealed(error).map(|()| Sealing::Plain),
            Err(error) => Err(error),
        }
    }

    /// Opens what was sealed for a place of a tenant.
    pub async fn open(&self, tenant: &TenantId, place: &Binding<'_>, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let opened = self.opened(tenant, place, sealed).await;
        Self::count_opened(tenant, place, &opened);
        opened
    }

    async fn opened(&self, tenant: &TenantId, place: &Binding<'_>, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let version = key_version(sealed).ok_or(super::Refused)?;
        let key = self.of_version(tenant, version).await?;
        Ok(self.0.envelope.open(&key, place, sealed)?)
    }

    /// The key that new things of a tenant are sealed with; made now if the tenant has none.
    pub async fn active(&self, op: &Op, tenant: &TenantId) -> Result<LiveKey, VaultError> {
        let mut tx = self.0.db.tenant(tenant).await?;
        let found = keys::active(&mut tx).await?;
        drop(tx);
        let record = match found {
            Some(record) => record,
            None => self.first(op, tenant).await?,
        };
        let key = self.unwrap(tenant, &record).await?;
        Ok(LiveKey { id: record.id, key })
    }

    /// A new version of a tenant's key, wrapped and not yet written down. That it can be unwrapped again is tried before
    /// anything depends on it.
    pub(super) async fn make(&self, op: &Op, tenant: &TenantId, version: u32) -> Result<KeyRecord, VaultError> {
        let kms = self.kms()?;
        let name = KeyName { tenant: tenant.to_string(), alias: self.0.settings.alias.clone(), version };
        let key = Key::generate();
        let wrapped = kms.wrap(&name, &key).await?;
        if kms.unwrap(&name, &wrapped).await? != key {
            return Err(KmsError::Refused.into());
        }
        Ok(KeyRecord {
            id: clock::fresh_uuid(),
            reference: kms.reference(&name),
            alias: name.alias,
            version,
            provider: kms.provider(),
            wrapped,
            status: KeyStatus::Active,
            created_at: op.now,
            activated_at: Some(op.now),
            retired_at: None,
        })
    }

    async fn first(&self, op: &Op, tenant: &TenantId) -> Result<KeyRecord, VaultError> {
        let record = self.make(op, tenant, 1).await?;
        let mut tx = self.0.db.tenant(tenant).await?;
        if keys::insert(&mut tx, &record).await? {
            // No request asked for it: it would have come to be with the next one.
            let made = Event::system(&Op::internal(op.now), Some(tenant), EventType::CryptoKeyCreated);
            let made = made.resource("tenant_key", &record.id.to_string()).version(record.version);
            audit::record(&mut tx, &made).await?;
            audit::record(&mut tx, &made.and(EventType::CryptoKeyActivated)).await?;
            tx.commit().await?;
            return Ok(record);
        }
        // Another request of this tenant was first.
        keys::active(&mut tx).await?.ok_or(VaultError::NotActive)
    }

    async fn of_version(&self, tenant: &TenantId, version: u32) -> Result<Arc<TenantKey>, VaultError> {
        if let Some(key) = self.0.unwrapped.get(&(tenant.clone(), version)).await {
            return Ok(key);
        }
        let mut tx = self.0.db.tenant(tenant).await?;
        let record = keys::of_version(&mut tx, version).await?.ok_or(super::Refused)?;
        drop(tx);
        if record.status == KeyStatus::Revoked {
            return Err(VaultError::NotActive);
        }
        self.unwrap(tenant, &record).await
    }

    async fn unwrap(&self, tenant: &TenantId, record: &KeyRecord) -> Result<Arc<TenantKey>, VaultError> {
        let kms = self.kms()?;
        let name = KeyName { tenant: tenant.to_string(), alias: record.alias.clone(), version: record.version };
        let unwrapped = async {
            // A key that another service wrapped cannot be unwrapped by this one; it would be sent there for nothing.
            if kms.provider() != record.provider {
                return Err(KmsError::Denied(format!("the key was wrapped by {}", record.provider.as_str())));
            }
            let key = kms.unwrap(&name, &record.wrapped).await?;
            Ok(Arc::new(TenantKey { version: record.version, key }))
        };
        let entry = (tenant.clone(), record.version);
        // Of many who ask for a key at once, one asks the service.
        Ok(self.0.unwrapped.try_get_with(entry, unwrapped).await.map_err(|error| (*error).clone())?)
    }

    /// A version of a tenant's key, by its id.
    pub(super) async fn of_id(&self, tenant: &TenantId, id: Uuid) -> Result<LiveKey, VaultError> {
        let mut tx = self.0.db.tenant(tenant).await?;
        let record = keys::of_id(&mut tx, id).await?.ok_or(super::Refused)?;
        drop(tx);
        Ok(LiveKey { id, key: self.unwrap(tenant, &record).await? })
    }

    /// Whether the key-management service does its work, as of the last half minute; nothing when there is none.
    pub async fn health(&self) -> Option<Result<(), KmsError>> {
        let kms = self.0.kms.as_ref()?;
        let mut last = self.0.health.lock().await;
        if let Some((_, outcome)) = last.as_ref().filter(|(at, _)| at.elapsed() < HEALTH) {
            return Some(outcome.clone());
        }
        let name = KeyName { tenant: PROBE.to_owned(), alias: "probe".to_owned(), version: 1 };
        let key = Key::generate();
        let outcome = async {
            let wrapped = kms.wrap(&name, &key).await?;
            if kms.unwrap(&name, &wrapped).await? == key { Ok(()) } else { Err(KmsError::Refused) }
        }
        .await;
        *last = Some((Instant::now(), outcome.clone()));
        Some(outcome)
    }

    fn kms(&self) -> Result<&Arc<dyn Kms>, VaultError> {
        self.0.kms.as_ref().ok_or(VaultError::NoKms)
    }

    /// Something was not sealed: that is an error, or it is counted.
    fn unsealed(&self, error: VaultError) -> Result<(), VaultError> {
        if self.0.settings.fails_closed() {
            return Err(error);
        }
        if self.0.settings.enabled {
            tracing::warn!(%error, "something is stored as it is, because it cannot be encrypted");
            metrics::counter!("nexusrag_crypto_fail_open_total").increment(1);
        }
        metrics::counter!("nexusrag_unencrypted_sensitive_items_total").increment(1);
        Ok(())
    }
}

/// The keys of a tenant, newest first.
pub async fn keys(db: &Db, tenant: &TenantId) -> Result<Vec<KeyRecord>, DbError> {
    let mut tx = db.tenant(tenant).await?;
    keys::list(&mut tx).await
}
