//! Tenants in PostgreSQL.

use chrono::{DateTime, Utc};
use nexus_core::{id::TenantId, op::Op, pg::PlatformTx};

use super::Tenant;

type Row = (TenantId, String, DateTime<Utc>);

impl From<Row> for Tenant {
    fn from((id, name, created_at): Row) -> Self {
        Self { id, name, created_at }
    }
}

/// Makes a tenant. `None` when there is one with this id already.
pub async fn create(op: &Op, tx: &mut PlatformTx, id: &TenantId, name: &str) -> Result<Option<Tenant>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO NOTHING RETURNING id, name, created_at",
    )
    .bind(id)
    .bind(name)
    .bind(op.now)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(Tenant::from))
}

/// All tenants by id, from the one after `after`.
pub async fn list(tx: &mut PlatformTx, after: &str, limit: i64) -> Result<Vec<Tenant>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as("SELECT id, name, created_at FROM tenants WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(after)
        .bind(limit)
        .fetch_all(&mut **tx)
        .await?;
    Ok(rows.into_iter().map(Tenant::from).collect())
}
