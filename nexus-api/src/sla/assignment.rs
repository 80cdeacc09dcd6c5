//! `/v1/admin/sla/assignments/{tenant_id}`: which policy counts for a tenant. Administrators say it of their own tenant, the
//! operator of any.

use axum::extract::State;
use nexus_authz::permission::{SlaManage, SlaRead};
use nexus_core::{
    id::TenantId,
    pg::{Db, DbError},
    sla::{
        Owner, SlaError,
        change::{self, Assign},
        store,
    },
};
use nexus_sdk::wire;
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{convert, id_of};
use crate::{
    app::Platform,
    http::{
        Body, Done, Once, Path, Refusal, Reply, Validate,
        caller::{As, named_tenant},
    },
};

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(get, patch))
}

impl Validate for wire::PatchSlaAssignment {}

/// The assignment of a tenant that is in force, and what is planned; or else the one that begins next.
#[utoipa::path(get, path = "/admin/sla/assignments/{tenant_id}", tag = "sla", operation_id = "get_sla_assignment",
    params(("tenant_id" = String, Path, description = "The tenant")), extensions(("x-permission" = json!("sla.read"))),
    responses((status = 200, description = "The assignment", body = wire::Envelope<wire::SlaAssignment>)))]
async fn get(
    State(platform): State<Platform>,
    As(op, caller): As<SlaRead>,
    Path(named): Path<TenantId>,
) -> Result<Reply<wire::SlaAssignment>, Refusal> {
    let tenant = named_tenant(&platform, &caller, named)?;
    let mut tx = platform.db.tenant(&tenant).await?;
    let mut found = store::policy::assignments(&mut tx, &tenant, op.now).await.map_err(DbError::from)?.into_iter();
    let first = found.next().ok_or(SlaError::NoAssignment)?;
    let planned = found.find(|next| next.effective_from > op.now);
    Ok(Reply::ok(convert::assignment(first, planned.as_ref())))
}

/// Says which policy counts for a tenant, in place of what was said before. What is not given is as if it was never said. With a
/// beginning in the future, what counts now counts until then.
#[utoipa::path(patch, path = "/admin/sla/assignments/{tenant_id}", tag = "sla", operation_id = "patch_sla_assignment",
    params(("tenant_id" = String, Path, description = "The tenant")), request_body = wire::PatchSlaAssignment,
    extensions(("x-permission" = json!("sla.manage"))),
    responses((status = 200, description = "The assignment", body = wire::Envelope<wire::SlaAssignment>)))]
async fn patch(
    State(platform): State<Platform>,
    As(op, caller): As<SlaManage>,
    Path(named): Path<TenantId>,
    once: Once,
    Body(body): Body<wire::PatchSlaAssignment>,
) -> Result<Done<Reply<wire::SlaAssignment>>, Refusal> {
    let tenant = named_tenant(&platform, &caller, named)?;
    let change = async |db: Db| {
        let wanted = Assign {
            policy: id_of(&body.policy_id, SlaError::NotFound("policy"))?,
            effective_from: body.effective_from,
            effective_to: body.effective_to,
            over: body.override_json.map(Value::Object),
        };
        let defaults = &platform.sla.settings().defaults;
        let assignment = if tenant == caller.tenant {
            let mut tx = db.tenant(&tenant).await?;
            let assignment = change::assign(&op, &mut tx, &caller, &tenant, defaults, wanted).await?;
            tx.commit().await?;
            assignment
        } else {
            // What the operator did is recorded where the operator is.
            let mut tx = db.platform().await?;
            let assignment = change::assign(&op, &mut tx, &caller, &tenant, defaults, wanted).await?;
            tx.commit().await?;
            assignment
        };
        Ok(Reply::ok(convert::assignment(assignment, None)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.sla.changed(&Owner::Tenant(tenant)).await;
    Ok(done)
}
