//! What happened in the tenant, looked through and sorted as an administrator likes.

use axum::extract::State;
use chrono::{DateTime, Utc};
use nexus_authz::{caller::Caller, permission::UiActivityRead};
use nexus_core::{
    audit::{self, ActivityField, ActivityFilter, Event, EventType, Recorded},
    op::Op,
    order::{Kind, Order, Place, Value},
};
use nexus_sdk::wire::{self, AuditOutcome};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{cursor::Cursors, list};
use crate::{
    app::Platform,
    http::{Faults, Query, Refusal, Reply, Validate, caller::As, query::moment},
};

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(activity))
}

/// Which events, in which order.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ActivityQuery {
    /// Only with this text in the type of the event, the id of the actor or that of the thing, in any case.
    #[param(max_length = 256)]
    q: Option<String>,
    /// Fields with commas between them, `-` before one that falls: `occurred_at`, `event_type`, `outcome`.
    #[param(default = "-occurred_at", example = "event_type,-occurred_at")]
    sort: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 25)]
    limit: Option<u32>,
    /// `page.next_cursor` of the page before, with the same query.
    cursor: Option<String>,
    /// Only of actors that were identified so, such as `api_key`.
    #[param(max_length = 256)]
    actor_type: Option<String>,
    /// Only of this type.
    #[param(max_length = 256)]
    event_type: Option<String>,
    /// Not before.
    #[serde(default, deserialize_with = "moment")]
    created_from: Option<DateTime<Utc>>,
    /// Not after.
    #[serde(default, deserialize_with = "moment")]
    created_to: Option<DateTime<Utc>>,
}

impl Validate for ActivityQuery {
    fn validate(&self, faults: &mut Faults) {
        let texts = [("q", &self.q), ("actor_type", &self.actor_type), ("event_type", &self.event_type)];
        list::check(self.limit, texts, faults);
    }
}

impl ActivityQuery {
    fn filter(&self) -> ActivityFilter {
        ActivityFilter {
            q: list::said(self.q.as_ref()),
            actor_type: list::said(self.actor_type.as_ref()),
            event_type: list::said(self.event_type.as_ref()),
            except: &[],
            from: self.created_from,
            to: self.created_to,
        }
    }
}

/// The events of the caller's tenant that fit, of the newest 100,000 of the time that is asked for. Facets count all of them
/// by type, whichever type is asked for.
#[utoipa::path(get, path = "/ui/activity", tag = "ui", operation_id = "list_ui_activity", params(ActivityQuery), extensions(("x-permission" = json!("ui.activity.read"))),
    responses((status = 200, description = "The events", body = wire::Envelope<wire::UiActivityPage>)))]
async fn activity(
    State(platform): State<Platform>,
    As(op, caller): As<UiActivityRead>,
    Query(query): Query<ActivityQuery>,
) -> Result<Reply<wire::UiActivityPage>, Refusal> {
    let order = list::order(query.sort.as_deref(), ActivityField::OccurredAt)?;
    let (filter, limit) = (query.filter(), list::size(query.limit));
    let cursors = Cursors {
        key: &platform.audit_desk.cursors,
        tenant: &caller.tenant,
        list: "activity",
        order: &order,
        id: Kind::Number,
        filter: format!("{filter:?}"),
    };
    let past = query.cursor.as_deref().map(|token| cursors.decode(token)).transpose()?;
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let found = audit::activity(&mut tx, &filter, &order, past.as_deref(), limit + 1).await?;
    let types = audit::event_types(&mut tx, &filter).await?;
    drop(tx);
    let (items, page) = list::page(found, limit, |last| cursors.encode(place(last, &order)))?;
    viewed(&platform, &op, &caller, items.len());
    let event_type = types.into_iter().map(|(value, count)| wire::UiFacet { value, count }).collect();
    let facets = wire::UiActivityFacets { event_type };
    Ok(Reply::ok(wire::UiActivityPage { items: items.into_iter().map(to_wire).collect(), page, facets }))
}

/// Looking at the log is recorded in it.
pub(super) fn viewed(platform: &Platform, op: &Op, caller: &Caller<UiActivityRead>, events: usize) {
    let event = Event::by(op, caller, EventType::AuditViewed).resource("audit", "events");
    platform.audit.note(event.count(i64::try_from(events).unwrap_or(i64::MAX)));
}

/// An event in a line.
pub(super) fn summary(event: &Recorded) -> String {
    format!("{} ({})", event.event_type, event.outcome)
}

fn place(event: &Recorded, order: &Order<ActivityField>) -> Place {
    let value = |field| match field {
        ActivityField::OccurredAt => Value::Time(event.occurred_at),
        ActivityField::EventType => Value::Text(event.event_type.clone()),
        ActivityField::Outcome => Value::Text(event.outcome.clone()),
    };
    order.steps().iter().map(|step| value(step.field)).chain([Value::Number(event.id)]).collect()
}

fn to_wire(event: Recorded) -> wire::UiActivity {
    wire::UiActivity {
        id: event.id,
        occurred_at: event.occurred_at,
        summary: summary(&event),
        event_type: event.event_type,
        outcome: if event.outcome == "success" { AuditOutcome::Success } else { AuditOutcome::Failure },
        actor_type: Some(event.actor_type),
        actor_id: event.actor_id,
        resource_type: event.resource_type,
        resource_id: event.resource_id,
    }
}
