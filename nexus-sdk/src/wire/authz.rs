//! Grants: who may do what with one document, or with all documents of a corpus.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::patch::nullable;

/// What a grant allows. Each of them also allows reading; `owner` allows everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Permission {
    /// See the document and have it retrieved.
    Read,
    /// Overwrite the document.
    Write,
    /// Delete the document.
    Delete,
    /// Index the document again.
    Reindex,
    /// All of the above.
    Owner,
}

/// The kind of principal a grant names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum PrincipalType {
    /// A user, by subject id.
    User,
    /// Everyone with exactly this role.
    Role,
    /// One API key, by key id.
    ApiKey,
    /// The members of a directory group.
    Group,
}

/// One grant, on one document or on one corpus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Grant {
    /// The grant's id.
    pub id: String,
    /// The tenant.
    #[cfg_attr(feature = "schema", schema(example = "t1"))]
    pub tenant_id: String,
    /// The document the grant is about; absent when it is about a corpus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(example = "doc-1"))]
    pub document_id: Option<String>,
    /// The corpus whose documents the grant is about; absent when it is about one document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corpus_id: Option<String>,
    /// The kind of principal.
    pub principal_type: PrincipalType,
    /// Which principal of that kind.
    #[cfg_attr(feature = "schema", schema(example = "reader"))]
    pub principal_id: String,
    /// What the principal may do.
    pub permission: Permission,
    /// The API key or session that made the grant.
    #[serde(default)]
    pub granted_by: Option<String>,
    /// When the grant ends; null when it does not.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// When the grant was made.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
}

/// Asks for a grant on the document or the corpus in the path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreateGrant {
    /// The kind of principal.
    pub principal_type: PrincipalType,
    /// Which principal of that kind.
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 128, example = "reader"))]
    pub principal_id: String,
    /// What the principal may do.
    pub permission: Permission,
    /// When the grant ends; it does not when this is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// Asks for several grants on the document or the corpus in the path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreateGrants {
    /// The grants to make: all of them or, when one is refused, none.
    #[cfg_attr(feature = "schema", schema(max_items = 500))]
    pub permissions: Vec<CreateGrant>,
}

/// Changes a grant; an absent field stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PatchGrant {
    /// The new end of the grant; null lets it last.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<DateTime<Utc>>))]
    pub expires_at: Option<Option<DateTime<Utc>>>,
}

/// Grants on one document or one corpus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct GrantList {
    /// The grants.
    pub items: Vec<Grant>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_grant_reads_and_writes_the_same_json() {
        let literal = r#"{"items":[{"id":"g1","tenant_id":"t1","document_id":"d1","principal_type":"api_key","principal_id":"k1","permission":"reindex","granted_by":"k0","expires_at":null,"created_at":"2026-01-02T03:04:05Z"}]}"#;
        let list: GrantList = serde_json::from_str(literal).unwrap();
        assert_eq!(serde_json::to_string(&list).unwrap(), literal);
    }

    #[test]
    fn every_name_is_the_contracts() {
        use {Permission as P, PrincipalType as T};
        let permissions = serde_json::to_string(&[P::Read, P::Write, P::Delete, P::Reindex, P::Owner]).unwrap();
        assert_eq!(permissions, r#"["read","write","delete","reindex","owner"]"#);
        let principals = serde_json::to_string(&[T::User, T::Role, T::ApiKey, T::Group]).unwrap();
        assert_eq!(principals, r#"["user","role","api_key","group"]"#);
    }

    #[test]
    fn a_grant_request_refuses_unknown_fields_and_names() {
        let with =
            |field: &str| format!(r#"{{"principal_type":"role","principal_id":"reader","permission":"read"{field}}}"#);
        assert!(serde_json::from_str::<CreateGrant>(&with("")).is_ok());
        assert!(serde_json::from_str::<CreateGrant>(&with(r#","tenant_id":"t2""#)).is_err());
        assert!(serde_json::from_str::<CreateGrant>(&with("").replace("\"read\"", "\"manage\"")).is_err());
    }
}
