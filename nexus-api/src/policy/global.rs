//! `/v1/admin/authz/global-policies`: the policies of the operator, which bind every tenant. Everybody they bind sees them
//! among the policies of the tenant.

use axum::extract::State;
use nexus_authz::{permission::PolicyManageGlobal, policy::change};
use nexus_core::pg::Db;
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{convert::to_wire, policy_id};
use crate::{
    app::Platform,
    http::{Body, Created, Done, NoContent, Once, Path, Refusal, Reply, caller::As},
};

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(patch, delete))
        .routes(routes!(enable))
        .routes(routes!(disable))
}

/// Makes a policy that binds every tenant.
#[utoipa::path(post, path = "/admin/authz/global-policies", tag = "authz", operation_id = "create_global_policy", request_body = wire::CreatePolicy,
    extensions(("x-permission" = json!("policy.manage_global"))),
    responses((status = 201, description = "The policy", body = wire::Envelope<wire::Policy>)))]
async fn create(
    State(platform): State<Platform>,
    As(op, caller): As<PolicyManageGlobal>,
    once: Once,
    Body(body): Body<wire::CreatePolicy>,
) -> Result<Done<Created<wire::Policy>>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.platform().await?;
        let policy = super::create(&platform, &op, &mut tx, &caller, body).await?;
        tx.commit().await?;
        Ok(Created(to_wire(policy)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.changes.settled().await;
    Ok(done)
}

/// Changes a global policy. What is not given stays; every change makes a new version.
#[utoipa::path(patch, path = "/admin/authz/global-policies/{policy_id}", tag = "authz", operation_id = "patch_global_policy", params(("policy_id" = String, Path, description = "The policy")),
    request_body = wire::PatchPolicy, extensions(("x-permission" = json!("policy.manage_global"))),
    responses((status = 200, description = "The policy", body = wire::Envelope<wire::Policy>)))]
async fn patch(
    State(platform): State<Platform>,
    As(op, caller): As<PolicyManageGlobal>,
    Path(id): Path<String>,
    once: Once,
    Body(body): Body<wire::PatchPolicy>,
) -> Result<Done<Reply<wire::Policy>>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.platform().await?;
        let policy = super::update(&platform, &op, &mut tx, (&caller, &id), body).await?;
        tx.commit().await?;
        Ok(Reply::ok(to_wire(policy)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.changes.settled().await;
    Ok(done)
}

/// Deletes a global policy.
#[utoipa::path(delete, path = "/admin/authz/global-policies/{policy_id}", tag = "authz", operation_id = "delete_global_policy", params(("policy_id" = String, Path, description = "The policy")),
    extensions(("x-permission" = json!("policy.manage_global"))),
    responses((status = 204, description = "Deleted")))]
async fn delete(
    State(platform): State<Platform>,
    As(op, caller): As<PolicyManageGlobal>,
    Path(id): Path<String>,
    once: Once,
) -> Result<Done<NoContent>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.platform().await?;
        change::delete(&op, &mut tx, &caller, policy_id(&id)?).await?;
        tx.commit().await?;
        Ok(NoContent)
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.changes.settled().await;
    Ok(done)
}

/// Switches a global policy on. Its version stays.
#[utoipa::path(post, path = "/admin/authz/global-policies/{policy_id}/enable", tag = "authz", operation_id = "enable_global_policy",
    params(("policy_id" = String, Path, description = "The policy")), extensions(("x-permission" = json!("policy.manage_global"))),
    responses((status = 200, description = "The policy", body = wire::Envelope<wire::Policy>)))]
async fn enable(
    State(platform): State<Platform>,
    As(op, caller): As<PolicyManageGlobal>,
    Path(id): Path<String>,
    once: Once,
) -> Result<Done<Reply<wire::Policy>>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.platform().await?;
        let policy = change::switch(&op, &mut tx, &caller, policy_id(&id)?, true).await?;
        tx.commit().await?;
        Ok(Reply::ok(to_wire(policy)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.changes.settled().await;
    Ok(done)
}

/// Switches a global policy off. Its version stays.
#[utoipa::path(post, path = "/admin/authz/global-policies/{policy_id}/disable", tag = "authz", operation_id = "disable_global_policy",
    params(("policy_id" = String, Path, description = "The policy")), extensions(("x-permission" = json!("policy.manage_global"))),
    responses((status = 200, description = "The policy", body = wire::Envelope<wire::Policy>)))]
async fn disable(
    State(platform): State<Platform>,
    As(op, caller): As<PolicyManageGlobal>,
    Path(id): Path<String>,
    once: Once,
) -> Result<Done<Reply<wire::Policy>>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.platform().await?;
        let policy = change::switch(&op, &mut tx, &caller, policy_id(&id)?, false).await?;
        tx.commit().await?;
        Ok(Reply::ok(to_wire(policy)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.changes.settled().await;
    Ok(done)
}
