//! Sealing objects anew when the key of their tenant is replaced: the new one beside the old, then the record, then the old one
//! away. A worker may be killed between any two steps: whoever comes next finds the old one, or both and the record.

use futures::{FutureExt as _, future::BoxFuture};
use nexus_core::{
    crypto::{
        rotation::{Reseal, ResealError, Step},
        vault::{SealedObject, VaultError},
    },
    id::TenantId,
    pg::{Db, DbError, TenantTx},
    problem::Code,
};
use object_store::path::Path;
use uuid::Uuid;

use super::{ObjectError, Shelf, ShelfError, shelf};

/// Seals objects of one kind anew.
#[derive(Debug)]
pub struct ResealObjects {
    kind: &'static str,
    db: Db,
    shelf: Shelf,
    lapses: bool,
}

impl ResealObjects {
    /// Objects of this kind on this shelf.
    #[must_use]
    pub fn new(kind: &'static str, db: Db, shelf: &Shelf) -> Self {
        Self { kind, db, shelf: shelf.patient(), lapses: false }
    }

    /// The same, of objects that a rule of the store removes after a time: one that is missing is forgotten.
    #[must_use]
    pub fn that_lapse(self) -> Self {
        Self { lapses: true, ..self }
    }

    async fn anew(&self, step: &Step, name: &str) -> Result<(), ResealError> {
        let Some(mut record) = self.shelf.record(&step.tenant, name).await? else { return Ok(()) };
        if record.key != step.to.id {
            // What a worker that was killed left behind must not be forgotten when this one leaves something.
            self.remove(&step.tenant, record.old_path.iter().cloned()).await?;
            let Some(next) = self.moved(step, &record).await? else { return Ok(()) };
            record = next;
        }
        self.remove(&step.tenant, record.old_path.iter().cloned()).await?;
        let mut tx = self.db.tenant(&step.tenant).await?;
        record.tidied(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// Writes the next version and lets it count; nothing when somebody else did, or when nobody needs it any more.
    async fn moved(&self, step: &Step, record: &SealedObject) -> Result<Option<SealedObject>, ResealError> {
        let tenant = &step.tenant;
        // Nothing is given out here: what opens in the place that is on record is sealed for the next version of that place.
        let plain = match self.shelf.open(tenant, &record.place(tenant), record, u64::MAX).await {
            Ok(plain) => plain,
            Err(ShelfError::Object(ObjectError::NotFound)) => return self.missing(step, record).await,
            Err(error) => return Err(broken(error)),
        };
        let next = record.next(&step.to);
        self.remove(tenant, record.strays(&next)).await?;
        let parts = shelf::seal(step.vault.envelope(), &step.to.key, &next.place(tenant), &plain);
        let parts = parts.map_err(VaultError::from)?;
        let path = Path::from(next.path.as_str());
        self.shelf.objects(tenant).put_parts(&path, parts).await.map_err(|error| broken(error.into()))?;
        let mut tx = self.db.tenant(tenant).await?;
        if !record.replace(&mut tx, &next).await? {
            drop(tx);
            self.withdraw(tenant, &next).await?;
            return Ok(None);
        }
        step.count(&mut tx).await?;
        tx.commit().await?;
        Ok(Some(next))
    }

    /// An object that is not where its record says: that is nobody's fault if the record has changed.
    async fn missing(&self, step: &Step, record: &SealedObject) -> Result<Option<SealedObject>, ResealError> {
        let now = self.shelf.record(&step.tenant, &record.name).await?;
        if now.is_none_or(|now| now.version != record.version) {
            return Ok(None);
        }
        if !self.lapses {
            return Err(ResealError::Broken(Code::NotFound));
        }
        let mut tx = self.db.tenant(&step.tenant).await?;
        if record.remove(&mut tx).await? {
            step.count(&mut tx).await?;
            tx.commit().await?;
        }
        Ok(None)
    }

    /// Takes back what came too late, unless the same lies in the same place by somebody else's hand.
    async fn withdraw(&self, tenant: &TenantId, late: &SealedObject) -> Result<(), ResealError> {
        let now = self.shelf.record(tenant, &late.name).await?;
        let needed = now.is_some_and(|now| now.path == late.path || now.version < late.version);
        if needed { Ok(()) } else { self.remove(tenant, [late.path.clone()]).await }
    }

    async fn remove(&self, tenant: &TenantId, paths: impl IntoIterator<Item = String>) -> Result<(), ResealError> {
        let objects = self.shelf.objects(tenant);
        for path in paths {
            objects.remove(&Path::from(path)).await.map_err(|error| broken(error.into()))?;
        }
        Ok(())
    }
}

/// What a store does not give or take is waited for; what it gives that does not open is broken.
fn broken(error: ShelfError) -> ResealError {
    match error {
        ShelfError::Db(error) => ResealError::Db(error),
        ShelfError::Vault(error) => error.into(),
        ShelfError::Object(ObjectError::Refused(_)) => ResealError::Broken(Code::DecryptionFailed),
        ShelfError::Object(ObjectError::NotFound) => ResealError::Broken(Code::NotFound),
        ShelfError::Object(error) => ResealError::Wait(error.to_string()),
    }
}

impl Reseal for ResealObjects {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn left<'a>(&'a self, tx: &'a mut TenantTx, to: Uuid, but: &'a [String]) -> BoxFuture<'a, Result<u64, DbError>> {
        SealedObject::left(tx, (self.kind, to), but).boxed()
    }

    fn page<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        to: Uuid,
        range: (&'a str, u32),
        but: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<String>, DbError>> {
        SealedObject::page(tx, (self.kind, to), range, but).boxed()
    }

    fn reseal<'a>(&'a self, step: &'a Step, name: &'a str) -> BoxFuture<'a, Result<(), ResealError>> {
        self.anew(step, name).boxed()
    }
}
