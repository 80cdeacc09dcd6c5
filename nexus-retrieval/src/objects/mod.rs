//! A store of objects: files that somebody handed in, sound, and what is imported.
//!
//! A store on this machine is asked as it is. One that is far away is asked through a line of
//! [`resilience`](nexus_core::resilience): with an end to waiting, retries where they may help, a share for each tenant, and
//! not at all while it is known to be down. Each operation is one call, its bytes included, so that a store that stops in the
//! middle of an object costs no more than one that never answers. Nothing is kept in reserve: what a store cannot give or take
//! is an error, and whoever asked decides whether that can wait.
//!
//! What is sensitive goes through a [`Shelf`], which seals it on its way in with the key of its tenant.

mod error;
mod reseal;
mod s3;
mod shelf;

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::TryStreamExt as _;
use nexus_core::{
    id::TenantId,
    resilience::{Integrations, Outlet},
};
use object_store::{
    ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutPayload, path::Path, prefix::PrefixStore,
};
use tokio::time::sleep;

pub use self::{
    error::ObjectError,
    reseal::ResealObjects,
    shelf::{Kept, Ready, Shelf, ShelfError, Shelved, Thing},
};

/// How many objects are listed in one call.
pub const PAGE: usize = 1000;
/// How often somebody who can wait does so while a store is left alone, and for how long at most.
const WAITS: u32 = 2;
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// An object of more bytes than this is not held as a whole where it is read piece by piece.
const PIECE: u64 = 1024 * 1024;

/// What an object is read into, piece by piece.
pub(crate) trait Take: Send {
    /// What becomes of it.
    type Whole: Send;
    /// Takes the next piece.
    fn piece(&mut self, piece: &[u8]) -> Result<(), ObjectError>;
    /// Ends, after the last one.
    fn whole(self) -> Result<Self::Whole, ObjectError>;
}

/// A store of objects. Cheap to clone.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// Nothing for a store on this machine.
    way: Option<Outlet>,
    tenant: Option<TenantId>,
    waits: u32,
}

impl Objects {
    /// A store on this machine.
    #[must_use]
    pub fn here(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, way: None, tenant: None, waits: 0 }
    }

    /// A store that is reached through an outlet.
    #[must_use]
    pub fn behind(store: Arc<dyn ObjectStore>, way: Outlet) -> Self {
        Self { way: Some(way), ..Self::here(store) }
    }

    /// Goes by the breakers of an installation from now on. Clones are connected together.
    pub fn connect(&self, integrations: &Integrations) {
        if let Some(way) = &self.way {
            way.connect(integrations);
        }
    }

    /// The part of the store below a prefix.
    #[must_use]
    pub fn below(self, prefix: Path) -> Self {
        Self { store: Arc::new(PrefixStore::new(Arc::clone(&self.store), prefix)), ..self }
    }

    /// The same, for a tenant, which has a share of the calls that go on.
    #[must_use]
    pub fn on_behalf_of(&self, tenant: &TenantId) -> Self {
        Self { tenant: Some(tenant.clone()), ..self.clone() }
    }

    /// The same, for somebody who can wait while the store is left alone: a job.
    #[must_use]
    pub fn patient(self) -> Self {
        Self { waits: WAITS, ..self }
    }

    /// Stores an object; one that is there is replaced.
    pub async fn put(&self, at: &Path, bytes: Bytes) -> Result<(), ObjectError> {
        self.put_parts(at, PutPayload::from_bytes(bytes)).await
    }

    /// As [`Objects::put`], for bytes that do not lie side by side.
    pub async fn put_parts(&self, at: &Path, parts: PutPayload) -> Result<(), ObjectError> {
        self.call(|| async {
            self.store.put(at, parts.clone()).await?;
            Ok(())
        })
        .await
    }

    /// Stores an object where there is none yet; false when there is one, which stays.
    pub async fn put_new(&self, at: &Path, bytes: Bytes) -> Result<bool, ObjectError> {
        self.call(|| async {
            let payload = PutPayload::from_bytes(bytes.clone());
            match self.store.put_opts(at, payload, PutMode::Create.into()).await {
                Ok(_) => Ok(true),
                Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// The bytes of an object, when there are no more of them than so many.
    pub async fn get(&self, at: &Path, limit: u64) -> Result<Bytes, ObjectError> {
        self.call(|| async {
            let found = self.store.get(at).await?;
            if found.meta.size > limit {
                return Err(ObjectError::TooLarge(limit));
            }
            Ok(found.bytes().await?)
        })
        .await
    }

    /// Reads an object of at most so many bytes into something, which is begun anew with each attempt and told how many bytes
    /// will come.
    pub(crate) async fn read<T: Take>(
        &self,
        at: &Path,
        limit: u64,
        begin: impl Fn(u64) -> T + Send + Sync,
    ) -> Result<T::Whole, ObjectError> {
        self.call(|| async {
            let found = self.store.get(at).await?;
            let size = found.meta.size;
            if size > limit {
                return Err(ObjectError::TooLarge(limit));
            }
            let mut into = begin(size);
            if size <= PIECE {
                into.piece(&found.bytes().await?)?;
                return into.whole();
            }
            let mut pieces = found.into_stream();
            while let Some(piece) = pieces.try_next().await? {
                into.piece(&piece)?;
            }
            into.whole()
        })
        .await
    }

    /// What is known of an object without reading it.
    pub async fn head(&self, at: &Path) -> Result<ObjectMeta, ObjectError> {
        self.call(|| async { Ok(self.store.head(at).await?) }).await
    }

    /// Removes an object; one that is gone already is fine.
    pub async fn remove(&self, at: &Path) -> Result<(), ObjectError> {
        match self.call(|| async { Ok(self.store.delete(at).await?) }).await {
            Err(ObjectError::NotFound) => Ok(()),
            outcome => outcome,
        }
    }

    /// The next objects below a prefix and behind a name, as the store orders them; the listing goes on behind the last one,
    /// and has ended when fewer than [`PAGE`] come.
    pub async fn list(&self, below: &Path, behind: Option<&Path>) -> Result<Vec<ObjectMeta>, ObjectError> {
        self.call(|| async {
            let mut listing = match behind {
                Some(behind) => self.store.list_with_offset(Some(below), behind),
                None => self.store.list(Some(below)),
            };
            let mut page = Vec::new();
            while page.len() < PAGE
                && let Some(object) = listing.try_next().await?
            {
                page.push(object);
            }
            Ok(page)
        })
        .await
    }

    async fn call<T, F>(&self, mut attempt: impl FnMut() -> F + Send) -> Result<T, ObjectError>
    where
        T: Send,
        F: Future<Output = Result<T, ObjectError>> + Send,
    {
        let Some(way) = &self.way else { return attempt().await };
        let mut line = way.line().clone();
        if let Some(tenant) = &self.tenant {
            line = line.on_behalf_of(tenant);
        }
        let mut waits = self.waits;
        loop {
            // Boxed, because every run has room for it and few keep sound.
            match Box::pin(line.call(&mut attempt)).await.map_err(ObjectError::from) {
                Err(ObjectError::Open { retry_after }) if waits > 0 && retry_after <= LONGEST_WAIT => {
                    waits -= 1;
                    sleep(retry_after).await;
                }
                outcome => return outcome,
            }
        }
    }
}

impl From<Arc<dyn ObjectStore>> for Objects {
    fn from(store: Arc<dyn ObjectStore>) -> Self {
        Self::here(store)
    }
}

impl<S: ObjectStore> From<Arc<S>> for Objects {
    fn from(store: Arc<S>) -> Self {
        Self::here(store)
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Objects").field(&format_args!("{}", self.store)).finish()
    }
}
