//! Limits, edges and counters of use in PostgreSQL.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, Row as _};

use super::{Counted, PlanLimits, Share, decide::Edge};
use crate::{
    escrow::Period,
    id::TenantId,
    op::Op,
    pg::{DbError, PlatformTx, TenantTx},
};

/// The limits of the tenant of the transaction; nothing when nobody set any.
pub(super) async fn limits(tx: &mut TenantTx) -> Result<Option<PlanLimits>, DbError> {
    let row = sqlx::query(
        "SELECT daily_requests_limit, monthly_requests_limit, daily_tokens_limit, monthly_tokens_limit,
                soft_cap_millionths, hard_cap_enabled
         FROM plan_limits WHERE tenant_id = nexus_tenant()",
    )
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(PlanLimits {
        daily_requests: row.try_get(0)?,
        monthly_requests: row.try_get(1)?,
        daily_tokens: row.try_get(2)?,
        monthly_tokens: row.try_get(3)?,
        soft_cap: Share::millionths(row.try_get::<i32, _>(4)?.unsigned_abs()),
        hard_cap: row.try_get(5)?,
    }))
}

/// Holds the limits of the tenant of the transaction until it ends, so that two changes do not mix.
pub(super) async fn hold(tx: &mut TenantTx) -> Result<(), DbError> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('plan_limits ' || nexus_tenant(), 0))")
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Sets the limits of the tenant of the transaction.
pub(super) async fn set(op: &Op, tx: &mut TenantTx, limits: &PlanLimits) -> Result<(), DbError> {
    let tenant = tx.tenant().clone();
    sqlx::query(
        "INSERT INTO plan_limits AS p (tenant_id, daily_requests_limit, monthly_requests_limit, daily_tokens_limit,
             monthly_tokens_limit, soft_cap_millionths, hard_cap_enabled, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
         ON CONFLICT (tenant_id) DO UPDATE SET daily_requests_limit = excluded.daily_requests_limit,
             monthly_requests_limit = excluded.monthly_requests_limit, daily_tokens_limit = excluded.daily_tokens_limit,
             monthly_tokens_limit = excluded.monthly_tokens_limit, soft_cap_millionths = excluded.soft_cap_millionths,
             hard_cap_enabled = excluded.hard_cap_enabled, updated_at = excluded.updated_at",
    )
    .bind(tenant)
    .bind(limits.daily_requests)
    .bind(limits.monthly_requests)
    .bind(limits.daily_tokens)
    .bind(limits.monthly_tokens)
    .bind(i32::try_from(limits.soft_cap.as_millionths()).unwrap_or(i32::MAX))
    .bind(limits.hard_cap)
    .bind(op.now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whether there is a tenant of this name.
pub(super) async fn is_tenant(tx: &mut PlatformTx, tenant: &TenantId) -> Result<bool, DbError> {
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT FROM tenants WHERE id = $1)");
    Ok(found.bind(tenant).fetch_one(&mut **tx).await?)
}

/// Writes down that an edge was passed. False when it was written down before.
pub(super) async fn pass(
    op: &Op,
    tx: &mut TenantTx,
    (period, start): (Period, NaiveDate),
    edge: Edge,
    limit: i64,
) -> Result<bool, DbError> {
    let tenant = tx.tenant().clone();
    let done = sqlx::query(
        "INSERT INTO quota_edges (tenant_id, period_type, period_start, edge, limit_units, passed_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(period.as_str())
    .bind(start)
    .bind(edge.as_str())
    .bind(limit)
    .bind(op.now)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Adds to the counters of many tenants. The counts come in the order of their keys, so that two replicas never wait for
/// each other in a circle. Needs a platform transaction.
pub(super) async fn count(conn: &mut PgConnection, counts: &[Counted]) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO usage_counters AS u (tenant_id, day, class, requests, last_at)
         SELECT * FROM unnest($1::text[], $2::date[], $3::text[], $4::bigint[], $5::timestamptz[])
         ON CONFLICT (tenant_id, day, class)
             DO UPDATE SET requests = u.requests + excluded.requests, last_at = greatest(u.last_at, excluded.last_at)",
    )
    .bind(counts.iter().map(|c| c.tenant.as_str()).collect::<Vec<_>>())
    .bind(counts.iter().map(|c| c.day).collect::<Vec<_>>())
    .bind(counts.iter().map(|c| c.class).collect::<Vec<_>>())
    .bind(counts.iter().map(|c| c.requests).collect::<Vec<_>>())
    .bind(counts.iter().map(|c| c.last_at).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// The requests of the tenant of the transaction from a day on: by day and class, with the time of the last.
pub(super) async fn counted(
    tx: &mut TenantTx,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<(NaiveDate, String, i64, DateTime<Utc>)>, DbError> {
    let rows = sqlx::query_as(
        "SELECT day, class, requests, last_at FROM usage_counters
         WHERE tenant_id = nexus_tenant() AND day BETWEEN $1 AND $2 ORDER BY day, class",
    );
    Ok(rows.bind(from).bind(to).fetch_all(&mut **tx).await?)
}

/// Removes some of the counters and edges that are older than so many days; a month is as old as its last day.
/// Needs a platform transaction.
pub(super) async fn prune(conn: &mut PgConnection, days: i32) -> Result<(), DbError> {
    for old in [
        "DELETE FROM usage_counters WHERE (tenant_id, day, class) IN (
             SELECT tenant_id, day, class FROM usage_counters
             WHERE day < (now() AT TIME ZONE 'utc')::date - $1::integer LIMIT 10000)",
        "DELETE FROM quota_edges WHERE (tenant_id, period_type, period_start, edge, limit_units) IN (
             SELECT tenant_id, period_type, period_start, edge, limit_units FROM quota_edges
             WHERE period_start < (now() AT TIME ZONE 'utc')::date - $1::integer
                                  - CASE period_type WHEN 'month' THEN 31 ELSE 0 END LIMIT 10000)",
    ] {
        sqlx::query(old).bind(days).execute(&mut *conn).await?;
    }
    Ok(())
}
