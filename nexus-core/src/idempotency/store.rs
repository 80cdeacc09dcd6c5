//! The statements of idempotency.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row as _, types::Json};

use super::{
    Answer, Scope,
    decide::{Digest, Record, scope as digest_of},
};

/// The longest part of a path that is kept for people.
const MAX_PATH: usize = 512;
/// How many rows one statement removes.
const BATCH: i64 = 1000;

/// Locks a scope until the transaction ends; false when somebody else has it. Different scopes may share a lock, which
/// costs a wait and nothing else.
pub(super) async fn try_lock(conn: &mut PgConnection, scope: &Scope<'_>) -> Result<bool, sqlx::Error> {
    let digest = digest_of(scope);
    let head = digest.first_chunk().map_or(0, |head| i64::from_be_bytes(*head));
    sqlx::query_scalar("SELECT pg_try_advisory_xact_lock($1)").bind(head).fetch_one(conn).await
}

/// What is on record for a scope, expired or not.
pub(super) async fn find(conn: &mut PgConnection, scope: &Scope<'_>) -> Result<Option<Record>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT request_hash, request_id, response_status, response_headers, response_body, expires_at
         FROM idempotency_records WHERE tenant_id = $1 AND scope = $2",
    )
    .bind(scope.tenant)
    .bind(digest_of(scope))
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let status: i16 = row.try_get("response_status")?;
        let request: Vec<u8> = row.try_get("request_hash")?;
        let Json(headers) = row.try_get("response_headers")?;
        Ok(Record {
            request: Digest::try_from(request).map_err(|_| wrong("request_hash"))?,
            expires_at: row.try_get("expires_at")?,
            answer: Answer {
                request_id: row.try_get("request_id")?,
                status: u16::try_from(status).map_err(|_| wrong("response_status"))?,
                headers,
                body: row.try_get("response_body")?,
            },
        })
    })
    .transpose()
}

/// Records the answer to a request, in place of one that is forgotten.
pub(super) async fn put(
    conn: &mut PgConnection,
    scope: &Scope<'_>,
    record: &Record,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let Record { request, expires_at, answer } = record;
    sqlx::query(
        "INSERT INTO idempotency_records (tenant_id, scope, actor_id, method, path, idem_key, request_hash, request_id,
             response_status, response_headers, response_body, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (tenant_id, scope) DO UPDATE SET
             request_hash = excluded.request_hash, request_id = excluded.request_id,
             response_status = excluded.response_status, response_headers = excluded.response_headers,
             response_body = excluded.response_body, created_at = excluded.created_at, expires_at = excluded.expires_at",
    )
    .bind(scope.tenant)
    .bind(digest_of(scope))
    .bind(scope.actor)
    .bind(scope.method)
    .bind(scope.path.chars().take(MAX_PATH).collect::<String>())
    .bind(scope.key.as_str())
    .bind(request)
    .bind(&answer.request_id)
    .bind(i16::try_from(answer.status).map_err(|_| wrong("response_status"))?)
    .bind(Json(&answer.headers))
    .bind(&answer.body)
    .bind(now)
    .bind(expires_at)
    .execute(conn)
    .await
    .map(drop)
}

/// Removes rows that are forgotten, of all tenants; how many.
pub(super) async fn prune(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "DELETE FROM idempotency_records WHERE (tenant_id, scope) IN
             (SELECT tenant_id, scope FROM idempotency_records WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
    )
    .bind(now)
    .bind(BATCH)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

fn wrong(column: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("idempotency_records.{column} is out of its range").into())
}
