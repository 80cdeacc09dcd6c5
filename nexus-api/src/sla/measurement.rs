//! `/v1/admin/sla/measurements` and `/v1/admin/sla/incidents`: how service levels did.

use axum::extract::State;
use nexus_authz::permission::{SlaManage, SlaRead};
use nexus_core::{
    id::TenantId,
    pg::{Db, DbError},
    sla::{SlaError, change, store},
};
use nexus_sdk::wire::{self, SlaIncidentStatus, SlaRouteClass};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{convert, id_of};
use crate::{
    app::Platform,
    http::{
        Done, Faults, Once, Path, Query, Refusal, Reply, Validate,
        caller::{As, named_tenant},
    },
};

/// The most incidents that a list shows.
const MAX_INCIDENTS: i64 = 500;
/// How many windows are shown when nobody says.
const DEFAULT_WINDOWS: u32 = 50;

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(incidents)).routes(routes!(resolve))
}

/// How long a window is.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
enum Window {
    /// As it is measured: `SLA_MEASUREMENT_WINDOW_SECONDS`.
    #[default]
    #[serde(rename = "1m")]
    One,
    /// Five minutes.
    #[serde(rename = "5m")]
    Five,
}

/// Which measurements.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// The caller's own tenant; another one only for the operator.
    tenant_id: Option<String>,
    /// Only of this class.
    route_class: Option<SlaRouteClass>,
    /// How long a window is: `1m` or `5m`.
    #[param(inline)]
    window: Option<Window>,
    /// How many windows at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

impl Validate for ListQuery {
    fn validate(&self, faults: &mut Faults) {
        if let Some(limit) = &self.limit {
            faults.range("limit", limit, &(1..=200));
        }
    }
}

/// Which incidents.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct IncidentQuery {
    /// Only in this state.
    status: Option<SlaIncidentStatus>,
}

impl Validate for IncidentQuery {}

/// Lists what was measured by all replicas together, newest window first.
#[utoipa::path(get, path = "/admin/sla/measurements", tag = "sla", operation_id = "list_sla_measurements", params(ListQuery),
    extensions(("x-permission" = json!("sla.read"))),
    responses((status = 200, description = "The windows", body = wire::Envelope<wire::SlaMeasurementList>)))]
async fn list(
    State(platform): State<Platform>,
    As(_op, caller): As<SlaRead>,
    Query(query): Query<ListQuery>,
) -> Result<Reply<wire::SlaMeasurementList>, Refusal> {
    let tenant: TenantId = match &query.tenant_id {
        Some(named) => named_tenant(&platform, &caller, named.parse().map_err(|_| Refusal::not_found())?)?,
        None => caller.tenant.clone(),
    };
    platform.sla.flush().await;
    let grid = platform.sla.settings().grid;
    let step = match query.window.unwrap_or_default() {
        Window::One => grid.seconds(),
        Window::Five => grid.seconds().max(300),
    };
    let (class, limit) = (query.route_class.map(convert::class_from_wire), query.limit.unwrap_or(DEFAULT_WINDOWS));
    let mut tx = platform.db.tenant(&tenant).await?;
    let found = store::measurement::list(&mut tx, &tenant, class, (grid, step), limit.into()).await;
    let items = found.map_err(DbError::from)?.iter().map(|it| convert::measurement(&tenant, it, step)).collect();
    Ok(Reply::ok(wire::SlaMeasurementList { items }))
}

/// Lists the incidents of the tenant, newest first.
#[utoipa::path(get, path = "/admin/sla/incidents", tag = "sla", operation_id = "list_sla_incidents", params(IncidentQuery),
    extensions(("x-permission" = json!("sla.read"))),
    responses((status = 200, description = "The incidents", body = wire::Envelope<wire::SlaIncidentList>)))]
async fn incidents(
    State(platform): State<Platform>,
    As(_op, caller): As<SlaRead>,
    Query(query): Query<IncidentQuery>,
) -> Result<Reply<wire::SlaIncidentList>, Refusal> {
    let status = query.status.map(convert::status_from_wire);
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let found = store::incident::list(&mut tx, &caller.tenant, status, MAX_INCIDENTS).await.map_err(DbError::from)?;
    Ok(Reply::ok(wire::SlaIncidentList { items: found.into_iter().map(convert::incident).collect() }))
}

/// Resolves an incident by hand. Only a window that is broken afterwards opens another one.
#[utoipa::path(post, path = "/admin/sla/incidents/{incident_id}/resolve", tag = "sla", operation_id = "resolve_sla_incident",
    params(("incident_id" = String, Path, description = "The incident")), extensions(("x-permission" = json!("sla.manage"))),
    responses((status = 200, description = "The incident", body = wire::Envelope<wire::SlaIncident>)))]
async fn resolve(
    State(platform): State<Platform>,
    As(op, caller): As<SlaManage>,
    Path(id): Path<String>,
    once: Once,
) -> Result<Done<Reply<wire::SlaIncident>>, Refusal> {
    let change = async |db: Db| {
        let id = id_of(&id, SlaError::NotFound("incident"))?;
        let mut tx = db.tenant(&caller.tenant).await?;
        let incident = change::resolve(&op, &mut tx, &caller, id).await?;
        tx.commit().await?;
        Ok(Reply::ok(convert::incident(incident)))
    };
    once.perform(&platform, &op, &caller, change).await
}
