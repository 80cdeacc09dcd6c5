//! `/v1/audit/events`: what happened in the caller's tenant, newest first.

use axum::extract::State;
use chrono::{DateTime, Utc};
use nexus_authz::{caller::Caller, permission::AuditRead};
use nexus_core::{
    audit::{self, Event, EventType, Filter, MAX_OFFSET, Outcome, Recorded},
    op::Op,
    problem::{Code, Kind},
};
use nexus_sdk::wire::{self, AuditOutcome};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::cursor;
use crate::{
    app::Platform,
    http::{Faults, Path, Query, Refusal, Reply, Validate, caller::As, query::moment},
};

/// The events of a page when the client does not say.
const DEFAULT_LIMIT: u32 = 50;
/// The largest page.
const MAX_LIMIT: u32 = 200;
/// The longest text that is looked for.
const MAX_TEXT: usize = 256;

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// Which events.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// The caller's own tenant; there is no other.
    tenant_id: Option<String>,
    /// Only of this type.
    #[param(max_length = 256)]
    event_type: Option<String>,
    /// Only with this outcome: `success` or `failure`.
    #[param(value_type = Option<AuditOutcome>)]
    outcome: Option<AuditOutcome>,
    /// Only on this kind of thing.
    #[param(max_length = 256)]
    resource_type: Option<String>,
    /// Only on this thing.
    #[param(max_length = 256)]
    resource_id: Option<String>,
    /// Not before.
    #[serde(default, deserialize_with = "moment")]
    from: Option<DateTime<Utc>>,
    /// Not after.
    #[serde(default, deserialize_with = "moment")]
    to: Option<DateTime<Utc>>,
    /// How many events to pass over; not together with `cursor`.
    #[param(minimum = 0, maximum = 100_000, default = 0)]
    offset: Option<u32>,
    /// How many events at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `meta.next_cursor` of the page before, with the same filters.
    cursor: Option<String>,
}

impl Validate for EventsQuery {
    fn validate(&self, faults: &mut Faults) {
        if let Some(limit) = &self.limit {
            faults.range("limit", limit, &(1..=MAX_LIMIT));
        }
        if let Some(offset) = &self.offset {
            faults.range("offset", offset, &(0..=MAX_OFFSET));
            faults.check(self.cursor.is_none(), "offset", "cannot be used together with cursor");
        }
        let texts = [
            ("event_type", &self.event_type),
            ("resource_type", &self.resource_type),
            ("resource_id", &self.resource_id),
        ];
        for (field, text) in texts {
            if let Some(text) = text {
                faults.length(field, text, &(1..=MAX_TEXT));
                faults.storable(field, text);
            }
        }
    }
}

impl EventsQuery {
    fn filter(&self) -> Filter {
        let outcome = self.outcome.map(|outcome| match outcome {
            AuditOutcome::Success => Outcome::Success,
            AuditOutcome::Failure => Outcome::Failure,
        });
        Filter {
            event_type: self.event_type.clone(),
            outcome,
            resource_type: self.resource_type.clone(),
            resource_id: self.resource_id.clone(),
            from: self.from,
            to: self.to,
            past: None,
        }
    }
}

/// The events of the caller's tenant that fit, newest first.
#[utoipa::path(get, path = "/audit/events", tag = "audit", operation_id = "list_audit_events", params(EventsQuery), extensions(("x-permission" = json!("audit.read"))),
    responses((status = 200, description = "The events", body = wire::Envelope<wire::AuditEventList>)))]
async fn list(
    State(platform): State<Platform>,
    As(op, caller): As<AuditRead>,
    Query(query): Query<EventsQuery>,
) -> Result<Reply<wire::AuditEventList>, Refusal> {
    if query.tenant_id.as_ref().is_some_and(|named| named != caller.tenant.as_str()) {
        return Err(Refusal::new(Kind::Forbidden, Code::AuthForbidden, "The tenant is not the caller's"));
    }
    let (key, tenant) = (&platform.audit_desk.cursors, &caller.tenant);
    let (limit, offset) = (query.limit.unwrap_or(DEFAULT_LIMIT), query.offset.unwrap_or(0));
    let mut filter = query.filter();
    if let Some(token) = &query.cursor {
        filter.past = Some(cursor::decode(key, tenant, &filter, token)?);
    }
    let mut tx = platform.db.tenant(tenant).await?;
    let mut found = audit::find(&mut tx, &filter, offset, limit + 1).await?;
    drop(tx);
    let more = found.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = found.last().filter(|_| more).map(|last| cursor::encode(key, tenant, &filter, last));
    let next_offset = (more && query.cursor.is_none()).then_some(offset + limit).filter(|next| *next <= MAX_OFFSET);
    viewed(&platform, &op, &caller, found.len());
    let items = found.into_iter().map(to_wire).collect();
    Ok(Reply::ok(wire::AuditEventList { items, next_offset }).next_token(next))
}

/// One event of the caller's tenant.
#[utoipa::path(get, path = "/audit/events/{event_id}", tag = "audit", operation_id = "get_audit_event", params(("event_id" = i64, Path, description = "The event")),
    extensions(("x-permission" = json!("audit.read"))),
    responses((status = 200, description = "The event", body = wire::Envelope<wire::AuditEvent>)))]
async fn get(
    State(platform): State<Platform>,
    As(op, caller): As<AuditRead>,
    Path(id): Path<i64>,
) -> Result<Reply<wire::AuditEvent>, Refusal> {
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let found = audit::get(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    drop(tx);
    viewed(&platform, &op, &caller, 1);
    Ok(Reply::ok(to_wire(found)))
}

fn viewed(platform: &Platform, op: &Op, caller: &Caller<AuditRead>, events: usize) {
    let event = Event::by(op, caller, EventType::AuditViewed).resource("audit", "events");
    platform.audit.note(event.count(i64::try_from(events).unwrap_or(i64::MAX)));
}

/// Facts that are not on the list of their event are not shown, whoever wrote them.
fn to_wire(event: Recorded) -> wire::AuditEvent {
    let metadata = match event.metadata_json {
        Value::Object(metadata) => metadata,
        _ => serde_json::Map::new(),
    };
    wire::AuditEvent {
        id: event.id,
        occurred_at: event.occurred_at,
        tenant_id: event.tenant_id,
        actor_type: event.actor_type,
        actor_id: event.actor_id,
        actor_role: event.actor_role,
        outcome: if event.outcome == "success" { AuditOutcome::Success } else { AuditOutcome::Failure },
        resource_type: event.resource_type,
        resource_id: event.resource_id,
        request_id: event.request_id,
        ip_address: event.ip_address,
        user_agent: event.user_agent,
        metadata_json: audit::permitted(&event.event_type, metadata),
        error_code: event.error_code,
        created_at: event.created_at,
        event_type: event.event_type,
    }
}
