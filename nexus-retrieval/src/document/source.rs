//! Sources of documents in an object store, under keys that only the server chooses.

use std::sync::Arc;

use bytes::Bytes;
use nexus_core::{clock, id::TenantId};
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload, path::Path};
use sha2::{Digest as _, Sha256};

/// Where sources lie. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sources(Arc<dyn ObjectStore>);

impl Sources {
    /// Keeps sources in this store.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self(store)
    }

    /// A key that was never used before. The tenant appears as a hash: its id is a client's text.
    #[must_use]
    pub fn fresh_key(tenant: &TenantId) -> String {
        let tenant: String = hex::encode(Sha256::digest(tenant.as_str())).chars().take(16).collect();
        format!("sources/{tenant}/{}", clock::fresh_uuid().simple())
    }

    /// Stores the bytes of a source.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), object_store::Error> {
        self.0.put(&Path::from(key), PutPayload::from_bytes(bytes)).await.map(|_| ())
    }

    /// The bytes of a source; `None` when it is gone.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, object_store::Error> {
        match self.0.get(&Path::from(key)).await {
            Ok(found) => found.bytes().await.map(Some),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How many bytes the source has; `None` when it is gone.
    pub async fn size(&self, key: &str) -> Result<Option<u64>, object_store::Error> {
        match self.0.head(&Path::from(key)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes a source; one that is gone already is fine.
    pub async fn remove(&self, key: &str) -> Result<(), object_store::Error> {
        match self.0.delete(&Path::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
