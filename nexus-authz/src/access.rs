//! Decisions: the policies of a tenant, applied to a caller and written to the audit log.
//!
//! [`Access::judge`] looks the policies up, once for a request and before any transaction of it; what follows is memory.
//! When policies cannot be looked up, because the database is away, their table is locked or one of them cannot be
//! understood, the answer is [`AccessError::Unavailable`] and nothing is allowed.

use std::{borrow::Cow, sync::Arc};

use nexus_core::{
    audit::{AuditLog, Event, EventType},
    clock,
    id::TenantId,
    op::Op,
    pg::{Db, DbError, changes::Changes},
    principal::{Principal, Role},
    problem::{Code, Kind, Problem},
};

use crate::{
    caller::Caller,
    permission::{Entry, Permission},
    policy::{Action, Decision, Facts, Fallback, PolicyCache, PolicySet, PolicySettings, RequestFacts, Resource},
    scope::{Policies, ReadScope, ScopeSettings},
};

/// Why something is not done.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Policies deny it.
    #[error("policies deny this: {}", .0.reason.as_str())]
    Denied(Decision),
    /// Nobody can tell whether it is allowed.
    #[error("policies cannot be read: {0}")]
    Unavailable(#[from] DbError),
}

impl Problem for AccessError {
    fn kind(&self) -> Kind {
        match self {
            Self::Denied(_) => Kind::Forbidden,
            Self::Unavailable(_) => Kind::Unavailable,
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::Denied(_) => Code::AuthzDenied,
            Self::Unavailable(_) => Code::AuthzUnavailable,
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Denied(_) => "A policy does not allow this",
            Self::Unavailable(_) => "Authorization is not available; try again shortly",
        }
        .into()
    }
}

/// Decides. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Access(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    policies: PolicyCache,
    settings: PolicySettings,
    scope: ScopeSettings,
    audit: AuditLog,
}

impl Access {
    /// Decides by the policies of this database.
    #[must_use]
    pub fn new(db: Db, changes: &Changes, settings: PolicySettings, scope: ScopeSettings, audit: AuditLog) -> Self {
        let policies = PolicyCache::new(db, changes);
        Self(Arc::new(Parts { policies, settings, scope, audit }))
    }

    /// The rules for policies.
    #[must_use]
    pub fn settings(&self) -> &PolicySettings {
        &self.0.settings
    }

    /// The rules for what callers may read.
    #[must_use]
    pub fn scope_settings(&self) -> ScopeSettings {
        self.0.scope
    }

    /// Whether a principal needs no grants.
    #[must_use]
    pub fn bypasses_grants(&self, principal: &Principal) -> bool {
        self.0.scope.admin_bypasses_acl && principal.role >= Role::Admin
    }

    /// The policies that count for a tenant; none where policies are switched off.
    pub async fn policies(&self, tenant: &TenantId) -> Result<Option<PolicySet>, AccessError> {
        if self.0.settings.abac_enabled { Ok(Some(self.0.policies.of(tenant).await?)) } else { Ok(None) }
    }

    /// Whether policies can be read.
    pub async fn ready(&self) -> Result<(), AccessError> {
        if self.0.settings.abac_enabled { Ok(self.0.policies.ready().await?) } else { Ok(()) }
    }

    /// Looks up what a caller's request is decided by.
    pub async fn judge<'a, P: Permission>(
        &'a self,
        op: &'a Op,
        caller: &'a Caller<P>,
    ) -> Result<Judge<'a>, AccessError> {
        self.judge_of(op, caller, P::ENTRY).await
    }

    /// What a caller may read.
    pub async fn scope<P: Permission>(&self, op: &Op, caller: &Caller<P>) -> Result<ReadScope, AccessError> {
        Ok(self.judge(op, caller).await?.scope())
    }

    /// Refuses what a policy denies for everything that a permission is about. What policies do not mention is left to
    /// roles and grants.
    pub async fn gate(&self, op: &Op, principal: &Principal, entry: Entry) -> Result<(), AccessError> {
        let Some((kind, action)) = entry.gate else { return Ok(()) };
        let judge = self.judge_of(op, principal, entry).await?;
        judge.settle(action, &Resource::new(kind, &principal.tenant), Fallback::Allow)
    }

    async fn judge_of<'a>(
        &'a self,
        op: &'a Op,
        principal: &'a Principal,
        entry: Entry,
    ) -> Result<Judge<'a>, AccessError> {
        let set = self.policies(&principal.tenant).await?;
        let request = RequestFacts::new(op.request_id.as_str(), op.now, op.ip, op.path.clone(), entry.class);
        Ok(Judge { access: self, op, principal, set, request })
    }
}

/// Decides for one request.
#[derive(Debug)]
pub struct Judge<'a> {
    access: &'a Access,
    op: &'a Op,
    principal: &'a Principal,
    set: Option<PolicySet>,
    request: RequestFacts,
}

impl Judge<'_> {
    /// What the caller may read. Every role reads, so that a caller of any permission has a scope.
    #[must_use]
    pub fn scope(&self) -> ReadScope {
        let fallback = self.access.0.settings.fallback();
        let policies = self.set.as_ref().map(|set| Policies { set, fallback, plan: None, request: &self.request });
        ReadScope::vouched_for(self.principal, policies, self.access.0.scope)
    }

    /// Whether the caller needs no grants.
    #[must_use]
    pub fn bypasses_grants(&self) -> bool {
        self.access.bypasses_grants(self.principal)
    }

    /// Decides about one resource; what no policy mentions is as the installation says.
    pub fn decide(&self, action: Action, resource: &Resource<'_>) -> Result<(), AccessError> {
        self.settle(action, resource, self.access.0.settings.fallback())
    }

    fn settle(&self, action: Action, resource: &Resource<'_>, fallback: Fallback) -> Result<(), AccessError> {
        let decision = match &self.set {
            None => Decision::DISABLED,
            Some(set) => {
                let facts =
                    Facts { principal: self.principal, plan: None, request: &self.request, resource: Some(resource) };
                set.decide(resource.kind, action, &facts, fallback)
            }
        };
        self.note(action, resource, decision);
        if decision.allowed { Ok(()) } else { Err(AccessError::Denied(decision)) }
    }

    /// Denials are always recorded, the rest as often as the installation wants.
    fn note(&self, action: Action, resource: &Resource<'_>, decision: Decision) {
        let event = |kind| {
            let event =
                Event::by(self.op, self.principal, kind).action(action.as_str()).reason(decision.reason.as_str());
            let event = event.policy(decision.policy);
            match resource.id {
                Some(id) => event.resource(resource.kind.as_str(), id),
                None => event,
            }
        };
        let log = &self.access.0.audit;
        if !decision.allowed {
            log.note(event(EventType::AuthzPolicyDenied).failed(Code::AuthzDenied));
            log.note(event(EventType::AuthzAccessDenied).failed(Code::AuthzDenied));
        } else if self.access.0.settings.audit_allow_sample > clock::jitter() {
            log.note(event(EventType::AuthzPolicyEvaluate));
        }
    }
}
