//! Imports in PostgreSQL. When it is away none begins and none goes on.

use chrono::{DateTime, Utc};
use nexus_core::{
    id::{CorpusId, CredentialId, TenantId, UserId},
    pg::TenantTx,
};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{Counts, FailedFile, Import, MAX_FAILURES, Status};
use crate::ingest::bulk::{Member, Position};

#[derive(FromRow)]
struct Row {
    tenant_id: TenantId,
    id: Uuid,
    corpus_id: CorpusId,
    source: String,
    overwrite: bool,
    status: String,
    failure_reason: Option<String>,
    position: Option<String>,
    member: Option<i64>,
    archive: Option<String>,
    accepted: i64,
    unchanged: i64,
    differing: i64,
    skipped: i64,
    failed: i64,
    failures: Json<Vec<FailedFile>>,
    user_id: UserId,
    credential_id: CredentialId,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    last_job_id: Option<Uuid>,
}

impl TryFrom<Row> for Import {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let status =
            [Status::Running, Status::Succeeded, Status::Failed].into_iter().find(|s| s.as_str() == row.status);
        let unknown = || sqlx::Error::Decode(format!("import {}: status {:?} is unknown", row.id, row.status).into());
        let member = row.member.and_then(|number| u64::try_from(number).ok()).zip(row.archive);
        let member = member.map(|(number, archive)| Member { number, archive });
        Ok(Self {
            status: status.ok_or_else(unknown)?,
            id: row.id,
            tenant: row.tenant_id,
            corpus: row.corpus_id,
            source: row.source,
            overwrite: row.overwrite,
            failure_reason: row.failure_reason,
            position: row.position.map(|name| Position { name, member }),
            counts: Counts {
                accepted: row.accepted,
                unchanged: row.unchanged,
                differing: row.differing,
                skipped: row.skipped,
                failed: row.failed,
            },
            failures: row.failures.0,
            user: row.user_id,
            credential: row.credential_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
            finished_at: row.finished_at,
            last_job_id: row.last_job_id,
        })
    }
}

/// Stores a new import.
pub(super) async fn insert(tx: &mut TenantTx, import: &Import) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO imports (tenant_id, id, corpus_id, source, overwrite, status, user_id, credential_id, created_at,
             updated_at, last_job_id)
         VALUES ($1, $2, $3, $4, $5, 'running', $6, $7, $8, $8, $9)",
    )
    .bind(&import.tenant)
    .bind(import.id)
    .bind(&import.corpus)
    .bind(&import.source)
    .bind(import.overwrite)
    .bind(&import.user)
    .bind(&import.credential)
    .bind(import.created_at)
    .bind(import.last_job_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// One import of the tenant.
pub async fn find(tx: &mut TenantTx, id: Uuid) -> Result<Option<Import>, sqlx::Error> {
    let row: Option<Row> =
        sqlx::query_as("SELECT * FROM imports WHERE id = $1").bind(id).fetch_optional(&mut **tx).await?;
    row.map(Import::try_from).transpose()
}

/// Notes that a file was dealt with, unless another job has taken over: then nothing is noted, and false returned.
pub(super) async fn advance(
    tx: &mut TenantTx,
    (import, job): (Uuid, Uuid),
    position: &Position,
    by: Counts,
    failure: Option<FailedFile>,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE imports SET position = $3, accepted = accepted + $4, unchanged = unchanged + $5, skipped = skipped + $6,
             failed = failed + $7, updated_at = $9, member = $11, archive = $12, differing = differing + $13,
             failures = CASE WHEN $8::jsonb IS NULL OR jsonb_array_length(failures) >= $10 THEN failures
                             ELSE failures || $8::jsonb END
         WHERE id = $1 AND last_job_id = $2 AND status = 'running'",
    )
    .bind(import)
    .bind(job)
    .bind(&position.name)
    .bind(by.accepted)
    .bind(by.unchanged)
    .bind(by.skipped)
    .bind(by.failed)
    .bind(failure.map(|failure| Json(vec![failure])))
    .bind(now)
    .bind(i32::try_from(MAX_FAILURES).unwrap_or(i32::MAX))
    .bind(position.member.as_ref().map(|member| i64::try_from(member.number).unwrap_or(i64::MAX)))
    .bind(position.member.as_ref().map(|member| member.archive.as_str()))
    .bind(by.differing)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Hands an import on to another job.
pub(super) async fn hand_on(tx: &mut TenantTx, (import, job): (Uuid, Uuid), next: Uuid) -> Result<bool, sqlx::Error> {
    let done =
        sqlx::query("UPDATE imports SET last_job_id = $3 WHERE id = $1 AND last_job_id = $2 AND status = 'running'")
            .bind(import)
            .bind(job)
            .bind(next)
            .execute(&mut **tx)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends an import.
pub(super) async fn end(
    tx: &mut TenantTx,
    (import, job): (Uuid, Uuid),
    outcome: Result<(), &str>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let status = if outcome.is_ok() { Status::Succeeded } else { Status::Failed };
    sqlx::query(
        "UPDATE imports SET status = $3, failure_reason = $4, finished_at = $5, updated_at = $5
         WHERE id = $1 AND last_job_id = $2 AND status = 'running'",
    )
    .bind(import)
    .bind(job)
    .bind(status.as_str())
    .bind(outcome.err())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
