//! `/v1/admin/authz/policies`: what administrators see, and the policies of their tenant.

use axum::extract::State;
use nexus_authz::{
    permission::{PolicyManage, PolicyRead},
    policy::change::{self, Owner, PolicyError, store},
};
use nexus_core::{
    page::DEFAULT_LIMIT,
    pg::{Db, DbError},
};
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ListQuery, convert::to_wire, cursor_after, policy_id, position};
use crate::{
    app::Platform,
    http::{Body, Created, Done, NoContent, Once, Path, Query, Refusal, Reply, caller::As},
};

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, patch, delete))
        .routes(routes!(enable))
        .routes(routes!(disable))
}

/// Lists the policies that bind the tenant, highest priority first.
#[utoipa::path(get, path = "/admin/authz/policies", tag = "authz", operation_id = "list_policies", params(ListQuery), extensions(("x-permission" = json!("policy.read"))),
    responses((status = 200, description = "The policies", body = wire::Envelope<wire::PolicyList>)))]
async fn list(
    State(platform): State<Platform>,
    As(_op, caller): As<PolicyRead>,
    Query(query): Query<ListQuery>,
) -> Result<Reply<wire::PolicyList>, Refusal> {
    let mut owners = vec![Owner::Tenant(caller.tenant.clone())];
    if query.include_global.unwrap_or(true) {
        owners.push(Owner::Operator);
    }
    let after = query.cursor.as_deref().map(position).transpose()?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let found = store::list(&mut tx, &owners, after, i64::from(limit) + 1).await;
    let mut policies = found.map_err(DbError::from)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = policies.len() > limit;
    policies.truncate(limit);
    let next = policies.last().filter(|_| more).map(cursor_after);
    Ok(Reply::ok(wire::PolicyList { items: policies.into_iter().map(to_wire).collect() }).next_token(next))
}

/// Makes a policy of the tenant.
#[utoipa::path(post, path = "/admin/authz/policies", tag = "authz", operation_id = "create_policy", request_body = wire::CreatePolicy,
    extensions(("x-permission" = json!("policy.manage"))),
    responses((status = 201, description = "The policy", body = wire::Envelope<wire::Policy>)))]
async fn create(
    State(platform): State<Platform>,
    As(op, caller): As<PolicyManage>,
    once: Once,
    Body(body): Body<wire::CreatePolicy>,
) -> Result<Done<Created<wire::Policy>>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.tenant(&caller.tenant).await?;
        let policy = super::create(&platform, &op, &mut tx, &caller, body).await?;
        tx.commit().await?;
        Ok(Created(to_wire(policy)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.changes.settled().await;
    Ok(done)
}

/// One policy that binds the tenant.
#[utoipa::path(get, path = "/admin/authz/policies/{policy_id}", tag = "authz", operation_id = "get_policy", params(("policy_id" = String, Path, description = "The policy")),
    extensions(("x-permission" = json!("policy.read"))),
    responses((status = 200, description = "The policy", body = wire::Envelope<wire::Policy>)))]
async fn get(
    State(platform): State<Platform>,
    As(_op, caller): As<PolicyRead>,
    Path(id): Path<String>,
) -> Result<Reply<wire::Policy>, Refusal> {
    let id = policy_id(&id)?;
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let owners = [Owner::Tenant(caller.tenant.clone()), Owner::Operator];
    let found = store::find(&mut tx, &owners, id).await.map_err(DbError::from)?;
    Ok(Reply::ok(to_wire(found.ok_or(PolicyError::NotFound)?)))
}

/// Changes a policy of the tenant. What is not given stays; every change makes a new version.
#[utoipa::path(patch, path = "/admin/authz/policies/{policy_id}", tag = "authz", operation_id = "patch_policy", params(("policy_id" = String, Path, description = "The policy")),
    request_body = wire::PatchPolicy, extensions(("x-permission" = json!("policy.manage"))),
    responses((status = 200, description = "The policy", body = wire::Envelope<wire::Policy>)))]
async fn patch(
    State(platform): State<Platform>,
    As(op, caller): As<PolicyManage>,
    Path(id): Path<String>,
    once: Once,
    Body(body): Body<wire::PatchPolicy>,
) -> Result<Done<Reply<wire::Policy>>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.tenant(&caller.tenant).await?;
        let policy = super::update(&platform, &op, &mut tx, (&caller, &id), body).await?;
        tx.commit().await?;
        Ok(Reply::ok(to_wire(policy)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.changes.settled().await;
    Ok(done)
}

/// Deletes a policy of the tenant.
#[utoipa::path(delete, path = "/admin/authz/policies/{policy_id}", tag = "authz", operation_id = "delete_policy", params(("policy_id" = String, Path, description = "The policy")),
    extensions(("x-permission" = json!("policy.manage"))),
    responses((status = 204, description = "Deleted")))]
async fn delete(
    State(platform): State<Platform>,
    As(op, caller): As<PolicyManage>,
    Path(id): Path<String>,
    once: Once,
) -> Result<Done<NoContent>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.tenant(&caller.tenant).await?;
        change::delete(&op, &mut tx, &caller, policy_id(&id)?).await?;
        tx.commit().await?;
        Ok(NoContent)
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.changes.settled().await;
    Ok(done)
}

/// Switches a policy of the tenant on. Its version stays.
#[utoipa::path(post, path = "/admin/authz/policies/{policy_id}/enable", tag = "authz", operation_id = "enable_policy",
    params(("policy_id" = String, Path, description = "The policy")), extensions(("x-permission" = json!("policy.manage"))),
    responses((status = 200, description = "The policy", body = wire::Envelope<wire::Policy>)))]
async fn enable(
    State(platform): State<Platform>,
    As(op, caller): As<PolicyManage>,
    Path(id): Path<String>,
    once: Once,
) -> Result<Done<Reply<wire::Policy>>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.tenant(&caller.tenant).await?;
        let policy = change::switch(&op, &mut tx, &caller, policy_id(&id)?, true).await?;
        tx.commit().await?;
        Ok(Reply::ok(to_wire(policy)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.changes.settled().await;
    Ok(done)
}

/// Switches a policy of the tenant off. Its version stays.
#[utoipa::path(post, path = "/admin/authz/policies/{policy_id}/disable", tag = "authz", operation_id = "disable_policy",
    params(("policy_id" = String, Path, description = "The policy")), extensions(("x-permission" = json!("policy.manage"))),
    responses((status = 200, description = "The policy", body = wire::Envelope<wire::Policy>)))]
async fn disable(
    State(platform): State<Platform>,
    As(op, caller): As<PolicyManage>,
    Path(id): Path<String>,
    once: Once,
) -> Result<Done<Reply<wire::Policy>>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.tenant(&caller.tenant).await?;
        let policy = change::switch(&op, &mut tx, &caller, policy_id(&id)?, false).await?;
        tx.commit().await?;
        Ok(Reply::ok(to_wire(policy)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.changes.settled().await;
    Ok(done)
}
