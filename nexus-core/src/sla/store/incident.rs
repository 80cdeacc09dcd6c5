//! Incidents. However many replicas see a breach, the partial unique index lets one of them open the incident.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{Connection, corrupt, tenant};
use crate::{
    id::TenantId,
    sla::{
        Class, Decision,
        breach::Severity,
        change::Owner,
        incident::{Incident, IncidentStatus},
    },
};

/// The most incidents that are looked after at once.
const MAX_UNRESOLVED: i64 = 10_000;

/// A breach as it is reported.
#[derive(Debug)]
pub(in crate::sla) struct Report<'a> {
    pub id: Uuid,
    pub tenant: &'a TenantId,
    pub class: Class,
    pub owner: &'a Owner,
    pub policy: Uuid,
    pub breach_type: &'static str,
    pub severity: Severity,
    pub decision: Decision,
    pub status: IncidentStatus,
    /// The window that is broken.
    pub window: DateTime<Utc>,
    pub now: DateTime<Utc>,
    pub details: &'a Value,
}

/// What a report has changed.
#[derive(Debug, PartialEq, Eq, FromRow)]
pub(in crate::sla) struct Reported {
    pub id: Uuid,
    pub opened: bool,
    /// The severity, the type or the decision before, when there was an incident.
    pub was_severity: Option<String>,
    pub was_type: Option<String>,
    pub was_decision: Option<String>,
}

/// Opens an incident, or refreshes the one that there is. `None` when it was resolved by hand and no window has been broken
/// since. Needs a platform transaction.
pub(in crate::sla) async fn report(
    conn: &mut Connection,
    report: &Report<'_>,
) -> Result<Option<Reported>, sqlx::Error> {
    sqlx::query_as(
        "WITH before AS (
             SELECT severity, breach_type, decision FROM sla_incidents
             WHERE tenant_id = $1 AND policy_id = $4 AND route_class = $5 AND status <> 'resolved'
             FOR UPDATE)
         INSERT INTO sla_incidents AS i (tenant_id, id, policy_tenant, policy_id, route_class, breach_type, severity, status,
             decision, first_breach_at, last_breach_at, details_json)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11
         WHERE NOT EXISTS (
             SELECT FROM sla_incidents
             WHERE tenant_id = $1 AND policy_id = $4 AND route_class = $5
                 AND resolution = 'manual' AND resolved_at > $12)
         ON CONFLICT (tenant_id, policy_id, route_class) WHERE status <> 'resolved' DO UPDATE SET
             breach_type = excluded.breach_type, severity = least(i.severity, excluded.severity),
             status = excluded.status, decision = excluded.decision,
             last_breach_at = greatest(i.last_breach_at, excluded.last_breach_at), details_json = excluded.details_json
         RETURNING i.id, i.id = $2 AS opened, (SELECT severity FROM before) AS was_severity,
             (SELECT breach_type FROM before) AS was_type, (SELECT decision FROM before) AS was_decision",
    )
    .bind(report.tenant)
    .bind(report.id)
    .bind(report.owner.column())
    .bind(report.policy)
    .bind(report.class.as_str())
    .bind(report.breach_type)
    .bind(report.severity.as_str())
    .bind(report.status.as_str())
    .bind(report.decision.as_str())
    .bind(report.now)
    .bind(Json(report.details))
    .bind(report.window)
    .fetch_optional(conn)
    .await
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT tenant_id, id, policy_tenant, policy_id, route_class, breach_type, severity, status, decision,
                    first_breach_at, last_breach_at, details_json, resolved_at
             FROM sla_incidents ",
            $rest
        )
    };
}

/// Incidents that are not resolved, of all tenants. Needs a platform transaction.
pub(in crate::sla) async fn unresolved(conn: &mut Connection) -> Result<Vec<Incident>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(select!("WHERE status <> 'resolved' ORDER BY last_breach_at LIMIT $1"))
        .bind(MAX_UNRESOLVED)
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Incident::try_from).collect()
}

/// Incidents of a tenant, newest first.
pub async fn list(
    conn: &mut Connection,
    of: &TenantId,
    status: Option<IncidentStatus>,
    limit: i64,
) -> Result<Vec<Incident>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE tenant_id = $1 AND ($2::text IS NULL OR status = $2) ORDER BY first_breach_at DESC, id LIMIT $3"
    ))
    .bind(of)
    .bind(status.map(IncidentStatus::as_str))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Incident::try_from).collect()
}

/// One incident of a tenant, locked until the transaction ends.
pub(in crate::sla) async fn lock(
    conn: &mut Connection,
    of: &TenantId,
    id: Uuid,
) -> Result<Option<Incident>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE tenant_id = $1 AND id = $2 FOR UPDATE"))
        .bind(of)
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.map(Incident::try_from).transpose()
}

/// Why an incident is over.
#[derive(Debug, Clone, Copy)]
pub(in crate::sla) enum Resolution {
    /// Somebody said so.
    Manual,
    /// It was not seen after this.
    Quiet(DateTime<Utc>),
}

/// Resolves an incident unless it is, or was seen again; whether it did.
pub(in crate::sla) async fn resolve(
    conn: &mut Connection,
    incident: &Incident,
    now: DateTime<Utc>,
    why: Resolution,
) -> Result<bool, sqlx::Error> {
    let (word, quiet_since) = match why {
        Resolution::Manual => ("manual", None),
        Resolution::Quiet(since) => ("quiet", Some(since)),
    };
    let done = sqlx::query(
        "UPDATE sla_incidents SET status = 'resolved', resolved_at = $3, resolution = $5
         WHERE tenant_id = $1 AND id = $2 AND status <> 'resolved' AND last_breach_at <= coalesce($4, 'infinity')",
    )
    .bind(&incident.tenant)
    .bind(incident.id)
    .bind(now)
    .bind(quiet_since)
    .bind(word)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

#[derive(FromRow)]
struct Row {
    tenant_id: String,
    id: Uuid,
    policy_tenant: String,
    policy_id: Uuid,
    route_class: String,
    breach_type: String,
    severity: String,
    status: String,
    decision: String,
    first_breach_at: DateTime<Utc>,
    last_breach_at: DateTime<Utc>,
    details_json: Option<Json<Value>>,
    resolved_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Incident {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            tenant: tenant(&row.tenant_id)?,
            id: row.id,
            owner: Owner::of_column(&row.policy_tenant)?,
            policy: row.policy_id,
            class: Class::parse(&row.route_class).ok_or_else(|| corrupt("class", &row.route_class))?,
            breach_type: row.breach_type,
            severity: Severity::parse(&row.severity).ok_or_else(|| corrupt("severity", &row.severity))?,
            status: IncidentStatus::parse(&row.status).ok_or_else(|| corrupt("status", &row.status))?,
            decision: Decision::parse(&row.decision).ok_or_else(|| corrupt("decision", &row.decision))?,
            first_breach_at: row.first_breach_at,
            last_breach_at: row.last_breach_at,
            details: row.details_json.map(|json| json.0),
            resolved_at: row.resolved_at,
        })
    }
}
