//! Many files at once: a folder, an archive or a bucket, as a stream of files that is read no faster than it is taken.
//!
//! The order is that of the names in a folder or a bucket and that of the archive otherwise, so it is the same every time and
//! work can go on behind a [`Position`]. A file that cannot be had is an item that says so; a source that cannot be had, or breaks
//! off, ends the stream with an error. Only a few files are in memory at a time.

mod archive;
mod bucket;
mod folder;

use std::{
    collections::HashSet,
    fmt,
    fs::File,
    io::{self, Read},
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    time::SystemTime,
};

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use nexus_core::id::TenantId;
use object_store::path::Path as ObjectPath;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use crate::objects::{ObjectError, Objects};

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
    Bucket(Objects, ObjectPath),
}

/// A file of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its path inside the source.
    pub name: String,
    /// Which member of an archive it is.
    pub member: Option<Member>,
    /// What is in it, or why it cannot be had.
    pub content: Result<Bytes, Missing>,
}

/// A place in a source, behind which it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The file that was dealt with last.
    pub name: String,
    /// Which member of an archive it was.
    pub member: Option<Member>,
}

/// A member of an archive. Names may come twice in one, and an archive may be replaced by another; so a member is known by
/// its number and by what the archive was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its number, from one.
    pub number: u64,
    /// The size of the archive and when it was changed last.
    pub archive: String,
}

/// Why a file of a source cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// It is larger than files may be.
    #[error("too_large: the file has more than {0} bytes")]
    TooLarge(usize),
    /// It cannot be read; the cause is for whoever owns the machine.
    #[error("unreadable: {0}")]
    Unreadable(String),
    /// Another one has its name, and documents are known by the name.
    #[error("repeated: the source has another file of this name before it")]
    Repeated,
}

impl Missing {
    /// The same without the words of the system that the file was read from.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Unreadable(_) => "unreadable: the file cannot be read".to_owned(),
            other => other.to_string(),
        }
    }
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
    Store(#[from] ObjectError),
    /// More files than one source may have.
    #[error("there are more than {0} files; take them in parts")]
    TooMany(usize),
    /// More comes out than an archive may hold.
    #[error("more than {0} bytes come out of the archive")]
    Bomb(u64),
    /// The source is not the one that was read before.
    #[error("the source is not what it was when reading it began; begin anew")]
    Changed,
    /// The bucket does not list by name, so it cannot be gone on with.
    #[error("the object store does not list objects in the order of their names")]
    Disorder,
    /// Nothing is there.
    #[error("there is nothing at this source")]
    Nothing,
    /// Archives are read where they can be sought in.
    #[error("an archive inside of a bucket is not opened; fetch it, or put its files below a prefix")]
    ArchiveInBucket,
}

impl BulkError {
    /// Whether it may be better next time.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Io(_) | Self::Store(_))
    }

    /// What is wrong, without the words of the system that the source lies in.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Io(_) => "the source cannot be read".to_owned(),
            Self::Archive(_) => "the archive cannot be read".to_owned(),
            Self::Store(_) => "the object store failed".to_owned(),
            other => other.to_string(),
        }
    }
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
        Ok(match archived(&path.to_string_lossy()) {
            Some(Packed::Zip) => Self::Zip(path),
            Some(Packed::Tar) => Self::Tar(path),
            None => Self::File(path),
        })
    }

    /// Where on this machine it is, if it is here.
    #[must_use]
    pub fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::File(path) | Self::Folder(path) | Self::Zip(path) | Self::Tar(path) => Some(path),
            Self::Bucket(..) => None,
        }
    }

    /// The same in another place of this machine; a bucket stays where it is.
    #[must_use]
    pub fn at(self, path: PathBuf) -> Self {
        match self {
            Self::File(_) => Self::File(path),
            Self::Folder(_) => Self::Folder(path),
            Self::Zip(_) => Self::Zip(path),
            Self::Tar(_) => Self::Tar(path),
            bucket @ Self::Bucket(..) => bucket,
        }
    }

    /// The same for a tenant, whose imports have its share of the calls to a bucket.
    #[must_use]
    pub fn on_behalf_of(self, tenant: &TenantId) -> Self {
        match self {
            Self::Bucket(objects, prefix) => Self::Bucket(objects.on_behalf_of(tenant), prefix),
            local => local,
        }
    }

    /// The files behind a position, or all of them.
    #[must_use]
    pub fn items(self, bounds: Bounds, after: Option<Position>) -> BoxStream<'static, Result<Item, BulkError>> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let mut outlet = Outlet { sender, bounds, after, member: None, names: HashSet::new(), files: 0 };
        match self {
            Self::Bucket(store, prefix) => {
                tokio::spawn(async move {
                    let done = bucket::read(&store, &prefix, &mut outlet).await;
                    outlet.end(done).await;
                });
            }
            local => {
                tokio::task::spawn_blocking(move || {
                    let reading = AssertUnwindSafe(|| match &local {
                        Self::File(path) => folder::file(path, &mut outlet),
                        Self::Folder(path) => folder::read(path, &mut outlet),
                        Self::Zip(path) => archive::zip(path, &mut outlet),
                        Self::Tar(path) => archive::tar(path, &mut outlet),
                        Self::Bucket(..) => Ok(()),
                    });
                    // A reader that panics must not look like one that came to the end.
                    let broken = |_| Err(BulkError::Archive("its reader broke down".to_owned()).into());
                    let done = panic::catch_unwind(reading).unwrap_or_else(broken);
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
    /// Behind which the source goes on.
    after: Option<Position>,
    /// The member of the archive that is being looked at.
    member: Option<Member>,
    /// The names that came, where nothing else keeps them apart.
    names: HashSet<String>,
    files: usize,
}

impl Outlet {
    fn count(&mut self) -> Result<(), Stop> {
        self.files += 1;
        if self.files > self.bounds.files { Err(BulkError::TooMany(self.bounds.files).into()) } else { Ok(()) }
    }

    /// Whether a file of an ordered source lies behind the mark.
    fn is_behind(&self, name: &str) -> bool {
        self.after.as_ref().is_none_or(|after| name > after.name.as_str())
    }

    /// Begins with an archive, which has to be the one in which the mark was set.
    fn open_archive(&mut self, file: &File) -> Result<(), Stop> {
        let about = file.metadata()?;
        let changed = about.modified()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let archive = format!("{}-{}", about.len(), changed.as_nanos());
        let before = self.after.as_ref().map(|after| after.member.as_ref());
        if before.is_some_and(|member| member.is_none_or(|member| member.archive != archive)) {
            return Err(BulkError::Changed.into());
        }
        self.member = Some(Member { number: 0, archive });
        Ok(())
    }

    /// Goes on to the next member, and tells whether it lies behind the mark.
    fn next_member(&mut self) -> bool {
        let Some(member) = &mut self.member else { return false };
        member.number += 1;
        let mark = self.after.as_ref().and_then(|after| after.member.as_ref());
        mark.is_none_or(|mark| member.number > mark.number)
    }

    /// Ends an archive, which has to have had the member that the mark was set at.
    fn close_archive(&self) -> Result<(), Stop> {
        let mark = self.after.as_ref().and_then(|after| after.member.as_ref()).map_or(0, |mark| mark.number);
        let last = self.member.as_ref().map_or(0, |member| member.number);
        if mark > last { Err(BulkError::Changed.into()) } else { Ok(()) }
    }

    /// Whether no member before had this name.
    fn is_first(&mut self, name: &str) -> bool {
        self.names.insert(name.to_owned())
    }

    fn hand(&self, name: &str, content: Result<Bytes, Missing>) -> Result<(), Stop> {
        let item = Item { name: name.to_owned(), member: self.member.clone(), content };
        self.sender.blocking_send(Ok(item)).map_err(|_| Stop::Unwanted)
    }

    async fn hand_over(&self, name: &str, content: Result<Bytes, Missing>) -> Result<(), Stop> {
        let item = Item { name: name.to_owned(), member: None, content };
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

enum Packed {
    Zip,
    Tar,
}

/// What kind of archive a name speaks of.
fn archived(name: &str) -> Option<Packed> {
    let name = name.to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(&[".zip"]) {
        return Some(Packed::Zip);
    }
    ends(&[".tar", ".tar.gz", ".tgz"]).then_some(Packed::Tar)
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
