//! Reports of what periods cost.

use axum::extract::State;
use chrono::{DateTime, Utc};
use nexus_authz::permission::{ChargebackGenerate, ChargebackRead};
use nexus_core::{cost::CostError, pg::Db};
use nexus_sdk::wire;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::convert;
use crate::{
    app::Platform,
    http::{Done, Once, Path, Query, Refusal, Reply, Validate, caller::As, query::read_moment},
};

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(generate)).routes(routes!(list)).routes(routes!(get)).routes(routes!(latest))
}

/// Which period.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PeriodQuery {
    /// From when, with an offset, such as `2026-05-01T00:00:00Z`.
    #[param(value_type = Option<DateTime<Utc>>)]
    period_start: Option<String>,
    /// Up to when, this moment excluded; at most 366 days later.
    #[param(value_type = Option<DateTime<Utc>>)]
    period_end: Option<String>,
}

impl Validate for PeriodQuery {}

/// Writes the report of a period. A period has one report: asking again brings it up to date.
#[utoipa::path(post, path = "/admin/costs/chargeback/generate", tag = "costs", operation_id = "generate_chargeback", params(PeriodQuery), extensions(("x-permission" = json!("chargeback.generate"))),
    responses((status = 200, description = "The report", body = wire::Envelope<wire::ChargebackReport>)))]
async fn generate(
    State(platform): State<Platform>,
    As(op, caller): As<ChargebackGenerate>,
    Query(query): Query<PeriodQuery>,
    once: Once,
) -> Result<Done<Reply<wire::ChargebackReport>>, Refusal> {
    let period = (moment(query.period_start.as_deref())?, moment(query.period_end.as_deref())?);
    let change =
        async |db: Db| Ok(Reply::ok(convert::report(platform.runs.costs.report(&op, &db, &caller, period).await?)));
    once.perform(&platform, &op, &caller, change).await
}

/// Lists the reports of the tenant, newest first.
#[utoipa::path(get, path = "/admin/costs/chargeback/reports", tag = "costs", operation_id = "list_chargebacks", extensions(("x-permission" = json!("chargeback.read"))),
    responses((status = 200, description = "The reports", body = wire::Envelope<wire::ChargebackList>)))]
async fn list(
    State(platform): State<Platform>,
    As(_op, caller): As<ChargebackRead>,
) -> Result<Reply<wire::ChargebackList>, Refusal> {
    let reports = platform.runs.costs.reports(&platform.db, &caller).await?;
    Ok(Reply::ok(wire::ChargebackList { items: reports.into_iter().map(convert::report).collect() }))
}

/// One report.
#[utoipa::path(get, path = "/admin/costs/chargeback/reports/{report_id}", tag = "costs", operation_id = "get_chargeback", params(("report_id" = String, Path, description = "The report")),
    extensions(("x-permission" = json!("chargeback.read"))),
    responses((status = 200, description = "The report", body = wire::Envelope<wire::ChargebackReport>)))]
async fn get(
    State(platform): State<Platform>,
    As(_op, caller): As<ChargebackRead>,
    Path(id): Path<String>,
) -> Result<Reply<wire::ChargebackReport>, Refusal> {
    // An id that is none names nothing.
    let id: Uuid = id.parse().map_err(|_| CostError::ReportNotFound)?;
    Ok(Reply::ok(convert::report(platform.runs.costs.find_report(&platform.db, &caller, id).await?)))
}

/// The newest report of the tenant, as it sees it itself.
#[utoipa::path(get, path = "/self-serve/costs/chargeback/latest", tag = "self-serve", operation_id = "get_latest_chargeback", extensions(("x-permission" = json!("chargeback.read"))),
    responses((status = 200, description = "The report", body = wire::Envelope<wire::ChargebackReport>)))]
async fn latest(
    State(platform): State<Platform>,
    As(_op, caller): As<ChargebackRead>,
) -> Result<Reply<wire::ChargebackReport>, Refusal> {
    Ok(Reply::ok(convert::report(platform.runs.costs.latest_report(&platform.db, &caller).await?)))
}

fn moment(text: Option<&str>) -> Result<DateTime<Utc>, CostError> {
    let wrong = CostError::InvalidPeriod("period_start and period_end must be moments such as 2026-05-01T00:00:00Z");
    text.and_then(read_moment).ok_or(wrong)
}
