//! `/v1/admin/authz/policies` and `/v1/admin/authz/global-policies`: the rules of a tenant, and those of the operator.
//!
//! An answer to a change comes when no replica decides by the old state any more.

mod convert;
mod global;
mod simulate;
mod tenant;

use nexus_authz::{
    caller::Caller,
    policy::change::{self, PolicyError, Stored, Writes, store::Connection},
};
use nexus_core::{
    op::Op,
    problem::{Code, Kind},
};
use nexus_sdk::wire;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use self::convert::{content_from_wire, patch_from_wire};
use crate::{
    app::Platform,
    http::{Faults, Refusal, Validate, page::check_limit},
};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    tenant::routes().merge(global::routes()).merge(simulate::routes())
}

/// Which policies.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Whether those of the operator, which bind every tenant, are listed too.
    #[param(default = true)]
    include_global: Option<bool>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u32>,
    /// `meta.next_cursor` of the page before.
    cursor: Option<String>,
}

impl Validate for ListQuery {
    fn validate(&self, faults: &mut Faults) {
        check_limit(self.limit, faults);
    }
}

impl Validate for wire::CreatePolicy {
    fn validate(&self, faults: &mut Faults) {
        check_name("name", &self.name, faults);
    }
}

impl Validate for wire::PatchPolicy {
    fn validate(&self, faults: &mut Faults) {
        if let Some(name) = &self.name {
            check_name("name", name, faults);
        }
    }
}

async fn create<P: Writes>(
    platform: &Platform,
    op: &Op,
    conn: &mut Connection,
    caller: &Caller<P>,
    body: wire::CreatePolicy,
) -> Result<Stored, PolicyError> {
    change::create(op, conn, caller, platform.access.settings(), content_from_wire(body)).await
}

async fn update<P: Writes>(
    platform: &Platform,
    op: &Op,
    conn: &mut Connection,
    (caller, id): (&Caller<P>, &str),
    body: wire::PatchPolicy,
) -> Result<Stored, PolicyError> {
    change::update(op, conn, caller, platform.access.settings(), policy_id(id)?, patch_from_wire(body)).await
}

/// An id that is none names nothing.
fn policy_id(text: &str) -> Result<Uuid, PolicyError> {
    text.parse().map_err(|_| PolicyError::NotFound)
}

/// Where a page of policies ended: the priority and the id of its last one.
fn position(cursor: &str) -> Result<(i32, Uuid), Refusal> {
    let parsed = cursor.split_once('_').and_then(|(priority, id)| Some((priority.parse().ok()?, id.parse().ok()?)));
    let message = "the cursor is not one that this server gave out";
    parsed.ok_or_else(|| Refusal::new(Kind::Malformed, Code::InvalidCursor, message))
}

fn cursor_after(policy: &Stored) -> String {
    format!("{}_{}", policy.content.priority, policy.id)
}

fn check_name(field: &str, name: &str, faults: &mut Faults) {
    faults.length(field, name, &(1..=change::MAX_NAME));
    faults.check(!name.chars().any(char::is_control), field, "has control characters");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_nonsense_is_refused() {
        let id = nexus_core::id::fresh();
        assert_eq!(position(&format!("-7_{id}")).unwrap(), (-7, id));
        for bad in ["", "_", "7", "7_x", "x_00000000-0000-0000-0000-000000000000", "99999999999_"] {
            assert_eq!(position(bad).unwrap_err().code(), Code::InvalidCursor, "{bad}");
        }
    }
}
