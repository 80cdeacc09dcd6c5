//! A private PostgreSQL, run as a supervised child process for installations that have no database of their own.
//!
//! It listens on a Unix socket in a folder that only its account can enter, never on the network; the same SQL and the
//! same migrations run on it as on a managed PostgreSQL. It ends with the server: in order when the server stops it,
//! and by the kernel when the server is killed. When it ends by itself, [`EmbeddedPostgres::exited`] resolves and
//! every connection fails; the server stops then, because nothing it could do would be recorded.

mod account;
mod cluster;
mod error;
mod install;
mod layout;
mod lock;
mod orphan;
mod postmaster;
mod ready;
mod tuning;

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use account::Account;
pub use error::EmbeddedError;
use install::Install;
use layout::Layout;
pub use layout::{default_cache_dir, default_data_dir};
use lock::OwnerLock;
use postmaster::{Postmaster, Prepared};

/// After a fast shutdown took too long, the immediate one gets this much time before the kernel ends the process.
const IMMEDIATE_SHUTDOWN: Duration = Duration::from_secs(5);

/// How to run the private PostgreSQL.
#[derive(Debug, Clone)]
pub struct EmbeddedSettings {
    /// The PostgreSQL data directory; the log, the lock and the socket folder lie beside it.
    pub data_dir: PathBuf,
    /// The folder of the PostgreSQL programs (`NEXUS_PG_BINDIR`); found when absent.
    pub bin_dir: Option<PathBuf>,
    /// The folder where `scripts/setup.sh` unpacked the bundled PostgreSQL.
    pub cache_dir: PathBuf,
    /// How long a start may take, crash recovery included.
    pub start_timeout: Duration,
    /// How long a fast shutdown may take.
    pub stop_timeout: Duration,
    /// Whether commits survive a power cut; only tests say no.
    pub durable: bool,
}

impl Default for EmbeddedSettings {
    fn default() -> Self {
        Self {
            data_dir: default_data_dir().join("postgres"),
            bin_dir: None,
            cache_dir: default_cache_dir(),
            start_timeout: Duration::from_mins(1),
            stop_timeout: Duration::from_secs(20),
            durable: true,
        }
    }
}

/// A running private PostgreSQL. Dropping it begins a fast shutdown; [`stop`](Self::stop) also waits for the end.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    postmaster: Postmaster,
    socket_dir: PathBuf,
    stop_timeout: Duration,
}

impl EmbeddedPostgres {
    /// Makes the data directory if there is none, starts PostgreSQL, and waits until the database `nexus` answers.
    pub async fn start(settings: &EmbeddedSettings) -> Result<Self, EmbeddedError> {
        let wanted = settings.clone();
        let preparing = spawn_blocking(move || prepare(&wanted)).await;
        let prepared = preparing.map_err(|error| error::file("prepare", &settings.data_dir)(error.into()))??;
        let (socket_dir, log) = (prepared.socket_dir.clone(), prepared.layout.log.clone());
        let postmaster = postmaster::spawn(prepared).await?;
        // From here on a failure drops the value, and the drop stops PostgreSQL.
        let server = Self { postmaster, socket_dir, stop_timeout: settings.stop_timeout };
        ready::wait(&server.postmaster, &server.socket_dir, &log, settings.start_timeout).await?;
        Ok(server)
    }

    /// A connection URL for one user and database. There is no password: who can enter the socket folder is trusted.
    #[must_use]
    pub fn url(&self, user: &str, database: &str) -> String {
        let socket = encode(self.socket_dir.as_os_str().as_bytes());
        format!("postgresql://{}@localhost/{}?host={socket}", encode(user.as_bytes()), encode(database.as_bytes()))
    }

    /// The folder that holds the Unix socket.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// The process id of the postmaster.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.postmaster.pid
    }

    /// Resolves when PostgreSQL has ended, with its exit status where the system told it.
    pub async fn exited(&self) -> Option<ExitStatus> {
        self.postmaster.exited().await
    }

    /// Ends all sessions, stops PostgreSQL in order, and waits for it.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        self.postmaster.signal(Signal::SIGINT);
        if timeout(self.stop_timeout, self.exited()).await.is_ok() {
            return Ok(());
        }
        self.postmaster.signal(Signal::SIGQUIT);
        if timeout(IMMEDIATE_SHUTDOWN, self.exited()).await.is_err() {
            self.postmaster.signal(Signal::SIGKILL);
            self.exited().await;
        }
        Err(EmbeddedError::StopTimeout { seconds: self.stop_timeout.as_secs() })
    }
}

impl Drop for EmbeddedPostgres {
    fn drop(&mut self) {
        self.postmaster.signal(Signal::SIGINT);
    }
}

/// All blocking work before the start: account, programs, lock, leftovers, data directory, socket folder.
fn prepare(settings: &EmbeddedSettings) -> Result<Prepared, EmbeddedError> {
    let layout = Layout::prepare(&settings.data_dir)?;
    let account = Account::choose(&layout.data_dir)?;
    let install = Install::find(settings.bin_dir.as_deref(), &settings.cache_dir, &account)?;
    let lock = OwnerLock::take(&layout)?;
    orphan::clear(&layout.data_dir, settings.stop_timeout)?;
    cluster::prepare(&layout, &install, &account, settings.durable)?;
    let socket_dir = layout.socket_folder(&account)?;
    orphan::remove_stale(&socket_dir.join(".s.PGSQL.5432.lock"), &layout.data_dir)?;
    Ok(Prepared { layout, install, account, socket_dir, lock })
}

/// Percent-encodes all but the unreserved characters.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _infallible = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_characters_of_a_url_are_encoded() {
        assert_eq!(encode("/run/ä b?&".as_bytes()), "%2Frun%2F%C3%A4%20b%3F%26");
        assert_eq!(encode(b"nexus_app-1.~"), "nexus_app-1.~");
    }
}
