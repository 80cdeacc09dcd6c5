//! The statements of idempotency.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row as _, types::Json};
use uuid::Uuid;

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

/// A connection inside a transaction of a tenant.
pub(super) type Connection = PgConnection;
/// A body that is sealed.
type Sealed = Vec<u8>;

/// What is on record for a scope, expired or not; its body apart when it is sealed.
pub(super) async fn find(
    conn: &mut PgConnection,
    scope: &Scope<'_>,
) -> Result<Option<(Record, Option<Sealed>)>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT request_hash, request_id, response_status, response_headers, response_body, response_sealed,
             expires_at
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
        let record = Record {
            request: Digest::try_from(request).map_err(|_| wrong("request_hash"))?,
            expires_at: row.try_get("expires_at")?,
            answer: Answer {
                request_id: row.try_get("request_id")?,
                status: u16::try_from(status).map_err(|_| wrong("response_status"))?,
                headers,
                body: row.try_get("response_body")?,
            },
        };
        Ok((record, row.try_get("response_sealed")?))
    })
    .transpose()
}

/// Records the answer to a request, in place of one that is forgotten.
pub(super) async fn put(
    conn: &mut PgConnection,
    scope: &Scope<'_>,
    (record, sealed): (&Record, Option<(Sealed, Uuid)>),
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (sealed, key) = sealed.unzip();
    let Record { request, expires_at, answer } = record;
    sqlx::query(
        "INSERT INTO idempotency_records (tenant_id, scope, actor_id, method, path, idem_key, request_hash, request_id,
             response_status, response_headers, response_body, created_at, expires_at, response_sealed, key_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT (tenant_id, scope) DO UPDATE SET
             request_hash = excluded.request_hash, request_id = excluded.request_id,
             response_status = excluded.response_status, response_headers = excluded.response_headers,
             response_body = excluded.response_body, created_at = excluded.created_at, expires_at = excluded.expires_at,
             response_sealed = excluded.response_sealed, key_id = excluded.key_id",
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
    .bind(sealed)
    .bind(key)
    .execute(conn)
    .await
    .map(drop)
}

/// What a scope's answer is for, its sealed body, and the key that it is under.
pub(super) async fn sealed(
    conn: &mut PgConnection,
    scope: &Digest,
) -> Result<Option<(Digest, Sealed, Uuid)>, sqlx::Error> {
    let row: Option<(Vec<u8>, Vec<u8>, Uuid)> = sqlx::query_as(
        "SELECT request_hash, response_sealed, key_id FROM idempotency_records WHERE scope = $1 AND key_id IS NOT NULL",
    )
    .bind(scope)
    .fetch_optional(conn)
    .await?;
    let digest = |request: Vec<u8>| Digest::try_from(request).map_err(|_| wrong("request_hash"));
    row.map(|(request, sealed, key)| Ok((digest(request)?, sealed, key))).transpose()
}

/// Puts a body under another key; false when the answer is another by now.
pub(super) async fn reseal(
    conn: &mut PgConnection,
    (scope, request): (&Digest, &Digest),
    (sealed, to): (&[u8], Uuid),
    from: Uuid,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE idempotency_records SET response_sealed = $3, key_id = $4
         WHERE scope = $1 AND request_hash = $2 AND key_id = $5",
    )
    .bind(scope)
    .bind(request)
    .bind(sealed)
    .bind(to)
    .bind(from)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How many answers that still count are under other keys, but for some.
pub(super) async fn left(conn: &mut PgConnection, to: Uuid, but: &[String]) -> Result<u64, sqlx::Error> {
    let left: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM idempotency_records
         WHERE key_id <> $1 AND expires_at > now() AND encode(scope, 'hex') <> ALL($2)",
    )
    .bind(to)
    .bind(but)
    .fetch_one(conn)
    .await?;
    Ok(left.unsigned_abs())
}

/// The scopes of such answers after one, in hexadecimal.
pub(super) async fn page(
    conn: &mut PgConnection,
    to: Uuid,
    (after, limit): (&str, u32),
    but: &[String],
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT encode(scope, 'hex') FROM idempotency_records
         WHERE key_id <> $1 AND expires_at > now() AND scope > decode($2, 'hex') AND encode(scope, 'hex') <> ALL($3)
         ORDER BY scope LIMIT $4",
    )
    .bind(to)
    .bind(after)
    .bind(but)
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await
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
