//! Simulations as they are on the wire.

use nexus_authz::policy::{Action, Decision, ResourceType, Step, Trace};
use nexus_core::id::DocumentId;
use nexus_sdk::wire::{self, Object};

use super::invalid;
use crate::{http::Refusal, policy::convert::effect_to_wire};

/// What is asked.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) resource_type: ResourceType,
    pub(super) action: Action,
    pub(super) principal: Option<Object>,
    pub(super) resource: Option<Object>,
    pub(super) request: Option<Object>,
    pub(super) context: Option<Object>,
    pub(super) document: Option<DocumentId>,
    pub(super) compare: bool,
}

impl Asked {
    pub(super) fn of(body: wire::SimulateRequest) -> Result<Self, Refusal> {
        let resource_type = body.resource_type.parse().map_err(|_| invalid("resource_type is not known"))?;
        let action = body.action.parse().map_err(|_| invalid("action is not known"))?;
        if body.compare_documents && resource_type != ResourceType::Document {
            return Err(invalid("compare_documents needs the resource_type document"));
        }
        Ok(Self {
            resource_type,
            action,
            principal: body.principal,
            resource: body.resource,
            request: body.request,
            context: body.context,
            // An id outside of the alphabet names nothing.
            document: body.document_id.map(|id| id.parse().map_err(|_| Refusal::not_found())).transpose()?,
            compare: body.compare_documents,
        })
    }

    pub(super) fn of_draft(body: wire::SimulateDraftRequest) -> Result<(wire::CreatePolicy, Self), Refusal> {
        let asked = Self::of(wire::SimulateRequest {
            resource_type: body.resource_type,
            action: body.action,
            principal: body.principal,
            resource: body.resource,
            request: body.request,
            context: body.context,
            document_id: body.document_id,
            draft: None,
            compare_documents: body.compare_documents,
        })?;
        Ok((body.draft, asked))
    }
}

pub(super) fn to_wire(
    after: &Trace,
    before: Decision,
    acl: Option<wire::SimulationAcl>,
    documents: Option<wire::DocumentDifference>,
) -> wire::Simulation {
    wire::Simulation {
        allowed: after.decision.allowed,
        reason: after.decision.reason.as_str().to_owned(),
        matched_policy_id: after.decision.policy.map(|id| id.to_string()),
        matched_policies: after.steps.iter().filter(|s| s.matched).map(|s| s.policy_id.to_string()).collect(),
        trace: after.steps.iter().map(step).collect(),
        acl,
        difference: wire::SimulationDifference {
            allowed_now: before.allowed,
            reason_now: before.reason.as_str().to_owned(),
            documents,
        },
    }
}

fn step(step: &Step) -> wire::SimulationStep {
    wire::SimulationStep {
        policy_id: step.policy_id.to_string(),
        effect: effect_to_wire(step.effect),
        matched: step.matched,
        decisive: step.decisive,
        shadowed: step.shadowed,
    }
}
