//! Writing policies: each change is checked before and audited with it, so that no decision ever meets a bad policy.
//!
//! Administrators write those of their tenant, operators the global ones that bind every tenant. Whoever calls a verb
//! commits, and then waits for [`settled`](nexus_core::pg::changes::Changes::settled), after which no replica decides by
//! the old state. When the database is away nothing is changed.

pub mod store;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use nexus_core::{
    audit::{self, Event, EventType},
    clock,
    id::TenantId,
    op::Op,
    pg::DbError,
    principal::Principal,
    problem::{Code, Kind, Problem},
};
use serde_json::{Value, json};
use uuid::Uuid;

use self::store::Connection;
use super::{Action, Condition, ConditionError, Effect, Limits, Policy, PolicySettings, ResourceType};
use crate::{
    caller::Caller,
    permission::{Permission, PolicyManage, PolicyManageGlobal},
};

/// The longest name, in characters.
pub const MAX_NAME: usize = 128;
/// The most policies that one tenant has, and the operator.
pub const MAX_POLICIES: i64 = 5000;

/// Whose policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Those of one tenant.
    Tenant(TenantId),
    /// The global ones.
    Operator,
}

/// The permissions to write policies, each for those of one owner.
pub trait Writes: Permission {
    /// Whose policies this caller writes.
    fn owner(caller: &Principal) -> Owner;
}

impl Writes for PolicyManage {
    fn owner(caller: &Principal) -> Owner {
        Owner::Tenant(caller.tenant.clone())
    }
}

impl Writes for PolicyManageGlobal {
    fn owner(_: &Principal) -> Owner {
        Owner::Operator
    }
}

/// A policy as it is stored. Its condition is not typed: one that this program does not understand can be seen, replaced
/// and deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub owner: Owner,
    /// Counts the changes.
    pub version: i32,
    /// What it says.
    pub content: Content,
    /// The credential that made it.
    pub created_by: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// What a policy says.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// What people call it.
    pub name: String,
    /// What it does.
    pub effect: Effect,
    /// What it is about.
    pub resource_type: ResourceType,
    /// For which action.
    pub action: Action,
    /// When it holds; null is always.
    pub condition: Value,
    /// Higher ones are named first.
    pub priority: i32,
    /// Whether it counts.
    pub enabled: bool,
}

/// What is to change; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Patch {
    /// What people call it.
    pub name: Option<String>,
    /// What it does.
    pub effect: Option<Effect>,
    /// What it is about.
    pub resource_type: Option<ResourceType>,
    /// For which action.
    pub action: Option<Action>,
    /// When it holds.
    pub condition: Option<Value>,
    /// Higher ones are named first.
    pub priority: Option<i32>,
    /// Whether it counts.
    pub enabled: Option<bool>,
}

/// Why a policy was not changed.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The owner has no such policy.
    #[error("there is no such policy")]
    NotFound,
    /// The condition is refused.
    #[error(transparent)]
    Condition(#[from] ConditionError),
    /// The policy is about every type of resource, and the installation does not allow that.
    #[error("wildcards are not allowed")]
    Wildcard,
    /// The owner has [`MAX_POLICIES`].
    #[error("too many policies")]
    TooMany,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Content {
    /// Checks what can be wrong with a policy, and gives its condition.
    pub fn check(&self, settings: &PolicySettings) -> Result<Condition, PolicyError> {
        if self.resource_type == ResourceType::Any && !settings.allow_wildcards {
            return Err(PolicyError::Wildcard);
        }
        Ok(Condition::parse(&self.condition, &settings.limits())?)
    }

    /// The names of the fields that a patch names, after it was applied.
    pub fn apply(&mut self, patch: Patch) -> Vec<&'static str> {
        fn set<T>(names: &mut Vec<&'static str>, name: &'static str, field: &mut T, new: Option<T>) {
            if let Some(new) = new {
                *field = new;
                names.push(name);
            }
        }
        let mut names = Vec::new();
        set(&mut names, "name", &mut self.name, patch.name);
        set(&mut names, "effect", &mut self.effect, patch.effect);
        set(&mut names, "resource_type", &mut self.resource_type, patch.resource_type);
        set(&mut names, "action", &mut self.action, patch.action);
        set(&mut names, "condition_json", &mut self.condition, patch.condition);
        set(&mut names, "priority", &mut self.priority, patch.priority);
        set(&mut names, "enabled", &mut self.enabled, patch.enabled);
        names
    }
}

impl Stored {
    /// The policy in its typed form. Limits do not apply to what was accepted once.
    pub fn typed(&self) -> Result<Policy, ConditionError> {
        let Content { name, effect, resource_type, action, condition, priority, enabled } = self.content.clone();
        let tenant = match &self.owner {
            Owner::Tenant(tenant) => Some(tenant.clone()),
            Owner::Operator => None,
        };
        let limits = Limits { max_bytes: usize::MAX, max_depth: usize::MAX };
        Ok(Policy {
            id: self.id,
            tenant,
            name,
            version: self.version,
            effect,
            resource_type,
            action,
            condition: Condition::parse(&condition, &limits)?,
            priority,
            enabled,
            created_by: self.created_by.clone(),
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// Makes a policy.
pub async fn create<P: Writes>(
    op: &Op,
    conn: &mut Connection,
    caller: &Caller<P>,
    settings: &PolicySettings,
    mut content: Content,
) -> Result<Stored, PolicyError> {
    content.condition = content.check(settings)?.json().clone();
    let owner = P::owner(caller);
    if store::count(conn, &owner).await.map_err(DbError::from)? >= MAX_POLICIES {
        return Err(PolicyError::TooMany);
    }
    let policy = Stored {
        id: clock::fresh_uuid(),
        owner,
        version: 1,
        content,
        created_by: Some(caller.credential.to_string()),
        created_at: op.now,
        updated_at: op.now,
    };
    store::insert(conn, &policy).await.map_err(DbError::from)?;
    record(op, conn, caller, EventType::AuthzPolicyCreated, &policy, &[]).await?;
    Ok(policy)
}

/// Changes a policy. Every change that names a field makes a new version.
pub async fn update<P: Writes>(
    op: &Op,
    conn: &mut Connection,
    caller: &Caller<P>,
    settings: &PolicySettings,
    id: Uuid,
    patch: Patch,
) -> Result<Stored, PolicyError> {
    let mut policy = lock(conn, caller, id).await?;
    let fields = policy.content.apply(patch);
    if fields.is_empty() {
        return Ok(policy);
    }
    policy.content.check(settings)?;
    policy.version = policy.version.saturating_add(1);
    policy.updated_at = op.now;
    store::update(conn, &policy).await.map_err(DbError::from)?;
    record(op, conn, caller, EventType::AuthzPolicyUpdated, &policy, &fields).await?;
    Ok(policy)
}

/// Switches a policy on or off. Its version stays.
pub async fn switch<P: Writes>(
    op: &Op,
    conn: &mut Connection,
    caller: &Caller<P>,
    id: Uuid,
    enabled: bool,
) -> Result<Stored, PolicyError> {
    let mut policy = lock(conn, caller, id).await?;
    policy.content.enabled = enabled;
    policy.updated_at = op.now;
    store::update(conn, &policy).await.map_err(DbError::from)?;
    let what = if enabled { EventType::AuthzPolicyEnabled } else { EventType::AuthzPolicyDisabled };
    record(op, conn, caller, what, &policy, &[]).await?;
    Ok(policy)
}

/// Deletes a policy.
pub async fn delete<P: Writes>(
    op: &Op,
    conn: &mut Connection,
    caller: &Caller<P>,
    id: Uuid,
) -> Result<(), PolicyError> {
    let policy = lock(conn, caller, id).await?;
    store::delete(conn, &policy).await.map_err(DbError::from)?;
    record(op, conn, caller, EventType::AuthzPolicyDeleted, &policy, &[]).await
}

impl Problem for PolicyError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Condition(error) => error.kind(),
            Self::Wildcard => Kind::Invalid,
            Self::TooMany => Kind::Conflict,
            Self::Db(error) => error.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::Condition(error) => error.code(),
            Self::Wildcard => Code::AuthzPolicyInvalid,
            Self::TooMany => Code::Conflict,
            Self::Db(error) => error.code(),
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::NotFound => "Policy not found".into(),
            Self::Condition(error) => error.message(),
            Self::Wildcard => "resource_type: a policy about everything is not allowed here".into(),
            Self::TooMany => format!("There are at most {MAX_POLICIES} policies").into(),
            Self::Db(error) => error.message(),
        }
    }
    fn details(&self) -> Option<Value> {
        match self {
            Self::Condition(error) => error.details(),
            Self::Wildcard => Some(json!({ "path": "resource_type", "reason": "wildcards are not allowed" })),
            _ => None,
        }
    }
}

async fn lock<P: Writes>(conn: &mut Connection, caller: &Caller<P>, id: Uuid) -> Result<Stored, PolicyError> {
    let found = store::lock(conn, &P::owner(caller), id).await.map_err(DbError::from)?;
    found.ok_or(PolicyError::NotFound)
}

async fn record<P: Writes>(
    op: &Op,
    conn: &mut Connection,
    caller: &Caller<P>,
    what: EventType,
    policy: &Stored,
    fields: &[&'static str],
) -> Result<(), PolicyError> {
    let event = Event::by(op, caller, what).resource("policy", &policy.id.to_string());
    let event = if fields.is_empty() { event } else { event.fields(fields) };
    Ok(audit::record(conn, &event).await?)
}
