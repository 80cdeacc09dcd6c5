//! The table of jobs. Times are those of the database server, so that workers with different clocks agree.

use std::time::Duration;

use sqlx::{PgConnection, Row as _, postgres::PgRow};

use super::{JobError, JobId, Lease, NewJob, Stats, decide::cut};
use crate::{id::TenantId, pg::DbError};

/// Up to this attempt, one that ended with its worker does not count.
const MAX_FORGIVEN: u32 = 20;
/// How many finished jobs one call removes at most.
const PRUNE_BATCH: i64 = 1000;

/// Writes a job down and, when the transaction commits, wakes the workers of its queue.
pub async fn enqueue(conn: &mut PgConnection, job: &NewJob) -> Result<JobId, DbError> {
    let id = JobId(crate::id::fresh());
    sqlx::query(
        "WITH new AS (
             INSERT INTO jobs (id, tenant_id, queue, kind, payload, max_attempts, run_at)
             VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + make_interval(secs => $7)))
         SELECT pg_notify('nexus_changes', 'job ' || $2 || ' ' || $3)",
    )
    .bind(id.0)
    .bind(&job.tenant)
    .bind(job.queue)
    .bind(job.kind)
    .bind(&job.payload)
    .bind(count(job.max_attempts))
    .bind(job.delay.as_secs_f64())
    .execute(conn)
    .await?;
    Ok(id)
}

/// Leases the next job of a queue that is of a known kind, if there is one. Needs a platform transaction.
pub async fn claim(
    conn: &mut PgConnection,
    queue: &str,
    worker: &str,
    lease: Duration,
    kinds: &[&str],
) -> Result<Option<Lease>, DbError> {
    let row = sqlx::query(include_str!("sql/claim.sql"))
        .bind(queue)
        .bind(worker)
        .bind(lease.as_secs_f64())
        .bind(kinds)
        .fetch_optional(conn)
        .await?;
    Ok(row.as_ref().map(to_lease).transpose()?)
}

/// Prolongs a lease.
pub async fn renew(conn: &mut PgConnection, held: &Lease, lease: Duration) -> Result<(), JobError> {
    let done = sqlx::query(
        "UPDATE jobs SET lease_until = clock_timestamp() + make_interval(secs => $4)
         WHERE id = $1 AND attempt = $2 AND leased_by = $3 AND state = 'running'",
    )
    .bind(held.id.0)
    .bind(count(held.attempt))
    .bind(&held.holder)
    .bind(lease.as_secs_f64())
    .execute(conn)
    .await;
    fenced(done)
}

/// Marks a job as done. Call it in the transaction of the effect: a worker that lost its lease is told so, and its effect
/// is rolled back with the error.
pub async fn complete(conn: &mut PgConnection, held: &Lease) -> Result<(), JobError> {
    let done = sqlx::query(
        "UPDATE jobs SET state = 'succeeded', finished_at = clock_timestamp(), leased_by = NULL, lease_until = NULL
         WHERE id = $1 AND attempt = $2 AND leased_by = $3 AND state = 'running'",
    )
    .bind(held.id.0)
    .bind(count(held.attempt))
    .bind(&held.holder)
    .execute(conn)
    .await;
    fenced(done)
}

/// Puts a job back after a failure, to be tried again after a pause.
pub async fn retry(conn: &mut PgConnection, held: &Lease, error: &str, after: Duration) -> Result<(), JobError> {
    let done = sqlx::query(
        "UPDATE jobs SET state = 'queued', run_at = clock_timestamp() + make_interval(secs => $5), last_error = $4,
             leased_by = NULL, lease_until = NULL
         WHERE id = $1 AND attempt = $2 AND leased_by = $3 AND state = 'running'",
    )
    .bind(held.id.0)
    .bind(count(held.attempt))
    .bind(&held.holder)
    .bind(cut(error))
    .bind(after.as_secs_f64())
    .execute(conn)
    .await;
    fenced(done)
}

/// Gives a job up, with the error that ended it.
pub async fn bury(conn: &mut PgConnection, held: &Lease, error: &str) -> Result<(), JobError> {
    let done = sqlx::query(
        "UPDATE jobs SET state = 'dead', finished_at = clock_timestamp(), last_error = $4,
             leased_by = NULL, lease_until = NULL
         WHERE id = $1 AND attempt = $2 AND leased_by = $3 AND state = 'running'",
    )
    .bind(held.id.0)
    .bind(count(held.attempt))
    .bind(&held.holder)
    .bind(cut(error))
    .execute(conn)
    .await;
    fenced(done)
}

/// Gives a lease back at shutdown. The attempt does not count: the job is granted one more, so that attempt numbers never
/// repeat.
pub async fn release(conn: &mut PgConnection, held: &Lease) -> Result<(), JobError> {
    let done = sqlx::query(
        "WITH back AS (
             UPDATE jobs SET state = 'queued', run_at = clock_timestamp(), max_attempts = max_attempts + 1,
                 leased_by = NULL, lease_until = NULL
             WHERE id = $1 AND attempt = $2 AND leased_by = $3 AND state = 'running'
             RETURNING tenant_id, queue)
         SELECT pg_notify('nexus_changes', 'job ' || tenant_id || ' ' || queue) FROM back",
    )
    .bind(held.id.0)
    .bind(count(held.attempt))
    .bind(&held.holder)
    .execute(conn)
    .await;
    fenced(done)
}

/// Takes jobs back whose lease has lapsed, and returns how many. Needs a platform transaction.
///
/// A crash is rarely the fault of all jobs that ran at that moment: each is granted one more attempt and goes to the end of
/// the queue, so that a job that kills its worker every time holds up no other. Such a job is not granted attempts for ever.
pub async fn reclaim(conn: &mut PgConnection, queue: &str) -> Result<u64, DbError> {
    let done = sqlx::query(
        "UPDATE jobs SET state = 'queued', run_at = clock_timestamp(), leased_by = NULL, lease_until = NULL,
             max_attempts = max_attempts + CASE WHEN attempt < $2 THEN 1 ELSE 0 END,
             last_error = 'The worker stopped without a result.'
         WHERE id IN (SELECT id FROM jobs WHERE queue = $1 AND state = 'running' AND lease_until < clock_timestamp()
                      FOR UPDATE SKIP LOCKED)
           AND state = 'running'",
    )
    .bind(queue)
    .bind(count(MAX_FORGIVEN))
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Removes some of the jobs that ended longer ago than `age`, and returns how many. Needs a platform transaction.
pub async fn prune(conn: &mut PgConnection, age: Duration) -> Result<u64, DbError> {
    let done = sqlx::query(
        "DELETE FROM jobs WHERE id IN (
             SELECT id FROM jobs
             WHERE state IN ('succeeded', 'dead') AND finished_at < clock_timestamp() - make_interval(secs => $1)
             LIMIT $2 FOR UPDATE SKIP LOCKED)",
    )
    .bind(age.as_secs_f64())
    .bind(PRUNE_BATCH)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Counts the jobs of a queue. Needs a platform transaction; in one of a tenant it counts that tenant's.
pub async fn stats(conn: &mut PgConnection, queue: &str) -> Result<Stats, DbError> {
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM jobs WHERE queue = $1 AND state = 'queued'),
                (SELECT count(*) FROM jobs WHERE queue = $1 AND state = 'running'),
                (SELECT count(*) FROM jobs WHERE queue = $1 AND state = 'dead'),
                (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(run_at)), 0)::float8
                 FROM jobs WHERE queue = $1 AND state = 'queued')",
    )
    .bind(queue)
    .fetch_one(conn)
    .await?;
    Ok(Stats {
        queued: row.try_get::<i64, _>(0)?.unsigned_abs(),
        running: row.try_get::<i64, _>(1)?.unsigned_abs(),
        dead: row.try_get::<i64, _>(2)?.unsigned_abs(),
        oldest: Duration::try_from_secs_f64(row.try_get(3)?).unwrap_or_default(),
    })
}

/// Counts the jobs of a kind that wait in a queue. Needs a platform transaction; in one of a tenant it counts that tenant's.
pub async fn waiting(conn: &mut PgConnection, queue: &str, kind: &str) -> Result<u64, DbError> {
    let waiting: i64 =
        sqlx::query_scalar("SELECT count(*) FROM jobs WHERE queue = $1 AND kind = $2 AND state = 'queued'")
            .bind(queue)
            .bind(kind)
            .fetch_one(conn)
            .await?;
    Ok(waiting.unsigned_abs())
}

fn to_lease(row: &PgRow) -> Result<Lease, sqlx::Error> {
    let tenant: TenantId = row.try_get("tenant_id")?;
    Ok(Lease {
        id: JobId(row.try_get("id")?),
        tenant,
        kind: row.try_get("kind")?,
        payload: row.try_get("payload")?,
        attempt: row.try_get::<i32, _>("attempt")?.unsigned_abs(),
        max_attempts: row.try_get::<i32, _>("max_attempts")?.unsigned_abs(),
        holder: row.try_get("leased_by")?,
        created_at: row.try_get("created_at")?,
        last_error: row.try_get("last_error")?,
    })
}

/// A change that found no row was made by a worker that holds the job no longer.
fn fenced(done: Result<sqlx::postgres::PgQueryResult, sqlx::Error>) -> Result<(), JobError> {
    match done.map_err(DbError::from)?.rows_affected() {
        0 => Err(JobError::Fenced),
        _ => Ok(()),
    }
}

fn count(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}
