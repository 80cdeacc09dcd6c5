//! Sources of documents in an object store, under keys that only the server chooses.

use bytes::Bytes;
use nexus_core::{clock, id::TenantId};
use object_store::path::Path;
use sha2::{Digest as _, Sha256};

use crate::objects::{ObjectError, Objects};

/// Where sources lie. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sources(Objects);

impl Sources {
    /// Keeps sources in this store.
    #[must_use]
    pub fn new(store: impl Into<Objects>) -> Self {
        Self(store.into())
    }

    /// A key that was never used before. The tenant appears as a hash: its id is a client's text.
    #[must_use]
    pub fn fresh_key(tenant: &TenantId) -> String {
        let tenant: String = hex::encode(Sha256::digest(tenant.as_str())).chars().take(16).collect();
        format!("sources/{tenant}/{}", clock::fresh_uuid().simple())
    }

    /// Stores the bytes of a source.
    pub async fn put(&self, tenant: &TenantId, key: &str, bytes: Bytes) -> Result<(), ObjectError> {
        self.0.on_behalf_of(tenant).put(&Path::from(key), bytes).await
    }

    /// The bytes of a source, for a job; `None` when it is gone. What is read was accepted, and is not larger than that.
    pub async fn get(&self, tenant: &TenantId, key: &str) -> Result<Option<Bytes>, ObjectError> {
        found(self.0.on_behalf_of(tenant).patient().get(&Path::from(key), u64::MAX).await)
    }

    /// How many bytes the source has; `None` when it is gone.
    pub async fn size(&self, tenant: &TenantId, key: &str) -> Result<Option<u64>, ObjectError> {
        Ok(found(self.0.on_behalf_of(tenant).head(&Path::from(key)).await)?.map(|object| object.size))
    }

    /// Removes a source; one that is gone already is fine.
    pub async fn remove(&self, tenant: &TenantId, key: &str) -> Result<(), ObjectError> {
        self.0.on_behalf_of(tenant).remove(&Path::from(key)).await
    }
}

fn found<T>(outcome: Result<T, ObjectError>) -> Result<Option<T>, ObjectError> {
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(ObjectError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
