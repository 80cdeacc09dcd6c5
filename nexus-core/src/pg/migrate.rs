//! Brings the schema to the version of this program.

use alembic_equiv_migrations::MIGRATOR;
use secrecy::SecretString;
use sqlx::{Connection as _, PgConnection};

/// Why the schema could not be brought up to date. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The URL cannot be read.
    #[error("DATABASE_URL cannot be used ({0}): it looks like postgresql://user@host:5432/database")]
    Url(#[source] sqlx::Error),
    /// The server does not let us in, or is not there.
    #[error("cannot connect to the database: {0}")]
    Connect(#[source] sqlx::Error),
    /// The pgvector extension is not installed on the server.
    #[error("the database server has no pgvector extension (need 0.7 or later): install it, then start again")]
    NoPgvector,
    /// A newer program has migrated this database.
    #[error("the database has schema {0}, which is newer than this program: install the newer program")]
    Newer(i64),
    /// A migration that was applied is not the one this program carries.
    #[error(
        "migration {0} of the database differs from the one in this program: it must never be edited after release"
    )]
    Changed(i64),
    /// A statement failed.
    #[error("migration failed: {0}")]
    Failed(#[source] sqlx::migrate::MigrateError),
}

/// Applies what is missing, under a lock, so that replicas can start together. Running it again changes nothing.
pub async fn migrate(url: &SecretString) -> Result<i64, MigrateError> {
    let options = super::parse_url(url).map_err(MigrateError::Url)?;
    let mut conn = PgConnection::connect_with(&options).await.map_err(MigrateError::Connect)?;
    let available: Option<String> =
        sqlx::query_scalar("SELECT default_version FROM pg_available_extensions WHERE name = 'vector'")
            .fetch_optional(&mut conn)
            .await
            .map_err(MigrateError::Connect)?;
    if available.is_none() {
        return Err(MigrateError::NoPgvector);
    }
    MIGRATOR.run(&mut conn).await.map_err(|e| match e {
        sqlx::migrate::MigrateError::VersionMissing(v) => MigrateError::Newer(v),
        sqlx::migrate::MigrateError::VersionMismatch(v) => MigrateError::Changed(v),
        other => MigrateError::Failed(other),
    })?;
    conn.close().await.map_err(MigrateError::Connect)?;
    Ok(MIGRATOR.iter().map(|m| m.version).max().unwrap_or_default())
}
