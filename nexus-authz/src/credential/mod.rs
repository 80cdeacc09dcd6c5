//! API keys: what they look like, who they speak for, and when they stop.
//!
//! Only a peppered hash is stored. A key that was seen is remembered in a bounded cache that the database's notifications
//! keep honest: revoking a key, changing its user or the user's groups removes it on every replica, and what is remembered
//! counts only while it is confirmed that no change is missing. When the database is away, a key that is not in the cache cannot be checked and is refused.

mod cache;
pub mod change;
pub mod decide;
pub mod issue;
pub mod key;
mod settings;
pub mod store;

use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, Utc};
use nexus_core::{
    id::{CredentialId, TenantId},
    op::Op,
    pg::{Db, DbError, TenantTx, changes::Changes, remembered::Remembered},
    principal::{AuthMethod, Principal},
    problem::{Code, Kind, Problem},
};

use self::decide::KeyState;
pub use self::{
    cache::LastUsed,
    key::{Pepper, Plaintext},
    settings::CredentialSettings,
};
use crate::group;

/// Why a request is not let in.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No credential was given.
    #[error("no credential")]
    Missing,
    /// The header is not `Bearer <token>`, or the token is not one of ours.
    #[error("malformed credential")]
    Malformed,
    /// Well-formed, and not in the database.
    #[error("unknown key")]
    Unknown,
    /// Revoked.
    #[error("revoked key")]
    Revoked,
    /// Its user was deactivated.
    #[error("inactive user")]
    UserInactive,
    /// Past its expiry.
    #[error("expired key")]
    Expired,
    /// Not used for too long.
    #[error("inactive key")]
    Inactive,
    /// Keys cannot be checked now.
    #[error("credentials cannot be checked: {0}")]
    Unavailable(#[from] DbError),
}

impl Problem for AuthError {
    fn kind(&self) -> Kind {
        match self {
            Self::Unavailable(_) => Kind::Unavailable,
            _ => Kind::Unauthenticated,
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::Missing | Self::Malformed | Self::Unknown | Self::UserInactive => Code::AuthUnauthorized,
            Self::Revoked => Code::AuthRevokedKey,
            Self::Expired => Code::AuthExpiredKey,
            Self::Inactive => Code::AuthInactiveKey,
            Self::Unavailable(_) => Code::AuthUnavailable,
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Missing => "Missing API key",
            Self::Malformed => "Malformed credential; send Authorization: Bearer <api key>",
            Self::Unknown => "Invalid API key",
            Self::Revoked => "API key has been revoked",
            Self::UserInactive => "The user of this API key is inactive",
            Self::Expired => "API key has expired",
            Self::Inactive => "API key was not used for too long",
            Self::Unavailable(_) => "Authentication is not available; try again shortly",
        }
        .into()
    }
}

/// For whom a key stands now: for work that goes on after the request that presented it.
pub async fn standing(
    tx: &mut TenantTx,
    id: &CredentialId,
    now: DateTime<Utc>,
    settings: &CredentialSettings,
) -> Result<Arc<Principal>, AuthError> {
    let key = store::lock(tx, id).await.map_err(DbError::from)?.ok_or(AuthError::Unknown)?;
    decide::judge(&key.state, now, settings)?;
    let groups = group::store::of_user(tx, &key.user_id).await.map_err(DbError::from)?;
    let (tenant, method) = (tx.tenant().clone(), AuthMethod::ApiKey);
    Ok(Arc::new(Principal { tenant, user: key.user_id, role: key.role, credential: key.id, method, groups }))
}

/// What is known of a key.
#[derive(Debug, Clone)]
pub struct Known {
    /// For whom it speaks.
    pub principal: Arc<Principal>,
    /// What decides whether it still does.
    pub state: KeyState,
}

/// What is known of a token without asking the database.
#[derive(Debug, Clone)]
pub enum Recall {
    /// It was seen a moment ago, and nothing changed since.
    Known(Known),
    /// It may be a key; the database has to be asked.
    Unseen(Unseen),
}

/// The hash of a token that was not recalled.
#[derive(Clone)]
pub struct Unseen([u8; 32]);

impl std::fmt::Debug for Unseen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unseen")
    }
}

/// Whose key it is, where that is known, and whether it opens the door.
pub type Identified = (Option<Arc<Principal>>, Result<Arc<Principal>, AuthError>);

/// Checks credentials. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Credentials {
    db: Db,
    pepper: Pepper,
    settings: CredentialSettings,
    known: Remembered<Known>,
    last_used: LastUsed,
}

impl Credentials {
    /// Sets up the check with its cache.
    #[must_use]
    pub fn new(db: Db, pepper: Pepper, settings: CredentialSettings, changes: &Changes) -> Self {
        let known = cache::known(&settings, changes);
        Self { db, pepper, settings, known, last_used: LastUsed::default() }
    }

    /// The pepper that key hashes are made with.
    #[must_use]
    pub fn pepper(&self) -> &Pepper {
        &self.pepper
    }

    /// The rules for keys.
    #[must_use]
    pub fn settings(&self) -> &CredentialSettings {
        &self.settings
    }

    /// Forgets the keys of a tenant, so that a change counts at once in this process.
    pub fn forget(&self, tenant: &TenantId) {
        self.known.forget(cache::of(tenant.as_str()));
    }

    /// Writes down when keys were used. Somebody has to do so now and then.
    pub async fn write_uses(&self) -> Result<(), DbError> {
        let uses = self.last_used.take();
        if uses.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.platform().await?;
        store::write_last_used(&mut tx, &uses).await?;
        tx.commit().await
    }

    /// Reads the token out of an `Authorization` header: the scheme in any case, exactly one space-separated token.
    pub fn bearer(header: &str) -> Result<&str, AuthError> {
        let mut words = header.split_ascii_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some(scheme), Some(token), None) if scheme.eq_ignore_ascii_case("bearer") => Ok(token),
            _ => Err(AuthError::Malformed),
        }
    }

    /// Tells who presents this API key. A token whose checksum is wrong is refused without asking the database.
    pub async fn authenticate(&self, op: &Op, token: &str) -> Result<Arc<Principal>, AuthError> {
        self.identify(op, token).await.1
    }

    /// Like [`Self::authenticate`], and also tells whose key was refused where that is known, for the audit log.
    pub async fn identify(&self, op: &Op, token: &str) -> Identified {
        match self.look_up(token).await {
            Ok(known) => self.judge(op, &known),
            Err(error) => (None, Err(error)),
        }
    }

    /// The first step of [`Self::identify`]: what is known of a token without asking the database.
    pub async fn recall(&self, token: &str) -> Result<Recall, AuthError> {
        let parsed = key::parse(token).ok_or(AuthError::Malformed)?;
        let hash = self.pepper.hash(parsed);
        Ok(match self.known.get(&hash).await {
            Some(known) => Recall::Known(known),
            None => Recall::Unseen(Unseen(hash)),
        })
    }

    /// The second step, for a token that [`Self::recall`] did not know.
    pub async fn ask(&self, Unseen(hash): Unseen) -> Result<Known, AuthError> {
        let before = self.known.moment();
        let mut tx = self.db.platform().await?;
        let row = store::find_by_hash(&mut tx, &hash).await.map_err(DbError::from)?;
        drop(tx);
        let row = row.ok_or(AuthError::Unknown)?;
        let principal = Principal {
            tenant: row.tenant_id,
            user: row.user_id,
            role: row.role.0,
            credential: row.id,
            method: AuthMethod::ApiKey,
            groups: row.groups,
        };
        let known = Known { principal: Arc::new(principal), state: row.state };
        self.known.put(&hash, &known, before);
        Ok(known)
    }

    /// The last step: whether a known key still opens the door.
    pub fn judge(&self, op: &Op, known: &Known) -> Identified {
        let principal = Arc::clone(&known.principal);
        let last_used = self.last_used.of(&principal).or(known.state.last_used_at);
        let state = KeyState { last_used_at: last_used, ..known.state };
        match decide::judge(&state, op.now, &self.settings) {
            Ok(()) => {
                self.last_used.note(&principal, op.now);
                (Some(Arc::clone(&principal)), Ok(principal))
            }
            Err(error) => (Some(principal), Err(error)),
        }
    }

    async fn look_up(&self, token: &str) -> Result<Known, AuthError> {
        match self.recall(token).await? {
            Recall::Known(known) => Ok(known),
            Recall::Unseen(unseen) => self.ask(unseen).await,
        }
    }
}
