//! Keys of the platform in PostgreSQL.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection};

use super::{KeyId, KeyStatus, PlatformKey, Purpose};
use crate::pg::DbError;

/// Begins the number of the lock of whoever makes a key; the purpose ends it.
const LOCK: i64 = 0x6b65_7972_696e_0000;
/// How many keys of a purpose are accepted at once; whoever rotates without retiring has more, and the oldest are passed over.
const MOST: i64 = 16;

/// Which keys.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only for this.
    pub purpose: Option<Purpose>,
    /// Only of these.
    pub status: Option<KeyStatus>,
}

#[derive(FromRow)]
struct Row {
    key_id: String,
    purpose: String,
    status: String,
    wrapped_key: Vec<u8>,
    public_key: Option<String>,
    created_at: DateTime<Utc>,
    activated_at: Option<DateTime<Utc>>,
    retired_at: Option<DateTime<Utc>>,
}

impl Row {
    fn key(self) -> Result<(PlatformKey, Vec<u8>), DbError> {
        let wrong = |column: &str| {
            DbError::from(sqlx::Error::Decode(format!("platform_keys.{column} of {}", self.key_id).into()))
        };
        let key = PlatformKey {
            id: self.key_id.parse().map_err(|_| wrong("key_id"))?,
            purpose: self.purpose.parse().map_err(|_| wrong("purpose"))?,
            status: KeyStatus::of(&self.status).ok_or_else(|| wrong("status"))?,
            public: self.public_key,
            created_at: self.created_at,
            activated_at: self.activated_at,
            retired_at: self.retired_at,
        };
        Ok((key, self.wrapped_key))
    }
}

/// The columns of a key, whole statements around them.
macro_rules! keys {
    ($rest:literal) => {
        concat!(
            "SELECT key_id, purpose, status, wrapped_key, public_key, created_at, activated_at, retired_at FROM platform_keys ",
            $rest
        )
    };
}

/// Makes sure that nobody else makes a key of this purpose until the transaction ends.
pub(super) async fn lock(conn: &mut PgConnection, purpose: Purpose) -> Result<(), DbError> {
    let number = Purpose::ALL.iter().position(|it| *it == purpose).unwrap_or_default();
    let number = LOCK | i64::try_from(number).unwrap_or_default();
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(number).execute(conn).await?;
    Ok(())
}

pub(super) async fn list(conn: &mut PgConnection, filter: &Filter, limit: u32) -> Result<Vec<PlatformKey>, DbError> {
    let statement = keys!(
        "WHERE ($1::text IS NULL OR purpose = $1) AND ($2::text IS NULL OR status = $2)
         ORDER BY created_at DESC, key_id DESC LIMIT $3"
    );
    let rows: Vec<Row> = sqlx::query_as(statement)
        .bind(filter.purpose.map(Purpose::as_str))
        .bind(filter.status.map(KeyStatus::as_str))
        .bind(i64::from(limit))
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(|row| Ok(row.key()?.0)).collect()
}

/// The active key, and those that retire, the newest first.
pub(super) async fn usable(conn: &mut PgConnection, purpose: Purpose) -> Result<Vec<(PlatformKey, Vec<u8>)>, DbError> {
    let statement = keys!(
        "WHERE purpose = $1 AND status IN ('active', 'retiring')
         ORDER BY status = 'active' DESC, created_at DESC, key_id DESC LIMIT $2"
    );
    let rows: Vec<Row> = sqlx::query_as(statement).bind(purpose.as_str()).bind(MOST).fetch_all(conn).await?;
    rows.into_iter().map(Row::key).collect()
}

pub(super) async fn active(
    conn: &mut PgConnection,
    purpose: Purpose,
) -> Result<Option<(PlatformKey, Vec<u8>)>, DbError> {
    let statement = keys!("WHERE purpose = $1 AND status = 'active'");
    let row: Option<Row> = sqlx::query_as(statement).bind(purpose.as_str()).fetch_optional(conn).await?;
    row.map(Row::key).transpose()
}

/// Every key, whatever became of it.
pub(super) async fn wrapped(conn: &mut PgConnection) -> Result<Vec<(PlatformKey, Vec<u8>)>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(keys!("ORDER BY key_id FOR UPDATE")).fetch_all(conn).await?;
    rows.into_iter().map(Row::key).collect()
}

pub(super) async fn lock_one(conn: &mut PgConnection, id: &KeyId) -> Result<Option<PlatformKey>, DbError> {
    let row: Option<Row> =
        sqlx::query_as(keys!("WHERE key_id = $1 FOR UPDATE")).bind(id.as_str()).fetch_optional(conn).await?;
    row.map(|row| Ok(row.key()?.0)).transpose()
}

pub(super) async fn insert(conn: &mut PgConnection, key: &PlatformKey, wrapped: &[u8]) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO platform_keys (key_id, purpose, status, wrapped_key, public_key, created_at, activated_at, retired_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(key.id.as_str())
    .bind(key.purpose.as_str())
    .bind(key.status.as_str())
    .bind(wrapped)
    .bind(&key.public)
    .bind(key.created_at)
    .bind(key.activated_at)
    .bind(key.retired_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The active key begins to retire.
pub(super) async fn retire_active(
    conn: &mut PgConnection,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<Option<KeyId>, DbError> {
    let id: Option<String> = sqlx::query_scalar(
        "UPDATE platform_keys SET status = 'retiring', retired_at = $2 WHERE purpose = $1 AND status = 'active'
         RETURNING key_id",
    )
    .bind(purpose.as_str())
    .bind(now)
    .fetch_optional(conn)
    .await?;
    let wrong = |_| DbError::from(sqlx::Error::Decode("platform_keys.key_id".into()));
    id.map(|id| id.parse().map_err(wrong)).transpose()
}

pub(super) async fn update(conn: &mut PgConnection, key: &PlatformKey) -> Result<(), DbError> {
    sqlx::query("UPDATE platform_keys SET status = $2, retired_at = $3 WHERE key_id = $1")
        .bind(key.id.as_str())
        .bind(key.status.as_str())
        .bind(key.retired_at)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn rewrap(conn: &mut PgConnection, id: &KeyId, wrapped: &[u8]) -> Result<(), DbError> {
    sqlx::query("UPDATE platform_keys SET wrapped_key = $2 WHERE key_id = $1")
        .bind(id.as_str())
        .bind(wrapped)
        .execute(conn)
        .await?;
    Ok(())
}
