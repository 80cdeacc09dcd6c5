//! Policies as administrators see them, in PostgreSQL. Which of them a transaction may write, row-level security decides.

use chrono::{DateTime, Utc};
use nexus_core::id::TenantId;
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{Content, Owner, Stored};

/// A connection inside a transaction of a tenant or of the platform.
pub type Connection = sqlx::PgConnection;

/// What stands for the operator in the column of the tenant.
const OPERATOR: &str = "*";

impl Owner {
    fn column(&self) -> &str {
        match self {
            Self::Tenant(tenant) => tenant.as_str(),
            Self::Operator => OPERATOR,
        }
    }
}

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

impl TryFrom<Row> for Stored {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let corrupt = |what: &str| sqlx::Error::Decode(format!("policy {}: {what}", row.id).into());
        let owner = match row.tenant_id.as_str() {
            OPERATOR => Owner::Operator,
            tenant => Owner::Tenant(TenantId::new(tenant).map_err(|_| corrupt("tenant"))?),
        };
        Ok(Self {
            id: row.id,
            owner,
            version: row.version,
            content: Content {
                effect: row.effect.parse().map_err(|_| corrupt("effect"))?,
                resource_type: row.resource_type.parse().map_err(|_| corrupt("resource type"))?,
                action: row.action.parse().map_err(|_| corrupt("action"))?,
                name: row.name,
                condition: row.condition_json.0,
                priority: row.priority,
                enabled: row.enabled,
            },
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT tenant_id, id, name, version, effect, resource_type, action, condition_json, priority, enabled,
                    created_by, created_at, updated_at
             FROM authorization_policies ",
            $rest
        )
    };
}

/// A part of the list, highest priority first, after a policy of this priority and id: the policies of a tenant, those of
/// the operator, or both.
pub async fn list(
    conn: &mut Connection,
    owners: &[Owner],
    after: Option<(i32, Uuid)>,
    limit: i64,
) -> Result<Vec<Stored>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE tenant_id = ANY($1) AND ($2::int IS NULL OR priority < $2 OR (priority = $2 AND id > $3))
         ORDER BY priority DESC, id LIMIT $4"
    ))
    .bind(owners.iter().map(|o| o.column().to_owned()).collect::<Vec<_>>())
    .bind(after.map(|(priority, _)| priority))
    .bind(after.map(|(_, id)| id))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Stored::try_from).collect()
}

/// One policy of these owners.
pub async fn find(conn: &mut Connection, owners: &[Owner], id: Uuid) -> Result<Option<Stored>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE tenant_id = ANY($1) AND id = $2"))
        .bind(owners.iter().map(|o| o.column().to_owned()).collect::<Vec<_>>())
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.map(Stored::try_from).transpose()
}

/// One policy of an owner, locked until the transaction ends.
pub(super) async fn lock(conn: &mut Connection, owner: &Owner, id: Uuid) -> Result<Option<Stored>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE tenant_id = $1 AND id = $2 FOR UPDATE"))
        .bind(owner.column())
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.map(Stored::try_from).transpose()
}

/// How many policies an owner has.
pub(super) async fn count(conn: &mut Connection, owner: &Owner) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM authorization_policies WHERE tenant_id = $1")
        .bind(owner.column())
        .fetch_one(conn)
        .await
}

/// Stores a new policy.
pub(super) async fn insert(conn: &mut Connection, policy: &Stored) -> Result<(), sqlx::Error> {
    let content = &policy.content;
    sqlx::query(
        "INSERT INTO authorization_policies (tenant_id, id, name, version, effect, resource_type, action,
             condition_json, priority, enabled, created_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
    )
    .bind(policy.owner.column())
    .bind(policy.id)
    .bind(&content.name)
    .bind(policy.version)
    .bind(content.effect.as_str())
    .bind(content.resource_type.as_str())
    .bind(content.action.as_str())
    .bind(Json(&content.condition))
    .bind(content.priority)
    .bind(content.enabled)
    .bind(&policy.created_by)
    .bind(policy.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what can change.
pub(super) async fn update(conn: &mut Connection, policy: &Stored) -> Result<(), sqlx::Error> {
    let content = &policy.content;
    let done = sqlx::query(
        "UPDATE authorization_policies SET name = $3, version = $4, effect = $5, resource_type = $6, action = $7,
             condition_json = $8, priority = $9, enabled = $10, updated_at = $11
         WHERE tenant_id = $1 AND id = $2",
    )
    .bind(policy.owner.column())
    .bind(policy.id)
    .bind(&content.name)
    .bind(policy.version)
    .bind(content.effect.as_str())
    .bind(content.resource_type.as_str())
    .bind(content.action.as_str())
    .bind(Json(&content.condition))
    .bind(content.priority)
    .bind(content.enabled)
    .bind(policy.updated_at)
    .execute(conn)
    .await?;
    one_row(done.rows_affected())
}

/// Removes a policy.
pub(super) async fn delete(conn: &mut Connection, policy: &Stored) -> Result<(), sqlx::Error> {
    let done = sqlx::query("DELETE FROM authorization_policies WHERE tenant_id = $1 AND id = $2")
        .bind(policy.owner.column())
        .bind(policy.id)
        .execute(conn)
        .await?;
    one_row(done.rows_affected())
}

fn one_row(affected: u64) -> Result<(), sqlx::Error> {
    if affected == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
