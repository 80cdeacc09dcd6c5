//! `/v1/admin/sla/global-policies`: the policies of the operator. The newest that is switched on counts for every tenant without
//! an assignment. Everybody sees them among the policies of the tenant.

use axum::extract::State;
use nexus_authz::permission::SlaManageGlobal;
use nexus_core::{
    pg::Db,
    sla::{Owner, SlaError, change},
};
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{convert, id_of};
use crate::{
    app::Platform,
    http::{Body, Created, Done, Once, Path, Refusal, Reply, caller::As},
};

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(patch)).routes(routes!(enable)).routes(routes!(disable))
}

/// Makes a policy that counts for every tenant without an assignment, as long as it is the newest.
#[utoipa::path(post, path = "/admin/sla/global-policies", tag = "sla", operation_id = "create_global_sla_policy", request_body = wire::CreateSlaPolicy,
    extensions(("x-permission" = json!("sla.manage_global"))),
    responses((status = 201, description = "The policy", body = wire::Envelope<wire::SlaPolicy>)))]
async fn create(
    State(platform): State<Platform>,
    As(op, caller): As<SlaManageGlobal>,
    once: Once,
    Body(body): Body<wire::CreateSlaPolicy>,
) -> Result<Done<Created<wire::SlaPolicy>>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.platform().await?;
        let (owner, version) = (Owner::Operator, body.version);
        let (defaults, content) = (&platform.sla.settings().defaults, convert::content(body));
        let policy = change::create(&op, &mut tx, &caller, owner, defaults, (content, version)).await?;
        tx.commit().await?;
        Ok(Created(convert::policy(policy)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.sla.changed(&Owner::Operator).await;
    Ok(done)
}

/// Changes a global policy. What is not given stays; a change of more than `enabled` makes a new version.
#[utoipa::path(patch, path = "/admin/sla/global-policies/{policy_id}", tag = "sla", operation_id = "patch_global_sla_policy",
    params(("policy_id" = String, Path, description = "The policy")), request_body = wire::PatchSlaPolicy,
    extensions(("x-permission" = json!("sla.manage_global"))),
    responses((status = 200, description = "The policy", body = wire::Envelope<wire::SlaPolicy>)))]
async fn patch(
    State(platform): State<Platform>,
    As(op, caller): As<SlaManageGlobal>,
    Path(id): Path<String>,
    once: Once,
    Body(body): Body<wire::PatchSlaPolicy>,
) -> Result<Done<Reply<wire::SlaPolicy>>, Refusal> {
    let change = async |db: Db| {
        let what = (id_of(&id, SlaError::NotFound("policy"))?, convert::patch(body));
        let (owner, defaults) = (Owner::Operator, &platform.sla.settings().defaults);
        let mut tx = db.platform().await?;
        let policy = change::update(&op, &mut tx, &caller, &owner, defaults, what).await?;
        tx.commit().await?;
        Ok(Reply::ok(convert::policy(policy)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.sla.changed(&Owner::Operator).await;
    Ok(done)
}

/// Switches a global policy on. Its version stays.
#[utoipa::path(post, path = "/admin/sla/global-policies/{policy_id}/enable", tag = "sla", operation_id = "enable_global_sla_policy",
    params(("policy_id" = String, Path, description = "The policy")), extensions(("x-permission" = json!("sla.manage_global"))),
    responses((status = 200, description = "The policy", body = wire::Envelope<wire::SlaPolicy>)))]
async fn enable(
    State(platform): State<Platform>,
    As(op, caller): As<SlaManageGlobal>,
    Path(id): Path<String>,
    once: Once,
) -> Result<Done<Reply<wire::SlaPolicy>>, Refusal> {
    let change = async |db: Db| {
        let (id, owner) = (id_of(&id, SlaError::NotFound("policy"))?, Owner::Operator);
        let mut tx = db.platform().await?;
        let policy = change::switch(&op, &mut tx, &caller, &owner, (id, true)).await?;
        tx.commit().await?;
        Ok(Reply::ok(convert::policy(policy)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.sla.changed(&Owner::Operator).await;
    Ok(done)
}

/// Switches a global policy off. Its version stays.
#[utoipa::path(post, path = "/admin/sla/global-policies/{policy_id}/disable", tag = "sla", operation_id = "disable_global_sla_policy",
    params(("policy_id" = String, Path, description = "The policy")), extensions(("x-permission" = json!("sla.manage_global"))),
    responses((status = 200, description = "The policy", body = wire::Envelope<wire::SlaPolicy>)))]
async fn disable(
    State(platform): State<Platform>,
    As(op, caller): As<SlaManageGlobal>,
    Path(id): Path<String>,
    once: Once,
) -> Result<Done<Reply<wire::SlaPolicy>>, Refusal> {
    let change = async |db: Db| {
        let (id, owner) = (id_of(&id, SlaError::NotFound("policy"))?, Owner::Operator);
        let mut tx = db.platform().await?;
        let policy = change::switch(&op, &mut tx, &caller, &owner, (id, false)).await?;
        tx.commit().await?;
        Ok(Reply::ok(convert::policy(policy)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.sla.changed(&Owner::Operator).await;
    Ok(done)
}
