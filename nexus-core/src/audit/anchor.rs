//! Checkpoints outside of the database, where whoever can change the database cannot change them: a file that only grows, and
//! whatever else an installation has.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use futures::future::BoxFuture;

use super::{checkpoint::Signed, tree::Hash};

/// No checkpoint is longer than this as a line.
const LONGEST: u64 = 4096;

/// Why checkpoints cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// The place cannot be used.
    #[error("cannot use {place}: {error}")]
    Io {
        /// The place.
        place: String,
        /// What is wrong.
        error: io::Error,
    },
    /// What is kept and what the database says differ: the database was restored from an older copy, or somebody changed it.
    #[error(
        "{place} holds checkpoint {number}, and the database does not: its audit log was restored from an older copy or \
         changed. Nothing is sealed until what lies there is moved aside; keep it as evidence"
    )]
    Conflict {
        /// The place.
        place: String,
        /// The checkpoint.
        number: u64,
    },
}

/// Another place for checkpoints, such as a bucket whose objects nobody can replace.
pub trait Anchor: Send + Sync {
    /// Keeps a checkpoint, where there is none of its number yet; false when it was there already. Another one of its number
    /// is a conflict, and stays.
    fn keep<'a>(&'a self, checkpoint: &'a Signed) -> BoxFuture<'a, Result<bool, AnchorError>>;

    /// A checkpoint that is kept there and has a larger number: of this log, or of any when none is named.
    fn beyond<'a>(&'a self, log: Option<&'a str>, number: u64) -> BoxFuture<'a, Result<Option<u64>, AnchorError>>;

    /// Where it is, for people.
    fn place(&self) -> String;

    /// What is kept there and what the database says differ.
    fn conflict(&self, number: u64) -> AnchorError {
        AnchorError::Conflict { place: self.place(), number }
    }
}

/// A file with a checkpoint on each line. Processes that share a data directory share it.
#[derive(Debug, Clone)]
pub struct AnchorFile {
    path: PathBuf,
}

/// The last checkpoint of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Last {
    /// Its number; 0 when there is none.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
}

impl AnchorFile {
    /// A file, which is made when it is first written.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The last checkpoint that it holds.
    pub async fn last(&self) -> Result<Last, AnchorError> {
        self.aside(|file| Ok((&file).last_line()?.0)).await
    }

    /// Adds checkpoints that come after the last one, and gives the last one then. Each is on disk when this returns.
    pub async fn append(&self, checkpoints: Vec<Signed>) -> Result<Last, AnchorError> {
        self.aside(move |file| {
            let mut tail = &file;
            let (mut last, end) = tail.last_line()?;
            let mut lines = Vec::new();
            for signed in &checkpoints {
                let number = signed.read().map_err(io::Error::other)?.number;
                if number > last.number {
                    serde_json::to_writer(&mut lines, signed)?;
                    lines.push(b'\n');
                    last = Last { number, hash: signed.hash() };
                }
            }
            if !lines.is_empty() {
                // What a crash left of a line is no checkpoint, and goes.
                file.set_len(end)?;
                tail.seek(SeekFrom::Start(end))?;
                tail.write_all(&lines)?;
                file.sync_data()?;
            }
            Ok(last)
        })
        .await
    }

    /// The place of this file in a message.
    #[must_use]
    pub fn conflict(&self, number: u64) -> AnchorError {
        AnchorError::Conflict { place: self.path.display().to_string(), number }
    }

    /// Does something with the locked file on a thread that may wait.
    async fn aside<T: Send + 'static>(
        &self,
        act: impl FnOnce(File) -> io::Result<T> + Send + 'static,
    ) -> Result<T, AnchorError> {
        let path = self.path.clone();
        let done = tokio::task::spawn_blocking(move || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let file =
                OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o644).open(&path)?;
            file.lock()?;
            act(file)
        });
        let failed = |error| AnchorError::Io { place: self.path.display().to_string(), error };
        done.await.map_err(|error| failed(io::Error::other(error)))?.map_err(failed)
    }
}

/// Reads the end of a file.
trait Tail {
    /// The last whole line, and where it ends.
    fn last_line(&mut self) -> io::Result<(Last, u64)>;
}

impl Tail for &File {
    fn last_line(&mut self) -> io::Result<(Last, u64)> {
        let length = self.seek(SeekFrom::End(0))?;
        let start = length.saturating_sub(2 * LONGEST);
        self.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        self.take(2 * LONGEST).read_to_end(&mut bytes)?;
        let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
            let empty = length < LONGEST;
            return if empty { Ok((Last::default(), 0)) } else { Err(damaged()) };
        };
        let whole = bytes.get(..end).unwrap_or_default();
        let line = whole.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let signed: Signed = serde_json::from_slice(line).map_err(|_| damaged())?;
        let number = signed.read().map_err(|_| damaged())?.number;
        let end = start + u64::try_from(end).unwrap_or(0) + 1;
        Ok((Last { number, hash: signed.hash() }, end))
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the last line is not a checkpoint; move the file aside")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::audit::{Checkpoint, SigningKey};

    fn signed(number: u64) -> Signed {
        let key = SigningKey::new("07".repeat(32).into()).unwrap();
        key.sign(&Checkpoint {
            log: "0".repeat(32),
            number,
            time: chrono::DateTime::UNIX_EPOCH,
            events: number,
            chains: 1,
            root: Hash::default(),
            previous: Hash::default(),
            pruned: None,
            key_id: None,
        })
    }

    #[tokio::test]
    async fn a_file_only_grows_and_survives_half_a_line() {
        let dir = tempfile::tempdir().unwrap();
        let file = AnchorFile::new(dir.path().join("audit/checkpoints.jsonl"));
        assert_eq!(file.last().await.unwrap(), Last::default());
        file.append(vec![signed(1), signed(2)]).await.unwrap();
        // Another process was there before.
        let last = file.append(vec![signed(2), signed(3)]).await.unwrap();
        assert_eq!(last, Last { number: 3, hash: signed(3).hash() });
        let whole = fs::read_to_string(file.path()).unwrap();
        assert_eq!(whole.lines().count(), 3);
        fs::write(file.path(), format!("{whole}{{\"text\":\"nexu")).unwrap();
        assert_eq!(file.last().await.unwrap(), last);
        file.append(vec![signed(4)]).await.unwrap();
        assert_eq!(fs::read_to_string(file.path()).unwrap().lines().count(), 4);
        fs::write(file.path(), "nonsense\n").unwrap();
        assert!(file.last().await.is_err());
    }
}
