//! What is on record of objects that are sealed and lie in a store.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{super::Binding, LiveKey, VaultError, store};
use crate::{
    id::TenantId,
    pg::{DbError, TenantTx},
};

/// An object that is sealed. What it is bound to follows from who asks for it and from how often it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedObject {
    /// What it is called; no other object of any tenant ever has this name.
    pub name: String,
    /// What kind of thing holds it.
    pub kind: String,
    /// Which of them.
    pub resource: String,
    /// How often it was written.
    pub version: u32,
    /// The key that it is under.
    pub key: Uuid,
    /// The version of that key.
    pub key_version: u32,
    /// Where it lies.
    pub path: String,
    /// Where the version before this one may still lie.
    pub old_path: Option<String>,
}

impl SealedObject {
    /// An object that is written for the first time, where its name says.
    #[must_use]
    pub fn new(name: &str, (kind, resource): (&str, &str), under: &LiveKey) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            resource: resource.to_owned(),
            version: 1,
            key: under.id,
            key_version: under.key.version,
            path: name.to_owned(),
            old_path: None,
        }
    }

    /// Its next version, under another key, in a place where nothing under a third one ever lies.
    #[must_use]
    pub fn next(&self, under: &LiveKey) -> Self {
        let version = self.version.saturating_add(1);
        Self {
            version,
            key: under.id,
            key_version: under.key.version,
            path: path(&self.name, version, under.key.version),
            old_path: Some(self.path.clone()),
            ..self.clone()
        }
    }

    /// Where rotations that were given up may have left its next version.
    pub fn strays(&self, next: &Self) -> impl Iterator<Item = String> + use<> {
        let (name, version) = (self.name.clone(), next.version);
        (self.key_version.saturating_add(1)..next.key_version).map(move |key| path(&name, version, key))
    }

    /// What it is bound to, as this record has it: for whoever has nothing else to go by and gives nothing out. Whoever asks
    /// for a thing computes its place from that.
    #[must_use]
    pub fn place<'a>(&'a self, tenant: &'a TenantId) -> Binding<'a> {
        place_of(tenant, (&self.kind, &self.resource, &self.name), self.version)
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
    pub async fn replace(&self, tx: &mut TenantTx, next: &Self) -> Result<bool, DbError> {
        store::objects::replace(tx, self, next).await
    }

    /// The version before this one is gone.
    pub async fn tidied(&self, tx: &mut TenantTx) -> Result<(), DbError> {
        store::objects::tidied(tx, self).await
    }

    /// Forgets it; false when another version counts meanwhile.
    pub async fn remove(&self, tx: &mut TenantTx) -> Result<bool, DbError> {
        store::objects::remove(tx, self).await
    }

    /// How many of a kind are not under a key, or have an older version beside them, but for some.
    pub async fn left(tx: &mut TenantTx, (kind, to): (&str, Uuid), but: &[String]) -> Result<u64, DbError> {
        store::objects::left(tx, (kind, to), but).await
    }

    /// The names of such objects after one.
    pub async fn page(
        tx: &mut TenantTx,
        (kind, to): (&str, Uuid),
        range: (&str, u32),
        but: &[String],
    ) -> Result<Vec<String>, DbError> {
        store::objects::page(tx, (kind, to), range, but).await
    }
}

/// The place of an object: whose it is, what holds it, what it is called, and how often it was written.
#[must_use]
pub fn place_of<'a>(
    tenant: &'a TenantId,
    (kind, resource, name): (&'a str, &'a str, &'a str),
    version: u32,
) -> Binding<'a> {
    Binding { tenant: tenant.as_str(), kind, id: resource, field: name, version: u64::from(version) }
}

fn path(name: &str, version: u32, key: u32) -> String {
    format!("{name}.{version}-{key}")
}
