//! The account that PostgreSQL runs as: PostgreSQL refuses root, so root hands it to a lesser account.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Gid, Uid, User};

use super::error::{EmbeddedError, file};

/// Who the child processes run as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    name: String,
    uid: u32,
    gid: u32,
    /// Whether the children must change to it, which only root can do.
    drops: bool,
}

impl Account {
    /// The account for a data directory: ourselves, or for root the directory's owner, `postgres`, `nobody`, or the
    /// first ordinary account of the machine.
    pub(super) fn choose(data_dir: &Path) -> Result<Self, EmbeddedError> {
        let uid = Uid::effective();
        if !uid.is_root() {
            let name = User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name);
            return Ok(Self { name, uid: uid.as_raw(), gid: Gid::effective().as_raw(), drops: false });
        }
        let owner = fs::metadata(data_dir).ok().map(|meta| meta.uid()).filter(|owner| *owner != 0);
        owner
            .and_then(|owner| User::from_uid(Uid::from_raw(owner)).ok().flatten())
            .or_else(|| ["postgres", "nobody"].iter().find_map(|name| User::from_name(name).ok().flatten()))
            .or_else(|| {
                let uid = first_ordinary(&fs::read_to_string("/etc/passwd").unwrap_or_default())?;
                User::from_uid(Uid::from_raw(uid)).ok().flatten()
            })
            .map(|user| Self { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw(), drops: true })
            .ok_or(EmbeddedError::NoAccount)
    }

    /// A command that runs as this account with a clean environment and a working directory that it can enter.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C").env("TZ", "UTC");
        if let Some(libraries) = std::env::var_os("LD_LIBRARY_PATH") {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        // A group of its own keeps Ctrl-C in a terminal away from PostgreSQL: the server stops it, in order.
        command.current_dir("/").process_group(0);
        if self.drops {
            command.gid(self.gid).uid(self.uid);
        }
        command
    }

    /// Whether a file belongs to this account.
    pub(super) fn owns(&self, meta: &fs::Metadata) -> bool {
        meta.uid() == self.uid
    }

    /// Makes a folder that only this account can enter, or takes one that is exactly that.
    pub(super) fn private_folder(&self, dir: &Path) -> Result<(), EmbeddedError> {
        match fs::create_dir(dir) {
            Ok(()) => {
                fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).map_err(file("protect", dir))?;
                self.give(dir)
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let meta = fs::symlink_metadata(dir).map_err(file("look at", dir))?;
                if !meta.is_dir() || !self.owns(&meta) || meta.mode() & 0o077 != 0 {
                    return Err(EmbeddedError::SocketFolder { dir: dir.to_path_buf() });
                }
                Ok(())
            }
            Err(error) => Err(file("create", dir)(error)),
        }
    }

    /// Gives one file or folder to this account; an ordinary user owns what it makes.
    pub(super) fn give(&self, path: &Path) -> Result<(), EmbeddedError> {
        if self.drops { chown(path, Some(self.uid), Some(self.gid)).map_err(file("hand over", path)) } else { Ok(()) }
    }

    /// Gives a folder and all below it to this account, never following a link.
    pub(super) fn give_all(&self, dir: &Path) -> Result<(), EmbeddedError> {
        let meta = fs::symlink_metadata(dir).map_err(file("look at", dir))?;
        if !self.drops || self.owns(&meta) {
            return Ok(());
        }
        let mut folders = vec![dir.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(file("list", &folder))? {
                let path = entry.map_err(file("list", &folder))?.path();
                let meta = fs::symlink_metadata(&path).map_err(file("look at", &path))?;
                if meta.is_dir() {
                    folders.push(path);
                } else if !meta.is_symlink() {
                    self.give(&path)?;
                }
            }
            self.give(&folder)?;
        }
        Ok(())
    }

    /// Lets this account pass through a folder of ours, without letting anybody list it.
    pub(super) fn let_through(&self, dir: &Path) -> Result<(), EmbeddedError> {
        let meta = fs::metadata(dir).map_err(file("look at", dir))?;
        if !self.drops || self.enters(&meta) || meta.uid() != 0 {
            return Ok(());
        }
        let mode = meta.mode() & 0o7777;
        if mode & 0o070 == 0 {
            chown(dir, None, Some(self.gid)).map_err(file("open", dir))?;
            return fs::set_permissions(dir, fs::Permissions::from_mode(mode | 0o010)).map_err(file("open", dir));
        }
        fs::set_permissions(dir, fs::Permissions::from_mode(mode | 0o001)).map_err(file("open", dir))
    }

    /// Says which folder on the way to a path stops this account.
    pub(super) fn check_reach(&self, path: &Path) -> Result<(), EmbeddedError> {
        if !self.drops {
            return Ok(());
        }
        let blocked: Option<PathBuf> = path
            .ancestors()
            .skip(1)
            .filter(|folder| fs::metadata(folder).is_ok_and(|meta| !self.enters(&meta)))
            .last()
            .map(Path::to_path_buf);
        blocked.map_or(Ok(()), |folder| {
            Err(EmbeddedError::Unreachable { user: self.name.clone(), folder, path: path.to_path_buf() })
        })
    }

    fn enters(&self, meta: &fs::Metadata) -> bool {
        let bit = match (meta.uid() == self.uid, meta.gid() == self.gid) {
            (true, _) => 0o100,
            (false, true) => 0o010,
            (false, false) => 0o001,
        };
        meta.mode() & bit != 0
    }
}

/// The first account of a passwd file that is not root.
fn first_ordinary(passwd: &str) -> Option<u32> {
    passwd.lines().filter_map(|line| line.split(':').nth(2)?.parse().ok()).find(|uid| *uid != 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_first_account_after_root_is_taken() {
        assert_eq!(first_ordinary("root:x:0:0::/root:/bin/sh\nbin:x:2:2::/:/bin/false\n"), Some(2));
        assert_eq!(first_ordinary("root:x:0:0::/root:/bin/sh\n"), None);
        assert_eq!(first_ordinary("garbage"), None);
    }

    #[test]
    fn a_closed_folder_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let closed = dir.path().join("closed");
        fs::create_dir_all(closed.join("bin")).unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
        let stranger = Account { name: "stranger".into(), uid: 4_000_000, gid: 4_000_000, drops: true };
        let error = stranger.check_reach(&closed.join("bin/postgres")).unwrap_err();
        assert!(matches!(&error, EmbeddedError::Unreachable { folder, .. } if *folder == closed), "{error}");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o711)).unwrap();
        stranger.check_reach(&closed.join("bin/postgres")).unwrap();
    }
}
