//! Attribute policies: rules of a tenant, or of the operator for all tenants, that allow or deny by what is known of the
//! principal, the resource and the request.
//!
//! A condition is checked when it is written and typed from then on, so that nothing can fail at a decision: a missing
//! attribute makes every comparison false. A deny beats every allow; priority and id only order the explanation.
//! Deciding needs no backend. Policies that cannot be loaded are an error of the store, and its callers refuse.

mod attribute;
#[cfg(feature = "postgres")]
mod cache;
#[cfg(feature = "postgres")]
pub mod change;
pub(crate) mod compare;
pub(crate) mod condition;
mod decide;
mod index;
mod parse;
mod residual;
mod settings;
#[cfg(feature = "postgres")]
pub mod store;
mod time;
mod trace;

use std::str::FromStr;

use chrono::{DateTime, Utc};
use nexus_core::id::TenantId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use attribute::{Attr, Attributes, Facts, Path, RequestFacts, Resource};
#[cfg(feature = "postgres")]
pub use cache::PolicyCache;
pub use condition::{Condition, ConditionError, ConditionFault, Limits};
pub use decide::{Decision, Fallback, PolicySet, Reason};
pub use residual::{Residual, Rules};
pub use settings::PolicySettings;
pub use trace::{Step, Trace};

/// A word that is not of a closed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {0}")]
pub struct UnknownWord(&'static str);

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ } $list:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// All words.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word on the wire and in the database.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|w| w.as_str() == text).ok_or(UnknownWord($list))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// What a policy does when its condition holds.
    Effect {
        /// Lets the action happen, unless something denies it.
        Allow = "allow",
        /// Refuses the action, whatever allows it.
        Deny = "deny",
    } "allow, deny"
}

words! {
    /// What a policy is about.
    ResourceType {
        /// A document and its passages.
        Document = "document",
        /// A corpus.
        Corpus = "corpus",
        /// A run.
        Run = "run",
        /// The administration of a tenant.
        Admin = "admin",
        /// The operation of the platform.
        Ops = "ops",
        /// The audit log.
        Audit = "audit",
        /// Everything.
        Any = "*",
    } "document, corpus, run, admin, ops, audit, *"
}

words! {
    /// What a policy lets somebody do.
    Action {
        /// Look.
        Read = "read",
        /// Create or change.
        Write = "write",
        /// Remove.
        Delete = "delete",
        /// Index again.
        Reindex = "reindex",
        /// Ask a question.
        Run = "run",
        /// Administer.
        Manage = "manage",
        /// Everything.
        Any = "*",
    } "read, write, delete, reindex, run, manage, *"
}

/// A rule as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The identifier.
    pub id: Uuid,
    /// The tenant that the rule belongs to; `None` for one of the operator, which counts for all tenants.
    pub tenant: Option<TenantId>,
    /// What people call it.
    pub name: String,
    /// Counts the changes of the rule.
    pub version: i32,
    /// What it does.
    pub effect: Effect,
    /// What it is about.
    pub resource_type: ResourceType,
    /// For which action.
    pub action: Action,
    /// When it holds.
    pub condition: Condition,
    /// Higher ones are named first where several rules say the same.
    pub priority: i32,
    /// Only enabled rules count.
    pub enabled: bool,
    /// Who wrote it.
    pub created_by: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Policy {
    /// A policy of a program that keeps its policies itself: enabled, of priority 100, for every tenant. Programs that have
    /// more to say set the other fields.
    #[must_use]
    pub fn new(name: &str, effect: Effect, resource_type: ResourceType, action: Action, condition: Condition) -> Self {
        Self {
            id: nexus_core::id::fresh(),
            tenant: None,
            name: name.to_owned(),
            version: 1,
            effect,
            resource_type,
            action,
            condition,
            priority: 100,
            enabled: true,
            created_by: None,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    /// Whether the rule speaks of this action on this type of resource.
    #[must_use]
    pub fn covers(&self, resource_type: ResourceType, action: Action) -> bool {
        (self.resource_type == resource_type || self.resource_type == ResourceType::Any)
            && (self.action == action || self.action == Action::Any)
    }
}
