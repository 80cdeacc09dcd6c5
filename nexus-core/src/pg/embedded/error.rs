//! What can keep a private PostgreSQL from running, each as one sentence that says what is wrong and what to do.

use std::io;
use std::path::{Path, PathBuf};

/// A failure of the private PostgreSQL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// No usable installation was found in any of the usual places.
    #[error(
        "no PostgreSQL with pgvector was found (looked in {searched}): run scripts/setup.sh, install PostgreSQL 14 or newer with pgvector, or set DATABASE_URL"
    )]
    BinariesMissing {
        /// The folders that were tried, comma separated.
        searched: String,
    },
    /// The folder named by the operator lacks a program.
    #[error(
        "NEXUS_PG_BINDIR names {}, which has no program {program:?}: point it at the bin folder of a PostgreSQL server installation",
        dir.display()
    )]
    ProgramMissing {
        /// The folder.
        dir: PathBuf,
        /// The first program that is not there.
        program: &'static str,
    },
    /// The installation lacks the vector extension.
    #[error(
        "the PostgreSQL in {} has no pgvector (vector.control is missing from its extension folder): install pgvector for it, or run scripts/setup.sh",
        bin_dir.display()
    )]
    VectorMissing {
        /// The bin folder.
        bin_dir: PathBuf,
    },
    /// The installation is older than the schema needs.
    #[error("the PostgreSQL in {} is version {found}, and version 14 is the oldest supported: install a newer one", bin_dir.display())]
    TooOld {
        /// The bin folder.
        bin_dir: PathBuf,
        /// Its major version.
        found: u32,
    },
    /// A program is there and does not run.
    #[error("{} does not run ({reason}): check that it was built for this machine", program.display())]
    ProgramBroken {
        /// The program.
        program: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The user that PostgreSQL runs as cannot reach a file.
    #[error(
        "PostgreSQL cannot run as root, and the user {user:?} it would run as cannot enter {}: move {} elsewhere, or run `chmod a+x {}`",
        folder.display(), path.display(), folder.display()
    )]
    Unreachable {
        /// The account.
        user: String,
        /// The folder that stops it.
        folder: PathBuf,
        /// The path it needs.
        path: PathBuf,
    },
    /// The server is root and has nobody to run PostgreSQL as.
    #[error(
        "PostgreSQL cannot run as root, and this machine has no other account: add one named postgres, or start nexus as an ordinary user"
    )]
    NoAccount,
    /// The data directory was made by another major version.
    #[error(
        "{} was made by PostgreSQL {data}, and {} is PostgreSQL {binaries}: set NEXUS_PG_BINDIR to a PostgreSQL {data}, or move the data with pg_dump and pg_restore",
        data_dir.display(), bin_dir.display()
    )]
    VersionMismatch {
        /// The data directory.
        data_dir: PathBuf,
        /// Its version.
        data: String,
        /// The bin folder.
        bin_dir: PathBuf,
        /// The major version of the programs.
        binaries: u32,
    },
    /// The data directory is not one that PostgreSQL can use.
    #[error("the data directory {} cannot be used ({reason}): restore it from a backup, or move it away to begin with an empty database", data_dir.display())]
    Corrupt {
        /// The data directory.
        data_dir: PathBuf,
        /// What was found.
        reason: String,
    },
    /// Another live process owns the data directory.
    #[error("another nexus (process {pid}) already uses {}: stop it, or give this one its own NEXUS_DATA_DIR", data_dir.display())]
    Owned {
        /// The data directory.
        data_dir: PathBuf,
        /// The owner's process id as it recorded it.
        pid: String,
    },
    /// An earlier postmaster did not end.
    #[error("an earlier PostgreSQL (process {pid}) still uses {} and does not stop: end it with `kill -QUIT {pid}`", data_dir.display())]
    Orphan {
        /// The data directory.
        data_dir: PathBuf,
        /// The postmaster.
        pid: i32,
    },
    /// The folder for the Unix socket is not safe to use.
    #[error("the socket folder {} is not a private folder of the account that runs PostgreSQL: remove it and start again", dir.display())]
    SocketFolder {
        /// The folder.
        dir: PathBuf,
    },
    /// The first-run initialisation failed.
    #[error("initdb could not create {}: {output}", data_dir.display())]
    Init {
        /// The data directory.
        data_dir: PathBuf,
        /// Its last lines.
        output: String,
    },
    /// PostgreSQL ended while it was starting.
    #[error("PostgreSQL ended while starting ({status}); the end of {} says:\n{tail}", log.display())]
    StartFailed {
        /// How it ended.
        status: String,
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// PostgreSQL did not answer in time.
    #[error("PostgreSQL did not answer within {seconds} s of its start; the end of {} says:\n{tail}", log.display())]
    StartTimeout {
        /// The limit.
        seconds: u64,
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// PostgreSQL did not end in time and was made to.
    #[error(
        "PostgreSQL did not finish a fast shutdown within {seconds} s and was ended; it recovers from its log at the next start"
    )]
    StopTimeout {
        /// The limit.
        seconds: u64,
    },
    /// PostgreSQL runs and refuses the superuser.
    #[error("the private PostgreSQL refused its first connection: {0}")]
    Refused(#[source] sqlx::Error),
    /// A file operation failed.
    #[error("cannot {verb} {}: {source}", path.display())]
    File {
        /// What was tried.
        verb: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Names the path and the verb of a failed file operation.
pub(super) fn file(verb: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EmbeddedError {
    move |source| EmbeddedError::File { verb, path: path.to_path_buf(), source }
}
