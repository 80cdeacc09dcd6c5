//! What is on record of objects that are sealed and lie in a store.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{super::store, VaultError};
use crate::pg::{DbError, TenantTx};

/// An object that is sealed. Where it lies follows from its name and its version, and what it is bound to from what holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedObject {
    /// Its name in the store.
    pub name: String,
    /// What kind of thing holds it.
    pub kind: String,
    /// Which of them.
    pub resource: String,
    /// How often it was written.
    pub version: u32,
    /// The key that it is under.
    pub key: Uuid,
    /// Whether the version before this one may still be there.
    pub stale: bool,
}

impl SealedObject {
    /// Where a version of it lies. The first has the plain name.
    #[must_use]
    pub fn path(name: &str, version: u32) -> String {
        if version <= 1 { name.to_owned() } else { format!("{name}.{version}") }
    }

    /// What is on record of an object.
    pub async fn find(tx: &mut TenantTx, name: &str) -> Result<Option<Self>, DbError> {
        store::objects::find(tx, name).await
    }

    /// Writes a new object down, unless the key that it is under has ended meanwhile.
    pub async fn record(&self, tx: &mut TenantTx, now: DateTime<Utc>) -> Result<(), VaultError> {
        if !store::keys::hold(tx, self.key).await? {
            return Err(VaultError::NotActive);
        }
        Ok(store::objects::insert(tx, self, now).await?)
    }

    /// Lets its next version, which lies in its place, count instead of this one; false when this one does not count any more.
    pub async fn replace(&self, tx: &mut TenantTx, key: Uuid) -> Result<bool, DbError> {
        store::objects::replace(tx, self, key).await
    }

    /// The version before this one is gone.
    pub async fn tidied(&self, tx: &mut TenantTx) -> Result<(), DbError> {
        store::objects::tidied(tx, self).await
    }

    /// Forgets it; false when another version counts meanwhile.
    pub async fn remove(&self, tx: &mut TenantTx) -> Result<bool, DbError> {
        store::objects::remove(tx, self).await
    }

    /// How many are not under a key, or have an older version beside them, but for some.
    pub async fn left(tx: &mut TenantTx, to: Uuid, but: &[String]) -> Result<u64, DbError> {
        store::objects::left(tx, to, but).await
    }

    /// The names of such objects after one.
    pub async fn page(tx: &mut TenantTx, to: Uuid, range: (&str, u32), but: &[String]) -> Result<Vec<String>, DbError> {
        store::objects::page(tx, to, range, but).await
    }
}
