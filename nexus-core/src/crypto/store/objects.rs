//! What lies encrypted in the object store.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    crypto::vault::SealedObject,
    pg::{DbError, TenantTx},
};

#[derive(FromRow)]
struct Row {
    name: String,
    kind: String,
    resource_id: String,
    version: i32,
    key_id: Uuid,
    stale: bool,
}

impl From<Row> for SealedObject {
    fn from(row: Row) -> Self {
        Self {
            name: row.name,
            kind: row.kind,
            resource: row.resource_id,
            version: row.version.unsigned_abs(),
            key: row.key_id,
            stale: row.stale,
        }
    }
}

/// What is on record of an object of the tenant.
pub(in crate::crypto) async fn find(tx: &mut TenantTx, name: &str) -> Result<Option<SealedObject>, DbError> {
    let row: Option<Row> =
        sqlx::query_as("SELECT name, kind, resource_id, version, key_id, stale FROM sealed_objects WHERE name = $1")
            .bind(name)
            .fetch_optional(&mut **tx)
            .await?;
    Ok(row.map(Into::into))
}

/// Writes an object down that was just stored.
pub(in crate::crypto) async fn insert(
    tx: &mut TenantTx,
    object: &SealedObject,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let tenant = tx.tenant().clone();
    sqlx::query(
        "INSERT INTO sealed_objects (tenant_id, name, kind, resource_id, version, key_id, stale, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(tenant)
    .bind(&object.name)
    .bind(&object.kind)
    .bind(&object.resource)
    .bind(i32::try_from(object.version).unwrap_or(i32::MAX))
    .bind(object.key)
    .bind(object.stale)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Says that the next version counts, under this key; false when this one does not count any more.
pub(in crate::crypto) async fn replace(tx: &mut TenantTx, object: &SealedObject, key: Uuid) -> Result<bool, DbError> {
    let done = sqlx::query(
        "UPDATE sealed_objects SET version = version + 1, key_id = $3, stale = true WHERE name = $1 AND version = $2",
    )
    .bind(&object.name)
    .bind(i32::try_from(object.version).unwrap_or(i32::MAX))
    .bind(key)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Says that the version before this one is gone.
pub(in crate::crypto) async fn tidied(tx: &mut TenantTx, object: &SealedObject) -> Result<(), DbError> {
    sqlx::query("UPDATE sealed_objects SET stale = false WHERE name = $1 AND version = $2")
        .bind(&object.name)
        .bind(i32::try_from(object.version).unwrap_or(i32::MAX))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Forgets an object that is gone; false when another version counts meanwhile.
pub(in crate::crypto) async fn remove(tx: &mut TenantTx, object: &SealedObject) -> Result<bool, DbError> {
    let done = sqlx::query("DELETE FROM sealed_objects WHERE name = $1 AND version = $2")
        .bind(&object.name)
        .bind(i32::try_from(object.version).unwrap_or(i32::MAX))
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// How many objects are not under a key, or have an older version beside them, but for some.
pub(in crate::crypto) async fn left(tx: &mut TenantTx, to: Uuid, but: &[String]) -> Result<u64, DbError> {
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sealed_objects WHERE (key_id <> $1 OR stale) AND name <> ALL($2)")
            .bind(to)
            .bind(but)
            .fetch_one(&mut **tx)
            .await?;
    Ok(left.unsigned_abs())
}

/// The names of such objects after one.
pub(in crate::crypto) async fn page(
    tx: &mut TenantTx,
    to: Uuid,
    (after, limit): (&str, u32),
    but: &[String],
) -> Result<Vec<String>, DbError> {
    let names = sqlx::query_scalar(
        "SELECT name FROM sealed_objects WHERE (key_id <> $1 OR stale) AND name > $2 AND name <> ALL($3)
         ORDER BY name LIMIT $4",
    )
    .bind(to)
    .bind(after)
    .bind(but)
    .bind(i64::from(limit))
    .fetch_all(&mut **tx)
    .await?;
    Ok(names)
}
