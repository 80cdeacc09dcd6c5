//! Profiles for autoscaling, and what was recommended by them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{Connection, corrupt, one_row};
use crate::sla::{
    Class, Owner,
    autoscaling::{Action, Profile, Recorded, Scope},
};

#[derive(FromRow)]
struct Row {
    tenant_id: String,
    id: Uuid,
    name: String,
    scope: String,
    route_class: Option<String>,
    min_replicas: i32,
    max_replicas: i32,
    target_p95_ms: i32,
    target_queue_depth: i32,
    cooldown_seconds: i32,
    step_up: i32,
    step_down: i32,
    enabled: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<Row> for Profile {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            owner: Owner::of_column(&row.tenant_id)?,
            id: row.id,
            name: row.name,
            scope: Scope::parse(&row.scope).ok_or_else(|| corrupt("scope", &row.scope))?,
            route_class: row.route_class.as_deref().map(class).transpose()?,
            min_replicas: row.min_replicas.unsigned_abs(),
            max_replicas: row.max_replicas.unsigned_abs(),
            target_p95_ms: row.target_p95_ms.unsigned_abs(),
            target_queue_depth: row.target_queue_depth.unsigned_abs(),
            cooldown_seconds: row.cooldown_seconds.unsigned_abs(),
            step_up: row.step_up.unsigned_abs(),
            step_down: row.step_down.unsigned_abs(),
            enabled: row.enabled,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT tenant_id, id, name, scope, route_class, min_replicas, max_replicas, target_p95_ms,
                    target_queue_depth, cooldown_seconds, step_up, step_down, enabled, created_at, updated_at
             FROM autoscaling_profiles ",
            $rest
        )
    };
}

/// The profiles that the transaction sees: those of its tenant and of the operator, newest first.
pub async fn list(conn: &mut Connection, limit: i64) -> Result<Vec<Profile>, sqlx::Error> {
    let rows: Vec<Row> =
        sqlx::query_as(select!("ORDER BY created_at DESC, id DESC LIMIT $1")).bind(limit).fetch_all(conn).await?;
    rows.into_iter().map(Profile::try_from).collect()
}

/// Whose a profile is, among those that the transaction sees.
pub async fn owner(conn: &mut Connection, id: Uuid) -> Result<Option<Owner>, sqlx::Error> {
    let column: Option<String> = sqlx::query_scalar("SELECT tenant_id FROM autoscaling_profiles WHERE id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await?;
    column.as_deref().map(Owner::of_column).transpose()
}

/// One profile of an owner, locked until the transaction ends.
pub(in crate::sla) async fn lock(
    conn: &mut Connection,
    owner: &Owner,
    id: Uuid,
) -> Result<Option<Profile>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE tenant_id = $1 AND id = $2 FOR UPDATE"))
        .bind(owner.column())
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.map(Profile::try_from).transpose()
}

/// One profile of an owner, and when the number of replicas was last changed, by whatever profile.
pub(in crate::sla) async fn find(
    conn: &mut Connection,
    owner: &Owner,
    id: Uuid,
) -> Result<Option<(Profile, Option<DateTime<Utc>>)>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE tenant_id = $1 AND id = $2"))
        .bind(owner.column())
        .bind(id)
        .fetch_optional(&mut *conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let executed: Option<DateTime<Utc>> =
        sqlx::query_scalar("SELECT executed_at FROM autoscaling_execution").fetch_optional(conn).await?;
    Ok(Some((Profile::try_from(row)?, executed)))
}

/// How many profiles an owner has.
pub(in crate::sla) async fn count(conn: &mut Connection, owner: &Owner) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM autoscaling_profiles WHERE tenant_id = $1")
        .bind(owner.column())
        .fetch_one(conn)
        .await
}

/// Stores a new profile.
pub(in crate::sla) async fn insert(conn: &mut Connection, profile: &Profile) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO autoscaling_profiles (tenant_id, id, name, scope, route_class, min_replicas, max_replicas,
             target_p95_ms, target_queue_depth, cooldown_seconds, step_up, step_down, enabled, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)",
    )
    .bind(profile.owner.column())
    .bind(profile.id)
    .bind(&profile.name)
    .bind(profile.scope.as_str())
    .bind(profile.route_class.map(Class::as_str))
    .bind(signed(profile.min_replicas))
    .bind(signed(profile.max_replicas))
    .bind(signed(profile.target_p95_ms))
    .bind(signed(profile.target_queue_depth))
    .bind(signed(profile.cooldown_seconds))
    .bind(signed(profile.step_up))
    .bind(signed(profile.step_down))
    .bind(profile.enabled)
    .bind(profile.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what can change.
pub(in crate::sla) async fn update(conn: &mut Connection, profile: &Profile) -> Result<(), sqlx::Error> {
    let done = sqlx::query(
        "UPDATE autoscaling_profiles SET name = $3, scope = $4, route_class = $5, min_replicas = $6, max_replicas = $7,
             target_p95_ms = $8, target_queue_depth = $9, cooldown_seconds = $10, step_up = $11, step_down = $12,
             enabled = $13, updated_at = $14
         WHERE tenant_id = $1 AND id = $2",
    )
    .bind(profile.owner.column())
    .bind(profile.id)
    .bind(&profile.name)
    .bind(profile.scope.as_str())
    .bind(profile.route_class.map(Class::as_str))
    .bind(signed(profile.min_replicas))
    .bind(signed(profile.max_replicas))
    .bind(signed(profile.target_p95_ms))
    .bind(signed(profile.target_queue_depth))
    .bind(signed(profile.cooldown_seconds))
    .bind(signed(profile.step_up))
    .bind(signed(profile.step_down))
    .bind(profile.enabled)
    .bind(profile.updated_at)
    .execute(conn)
    .await?;
    one_row(done.rows_affected())
}

/// Waits until nobody else executes, and keeps others waiting until the transaction ends.
pub(in crate::sla) async fn wait_for_turn(conn: &mut Connection) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('autoscaling_execution', 0))").execute(conn).await?;
    Ok(())
}

/// The number of replicas was changed. Needs a platform transaction.
pub(in crate::sla) async fn executed(
    conn: &mut Connection,
    profile: &Profile,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO autoscaling_execution (executed_at, profile_tenant, profile_id) VALUES ($1, $2, $3)
         ON CONFLICT (one) DO UPDATE SET executed_at = $1, profile_tenant = $2, profile_id = $3",
    )
    .bind(now)
    .bind(profile.owner.column())
    .bind(profile.id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Records a recommendation.
pub(in crate::sla) async fn record(conn: &mut Connection, recorded: &Recorded) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO autoscaling_actions (tenant_id, id, profile_id, route_class, action, from_replicas, to_replicas,
             reason, signal_json, executed, executed_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10 IS NOT NULL, $10, $11)",
    )
    .bind(recorded.owner.column())
    .bind(recorded.id)
    .bind(recorded.profile)
    .bind(recorded.route_class.as_str())
    .bind(recorded.action.as_str())
    .bind(signed(recorded.from))
    .bind(signed(recorded.to))
    .bind(&recorded.reason)
    .bind(Json(&recorded.signals))
    .bind(recorded.executed_at)
    .bind(recorded.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// What was recommended to an owner, newest first.
pub async fn actions(
    conn: &mut Connection,
    owner: &Owner,
    profile: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Recorded>, sqlx::Error> {
    let rows: Vec<ActionRow> = sqlx::query_as(
        "SELECT tenant_id, id, profile_id, route_class, action, from_replicas, to_replicas, reason, signal_json,
                executed_at, created_at
         FROM autoscaling_actions WHERE tenant_id = $1 AND ($2::uuid IS NULL OR profile_id = $2)
         ORDER BY created_at DESC, id DESC LIMIT $3",
    )
    .bind(owner.column())
    .bind(profile)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Recorded::try_from).collect()
}

/// Removes recommendations that are older than this. Needs a platform transaction.
pub(in crate::sla) async fn prune(
    conn: &mut Connection,
    now: DateTime<Utc>,
    keep: Duration,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "DELETE FROM autoscaling_actions WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM autoscaling_actions WHERE created_at < $1 - make_interval(secs => $2)
             ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED))",
    )
    .bind(now)
    .bind(keep.as_secs_f64())
    .bind(i64::try_from(super::measurement::PRUNE_BATCH).unwrap_or(i64::MAX))
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

#[derive(FromRow)]
struct ActionRow {
    tenant_id: String,
    id: Uuid,
    profile_id: Uuid,
    route_class: String,
    action: String,
    from_replicas: i32,
    to_replicas: i32,
    reason: String,
    signal_json: Json<Value>,
    executed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl TryFrom<ActionRow> for Recorded {
    type Error = sqlx::Error;

    fn try_from(row: ActionRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            owner: Owner::of_column(&row.tenant_id)?,
            id: row.id,
            profile: row.profile_id,
            route_class: class(&row.route_class)?,
            action: Action::parse(&row.action).ok_or_else(|| corrupt("action", &row.action))?,
            from: row.from_replicas.unsigned_abs(),
            to: row.to_replicas.unsigned_abs(),
            reason: row.reason,
            signals: row.signal_json.0,
            executed_at: row.executed_at,
            created_at: row.created_at,
        })
    }
}

fn class(word: &str) -> Result<Class, sqlx::Error> {
    Class::parse(word).ok_or_else(|| corrupt("class", word))
}

fn signed(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
