//! What a tenant spent: for its administrators, and the same for its self-service.

use axum::extract::State;
use nexus_authz::permission::SpendRead;
use nexus_core::{
    cost::{By, Granularity, Month},
    op::Op,
    principal::Principal,
};
use nexus_sdk::wire;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::convert;
use crate::{
    app::Platform,
    http::{Faults, Query, Refusal, Reply, Validate, caller::As},
};

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(summary))
        .routes(routes!(timeseries))
        .routes(routes!(breakdown))
        .routes(routes!(own_summary))
        .routes(routes!(own_timeseries))
        .routes(routes!(own_breakdown))
}

/// The only period there is.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum PeriodWord {
    /// A month of the calendar in UTC.
    Month,
}

/// Which month.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MonthQuery {
    /// Always `month`.
    #[allow(dead_code, reason = "there is one period, and it is checked when it is read")]
    #[param(inline)]
    period: Option<PeriodWord>,
    /// The month as `YYYY-MM`; the present one otherwise.
    #[param(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    year_month: Option<String>,
}

/// How finely spending is told over time.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum GranularityWord {
    /// By the day, in UTC.
    Day,
    /// By the hour.
    Hour,
}

/// Which time.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SeriesQuery {
    /// How many days, today included; a setting of the server otherwise.
    #[param(minimum = 1, maximum = 365)]
    days: Option<u32>,
    /// By the day or by the hour; by the day otherwise.
    #[param(inline)]
    granularity: Option<GranularityWord>,
}

/// By what spending is told apart.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ByWord {
    /// The part of the work.
    Component,
    /// Who does it.
    Provider,
    /// The class of what was asked for.
    RouteClass,
}

/// Which month, told apart by what.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BreakdownQuery {
    /// Always `month`.
    #[allow(dead_code, reason = "there is one period, and it is checked when it is read")]
    #[param(inline)]
    period: Option<PeriodWord>,
    /// The month as `YYYY-MM`; the present one otherwise.
    #[param(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    year_month: Option<String>,
    /// By what.
    #[param(inline)]
    by: ByWord,
}

/// What the tenant spent in a month.
#[utoipa::path(get, path = "/admin/costs/spend/summary", tag = "costs", operation_id = "get_tenant_spend_summary", params(MonthQuery), extensions(("x-permission" = json!("spend.read"))),
    responses((status = 200, description = "What was spent", body = wire::Envelope<wire::SpendSummary>)))]
async fn summary(
    State(platform): State<Platform>,
    As(op, caller): As<SpendRead>,
    Query(query): Query<MonthQuery>,
) -> Result<Reply<wire::SpendSummary>, Refusal> {
    summed(&platform, &op, &caller, &query).await
}

/// What the tenant spent in a month, as it sees it itself.
#[utoipa::path(get, path = "/self-serve/costs/spend/summary", tag = "self-serve", operation_id = "get_spend_summary", params(MonthQuery), extensions(("x-permission" = json!("spend.read"))),
    responses((status = 200, description = "What was spent", body = wire::Envelope<wire::SpendSummary>)))]
async fn own_summary(
    State(platform): State<Platform>,
    As(op, caller): As<SpendRead>,
    Query(query): Query<MonthQuery>,
) -> Result<Reply<wire::SpendSummary>, Refusal> {
    summed(&platform, &op, &caller, &query).await
}

/// What the tenant spent over time.
#[utoipa::path(get, path = "/admin/costs/spend/timeseries", tag = "costs", operation_id = "get_tenant_spend_timeseries", params(SeriesQuery), extensions(("x-permission" = json!("spend.read"))),
    responses((status = 200, description = "The series", body = wire::Envelope<wire::SpendSeries>)))]
async fn timeseries(
    State(platform): State<Platform>,
    As(op, caller): As<SpendRead>,
    Query(query): Query<SeriesQuery>,
) -> Result<Reply<wire::SpendSeries>, Refusal> {
    series(&platform, &op, &caller, &query).await
}

/// What the tenant spent over time, as it sees it itself.
#[utoipa::path(get, path = "/self-serve/costs/spend/timeseries", tag = "self-serve", operation_id = "get_spend_timeseries", params(SeriesQuery), extensions(("x-permission" = json!("spend.read"))),
    responses((status = 200, description = "The series", body = wire::Envelope<wire::SpendSeries>)))]
async fn own_timeseries(
    State(platform): State<Platform>,
    As(op, caller): As<SpendRead>,
    Query(query): Query<SeriesQuery>,
) -> Result<Reply<wire::SpendSeries>, Refusal> {
    series(&platform, &op, &caller, &query).await
}

/// What the tenant spent in a month, told apart.
#[utoipa::path(get, path = "/admin/costs/spend/breakdown", tag = "costs", operation_id = "get_tenant_spend_breakdown", params(BreakdownQuery), extensions(("x-permission" = json!("spend.read"))),
    responses((status = 200, description = "The parts", body = wire::Envelope<wire::SpendBreakdown>)))]
async fn breakdown(
    State(platform): State<Platform>,
    As(op, caller): As<SpendRead>,
    Query(query): Query<BreakdownQuery>,
) -> Result<Reply<wire::SpendBreakdown>, Refusal> {
    broken_down(&platform, &op, &caller, &query).await
}

/// What the tenant spent in a month, told apart, as it sees it itself.
#[utoipa::path(get, path = "/self-serve/costs/spend/breakdown", tag = "self-serve", operation_id = "get_spend_breakdown", params(BreakdownQuery), extensions(("x-permission" = json!("spend.read"))),
    responses((status = 200, description = "The parts", body = wire::Envelope<wire::SpendBreakdown>)))]
async fn own_breakdown(
    State(platform): State<Platform>,
    As(op, caller): As<SpendRead>,
    Query(query): Query<BreakdownQuery>,
) -> Result<Reply<wire::SpendBreakdown>, Refusal> {
    broken_down(&platform, &op, &caller, &query).await
}

async fn summed(
    platform: &Platform,
    op: &Op,
    caller: &Principal,
    query: &MonthQuery,
) -> Result<Reply<wire::SpendSummary>, Refusal> {
    let month = month(op, query.year_month.as_deref());
    let costs = &platform.runs.costs;
    let spend = costs.spend(&platform.db, caller, month.start(), month.end()).await?;
    let snapshot = costs.snapshot(&platform.db, caller, month).await?;
    Ok(Reply::ok(wire::SpendSummary {
        period: "month".to_owned(),
        year_month: month.to_string(),
        total_usd: convert::dollars(spend.total()),
        by_component: convert::parts(&spend, By::Component),
        by_provider: convert::parts(&spend, By::Provider),
        by_route_class: convert::parts(&spend, By::RouteClass),
        snapshot: snapshot.map(convert::snapshot),
    }))
}

async fn series(
    platform: &Platform,
    op: &Op,
    caller: &Principal,
    query: &SeriesQuery,
) -> Result<Reply<wire::SpendSeries>, Refusal> {
    let costs = &platform.runs.costs;
    let days = query.days.unwrap_or_else(|| costs.settings().timeseries_days);
    let granularity = match query.granularity {
        Some(GranularityWord::Hour) => Granularity::Hour,
        Some(GranularityWord::Day) | None => Granularity::Day,
    };
    let points = costs.series(op, &platform.db, caller, (days, granularity)).await?;
    let point = |(ts, amount)| wire::SpendPoint { ts, value_usd: convert::dollars(amount) };
    Ok(Reply::ok(wire::SpendSeries {
        window_days: days,
        granularity: granularity.as_str().to_owned(),
        points: points.into_iter().map(point).collect(),
    }))
}

async fn broken_down(
    platform: &Platform,
    op: &Op,
    caller: &Principal,
    query: &BreakdownQuery,
) -> Result<Reply<wire::SpendBreakdown>, Refusal> {
    let month = month(op, query.year_month.as_deref());
    let by = match query.by {
        ByWord::Component => By::Component,
        ByWord::Provider => By::Provider,
        ByWord::RouteClass => By::RouteClass,
    };
    let spend = platform.runs.costs.spend(&platform.db, caller, month.start(), month.end()).await?;
    Ok(Reply::ok(wire::SpendBreakdown {
        period: "month".to_owned(),
        year_month: month.to_string(),
        by: by.as_str().to_owned(),
        breakdown: convert::parts(&spend, by),
    }))
}

/// The month that is asked for; what is no month was refused before.
fn month(op: &Op, asked: Option<&str>) -> Month {
    asked.and_then(|text| text.parse().ok()).unwrap_or_else(|| Month::of(op.now))
}

fn check_month(month: Option<&str>, faults: &mut Faults) {
    let is_month = month.is_none_or(|text| text.parse::<Month>().is_ok());
    faults.check(is_month, "year_month", "must be a month of the form YYYY-MM");
}

impl Validate for MonthQuery {
    fn validate(&self, faults: &mut Faults) {
        check_month(self.year_month.as_deref(), faults);
    }
}

impl Validate for BreakdownQuery {
    fn validate(&self, faults: &mut Faults) {
        check_month(self.year_month.as_deref(), faults);
    }
}

impl Validate for SeriesQuery {
    fn validate(&self, faults: &mut Faults) {
        if let Some(days) = &self.days {
            faults.range("days", days, &(1..=365));
        }
    }
}
