//! Objects below a prefix, in the order of their names and as they are listed: going on behind one asks for those behind it.

use bytes::Bytes;
use futures::TryStreamExt as _;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt as _, path::Path};

use super::{BulkError, Missing, Outlet, Stop, archived, is_hidden, unreadable};

pub(super) async fn read(store: &dyn ObjectStore, prefix: &Path, outlet: &mut Outlet) -> Result<(), Stop> {
    let mut listing = match &outlet.after {
        Some(after) => {
            let steps = [prefix.as_ref(), after.name.as_str()];
            let steps = steps.into_iter().filter(|step| !step.is_empty()).collect::<Vec<_>>().join("/");
            let offset = Path::parse(steps).map_err(|error| BulkError::Store(error.into()))?;
            store.list_with_offset(Some(prefix), &offset)
        }
        None => store.list(Some(prefix)),
    };
    let (mut last, mut found) = (String::new(), false);
    while let Some(object) = listing.try_next().await? {
        found = true;
        let location = object.location.as_ref();
        let name = location.strip_prefix(prefix.as_ref()).unwrap_or(location).trim_start_matches('/').to_owned();
        // What has no content stands for a folder; it is listed where its contents are, not where its name belongs.
        if object.size == 0 || name.is_empty() || is_hidden(&name) {
            continue;
        }
        if name <= last || !outlet.is_behind(&name) {
            return Err(BulkError::Disorder.into());
        }
        outlet.count()?;
        let content = content(store, &object, outlet.bounds.file).await?;
        outlet.hand_over(&name, content).await?;
        last = name;
    }
    if found || outlet.after.is_some() { Ok(()) } else { alone(store, prefix, outlet).await }
}

/// An object that is named itself.
async fn alone(store: &dyn ObjectStore, location: &Path, outlet: &mut Outlet) -> Result<(), Stop> {
    let object = match store.head(location).await {
        Ok(object) => object,
        Err(Error::NotFound { .. }) => return Err(BulkError::Nothing.into()),
        Err(error) => return Err(error.into()),
    };
    let name = location.filename().unwrap_or_default();
    if archived(name).is_some() {
        return Err(BulkError::ArchiveInBucket.into());
    }
    let content = content(store, &object, outlet.bounds.file).await?;
    outlet.hand_over(name, content).await
}

async fn content(store: &dyn ObjectStore, object: &ObjectMeta, limit: usize) -> Result<Result<Bytes, Missing>, Stop> {
    if object.size > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Ok(Err(Missing::TooLarge(limit)));
    }
    match store.get(&object.location).await {
        // It may have grown since it was listed.
        Ok(found) if found.meta.size > u64::try_from(limit).unwrap_or(u64::MAX) => Ok(Err(Missing::TooLarge(limit))),
        Ok(found) => Ok(found.bytes().await.map_err(unreadable)),
        // It is gone since it was listed.
        Err(error @ Error::NotFound { .. }) => Ok(Err(unreadable(error))),
        Err(error) => Err(error.into()),
    }
}
