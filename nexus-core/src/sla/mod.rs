//! Service levels: what was promised to a tenant, whether it is kept, and what is done when it is not.
//!
//! Every replica counts what it answers in [`window`]s that all agree on, and once a second writes its counts down and reads
//! those of the others. [`decide`] judges the sum by the policy of the tenant. A request only looks at the newest
//! [`Standing`], which is memory: it waits for nothing.
//!
//! What is refused — by limits, for lack of a place, or here — is not counted, so that refusing cannot keep itself going; and
//! what was measured two windows ago decides nothing any more. While requests are shed, one in a while is let through to see
//! whether things are better.
//!
//! When the database is away, a replica goes by what it measures itself and by the policies that it knew last; nothing is
//! refused for the lack of it. Counts are kept for a while and written when it is back.

pub mod autoscaling;
pub mod breach;
pub mod change;
mod current;
pub mod decide;
pub mod document;
mod engine;
mod histogram;
pub mod incident;
mod policies;
mod recorder;
mod section;
mod settings;
pub mod store;
mod timing;
mod upkeep;
mod view;
pub mod window;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use self::{
    change::{Owner, SlaError},
    engine::{Shed, Sla},
    histogram::Histogram,
    settings::SlaSettings,
    timing::Timing,
};
use crate::mitigate::Mitigation;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word on the wire and in the database.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Reads the word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
use words;

words! {
    /// What requests are measured together.
    Class {
        /// Questions.
        Run = "run",
        /// Looking at things.
        Read = "read",
        /// Changing things.
        Mutation = "mutation",
        /// Handing in documents.
        Ingest = "ingest",
        /// Operating the platform.
        Ops = "ops",
        /// Administering the tenant.
        Admin = "admin",
    }
}

words! {
    /// How far a policy goes.
    Mode {
        /// It is only looked at.
        Observe = "observe",
        /// Who asks is told.
        Warn = "warn",
        /// Runs do less, or are refused.
        Enforce = "enforce",
    }
}

words! {
    /// How a service level is doing.
    Status {
        /// It is kept.
        Healthy = "healthy",
        /// It is not kept at the moment, or nobody can tell.
        Warning = "warning",
        /// It was not kept for as many windows as the policy allows.
        Breached = "breached",
    }
}

words! {
    /// What happens to a request, in rising order.
    Decision {
        /// It goes on.
        Allow = "allow",
        /// It goes on, and who asks is told.
        Warn = "warn",
        /// It goes on and does less.
        Degrade = "degrade",
        /// It is refused.
        Shed = "shed",
    }
}

/// How a tenant's requests of a class are doing, and what is done about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// What is judged.
    pub class: Class,
    /// The policy, if there is one.
    pub policy: Option<Uuid>,
    /// How it is doing.
    pub status: Status,
    /// What happens to requests.
    pub decision: Decision,
    /// The end of the window that decided.
    pub window_end: Option<DateTime<Utc>>,
    /// Until when this counts, should nobody judge anew.
    pub(crate) until: Option<DateTime<Utc>>,
    /// What could be done about it.
    pub recommended: Arc<[String]>,
    /// What a run goes without.
    pub mitigation: Mitigation,
    /// The providers that the policy falls back to, best first.
    pub fallback_order: Arc<[String]>,
}

impl Standing {
    /// Where no policy promises anything.
    #[must_use]
    pub fn unbound(class: Class) -> Self {
        Self {
            class,
            policy: None,
            status: Status::Healthy,
            decision: Decision::Allow,
            window_end: None,
            until: None,
            recommended: Arc::default(),
            mitigation: Mitigation::default(),
            fallback_order: Arc::default(),
        }
    }
}
