//! Policies in PostgreSQL. A row that cannot be understood is an error that names it: whoever decides must refuse then.

use chrono::{DateTime, Utc};
use nexus_core::pg::TenantTx;
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{Condition, Limits, Policy};

/// The most policies that count for one tenant.
pub const MAX_POLICIES: usize = 10_000;
/// The tenant that the operator's policies are stored under.
const GLOBAL: &str = "*";
/// A stored condition was checked when it was written; limits that were lowered since must not make it unreadable.
const STORED: Limits = Limits { max_bytes: usize::MAX, max_depth: 128 };

#[derive(FromRow)]
struct Row {
    tenant_id: String,
    id: Uuid,
    name: String,
    version: i32,
    effect: String,
    resource_type: String,
    action: String,
    condition_json: Json<Value>,
    priority: i32,
    enabled: bool,
    created_by: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<Row> for Policy {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let corrupt = |what: String| sqlx::Error::Decode(format!("policy {}: {what}", row.id).into());
        let tenant = if row.tenant_id == GLOBAL {
            None
        } else {
            Some(row.tenant_id.parse().map_err(|_| corrupt("tenant".to_owned()))?)
        };
        Ok(Self {
            id: row.id,
            tenant,
            version: row.version,
            effect: row.effect.parse().map_err(|e| corrupt(format!("effect {e}")))?,
            resource_type: row.resource_type.parse().map_err(|e| corrupt(format!("resource type {e}")))?,
            action: row.action.parse().map_err(|e| corrupt(format!("action {e}")))?,
            condition: Condition::parse(&row.condition_json.0, &STORED).map_err(|e| corrupt(e.to_string()))?,
            name: row.name,
            priority: row.priority,
            enabled: row.enabled,
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

macro_rules! columns {
    () => {
        "tenant_id, id, name, version, effect, resource_type, action, condition_json, priority, enabled, created_by,
         created_at, updated_at"
    };
}

/// Bounds how long this transaction waits for a table that somebody has locked: a decision is not put off for long.
pub(super) async fn be_impatient(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("SET LOCAL lock_timeout = '1500ms'").execute(&mut **tx).await?;
    Ok(())
}

/// The policies that count for the tenant of the transaction: its own and the operator's, highest priority first.
pub(super) async fn in_force(tx: &mut TenantTx) -> Result<Vec<Policy>, sqlx::Error> {
    let rows = select(
        tx,
        concat!(
            "SELECT ",
            columns!(),
            " FROM authorization_policies WHERE tenant_id IN ($1, '*') AND enabled ORDER BY priority DESC, id LIMIT $2"
        ),
    )
    .await?;
    if rows.len() > MAX_POLICIES {
        return Err(sqlx::Error::Decode(format!("more than {MAX_POLICIES} policies").into()));
    }
    Ok(rows)
}

/// All policies of the tenant, disabled ones too, and the operator's if wanted, highest priority first.
pub async fn list(tx: &mut TenantTx, with_global: bool) -> Result<Vec<Policy>, sqlx::Error> {
    let statement = if with_global {
        concat!(
            "SELECT ",
            columns!(),
            " FROM authorization_policies WHERE tenant_id IN ($1, '*') ORDER BY priority DESC, id LIMIT $2"
        )
    } else {
        concat!(
            "SELECT ",
            columns!(),
            " FROM authorization_policies WHERE tenant_id = $1 ORDER BY priority DESC, id LIMIT $2"
        )
    };
    select(tx, statement).await
}

async fn select(tx: &mut TenantTx, statement: &'static str) -> Result<Vec<Policy>, sqlx::Error> {
    let tenant = tx.tenant().clone();
    let limit = i64::try_from(MAX_POLICIES).unwrap_or(i64::MAX) + 1;
    let rows: Vec<Row> = sqlx::query_as(statement).bind(tenant).bind(limit).fetch_all(&mut **tx).await?;
    rows.into_iter().map(Policy::try_from).collect()
}

/// How many policies the tenant has.
pub async fn count(tx: &mut TenantTx) -> Result<i64, sqlx::Error> {
    let tenant = tx.tenant().clone();
    sqlx::query_scalar("SELECT count(*) FROM authorization_policies WHERE tenant_id = $1")
        .bind(tenant)
        .fetch_one(&mut **tx)
        .await
}

/// A policy of the tenant or of the operator.
pub async fn find(tx: &mut TenantTx, id: Uuid) -> Result<Option<Policy>, sqlx::Error> {
    let tenant = tx.tenant().clone();
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM authorization_policies WHERE tenant_id IN ($1, '*') AND id = $2 ORDER BY tenant_id = '*' LIMIT 1"
    ))
    .bind(tenant)
    .bind(id)
    .fetch_optional(&mut **tx)
    .await?;
    row.map(Policy::try_from).transpose()
}

/// A policy of the tenant itself, locked until the transaction ends.
pub async fn lock(tx: &mut TenantTx, id: Uuid) -> Result<Option<Policy>, sqlx::Error> {
    let tenant = tx.tenant().clone();
    let row: Option<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM authorization_policies WHERE tenant_id = $1 AND id = $2 FOR UPDATE"
    ))
    .bind(tenant)
    .bind(id)
    .fetch_optional(&mut **tx)
    .await?;
    row.map(Policy::try_from).transpose()
}

/// Stores a policy of the tenant. What it says of its tenant does not count.
pub async fn insert(tx: &mut TenantTx, p: &Policy) -> Result<(), sqlx::Error> {
    let tenant = tx.tenant().clone();
    sqlx::query(
        "INSERT INTO authorization_policies (tenant_id, id, name, version, effect, resource_type, action, condition_json,
             priority, enabled, created_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(tenant)
    .bind(p.id)
    .bind(&p.name)
    .bind(p.version)
    .bind(p.effect.as_str())
    .bind(p.resource_type.as_str())
    .bind(p.action.as_str())
    .bind(Json(p.condition.json()))
    .bind(p.priority)
    .bind(p.enabled)
    .bind(&p.created_by)
    .bind(p.created_at)
    .bind(p.updated_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes the parts of a policy of the tenant that can change.
pub async fn update(tx: &mut TenantTx, p: &Policy) -> Result<(), sqlx::Error> {
    let tenant = tx.tenant().clone();
    let done = sqlx::query(
        "UPDATE authorization_policies SET name = $3, version = $4, effect = $5, resource_type = $6, action = $7,
             condition_json = $8, priority = $9, enabled = $10, updated_at = $11
         WHERE tenant_id = $1 AND id = $2",
    )
    .bind(tenant)
    .bind(p.id)
    .bind(&p.name)
    .bind(p.version)
    .bind(p.effect.as_str())
    .bind(p.resource_type.as_str())
    .bind(p.action.as_str())
    .bind(Json(p.condition.json()))
    .bind(p.priority)
    .bind(p.enabled)
    .bind(p.updated_at)
    .execute(&mut **tx)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Deletes a policy of the tenant, also one that cannot be understood any more; false when there is none.
pub async fn delete(tx: &mut TenantTx, id: Uuid) -> Result<bool, sqlx::Error> {
    let tenant = tx.tenant().clone();
    let done = sqlx::query("DELETE FROM authorization_policies WHERE tenant_id = $1 AND id = $2")
        .bind(tenant)
        .bind(id)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether policies can be read at all.
pub(super) async fn probe(tx: &mut nexus_core::pg::PlatformTx) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("SET LOCAL lock_timeout = '1500ms'").execute(&mut **tx).await?;
    sqlx::query("SELECT FROM authorization_policies LIMIT 1").execute(&mut **tx).await?;
    Ok(())
}
