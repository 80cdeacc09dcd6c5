//! Making keys, no more than a tenant may have.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use nexus_core::{
    id::UserId,
    op::Op,
    pg::{DbError, TenantTx},
    principal::Role,
    problem::{Code, Kind, Problem},
};

use super::{
    Pepper, Plaintext,
    key::{self, parse},
    store::{self, ApiKey, NewKey},
};

/// Why no key is made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The tenant has as many active keys as it may.
    #[error("there are {0} active keys already")]
    LimitReached(u32),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Problem for IssueError {
    fn kind(&self) -> Kind {
        match self {
            Self::LimitReached(_) => Kind::Conflict,
            Self::Db(e) => e.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::LimitReached(_) => Code::KeyLimitReached,
            Self::Db(e) => e.code(),
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::LimitReached(_) => "The tenant has as many active API keys as it may; revoke one first".into(),
            Self::Db(e) => e.message(),
        }
    }
    fn details(&self) -> Option<serde_json::Value> {
        match self {
            Self::LimitReached(max) => Some(serde_json::json!({ "max_active": max })),
            Self::Db(_) => None,
        }
    }
}

/// A key that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The role of its user.
    pub role: Role,
    /// Its name for people.
    pub name: Option<&'a str>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Fails unless one more key may work. Whoever asks for the same tenant at the same time waits until this transaction ends.
pub async fn room(op: &Op, tx: &mut TenantTx, max_active: u32) -> Result<(), IssueError> {
    let active = store::count_active(op, tx).await.map_err(DbError::from)?;
    if active >= i64::from(max_active) { Err(IssueError::LimitReached(max_active)) } else { Ok(()) }
}

/// Makes a key of a new user, unless the tenant has `max_active` keys that work. Whoever makes keys of the same tenant at
/// the same time waits until this transaction ends, so that the limit holds.
pub async fn issue(
    op: &Op,
    tx: &mut TenantTx,
    pepper: &Pepper,
    wanted: &Wanted<'_>,
    max_active: u32,
) -> Result<(ApiKey, Plaintext), IssueError> {
    room(op, tx, max_active).await?;
    let (id, plaintext) = key::generate();
    let user = UserId::new(format!("key-{id}")).unwrap_or_else(|_| unreachable!("hex digits are of the alphabet"));
    let parsed = parse(plaintext.expose()).unwrap_or_else(|| unreachable!("what was generated parses"));
    let (hash, shown) = (pepper.hash(parsed), plaintext.shown());
    let new = NewKey { id: &id, user: &user, name: wanted.name, shown: &shown, hash, expires_at: wanted.expires_at };
    store::ensure_user(op, tx, &user, None, wanted.role).await.map_err(DbError::from)?;
    store::insert(op, tx, &new).await.map_err(DbError::from)?;
    Ok((store::reread(tx, &id).await.map_err(DbError::from)?, plaintext))
}
