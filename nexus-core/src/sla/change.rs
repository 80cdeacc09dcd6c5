//! Writing policies and assignments, and resolving incidents: each is checked before and audited in its transaction.
//!
//! Administrators write those of their tenant, operators the global ones. Whoever calls a verb commits; replicas hear of it
//! at once. When the database is away nothing is changed.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    document::{Defaults, Document, Fault, merged},
    incident::{Incident, IncidentStatus},
    store::{self, Connection, incident::Resolution},
    words,
};
use crate::{
    audit::{self, Event, EventType},
    clock,
    id::TenantId,
    op::Op,
    pg::DbError,
    principal::Principal,
    problem::{Code, Kind, Problem},
};

/// The longest name, in characters.
pub const MAX_NAME: usize = 128;
/// The most policies that one tenant has, and the operator.
pub const MAX_POLICIES: i64 = 1000;

/// Whose.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// Those of one tenant.
    Tenant(TenantId),
    /// The global ones.
    Operator,
}

words! {
    /// What people sell a policy as.
    Tier {
        /// What everybody gets.
        Standard = "standard",
        /// More.
        Pro = "pro",
        /// Most.
        Enterprise = "enterprise",
        /// Something of its own.
        Custom = "custom",
    }
}

/// A policy as it is stored. Its document is not typed: one that this program does not understand can be seen and replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub owner: Owner,
    /// What it says.
    pub content: Content,
    /// Counts the changes of what it says.
    pub version: i32,
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
    /// What people sell it as.
    pub tier: Tier,
    /// Whether it counts.
    pub enabled: bool,
    /// Its document.
    pub config: Value,
}

/// What is to change; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Patch {
    /// What people call it.
    pub name: Option<String>,
    /// What people sell it as.
    pub tier: Option<Tier>,
    /// Whether it counts.
    pub enabled: Option<bool>,
    /// Its document.
    pub config: Option<Value>,
}

/// Which policy counts for a tenant, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// For whom.
    pub tenant: TenantId,
    /// Its id.
    pub id: Uuid,
    /// Whose policy.
    pub owner: Owner,
    /// Which policy.
    pub policy: Uuid,
    /// From when on.
    pub effective_from: DateTime<Utc>,
    /// Until when.
    pub effective_to: Option<DateTime<Utc>>,
    /// What is laid over the policy.
    pub over: Option<Value>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// An assignment that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Assign {
    /// Which policy: of the tenant or of the operator.
    pub policy: Uuid,
    /// From when on; now when nothing is said.
    pub effective_from: Option<DateTime<Utc>>,
    /// Until when.
    pub effective_to: Option<DateTime<Utc>>,
    /// What is laid over the policy.
    pub over: Option<Value>,
}

/// Why something about service levels was not done.
#[derive(Debug, thiserror::Error)]
pub enum SlaError {
    /// There is no such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The tenant has no assignment.
    #[error("the tenant has no assignment")]
    NoAssignment,
    /// The document is refused.
    #[error("the policy has {} faults", .0.len())]
    Invalid(Vec<Fault>),
    /// The owner has a policy of this name and version.
    #[error("the name and version are taken")]
    Taken,
    /// The owner has [`MAX_POLICIES`].
    #[error("too many policies")]
    TooMany,
    /// It ends before it begins.
    #[error("the assignment ends before it begins")]
    Backwards,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Makes a policy.
pub async fn create(
    op: &Op,
    conn: &mut Connection,
    caller: &Principal,
    owner: Owner,
    defaults: &Defaults,
    (content, version): (Content, i32),
) -> Result<Policy, SlaError> {
    Document::parse(&content.config, defaults).map_err(SlaError::Invalid)?;
    let (_, count) = store::policy::standing(conn, &owner, &content.name).await.map_err(DbError::from)?;
    if count >= MAX_POLICIES {
        return Err(SlaError::TooMany);
    }
    let policy = Policy {
        id: clock::fresh_uuid(),
        owner,
        content,
        version,
        created_by: Some(caller.credential.to_string()),
        created_at: op.now,
        updated_at: op.now,
    };
    if !store::policy::insert(conn, &policy).await.map_err(DbError::from)? {
        return Err(SlaError::Taken);
    }
    audit::record(conn, &about(op, caller, EventType::SlaPolicyCreated, &policy)).await?;
    Ok(policy)
}

/// Changes a policy. A change of anything but whether it counts makes a new version.
pub async fn update(
    op: &Op,
    conn: &mut Connection,
    caller: &Principal,
    owner: &Owner,
    defaults: &Defaults,
    (id, patch): (Uuid, Patch),
) -> Result<Policy, SlaError> {
    let mut policy = lock(conn, owner, id).await?;
    let fields = policy.content.apply(patch);
    if fields.is_empty() {
        return Ok(policy);
    }
    Document::parse(&policy.content.config, defaults).map_err(SlaError::Invalid)?;
    if fields != ["enabled"] {
        let (highest, _) = store::policy::standing(conn, owner, &policy.content.name).await.map_err(DbError::from)?;
        policy.version = highest.unwrap_or_default().max(policy.version).saturating_add(1);
    }
    policy.updated_at = op.now;
    if !store::policy::update(conn, &policy).await.map_err(DbError::from)? {
        return Err(SlaError::Taken);
    }
    let event = about(op, caller, EventType::SlaPolicyUpdated, &policy).fields(&fields);
    audit::record(conn, &event).await?;
    Ok(policy)
}

/// Switches a policy on or off. Its version stays.
pub async fn switch(
    op: &Op,
    conn: &mut Connection,
    caller: &Principal,
    owner: &Owner,
    (id, enabled): (Uuid, bool),
) -> Result<Policy, SlaError> {
    let mut policy = lock(conn, owner, id).await?;
    policy.content.enabled = enabled;
    policy.updated_at = op.now;
    store::policy::update(conn, &policy).await.map_err(DbError::from)?;
    let what = if enabled { EventType::SlaPolicyEnabled } else { EventType::SlaPolicyDisabled };
    audit::record(conn, &about(op, caller, what, &policy)).await?;
    Ok(policy)
}

/// Says which policy counts for a tenant, in place of what was said before. What begins later takes over then, and what counts
/// now counts until then.
pub async fn assign(
    op: &Op,
    conn: &mut Connection,
    caller: &Principal,
    tenant: &TenantId,
    defaults: &Defaults,
    wanted: Assign,
) -> Result<Assignment, SlaError> {
    let owners = [Owner::Tenant(tenant.clone()), Owner::Operator];
    let policy = store::policy::find(conn, &owners, wanted.policy).await.map_err(DbError::from)?;
    let policy = policy.ok_or(SlaError::NotFound("policy"))?;
    if let Some(over) = &wanted.over {
        Document::parse(&merged(&policy.content.config, over), defaults).map_err(SlaError::Invalid)?;
    }
    let effective_from = wanted.effective_from.unwrap_or(op.now);
    if wanted.effective_to.is_some_and(|end| end <= effective_from) {
        return Err(SlaError::Backwards);
    }
    let assignment = Assignment {
        tenant: tenant.clone(),
        id: clock::fresh_uuid(),
        owner: policy.owner,
        policy: policy.id,
        effective_from,
        effective_to: wanted.effective_to,
        over: wanted.over,
        created_at: op.now,
        updated_at: op.now,
    };
    let assignment = if effective_from > op.now {
        store::policy::plan(conn, &assignment).await
    } else {
        store::policy::assign(conn, &assignment).await
    };
    let assignment = assignment.map_err(DbError::from)?.ok_or(SlaError::NotFound("tenant"))?;
    let event = Event::by(op, caller, EventType::SlaAssignmentUpdated)
        .resource("sla_assignment", tenant.as_str())
        .policy(Some(assignment.policy))
        .expires(assignment.effective_to);
    audit::record(conn, &event).await?;
    Ok(assignment)
}

/// Resolves an incident by hand; one that is resolved stays as it is.
pub async fn resolve(op: &Op, conn: &mut Connection, caller: &Principal, id: Uuid) -> Result<Incident, SlaError> {
    let found = store::incident::lock(conn, &caller.tenant, id).await.map_err(DbError::from)?;
    let mut incident = found.ok_or(SlaError::NotFound("incident"))?;
    if store::incident::resolve(conn, &incident, op.now, Resolution::Manual).await.map_err(DbError::from)? {
        incident.status = IncidentStatus::Resolved;
        incident.resolved_at = Some(op.now);
    }
    let event = Event::by(op, caller, EventType::SlaIncidentResolved)
        .resource("sla_incident", &id.to_string())
        .reason("manual")
        .policy(Some(incident.policy));
    audit::record(conn, &event).await?;
    Ok(incident)
}

impl Content {
    /// The names of the fields that a patch names, after it was applied.
    fn apply(&mut self, patch: Patch) -> Vec<&'static str> {
        fn set<T>(names: &mut Vec<&'static str>, name: &'static str, field: &mut T, new: Option<T>) {
            if let Some(new) = new {
                *field = new;
                names.push(name);
            }
        }
        let mut names = Vec::new();
        set(&mut names, "name", &mut self.name, patch.name);
        set(&mut names, "tier", &mut self.tier, patch.tier);
        set(&mut names, "enabled", &mut self.enabled, patch.enabled);
        set(&mut names, "config_json", &mut self.config, patch.config);
        names
    }
}

impl Problem for SlaError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound(_) | Self::NoAssignment => Kind::NotFound,
            Self::Invalid(_) | Self::Backwards => Kind::Invalid,
            Self::Taken | Self::TooMany => Kind::Conflict,
            Self::Db(error) => error.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::NotFound(_) => Code::NotFound,
            Self::NoAssignment => Code::SlaAssignmentNotFound,
            Self::Invalid(_) => Code::SlaPolicyInvalid,
            Self::Backwards => Code::Validation,
            Self::Taken | Self::TooMany => Code::Conflict,
            Self::Db(error) => error.code(),
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::NotFound("policy") => "SLA policy not found".into(),
            Self::NotFound("incident") => "SLA incident not found".into(),
            Self::NotFound(_) => "Not found".into(),
            Self::NoAssignment => "The tenant has no SLA assignment".into(),
            Self::Invalid(_) => "The SLA policy is not valid".into(),
            Self::Backwards => "effective_to must be later than effective_from".into(),
            Self::Taken => "There is an SLA policy of this name and version".into(),
            Self::TooMany => format!("There are at most {MAX_POLICIES} SLA policies").into(),
            Self::Db(error) => error.message(),
        }
    }
    fn details(&self) -> Option<Value> {
        let Self::Invalid(faults) = self else { return None };
        let errors: Vec<Value> =
            faults.iter().map(|fault| json!({ "path": fault.path, "reason": fault.why })).collect();
        Some(json!({ "errors": errors }))
    }
}

async fn lock(conn: &mut Connection, owner: &Owner, id: Uuid) -> Result<Policy, SlaError> {
    let found = store::policy::lock(conn, owner, id).await.map_err(DbError::from)?;
    found.ok_or(SlaError::NotFound("policy"))
}

fn about(op: &Op, caller: &Principal, what: EventType, policy: &Policy) -> Event {
    Event::by(op, caller, what).resource("sla_policy", &policy.id.to_string())
}
