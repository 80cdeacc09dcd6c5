//! `/v1/admin/authz/documents/{id}/permissions`: who may do what with one document.

use axum::extract::State;
use nexus_authz::{
    acl::Target,
    permission::{GrantManage, GrantRead},
};
use nexus_core::id::DocumentId;
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{Body, Created, Done, Once, Path, Refusal, Reply, caller::As},
};

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(create_all)).routes(routes!(amend, revoke))
}

/// Lists the grants on a document, expired ones too.
#[utoipa::path(get, path = "/admin/authz/documents/{document_id}/permissions", tag = "authz", operation_id = "list_document_permissions",
    params(("document_id" = String, Path, description = "The document")), extensions(("x-permission" = json!("grant.read"))),
    responses((status = 200, description = "The grants", body = wire::Envelope<wire::GrantList>)))]
async fn list(
    State(platform): State<Platform>,
    As(_op, caller): As<GrantRead>,
    Path(document): Path<DocumentId>,
) -> Result<Reply<wire::GrantList>, Refusal> {
    super::list(&platform, &caller, &Target::Document(document)).await
}

/// Grants a permission. Granting it again moves its end, also when it had expired.
#[utoipa::path(post, path = "/admin/authz/documents/{document_id}/permissions", tag = "authz", operation_id = "grant_document_permission",
    params(("document_id" = String, Path, description = "The document")), request_body = wire::CreateGrant,
    extensions(("x-permission" = json!("grant.manage"))),
    responses((status = 201, description = "The grant", body = wire::Envelope<wire::Grant>)))]
async fn create(
    State(platform): State<Platform>,
    As(op, caller): As<GrantManage>,
    Path(document): Path<DocumentId>,
    once: Once,
    Body(body): Body<wire::CreateGrant>,
) -> Result<Done<Created<wire::Grant>>, Refusal> {
    super::create(&platform, &op, &caller, (once, &Target::Document(document)), body).await
}

/// Grants many permissions at once, all or none. The answer names those that are new or renewed.
#[utoipa::path(post, path = "/admin/authz/documents/{document_id}/permissions/bulk", tag = "authz", operation_id = "grant_document_permissions",
    params(("document_id" = String, Path, description = "The document")), request_body = wire::CreateGrants,
    extensions(("x-permission" = json!("grant.manage"))),
    responses((status = 201, description = "The new and renewed grants", body = wire::Envelope<wire::GrantList>)))]
async fn create_all(
    State(platform): State<Platform>,
    As(op, caller): As<GrantManage>,
    Path(document): Path<DocumentId>,
    once: Once,
    Body(body): Body<wire::CreateGrants>,
) -> Result<Done<Created<wire::GrantList>>, Refusal> {
    super::create_all(&platform, &op, &caller, (once, &Target::Document(document)), body).await
}

/// Moves the end of a grant; null lets it last.
#[utoipa::path(patch, path = "/admin/authz/documents/{document_id}/permissions/{permission_id}", tag = "authz", operation_id = "patch_document_permission",
    params(("document_id" = String, Path, description = "The document"), ("permission_id" = String, Path, description = "The grant")),
    request_body = wire::PatchGrant, extensions(("x-permission" = json!("grant.manage"))),
    responses((status = 200, description = "The grant", body = wire::Envelope<wire::Grant>)))]
async fn amend(
    State(platform): State<Platform>,
    As(op, caller): As<GrantManage>,
    Path((document, id)): Path<(DocumentId, String)>,
    once: Once,
    Body(body): Body<wire::PatchGrant>,
) -> Result<Done<Reply<wire::Grant>>, Refusal> {
    super::amend(&platform, &op, &caller, (once, &Target::Document(document), &id), body).await
}

/// Takes a grant back. It counts from the next request on.
#[utoipa::path(delete, path = "/admin/authz/documents/{document_id}/permissions/{permission_id}", tag = "authz", operation_id = "revoke_document_permission",
    params(("document_id" = String, Path, description = "The document"), ("permission_id" = String, Path, description = "The grant")),
    extensions(("x-permission" = json!("grant.manage"))),
    responses((status = 200, description = "The grant that was taken back", body = wire::Envelope<wire::Grant>)))]
async fn revoke(
    State(platform): State<Platform>,
    As(op, caller): As<GrantManage>,
    Path((document, id)): Path<(DocumentId, String)>,
    once: Once,
) -> Result<Done<Reply<wire::Grant>>, Refusal> {
    super::revoke(&platform, &op, &caller, (once, &Target::Document(document), &id)).await
}
