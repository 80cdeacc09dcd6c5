//! Records of what was used, and how months stand.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, PgConnection};

use crate::cost::{self, Edge, Month, Status, Usd};

/// Records bills of the transaction's tenant, each line exactly once; tells how many were new.
pub async fn record(conn: &mut PgConnection, bills: &[&Value]) -> Result<i64, sqlx::Error> {
    let lines: Option<i64> =
        sqlx::query_scalar("SELECT sum(nexus_record_costs(bill))::bigint FROM unnest($1::jsonb[]) AS bill")
            .bind(bills)
            .fetch_one(conn)
            .await?;
    Ok(lines.unwrap_or_default())
}

/// How a month stands, as it is written down for reports.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot {
    /// The month.
    pub month: Month,
    /// Its budget.
    pub budget: Option<Usd>,
    /// What is spent.
    pub spend: Usd,
    /// What it will have cost.
    pub forecast: Usd,
    /// How it stands.
    pub status: Status,
    /// When it was computed.
    pub at: DateTime<Utc>,
}

/// Writes down how a month stands. What it came to once it keeps, until its edges are forgotten with another budget.
pub async fn put_snapshot(conn: &mut PgConnection, snapshot: &Snapshot) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO tenant_budget_snapshots AS s
             (tenant_id, year_month, budget_usd, spend_usd, forecast_usd, status, computed_at)
         VALUES (nexus_tenant(), $1, $2::bigint * 0.000001, $3::bigint * 0.000001, $4::bigint * 0.000001, $5, $6)
         ON CONFLICT (tenant_id, year_month) DO UPDATE SET budget_usd = excluded.budget_usd,
             spend_usd = excluded.spend_usd, forecast_usd = excluded.forecast_usd, computed_at = excluded.computed_at,
             status = CASE WHEN s.degrade_triggered_at IS NOT NULL THEN 'degraded'
                           WHEN s.cap_triggered_at IS NOT NULL THEN 'capped'
                           WHEN s.warn_triggered_at IS NOT NULL AND excluded.status = 'ok' THEN 'warn'
                           ELSE excluded.status END",
    )
    .bind(snapshot.month.to_string())
    .bind(snapshot.budget.map(Usd::micros))
    .bind(snapshot.spend.micros())
    .bind(snapshot.forecast.micros())
    .bind(snapshot.status.as_str())
    .bind(snapshot.at)
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct SnapshotRow {
    budget: Option<i64>,
    spend: i64,
    forecast: i64,
    status: String,
    warn_triggered_at: Option<DateTime<Utc>>,
    cap_triggered_at: Option<DateTime<Utc>>,
    degrade_triggered_at: Option<DateTime<Utc>>,
    computed_at: DateTime<Utc>,
}

/// How a month of the transaction's tenant stands, as it was last written down.
pub async fn snapshot(conn: &mut PgConnection, month: Month) -> Result<Option<cost::Snapshot>, sqlx::Error> {
    let row: Option<SnapshotRow> = sqlx::query_as(
        "SELECT (budget_usd * 1000000)::bigint AS budget, (spend_usd * 1000000)::bigint AS spend,
                (coalesce(forecast_usd, spend_usd) * 1000000)::bigint AS forecast, status, warn_triggered_at,
                cap_triggered_at, degrade_triggered_at, computed_at
         FROM tenant_budget_snapshots WHERE tenant_id = nexus_tenant() AND year_month = $1",
    )
    .bind(month.to_string())
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let odd = || sqlx::Error::Decode(format!("tenant_budget_snapshots: {}", row.status).into());
        Ok(cost::Snapshot {
            budget: row.budget.map(Usd::from_micros),
            spend: Usd::from_micros(row.spend),
            forecast: Usd::from_micros(row.forecast),
            status: Status::parse(&row.status).ok_or_else(odd)?,
            warned_at: row.warn_triggered_at,
            capped_at: row.cap_triggered_at,
            degraded_at: row.degrade_triggered_at,
            computed_at: row.computed_at,
        })
    })
    .transpose()
}

/// Marks that an edge was crossed; false when it was marked before. The month must have a snapshot.
pub async fn mark(conn: &mut PgConnection, month: Month, edge: Edge, at: DateTime<Utc>) -> Result<bool, sqlx::Error> {
    let statement = match edge {
        Edge::Warn => {
            "UPDATE tenant_budget_snapshots SET warn_triggered_at = $2,
                 status = CASE status WHEN 'ok' THEN 'warn' ELSE status END
             WHERE tenant_id = nexus_tenant() AND year_month = $1 AND warn_triggered_at IS NULL"
        }
        Edge::Cap => {
            "UPDATE tenant_budget_snapshots SET cap_triggered_at = $2, status = 'capped'
             WHERE tenant_id = nexus_tenant() AND year_month = $1 AND cap_triggered_at IS NULL"
        }
        Edge::Degrade => {
            "UPDATE tenant_budget_snapshots SET degrade_triggered_at = $2, status = 'degraded'
             WHERE tenant_id = nexus_tenant() AND year_month = $1 AND degrade_triggered_at IS NULL"
        }
    };
    let done = sqlx::query(statement).bind(month.to_string()).bind(at).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets the edges of a month: a changed budget has its own.
pub async fn unmark(conn: &mut PgConnection, month: Month) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE tenant_budget_snapshots
         SET warn_triggered_at = NULL, cap_triggered_at = NULL, degrade_triggered_at = NULL
         WHERE tenant_id = nexus_tenant() AND year_month = $1",
    )
    .bind(month.to_string())
    .execute(conn)
    .await?;
    Ok(())
}
