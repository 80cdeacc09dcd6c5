//! Grants on documents and on whole corpora: who may read, write, delete, reindex or own them.
//!
//! A grant counts while it has not expired. Renewing an expired grant moves its end; it never stays dead. A grant on a
//! corpus counts for every document in it. When the database is away no grant can be seen, and nothing is allowed.

#[cfg(feature = "postgres")]
pub mod change;
mod decide;
#[cfg(feature = "postgres")]
pub mod store;

use chrono::{DateTime, Utc};
use nexus_core::id::{CorpusId, DocumentId, TenantId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::decide::allows;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// The word on the wire and in the database.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
            /// Reads the word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// To whom a grant speaks.
    PrincipalType {
        /// One user.
        User = "user",
        /// One API key.
        ApiKey = "api_key",
        /// A group, by its stable id.
        Group = "group",
        /// Everybody with exactly this role.
        Role = "role",
    }
}

words! {
    /// What a grant allows.
    Right {
        /// Read the document and find it in answers.
        Read = "read",
        /// Replace it.
        Write = "write",
        /// Delete it.
        Delete = "delete",
        /// Process it anew.
        Reindex = "reindex",
        /// All of these.
        Owner = "owner",
    }
}

impl Right {
    /// The grants that allow an action, the action itself among them.
    #[must_use]
    pub fn allowed_by(self) -> &'static [Self] {
        match self {
            Self::Read => &[Self::Read, Self::Write, Self::Delete, Self::Reindex, Self::Owner],
            Self::Write => &[Self::Write, Self::Delete, Self::Owner],
            Self::Delete => &[Self::Delete, Self::Owner],
            Self::Reindex => &[Self::Reindex, Self::Owner],
            Self::Owner => &[Self::Owner],
        }
    }
}

/// What a grant is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One document.
    Document(DocumentId),
    /// Every document of a corpus, those to come included.
    Corpus(CorpusId),
}

impl Target {
    /// The kind of thing, as audit events name it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Document(_) => "document",
            Self::Corpus(_) => "corpus",
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Document(id) => id.as_str(),
            Self::Corpus(id) => id.as_str(),
        }
    }
}

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: Uuid,
    /// The tenant.
    pub tenant: TenantId,
    /// What it is about.
    pub on: Target,
    /// To whom it speaks.
    pub principal_type: PrincipalType,
    /// The id of the user, key or group, or the name of the role.
    pub principal_id: String,
    /// What it allows.
    pub right: Right,
    /// The credential that granted it.
    pub granted_by: Option<String>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it began.
    pub created_at: DateTime<Utc>,
}

impl Grant {
    /// The name it speaks to, as in `user:u1`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}:{}", self.principal_type.as_str(), self.principal_id)
    }
}

/// A grant to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    /// To whom it speaks.
    pub principal_type: PrincipalType,
    /// The id of the user, key or group, or the name of the role.
    pub principal_id: String,
    /// What it allows.
    pub right: Right,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_allows_everything_and_read_allows_nothing_else() {
        for action in [Right::Read, Right::Write, Right::Delete, Right::Reindex, Right::Owner] {
            assert!(action.allowed_by().contains(&Right::Owner));
            assert!(action.allowed_by().contains(&action));
            assert_eq!(action.allowed_by().contains(&Right::Read), action == Right::Read);
        }
    }
}
