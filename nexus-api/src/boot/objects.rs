//! Where sources of documents are kept.

use std::{fs, sync::Arc};

use object_store::{ObjectStore, local::LocalFileSystem, prefix::PrefixStore};

use super::{BootError, data_dir_error};
use crate::settings::Settings;

/// The store of the settings; a folder of the data directory when none is named.
pub(super) fn open(settings: &Settings) -> Result<Arc<dyn ObjectStore>, BootError> {
    let failed = |e: object_store::Error| BootError::Objects(e.to_string());
    let Some(text) = &settings.object_store else {
        let folder = settings.data_dir.join("objects");
        fs::create_dir_all(&folder).map_err(data_dir_error(&folder))?;
        return Ok(Arc::new(LocalFileSystem::new_with_prefix(folder).map_err(failed)?));
    };
    let url = reqwest::Url::parse(text).map_err(|e| BootError::Objects(e.to_string()))?;
    if url.scheme() == "file" {
        let folder = url.to_file_path().map_err(|()| BootError::Objects("is not a folder of this machine".into()))?;
        fs::create_dir_all(&folder).map_err(data_dir_error(&folder))?;
        return Ok(Arc::new(LocalFileSystem::new_with_prefix(folder).map_err(failed)?));
    }
    // Credentials, region and endpoint of S3 come from the usual AWS_* variables.
    let (store, prefix) = object_store::parse_url_opts(&url, std::env::vars()).map_err(failed)?;
    Ok(Arc::new(PrefixStore::new(store, prefix)))
}
