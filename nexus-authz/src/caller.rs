//! A caller that was found to have a permission. The value is the proof: verbs ask for it, and only this module makes it.

use std::{borrow::Cow, marker::PhantomData, sync::Arc};

use nexus_core::{
    principal::{Principal, Role},
    problem::{Code, Kind, Problem},
};

use crate::permission::{Entry, Permission};

/// Rules for roles that an installation chooses.
#[derive(Debug, Clone, Copy, Default)]
pub struct RoleSettings {
    /// On an installation of a single tenant its admins may also operate the platform.
    pub admin_is_operator: bool,
}

/// An authenticated caller whose role has the permission `P`.
#[derive(Debug)]
pub struct Caller<P: Permission> {
    principal: Arc<Principal>,
    proof: PhantomData<P>,
}

impl<P: Permission> Caller<P> {
    /// Checks the role of a principal.
    pub fn check(principal: Arc<Principal>, settings: RoleSettings) -> Result<Self, InsufficientRole> {
        if allows(principal.role, P::ENTRY.least, settings) {
            Ok(Self { principal, proof: PhantomData })
        } else {
            Err(InsufficientRole { permission: P::ENTRY })
        }
    }
}

impl<P: Permission> Caller<P> {
    /// Whether the caller may also operate the platform, and so look after tenants that are not its own.
    #[must_use]
    pub fn is_operator(&self, settings: RoleSettings) -> bool {
        self.acts_as(Role::Operator, settings)
    }

    /// Whether the caller may do all that this role may.
    #[must_use]
    pub fn acts_as(&self, role: Role, settings: RoleSettings) -> bool {
        allows(self.principal.role, role, settings)
    }
}

impl<P: Permission> Clone for Caller<P> {
    fn clone(&self) -> Self {
        Self { principal: Arc::clone(&self.principal), proof: PhantomData }
    }
}

impl<P: Permission> std::ops::Deref for Caller<P> {
    type Target = Principal;
    fn deref(&self) -> &Principal {
        &self.principal
    }
}

/// Whether a role suffices.
fn allows(role: Role, least: Role, settings: RoleSettings) -> bool {
    role >= least || (settings.admin_is_operator && least == Role::Operator && role == Role::Admin)
}

/// The role does not have the permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the role does not have {}", permission.name)]
pub struct InsufficientRole {
    /// What was asked for.
    pub permission: Entry,
}

impl Problem for InsufficientRole {
    fn kind(&self) -> Kind {
        Kind::Forbidden
    }
    fn code(&self) -> Code {
        Code::AuthForbidden
    }
    fn message(&self) -> Cow<'static, str> {
        "Insufficient role for this operation".into()
    }
    fn details(&self) -> Option<serde_json::Value> {
        Some(serde_json::json!({ "required_role": self.permission.least, "permission": self.permission.name }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_setting_lifts_an_admin_to_operator() {
        let single = RoleSettings { admin_is_operator: true };
        assert!(allows(Role::Admin, Role::Operator, single));
        assert!(!allows(Role::Editor, Role::Operator, single));
        assert!(!allows(Role::Admin, Role::Operator, RoleSettings::default()));
        assert!(allows(Role::Operator, Role::Reader, RoleSettings::default()));
    }
}
