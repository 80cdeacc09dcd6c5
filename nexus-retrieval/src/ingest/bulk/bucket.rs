//! Objects below a prefix.

use futures::TryStreamExt as _;
use object_store::{ObjectStore, ObjectStoreExt as _, path::Path};

use super::{Missing, Outlet, Stop, is_hidden, unreadable};

pub(super) async fn read(store: &dyn ObjectStore, prefix: &Path, outlet: &mut Outlet) -> Result<(), Stop> {
    let mut objects = Vec::new();
    let mut listing = store.list(Some(prefix));
    while let Some(object) = listing.try_next().await? {
        let name = name(&object.location, prefix);
        if !name.is_empty() && !is_hidden(&name) {
            outlet.count()?;
            objects.push((name, object.location, object.size));
        }
    }
    objects.sort();
    let limit = outlet.bounds.file;
    for (name, location, size) in objects {
        if !outlet.is_behind(&name) {
            continue;
        }
        let content = if size > u64::try_from(limit).unwrap_or(u64::MAX) {
            Err(Missing::TooLarge(limit))
        } else {
            match store.get(&location).await {
                Ok(found) => found.bytes().await.map_err(unreadable),
                // It is gone since it was listed.
                Err(error @ object_store::Error::NotFound { .. }) => Err(unreadable(error)),
                Err(error) => return Err(error.into()),
            }
        };
        outlet.hand_over(&name, content).await?;
    }
    Ok(())
}

fn name(location: &Path, prefix: &Path) -> String {
    let location = location.as_ref();
    let below = location.strip_prefix(prefix.as_ref()).unwrap_or(location).trim_start_matches('/');
    if below.is_empty() { location.rsplit('/').next().unwrap_or_default().to_owned() } else { below.to_owned() }
}
