//! Sources of documents in an object store, under keys that only the server chooses, sealed each for its document.

use bytes::Bytes;
use nexus_core::{
    clock,
    crypto::vault::VaultError,
    id::{DocumentId, TenantId},
    op::Op,
};
use sha2::{Digest as _, Sha256};

use crate::objects::{Kept, Objects, Ready, Shelf, ShelfError, Shelved, Thing};

/// What sources are called in bindings and reports.
pub const KIND: &str = "document_source";

/// Where sources lie. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sources(Shelf);

impl Sources {
    /// Keeps sources in this store as they are.
    #[must_use]
    pub fn new(store: impl Into<Objects>) -> Self {
        Self(Shelf::plain(store))
    }

    /// Keeps sources on this shelf.
    #[must_use]
    pub fn on(shelf: Shelf) -> Self {
        Self(shelf)
    }

    /// A key that was never used before. The tenant appears as a hash: its id is a client's text.
    #[must_use]
    pub fn fresh_key(tenant: &TenantId) -> String {
        let tenant: String = hex::encode(Sha256::digest(tenant.as_str())).chars().take(16).collect();
        format!("sources/{tenant}/{}", clock::fresh_uuid().simple())
    }

    /// Sees to what a source will be sealed with, before anything is written down.
    pub async fn ready(&self, op: &Op, tenant: &TenantId) -> Result<Ready, VaultError> {
        self.0.ready(op, tenant).await
    }

    /// Stores the source of a document. It can be read when what this gives is on record.
    pub async fn put(
        &self,
        tenant: &TenantId,
        (document, key): (&DocumentId, &str),
        ready: Ready,
        bytes: Bytes,
    ) -> Result<Shelved, ShelfError> {
        self.0.put(tenant, thing(document, key), ready, bytes).await
    }

    /// The source of a document, for a job; `None` when it is gone. What is read was accepted, and is not larger than that.
    pub async fn get(&self, tenant: &TenantId, document: &DocumentId, key: &str) -> Result<Option<Bytes>, ShelfError> {
        let found = self.0.patient().get(tenant, thing(document, key), u64::MAX).await?;
        Ok(found.map(Kept::into_bytes))
    }

    /// How many bytes the source has; `None` when it is gone.
    pub async fn size(&self, tenant: &TenantId, key: &str) -> Result<Option<u64>, ShelfError> {
        self.0.size(tenant, key).await
    }

    /// Removes a source; one that is gone already is fine.
    pub async fn remove(&self, tenant: &TenantId, key: &str) -> Result<(), ShelfError> {
        self.0.remove(tenant, key).await
    }
}

fn thing<'a>(document: &'a DocumentId, key: &'a str) -> Thing<'a> {
    Thing { kind: KIND, resource: document.as_str(), name: key }
}
