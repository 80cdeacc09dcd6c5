//! What one caller may read, compiled once for a request.
//!
//! Every retriever takes a [`ReadScope`]; there is no way to search without one. It can be made only from a [`Caller`] of a
//! permission that reads, or by an embedder that says loudly that it vouches for the principal. It holds the tenant, the
//! grants that count and what remains of the policies once the caller and the request are known. A store that cannot
//! express all of the policies returns too much, never too little, and the rest is asked of [`ReadScope::permits`].

mod leaf;
mod predicate;
mod remote;

use std::sync::Arc;

use nexus_core::{
    id::{CorpusId, TenantId},
    principal::{Principal, Role},
};

use crate::{
    caller::Caller,
    permission::{CorpusSearch, DocumentRead, Permission, RunInvoke},
    policy::{Action, Condition, Facts, Fallback, PolicySet, RequestFacts, Residual, Resource, ResourceType},
};

pub use predicate::Predicate;

/// Rules for documents that an installation chooses.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScopeSettings {
    /// Admins may read every document of their tenant without a grant.
    pub admin_bypasses_acl: bool,
}

/// The permissions from which a scope may be made.
pub trait Reads: Permission {}
impl Reads for RunInvoke {}
impl Reads for CorpusSearch {}
impl Reads for DocumentRead {}

/// The policies that count for a request, and what they may ask of it.
#[derive(Debug, Clone, Copy)]
pub struct Policies<'a> {
    /// The policies.
    pub set: &'a PolicySet,
    /// What holds where none matches.
    pub fallback: Fallback,
    /// The plan of the tenant.
    pub plan: Option<&'a str>,
    /// The request.
    pub request: &'a RequestFacts,
}

/// Which documents of which tenant may be read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadScope {
    tenant: TenantId,
    corpus: Option<CorpusId>,
    documents: Documents,
    rules: Residual,
    policies: Option<Arc<str>>,
}

/// The readable documents inside the scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Documents {
    /// Every document of the tenant (and corpus).
    All,
    /// Those with an active grant to one of these names, such as `user:u1` or `role:reader`.
    GrantedTo(Arc<[String]>),
}

impl ReadScope {
    /// Compiles the scope of a caller; without policies, grants alone count.
    #[must_use]
    pub fn of<P: Reads>(caller: &Caller<P>, policies: Option<Policies<'_>>, settings: ScopeSettings) -> Self {
        Self::compile(caller, policies, settings)
    }

    /// A scope for a principal that the embedding program vouches for, without a role check.
    #[must_use]
    pub fn vouched_for(principal: &Principal, policies: Option<Policies<'_>>, settings: ScopeSettings) -> Self {
        Self::compile(principal, policies, settings)
    }

    /// Narrows the scope to one corpus.
    #[must_use]
    pub fn within(mut self, corpus: CorpusId) -> Self {
        self.corpus = Some(corpus);
        self
    }

    /// Keeps only documents for which a condition over `resource` holds, as a filter that the caller wants. It can take
    /// away and never add.
    #[must_use]
    pub fn only(mut self, condition: &Condition) -> Self {
        self.rules = self.rules.and(condition);
        self
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The corpus, when the scope was narrowed to one.
    #[must_use]
    pub fn corpus(&self) -> Option<&CorpusId> {
        self.corpus.as_ref()
    }

    /// The readable documents.
    #[must_use]
    pub fn documents(&self) -> &Documents {
        &self.documents
    }

    /// The grant names to bind in SQL; `None` means that no grant is needed.
    #[must_use]
    pub fn grant_names(&self) -> Option<&[String]> {
        match &self.documents {
            Documents::All => None,
            Documents::GrantedTo(names) => Some(names),
        }
    }

    /// The part of the policies for the statement of a store; `None` means that policies allow every document.
    #[must_use]
    pub fn predicate(&self) -> Option<&Predicate> {
        match &self.rules {
            Residual::Always => None,
            Residual::Never => Some(Predicate::never()),
            Residual::Depends(rules) => Some(rules.predicate()),
        }
    }

    /// Which policies counted when it was compiled, by [`PolicySet::version`]; nothing where policies are switched off.
    #[must_use]
    pub fn policies(&self) -> Option<&str> {
        self.policies.as_deref()
    }

    /// What remains of the policies.
    #[must_use]
    pub fn rules(&self) -> &Residual {
        &self.rules
    }

    /// Whether policies let this document be read. Says nothing of grants, and nothing good of another tenant or corpus.
    #[must_use]
    pub fn permits(&self, resource: &Resource<'_>) -> bool {
        *resource.tenant == self.tenant
            && self.corpus.as_ref().is_none_or(|corpus| resource.corpus == Some(corpus))
            && self.rules.permits(resource)
    }

    fn compile(principal: &Principal, policies: Option<Policies<'_>>, settings: ScopeSettings) -> Self {
        let documents = if settings.admin_bypasses_acl && principal.role >= Role::Admin {
            Documents::All
        } else {
            Documents::GrantedTo(principal.grant_names().into())
        };
        let rules = policies.map_or(Residual::Always, |policies| {
            let facts = Facts { principal, plan: policies.plan, request: policies.request, resource: None };
            policies.set.residual(ResourceType::Document, Action::Read, &facts, policies.fallback)
        });
        let policies = policies.map(|policies| Arc::clone(policies.set.version()));
        Self { tenant: principal.tenant.clone(), corpus: None, documents, rules, policies }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::policy::Limits;

    fn principal(role: Role) -> Principal {
        Principal::vouched_for("t".parse().unwrap(), "u".parse().unwrap(), role)
    }

    #[test]
    fn an_admin_needs_grants_unless_the_installation_says_otherwise() {
        let admin = principal(Role::Admin);
        let strict = ReadScope::vouched_for(&admin, None, ScopeSettings::default());
        assert_eq!(strict.grant_names().unwrap(), ["user:u", "role:admin"]);
        let bypass = ScopeSettings { admin_bypasses_acl: true };
        assert_eq!(ReadScope::vouched_for(&admin, None, bypass).documents(), &Documents::All);
        assert_ne!(ReadScope::vouched_for(&principal(Role::Editor), None, bypass).documents(), &Documents::All);
    }

    #[test]
    fn a_filter_says_nothing_of_grants_tenant_and_corpus() {
        let limits = Limits { max_bytes: 1000, max_depth: 4 };
        let red = json!({ "eq": [{ "var": "resource.labels.team" }, "red"] });
        let whole = ReadScope::vouched_for(&principal(Role::Reader), None, ScopeSettings::default())
            .within("c".parse().unwrap());
        let red = whole.clone().only(&Condition::parse(&red, &limits).unwrap());
        assert_eq!((red.tenant(), red.corpus(), red.documents()), (whole.tenant(), whole.corpus(), whole.documents()));
        assert!(whole.predicate().is_none());
        assert!(red.predicate().unwrap().exact);
        // What nobody may read stays closed.
        let closed = ReadScope { rules: Residual::Never, ..whole };
        assert_eq!(closed.clone().only(&Condition::always()), closed);
    }
}
