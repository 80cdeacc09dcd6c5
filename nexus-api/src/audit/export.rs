//! `/v1/audit/export`: what a stranger needs to check the log without this server.

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
};
use futures::stream;
use http::{HeaderValue, header};
use nexus_authz::permission::AuditRead;
use nexus_core::{
    audit::{Event, EventType, Export, ExportError, Extent},
    problem::{Code, Kind},
    slots::Slot,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{Faults, Query, Refusal, Validate, caller::As},
};

/// After so many events an export ends at the next checkpoint.
const MAX_EVENTS: u64 = 100_000;

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(export))
}

/// From where on.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// Only what was sealed after this checkpoint: `through` of the last line of the export before.
    #[param(minimum = 1)]
    after: Option<u64>,
}

impl Validate for ExportQuery {
    fn validate(&self, faults: &mut Faults) {
        if let Some(after) = &self.after {
            faults.range("after", after, &(1..=u64::try_from(i64::MAX).unwrap_or(u64::MAX)));
        }
    }
}

/// The sealed events of the caller's tenant, oldest first, with everything that proves them: one JSON object a line, for
/// `nexus audit verify`. Ends after 100,000 events with `more`; the next part begins after its `through`.
#[utoipa::path(get, path = "/audit/export", tag = "audit", operation_id = "export_audit_events", params(ExportQuery), extensions(("x-permission" = json!("audit.read"))),
    responses((status = 200, description = "The lines of the export", body = String, content_type = "application/x-ndjson")))]
async fn export(
    State(platform): State<Platform>,
    As(op, caller): As<AuditRead>,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Refusal> {
    let place = platform.audit_desk.exports.take(&caller.tenant)?;
    let extent = Extent { chain: Some(caller.tenant.to_string()), after: query.after, most: Some(MAX_EVENTS) };
    let mut export = Export::new(&platform.db, extent);
    // What cannot begin is refused; what fails later breaks off, and lacks its last line.
    let first = export.next().await.map_err(refusal)?.unwrap_or_default();
    let event = Event::by(&op, &caller, EventType::AuditExported).resource("audit", "events");
    platform.audit.note(event.after(query.after));
    let rest = stream::try_unfold((export, place), next);
    let body = futures::StreamExt::chain(stream::iter([Ok(first)]), rest);
    let mut response = Body::from_stream(body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(response)
}

async fn next((mut export, place): (Export, Slot)) -> Result<Option<(Vec<u8>, (Export, Slot))>, ExportError> {
    let next = export.next().await;
    let next = next.inspect_err(|error| tracing::warn!(%error, "an export of the audit log broke off"));
    Ok(next?.map(|lines| (lines, (export, place))))
}

fn refusal(error: ExportError) -> Refusal {
    match error {
        ExportError::Db(error) => error.into(),
        ExportError::NoSuchCheckpoint(_) => Refusal::not_found(),
        ExportError::Pruned => Refusal::new(Kind::Conflict, Code::Conflict, error.to_string()),
        ExportError::Write(error) => Refusal::internal(&error),
    }
}
