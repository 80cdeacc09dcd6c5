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

type Config = Option<Json<Map<String, Value>>>;

/// All plans, smallest first.
pub async fn catalogue(conn: &mut PgConnection) -> Result<Vec<Plan>, DbError> {
    plans(conn, None).await
}

/// Everything that decides for the tenant of a transaction. The default plan has to exist.
pub(super) async fn of_tenant(tx: &mut TenantTx, default: &str) -> Result<PlanOf, DbError> {
    let assignment = assignment(tx).await?;
    let wanted = [Some(default), assignment.as_ref().map(|a| a.plan.as_str())];
    let wanted: Vec<String> = wanted.into_iter().flatten().map(ToOwned::to_owned).collect();
    let found = plans(tx, Some(&wanted)).await?;
    let named = |id: &str| found.iter().find(|plan| plan.id == id).cloned();
    let assigned = assignment.as_ref().and_then(|a| named(&a.plan));
    let nothing = || Plan { id: default.to_owned(), name: default.to_owned(), is_active: false, features: Vec::new() };
    let fallback = named(default).unwrap_or_else(nothing);
    let rows: Vec<(String, Option<bool>, Config)> =
        sqlx::query_as("SELECT feature_key, enabled, config_json FROM tenant_feature_overrides LIMIT 100")
            .fetch_all(&mut **tx)
            .await?;
    let other = |(key, enabled, config): (String, Option<bool>, Config)| Override {
        key,
        enabled,
        config: config.map(|config| config.0),
    };
    Ok(PlanOf { assignment, assigned, fallback, overrides: rows.into_iter().map(other).collect() })
}

/// The open assignment of the tenant of a transaction, whether or not its dates have come.
async fn assignment(tx: &mut TenantTx) -> Result<Option<Assignment>, DbError> {
    let row: Option<(String, DateTime<Utc>, Option<DateTime<Utc>>)> =
        sqlx::query_as("SELECT plan_id, effective_from, effective_to FROM tenant_plan_assignments WHERE is_active")
            .fetch_optional(&mut **tx)
            .await?;
    Ok(row.map(|(plan, from, to)| Assignment { plan, from, to }))
}

/// Gives a tenant a plan from now on, and closes what it had. The plan that it has already stays as it is. Whoever calls it
/// has made sure that the principal is an operator.
pub async fn assign(
    op: &Op,
    tx: &mut TenantTx,
    who: &Principal,
    plan: &str,
    effective_to: Option<DateTime<Utc>>,
) -> Result<(), PlanError> {
    let tenant = tx.tenant().clone();
    lock_tenant(tx, &tenant).await?;
    let known: Option<bool> = sqlx::query_scalar("SELECT is_active FROM plans WHERE id = $1")
        .bind(plan)
        .fetch_optional(&mut **tx)
        .await
        .map_err(DbError::from)?;
    if known != Some(true) {
        return Err(PlanError::UnknownPlan);
    }
    let had = assignment(tx).await?;
    if had.as_ref().is_some_and(|had| had.plan == plan && had.to == effective_to && had.from <= op.now) {
        return Ok(());
    }
    sqlx::query(
        "UPDATE tenant_plan_assignments SET is_active = false,
             effective_to = least(coalesce(effective_to, $1), greatest($1, effective_from + interval '1 microsecond'))
         WHERE is_active",
    )
    .bind(op.now)
    .execute(&mut **tx)
    .await
    .map_err(DbError::from)?;
    sqlx::query(
        "INSERT INTO tenant_plan_assignments (tenant_id, id, plan_id, effective_from, effective_to, assigned_by)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&tenant)
    .bind(clock::fresh_uuid())
    .bind(plan)
    .bind(op.now)
    .bind(effective_to)
    .bind(who.credential.as_str())
    .execute(&mut **tx)
    .await
    .map_err(DbError::from)?;
    sqlx::query(
        "UPDATE plan_upgrade_requests SET status = CASE WHEN target_plan = $1 THEN 'granted' ELSE 'superseded' END
         WHERE status = 'pending'",
    )
    .bind(plan)
    .execute(&mut **tx)
    .await
    .map_err(DbError::from)?;
    let event = Event::by(op, who, EventType::PlanAssigned).within(&tenant).resource("tenant", tenant.as_str());
    Ok(audit::record(tx, &event.plan(plan).expires(effective_to)).await?)
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
