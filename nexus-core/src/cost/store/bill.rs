//! Records of what was used, and how months stand.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use crate::cost::{Edge, Month, Status, Usd};

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

/// Writes down how a month stands.
pub async fn put_snapshot(conn: &mut PgConnection, snapshot: &Snapshot) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO tenant_budget_snapshots (tenant_id, year_month, budget_usd, spend_usd, forecast_usd, status, computed_at)
         VALUES (nexus_tenant(), $1, $2::bigint * 0.000001, $3::bigint * 0.000001, $4::bigint * 0.000001, $5, $6)
         ON CONFLICT (tenant_id, year_month) DO UPDATE SET budget_usd = excluded.budget_usd,
             spend_usd = excluded.spend_usd, forecast_usd = excluded.forecast_usd, status = excluded.status,
             computed_at = excluded.computed_at",
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

/// Marks that an edge was crossed; false when it was marked before. The month must have a snapshot.
pub async fn mark(conn: &mut PgConnection, month: Month, edge: Edge, at: DateTime<Utc>) -> Result<bool, sqlx::Error> {
    let statement = match edge {
        Edge::Warn => {
            "UPDATE tenant_budget_snapshots SET warn_triggered_at = $2
             WHERE tenant_id = nexus_tenant() AND year_month = $1 AND warn_triggered_at IS NULL"
        }
        Edge::Cap => {
            "UPDATE tenant_budget_snapshots SET cap_triggered_at = $2
             WHERE tenant_id = nexus_tenant() AND year_month = $1 AND cap_triggered_at IS NULL"
        }
        Edge::Degrade => {
            "UPDATE tenant_budget_snapshots SET degrade_triggered_at = $2
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
