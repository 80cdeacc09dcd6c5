//! Keys of tenants.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{Connection, corrupt};
use crate::{
    crypto::{
        kms::KmsProvider,
        vault::{KeyRecord, KeyStatus},
    },
    pg::{DbError, TenantTx},
};

/// The most versions that are listed.
const MAX_LISTED: i64 = 1000;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    key_alias: String,
    key_version: i32,
    provider: String,
    key_ref: String,
    wrapped_key: Vec<u8>,
    status: String,
    created_at: DateTime<Utc>,
    activated_at: Option<DateTime<Utc>>,
    retired_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for KeyRecord {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let provider = KmsProvider::ALL.into_iter().find(|p| p.as_str() == row.provider);
        Ok(Self {
            id: row.id,
            alias: row.key_alias,
            version: row.key_version.unsigned_abs(),
            provider: provider.ok_or_else(|| corrupt("provider", &row.provider))?,
            reference: row.key_ref,
            wrapped: row.wrapped_key,
            status: status(&row.status)?,
            created_at: row.created_at,
            activated_at: row.activated_at,
            retired_at: row.retired_at,
        })
    }
}

fn status(word: &str) -> Result<KeyStatus, sqlx::Error> {
    KeyStatus::of(word).ok_or_else(|| corrupt("status", word))
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, key_alias, key_version, provider, key_ref, wrapped_key, status, created_at, activated_at, retired_at
             FROM tenant_keys ",
            $rest
        )
    };
}

/// The key of the tenant that seals.
pub(in crate::crypto) async fn active(tx: &mut TenantTx) -> Result<Option<KeyRecord>, DbError> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE status = 'active'")).fetch_optional(&mut **tx).await?;
    Ok(row.map(KeyRecord::try_from).transpose()?)
}

/// The same, and it seals and may be written down with until the transaction ends.
pub(in crate::crypto) async fn active_held(conn: &mut Connection) -> Result<Option<KeyRecord>, DbError> {
    let row: Option<Row> =
        sqlx::query_as(select!("WHERE status = 'active' FOR KEY SHARE")).fetch_optional(conn).await?;
    Ok(row.map(KeyRecord::try_from).transpose()?)
}

/// A version of the key of the tenant.
pub(in crate::crypto) async fn of_version(tx: &mut TenantTx, version: u32) -> Result<Option<KeyRecord>, DbError> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE key_version = $1"))
        .bind(i32::try_from(version).unwrap_or(i32::MAX))
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.map(KeyRecord::try_from).transpose()?)
}

/// All versions, newest first.
pub(in crate::crypto) async fn list(tx: &mut TenantTx) -> Result<Vec<KeyRecord>, DbError> {
    let rows: Vec<Row> =
        sqlx::query_as(select!("ORDER BY key_version DESC LIMIT $1")).bind(MAX_LISTED).fetch_all(&mut **tx).await?;
    Ok(rows.into_iter().map(KeyRecord::try_from).collect::<Result<_, _>>()?)
}

/// A version of the key of the tenant, by its id.
pub(in crate::crypto) async fn of_id(tx: &mut TenantTx, id: Uuid) -> Result<Option<KeyRecord>, DbError> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE id = $1")).bind(id).fetch_optional(&mut **tx).await?;
    Ok(row.map(KeyRecord::try_from).transpose()?)
}

/// Writes a version down; false when there is another that seals, or that has its number.
pub(in crate::crypto) async fn insert(tx: &mut TenantTx, key: &KeyRecord) -> Result<bool, DbError> {
    let tenant = tx.tenant().clone();
    let done = sqlx::query(
        "INSERT INTO tenant_keys (tenant_id, id, key_alias, key_version, provider, key_ref, wrapped_key, status, created_at,
             activated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(key.id)
    .bind(&key.alias)
    .bind(i32::try_from(key.version).unwrap_or(i32::MAX))
    .bind(key.provider.as_str())
    .bind(&key.reference)
    .bind(&key.wrapped)
    .bind(key.status.as_str())
    .bind(key.created_at)
    .bind(key.activated_at)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The version that seals seals no more; which it was.
pub(in crate::crypto) async fn retire_active(tx: &mut TenantTx) -> Result<Option<Uuid>, DbError> {
    let id = sqlx::query_scalar("UPDATE tenant_keys SET status = 'retiring' WHERE status = 'active' RETURNING id")
        .fetch_optional(&mut **tx)
        .await?;
    Ok(id)
}

/// Locks versions that seal no more, so that nothing is written down under them.
pub(in crate::crypto) async fn lock_retiring(tx: &mut TenantTx) -> Result<(), DbError> {
    sqlx::query("SELECT id FROM tenant_keys WHERE status = 'retiring' ORDER BY key_version FOR UPDATE")
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Ends versions that seal no more; which they were.
pub(in crate::crypto) async fn retire(tx: &mut TenantTx, now: DateTime<Utc>) -> Result<Vec<(Uuid, u32)>, DbError> {
    let rows: Vec<(Uuid, i32)> = sqlx::query_as(
        "UPDATE tenant_keys SET status = 'retired', retired_at = $1 WHERE status = 'retiring' RETURNING id, key_version",
    )
    .bind(now)
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|(id, version)| (id, version.unsigned_abs())).collect())
}

/// Makes sure that something that was sealed with a key may be written down, until the transaction ends.
pub(in crate::crypto) async fn hold(conn: &mut Connection, id: Uuid) -> Result<bool, DbError> {
    let held: Option<i32> = sqlx::query_scalar(
        "SELECT 1 FROM tenant_keys WHERE id = $1 AND status IN ('active', 'retiring') FOR KEY SHARE",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?;
    Ok(held.is_some())
}
