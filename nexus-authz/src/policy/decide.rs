//! The rules of a tenant, ready to decide.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Action, Attributes, Effect, Policy, ResourceType, index::Index};

/// What holds where no policy matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// It is denied.
    Deny,
    /// It is allowed.
    Allow,
}

/// Why something is allowed or denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A policy denies it.
    PolicyDeny,
    /// A policy allows it, and none denies it.
    PolicyAllow,
    /// No policy mentions it.
    DefaultDeny,
    /// No policy mentions it, and the installation allows that.
    DefaultAllow,
    /// Policies are switched off.
    AbacDisabled,
}

impl Reason {
    /// The word on the wire and in the audit log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PolicyDeny => "policy_deny",
            Self::PolicyAllow => "policy_allow",
            Self::DefaultDeny => "default_deny",
            Self::DefaultAllow => "default_allow",
            Self::AbacDisabled => "abac_disabled",
        }
    }
}

/// The answer of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether the action may happen, as far as policies go.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
    /// The policy that decided, if one did.
    pub policy: Option<Uuid>,
}

impl Decision {
    /// The answer where policies are switched off.
    pub const DISABLED: Self = Self { allowed: true, reason: Reason::AbacDisabled, policy: None };

    /// The answer of the first policy that denies, else of the first that allows, else of the installation.
    pub(super) fn from_first(deny: Option<Uuid>, allow: Option<Uuid>, fallback: Fallback) -> Self {
        match (deny, allow, fallback) {
            (Some(id), _, _) => Self { allowed: false, reason: Reason::PolicyDeny, policy: Some(id) },
            (None, Some(id), _) => Self { allowed: true, reason: Reason::PolicyAllow, policy: Some(id) },
            (None, None, Fallback::Deny) => Self { allowed: false, reason: Reason::DefaultDeny, policy: None },
            (None, None, Fallback::Allow) => Self { allowed: true, reason: Reason::DefaultAllow, policy: None },
        }
    }
}

/// The enabled policies of a tenant and of the operator, compiled. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct PolicySet {
    policies: Arc<[Arc<Policy>]>,
    indexes: Arc<Indexes>,
    version: Arc<str>,
}

#[derive(Debug, Default)]
struct Indexes {
    denies: Index,
    allows: Index,
}

impl PolicySet {
    /// Compiles policies; disabled ones do not count.
    #[must_use]
    pub fn compile(policies: impl IntoIterator<Item = Policy>) -> Self {
        let mut policies: Vec<_> = policies.into_iter().filter(|p| p.enabled).map(Arc::new).collect();
        policies.sort_by(|a, b| b.priority.cmp(&a.priority).then(a.id.cmp(&b.id)));
        let mut indexes = Indexes::default();
        for (place, policy) in policies.iter().enumerate() {
            match policy.effect {
                Effect::Deny => indexes.denies.add(place, policy),
                Effect::Allow => indexes.allows.add(place, policy),
            }
        }
        let mut digest = Sha256::new();
        for policy in &policies {
            digest.update(policy.id.as_bytes());
            digest.update(policy.version.to_be_bytes());
        }
        let version = hex::encode(digest.finalize()).into();
        Self { policies: policies.into(), indexes: Arc::new(indexes), version }
    }

    /// Tells this set from every other: a hash of the ids and versions of its policies. Empty where there never was one.
    #[must_use]
    pub fn version(&self) -> &Arc<str> {
        &self.version
    }

    /// The policies, highest priority first.
    #[must_use]
    pub fn policies(&self) -> &[Arc<Policy>] {
        &self.policies
    }

    /// Decides whether an action may happen.
    #[must_use]
    pub fn decide(
        &self,
        resource_type: ResourceType,
        action: Action,
        attributes: &impl Attributes,
        fallback: Fallback,
    ) -> Decision {
        let first =
            |index: &Index| index.first(&self.policies, attributes, |p| p.covers(resource_type, action)).map(|p| p.id);
        let deny = first(&self.indexes.denies);
        let allow = if deny.is_some() { None } else { first(&self.indexes.allows) };
        Decision::from_first(deny, allow, fallback)
    }

    /// The policies that speak of an action on a type of resource.
    pub(super) fn covering(&self, resource_type: ResourceType, action: Action) -> impl Iterator<Item = &Policy> {
        self.policies.iter().map(AsRef::as_ref).filter(move |p| p.covers(resource_type, action))
    }
}
