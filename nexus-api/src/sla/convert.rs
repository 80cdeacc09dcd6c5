//! Service levels and autoscaling as they are on the wire.

use chrono::TimeDelta;
use nexus_core::{
    id::TenantId,
    sla::{
        Class, Owner,
        autoscaling::{self, Action, Profile, Recorded, Scope},
        change::{Assignment, Content, Patch, Policy, Tier},
        incident::{Incident, IncidentStatus},
        store::measurement::Measurement,
    },
};
use nexus_sdk::wire::{self, Object};
use serde_json::Value;

macro_rules! same_words {
    ($to:ident, $from:ident, $ours:ident, $wire:ident, [$($word:ident),+]) => {
        pub(super) fn $to(word: $ours) -> wire::$wire {
            match word { $($ours::$word => wire::$wire::$word,)+ }
        }
        pub(super) fn $from(word: wire::$wire) -> $ours {
            match word { $(wire::$wire::$word => $ours::$word,)+ }
        }
    };
}

same_words!(tier_to_wire, tier_from_wire, Tier, SlaTier, [Standard, Pro, Enterprise, Custom]);
same_words!(class_to_wire, class_from_wire, Class, SlaRouteClass, [Run, Read, Mutation, Ingest, Ops, Admin]);
same_words!(status_to_wire, status_from_wire, IncidentStatus, SlaIncidentStatus, [Open, Mitigating, Resolved]);
same_words!(scope_to_wire, scope_from_wire, Scope, AutoscalingScope, [Global, Tenant, RouteClass]);

fn verb(action: Action) -> wire::AutoscalingVerb {
    match action {
        Action::ScaleUp => wire::AutoscalingVerb::ScaleUp,
        Action::ScaleDown => wire::AutoscalingVerb::ScaleDown,
        Action::Hold => wire::AutoscalingVerb::Hold,
        Action::Degrade => wire::AutoscalingVerb::Degrade,
    }
}

fn tenant(owner: Owner) -> Option<String> {
    match owner {
        Owner::Tenant(tenant) => Some(tenant.into()),
        Owner::Operator => None,
    }
}

/// Only objects are stored where an object is promised.
fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::default(),
    }
}

pub(super) fn policy(policy: Policy) -> wire::SlaPolicy {
    let content = policy.content;
    wire::SlaPolicy {
        id: policy.id.to_string(),
        tenant_id: tenant(policy.owner),
        name: content.name,
        tier: tier_to_wire(content.tier),
        enabled: content.enabled,
        config_json: object(content.config),
        version: policy.version,
        created_by: policy.created_by,
        created_at: policy.created_at,
        updated_at: policy.updated_at,
    }
}

pub(super) fn content(body: wire::CreateSlaPolicy) -> Content {
    Content {
        name: body.name,
        tier: tier_from_wire(body.tier),
        enabled: body.enabled,
        config: Value::Object(body.config_json),
    }
}

pub(super) fn patch(body: wire::PatchSlaPolicy) -> Patch {
    Patch {
        name: body.name,
        tier: body.tier.map(tier_from_wire),
        enabled: body.enabled,
        config: body.config_json.map(Value::Object),
    }
}

pub(super) fn assignment(assignment: Assignment, planned: Option<&Assignment>) -> wire::SlaAssignment {
    wire::SlaAssignment {
        id: assignment.id.to_string(),
        tenant_id: assignment.tenant.into(),
        policy_id: assignment.policy.to_string(),
        effective_from: assignment.effective_from,
        effective_to: assignment.effective_to,
        override_json: assignment.over.map(object),
        planned_policy_id: planned.map(|next| next.policy.to_string()),
        planned_from: planned.map(|next| next.effective_from),
        created_at: assignment.created_at,
        updated_at: assignment.updated_at,
    }
}

pub(super) fn measurement(of: &TenantId, found: &Measurement, step: u32) -> wire::SlaMeasurement {
    let tally = &found.tally;
    let quantile = |permille| tally.latencies.quantile_ms(permille);
    wire::SlaMeasurement {
        id: format!("{}-{step}-{}", found.class, found.start.timestamp()),
        tenant_id: of.to_string(),
        route_class: class_to_wire(found.class),
        window_start: found.start,
        window_end: found.start + TimeDelta::seconds(step.into()),
        request_count: tally.requests,
        error_count: tally.errors,
        p50_ms: quantile(500),
        p95_ms: quantile(950),
        p99_ms: quantile(990),
        availability_pct: tally.availability_pct(),
        saturation_pct: tally.saturation_pct(),
        computed_at: found.computed_at,
    }
}

pub(super) fn incident(incident: Incident) -> wire::SlaIncident {
    wire::SlaIncident {
        id: incident.id.to_string(),
        tenant_id: incident.tenant.into(),
        policy_id: incident.policy.to_string(),
        route_class: class_to_wire(incident.class),
        breach_type: incident.breach_type,
        severity: incident.severity.to_string(),
        status: status_to_wire(incident.status),
        first_breach_at: incident.first_breach_at,
        last_breach_at: incident.last_breach_at,
        details_json: incident.details,
        resolved_at: incident.resolved_at,
    }
}

pub(super) fn profile(profile: Profile) -> wire::AutoscalingProfile {
    wire::AutoscalingProfile {
        id: profile.id.to_string(),
        name: profile.name,
        scope: scope_to_wire(profile.scope),
        tenant_id: tenant(profile.owner),
        route_class: profile.route_class.map(class_to_wire),
        min_replicas: profile.min_replicas,
        max_replicas: profile.max_replicas,
        target_p95_ms: profile.target_p95_ms,
        target_queue_depth: profile.target_queue_depth,
        cooldown_seconds: profile.cooldown_seconds,
        step_up: profile.step_up,
        step_down: profile.step_down,
        enabled: profile.enabled,
        created_at: profile.created_at,
        updated_at: profile.updated_at,
    }
}

/// Applies what is given, and names it.
pub(super) fn apply(profile: &mut Profile, body: wire::PatchAutoscalingProfile) -> Vec<&'static str> {
    fn set<T>(names: &mut Vec<&'static str>, name: &'static str, field: &mut T, new: Option<T>) {
        if let Some(new) = new {
            *field = new;
            names.push(name);
        }
    }
    let mut names = Vec::new();
    set(&mut names, "name", &mut profile.name, body.name);
    set(&mut names, "scope", &mut profile.scope, body.scope.map(scope_from_wire));
    let route_class = body.route_class.map(|class| class.map(class_from_wire));
    set(&mut names, "route_class", &mut profile.route_class, route_class);
    set(&mut names, "min_replicas", &mut profile.min_replicas, body.min_replicas);
    set(&mut names, "max_replicas", &mut profile.max_replicas, body.max_replicas);
    set(&mut names, "target_p95_ms", &mut profile.target_p95_ms, body.target_p95_ms);
    set(&mut names, "target_queue_depth", &mut profile.target_queue_depth, body.target_queue_depth);
    set(&mut names, "cooldown_seconds", &mut profile.cooldown_seconds, body.cooldown_seconds);
    set(&mut names, "step_up", &mut profile.step_up, body.step_up);
    set(&mut names, "step_down", &mut profile.step_down, body.step_down);
    set(&mut names, "enabled", &mut profile.enabled, body.enabled);
    names
}

pub(super) fn decision(answer: autoscaling::Answer) -> wire::AutoscalingDecision {
    let recorded = answer.recorded;
    wire::AutoscalingDecision {
        action: verb(recorded.action),
        from_replicas: recorded.from,
        to_replicas: recorded.to,
        reason: recorded.reason,
        cooldown_active: answer.cooling,
        signal_json: recorded.signals,
        executed: recorded.executed_at.is_some(),
        executed_at: recorded.executed_at,
    }
}

pub(super) fn action(recorded: Recorded) -> wire::AutoscalingAction {
    wire::AutoscalingAction {
        id: recorded.id.to_string(),
        profile_id: recorded.profile.to_string(),
        tenant_id: tenant(recorded.owner),
        route_class: class_to_wire(recorded.route_class),
        action: verb(recorded.action),
        from_replicas: recorded.from,
        to_replicas: recorded.to,
        reason: recorded.reason,
        signal_json: recorded.signals,
        executed: recorded.executed_at.is_some(),
        executed_at: recorded.executed_at,
        created_at: recorded.created_at,
    }
}
