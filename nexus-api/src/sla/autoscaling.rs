//! `/v1/admin/sla/autoscaling`: profiles, what they recommend, and what was done about it. Profiles of the scope `global` are
//! the operator's; so is everything that really changes the number of replicas, because all tenants share them.

use axum::extract::State;
use nexus_authz::{
    caller::Caller,
    permission::{SlaManage, SlaRead},
};
use nexus_core::{
    clock,
    op::Op,
    pg::{Db, DbError},
    sla::{
        Owner,
        autoscaling::{self, Answer, AutoscalingError, Profile, Question, Scope, decide::Signals},
        store,
    },
};
use nexus_sdk::wire;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{convert, forbidden, id_of};
use crate::{
    app::Platform,
    http::{Body, Created, Done, Faults, Once, Path, Query, Refusal, Reply, Validate, caller::As},
};

/// The most replicas, and the largest step.
const MAX_REPLICAS: u32 = 100_000;
/// The longest cooldown, in seconds.
const MAX_COOLDOWN: u32 = 7 * 24 * 3600;
/// The largest number in a profile otherwise.
const MAX_TARGET: u32 = 1_000_000_000;
/// How many recommendations are shown when nobody says.
const DEFAULT_ACTIONS: u32 = 100;

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(patch))
        .routes(routes!(evaluate))
        .routes(routes!(apply))
        .routes(routes!(actions))
}

impl Validate for wire::CreateAutoscalingProfile {
    fn validate(&self, faults: &mut Faults) {
        super::check_name(&self.name, faults);
        faults.range("min_replicas", &self.min_replicas, &(1..=MAX_REPLICAS));
        faults.range("max_replicas", &self.max_replicas, &(1..=MAX_REPLICAS));
        faults.range("target_p95_ms", &self.target_p95_ms, &(1..=MAX_TARGET));
        faults.range("target_queue_depth", &self.target_queue_depth, &(0..=MAX_TARGET));
        faults.range("cooldown_seconds", &self.cooldown_seconds, &(0..=MAX_COOLDOWN));
        faults.range("step_up", &self.step_up, &(1..=MAX_REPLICAS));
        faults.range("step_down", &self.step_down, &(1..=MAX_REPLICAS));
    }
}

impl Validate for wire::PatchAutoscalingProfile {
    fn validate(&self, faults: &mut Faults) {
        if let Some(name) = &self.name {
            super::check_name(name, faults);
        }
        let replicas = 1..=MAX_REPLICAS;
        let given = [
            ("min_replicas", self.min_replicas, replicas.clone()),
            ("max_replicas", self.max_replicas, replicas.clone()),
            ("target_p95_ms", self.target_p95_ms, 1..=MAX_TARGET),
            ("target_queue_depth", self.target_queue_depth, 0..=MAX_TARGET),
            ("cooldown_seconds", self.cooldown_seconds, 0..=MAX_COOLDOWN),
            ("step_up", self.step_up, replicas.clone()),
            ("step_down", self.step_down, replicas),
        ];
        for (field, value, range) in given {
            if let Some(value) = value {
                faults.range(field, &value, &range);
            }
        }
    }
}

impl Validate for wire::EvaluateAutoscaling {
    fn validate(&self, faults: &mut Faults) {
        faults.range("current_replicas", &self.current_replicas, &(1..=MAX_REPLICAS));
        faults.check(self.p95_ms.is_none_or(|ms| ms.is_finite() && ms >= 0.0), "p95_ms", "must be at least 0");
    }
}

/// Which recommendations.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ActionQuery {
    /// Only of this profile.
    profile_id: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 100)]
    limit: Option<u32>,
}

impl Validate for ActionQuery {
    fn validate(&self, faults: &mut Faults) {
        if let Some(limit) = &self.limit {
            faults.range("limit", limit, &(1..=200));
        }
    }
}

/// Lists the profiles of the tenant and of the operator, newest first.
#[utoipa::path(get, path = "/admin/sla/autoscaling/profiles", tag = "sla", operation_id = "list_autoscaling_profiles",
    extensions(("x-permission" = json!("sla.read"))),
    responses((status = 200, description = "The profiles", body = wire::Envelope<wire::AutoscalingProfileList>)))]
async fn list(
    State(platform): State<Platform>,
    As(_op, caller): As<SlaRead>,
) -> Result<Reply<wire::AutoscalingProfileList>, Refusal> {
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let found = store::autoscaling::list(&mut tx, 2 * autoscaling::MAX_PROFILES).await.map_err(DbError::from)?;
    Ok(Reply::ok(wire::AutoscalingProfileList { items: found.into_iter().map(convert::profile).collect() }))
}

/// Makes a profile.
#[utoipa::path(post, path = "/admin/sla/autoscaling/profiles", tag = "sla", operation_id = "create_autoscaling_profile",
    request_body = wire::CreateAutoscalingProfile, extensions(("x-permission" = json!("sla.manage"))),
    responses((status = 201, description = "The profile", body = wire::Envelope<wire::AutoscalingProfile>)))]
async fn create(
    State(platform): State<Platform>,
    As(op, caller): As<SlaManage>,
    once: Once,
    Body(body): Body<wire::CreateAutoscalingProfile>,
) -> Result<Done<Created<wire::AutoscalingProfile>>, Refusal> {
    let profile = wanted(&op, &caller, body);
    if profile.owner == Owner::Operator && !caller.is_operator(platform.roles) {
        return Err(forbidden("Profiles of the scope global are the operator's"));
    }
    let change = async |db: Db| {
        let profile = if profile.owner == Owner::Operator {
            let mut tx = db.platform().await?;
            let profile = autoscaling::create(&op, &mut tx, &caller, profile).await?;
            tx.commit().await?;
            profile
        } else {
            let mut tx = db.tenant(&caller.tenant).await?;
            let profile = autoscaling::create(&op, &mut tx, &caller, profile).await?;
            tx.commit().await?;
            profile
        };
        Ok(Created(convert::profile(profile)))
    };
    once.perform(&platform, &op, &caller, change).await
}

/// Changes a profile. What is not given stays.
#[utoipa::path(patch, path = "/admin/sla/autoscaling/profiles/{profile_id}", tag = "sla", operation_id = "patch_autoscaling_profile",
    params(("profile_id" = String, Path, description = "The profile")), request_body = wire::PatchAutoscalingProfile,
    extensions(("x-permission" = json!("sla.manage"))),
    responses((status = 200, description = "The profile", body = wire::Envelope<wire::AutoscalingProfile>)))]
async fn patch(
    State(platform): State<Platform>,
    As(op, caller): As<SlaManage>,
    Path(id): Path<String>,
    once: Once,
    Body(body): Body<wire::PatchAutoscalingProfile>,
) -> Result<Done<Reply<wire::AutoscalingProfile>>, Refusal> {
    let (owner, id) = mine(&platform, &caller, &id).await?;
    let change = async |db: Db| {
        let apply = |profile: &mut Profile| convert::apply(profile, body);
        let profile = if owner == Owner::Operator {
            let mut tx = db.platform().await?;
            let profile = autoscaling::update(&op, &mut tx, &caller, (&owner, id), apply).await?;
            tx.commit().await?;
            profile
        } else {
            let mut tx = db.tenant(&caller.tenant).await?;
            let profile = autoscaling::update(&op, &mut tx, &caller, (&owner, id), apply).await?;
            tx.commit().await?;
            profile
        };
        Ok(Reply::ok(convert::profile(profile)))
    };
    once.perform(&platform, &op, &caller, change).await
}

/// Recommends a number of replicas. Nothing is executed, and no cooldown begins.
#[utoipa::path(post, path = "/admin/sla/autoscaling/evaluate", tag = "sla", operation_id = "evaluate_autoscaling",
    request_body = wire::EvaluateAutoscaling, extensions(("x-permission" = json!("sla.manage"))),
    responses((status = 200, description = "The recommendation", body = wire::Envelope<wire::AutoscalingDecision>)))]
async fn evaluate(
    State(platform): State<Platform>,
    As(op, caller): As<SlaManage>,
    once: Once,
    Body(body): Body<wire::EvaluateAutoscaling>,
) -> Result<Done<Reply<wire::AutoscalingDecision>>, Refusal> {
    let asked = asked(&platform, &caller, &body).await?;
    let change =
        async |db: Db| Ok(Reply::ok(convert::decision(answer(&platform, &op, &db, &caller, asked, false).await?)));
    once.perform(&platform, &op, &caller, change).await
}

/// Recommends a number of replicas and has it executed, unless the installation only tries (`AUTOSCALING_DRY_RUN`) or has no
/// executor: the answer says whether anything was done.
#[utoipa::path(post, path = "/admin/sla/autoscaling/apply", tag = "sla", operation_id = "apply_autoscaling",
    request_body = wire::EvaluateAutoscaling, extensions(("x-permission" = json!("sla.manage"))),
    responses((status = 200, description = "What was recommended, and whether it was executed", body = wire::Envelope<wire::AutoscalingDecision>)))]
async fn apply(
    State(platform): State<Platform>,
    As(op, caller): As<SlaManage>,
    once: Once,
    Body(body): Body<wire::EvaluateAutoscaling>,
) -> Result<Done<Reply<wire::AutoscalingDecision>>, Refusal> {
    let asked = asked(&platform, &caller, &body).await?;
    let settings = &platform.sla.settings().autoscaling;
    if settings.executes() && !caller.is_operator(platform.roles) {
        return Err(forbidden("The number of replicas is the operator's"));
    }
    let change =
        async |db: Db| Ok(Reply::ok(convert::decision(answer(&platform, &op, &db, &caller, asked, true).await?)));
    once.perform(&platform, &op, &caller, change).await
}

/// Lists what was recommended, newest first.
#[utoipa::path(get, path = "/admin/sla/autoscaling/actions", tag = "sla", operation_id = "list_autoscaling_actions",
    params(ActionQuery), extensions(("x-permission" = json!("sla.read"))),
    responses((status = 200, description = "The recommendations", body = wire::Envelope<wire::AutoscalingActionList>)))]
async fn actions(
    State(platform): State<Platform>,
    As(_op, caller): As<SlaRead>,
    Query(query): Query<ActionQuery>,
) -> Result<Reply<wire::AutoscalingActionList>, Refusal> {
    let limit = i64::from(query.limit.unwrap_or(DEFAULT_ACTIONS));
    let of = query.profile_id.as_deref().map(|id| id_of(id, AutoscalingError::NotFound)).transpose()?;
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let owner = match of {
        Some(id) => store::autoscaling::owner(&mut tx, id).await.map_err(DbError::from)?,
        None => None,
    };
    let found = if owner == Some(Owner::Operator) && caller.is_operator(platform.roles) {
        drop(tx);
        let mut tx = platform.db.platform().await?;
        store::autoscaling::actions(&mut tx, &Owner::Operator, of, limit).await
    } else {
        store::autoscaling::actions(&mut tx, &Owner::Tenant(caller.tenant.clone()), of, limit).await
    };
    let items = found.map_err(DbError::from)?.into_iter().map(convert::action).collect();
    Ok(Reply::ok(wire::AutoscalingActionList { items }))
}

/// A profile as it is asked for.
fn wanted(op: &Op, caller: &Caller<SlaManage>, body: wire::CreateAutoscalingProfile) -> Profile {
    let scope = convert::scope_from_wire(body.scope);
    Profile {
        owner: if scope == Scope::Global { Owner::Operator } else { Owner::Tenant(caller.tenant.clone()) },
        id: clock::fresh_uuid(),
        name: body.name,
        scope,
        route_class: body.route_class.map(convert::class_from_wire),
        min_replicas: body.min_replicas,
        max_replicas: body.max_replicas,
        target_p95_ms: body.target_p95_ms,
        target_queue_depth: body.target_queue_depth,
        cooldown_seconds: body.cooldown_seconds,
        step_up: body.step_up,
        step_down: body.step_down,
        enabled: body.enabled,
        created_at: op.now,
        updated_at: op.now,
    }
}

/// Whose a profile is that the caller may use: the tenant's, and for the operator also the operator's.
async fn mine(platform: &Platform, caller: &Caller<SlaManage>, id: &str) -> Result<(Owner, Uuid), Refusal> {
    let id = id_of(id, AutoscalingError::NotFound)?;
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let owner =
        store::autoscaling::owner(&mut tx, id).await.map_err(DbError::from)?.ok_or(AutoscalingError::NotFound)?;
    if owner == Owner::Operator && !caller.is_operator(platform.roles) {
        return Err(forbidden("Profiles of the scope global are the operator's"));
    }
    Ok((owner, id))
}

async fn asked(
    platform: &Platform,
    caller: &Caller<SlaManage>,
    body: &wire::EvaluateAutoscaling,
) -> Result<(Owner, Question), Refusal> {
    let (owner, profile) = mine(platform, caller, &body.profile_id).await?;
    let signals = Signals {
        p95_ms: body.p95_ms,
        queue_depth: body.queue_depth,
        degraded: body.signal_quality == wire::SignalQuality::Degraded,
    };
    let route_class = convert::class_from_wire(body.route_class);
    Ok((owner, Question { profile, route_class, current: body.current_replicas, signals }))
}

async fn answer(
    platform: &Platform,
    op: &Op,
    db: &Db,
    caller: &Caller<SlaManage>,
    (owner, question): (Owner, Question),
    execute: bool,
) -> Result<Answer, Refusal> {
    let settings = &platform.sla.settings().autoscaling;
    let what = (&owner, question);
    // What is executed is recorded for the whole platform.
    let answer = if owner == Owner::Operator || (execute && settings.executes()) {
        let mut tx = db.platform().await?;
        let answer = if execute {
            autoscaling::apply(op, &mut tx, caller, settings, what).await?
        } else {
            autoscaling::evaluate(op, &mut tx, caller, settings, what).await?
        };
        tx.commit().await?;
        answer
    } else {
        let mut tx = db.tenant(&caller.tenant).await?;
        let answer = if execute {
            autoscaling::apply(op, &mut tx, caller, settings, what).await?
        } else {
            autoscaling::evaluate(op, &mut tx, caller, settings, what).await?
        };
        tx.commit().await?;
        answer
    };
    Ok(answer)
}
