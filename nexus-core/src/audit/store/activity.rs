//! The log as an activity that people look through: in any order, by any text, and within a bound.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::{EventType, Recorded};
use crate::{
    order::{Field, Kind, Order, Value},
    pg::{DbError, keyset},
};

/// How many events are looked at: the newest of the time that is asked for. Whoever wants older ones narrows the time.
pub const MOST: u32 = 100_000;
/// The largest page.
const MAX_LIMIT: u32 = 500;

/// What an activity can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivityField {
    /// When it happened.
    OccurredAt,
    /// What happened.
    EventType,
    /// How it ended.
    Outcome,
}

impl Field for ActivityField {
    const ALL: &'static [Self] = &[Self::OccurredAt, Self::EventType, Self::Outcome];

    fn as_str(self) -> &'static str {
        match self {
            Self::OccurredAt => "occurred_at",
            Self::EventType => "event_type",
            Self::Outcome => "outcome",
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::OccurredAt => Kind::Time,
            Self::EventType | Self::Outcome => Kind::Text,
        }
    }
}

/// Which events are asked for. The tenant is that of the transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActivityFilter {
    /// A text in the type, the actor or the resource, in any case.
    pub q: Option<String>,
    /// Only of actors that were identified so.
    pub actor_type: Option<String>,
    /// Only of this type.
    pub event_type: Option<String>,
    /// Only of none of these types.
    pub except: &'static [EventType],
    /// Not before.
    pub from: Option<DateTime<Utc>>,
    /// Not after.
    pub to: Option<DateTime<Utc>>,
}

/// The events that fit, from a place on.
pub async fn activity(
    conn: &mut PgConnection,
    filter: &ActivityFilter,
    order: &Order<ActivityField>,
    past: Option<&[Value]>,
    limit: u32,
) -> Result<Vec<Recorded>, DbError> {
    let mut query = within("SELECT e.*", filter);
    if let Some(event_type) = &filter.event_type {
        query.push(" AND e.event_type = ").push_bind(event_type.clone());
    }
    if let Some(place) = past {
        keyset::after(&mut query, "e.", order, place);
    }
    keyset::order_by(&mut query, "e.", order);
    query.push(" LIMIT ").push_bind(i64::from(limit.min(MAX_LIMIT)));
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// How many events of each type fit, whichever type is asked for: the most frequent first.
pub async fn event_types(conn: &mut PgConnection, filter: &ActivityFilter) -> Result<Vec<(String, i64)>, DbError> {
    let mut query = within("SELECT e.event_type, count(*)", filter);
    query.push(" GROUP BY e.event_type ORDER BY count(*) DESC, e.event_type");
    Ok(query.build_query_as().fetch_all(conn).await?)
}

/// The newest events of the time, and of them those that fit, whatever their type. The order inside is that of the index, so
/// that a page of the newest reads no more than it needs.
fn within(select: &str, filter: &ActivityFilter) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(format!(
        "{select} FROM (SELECT id, occurred_at, tenant_id, actor_type, actor_id, actor_role, event_type, outcome, \
         resource_type, resource_id, request_id, ip_address, user_agent, metadata_json, error_code, created_at \
         FROM audit_events WHERE tenant_id = nexus_tenant()"
    ));
    for (condition, time) in [(" AND occurred_at >= ", filter.from), (" AND occurred_at <= ", filter.to)] {
        if let Some(time) = time {
            query.push(condition).push_bind(time);
        }
    }
    query.push(" ORDER BY occurred_at DESC, id DESC LIMIT ").push_bind(i64::from(MOST)).push(") e WHERE true");
    if let Some(actor_type) = &filter.actor_type {
        query.push(" AND e.actor_type = ").push_bind(actor_type.clone());
    }
    if !filter.except.is_empty() {
        let names: Vec<&'static str> = filter.except.iter().map(|event_type| event_type.as_str()).collect();
        query.push(" AND e.event_type <> ALL(").push_bind(names).push(")");
    }
    if let Some(text) = &filter.q {
        let pattern = keyset::holding(text);
        query.push(" AND (e.event_type ILIKE ").push_bind(pattern.clone());
        query.push(" OR e.resource_id ILIKE ").push_bind(pattern.clone());
        query.push(" OR e.actor_id ILIKE ").push_bind(pattern).push(")");
    }
    query
}
