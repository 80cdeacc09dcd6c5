//! Rotations, and what they could not read.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::corrupt;
use crate::{
    crypto::rotation::{Failure, ITEM_ATTEMPTS, MAX_FAILURES, Rotation, RotationStatus},
    pg::{DbError, TenantTx},
    problem::Code,
};

/// How many failures are told of.
const MAX_TOLD: i64 = 100;

/// How far a rotation has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::crypto) struct Cursor {
    /// The kind of thing; the first when it is empty.
    pub(in crate::crypto) kind: String,
    /// The last name.
    pub(in crate::crypto) name: String,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    from_key_id: Uuid,
    to_key_id: Uuid,
    status: String,
    total_items: i64,
    processed_items: i64,
    failed_items: i64,
    cursor_kind: String,
    cursor_name: String,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    error_code: Option<String>,
    error_message: Option<String>,
}

impl Row {
    fn split(self) -> Result<(Rotation, Cursor), sqlx::Error> {
        let status = RotationStatus::ALL.into_iter().find(|status| status.as_str() == self.status);
        let rotation = Rotation {
            id: self.id,
            from: self.from_key_id,
            to: self.to_key_id,
            status: status.ok_or_else(|| corrupt("status", &self.status))?,
            total: self.total_items.unsigned_abs(),
            processed: self.processed_items.unsigned_abs(),
            failed: self.failed_items.unsigned_abs(),
            started_at: self.started_at,
            completed_at: self.completed_at,
            error_code: self.error_code,
            error_message: self.error_message,
        };
        Ok((rotation, Cursor { kind: self.cursor_kind, name: self.cursor_name }))
    }
}

macro_rules! columns {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " id, from_key_id, to_key_id, status, total_items, processed_items, failed_items, cursor_kind, cursor_name,
             started_at, completed_at, error_code, error_message ",
            $after
        )
    };
}

/// Writes a rotation down. There must be none that goes on.
pub(in crate::crypto) async fn insert(
    tx: &mut TenantTx,
    rotation: &Rotation,
    (who, reason): (&str, Option<&str>),
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let tenant = tx.tenant().clone();
    sqlx::query(
        "INSERT INTO key_rotation_jobs (tenant_id, id, from_key_id, to_key_id, status, total_items, created_by, reason,
             created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tenant)
    .bind(rotation.id)
    .bind(rotation.from)
    .bind(rotation.to)
    .bind(rotation.status.as_str())
    .bind(i64::try_from(rotation.total).unwrap_or(i64::MAX))
    .bind(who)
    .bind(reason)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A rotation.
pub(in crate::crypto) async fn find(tx: &mut TenantTx, id: Uuid) -> Result<Option<Rotation>, DbError> {
    let row: Option<Row> = sqlx::query_as(columns!("SELECT", "FROM key_rotation_jobs WHERE id = $1"))
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.map(Row::split).transpose()?.map(|(rotation, _)| rotation))
}

/// A rotation, locked until the transaction ends.
pub(in crate::crypto) async fn lock(tx: &mut TenantTx, id: Uuid) -> Result<Option<Rotation>, DbError> {
    let row: Option<Row> = sqlx::query_as(columns!("SELECT", "FROM key_rotation_jobs WHERE id = $1 FOR UPDATE"))
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.map(Row::split).transpose()?.map(|(rotation, _)| rotation))
}

/// The rotation that is not over, locked until the transaction ends.
pub(in crate::crypto) async fn unfinished(tx: &mut TenantTx) -> Result<Option<Rotation>, DbError> {
    let row: Option<Row> = sqlx::query_as(columns!(
        "SELECT",
        "FROM key_rotation_jobs WHERE status IN ('queued', 'running', 'paused') FOR UPDATE"
    ))
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(Row::split).transpose()?.map(|(rotation, _)| rotation))
}

/// Says that a worker is at it, and where it goes on; nothing when it rests or is over.
pub(in crate::crypto) async fn begin(
    tx: &mut TenantTx,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<(Rotation, Cursor)>, DbError> {
    let row: Option<Row> = sqlx::query_as(columns!(
        "UPDATE key_rotation_jobs SET status = 'running', started_at = coalesce(started_at, $2)
         WHERE id = $1 AND status IN ('queued', 'running') RETURNING",
        ""
    ))
    .bind(id)
    .bind(now)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(Row::split).transpose()?)
}

/// Counts a thing, if it still runs.
pub(in crate::crypto) async fn count(tx: &mut TenantTx, id: Uuid) -> Result<bool, DbError> {
    let done = sqlx::query(
        "UPDATE key_rotation_jobs SET processed_items = processed_items + 1 WHERE id = $1 AND status = 'running'",
    )
    .bind(id)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes down how far it came, if it still runs.
pub(in crate::crypto) async fn advance(tx: &mut TenantTx, id: Uuid, to: &Cursor) -> Result<bool, DbError> {
    let done = sqlx::query(
        "UPDATE key_rotation_jobs SET cursor_kind = $2, cursor_name = $3 WHERE id = $1 AND status = 'running'",
    )
    .bind(id)
    .bind(&to.kind)
    .bind(&to.name)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Goes back to the beginning for what is left.
pub(in crate::crypto) async fn again(tx: &mut TenantTx, id: Uuid) -> Result<(), DbError> {
    sqlx::query("UPDATE key_rotation_jobs SET cursor_kind = '', cursor_name = '', pass = pass + 1 WHERE id = $1")
        .bind(id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Lets it rest or go on.
pub(in crate::crypto) async fn set_status(tx: &mut TenantTx, id: Uuid, to: RotationStatus) -> Result<(), DbError> {
    sqlx::query("UPDATE key_rotation_jobs SET status = $2 WHERE id = $1")
        .bind(id)
        .bind(to.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Ends it, well or for a reason.
pub(in crate::crypto) async fn end(
    tx: &mut TenantTx,
    id: Uuid,
    how: Result<(), &str>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let status = if how.is_ok() { RotationStatus::Completed } else { RotationStatus::Failed };
    sqlx::query(
        "UPDATE key_rotation_jobs SET status = $2, completed_at = $3, error_code = $4, error_message = $5 WHERE id = $1",
    )
    .bind(id)
    .bind(status.as_str())
    .bind(now)
    .bind(how.err().map(|_| Code::KeyRotationFailed.as_str()))
    .bind(how.err())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes down that a thing could not be read; how often it was tried by now. The last time counts it.
pub(in crate::crypto) async fn fail(
    tx: &mut TenantTx,
    id: Uuid,
    (kind, name): (&str, &str),
    code: Code,
    now: DateTime<Utc>,
) -> Result<u32, DbError> {
    let tenant = tx.tenant().clone();
    let attempts: i32 = sqlx::query_scalar(
        "INSERT INTO key_rotation_failures AS f (tenant_id, job_id, kind, name, attempts, error_code, failed_at)
         VALUES ($1, $2, $3, $4, 1, $5, $6)
         ON CONFLICT (tenant_id, job_id, kind, name)
             DO UPDATE SET attempts = f.attempts + 1, error_code = excluded.error_code, failed_at = excluded.failed_at
         RETURNING attempts",
    )
    .bind(tenant)
    .bind(id)
    .bind(kind)
    .bind(name)
    .bind(code.as_str())
    .bind(now)
    .fetch_one(&mut **tx)
    .await?;
    if attempts.unsigned_abs() == ITEM_ATTEMPTS {
        sqlx::query("UPDATE key_rotation_jobs SET failed_items = failed_items + 1 WHERE id = $1")
            .bind(id)
            .execute(&mut **tx)
            .await?;
    }
    Ok(attempts.unsigned_abs())
}

/// The things of a kind that are not tried any more.
pub(in crate::crypto) async fn broken(tx: &mut TenantTx, id: Uuid, kind: &str) -> Result<Vec<String>, DbError> {
    let limit = i64::try_from(MAX_FAILURES).unwrap_or(i64::MAX);
    let names = sqlx::query_scalar(
        "SELECT name FROM key_rotation_failures WHERE job_id = $1 AND kind = $2 AND attempts >= $3 LIMIT $4",
    )
    .bind(id)
    .bind(kind)
    .bind(i32::try_from(ITEM_ATTEMPTS).unwrap_or(i32::MAX))
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    Ok(names)
}

/// What could not be read, the latest first.
pub(in crate::crypto) async fn failures(tx: &mut TenantTx, id: Uuid) -> Result<Vec<Failure>, DbError> {
    let rows: Vec<(String, String, i32, String)> = sqlx::query_as(
        "SELECT kind, name, attempts, error_code FROM key_rotation_failures WHERE job_id = $1 AND attempts >= $2
         ORDER BY failed_at DESC, kind, name LIMIT $3",
    )
    .bind(id)
    .bind(i32::try_from(ITEM_ATTEMPTS).unwrap_or(i32::MAX))
    .bind(MAX_TOLD)
    .fetch_all(&mut **tx)
    .await?;
    let failure = |(kind, name, attempts, code): (String, String, i32, String)| Failure {
        kind,
        name,
        attempts: attempts.unsigned_abs(),
        code,
    };
    Ok(rows.into_iter().map(failure).collect())
}
