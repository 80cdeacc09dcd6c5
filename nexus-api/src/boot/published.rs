//! Where the private database is, for other commands of this installation.

use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use secrecy::{ExposeSecret as _, SecretString};

use super::{BootError, data_dir_error};

/// The file in the data directory that tells them.
const DATABASE_FILE: &str = "database.url";

pub(super) fn write(data_dir: &Path, url: &str) -> Result<(), BootError> {
    let path = data_dir.join(DATABASE_FILE);
    let write = || {
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        file.write_all(url.as_bytes())
    };
    write().map_err(data_dir_error(data_dir))
}

pub(super) fn read(data_dir: &Path) -> Option<SecretString> {
    let text = fs::read_to_string(data_dir.join(DATABASE_FILE)).ok()?;
    let url = SecretString::from(text.trim().to_owned());
    (!url.expose_secret().is_empty()).then_some(url)
}
