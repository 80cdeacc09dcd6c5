//! Where sources of documents are kept, and where checkpoints of the audit log are kept besides.

use std::{fs, path::PathBuf, sync::Arc};

use nexus_core::{resilience::Integrations, settings::SettingError};
use nexus_retrieval::objects::Objects;
use object_store::local::LocalFileSystem;

use super::{BootError, data_dir_error};
use crate::{audit::Archive, bulk, settings::Settings};

/// The store of the settings; a folder of the data directory when none is named.
pub(super) fn open(settings: &Settings, integrations: &Integrations) -> Result<Objects, BootError> {
    match &settings.object_store {
        Some(text) => named(text, settings, integrations),
        None => folder(settings.data_dir.join("objects")),
    }
}

/// The other place for checkpoints, if there is one.
pub(super) fn archive(settings: &Settings, integrations: &Integrations) -> Result<Option<Archive>, BootError> {
    let Some(text) = &settings.audit.anchor else { return Ok(None) };
    let objects = named(text, settings, integrations).map_err(|error| match error {
        BootError::Objects(why) => SettingError { name: "AUDIT_ANCHOR_URL".to_owned(), why }.into(),
        other => other,
    })?;
    Ok(Some(Archive::new(objects, text)))
}

fn named(text: &str, settings: &Settings, integrations: &Integrations) -> Result<Objects, BootError> {
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
