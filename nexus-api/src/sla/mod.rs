//! `/v1/admin/sla`: policies for service levels, what was measured, incidents, and autoscaling; and what a request tells of
//! the service level that it is part of.

mod assignment;
mod autoscaling;
mod convert;
mod global;
mod measurement;
mod policy;

use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};
use nexus_authz::permission::{Entry, RouteClass};
use nexus_core::{
    id::TenantId,
    principal::Role,
    problem::{Code, Kind, Problem},
    sla::{Class, Sla, Standing, change},
};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use crate::{
    app::Platform,
    http::{Context, Faults, Refusal},
};

const X_SLA_STATUS: HeaderName = HeaderName::from_static("x-sla-status");
const X_SLA_POLICY_ID: HeaderName = HeaderName::from_static("x-sla-policy-id");
const X_SLA_DECISION: HeaderName = HeaderName::from_static("x-sla-decision");
const X_SLA_ROUTE_CLASS: HeaderName = HeaderName::from_static("x-sla-route-class");
const X_SLA_WINDOW_END: HeaderName = HeaderName::from_static("x-sla-window-end");

/// The routes of this slice.
#[must_use]
pub fn routes() -> OpenApiRouter<Platform> {
    policy::routes()
        .merge(global::routes())
        .merge(assignment::routes())
        .merge(measurement::routes())
        .merge(autoscaling::routes())
}

/// Tells how requests of a class stand. What is not known is empty.
pub(crate) fn tell(context: &Context, standing: &Standing) {
    let policy = standing.policy.map(|id| id.to_string()).unwrap_or_default();
    let end = standing.window_end.map(|end| end.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)).unwrap_or_default();
    let text = |text: String| HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    let told = [
        (X_SLA_STATUS, HeaderValue::from_static(standing.status.as_str())),
        (X_SLA_POLICY_ID, text(policy)),
        (X_SLA_DECISION, HeaderValue::from_static(standing.decision.as_str())),
        (X_SLA_ROUTE_CLASS, HeaderValue::from_static(standing.class.as_str())),
        (X_SLA_WINDOW_END, text(end)),
    ];
    for (name, value) in told {
        context.tell(name, value);
    }
}

/// What requests with this permission are measured as. Runs are not measured here: they end long after their answer began.
pub(crate) fn class_of(entry: Entry) -> Option<Class> {
    match (entry.name, entry.class) {
        ("run.invoke", _) => None,
        ("document.ingest" | "document.reindex" | "corpus.reindex", _) => Some(Class::Ingest),
        (_, RouteClass::Ops) => Some(Class::Ops),
        (_, RouteClass::Run) => Some(Class::Read),
        _ if entry.least >= Role::Admin => Some(Class::Admin),
        (_, RouteClass::Read) => Some(Class::Read),
        (_, RouteClass::Mutation) => Some(Class::Mutation),
    }
}

/// The service level that binds requests with this permission. Searches stand as runs do.
pub(crate) fn bound_by(entry: Entry) -> Option<Class> {
    match class_of(entry) {
        Some(Class::Ingest) => Some(Class::Ingest),
        _ if entry.class == RouteClass::Run => Some(Class::Run),
        _ => None,
    }
}

/// A request that is measured when its answer is there.
#[derive(Debug)]
pub struct Measured {
    sla: Sla,
    tenant: TenantId,
    class: Class,
}

impl Measured {
    pub(crate) fn new(sla: &Sla, tenant: &TenantId, class: Class) -> Self {
        Self { sla: sla.clone(), tenant: tenant.clone(), class }
    }

    /// Counts the answer if something was done for it, or should have been. What is refused tells nothing of how requests do,
    /// whether it was the request that was wrong or the platform that was not willing.
    pub(crate) fn answered(&self, status: StatusCode, code: Option<Code>, took: Duration) {
        let unwilling = [Code::ServiceBusy, Code::FeatureTemporarilyDisabled, Code::SlaShedLoad];
        let failed = status.is_server_error() && code.is_none_or(|code| !unwilling.contains(&code));
        if failed || status.is_success() {
            self.sla.observe(&self.tenant, self.class, took, failed);
        }
    }

    /// Counts a request whose client left before the answer began: it has waited at least so long.
    pub(crate) fn abandoned(&self, waited: Duration) {
        self.sla.observe(&self.tenant, self.class, waited, false);
    }
}

fn forbidden(message: &'static str) -> Refusal {
    Refusal::new(Kind::Forbidden, Code::AuthForbidden, message)
}

/// An id that is none names nothing.
fn id_of<E: Problem>(text: &str, missing: E) -> Result<Uuid, Refusal> {
    text.parse().map_err(|_| missing.into())
}

fn check_name(name: &str, faults: &mut Faults) {
    faults.length("name", name, &(1..=change::MAX_NAME));
    faults.check(!name.chars().any(char::is_control), "name", "has control characters");
}
