//! Reading files where they can do no harm: in a process of their own, with little memory and little time.
//!
//! [`Isolated`] starts a program for each file, by default the server's own, and hands it the file on its standard input.
//! The process holds no secret, opens nothing, and is killed when its time is over; whatever a file does to its parser, only
//! that file fails. [`InProcess`] is for embedders who have no such program: a parser that never ends then keeps a thread,
//! and one that takes all memory takes that of the whole process.

use std::{fmt, io, path::PathBuf, process::Stdio, time::Duration};

use bytes::Bytes;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, Command},
};

use super::{ContentType, ExtractError, Extracted, Limits, extract};

/// How long a process may take to start and to end, besides reading.
const GRACE: Duration = Duration::from_secs(5);
/// How much of what a process complains is looked at.
const MAX_COMPLAINT: u64 = 16 * 1024;
/// The stack for parsers, some of which call themselves for each level of a file.
#[cfg(all(unix, feature = "files"))]
const STACK: usize = 64 * 1024 * 1024;

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read; it will be the same next time.
    #[error("{word}: {why}", word = .0.reason(), why = .0)]
    File(ExtractError),
    /// No process could be had; it may be better next time.
    #[error("no process to read the file in: {0}")]
    Process(#[from] io::Error),
}

/// Reads files.
pub trait Extractor: Send + Sync + fmt::Debug + 'static {
    /// The text of a source of this type.
    fn extract(&self, content_type: ContentType, bytes: Bytes) -> BoxFuture<'_, Result<Extracted, ReadError>>;
}

/// Reads files in this process, on a thread for such work.
#[derive(Debug, Clone, Copy)]
pub struct InProcess(pub Limits);

impl Extractor for InProcess {
    fn extract(&self, content_type: ContentType, bytes: Bytes) -> BoxFuture<'_, Result<Extracted, ReadError>> {
        let limits = self.0;
        Box::pin(async move {
            let reading = tokio::task::spawn_blocking(move || extract(content_type, &bytes, &limits));
            match tokio::time::timeout(limits.time + GRACE, reading).await {
                Ok(Ok(read)) => read.map_err(ReadError::File),
                Ok(Err(_)) => Err(ReadError::File(ExtractError::Crashed)),
                // The thread is left to itself; it looks at the clock wherever its parser lets it.
                Err(_) => Err(ReadError::File(ExtractError::TimedOut)),
            }
        })
    }
}

/// Reads risky files in a process each, and texts in this one.
#[derive(Debug, Clone)]
pub struct Isolated {
    program: PathBuf,
    arguments: Vec<String>,
    here: InProcess,
}

/// What a process is told before it gets the file.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    content_type: ContentType,
    limits: Limits,
}

impl Isolated {
    /// Reads with this program, which answers by [`answer`].
    #[must_use]
    pub fn new(program: PathBuf, arguments: Vec<String>, limits: Limits) -> Self {
        Self { program, arguments, here: InProcess(limits) }
    }

    async fn read(&self, content_type: ContentType, bytes: &Bytes) -> Result<Extracted, ReadError> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            // An allocator that takes a gigabyte of addresses ahead would use the limit up before anything is read.
            .env("MIMALLOC_ARENA_RESERVE", "0")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let limits = self.here.0;
        // A child that is not waited for to its end is killed where this future is dropped.
        match tokio::time::timeout(limits.time + GRACE, converse(&mut child, content_type, limits, bytes)).await {
            Ok(Ok(read)) => read.map_err(ReadError::File),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => {
                let _ = child.kill().await;
                Err(ReadError::File(ExtractError::TimedOut))
            }
        }
    }
}

impl Extractor for Isolated {
    fn extract(&self, content_type: ContentType, bytes: Bytes) -> BoxFuture<'_, Result<Extracted, ReadError>> {
        Box::pin(async move {
            if content_type.is_risky() {
                self.read(content_type, &bytes).await
            } else {
                self.here.extract(content_type, bytes).await
            }
        })
    }
}

async fn converse(
    child: &mut Child,
    content_type: ContentType,
    limits: Limits,
    bytes: &Bytes,
) -> io::Result<Result<Extracted, ExtractError>> {
    let missing = || io::Error::other("a process without pipes");
    let mut input = child.stdin.take().ok_or_else(missing)?;
    let (output, complaint) = (child.stdout.take().ok_or_else(missing)?, child.stderr.take().ok_or_else(missing)?);
    let mut order = serde_json::to_vec(&Order { content_type, limits })?;
    order.push(b'\n');
    let write = async move {
        // A process that ends before it has read everything says why elsewhere.
        let _ = input.write_all(&order).await;
        let _ = input.write_all(bytes).await;
    };
    // Each character may be escaped, and marks and notes come on top.
    let longest = u64::try_from(limits.chars).unwrap_or(u64::MAX).saturating_mul(8).saturating_add(1024 * 1024);
    let ((), answer, complaint) = tokio::join!(write, all_of(output, longest), all_of(complaint, MAX_COMPLAINT));
    let (answer, complaint, status) = (answer?, complaint?, child.wait().await?);
    if status.success() {
        return Ok(serde_json::from_slice(&answer).unwrap_or(Err(ExtractError::Crashed)));
    }
    Ok(Err(verdict(status, &String::from_utf8_lossy(&complaint))))
}

async fn all_of(source: impl AsyncRead + Unpin, longest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(longest).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

/// What the end of a process says about the file.
fn verdict(status: std::process::ExitStatus, complaint: &str) -> ExtractError {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        // The signals of a limit of time, by number: they are the same on every system this runs on.
        if matches!(status.signal(), Some(24 | 9)) {
            return ExtractError::TimedOut;
        }
    }
    let _ = status;
    if complaint.contains("memory allocation of") { ExtractError::OutOfMemory } else { ExtractError::Crashed }
}

/// Reads one file from standard input and writes what was read to standard output: the whole life of a process that
/// [`Isolated`] starts. Takes the limits on first.
#[cfg(all(unix, feature = "files"))]
pub fn answer() -> io::Result<()> {
    use std::io::{BufRead as _, Read as _, Write as _};

    let mut input = io::stdin().lock();
    let mut order = Vec::new();
    input.by_ref().take(64 * 1024).read_until(b'\n', &mut order)?;
    let order: Order = serde_json::from_slice(&order)?;
    confine(&order.limits)?;
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    // What a parser says when it panics is of no use to anybody.
    std::panic::set_hook(Box::new(|_| {}));
    let reading = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || extract(order.content_type, &bytes, &order.limits))?;
    let read = reading.join().unwrap_or(Err(ExtractError::Crashed));
    let answer = serde_json::to_vec(&read)?;
    io::stdout().lock().write_all(&answer)
}

/// Without the parsers there is nothing that would be kept apart.
#[cfg(not(all(unix, feature = "files")))]
pub fn answer() -> io::Result<()> {
    Err(io::Error::other("this build reads no files in processes of their own"))
}

#[cfg(all(unix, feature = "files"))]
fn confine(limits: &Limits) -> io::Result<()> {
    use nix::sys::resource::{Resource, setrlimit};

    let seconds = limits.time.as_secs() + 1;
    let memory = limits.memory_bytes.saturating_add(u64::try_from(STACK).unwrap_or_default());
    let limit = |resource, value| setrlimit(resource, value, value).map_err(io::Error::from);
    // Systems without a limit of address space have the limit of time.
    #[cfg(target_os = "linux")]
    limit(Resource::RLIMIT_AS, memory)?;
    #[cfg(not(target_os = "linux"))]
    let _ = memory;
    limit(Resource::RLIMIT_CPU, seconds)?;
    limit(Resource::RLIMIT_CORE, 0)?;
    limit(Resource::RLIMIT_FSIZE, 0)
}
