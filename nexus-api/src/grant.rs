//! `/v1/admin/authz/documents/{id}/permissions`: who may do what with a document.

use axum::extract::State;
use nexus_authz::{
    acl::{self, NewGrant, PrincipalType, Right},
    permission::{GrantManage, GrantRead},
};
use nexus_core::{
    audit::{self, Event, EventType},
    id::DocumentId,
    pg::{DbError, TenantTx},
    principal::Role,
    problem::{Code, Kind},
};
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    app::Platform,
    http::{Body, Created, Faults, Path, Refusal, Reply, Validate, caller::As},
};

/// The most grants that a list shows.
const MAX_GRANTS: i64 = 1000;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// Lists the grants on a document, expired ones too.
#[utoipa::path(get, path = "/admin/authz/documents/{document_id}/permissions", tag = "authz",
    params(("document_id" = String, Path, description = "The document")), extensions(("x-permission" = json!("grant.read"))),
    responses((status = 200, description = "The grants", body = wire::Envelope<wire::GrantList>)))]
async fn list(
    State(platform): State<Platform>,
    As(_op, caller): As<GrantRead>,
    Path(document): Path<DocumentId>,
) -> Result<Reply<wire::GrantList>, Refusal> {
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    require_document(&mut tx, &document).await?;
    let grants = acl::store::list(&mut tx, &document, MAX_GRANTS).await.map_err(DbError::from)?;
    Ok(Reply::ok(wire::GrantList { items: grants.into_iter().map(to_wire).collect() }))
}

/// Grants a permission. Granting it again moves its end, also when it had expired.
#[utoipa::path(post, path = "/admin/authz/documents/{document_id}/permissions", tag = "authz",
    params(("document_id" = String, Path, description = "The document")), request_body = wire::CreateGrant,
    extensions(("x-permission" = json!("grant.manage"))),
    responses((status = 201, description = "The grant", body = wire::Envelope<wire::Grant>)))]
async fn create(
    State(platform): State<Platform>,
    As(op, caller): As<GrantManage>,
    Path(document): Path<DocumentId>,
    Body(body): Body<wire::CreateGrant>,
) -> Result<Created<wire::Grant>, Refusal> {
    let new = NewGrant {
        principal_type: type_from_wire(body.principal_type),
        principal_id: body.principal_id,
        right: right_from_wire(body.permission),
        expires_at: body.expires_at,
    };
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    require_document(&mut tx, &document).await?;
    let (grant, changed) =
        acl::store::put(&op, &mut tx, caller.credential.as_str(), &document, &new).await.map_err(DbError::from)?;
    if changed {
        let event = Event::by(&op, &caller, EventType::AuthzPermissionGranted)
            .resource("document", document.as_str())
            .grant(grant.right.as_str(), &grant.name());
        audit::record(&mut tx, &event).await?;
        tx.commit().await?;
    }
    Ok(Created(to_wire(grant)))
}

/// Takes a grant back. It counts from the next request on.
#[utoipa::path(delete, path = "/admin/authz/documents/{document_id}/permissions/{permission_id}", tag = "authz",
    params(("document_id" = String, Path, description = "The document"), ("permission_id" = String, Path, description = "The grant")),
    extensions(("x-permission" = json!("grant.manage"))),
    responses((status = 200, description = "The grant that was taken back", body = wire::Envelope<wire::Grant>)))]
async fn revoke(
    State(platform): State<Platform>,
    As(op, caller): As<GrantManage>,
    Path((document, id)): Path<(DocumentId, String)>,
) -> Result<Reply<wire::Grant>, Refusal> {
    let unknown = || Refusal::new(Kind::NotFound, Code::AuthzPermissionNotFound, "The document has no such permission");
    let id: Uuid = id.parse().map_err(|_| unknown())?;
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    require_document(&mut tx, &document).await?;
    let grant = acl::store::remove(&mut tx, &document, id).await.map_err(DbError::from)?.ok_or_else(unknown)?;
    let event = Event::by(&op, &caller, EventType::AuthzPermissionRevoked)
        .resource("document", document.as_str())
        .grant(grant.right.as_str(), &grant.name());
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(Reply::ok(to_wire(grant)))
}

impl Validate for wire::CreateGrant {
    fn validate(&self, faults: &mut Faults) {
        faults.length("principal_id", &self.principal_id, &(1..=128));
        faults.check(!self.principal_id.chars().any(char::is_control), "principal_id", "has control characters");
        let role = self.principal_type == wire::PrincipalType::Role;
        faults.check(!role || self.principal_id.parse::<Role>().is_ok(), "principal_id", "is not the name of a role");
    }
}

/// Administrators manage the grants of documents that they may not read themselves.
async fn require_document(tx: &mut TenantTx, id: &DocumentId) -> Result<(), Refusal> {
    let there = nexus_retrieval::document::store::exists_unscoped(tx, id).await.map_err(DbError::from)?;
    if there { Ok(()) } else { Err(Refusal::new(Kind::NotFound, Code::NotFound, "Document not found")) }
}

fn to_wire(grant: acl::Grant) -> wire::Grant {
    wire::Grant {
        id: grant.id.to_string(),
        tenant_id: grant.tenant.into(),
        document_id: grant.document.into(),
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
