//! Who asks: the answer of authentication, and the subject of every later decision.

use serde::{Deserialize, Serialize};

use crate::id::{CredentialId, GroupId, TenantId, UserId};

/// What somebody may do, in rising order: each role may do all that the one before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Asks questions and reads documents.
    Reader,
    /// Also changes documents and corpora.
    Editor,
    /// Also administers the tenant.
    Admin,
    /// Also administers the platform that all tenants share.
    Operator,
}

impl Role {
    /// All roles, lowest first.
    pub const ALL: [Self; 4] = [Self::Reader, Self::Editor, Self::Admin, Self::Operator];

    /// The name on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Operator => "operator",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("role must be one of reader, editor, admin, operator")]
pub struct UnknownRole;

impl std::str::FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|r| r.as_str() == text).ok_or(UnknownRole)
    }
}

/// How the identity was proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A bearer API key.
    ApiKey,
    /// A session from single sign-on.
    SsoSession,
    /// Headers on a loopback development server.
    DevBypass,
    /// The embedding program vouches for the caller.
    Vouched,
}

impl AuthMethod {
    /// The name in policies, headers and the audit log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::SsoSession => "sso_session",
            Self::DevBypass => "dev_bypass",
            Self::Vouched => "vouched",
        }
    }
}

/// An authenticated caller of one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The tenant whose data this caller may reach; nothing crosses it.
    pub tenant: TenantId,
    /// The user behind the credential.
    pub user: UserId,
    /// The role of the user.
    pub role: Role,
    /// The credential that was presented.
    pub credential: CredentialId,
    /// How the identity was proved.
    pub method: AuthMethod,
    /// The groups of the user, by stable id.
    pub groups: Vec<GroupId>,
}

impl Principal {
    /// A principal that the embedding program has authenticated by its own means.
    #[must_use]
    pub fn vouched_for(tenant: TenantId, user: UserId, role: Role) -> Self {
        let credential = CredentialId::new("vouched").unwrap_or_else(|_| unreachable!("a constant of the alphabet"));
        Self { tenant, user, role, credential, method: AuthMethod::Vouched, groups: Vec::new() }
    }

    /// The names under which grants may address this caller, such as `user:u1` or `role:reader`.
    #[must_use]
    pub fn grant_names(&self) -> Vec<String> {
        let mut names = vec![format!("user:{}", self.user), format!("role:{}", self.role)];
        if self.method == AuthMethod::ApiKey {
            names.push(format!("api_key:{}", self.credential));
        }
        names.extend(self.groups.iter().map(|g| format!("group:{g}")));
        names
    }
}
