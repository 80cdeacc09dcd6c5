//! Policies in PostgreSQL. A row that cannot be understood is an error that names it: whoever decides must refuse then.

use chrono::{DateTime, Utc};
use nexus_core::pg::TenantTx;
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{Condition, Limits, Policy};

/// The most policies that count for one tenant, those of the operator included.
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

/// Bounds how long this transaction waits for a table that somebody has locked: a decision is not put off for long, and
/// hardly any more where somebody `waited` for it already.
pub(super) async fn be_impatient(tx: &mut TenantTx, waited: bool) -> Result<(), sqlx::Error> {
    let bound = if waited { "SET LOCAL lock_timeout = '50ms'" } else { "SET LOCAL lock_timeout = '1500ms'" };
    sqlx::raw_sql(bound).execute(&mut **tx).await?;
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

async fn select(tx: &mut TenantTx, statement: &'static str) -> Result<Vec<Policy>, sqlx::Error> {
    let tenant = tx.tenant().clone();
    let limit = i64::try_from(MAX_POLICIES).unwrap_or(i64::MAX) + 1;
    let rows: Vec<Row> = sqlx::query_as(statement).bind(tenant).bind(limit).fetch_all(&mut **tx).await?;
    rows.into_iter().map(Policy::try_from).collect()
}

/// Whether policies can be read at all.
pub(super) async fn probe(tx: &mut nexus_core::pg::PlatformTx) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("SET LOCAL lock_timeout = '1500ms'").execute(&mut **tx).await?;
    sqlx::query("SELECT FROM authorization_policies LIMIT 1").execute(&mut **tx).await?;
    Ok(())
}
