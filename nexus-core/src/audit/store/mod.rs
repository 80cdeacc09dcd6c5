//! The table of events.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};

pub(super) mod activity;
mod rows;
pub mod seals;

use super::{Event, EventType, Outcome};
use crate::pg::DbError;

/// The furthest offset into the log; whoever wants more narrows the time.
pub const MAX_OFFSET: u32 = 100_000;
/// The largest page.
const MAX_LIMIT: u32 = 500;

const COLUMNS: &str = "SELECT id, occurred_at, tenant_id, actor_type, actor_id, actor_role, event_type, outcome,
    resource_type, resource_id, request_id, ip_address, user_agent, metadata_json, error_code, created_at
    FROM audit_events";

/// An event as it stands in the log.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Recorded {
    /// Its number; later events have larger ones, almost in the order of time.
    pub id: i64,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// In which tenant, where that is known.
    pub tenant_id: Option<String>,
    /// How the actor was identified.
    pub actor_type: String,
    /// The credential of the actor.
    pub actor_id: Option<String>,
    /// The role of the actor at that time.
    pub actor_role: Option<String>,
    /// What happened; an older program may have written names that this one does not know.
    pub event_type: String,
    /// `success` or `failure`.
    pub outcome: String,
    /// The kind of thing that it was done to.
    pub resource_type: Option<String>,
    /// The thing that it was done to.
    pub resource_id: Option<String>,
    /// The request that caused it.
    pub request_id: Option<String>,
    /// The address of the caller.
    pub ip_address: Option<String>,
    /// The program of the caller.
    pub user_agent: Option<String>,
    /// Further facts.
    pub metadata_json: Value,
    /// The code that the caller was given.
    pub error_code: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// Which events are asked for. The tenant is that of the transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only of this type.
    pub event_type: Option<String>,
    /// Only with this outcome.
    pub outcome: Option<Outcome>,
    /// Only on this kind of thing.
    pub resource_type: Option<String>,
    /// Only on this thing.
    pub resource_id: Option<String>,
    /// Not before.
    pub from: Option<DateTime<Utc>>,
    /// Not after.
    pub to: Option<DateTime<Utc>>,
    /// Only what comes after this event of an earlier page: when it happened, and its number.
    pub past: Option<(DateTime<Utc>, i64)>,
}

/// Records an event in the transaction of the change that it tells of.
pub async fn record(conn: &mut PgConnection, event: &Event) -> Result<(), DbError> {
    insert(conn, std::slice::from_ref(event)).await
}

/// Records many events in the transaction of the change that they tell of.
pub async fn record_all(conn: &mut PgConnection, events: &[Event]) -> Result<(), DbError> {
    if events.is_empty() { Ok(()) } else { insert(conn, events).await }
}

/// Records several events in one statement.
pub(super) async fn insert(conn: &mut PgConnection, events: &[Event]) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO audit_events (occurred_at, tenant_id, actor_type, actor_id, actor_role, event_type, outcome,
             resource_type, resource_id, request_id, ip_address, user_agent, metadata_json, error_code)
         SELECT * FROM UNNEST ($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
             $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::jsonb[], $14::text[])",
    )
    .bind(column(events, |e| e.occurred_at))
    .bind(column(events, |e| e.tenant.as_ref().map(|t| t.as_str().to_owned())))
    .bind(column(events, |e| e.actor_type))
    .bind(column(events, |e| e.actor_id.as_ref().map(|id| id.as_str().to_owned())))
    .bind(column(events, |e| e.actor_role.map(crate::principal::Role::as_str)))
    .bind(column(events, |e| e.what.as_str()))
    .bind(column(events, |e| e.outcome.as_str()))
    .bind(column(events, |e| e.resource_type))
    .bind(column(events, |e| e.resource_id.clone()))
    .bind(column(events, |e| e.request_id.as_str().to_owned()))
    .bind(column(events, |e| e.ip.map(|ip| ip.to_string())))
    .bind(column(events, |e| e.user_agent.clone()))
    .bind(column(events, Event::permitted))
    .bind(column(events, |e| e.error_code.map(crate::problem::Code::as_str)))
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether the database has understood the events and will never take them. Everything else may pass: an outage, a full
/// disk, a server that is read-only until it is promoted.
pub(super) fn is_refusal(error: &DbError) -> bool {
    // Class 22 is for data that does not fit its type, 23 for a broken constraint.
    error
        .cause()
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|c| c.starts_with("22") || c.starts_with("23"))
}

/// The events of the transaction's tenant, newest first.
pub async fn find(conn: &mut PgConnection, filter: &Filter, offset: u32, limit: u32) -> Result<Vec<Recorded>, DbError> {
    let mut query = QueryBuilder::<Postgres>::new(COLUMNS);
    query.push(" WHERE tenant_id = nexus_tenant()");
    let texts = [
        (" AND event_type = ", filter.event_type.as_deref()),
        (" AND outcome = ", filter.outcome.map(Outcome::as_str)),
        (" AND resource_type = ", filter.resource_type.as_deref()),
        (" AND resource_id = ", filter.resource_id.as_deref()),
    ];
    for (condition, text) in texts {
        if let Some(text) = text {
            query.push(condition).push_bind(text.to_owned());
        }
    }
    for (condition, time) in [(" AND occurred_at >= ", filter.from), (" AND occurred_at <= ", filter.to)] {
        if let Some(time) = time {
            query.push(condition).push_bind(time);
        }
    }
    if let Some((time, id)) = filter.past {
        query.push(" AND (occurred_at, id) < (").push_bind(time).push(", ").push_bind(id).push(")");
    }
    query.push(" ORDER BY occurred_at DESC, id DESC OFFSET ").push_bind(i64::from(offset.min(MAX_OFFSET)));
    query.push(" LIMIT ").push_bind(i64::from(limit.min(MAX_LIMIT)));
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// One event of the transaction's tenant.
pub async fn get(conn: &mut PgConnection, id: i64) -> Result<Option<Recorded>, DbError> {
    let mut query = QueryBuilder::<Postgres>::new(COLUMNS);
    query.push(" WHERE tenant_id = nexus_tenant() AND id = ").push_bind(id);
    Ok(query.build_query_as().fetch_optional(conn).await?)
}

/// The newest events of a type that a request of the transaction's tenant caused.
pub async fn of_request(
    conn: &mut PgConnection,
    request: &str,
    event_type: EventType,
    limit: u32,
) -> Result<Vec<Recorded>, DbError> {
    let mut query = QueryBuilder::<Postgres>::new(COLUMNS);
    query.push(" WHERE tenant_id = nexus_tenant() AND request_id = ").push_bind(request.to_owned());
    query.push(" AND event_type = ").push_bind(event_type.as_str());
    query.push(" ORDER BY id DESC LIMIT ").push_bind(i64::from(limit.min(MAX_LIMIT)));
    Ok(query.build_query_as().fetch_all(conn).await?)
}

impl Recorded {
    /// The type, unless another version of the program wrote it.
    #[must_use]
    pub fn known_type(&self) -> Option<EventType> {
        EventType::ALL.iter().copied().find(|t| t.as_str() == self.event_type)
    }
}

fn column<'a, T>(events: &'a [Event], field: impl Fn(&'a Event) -> T) -> Vec<T> {
    events.iter().map(field).collect()
}
