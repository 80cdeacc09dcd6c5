//! Identifiers that cannot be mixed up, and text that is safe to put into a log line, a path segment or a key.
//!
//! Every identifier of a tenant's things is a short string of a closed alphabet. Clients may choose some of them, so they
//! are unique within a tenant only and never become part of a file path.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// The longest identifier, in characters.
pub const MAX_LEN: usize = 128;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be 1 to 128 characters, {alphabet}")]
pub struct InvalidId {
    what: &'static str,
    alphabet: &'static str,
}

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $alphabet:literal, $accept:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks a text against the alphabet and the length.
            pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidId> {
                let text = text.as_ref();
                let accept: fn(&str) -> bool = $accept;
                if (1..=MAX_LEN).contains(&text.chars().count()) && accept(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(InvalidId { what: $what, alphabet: $alphabet })
                }
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }

        #[cfg(feature = "postgres")]
        crate::id::sqlx_text!($name);
    };
}

/// Lets a checked text be bound to and read from a `text` column; a stored value that no longer parses names itself.
#[cfg(feature = "postgres")]
macro_rules! sqlx_text {
    ($name:ident) => {
        impl sqlx::Type<sqlx::Postgres> for $name {
            fn type_info() -> sqlx::postgres::PgTypeInfo {
                <str as sqlx::Type<sqlx::Postgres>>::type_info()
            }
            fn compatible(ty: &sqlx::postgres::PgTypeInfo) -> bool {
                <str as sqlx::Type<sqlx::Postgres>>::compatible(ty)
            }
        }

        impl sqlx::Encode<'_, sqlx::Postgres> for $name {
            fn encode_by_ref(
                &self,
                buf: &mut sqlx::postgres::PgArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                <&str as sqlx::Encode<'_, sqlx::Postgres>>::encode(self.as_str(), buf)
            }
        }

        impl<'r> sqlx::Decode<'r, sqlx::Postgres> for $name {
            fn decode(value: sqlx::postgres::PgValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                let text = <&str as sqlx::Decode<'r, sqlx::Postgres>>::decode(value)?;
                text.parse().map_err(|e| format!("{} {text:?} in the database: {e}", stringify!($name)).into())
            }
        }
    };
}
#[cfg(feature = "postgres")]
pub(crate) use sqlx_text;

fn plain(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) && text != "." && text != ".."
}

fn printable(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

typed_id!(
    /// An organisation whose data no other organisation can see.
    TenantId, "tenant_id", "letters, digits, '.', '_' and '-'", plain);
typed_id!(
    /// A person or a service inside a tenant; roles and grants belong to it.
    UserId, "user_id", "letters, digits, '.', '_' and '-'", plain);
typed_id!(
    /// What was presented to prove an identity: an API key, a session.
    CredentialId, "credential_id", "letters, digits, '.', '_' and '-'", plain);
typed_id!(
    /// A set of documents that questions are asked of.
    CorpusId, "corpus_id", "letters, digits, '.', '_' and '-'", plain);
typed_id!(
    /// A document of a corpus.
    DocumentId, "document_id", "letters, digits, '.', '_' and '-'", plain);
typed_id!(
    /// A conversation; clients choose it, so it may hold any printable text.
    SessionId, "session_id", "none of them a control character", printable);
typed_id!(
    /// A group of users, by its stable id.
    GroupId, "group_id", "letters, digits, '.', '_' and '-'", plain);
typed_id!(
    /// One request, in the header, the envelope, the stream, the logs and the audit log.
    RequestId, "request id", "letters, digits, '.', '_', ':' and '-'",
    |t| t.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-')));

/// A new identifier that sorts by its time of creation.
#[must_use]
pub fn fresh() -> uuid::Uuid {
    crate::clock::fresh_uuid()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn path_tricks_are_not_identifiers() {
        for bad in ["", ".", "..", "../x", "a/b", "a\\b", "a b", "é", "a\0", &"x".repeat(129)] {
            assert!(DocumentId::new(bad).is_err(), "{bad:?}");
        }
        assert_eq!(DocumentId::new("doc-1.v2_b").unwrap().as_str(), "doc-1.v2_b");
    }

    #[test]
    fn sessions_may_be_any_printable_text() {
        assert!(SessionId::new("première fois / 1").is_ok());
        assert!(SessionId::new("line\nbreak").is_err());
    }
}
