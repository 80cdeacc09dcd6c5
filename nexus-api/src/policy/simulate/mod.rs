//! `…/policies/{id}/simulate` and `/v1/admin/authz/simulate`: what would be decided if a policy counted, or said something
//! else. The answer comes from the evaluator that decides requests, over the policies that decide them.

mod compare;
mod convert;
mod scene;

use axum::extract::State;
use nexus_authz::{
    caller::Caller,
    permission::PolicySimulate,
    policy::{
        Decision, Fallback, Policy, PolicySet, Trace,
        change::{Owner, PolicyError, Stored, store},
    },
};
use nexus_core::{
    audit::{self, Event, EventType},
    clock,
    op::Op,
    pg::{DbError, TenantTx},
    problem::{Code, Kind},
};
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{convert::Asked, scene::Scene};
use super::{
    check_name,
    convert::{content_from_wire, patch_from_wire},
    policy_id,
};
use crate::{
    app::Platform,
    http::{Body, Faults, Path, Refusal, Reply, Validate, caller::As},
};

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(simulate)).routes(routes!(simulate_draft))
}

/// Tells what would be decided if a policy counted, as it is or as a draft of it says.
#[utoipa::path(post, path = "/admin/authz/policies/{policy_id}/simulate", tag = "authz", operation_id = "simulate_policy",
    params(("policy_id" = String, Path, description = "The policy")), request_body = wire::SimulateRequest,
    extensions(("x-permission" = json!("policy.simulate"))),
    responses((status = 200, description = "What would be decided", body = wire::Envelope<wire::Simulation>)))]
async fn simulate(
    State(platform): State<Platform>,
    As(op, caller): As<PolicySimulate>,
    Path(id): Path<String>,
    Body(mut body): Body<wire::SimulateRequest>,
) -> Result<Reply<wire::Simulation>, Refusal> {
    require_enabled(&platform)?;
    let (id, draft) = (policy_id(&id)?, body.draft.take());
    let asked = Asked::of(body)?;
    let now = platform.access.policies(&caller.tenant).await?;
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let owners = [Owner::Tenant(caller.tenant.clone()), Owner::Operator];
    let found = store::find(&mut tx, &owners, id).await.map_err(DbError::from)?;
    let mut subject = found.ok_or(PolicyError::NotFound)?;
    subject.content.enabled = true;
    if let Some(draft) = draft {
        subject.content.apply(patch_from_wire(draft));
        subject.content.check(platform.access.settings())?;
    }
    run(&platform, &op, &caller, tx, (now, subject), asked).await
}

/// Tells what would be decided if there were one policy more.
#[utoipa::path(post, path = "/admin/authz/simulate", tag = "authz", operation_id = "simulate_draft_policy", request_body = wire::SimulateDraftRequest,
    extensions(("x-permission" = json!("policy.simulate"))),
    responses((status = 200, description = "What would be decided", body = wire::Envelope<wire::Simulation>)))]
async fn simulate_draft(
    State(platform): State<Platform>,
    As(op, caller): As<PolicySimulate>,
    Body(body): Body<wire::SimulateDraftRequest>,
) -> Result<Reply<wire::Simulation>, Refusal> {
    require_enabled(&platform)?;
    let (draft, asked) = Asked::of_draft(body)?;
    let content = content_from_wire(draft);
    content.check(platform.access.settings())?;
    let subject = Stored {
        id: clock::fresh_uuid(),
        owner: Owner::Tenant(caller.tenant.clone()),
        version: 1,
        content,
        created_by: Some(caller.credential.to_string()),
        created_at: op.now,
        updated_at: op.now,
    };
    let now = platform.access.policies(&caller.tenant).await?;
    let tx = platform.db.tenant(&caller.tenant).await?;
    run(&platform, &op, &caller, tx, (now, subject), asked).await
}

async fn run(
    platform: &Platform,
    op: &Op,
    caller: &Caller<PolicySimulate>,
    mut tx: TenantTx,
    (now, subject): (Option<PolicySet>, Stored),
    asked: Asked,
) -> Result<Reply<wire::Simulation>, Refusal> {
    let fallback = platform.access.settings().fallback();
    let subject_id = subject.id.to_string();
    let subject = subject.typed().map_err(PolicyError::from)?;
    let then = now.as_ref().map(|set| with(set, &subject));
    let scene = Scene::set(op, &caller.tenant, &mut tx, &asked).await?;
    let before = trace(now.as_ref(), &asked, &scene, fallback);
    let after = trace(then.as_ref(), &asked, &scene, fallback);
    let bypassed = scene.bypasses(platform.access.scope_settings());
    let acl = scene.acl(op, &mut tx, &asked, bypassed).await?;
    let documents = if asked.compare {
        let sets = (now.as_ref(), then.as_ref());
        Some(compare::documents(op, &mut tx, (&asked, &scene), sets, (fallback, bypassed)).await?)
    } else {
        None
    };
    let decision = after.decision;
    let event = Event::by(op, caller, EventType::AuthzSimulationRun).resource("policy", &subject_id);
    let event = event.action(asked.action.as_str()).reason(decision.reason.as_str());
    let event = if decision.allowed { event } else { event.failed(Code::AuthzDenied) };
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(Reply::ok(convert::to_wire(&after, before.decision, acl, documents)))
}

impl Validate for wire::SimulateRequest {
    fn validate(&self, faults: &mut Faults) {
        if let Some(name) = self.draft.as_ref().and_then(|draft| draft.name.as_ref()) {
            check_name("draft.name", name, faults);
        }
    }
}

impl Validate for wire::SimulateDraftRequest {
    fn validate(&self, faults: &mut Faults) {
        check_name("draft.name", &self.draft.name, faults);
    }
}

/// The policies with one that is new, or other than it was.
fn with(now: &PolicySet, subject: &Policy) -> PolicySet {
    let others = now.policies().iter().filter(|p| p.id != subject.id).map(|p| Policy::clone(p));
    PolicySet::compile(others.chain([subject.clone()]))
}

fn trace(set: Option<&PolicySet>, asked: &Asked, scene: &Scene, fallback: Fallback) -> Trace {
    match set {
        Some(set) => set.trace(asked.resource_type, asked.action, &scene.context, fallback),
        None => Trace { decision: Decision::DISABLED, steps: Vec::new() },
    }
}

fn require_enabled(platform: &Platform) -> Result<(), Refusal> {
    let message = "Simulation of policies is switched off";
    let enabled = platform.access.settings().simulation_enabled;
    if enabled { Ok(()) } else { Err(Refusal::new(Kind::Forbidden, Code::AuthzDenied, message)) }
}

fn invalid(message: &'static str) -> Refusal {
    Refusal::new(Kind::Malformed, Code::AuthzSimulationInvalid, message)
}
