//! Reports of what periods cost.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::cost::Usd;

const COLUMNS: &str =
    "id, tenant_id, period_start, period_end, (total_usd * 1000000)::bigint AS micros, breakdown_json,
    generated_at, generated_by";

/// A report.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Report {
    /// Its id.
    pub id: Uuid,
    /// Its tenant.
    pub tenant_id: String,
    /// From when.
    pub period_start: DateTime<Utc>,
    /// Up to when, this moment excluded.
    pub period_end: DateTime<Utc>,
    micros: i64,
    /// Amounts by component, by provider and by class, in decimal dollars as text.
    pub breakdown_json: Value,
    /// When it was last brought up to date.
    pub generated_at: DateTime<Utc>,
    /// Who asked for it.
    pub generated_by: Option<String>,
}

impl Report {
    /// What the period cost.
    #[must_use]
    pub fn total(&self) -> Usd {
        Usd::from_micros(self.micros)
    }
}

/// What a report says.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// From when.
    pub period_start: DateTime<Utc>,
    /// Up to when.
    pub period_end: DateTime<Utc>,
    /// What the period cost.
    pub total: Usd,
    /// By what.
    pub breakdown: Value,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
}

/// Writes the report of a period of the transaction's tenant, or brings it up to date.
pub async fn put(conn: &mut PgConnection, id: Uuid, new: &NewReport) -> Result<Report, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(
        "INSERT INTO chargeback_reports (tenant_id, id, period_start, period_end, total_usd, breakdown_json, generated_at,
             generated_by)
         VALUES (nexus_tenant(), ",
    );
    query.push_bind(id).push(", ").push_bind(new.period_start).push(", ").push_bind(new.period_end).push(", ");
    query.push_bind(new.total.micros()).push("::bigint * 0.000001, ").push_bind(new.breakdown.clone()).push(", ");
    query.push_bind(new.at).push(", ").push_bind(new.by.clone()).push(
        ") ON CONFLICT (tenant_id, period_start, period_end) DO UPDATE SET total_usd = excluded.total_usd,
             breakdown_json = excluded.breakdown_json, generated_at = excluded.generated_at,
             generated_by = excluded.generated_by RETURNING ",
    );
    query.push(COLUMNS).build_query_as().fetch_one(conn).await
}

/// The reports of the transaction's tenant, newest first.
pub async fn list(conn: &mut PgConnection, limit: i64) -> Result<Vec<Report>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT ");
    query.push(COLUMNS).push(" FROM chargeback_reports WHERE tenant_id = nexus_tenant()");
    query.push(" ORDER BY generated_at DESC, id DESC LIMIT ").push_bind(limit).build_query_as().fetch_all(conn).await
}

/// One report of the transaction's tenant.
pub async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Report>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT ");
    query.push(COLUMNS).push(" FROM chargeback_reports WHERE tenant_id = nexus_tenant() AND id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}
