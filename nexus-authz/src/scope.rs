//! What one caller may read, compiled once for a request.
//!
//! Every retriever takes a [`ReadScope`]; there is no way to search without one. It can be made only from a [`Caller`] of a
//! permission that reads, or by an embedder that says loudly that it vouches for the principal.

use std::sync::Arc;

use nexus_core::{
    id::{CorpusId, TenantId},
    principal::{Principal, Role},
};

use crate::{
    caller::Caller,
    permission::{DocumentRead, Permission, RunInvoke},
};

/// Rules for documents that an installation chooses.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScopeSettings {
    /// Admins may read every document of their tenant without a grant.
    pub admin_bypasses_acl: bool,
}

/// The permissions from which a scope may be made.
pub trait Reads: Permission {}
impl Reads for RunInvoke {}
impl Reads for DocumentRead {}

/// Which documents of which tenant may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadScope {
    tenant: TenantId,
    corpus: Option<CorpusId>,
    documents: Documents,
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
    /// Compiles the scope of a caller.
    #[must_use]
    pub fn of<P: Reads>(caller: &Caller<P>, settings: ScopeSettings) -> Self {
        Self::compile(caller, settings)
    }

    /// A scope for a principal that the embedding program vouches for, without a role check.
    #[must_use]
    pub fn vouched_for(principal: &Principal, settings: ScopeSettings) -> Self {
        Self::compile(principal, settings)
    }

    /// Narrows the scope to one corpus.
    #[must_use]
    pub fn within(mut self, corpus: CorpusId) -> Self {
        self.corpus = Some(corpus);
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

    fn compile(principal: &Principal, settings: ScopeSettings) -> Self {
        let documents = if settings.admin_bypasses_acl && principal.role >= Role::Admin {
            Documents::All
        } else {
            Documents::GrantedTo(principal.grant_names().into())
        };
        Self { tenant: principal.tenant.clone(), corpus: None, documents }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn principal(role: Role) -> Principal {
        Principal::vouched_for("t".parse().unwrap(), "u".parse().unwrap(), role)
    }

    #[test]
    fn an_admin_needs_grants_unless_the_installation_says_otherwise() {
        let admin = principal(Role::Admin);
        let strict = ReadScope::vouched_for(&admin, ScopeSettings::default());
        assert_eq!(strict.grant_names().unwrap(), ["user:u", "role:admin"]);
        let bypass = ScopeSettings { admin_bypasses_acl: true };
        assert_eq!(ReadScope::vouched_for(&admin, bypass).documents(), &Documents::All);
        assert_ne!(ReadScope::vouched_for(&principal(Role::Editor), bypass).documents(), &Documents::All);
    }
}
