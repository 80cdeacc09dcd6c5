//! `/v1/admin/authz/documents/{id}/labels`: what policies read of a document, for administrators.

use axum::extract::State;
use nexus_authz::permission::{GrantManage, GrantRead};
use nexus_core::{
    id::DocumentId,
    pg::{Db, DbError},
};
use nexus_retrieval::document;
use nexus_sdk::wire;
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{Body, Done, Once, Path, Refusal, Reply, Validate, caller::As},
};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(get, put))
}

/// The labels of a document.
#[utoipa::path(get, path = "/admin/authz/documents/{document_id}/labels", tag = "authz", operation_id = "get_document_labels",
    params(("document_id" = String, Path, description = "The document")), extensions(("x-permission" = json!("grant.read"))),
    responses((status = 200, description = "The labels", body = wire::Envelope<wire::Labels>)))]
async fn get(
    State(platform): State<Platform>,
    As(_op, caller): As<GrantRead>,
    Path(id): Path<DocumentId>,
) -> Result<Reply<wire::Labels>, Refusal> {
    let mut tx = platform.db.tenant(&caller.tenant).await?;
    let found = document::store::attributes_unscoped(&mut tx, &id).await.map_err(DbError::from)?;
    let attributes = found.ok_or_else(Refusal::not_found)?;
    let labels = attributes.get("labels").and_then(Value::as_object).into_iter().flatten();
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let labels = labels.filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect();
    Ok(Reply::ok(wire::Labels { labels }))
}

/// Replaces all labels of a document. Policies read the new ones from the next request on.
#[utoipa::path(put, path = "/admin/authz/documents/{document_id}/labels", tag = "authz", operation_id = "put_document_labels",
    params(("document_id" = String, Path, description = "The document")), request_body = wire::Labels,
    extensions(("x-permission" = json!("grant.manage"))),
    responses((status = 200, description = "The labels", body = wire::Envelope<wire::Labels>)))]
async fn put(
    State(platform): State<Platform>,
    As(op, caller): As<GrantManage>,
    Path(id): Path<DocumentId>,
    once: Once,
    Body(body): Body<wire::Labels>,
) -> Result<Done<Reply<wire::Labels>>, Refusal> {
    let change = async |db: Db| {
        let labels = document::change::label(&op, &db, &caller, &id, body.labels).await?;
        Ok(Reply::ok(wire::Labels { labels }))
    };
    once.perform(&platform, &op, &caller, change).await
}

/// The limits are those of an upload, and the slice of documents checks them.
impl Validate for wire::Labels {}
