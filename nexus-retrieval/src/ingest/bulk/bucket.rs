//! Objects below a prefix, in the order of their names and as they are listed: going on behind one asks for those behind it.
//! Whoever reads a source can wait, so a bucket that is left alone for a while is waited for.

use bytes::Bytes;
use object_store::{ObjectMeta, path::Path};

use super::{BulkError, Missing, Outlet, Stop, archived, is_hidden, unreadable};
use crate::objects::{ObjectError, Objects, PAGE};

pub(super) async fn read(store: &Objects, prefix: &Path, outlet: &mut Outlet) -> Result<(), Stop> {
    let store = store.clone().patient();
    let mut behind = outlet.after.as_ref().map(|after| offset(prefix, &after.name)).transpose()?;
    let (mut last, mut found) = (String::new(), false);
    loop {
        let page = store.list(prefix, behind.as_ref()).await?;
        // What stands for a folder has lost the slash at its end, and may not be the last one by its name.
        let Some(end) = page.iter().map(|object| &object.location).max().cloned() else { break };
        let is_last = page.len() < PAGE;
        found = true;
        for object in page {
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
            let content = content(&store, &object, outlet.bounds.file).await?;
            outlet.hand_over(&name, content).await?;
            last = name;
        }
        if is_last {
            break;
        }
        behind = Some(end);
    }
    if found || outlet.after.is_some() { Ok(()) } else { alone(&store, prefix, outlet).await }
}

/// What lies at a name below the prefix.
fn offset(prefix: &Path, name: &str) -> Result<Path, BulkError> {
    let steps = [prefix.as_ref(), name].into_iter().filter(|step| !step.is_empty()).collect::<Vec<_>>().join("/");
    Path::parse(steps).map_err(|error| BulkError::Store(ObjectError::Store(error.into())))
}

/// An object that is named itself.
async fn alone(store: &Objects, location: &Path, outlet: &mut Outlet) -> Result<(), Stop> {
    let object = match store.head(location).await {
        Ok(object) => object,
        Err(ObjectError::NotFound) => return Err(BulkError::Nothing.into()),
        Err(error) => return Err(error.into()),
    };
    let name = location.filename().unwrap_or_default();
    if archived(name).is_some() {
        return Err(BulkError::ArchiveInBucket.into());
    }
    let content = content(store, &object, outlet.bounds.file).await?;
    outlet.hand_over(name, content).await
}

async fn content(store: &Objects, object: &ObjectMeta, limit: usize) -> Result<Result<Bytes, Missing>, Stop> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    if object.size > most {
        return Ok(Err(Missing::TooLarge(limit)));
    }
    match store.get(&object.location, most).await {
        Ok(bytes) => Ok(Ok(bytes)),
        // It may have grown since it was listed, or be gone.
        Err(ObjectError::TooLarge(_)) => Ok(Err(Missing::TooLarge(limit))),
        Err(error @ ObjectError::NotFound) => Ok(Err(unreadable(error))),
        Err(error) => Err(error.into()),
    }
}
