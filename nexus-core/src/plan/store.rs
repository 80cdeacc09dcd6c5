//! Plans, assignments and overrides in PostgreSQL.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sqlx::{PgConnection, Row as _, types::Json};

use super::{Assignment, Feature, Override, Plan, PlanError, PlanFeature, PlanOf};
use crate::{
    audit::{self, Event, EventType},
    clock,
    id::TenantId,
    op::Op,
    pg::{DbError, TenantTx},
    principal::Principal,
};

/// The most assignments of a tenant that wait for their date.
const MAX_WAITING: usize = 12;

type Config = Option<Json<Map<String, Value>>>;

/// All plans, smallest first.
pub async fn catalogue(conn: &mut PgConnection) -> Result<Vec<Plan>, DbError> {
    plans(conn, None).await
}

/// Everything that decides for the tenant of a transaction from now on. The default plan has to exist.
pub(super) async fn of_tenant(tx: &mut TenantTx, default: &str, now: DateTime<Utc>) -> Result<PlanOf, DbError> {
    let assignments = assignments(tx, now).await?;
    let mut wanted: Vec<String> = assignments.iter().map(|a| a.plan.clone()).collect();
    wanted.push(default.to_owned());
    let mut assigned = plans(tx, Some(&wanted)).await?;
    let nothing = || Plan { id: default.to_owned(), name: default.to_owned(), is_active: false, features: Vec::new() };
    let fallback = assigned.iter().find(|plan| plan.id == default).cloned().unwrap_or_else(nothing);
    assigned.retain(|plan| assignments.iter().any(|a| a.plan == plan.id));
    let rows: Vec<(String, Option<bool>, Config)> =
        sqlx::query_as("SELECT feature_key, enabled, config_json FROM tenant_feature_overrides LIMIT 100")
            .fetch_all(&mut **tx)
            .await?;
    let other = |(key, enabled, config): (String, Option<bool>, Config)| Override {
        key,
        enabled,
        config: config.map(|config| config.0),
    };
    Ok(PlanOf { assignments, assigned, fallback, overrides: rows.into_iter().map(other).collect() })
}

/// The assignments of the tenant of a transaction that are not over, in the order of their dates.
async fn assignments(tx: &mut TenantTx, now: DateTime<Utc>) -> Result<Vec<Assignment>, DbError> {
    let rows: Vec<(String, DateTime<Utc>, Option<DateTime<Utc>>)> = sqlx::query_as(
        "SELECT plan_id, effective_from, effective_to FROM tenant_plan_assignments
         WHERE cancelled_at IS NULL AND (effective_to IS NULL OR effective_to > $1)
         ORDER BY effective_from, created_at LIMIT 100",
    )
    .bind(now)
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|(plan, from, to)| Assignment { plan, from, to }).collect())
}

/// Gives a tenant a plan from a date on, in place of everything that would count from then on. The plan that it has already
/// stays as it is. Whoever calls it has made sure that the principal is an operator.
pub async fn assign(op: &Op, tx: &mut TenantTx, who: &Principal, wanted: &Assignment) -> Result<(), PlanError> {
    wanted.check(op.now)?;
    let tenant = tx.tenant().clone();
    lock_tenant(tx, &tenant).await?;
    let known: Option<bool> = sqlx::query_scalar("SELECT is_active FROM plans WHERE id = $1")
        .bind(&wanted.plan)
        .fetch_optional(&mut **tx)
        .await
        .map_err(DbError::from)?;
    if known != Some(true) {
        return Err(PlanError::UnknownPlan);
    }
    let agreed = assignments(tx, op.now).await?;
    if wanted.is_part_of(&agreed) {
        return Ok(());
    }
    let waiting = agreed.iter().filter(|a| op.now < a.from && a.from < wanted.from).count();
    if waiting >= MAX_WAITING {
        return Err(PlanError::TooMany);
    }
    replace(op, tx, wanted.from).await?;
    insert(op, tx, who, wanted).await?;
    let event = Event::by(op, who, EventType::PlanAssigned).within(&tenant).resource("tenant", tenant.as_str());
    Ok(audit::record(tx, &event.plan(&wanted.plan).begins(wanted.from).expires(wanted.to)).await?)
}

/// Ends what counts at a date, and takes back what was to begin then or later.
async fn replace(op: &Op, tx: &mut TenantTx, from: DateTime<Utc>) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE tenant_plan_assignments
         SET is_active = is_active AND $1 > $2 AND effective_from < $1,
             cancelled_at = CASE WHEN effective_from >= $1 THEN $2 ELSE cancelled_at END,
             effective_to = CASE WHEN effective_from >= $1 THEN effective_to ELSE least(coalesce(effective_to, $1), $1) END
         WHERE is_active OR (cancelled_at IS NULL AND (effective_to IS NULL OR effective_to > $1))",
    )
    .bind(from)
    .bind(op.now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes an assignment down, and what it answers of requests for plans.
async fn insert(op: &Op, tx: &mut TenantTx, who: &Principal, wanted: &Assignment) -> Result<(), DbError> {
    let tenant = tx.tenant().clone();
    sqlx::query(
        "INSERT INTO tenant_plan_assignments (tenant_id, id, plan_id, effective_from, effective_to, is_active, assigned_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&tenant)
    .bind(clock::fresh_uuid())
    .bind(&wanted.plan)
    .bind(wanted.from)
    .bind(wanted.to)
    .bind(wanted.from <= op.now)
    .bind(who.credential.as_str())
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "UPDATE plan_upgrade_requests SET status = CASE WHEN target_plan = $1 THEN 'granted' ELSE 'superseded' END
         WHERE status = 'pending'",
    )
    .bind(&wanted.plan)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Removes some of the requests for larger plans that were answered more than so many days ago. Needs a platform transaction.
pub(crate) async fn prune(conn: &mut PgConnection, days: i32) -> Result<(), DbError> {
    sqlx::query(
        "DELETE FROM plan_upgrade_requests WHERE (tenant_id, id) IN (
             SELECT tenant_id, id FROM plan_upgrade_requests
             WHERE status <> 'pending' AND created_at < now() - make_interval(days => $1) LIMIT 10000)",
    )
    .bind(days)
    .execute(conn)
    .await?;
    Ok(())
}

/// Decides a feature for one tenant. What is absent stays, and an explicit nothing goes back to what the plan says.
pub async fn override_feature(
    op: &Op,
    tx: &mut TenantTx,
    who: &Principal,
    feature: Feature,
    enabled: Option<Option<bool>>,
    config: Option<Option<Map<String, Value>>>,
) -> Result<(), PlanError> {
    let tenant = tx.tenant().clone();
    lock_tenant(tx, &tenant).await?;
    sqlx::query(
        "INSERT INTO tenant_feature_overrides AS o (tenant_id, feature_key, enabled, config_json, updated_by, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant_id, feature_key) DO UPDATE
             SET enabled = CASE WHEN $7 THEN EXCLUDED.enabled ELSE o.enabled END,
                 config_json = CASE WHEN $8 THEN EXCLUDED.config_json ELSE o.config_json END, updated_by = EXCLUDED.updated_by, updated_at = EXCLUDED.updated_at",
    )
    .bind(&tenant)
    .bind(feature.as_str())
    .bind(enabled.flatten())
    .bind(config.clone().flatten().map(Json))
    .bind(who.credential.as_str())
    .bind(op.now)
    .bind(enabled.is_some())
    .bind(config.is_some())
    .execute(&mut **tx)
    .await
    .map_err(DbError::from)?;
    let event =
        Event::by(op, who, EventType::PlanFeatureOverridden).within(&tenant).resource("tenant", tenant.as_str());
    Ok(audit::record(tx, &event.feature(feature.as_str(), enabled.flatten())).await?)
}

/// Asks the operator for a larger plan, and says whether that is new. A request that is open already is the answer.
pub async fn ask_upgrade(
    op: &Op,
    tx: &mut TenantTx,
    who: &Principal,
    target: &str,
    reason: Option<&str>,
) -> Result<(i64, bool), PlanError> {
    let tenant = tx.tenant().clone();
    let (id, new): (i64, bool) = sqlx::query_as(
        "INSERT INTO plan_upgrade_requests (tenant_id, target_plan, reason, requested_by, created_at)
         SELECT $1, id, $3, $4, $5 FROM plans WHERE id = $2 AND is_active
         ON CONFLICT (tenant_id, target_plan) WHERE status = 'pending' DO UPDATE SET reason = EXCLUDED.reason
         RETURNING id, xmax = 0",
    )
    .bind(&tenant)
    .bind(target)
    .bind(reason)
    .bind(who.credential.as_str())
    .bind(op.now)
    .fetch_optional(&mut **tx)
    .await
    .map_err(DbError::from)?
    .ok_or(PlanError::UnknownPlan)?;
    let event = Event::by(op, who, EventType::PlanUpgradeRequested).resource("plan_upgrade_request", &id.to_string());
    audit::record(tx, &event.plan(target)).await?;
    Ok((id, new))
}

/// Changes of one tenant's plan come one after another; a tenant that is not there has none.
async fn lock_tenant(tx: &mut TenantTx, tenant: &TenantId) -> Result<(), PlanError> {
    let there: Option<i32> = sqlx::query_scalar(
        "SELECT 1 FROM tenants, pg_advisory_xact_lock(hashtextextended('plan ' || $1, 0)) WHERE tenants.id = $1",
    )
    .bind(tenant)
    .fetch_optional(&mut **tx)
    .await
    .map_err(DbError::from)?;
    there.map(|_| ()).ok_or(PlanError::UnknownTenant)
}

async fn plans(conn: &mut PgConnection, only: Option<&[String]>) -> Result<Vec<Plan>, DbError> {
    let rows = sqlx::query(
        "SELECT p.id, p.name, p.is_active, f.feature_key, f.enabled, f.config_json
         FROM plans p LEFT JOIN plan_features f ON f.plan_id = p.id
         WHERE $1::text[] IS NULL OR p.id = ANY ($1)
         ORDER BY (SELECT count(*) FROM plan_features c WHERE c.plan_id = p.id AND c.enabled), p.id, f.feature_key
         LIMIT 10000",
    )
    .bind(only)
    .fetch_all(conn)
    .await?;
    let mut plans: Vec<Plan> = Vec::new();
    for row in rows {
        let id: String = row.try_get("id")?;
        if plans.last().is_none_or(|last| last.id != id) {
            let (name, is_active) = (row.try_get("name")?, row.try_get("is_active")?);
            plans.push(Plan { id, name, is_active, features: Vec::new() });
        }
        let key: Option<String> = row.try_get("feature_key")?;
        if let (Some(key), Some(plan)) = (key, plans.last_mut()) {
            let config: Config = row.try_get("config_json")?;
            plan.features.push(PlanFeature { key, enabled: row.try_get("enabled")?, config: config.map(|c| c.0) });
        }
    }
    Ok(plans)
}
