//! Changing keys: a key of a role above one's own is nobody's to bring back, to rename or to take away.

use std::borrow::Cow;

use nexus_core::{
    id::CredentialId,
    pg::{DbError, TenantTx},
    principal::Role,
    problem::{Code, Kind, Problem},
};

use super::store::{self, ApiKey};
use crate::{
    caller::{Caller, RoleSettings},
    permission::ApiKeyManage,
};

/// Why a key is not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// No key of the tenant has this id.
    #[error("no such key")]
    NotFound,
    /// It speaks for a role above the caller's.
    #[error("the key speaks for the role {0}")]
    Above(Role),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Problem for ChangeError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Above(_) => Kind::Forbidden,
            Self::Db(e) => e.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::Above(_) => Code::AuthForbidden,
            Self::Db(e) => e.code(),
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::NotFound => "Not Found".into(),
            Self::Above(_) => "Insufficient role to change this key".into(),
            Self::Db(e) => e.message(),
        }
    }
    fn details(&self) -> Option<serde_json::Value> {
        match self {
            Self::Above(role) => Some(serde_json::json!({ "required_role": role })),
            Self::NotFound | Self::Db(_) => None,
        }
    }
}

/// A key of the tenant that the caller may change, locked until the transaction ends.
pub async fn lock(
    tx: &mut TenantTx,
    caller: &Caller<ApiKeyManage>,
    roles: RoleSettings,
    id: &CredentialId,
) -> Result<ApiKey, ChangeError> {
    let key = store::lock(tx, id).await.map_err(DbError::from)?.ok_or(ChangeError::NotFound)?;
    if caller.acts_as(key.role, roles) { Ok(key) } else { Err(ChangeError::Above(key.role)) }
}
