//! The lock that tells a data directory in use from one whose owner died.
//!
//! The kernel releases it when the owner dies, however it dies; the process id inside is only for the message.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;

use super::error::{EmbeddedError, file};
use super::layout::Layout;

/// Proof that no other process supervises the data directory.
#[derive(Debug)]
pub(super) struct OwnerLock {
    _file: File,
}

impl OwnerLock {
    /// Takes the lock, or says who has it.
    pub(super) fn take(layout: &Layout) -> Result<Self, EmbeddedError> {
        let path = &layout.lock;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut handle = options.open(path).map_err(file("open", path))?;
        match handle.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // The owner may be just writing it; the message then lacks the number and nothing else.
                let _unreadable = handle.take(20).read_to_string(&mut pid);
                let pid = if pid.trim().is_empty() { "unknown".to_owned() } else { pid.trim().to_owned() };
                return Err(EmbeddedError::Owned { data_dir: layout.data_dir.clone(), pid });
            }
            Err(TryLockError::Error(error)) => return Err(file("lock", path)(error)),
        }
        handle.set_len(0).map_err(file("write", path))?;
        handle.rewind().map_err(file("write", path))?;
        writeln!(handle, "{}", std::process::id()).map_err(file("write", path))?;
        Ok(Self { _file: handle })
    }
}
