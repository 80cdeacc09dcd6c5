//! Plans: the operator's routes under `/v1/admin/plans`, and what administrators see of their own under
//! `/v1/self-serve/plan`.

use axum::extract::State;
use nexus_authz::permission::{PlanAskUpgrade, PlanManage, PlanRead};
use nexus_core::{
    audit::{Event, EventType},
    billing::BillingEvent,
    id::TenantId,
    pg::{Db, TenantTx},
    plan::{self, Assignment, Entitlements, Feature, PlanError},
    problem::{Code, Kind},
};
use nexus_sdk::wire;
use serde_json::json;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{
        Accepted, Body, Done, Faults, Once, Path, Refusal, Reply, Validate,
        caller::{As, named_tenant},
    },
    quota::{must_be, snapshot},
};

/// The longest particulars of a feature, in bytes of JSON.
const MAX_CONFIG: usize = 16 * 1024;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(catalogue))
        .routes(routes!(get, assign))
        .routes(routes!(override_feature))
        .routes(routes!(own))
        .routes(routes!(ask_upgrade))
}

/// All plans, smallest first.
#[utoipa::path(get, path = "/admin/plans", tag = "plans", operation_id = "list_plans", extensions(("x-permission" = json!("plan.read"))),
    responses((status = 200, description = "The plans", body = wire::Envelope<Vec<wire::Plan>>)))]
async fn catalogue(
    State(platform): State<Platform>,
    As(_op, caller): As<PlanRead>,
) -> Result<Reply<Vec<wire::Plan>>, Refusal> {
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let plans = plan::catalogue(&mut tx).await?;
    Ok(Reply::ok(plans.into_iter().map(to_wire).collect()))
}

/// The plan of a tenant: of one's own, or as the operator of any.
#[utoipa::path(get, path = "/admin/plans/{tenant_id}", tag = "plans", operation_id = "get_tenant_plan", params(("tenant_id" = String, Path, description = "The tenant")),
    extensions(("x-permission" = json!("plan.read"))),
    responses((status = 200, description = "The plan", body = wire::Envelope<wire::TenantPlan>)))]
async fn get(
    State(platform): State<Platform>,
    As(op, caller): As<PlanRead>,
    Path(tenant): Path<TenantId>,
) -> Result<Reply<wire::TenantPlan>, Refusal> {
    let tenant = named_tenant(&platform, &caller, tenant)?;
    must_be(&platform.db, &tenant).await?;
    Ok(Reply::ok(of_tenant(&tenant, &platform.plans.of(&tenant, op.now).await?)))
}

/// Gives a tenant a plan from now on, or from a date on, in place of everything that was to count from then on. Its features
/// hold from the next request on, or from the first one after that date.
#[utoipa::path(patch, path = "/admin/plans/{tenant_id}", tag = "plans", operation_id = "assign_tenant_plan", params(("tenant_id" = String, Path, description = "The tenant")),
    request_body = wire::AssignPlan, extensions(("x-permission" = json!("plan.manage"))),
    responses((status = 200, description = "The plan", body = wire::Envelope<wire::TenantPlan>)))]
async fn assign(
    State(platform): State<Platform>,
    As(op, caller): As<PlanManage>,
    Path(tenant): Path<TenantId>,
    once: Once,
    Body(body): Body<wire::AssignPlan>,
) -> Result<Done<Reply<wire::TenantPlan>>, Refusal> {
    let change = async |db: Db| {
        let from = body.effective_from.unwrap_or(op.now);
        let wanted = Assignment { plan: body.plan_id, from, to: body.effective_to };
        let mut tx = db.tenant(&tenant).await?;
        plan::assign(&op, &mut tx, &caller, &wanted).await?;
        let entitlements = platform.plans.within(&mut tx, op.now).await?;
        tx.commit().await?;
        Ok(Reply::ok(of_tenant(&tenant, &entitlements)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.changes.settled().await;
    Ok(done)
}

/// Decides a feature for one tenant, or lets its plan decide again.
#[utoipa::path(patch, path = "/admin/plans/{tenant_id}/overrides", tag = "plans", operation_id = "override_tenant_feature",
    params(("tenant_id" = String, Path, description = "The tenant")), request_body = wire::OverrideFeature,
    extensions(("x-permission" = json!("plan.manage"))),
    responses((status = 200, description = "The plan", body = wire::Envelope<wire::TenantPlan>)))]
async fn override_feature(
    State(platform): State<Platform>,
    As(op, caller): As<PlanManage>,
    Path(tenant): Path<TenantId>,
    once: Once,
    Body(body): Body<wire::OverrideFeature>,
) -> Result<Done<Reply<wire::TenantPlan>>, Refusal> {
    let unknown = || Refusal::new(Kind::Invalid, Code::Validation, "feature_key names no feature");
    let feature = Feature::of_key(&body.feature_key).ok_or_else(unknown)?;
    let change = async |db: Db| {
        let mut tx = db.tenant(&tenant).await?;
        plan::override_feature(&op, &mut tx, &caller, feature, body.enabled, body.config_json).await?;
        let entitlements = platform.plans.within(&mut tx, op.now).await?;
        tx.commit().await?;
        Ok(Reply::ok(of_tenant(&tenant, &entitlements)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.changes.settled().await;
    Ok(done)
}

/// The plan of one's own tenant.
#[utoipa::path(get, path = "/self-serve/plan", tag = "self-serve", operation_id = "get_plan", extensions(("x-permission" = json!("plan.read"))),
    responses((status = 200, description = "The plan", body = wire::Envelope<wire::TenantPlan>)))]
async fn own(
    State(platform): State<Platform>,
    As(op, caller): As<PlanRead>,
) -> Result<Reply<wire::TenantPlan>, Refusal> {
    let entitlements = platform.plans.of(&caller.tenant, op.now).await?;
    let event = Event::by(&op, &caller, EventType::SelfservePlanViewed);
    platform.audit.note(event.resource("tenant", caller.tenant.as_str()));
    let quota = platform.quotas.standing(&op, &caller.tenant).await?.as_ref().map(snapshot);
    Ok(Reply::ok(wire::TenantPlan { quota, ..of_tenant(&caller.tenant, &entitlements) }))
}

/// Asks the operator for a larger plan. Asking again while a request is open gives the same request.
#[utoipa::path(post, path = "/self-serve/plan/upgrade-request", tag = "self-serve", operation_id = "request_plan_upgrade", request_body = wire::AskUpgrade,
    extensions(("x-permission" = json!("plan.ask_upgrade"))),
    responses((status = 202, description = "The request", body = wire::Envelope<wire::UpgradeRequest>)))]
async fn ask_upgrade(
    State(platform): State<Platform>,
    As(op, caller): As<PlanAskUpgrade>,
    once: Once,
    Body(body): Body<wire::AskUpgrade>,
) -> Result<Done<Accepted<wire::UpgradeRequest>>, Refusal> {
    let change = async |db: Db| {
        let mut tx = db.tenant(&caller.tenant).await?;
        let has = platform.plans.within(&mut tx, op.now).await?.plan;
        if !larger(&mut tx, &has, &body.target_plan).await? {
            return Err(PlanError::NoUpgrade.into());
        }
        let (request_id, new) =
            plan::ask_upgrade(&op, &mut tx, &caller, &body.target_plan, body.reason.as_deref()).await?;
        let facts = [("request_id", json!(request_id)), ("target_plan", json!(body.target_plan))];
        let facts = facts.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect();
        if new {
            platform.billing.announce(&op, &mut tx, BillingEvent::UpgradeRequested, facts).await?;
        }
        tx.commit().await?;
        Ok(Accepted(wire::UpgradeRequest { request_id, status: "pending".into() }))
    };
    once.perform(&platform, &op, &caller, change).await
}

/// Whether a plan comes after the one that a tenant has, in the order of the catalogue. One that is unknown is for the verb to
/// refuse.
async fn larger(tx: &mut TenantTx, has: &str, target: &str) -> Result<bool, Refusal> {
    let plans = plan::catalogue(tx).await?;
    let place = |id: &str| plans.iter().position(|plan| plan.id == id);
    Ok(place(target).is_none_or(|target| place(has).is_none_or(|has| target > has)))
}

impl Validate for wire::AssignPlan {
    fn validate(&self, faults: &mut Faults) {
        faults.storable("plan_id", &self.plan_id);
    }
}

impl Validate for wire::OverrideFeature {
    fn validate(&self, faults: &mut Faults) {
        let Some(config) = self.config_json.iter().flatten().next() else { return };
        let bytes = serde_json::to_vec(config).map_or(0, |bytes| bytes.len());
        faults.check(bytes <= MAX_CONFIG, "config_json", &format!("must have at most {MAX_CONFIG} bytes"));
        faults.storable_object("config_json", config);
    }
}

impl Validate for wire::AskUpgrade {
    fn validate(&self, faults: &mut Faults) {
        faults.storable("target_plan", &self.target_plan);
        if let Some(reason) = &self.reason {
            faults.length("reason", reason, &(0..=1024));
            faults.storable("reason", reason);
        }
    }
}

fn to_wire(plan: plan::Plan) -> wire::Plan {
    let feature =
        |f: plan::PlanFeature| wire::Entitlement { feature_key: f.key, enabled: f.enabled, config_json: f.config };
    wire::Plan {
        id: plan.id,
        name: plan.name,
        is_active: plan.is_active,
        features: plan.features.into_iter().map(feature).collect(),
    }
}

fn of_tenant(tenant: &TenantId, entitlements: &Entitlements) -> wire::TenantPlan {
    let mut all: Vec<wire::Entitlement> = entitlements
        .features
        .iter()
        .map(|(feature, entitlement)| wire::Entitlement {
            feature_key: feature.as_str().to_owned(),
            enabled: entitlement.enabled,
            config_json: entitlement.config.clone(),
        })
        .collect();
    all.sort_by(|a, b| a.feature_key.cmp(&b.feature_key));
    let assignment = entitlements.assignment.as_ref();
    wire::TenantPlan {
        tenant_id: tenant.to_string(),
        plan_id: entitlements.plan.clone(),
        plan_name: Some(entitlements.plan_name.clone()),
        effective_from: assignment.map(|a| a.from),
        effective_to: assignment.and_then(|a| a.to),
        is_active: assignment.is_some(),
        upcoming: entitlements.upcoming.iter().map(planned).collect(),
        entitlements: all,
        quota: None,
    }
}

fn planned(assignment: &Assignment) -> wire::PlannedPlan {
    wire::PlannedPlan { plan_id: assignment.plan.clone(), effective_from: assignment.from, effective_to: assignment.to }
}
