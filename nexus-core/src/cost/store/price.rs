//! The catalogue of prices.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::{
    cost::{Price, PriceList, Rate, RateType},
    pg::DbError,
};

/// What statements run on, for modules that name no library.
pub type Connection = PgConnection;

/// The most rows that count for one tenant.
const MAX_ROWS: i64 = 5000;
/// The name of everybody in the column of tenants.
const EVERYBODY: &str = "*";

const COLUMNS: &str = "SELECT id, tenant_id, version, provider, component, rate_type,
    (rate_value_usd * 1000000000)::bigint AS rate, effective_from, effective_to, active, metadata_json, created_by,
    created_at, updated_at FROM pricing_catalog";

/// A row of the catalogue.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct CatalogRow {
    /// Its id.
    pub id: Uuid,
    /// Its tenant; `*` for a row that holds for all.
    pub tenant_id: String,
    /// The version of the price list that it is from.
    pub version: String,
    /// Whose component.
    pub provider: String,
    /// What is priced.
    pub component: String,
    /// What is counted.
    pub rate_type: String,
    /// The rate in nano-dollars.
    pub rate: i64,
    /// From when.
    pub effective_from: DateTime<Utc>,
    /// Until when.
    pub effective_to: Option<DateTime<Utc>>,
    /// Whether it counts at all.
    pub active: bool,
    /// What its author attached.
    pub metadata_json: Value,
    /// Who wrote it.
    pub created_by: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

impl CatalogRow {
    /// Whether the operator wrote it for everybody.
    #[must_use]
    pub fn is_global(&self) -> bool {
        self.tenant_id == EVERYBODY
    }

    fn price(self) -> Option<Price> {
        Some(Price {
            own: !self.is_global(),
            rate_type: RateType::parse(&self.rate_type)?,
            rate: Rate::from_nanos(self.rate),
            id: self.id,
            version: self.version,
            provider: self.provider,
            component: self.component,
            from: self.effective_from,
            to: self.effective_to,
        })
    }
}

/// What counts for the transaction's tenant, now or later.
pub async fn list_in_force(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<PriceList, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(COLUMNS);
    query.push(" WHERE tenant_id IN (nexus_tenant(), '*') AND active AND (effective_to IS NULL OR effective_to > ");
    query.push_bind(now).push(") ORDER BY effective_from DESC LIMIT ").push_bind(MAX_ROWS);
    let rows: Vec<CatalogRow> = query.build_query_as().fetch_all(conn).await?;
    Ok(PriceList::new(rows.into_iter().filter_map(CatalogRow::price).collect()))
}

/// What the transaction sees of the catalogue, newest first.
pub async fn list(conn: &mut PgConnection, active: Option<bool>, limit: i64) -> Result<Vec<CatalogRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(COLUMNS);
    query.push(" WHERE (tenant_id = '*' OR tenant_id = nexus_tenant())");
    if let Some(active) = active {
        query.push(" AND active = ").push_bind(active);
    }
    query.push(" ORDER BY effective_from DESC, id DESC LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

/// One row of an owner, which stays as it is until the transaction ends.
pub async fn lock(conn: &mut PgConnection, owner: &str, id: Uuid) -> Result<Option<CatalogRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(COLUMNS);
    query.push(" WHERE tenant_id = ").push_bind(owner.to_owned()).push(" AND id = ").push_bind(id).push(" FOR UPDATE");
    query.build_query_as().fetch_optional(conn).await
}

/// The open price of the same thing that began before, if there is one; it stays as it is until the transaction ends.
pub async fn predecessor(conn: &mut PgConnection, row: &CatalogRow) -> Result<Option<CatalogRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(COLUMNS);
    query.push(" WHERE active AND effective_to IS NULL AND tenant_id = ").push_bind(&row.tenant_id);
    query.push(" AND provider = ").push_bind(&row.provider).push(" AND component = ").push_bind(&row.component);
    query.push(" AND rate_type = ").push_bind(&row.rate_type).push(" AND effective_from < ");
    query.push_bind(row.effective_from).push(" FOR UPDATE").build_query_as().fetch_optional(conn).await
}

/// How many enforced budgets, of all tenants, could not hold at a moment, when these parts are used: each part has its name,
/// its provider, a measure that it is counted in, and whether it asks nobody else. Needs a platform transaction.
pub async fn unfounded(
    conn: &mut PgConnection,
    parts: &[(&str, &str, &str, bool)],
    at: DateTime<Utc>,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "WITH parts AS (
             SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bool[])
                 AS t (component, provider, rate_type, ours)
         )
         SELECT count(*) FROM tenant_budgets b CROSS JOIN LATERAL (
             SELECT bool_or(priced) AS any_priced, bool_and(priced OR ours) AS all_priced FROM (
                 SELECT ours, bool_or(EXISTS (
                     SELECT FROM pricing_catalog p WHERE p.tenant_id IN (b.tenant_id, '*') AND p.active
                         AND p.component = parts.component AND p.provider = parts.provider
                         AND p.rate_type = parts.rate_type AND p.effective_from <= $5
                         AND (p.effective_to IS NULL OR p.effective_to > $5))) AS priced
                 FROM parts GROUP BY component, provider, ours) each) found
         WHERE b.enforce_hard_cap AND NOT (found.any_priced AND found.all_priced)
             AND (b.monthly_budget_usd > 0 OR b.current_month_override_usd > 0 AND b.override_month >= date_trunc('month', $5)::date)",
    )
    .bind(parts.iter().map(|part| part.0).collect::<Vec<_>>())
    .bind(parts.iter().map(|part| part.1).collect::<Vec<_>>())
    .bind(parts.iter().map(|part| part.2).collect::<Vec<_>>())
    .bind(parts.iter().map(|part| part.3).collect::<Vec<_>>())
    .bind(at)
    .fetch_one(conn)
    .await
}

/// Writes a row.
pub async fn insert(conn: &mut PgConnection, row: &CatalogRow) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO pricing_catalog (tenant_id, id, version, provider, component, rate_type, rate_value_usd,
             effective_from, effective_to, active, metadata_json, created_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7::bigint * 0.000000001, $8, $9, $10, $11, $12, $13, $13)",
    )
    .bind(&row.tenant_id)
    .bind(row.id)
    .bind(&row.version)
    .bind(&row.provider)
    .bind(&row.component)
    .bind(&row.rate_type)
    .bind(row.rate)
    .bind(row.effective_from)
    .bind(row.effective_to)
    .bind(row.active)
    .bind(&row.metadata_json)
    .bind(&row.created_by)
    .bind(row.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Changes whether a row counts, and until when.
pub async fn update(conn: &mut PgConnection, row: &CatalogRow) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE pricing_catalog SET active = $3, effective_to = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2",
    )
    .bind(&row.tenant_id)
    .bind(row.id)
    .bind(row.active)
    .bind(row.effective_to)
    .bind(row.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a row was refused because another price of the same thing holds at the same time.
#[must_use]
pub fn is_overlap(error: &DbError) -> bool {
    error.cause().as_database_error().is_some_and(|e| e.constraint() == Some("pricing_catalog_one_at_a_time"))
}
