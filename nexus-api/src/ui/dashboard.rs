//! Figures of the last days: what was counted when it happened, where the tenant stands, and the last events of its log.

use axum::extract::State;
use chrono::{NaiveTime, TimeDelta};
use nexus_authz::permission::UiActivityRead;
use nexus_core::{
    audit::{self, ActivityField, ActivityFilter, EventType, Recorded},
    op::Op,
    order::Order,
};
use nexus_sdk::wire;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::activity::{summary, viewed};
use crate::{
    app::Platform,
    http::{Faults, Query, Refusal, Reply, Validate, caller::As},
    quota::snapshot,
    self_serve::usage::{self, DEFAULT_DAYS, MAX_DAYS},
};

/// How many of the last events are told.
const EVENTS: u32 = 5;
/// What happens at every request, and when somebody looks, is no news.
const LOOKS: &[EventType] = &[
    EventType::AuthAccessSuccess,
    EventType::AuditViewed,
    EventType::SelfserveUsageViewed,
    EventType::SelfservePlanViewed,
    EventType::BillingUsageRecorded,
];

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(dashboard))
}

/// Over how many days.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DashboardQuery {
    /// The days, today included.
    #[param(minimum = 1, maximum = 90, default = 30)]
    window_days: Option<u32>,
}

impl Validate for DashboardQuery {
    fn validate(&self, faults: &mut Faults) {
        if let Some(days) = &self.window_days {
            faults.range("window_days", days, &(1..=MAX_DAYS));
        }
    }
}

/// Requests by day, where the tenant stands with its quota, what rate limits turned away, and what should be known.
#[utoipa::path(get, path = "/ui/dashboard/summary", tag = "ui", operation_id = "get_ui_dashboard", params(DashboardQuery), extensions(("x-permission" = json!("ui.activity.read"))),
    responses((status = 200, description = "The figures", body = wire::Envelope<wire::UiDashboard>)))]
async fn dashboard(
    State(platform): State<Platform>,
    As(op, caller): As<UiActivityRead>,
    Query(query): Query<DashboardQuery>,
) -> Result<Reply<wire::UiDashboard>, Refusal> {
    let window = query.window_days.unwrap_or(DEFAULT_DAYS);
    let (requests, days) = usage::counted(&platform, &op, &caller.tenant, window).await?;
    let quota = platform.quotas.standing(&op, &caller.tenant).await?.as_ref().map(snapshot);
    let filter = news(&op, window);
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let order = Order::by(ActivityField::OccurredAt, true);
    let events = audit::activity(&mut tx, &filter, &order, None, EVENTS).await?;
    drop(tx);
    usage::viewed(&platform, &op, &caller);
    viewed(&platform, &op, &caller, events.len());
    let (points, turned_away) = (usage::by_day(&requests, days), usage::turned_away(&requests));
    Ok(Reply::ok(wire::UiDashboard {
        cards: cards(window, &points, quota.as_ref(), turned_away),
        alerts: alerts(window, quota.as_ref(), turned_away, &events),
        charts: wire::UiCharts { requests: wire::UiChart { id: "requests".to_owned(), points } },
    }))
}

/// The events of the window, but for what is no news.
fn news(op: &Op, window: u32) -> ActivityFilter {
    let first = op.now.date_naive() - TimeDelta::days(i64::from(window) - 1);
    ActivityFilter { from: Some(first.and_time(NaiveTime::MIN).and_utc()), except: LOOKS, ..ActivityFilter::default() }
}

fn cards(
    window: u32,
    points: &[wire::UsagePoint],
    quota: Option<&wire::QuotaSnapshot>,
    turned_away: wire::RateLimitHits,
) -> Vec<wire::UiCard> {
    let card = |id: &str, title: &str, value: String, subtitle: String| wire::UiCard {
        id: id.to_owned(),
        title: title.to_owned(),
        value,
        subtitle: Some(subtitle),
    };
    let total: i64 = points.iter().map(|point| point.value).sum();
    let mut cards = vec![card("requests", "Requests", total.to_string(), last(window))];
    for (id, title, period) in [
        ("quota_day", "Quota of the day", quota.map(|q| &q.day)),
        ("quota_month", "Quota of the month", quota.map(|q| &q.month)),
    ] {
        let Some(period) = period else { continue };
        let (value, subtitle) = match (period.limit, period.remaining) {
            (Some(limit), Some(left)) => (format!("{} / {limit}", period.used), format!("{left} left")),
            _ => (period.used.to_string(), "no limit".to_owned()),
        };
        cards.push(card(id, title, value, subtitle));
    }
    let when = turned_away.last_at.map_or_else(|| last(window), |at| format!("the last at {}", at.format("%F %T UTC")));
    cards.push(card("rate_limits", "Turned away by rate limits", turned_away.count.to_string(), when));
    cards
}

fn alerts(
    window: u32,
    quota: Option<&wire::QuotaSnapshot>,
    turned_away: wire::RateLimitHits,
    events: &[Recorded],
) -> Vec<wire::UiAlert> {
    let alert =
        |id: String, message: String, severity: &str| wire::UiAlert { id, message, severity: severity.to_owned() };
    let mut alerts = Vec::new();
    if quota.is_some_and(|quota| quota.soft_cap_reached) {
        let message = "The quota of the day or of the month is nearly used up".to_owned();
        alerts.push(alert("quota-soft-cap".to_owned(), message, "warning"));
    }
    if turned_away.count > 0 {
        let message = format!("Requests that came too soon in the {}: {}", last(window), turned_away.count);
        alerts.push(alert("rate-limit".to_owned(), message, "info"));
    }
    let events = events.iter().enumerate();
    alerts.extend(events.map(|(n, event)| alert(format!("audit-{n}"), summary(event), "info")));
    alerts
}

fn last(window: u32) -> String {
    if window == 1 { "today".to_owned() } else { format!("last {window} days") }
}
