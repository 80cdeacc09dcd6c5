//! What the tenant uses: counted when it happens, never from the audit log.

use axum::extract::State;
use chrono::NaiveDate;
use nexus_authz::{
    caller::Caller,
    permission::{Permission, UsageRead},
};
use nexus_core::{
    audit::{Event, EventType},
    id::TenantId,
    op::Op,
    quota::{self, Requests, window},
    route_class::RouteClass,
};
use nexus_retrieval::document::{self, ByStatus};
use nexus_sdk::wire;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{Faults, Query, Refusal, Reply, Validate, caller::As},
    quota::snapshot,
};

/// The days of a window when the client names none.
pub(crate) const DEFAULT_DAYS: u32 = 30;
/// The longest window.
pub(crate) const MAX_DAYS: u32 = 90;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(summary)).routes(routes!(timeseries))
}

/// Over how many days.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SummaryQuery {
    /// The days that requests are counted over, today included.
    #[param(minimum = 1, maximum = 90, default = 30)]
    window_days: Option<u32>,
}

impl Validate for SummaryQuery {
    fn validate(&self, faults: &mut Faults) {
        if let Some(days) = &self.window_days {
            faults.range("window_days", days, &(1..=MAX_DAYS));
        }
    }
}

/// What the tenant uses: requests by class, where it stands with its quota, requests that were turned away, and documents.
#[utoipa::path(get, path = "/self-serve/usage/summary", tag = "self-serve", operation_id = "get_usage_summary", params(SummaryQuery), extensions(("x-permission" = json!("usage.read"))),
    responses((status = 200, description = "The use", body = wire::Envelope<wire::UsageSummary>)))]
async fn summary(
    State(platform): State<Platform>,
    As(op, caller): As<UsageRead>,
    Query(query): Query<SummaryQuery>,
) -> Result<Reply<wire::UsageSummary>, Refusal> {
    let window_days = query.window_days.unwrap_or(DEFAULT_DAYS);
    let (requests, _) = counted(&platform, &op, &caller.tenant, window_days).await?;
    let standing = platform.quotas.standing(&op, &caller.tenant).await?;
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let documents = document::by_status(&mut tx).await?;
    drop(tx);
    viewed(&platform, &op, &caller);
    Ok(Reply::ok(wire::UsageSummary {
        window_days,
        requests: by_class(&requests),
        quota: standing.as_ref().map(snapshot),
        rate_limit_hits: turned_away(&requests),
        ingestion: ingestion(documents),
    }))
}

/// Which series.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TimeseriesQuery {
    /// What is counted.
    #[param(value_type = Option<String>, default = "requests")]
    metric: Option<Metric>,
    /// How long a point is.
    #[param(value_type = Option<String>, default = "day")]
    granularity: Option<Granularity>,
    /// How many days, today included.
    #[param(minimum = 1, maximum = 90, default = 30)]
    days: Option<u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Metric {
    Requests,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Granularity {
    Day,
}

impl Validate for TimeseriesQuery {
    fn validate(&self, faults: &mut Faults) {
        if let Some(days) = &self.days {
            faults.range("days", days, &(1..=MAX_DAYS));
        }
    }
}

/// Requests by day; every day of the window has a point.
#[utoipa::path(get, path = "/self-serve/usage/timeseries", tag = "self-serve", operation_id = "get_usage_timeseries", params(TimeseriesQuery), extensions(("x-permission" = json!("usage.read"))),
    responses((status = 200, description = "The series", body = wire::Envelope<wire::UsageTimeseries>)))]
async fn timeseries(
    State(platform): State<Platform>,
    As(op, caller): As<UsageRead>,
    Query(query): Query<TimeseriesQuery>,
) -> Result<Reply<wire::UsageTimeseries>, Refusal> {
    // There is one of each, and the client may name it.
    let (Metric::Requests, Granularity::Day) =
        (query.metric.unwrap_or(Metric::Requests), query.granularity.unwrap_or(Granularity::Day));
    let (requests, days) = counted(&platform, &op, &caller.tenant, query.days.unwrap_or(DEFAULT_DAYS)).await?;
    viewed(&platform, &op, &caller);
    let points = by_day(&requests, days);
    let (metric, granularity) = ("requests".to_owned(), "day".to_owned());
    Ok(Reply::ok(wire::UsageTimeseries { metric, granularity, points }))
}

/// The requests of a window that ends today, what this replica has not written down yet included, and its days.
pub(crate) async fn counted(
    platform: &Platform,
    op: &Op,
    tenant: &TenantId,
    days: u32,
) -> Result<(Vec<Requests>, Vec<NaiveDate>), Refusal> {
    platform.quotas.flush().await?;
    let today = op.now.date_naive();
    let days = window(today, days);
    let mut tx = platform.db.tenant(tenant).await?;
    let requests = quota::requests(&mut tx, days.first().copied().unwrap_or(today), today).await?;
    Ok((requests, days))
}

/// Requests that were let in, on each of these days.
pub(crate) fn by_day(requests: &[Requests], days: Vec<NaiveDate>) -> Vec<wire::UsagePoint> {
    let of = |day| requests.iter().filter(|r| r.day == day && r.class.is_some()).map(|r| r.count).sum();
    days.into_iter().map(|ts| wire::UsagePoint { ts, value: of(ts) }).collect()
}

pub(crate) fn viewed<P: Permission>(platform: &Platform, op: &Op, caller: &Caller<P>) {
    let event = Event::by(op, caller, EventType::SelfserveUsageViewed);
    platform.audit.note(event.resource("tenant", caller.tenant.as_str()));
}

fn by_class(requests: &[Requests]) -> wire::RequestCounts {
    let of = |class| requests.iter().filter(|r| r.class == Some(class)).map(|r| r.count).sum::<i64>();
    let by_route_class = wire::RequestsByClass {
        run: of(RouteClass::Run),
        read: of(RouteClass::Read),
        mutation: of(RouteClass::Mutation),
        ops: of(RouteClass::Ops),
    };
    wire::RequestCounts { total: RouteClass::ALL.into_iter().map(of).sum(), by_route_class }
}

pub(crate) fn turned_away(requests: &[Requests]) -> wire::RateLimitHits {
    let hits = || requests.iter().filter(|r| r.class.is_none());
    wire::RateLimitHits { count: hits().map(|r| r.count).sum(), last_at: hits().map(|r| r.last_at).max() }
}

fn ingestion(documents: ByStatus) -> wire::IngestionCounts {
    let ByStatus { queued, processing, succeeded, failed } = documents;
    wire::IngestionCounts { queued, processing, succeeded, failed }
}
