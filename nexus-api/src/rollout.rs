//! `/v1/admin/rollouts`: switches that govern all tenants. Only the operator moves them, and only the operator sees them.

use std::collections::BTreeMap;

use axum::extract::State;
use chrono::{DateTime, Utc};
use nexus_authz::{
    caller::Caller,
    permission::{Permission, SwitchManage, SwitchRead},
};
use nexus_core::{
    op::Op,
    pg::Db,
    problem::{Code, Kind},
    switch::{self, Kill, Positions, Rollout},
};
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{Body, Done, Faults, Once, Refusal, Reply, Validate, caller::As},
};

/// The longest reason, in characters.
const MAX_REASON: usize = 256;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(killswitches, patch_killswitches)).routes(routes!(canary, patch_canary))
}

/// What is stopped for everybody.
#[utoipa::path(get, path = "/admin/rollouts/killswitches", tag = "rollouts", operation_id = "get_kill_switches", extensions(("x-permission" = json!("switch.read"))),
    responses((status = 200, description = "All kill switches", body = wire::Envelope<wire::KillSwitches>)))]
async fn killswitches(
    State(platform): State<Platform>,
    As(op, _caller): As<SwitchRead>,
) -> Result<Reply<wire::KillSwitches>, Refusal> {
    Ok(Reply::ok(to_kill_switches(&platform.switches.at(op.now).await)))
}

/// Stops something for everybody, or lets it go on, from the next request on every replica. What is not named stays.
#[utoipa::path(patch, path = "/admin/rollouts/killswitches", tag = "rollouts", operation_id = "patch_kill_switches", request_body = wire::PatchKillSwitches,
    extensions(("x-permission" = json!("switch.manage"))),
    responses((status = 200, description = "All kill switches", body = wire::Envelope<wire::KillSwitches>)))]
async fn patch_killswitches(
    State(platform): State<Platform>,
    As(op, caller): As<SwitchManage>,
    once: Once,
    Body(body): Body<wire::PatchKillSwitches>,
) -> Result<Done<Reply<wire::KillSwitches>>, Refusal> {
    let wanted = Kill::ALL.iter().map(|kill| kill.as_str());
    let wanted = wanted.filter_map(|id| Some((id, u8::from(*body.kill_switches.get(id)?)))).collect();
    let why = (body.reason.as_str(), body.expires_at);
    let change = async |db| Ok(Reply::ok(to_kill_switches(&set(&platform, &db, &op, &caller, wanted, why).await?)));
    let done = once.perform(&platform, &op, &caller, change).await?;
    // Who is told that something is stopped may rely on it, whichever replica is asked next.
    platform.changes.settled().await;
    Ok(done)
}

/// Which share of tenants has what is being rolled out.
#[utoipa::path(get, path = "/admin/rollouts/canary", tag = "rollouts", operation_id = "get_canaries", extensions(("x-permission" = json!("switch.read"))),
    responses((status = 200, description = "All rollouts", body = wire::Envelope<wire::Canaries>)))]
async fn canary(
    State(platform): State<Platform>,
    As(op, _caller): As<SwitchRead>,
) -> Result<Reply<wire::Canaries>, Refusal> {
    Ok(Reply::ok(to_canaries(&platform.switches.at(op.now).await)))
}

/// Gives something to a share of tenants. A tenant that has it keeps it while the share grows. What is not named stays.
#[utoipa::path(patch, path = "/admin/rollouts/canary", tag = "rollouts", operation_id = "patch_canaries", request_body = wire::PatchCanaries,
    extensions(("x-permission" = json!("switch.manage"))),
    responses((status = 200, description = "All rollouts", body = wire::Envelope<wire::Canaries>)))]
async fn patch_canary(
    State(platform): State<Platform>,
    As(op, caller): As<SwitchManage>,
    once: Once,
    Body(body): Body<wire::PatchCanaries>,
) -> Result<Done<Reply<wire::Canaries>>, Refusal> {
    let percent = |id| body.canary_percentages.get(id).map(|share| u8::try_from((*share).clamp(0, 100)).unwrap_or(100));
    let wanted = Rollout::ALL.iter().map(|rollout| rollout.as_str());
    let wanted = wanted.filter_map(|id| Some((id, percent(id)?))).collect();
    let why = (body.reason.as_str(), body.expires_at);
    let change = async |db| Ok(Reply::ok(to_canaries(&set(&platform, &db, &op, &caller, wanted, why).await?)));
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.changes.settled().await;
    Ok(done)
}

async fn set<P: Permission>(
    platform: &Platform,
    db: &Db,
    op: &Op,
    caller: &Caller<P>,
    wanted: Vec<(&'static str, u8)>,
    (reason, expires_at): (&str, Option<DateTime<Utc>>),
) -> Result<Positions, Refusal> {
    if wanted.is_empty() {
        return Err(Refusal::new(Kind::Invalid, Code::Validation, "None of the names is that of a switch"));
    }
    if expires_at.is_some_and(|end| end <= op.now) {
        return Err(Refusal::new(Kind::Invalid, Code::Validation, "expires_at must be in the future"));
    }
    let mut tx = db.platform().await?;
    switch::set(op, &mut tx, caller, &wanted, (reason, expires_at)).await?;
    let positions = platform.switches.within(&mut tx, op.now).await?;
    tx.commit().await?;
    Ok(positions)
}

impl Validate for wire::PatchKillSwitches {
    fn validate(&self, faults: &mut Faults) {
        check_reason(faults, &self.reason);
    }
}

impl Validate for wire::PatchCanaries {
    fn validate(&self, faults: &mut Faults) {
        check_reason(faults, &self.reason);
    }
}

fn check_reason(faults: &mut Faults, reason: &str) {
    faults.length("reason", reason, &(1..=MAX_REASON));
    faults.check(!reason.trim().is_empty(), "reason", "must not be blank");
    faults.check(!reason.chars().any(char::is_control), "reason", "has control characters");
}

/// Fails while the operator has stopped something.
pub async fn pass(platform: &Platform, op: &Op, kill: Kill) -> Result<(), Refusal> {
    if platform.switches.at(op.now).await.killed(kill) {
        let message = "This feature is temporarily disabled";
        return Err(Refusal::new(Kind::Unavailable, Code::FeatureTemporarilyDisabled, message));
    }
    Ok(())
}

fn to_kill_switches(positions: &Positions) -> wire::KillSwitches {
    wire::KillSwitches {
        kill_switches: Kill::ALL.iter().map(|kill| (kill.as_str().to_owned(), positions.killed(*kill))).collect(),
        notes: notes(positions, Kill::ALL.iter().map(|kill| kill.as_str())),
    }
}

fn to_canaries(positions: &Positions) -> wire::Canaries {
    wire::Canaries {
        canary_percentages: Rollout::ALL.iter().map(|r| (r.as_str().to_owned(), positions.percentage(*r))).collect(),
        notes: notes(positions, Rollout::ALL.iter().map(|rollout| rollout.as_str())),
    }
}

fn notes(positions: &Positions, ids: impl Iterator<Item = &'static str>) -> BTreeMap<String, wire::SwitchNote> {
    let note = |id: &'static str| {
        let row = positions.get(id)?.row.clone()?;
        let (reason, expires_at, set_by, updated_at) = (row.reason, row.expires_at, row.set_by, row.updated_at);
        Some((id.to_owned(), wire::SwitchNote { reason, expires_at, set_by, updated_at }))
    };
    ids.filter_map(note).collect()
}
