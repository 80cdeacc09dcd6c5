//! `/v1/admin/sla/policies`: what administrators see, and the policies of their tenant.

use axum::extract::State;
use nexus_authz::permission::{SlaManage, SlaRead};
use nexus_core::{
    pg::{Db, DbError},
    sla::{Owner, SlaError, change, store},
};
use nexus_sdk::wire;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{convert, id_of};
use crate::{
    app::Platform,
    http::{Body, Created, Done, Faults, Once, Path, Query, Refusal, Reply, Validate, caller::As},
};

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(patch))
        .routes(routes!(enable))
        .routes(routes!(disable))
}

/// Which policies.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Whether those of the operator are listed too.
    #[param(default = true)]
    include_global: Option<bool>,
}

impl Validate for ListQuery {}

impl Validate for wire::CreateSlaPolicy {
    fn validate(&self, faults: &mut Faults) {
        super::check_name(&self.name, faults);
        faults.range("version", &self.version, &(1..=i32::MAX / 2));
    }
}

impl Validate for wire::PatchSlaPolicy {
    fn validate(&self, faults: &mut Faults) {
        if let Some(name) = &self.name {
            super::check_name(name, faults);
        }
    }
}

/// Lists the policies that may count for the tenant, newest first.
#[utoipa::path(get, path = "/admin/sla/policies", tag = "sla", operation_id = "list_sla_policies", params(ListQuery),
    extensions(("x-permission" = json!("sla.read"))),
    responses((status = 200, description = "The policies", body = wire::Envelope<wire::SlaPolicyList>)))]
async fn list(
    State(platform): State<Platform>,
    As(_op, caller): As<SlaRead>,
    Query(query): Query<ListQuery>,
) -> Result<Reply<wire::SlaPolicyList>, Refusal> {
    let mut owners = vec![Owner::Tenant(caller.tenant.clone())];
    if query.include_global.unwrap_or(true) {
        owners.push(Owner::Operator);
    }
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let found = store::policy::list(&mut tx, &owners, 2 * change::MAX_POLICIES).await.map_err(DbError::from)?;
    Ok(Reply::ok(wire::SlaPolicyList { items: found.into_iter().map(convert::policy).collect() }))
}

/// Makes a policy of the tenant. It counts for the tenant once it is assigned.
#[utoipa::path(post, path = "/admin/sla/policies", tag = "sla", operation_id = "create_sla_policy", request_body = wire::CreateSlaPolicy,
    extensions(("x-permission" = json!("sla.manage"))),
    responses((status = 201, description = "The policy", body = wire::Envelope<wire::SlaPolicy>)))]
async fn create(
    State(platform): State<Platform>,
    As(op, caller): As<SlaManage>,
    once: Once,
    Body(body): Body<wire::CreateSlaPolicy>,
) -> Result<Done<Created<wire::SlaPolicy>>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.tenant(&caller.tenant).await?;
        let (owner, version) = (Owner::Tenant(caller.tenant.clone()), body.version);
        let (defaults, content) = (&platform.sla.settings().defaults, convert::content(body));
        let policy = change::create(&op, &mut tx, &caller, owner, defaults, (content, version)).await?;
        tx.commit().await?;
        Ok(Created(convert::policy(policy)))
    };
    once.perform(&platform, &op, &caller, change).await
}

/// Changes a policy of the tenant. What is not given stays; a change of more than `enabled` makes a new version.
#[utoipa::path(patch, path = "/admin/sla/policies/{policy_id}", tag = "sla", operation_id = "patch_sla_policy",
    params(("policy_id" = String, Path, description = "The policy")), request_body = wire::PatchSlaPolicy,
    extensions(("x-permission" = json!("sla.manage"))),
    responses((status = 200, description = "The policy", body = wire::Envelope<wire::SlaPolicy>)))]
async fn patch(
    State(platform): State<Platform>,
    As(op, caller): As<SlaManage>,
    Path(id): Path<String>,
    once: Once,
    Body(body): Body<wire::PatchSlaPolicy>,
) -> Result<Done<Reply<wire::SlaPolicy>>, Refusal> {
    let change = async |db: Db| {
        let what = (id_of(&id, SlaError::NotFound("policy"))?, convert::patch(body));
        let (owner, defaults) = (Owner::Tenant(caller.tenant.clone()), &platform.sla.settings().defaults);
        let mut tx = db.tenant(&caller.tenant).await?;
        let policy = change::update(&op, &mut tx, &caller, &owner, defaults, what).await?;
        tx.commit().await?;
        Ok(Reply::ok(convert::policy(policy)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.sla.changed(&Owner::Tenant(caller.tenant.clone())).await;
    Ok(done)
}

/// Switches a policy of the tenant on. Its version stays.
#[utoipa::path(post, path = "/admin/sla/policies/{policy_id}/enable", tag = "sla", operation_id = "enable_sla_policy",
    params(("policy_id" = String, Path, description = "The policy")), extensions(("x-permission" = json!("sla.manage"))),
    responses((status = 200, description = "The policy", body = wire::Envelope<wire::SlaPolicy>)))]
async fn enable(
    State(platform): State<Platform>,
    As(op, caller): As<SlaManage>,
    Path(id): Path<String>,
    once: Once,
) -> Result<Done<Reply<wire::SlaPolicy>>, Refusal> {
    let change = async |db: Db| {
        let (id, owner) = (id_of(&id, SlaError::NotFound("policy"))?, Owner::Tenant(caller.tenant.clone()));
        let mut tx = db.tenant(&caller.tenant).await?;
        let policy = change::switch(&op, &mut tx, &caller, &owner, (id, true)).await?;
        tx.commit().await?;
        Ok(Reply::ok(convert::policy(policy)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.sla.changed(&Owner::Tenant(caller.tenant.clone())).await;
    Ok(done)
}

/// Switches a policy of the tenant off. Its version stays.
#[utoipa::path(post, path = "/admin/sla/policies/{policy_id}/disable", tag = "sla", operation_id = "disable_sla_policy",
    params(("policy_id" = String, Path, description = "The policy")), extensions(("x-permission" = json!("sla.manage"))),
    responses((status = 200, description = "The policy", body = wire::Envelope<wire::SlaPolicy>)))]
async fn disable(
    State(platform): State<Platform>,
    As(op, caller): As<SlaManage>,
    Path(id): Path<String>,
    once: Once,
) -> Result<Done<Reply<wire::SlaPolicy>>, Refusal> {
    let change = async |db: Db| {
        let (id, owner) = (id_of(&id, SlaError::NotFound("policy"))?, Owner::Tenant(caller.tenant.clone()));
        let mut tx = db.tenant(&caller.tenant).await?;
        let policy = change::switch(&op, &mut tx, &caller, &owner, (id, false)).await?;
        tx.commit().await?;
        Ok(Reply::ok(convert::policy(policy)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.sla.changed(&Owner::Tenant(caller.tenant.clone())).await;
    Ok(done)
}
