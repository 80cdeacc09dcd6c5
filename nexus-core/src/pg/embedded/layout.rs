//! Where things live on disk: data, log, lock, configuration and socket.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use nix::unistd::Uid;
use sha2::{Digest, Sha256};

use super::account::Account;
use super::error::{EmbeddedError, file};

/// The longest socket folder: a socket address has 104 bytes on the narrowest system, and PostgreSQL adds a name of 14.
const LONGEST_SOCKET_FOLDER: usize = 88;

/// The paths of one private PostgreSQL.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The PostgreSQL data directory.
    pub(super) data_dir: PathBuf,
    /// The folder around it, which holds the files below.
    pub(super) root: PathBuf,
    /// The server log.
    pub(super) log: PathBuf,
    /// The lock that says which nexus owns the data directory.
    pub(super) lock: PathBuf,
    /// The tuning file that the data directory includes.
    pub(super) conf: PathBuf,
}

impl Layout {
    /// Makes the folder around the data directory and names what is in it.
    pub(super) fn prepare(data_dir: &Path) -> Result<Self, EmbeddedError> {
        let absolute = std::path::absolute(data_dir).map_err(file("resolve", data_dir))?;
        let root = absolute.parent().unwrap_or(Path::new("/"));
        let name = absolute.file_name().unwrap_or_else(|| "postgres".as_ref());
        fs::DirBuilder::new().recursive(true).mode(0o711).create(root).map_err(file("create", root))?;
        // Links are resolved, so that two spellings of one folder meet at one lock and one socket.
        let root = fs::canonicalize(root).map_err(file("resolve", root))?;
        Ok(Self {
            data_dir: root.join(name),
            log: root.join("postgres.log"),
            lock: root.join("nexus.lock"),
            conf: root.join("postgres.conf"),
            root,
        })
    }

    /// Makes the private folder for the Unix socket: beside the data, or in a short place when that is too deep.
    pub(super) fn socket_folder(&self, account: &Account) -> Result<PathBuf, EmbeddedError> {
        let beside = self.root.join("run");
        let dir = if beside.as_os_str().len() <= LONGEST_SOCKET_FOLDER {
            beside
        } else {
            let name = short_name(&self.data_dir);
            runtime_folder().join(name)
        };
        account.private_folder(&dir)?;
        Ok(dir)
    }
}

/// The data folder when none is configured: a system folder for root, the user's own otherwise.
#[must_use]
pub fn default_data_dir() -> PathBuf {
    default_dir("/var/lib/nexusrag", "XDG_DATA_HOME", ".local/share")
}

/// The folder for downloaded programs and models when none is configured.
#[must_use]
pub fn default_cache_dir() -> PathBuf {
    default_dir("/var/cache/nexusrag", "XDG_CACHE_HOME", ".cache")
}

fn default_dir(system: &str, xdg: &str, below_home: &str) -> PathBuf {
    if Uid::effective().is_root() {
        return PathBuf::from(system);
    }
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute(xdg)
        .or_else(|| absolute("HOME").map(|home| home.join(below_home)))
        .unwrap_or_else(|| std::env::temp_dir().join(format!("nexusrag-{}", Uid::effective())))
        .join("nexusrag")
}

/// A short folder for sockets that only we, or only root, can write to in others' place.
fn runtime_folder() -> PathBuf {
    let uid = Uid::effective();
    let own = if uid.is_root() { PathBuf::from("/run") } else { PathBuf::from(format!("/run/user/{uid}")) };
    match fs::metadata(&own) {
        Ok(meta) if meta.is_dir() && meta.uid() == uid.as_raw() => own,
        _ => PathBuf::from("/tmp"),
    }
}

fn short_name(data_dir: &Path) -> String {
    let digest = Sha256::digest(data_dir.as_os_str().as_bytes());
    format!("nexusrag-{}", hex::encode(digest.iter().take(8).copied().collect::<Vec<u8>>()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_deep_data_directory_gets_a_short_socket_folder() {
        let name = short_name(Path::new("/a"));
        assert_eq!(name.len(), 25);
        assert_ne!(name, short_name(Path::new("/b")));
        assert!(runtime_folder().join(name).as_os_str().len() < LONGEST_SOCKET_FOLDER);
    }

    #[test]
    fn spellings_of_one_folder_share_a_lock() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("real")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("real"), dir.path().join("link")).unwrap();
        let real = Layout::prepare(&dir.path().join("real/postgres")).unwrap();
        let link = Layout::prepare(&dir.path().join("link/postgres")).unwrap();
        assert_eq!(real.lock, link.lock);
        assert_eq!(real.data_dir, link.data_dir);
    }
}
