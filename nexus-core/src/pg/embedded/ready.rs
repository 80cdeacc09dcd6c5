//! Waiting until PostgreSQL answers a query, and making its database on the first run.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Executor};
use tokio::time::{sleep, timeout};

use super::cluster::{SUPERUSER, last_lines};
use super::error::EmbeddedError;
use super::postmaster::Postmaster;

const FIRST_POLL: Duration = Duration::from_millis(4);
const SLOWEST_POLL: Duration = Duration::from_millis(50);

/// Resolves when the database answers; fails when PostgreSQL ends first or the time is over.
pub(super) async fn wait(
    postmaster: &Postmaster,
    socket_dir: &Path,
    log: &Path,
    limit: Duration,
) -> Result<(), EmbeddedError> {
    tokio::select! {
        ended = postmaster.exited() => {
            let status = ended.map_or_else(|| "unknown".to_owned(), |status| status.to_string());
            Err(EmbeddedError::StartFailed { status, log: log.to_path_buf(), tail: tail(log) })
        }
        answered = timeout(limit, until_answer(socket_dir)) => answered.unwrap_or_else(|_| {
            Err(EmbeddedError::StartTimeout { seconds: limit.as_secs(), log: log.to_path_buf(), tail: tail(log) })
        }),
    }
}

async fn until_answer(socket_dir: &Path) -> Result<(), EmbeddedError> {
    let mut pause = FIRST_POLL;
    loop {
        match connect(socket_dir, SUPERUSER).await {
            Ok(connection) => return connection.close().await.map_err(refused),
            Err(error) if has_code(&error, "3D000") => return create_database(socket_dir).await,
            Err(error) if is_starting(&error) => {}
            Err(error) => return Err(refused(error)),
        }
        sleep(pause).await;
        pause = pause.saturating_mul(2).min(SLOWEST_POLL);
    }
}

async fn create_database(socket_dir: &Path) -> Result<(), EmbeddedError> {
    let mut connection = connect(socket_dir, "postgres").await.map_err(refused)?;
    connection.execute("CREATE DATABASE nexus").await.map_err(refused)?;
    connection.close().await.map_err(refused)
}

async fn connect(socket_dir: &Path, database: &str) -> Result<PgConnection, sqlx::Error> {
    let options = PgConnectOptions::new_without_pgpass().socket(socket_dir).port(5432);
    options.username(SUPERUSER).database(database).connect().await
}

/// No socket yet, a socket nobody serves, or `cannot_connect_now`.
fn is_starting(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(_)) || has_code(error, "57P03")
}

fn has_code(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|found| found == code)
}

fn refused(error: sqlx::Error) -> EmbeddedError {
    EmbeddedError::Refused(error)
}

/// The last lines of the log, reading no more than its end.
fn tail(log: &Path) -> String {
    const END: u64 = 8 << 10;
    let read = || {
        let mut handle = File::open(log).ok()?;
        let start = handle.metadata().ok()?.len().saturating_sub(END);
        handle.seek(SeekFrom::Start(start)).ok()?;
        let mut bytes = Vec::new();
        handle.take(END).read_to_end(&mut bytes).ok()?;
        Some(last_lines(&String::from_utf8_lossy(&bytes), 12))
    };
    read().unwrap_or_else(|| "(the log cannot be read)".to_owned())
}
