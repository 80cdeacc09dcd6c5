//! Where sources of documents are kept.

use std::{fs, path::PathBuf, sync::Arc};

use nexus_core::resilience::Integrations;
use nexus_retrieval::objects::Objects;
use object_store::local::LocalFileSystem;

use super::{BootError, data_dir_error};
use crate::{bulk, settings::Settings};

/// The store of the settings; a folder of the data directory when none is named.
pub(super) fn open(settings: &Settings, integrations: &Integrations) -> Result<Objects, BootError> {
    let Some(text) = &settings.object_store else {
        return folder(settings.data_dir.join("objects"));
    };
    let url = reqwest::Url::parse(text).map_err(|e| BootError::Objects(e.to_string()))?;
    if url.scheme() == "file" {
        let path = url.to_file_path().map_err(|()| BootError::Objects("is not a folder of this machine".into()))?;
        return folder(path);
    }
    let (objects, prefix) = bulk::bucket(&url, settings.objects()).map_err(BootError::Objects)?;
    objects.connect(integrations);
    Ok(objects.below(prefix))
}

fn folder(path: PathBuf) -> Result<Objects, BootError> {
    fs::create_dir_all(&path).map_err(data_dir_error(&path))?;
    let store = LocalFileSystem::new_with_prefix(path).map_err(|e| BootError::Objects(e.to_string()))?;
    Ok(Objects::from(Arc::new(store)))
}
