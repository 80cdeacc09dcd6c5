//! Policies, and for whom they count.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{Connection, corrupt, one_row, tenant, violates};
use crate::{
    id::TenantId,
    sla::{
        change::{Assignment, Content, Owner, Policy, Tier},
        policies::{StoredAssignment, StoredPolicy},
    },
};

/// The most assignments that are in force at once.
const MAX_ASSIGNED: i64 = 200_000;

#[derive(FromRow)]
struct PolicyRow {
    tenant_id: String,
    id: Uuid,
    name: String,
    tier: String,
    enabled: bool,
    config_json: Json<Value>,
    version: i32,
    created_by: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<PolicyRow> for Policy {
    type Error = sqlx::Error;

    fn try_from(row: PolicyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id,
            owner: Owner::of_column(&row.tenant_id)?,
            content: Content {
                tier: Tier::parse(&row.tier).ok_or_else(|| corrupt("tier", &row.tier))?,
                name: row.name,
                enabled: row.enabled,
                config: row.config_json.0,
            },
            version: row.version,
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT tenant_id, id, name, tier, enabled, config_json, version, created_by, created_at, updated_at
             FROM sla_policies ",
            $rest
        )
    };
}

macro_rules! upsert {
    ($conn:expr, $table:literal, $new:expr) => {{
        let row = sqlx::query_as(concat!(
            "INSERT INTO ",
            $table,
            " (tenant_id, id, policy_tenant, policy_id, effective_from, effective_to, override_json, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
             ON CONFLICT (tenant_id) DO UPDATE SET policy_tenant = $3, policy_id = $4, effective_from = $5,
                 effective_to = $6, override_json = $7, updated_at = $8
             RETURNING tenant_id, id, policy_tenant, policy_id, effective_from, effective_to, override_json, created_at,
                 updated_at"
        ))
        .bind(&$new.tenant)
        .bind($new.id)
        .bind($new.owner.column())
        .bind($new.policy)
        .bind($new.effective_from)
        .bind($new.effective_to)
        .bind($new.over.as_ref().map(Json))
        .bind($new.updated_at)
        .fetch_one($conn)
        .await;
        match row {
            Err(error) if violates(&error, "23503") => Ok(None),
            row => {
                let row: AssignmentRow = row?;
                Assignment::try_from(row).map(Some)
            }
        }
    }};
}

/// The policies of these owners, newest first.
pub async fn list(conn: &mut Connection, owners: &[Owner], limit: i64) -> Result<Vec<Policy>, sqlx::Error> {
    let rows: Vec<PolicyRow> =
        sqlx::query_as(select!("WHERE tenant_id = ANY($1) ORDER BY created_at DESC, id DESC LIMIT $2"))
            .bind(columns(owners))
            .bind(limit)
            .fetch_all(conn)
            .await?;
    rows.into_iter().map(Policy::try_from).collect()
}

/// One policy of these owners.
pub async fn find(conn: &mut Connection, owners: &[Owner], id: Uuid) -> Result<Option<Policy>, sqlx::Error> {
    let row: Option<PolicyRow> = sqlx::query_as(select!("WHERE tenant_id = ANY($1) AND id = $2"))
        .bind(columns(owners))
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.map(Policy::try_from).transpose()
}

/// One policy of an owner, locked until the transaction ends.
pub(in crate::sla) async fn lock(
    conn: &mut Connection,
    owner: &Owner,
    id: Uuid,
) -> Result<Option<Policy>, sqlx::Error> {
    let row: Option<PolicyRow> = sqlx::query_as(select!("WHERE tenant_id = $1 AND id = $2 FOR UPDATE"))
        .bind(owner.column())
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.map(Policy::try_from).transpose()
}

/// The highest version of a name, and how many policies the owner has.
pub(in crate::sla) async fn standing(
    conn: &mut Connection,
    owner: &Owner,
    name: &str,
) -> Result<(Option<i32>, i64), sqlx::Error> {
    sqlx::query_as("SELECT max(version) FILTER (WHERE name = $2), count(*) FROM sla_policies WHERE tenant_id = $1")
        .bind(owner.column())
        .bind(name)
        .fetch_one(conn)
        .await
}

/// Stores a new policy; false when the owner has one of this name and version.
pub(in crate::sla) async fn insert(conn: &mut Connection, policy: &Policy) -> Result<bool, sqlx::Error> {
    let content = &policy.content;
    let done = sqlx::query(
        "INSERT INTO sla_policies (tenant_id, id, name, tier, enabled, config_json, version, created_by, created_at,
             updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
         ON CONFLICT (tenant_id, name, version) DO NOTHING",
    )
    .bind(policy.owner.column())
    .bind(policy.id)
    .bind(&content.name)
    .bind(content.tier.as_str())
    .bind(content.enabled)
    .bind(Json(&content.config))
    .bind(policy.version)
    .bind(&policy.created_by)
    .bind(policy.created_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes what can change; false when somebody else took the name and version in between.
pub(in crate::sla) async fn update(conn: &mut Connection, policy: &Policy) -> Result<bool, sqlx::Error> {
    let content = &policy.content;
    let done = sqlx::query(
        "UPDATE sla_policies SET name = $3, tier = $4, enabled = $5, config_json = $6, version = $7, updated_at = $8
         WHERE tenant_id = $1 AND id = $2",
    )
    .bind(policy.owner.column())
    .bind(policy.id)
    .bind(&content.name)
    .bind(content.tier.as_str())
    .bind(content.enabled)
    .bind(Json(&content.config))
    .bind(policy.version)
    .bind(policy.updated_at)
    .execute(conn)
    .await;
    match done {
        Err(error) if violates(&error, "23505") => Ok(false),
        done => one_row(done?.rows_affected()).map(|()| true),
    }
}

#[derive(FromRow)]
struct InForceRow {
    #[sqlx(flatten)]
    assignment: AssignmentRow,
    config_json: Option<Json<Value>>,
}

/// What is assigned and has not ended, to these tenants or to all; with each the policy, unless it is switched off. Needs a
/// platform transaction.
pub(in crate::sla) async fn assigned(
    conn: &mut Connection,
    now: DateTime<Utc>,
    only: Option<&[TenantId]>,
) -> Result<Vec<StoredAssignment>, sqlx::Error> {
    let only: Option<Vec<&str>> = only.map(|tenants| tenants.iter().map(TenantId::as_str).collect());
    let rows: Vec<InForceRow> = sqlx::query_as(
        "SELECT a.tenant_id, a.id, a.policy_tenant, a.policy_id, a.effective_from, a.effective_to, a.override_json,
                a.created_at, a.updated_at, p.config_json
         FROM (SELECT * FROM tenant_sla_assignments UNION ALL SELECT * FROM tenant_sla_assignments_planned) a
         LEFT JOIN sla_policies p ON p.tenant_id = a.policy_tenant AND p.id = a.policy_id AND p.enabled
         WHERE (a.effective_to IS NULL OR a.effective_to > $1) AND ($2::text[] IS NULL OR a.tenant_id = ANY($2))
         LIMIT $3",
    )
    .bind(now)
    .bind(only)
    .bind(MAX_ASSIGNED)
    .fetch_all(conn)
    .await?;
    if i64::try_from(rows.len()).is_ok_and(|found| found >= MAX_ASSIGNED) {
        tracing::warn!("too many tenants have a policy for service levels: not all of them count");
    }
    let stored = rows.into_iter().map(|row| {
        let assignment = Assignment::try_from(row.assignment)?;
        let (owner, id) = (assignment.owner, assignment.policy);
        Ok(StoredAssignment {
            tenant: assignment.tenant,
            policy: row.config_json.map(|config| StoredPolicy { owner, id, config: config.0 }),
            from: assignment.effective_from,
            to: assignment.effective_to,
            over: assignment.over,
        })
    });
    stored.collect()
}

/// The newest policy of the operator that is switched on.
pub(in crate::sla) async fn global(conn: &mut Connection) -> Result<Option<StoredPolicy>, sqlx::Error> {
    let row: Option<PolicyRow> =
        sqlx::query_as(select!("WHERE tenant_id = '*' AND enabled ORDER BY created_at DESC, id DESC LIMIT 1"))
            .fetch_optional(conn)
            .await?;
    Ok(row.map(|row| StoredPolicy { owner: Owner::Operator, id: row.id, config: row.config_json.0 }))
}

#[derive(FromRow)]
struct AssignmentRow {
    tenant_id: String,
    id: Uuid,
    policy_tenant: String,
    policy_id: Uuid,
    effective_from: DateTime<Utc>,
    effective_to: Option<DateTime<Utc>>,
    override_json: Option<Json<Value>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<AssignmentRow> for Assignment {
    type Error = sqlx::Error;

    fn try_from(row: AssignmentRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            tenant: tenant(&row.tenant_id)?,
            id: row.id,
            owner: Owner::of_column(&row.policy_tenant)?,
            policy: row.policy_id,
            effective_from: row.effective_from,
            effective_to: row.effective_to,
            over: row.override_json.map(|json| json.0),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// The assignments of a tenant: the one that is in force first, or else the one that is next.
pub async fn assignments(
    conn: &mut Connection,
    tenant: &TenantId,
    now: DateTime<Utc>,
) -> Result<Vec<Assignment>, sqlx::Error> {
    let rows: Vec<AssignmentRow> = sqlx::query_as(
        "SELECT tenant_id, id, policy_tenant, policy_id, effective_from, effective_to, override_json, created_at, updated_at
         FROM (SELECT * FROM tenant_sla_assignments UNION ALL SELECT * FROM tenant_sla_assignments_planned) a
         WHERE tenant_id = $1
         ORDER BY effective_from <= $2 DESC, abs(extract(epoch FROM effective_from - $2)) LIMIT 2",
    )
    .bind(tenant)
    .bind(now)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Assignment::try_from).collect()
}

/// Writes the assignment of a tenant, in place of an earlier one; what was to begin later is taken back. `None` when there is
/// no such tenant.
pub(in crate::sla) async fn assign(conn: &mut Connection, new: &Assignment) -> Result<Option<Assignment>, sqlx::Error> {
    sqlx::query("DELETE FROM tenant_sla_assignments_planned WHERE tenant_id = $1")
        .bind(&new.tenant)
        .execute(&mut *conn)
        .await?;
    upsert!(conn, "tenant_sla_assignments", new)
}

/// Writes an assignment that begins later. What counts until then stays as it is.
pub(in crate::sla) async fn plan(conn: &mut Connection, new: &Assignment) -> Result<Option<Assignment>, sqlx::Error> {
    // What was planned before and has begun counts until then.
    sqlx::query(
        "INSERT INTO tenant_sla_assignments (tenant_id, id, policy_tenant, policy_id, effective_from, effective_to,
             override_json, created_at, updated_at)
         SELECT tenant_id, id, policy_tenant, policy_id, effective_from, effective_to, override_json, created_at, updated_at
         FROM tenant_sla_assignments_planned WHERE tenant_id = $1 AND effective_from <= $2
         ON CONFLICT (tenant_id) DO UPDATE SET id = excluded.id, policy_tenant = excluded.policy_tenant,
             policy_id = excluded.policy_id, effective_from = excluded.effective_from,
             effective_to = excluded.effective_to, override_json = excluded.override_json,
             updated_at = excluded.updated_at",
    )
    .bind(&new.tenant)
    .bind(new.updated_at)
    .execute(&mut *conn)
    .await?;
    upsert!(conn, "tenant_sla_assignments_planned", new)
}

fn columns(owners: &[Owner]) -> Vec<String> {
    owners.iter().map(|owner| owner.column().to_owned()).collect()
}
