//! Grants as they are on the wire.

use nexus_authz::acl::{Grant, NewGrant, PrincipalType, Right, Target};
use nexus_sdk::wire;

pub(crate) fn to_wire(grant: Grant) -> wire::Grant {
    let (document_id, corpus_id) = match grant.on {
        Target::Document(id) => (Some(id.into()), None),
        Target::Corpus(id) => (None, Some(id.into())),
    };
    wire::Grant {
        id: grant.id.to_string(),
        tenant_id: grant.tenant.into(),
        document_id,
        corpus_id,
        principal_type: match grant.principal_type {
            PrincipalType::User => wire::PrincipalType::User,
            PrincipalType::ApiKey => wire::PrincipalType::ApiKey,
            PrincipalType::Group => wire::PrincipalType::Group,
            PrincipalType::Role => wire::PrincipalType::Role,
        },
        principal_id: grant.principal_id,
        permission: match grant.right {
            Right::Read => wire::Permission::Read,
            Right::Write => wire::Permission::Write,
            Right::Delete => wire::Permission::Delete,
            Right::Reindex => wire::Permission::Reindex,
            Right::Owner => wire::Permission::Owner,
        },
        granted_by: grant.granted_by,
        expires_at: grant.expires_at,
        created_at: Some(grant.created_at),
    }
}

pub(super) fn from_wire(body: wire::CreateGrant) -> NewGrant {
    NewGrant {
        principal_type: type_from_wire(body.principal_type),
        principal_id: body.principal_id,
        right: right_from_wire(body.permission),
        expires_at: body.expires_at,
    }
}

fn type_from_wire(kind: wire::PrincipalType) -> PrincipalType {
    match kind {
        wire::PrincipalType::User => PrincipalType::User,
        wire::PrincipalType::ApiKey => PrincipalType::ApiKey,
        wire::PrincipalType::Group => PrincipalType::Group,
        wire::PrincipalType::Role => PrincipalType::Role,
    }
}

fn right_from_wire(permission: wire::Permission) -> Right {
    match permission {
        wire::Permission::Read => Right::Read,
        wire::Permission::Write => Right::Write,
        wire::Permission::Delete => Right::Delete,
        wire::Permission::Reindex => Right::Reindex,
        wire::Permission::Owner => Right::Owner,
    }
}
