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
    key_version: i32,
    path: String,
    old_path: Option<String>,
}

impl From<Row> for SealedObject {
    fn from(row: Row) -> Self {
        Self {
            name: row.name,
            kind: row.kind,
            resource: row.resource_id,
            version: row.version.unsigned_abs(),
            key: row.key_id,
            key_version: row.key_version.unsigned_abs(),
            path: row.path,
            old_path: row.old_path,
        }
    }
}

/// What is on record of an object of the tenant.
pub(in crate::crypto) async fn find(tx: &mut TenantTx, name: &str) -> Result<Option<SealedObject>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT o.name, o.kind, o.resource_id, o.version, o.key_id, k.key_version, o.path, o.old_path
         FROM sealed_objects o JOIN tenant_keys k ON k.tenant_id = o.tenant_id AND k.id = o.key_id WHERE o.name = $1",
    )
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
        "INSERT INTO sealed_objects (tenant_id, name, kind, resource_id, version, key_id, path, old_path, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tenant)
    .bind(&object.name)
    .bind(&object.kind)
    .bind(&object.resource)
    .bind(number(object.version))
    .bind(object.key)
    .bind(&object.path)
    .bind(&object.old_path)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Says that the next version counts; false when this one does not count any more.
pub(in crate::crypto) async fn replace(
    tx: &mut TenantTx,
    object: &SealedObject,
    next: &SealedObject,
) -> Result<bool, DbError> {
    let done = sqlx::query(
        "UPDATE sealed_objects SET version = $3, key_id = $4, path = $5, old_path = $6 WHERE name = $1 AND version = $2",
    )
    .bind(&object.name)
    .bind(number(object.version))
    .bind(number(next.version))
    .bind(next.key)
    .bind(&next.path)
    .bind(&next.old_path)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Says that the version before this one is gone.
pub(in crate::crypto) async fn tidied(tx: &mut TenantTx, object: &SealedObject) -> Result<(), DbError> {
    sqlx::query("UPDATE sealed_objects SET old_path = NULL WHERE name = $1 AND version = $2")
        .bind(&object.name)
        .bind(number(object.version))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Forgets an object that is gone; false when another version counts meanwhile.
pub(in crate::crypto) async fn remove(tx: &mut TenantTx, object: &SealedObject) -> Result<bool, DbError> {
    let done = sqlx::query("DELETE FROM sealed_objects WHERE name = $1 AND version = $2")
        .bind(&object.name)
        .bind(number(object.version))
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// How many objects of a kind are not under a key, or have an older version beside them, but for some.
pub(in crate::crypto) async fn left(
    tx: &mut TenantTx,
    (kind, to): (&str, Uuid),
    but: &[String],
) -> Result<u64, DbError> {
    let left: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM sealed_objects
         WHERE kind = $1 AND (key_id <> $2 OR old_path IS NOT NULL) AND name <> ALL($3)",
    )
    .bind(kind)
    .bind(to)
    .bind(but)
    .fetch_one(&mut **tx)
    .await?;
    Ok(left.unsigned_abs())
}

/// The names of such objects after one.
pub(in crate::crypto) async fn page(
    tx: &mut TenantTx,
    (kind, to): (&str, Uuid),
    (after, limit): (&str, u32),
    but: &[String],
) -> Result<Vec<String>, DbError> {
    let names = sqlx::query_scalar(
        "SELECT name FROM sealed_objects
         WHERE kind = $1 AND (key_id <> $2 OR old_path IS NOT NULL) AND name > $3 AND name <> ALL($4)
         ORDER BY name LIMIT $5",
    )
    .bind(kind)
    .bind(to)
    .bind(after)
    .bind(but)
    .bind(i64::from(limit))
    .fetch_all(&mut **tx)
    .await?;
    Ok(names)
}

fn number(version: u32) -> i32 {
    i32::try_from(version).unwrap_or(i32::MAX)
}
