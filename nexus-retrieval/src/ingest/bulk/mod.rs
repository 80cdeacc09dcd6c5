//! Many files at once: a folder, an archive or a bucket, as a stream of files that is read no faster than it is taken.
//!
//! The order is that of the names in a folder or a bucket and that of the archive otherwise, so it is the same every time and
//! work can go on behind a name. A file that cannot be had is an item that says so; a source that cannot be had, or breaks
//! off, ends the stream with an error. Only a few files are in memory at a time.

mod archive;
mod bucket;
mod folder;

use std::{
    fmt,
    io::{self, Read},
    path::PathBuf,
    sync::Arc,
};

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use object_store::{ObjectStore, path::Path as ObjectPath};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

/// How many files are read ahead.
const AHEAD: usize = 2;

/// Where files come from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// Every file below a folder.
    Folder(PathBuf),
    /// Every file in a zip archive.
    Zip(PathBuf),
    /// Every file in a tar archive, compressed or not.
    Tar(PathBuf),
    /// Every object below a prefix.
    Bucket(Arc<dyn ObjectStore>, ObjectPath),
}

/// A file of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its path inside the source.
    pub name: String,
    /// What is in it, or why it cannot be had.
    pub content: Result<Bytes, Missing>,
}

/// Why a file of a source cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// It is larger than files may be.
    #[error("too_large: the file has more than {0} bytes")]
    TooLarge(usize),
    /// It cannot be read.
    #[error("unreadable: {0}")]
    Unreadable(String),
}

/// Why a source ends early.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The archive is none, or is damaged.
    #[error("the archive cannot be read: {0}")]
    Archive(String),
    /// The bucket cannot be read.
    #[error("the object store failed: {0}")]
    Store(#[from] object_store::Error),
    /// More files than one source may have.
    #[error("there are more than {0} files; take them in parts")]
    TooMany(usize),
    /// More comes out than an archive may hold.
    #[error("more than {0} bytes come out of the archive")]
    Bomb(u64),
}

/// How much of a source is read.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The bytes of a file.
    pub file: usize,
    /// The files of a source.
    pub files: usize,
    /// The bytes of all files of an archive.
    pub expanded: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { file: 32 * 1024 * 1024, files: 1_000_000, expanded: 64 * 1024 * 1024 * 1024 }
    }
}

impl Origin {
    /// What a path of this machine leads to: a folder, an archive by its name, or a file.
    pub fn of_path(path: PathBuf) -> io::Result<Self> {
        if std::fs::metadata(&path)?.is_dir() {
            return Ok(Self::Folder(path));
        }
        let name = path.to_string_lossy().to_ascii_lowercase();
        let is = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        Ok(if is(&[".zip"]) {
            Self::Zip(path)
        } else if is(&[".tar", ".tar.gz", ".tgz"]) {
            Self::Tar(path)
        } else {
            Self::File(path)
        })
    }

    /// The files behind the one of this name, or all of them.
    #[must_use]
    pub fn items(self, bounds: Bounds, after: Option<String>) -> BoxStream<'static, Result<Item, BulkError>> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let mut outlet = Outlet { sender, bounds, after, files: 0 };
        match self {
            Self::Bucket(store, prefix) => {
                tokio::spawn(async move {
                    let done = bucket::read(&*store, &prefix, &mut outlet).await;
                    outlet.end(done).await;
                });
            }
            local => {
                tokio::task::spawn_blocking(move || {
                    let done = match &local {
                        Self::File(path) => folder::file(path, &mut outlet),
                        Self::Folder(path) => folder::read(path, &mut outlet),
                        Self::Zip(path) => archive::zip(path, &mut outlet),
                        Self::Tar(path) => archive::tar(path, &mut outlet),
                        Self::Bucket(..) => Ok(()),
                    };
                    if let Err(Stop::Because(error)) = done {
                        let _ = outlet.sender.blocking_send(Err(error));
                    }
                });
            }
        }
        stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver))).boxed()
    }
}

/// Why reading stops.
enum Stop {
    /// Nobody takes files any more.
    Unwanted,
    /// The source does not go on.
    Because(BulkError),
}

impl<E: Into<BulkError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Because(error.into())
    }
}

/// Where files are handed out.
struct Outlet {
    sender: mpsc::Sender<Result<Item, BulkError>>,
    bounds: Bounds,
    /// The file behind which the source goes on.
    after: Option<String>,
    files: usize,
}

impl Outlet {
    fn count(&mut self) -> Result<(), Stop> {
        self.files += 1;
        if self.files > self.bounds.files { Err(BulkError::TooMany(self.bounds.files).into()) } else { Ok(()) }
    }

    /// Whether a file of an ordered source lies behind the mark.
    fn is_behind(&self, name: &str) -> bool {
        self.after.as_deref().is_none_or(|after| name > after)
    }

    /// Whether a file of a source without order lies behind the mark: it does once the mark was passed.
    fn has_passed(&mut self, name: &str) -> bool {
        if self.after.as_deref() == Some(name) {
            self.after = None;
            return false;
        }
        self.after.is_none()
    }

    fn hand(&self, name: &str, content: Result<Bytes, Missing>) -> Result<(), Stop> {
        let item = Item { name: name.to_owned(), content };
        self.sender.blocking_send(Ok(item)).map_err(|_| Stop::Unwanted)
    }

    async fn hand_over(&self, name: &str, content: Result<Bytes, Missing>) -> Result<(), Stop> {
        let item = Item { name: name.to_owned(), content };
        self.sender.send(Ok(item)).await.map_err(|_| Stop::Unwanted)
    }

    async fn end(&self, done: Result<(), Stop>) {
        if let Err(Stop::Because(error)) = done {
            let _ = self.sender.send(Err(error)).await;
        }
    }
}

/// The id of a file's document: readable, and made of the corpus and the whole name, so that the same file of the same corpus
/// always gets the same.
#[must_use]
pub fn document_id(corpus: &str, name: &str) -> String {
    let hash = hex::encode(Sha256::digest(format!("{corpus}\n{name}")));
    let readable: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' }).collect();
    let readable: String = readable.chars().rev().take(80).collect::<Vec<_>>().into_iter().rev().collect();
    let hash: String = hash.chars().take(12).collect();
    format!("{readable}-{hash}")
}

/// What nobody means when they name a folder: hidden files, and what one system leaves in archives.
fn is_hidden(name: &str) -> bool {
    name.split('/').any(|step| (step.starts_with('.') && step != "." && step != "..") || step == "__MACOSX")
}

/// Reads up to a limit; what is longer is not kept.
fn read_bounded(source: &mut dyn Read, limit: usize) -> Result<Bytes, Missing> {
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    source.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > limit { Err(Missing::TooLarge(limit)) } else { Ok(bytes.into()) }
}

fn unreadable(error: impl fmt::Display) -> Missing {
    Missing::Unreadable(error.to_string().chars().filter(|c| !c.is_control()).take(200).collect())
}

#[cfg(test)]
mod tests;
