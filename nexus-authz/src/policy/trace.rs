//! A decision with its reasons: what every policy of the scope says, and which of them decided.

use uuid::Uuid;

use super::{Action, Attributes, Decision, Effect, Fallback, PolicySet, ResourceType};

/// What one policy says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The policy.
    pub policy_id: Uuid,
    /// What it does when it matches.
    pub effect: Effect,
    /// Whether its condition holds.
    pub matched: bool,
    /// Whether it decided.
    pub decisive: bool,
    /// Whether it matched, and another one decided.
    pub shadowed: bool,
}

/// A decision and what every policy of the scope says to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The decision.
    pub decision: Decision,
    /// The policies in their order.
    pub steps: Vec<Step>,
}

impl PolicySet {
    /// Decides, and explains.
    #[must_use]
    pub fn trace(
        &self,
        resource_type: ResourceType,
        action: Action,
        attributes: &impl Attributes,
        fallback: Fallback,
    ) -> Trace {
        let mut steps: Vec<Step> = self
            .covering(resource_type, action)
            .map(|p| {
                let matched = p.condition.holds(attributes);
                Step { policy_id: p.id, effect: p.effect, matched, decisive: false, shadowed: false }
            })
            .collect();
        let first = |effect| steps.iter().find(|s| s.matched && s.effect == effect).map(|s| s.policy_id);
        let decision = Decision::from_first(first(Effect::Deny), first(Effect::Allow), fallback);
        for step in &mut steps {
            step.decisive = decision.policy == Some(step.policy_id);
            step.shadowed = step.matched && !step.decisive;
        }
        Trace { decision, steps }
    }
}
