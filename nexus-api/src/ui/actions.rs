//! What a web application sets going, with what it may show at once.

use axum::extract::State;
use nexus_authz::permission::DocumentReindex;
use nexus_core::{
    id::DocumentId,
    problem::{Code, Kind, Problem as _},
};
use nexus_retrieval::document::{Document, DocumentError};
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    document::{
        refuse,
        reindex::{self, Answers},
        status_to_wire,
    },
    http::{Accepted, Body, Context, Done, OnceByBody, Refusal, Validate, caller::Intake},
};

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(reindex_document))
}

/// Has a document indexed again, as `POST /v1/documents/{document_id}/reindex` does it.
#[utoipa::path(post, path = "/ui/actions/reindex-document", tag = "ui", operation_id = "reindex_ui_document", request_body = wire::UiReindex,
    extensions(("x-permission" = json!("document.reindex"))),
    responses((status = 202, description = "Accepted", body = wire::Envelope<wire::UiAction>)))]
async fn reindex_document(
    State(platform): State<Platform>,
    Intake(op, caller, _place): Intake<DocumentReindex>,
    context: Context,
    once: OnceByBody,
    Body(body): Body<wire::UiReindex>,
) -> Result<Done<Accepted<wire::UiAction>>, Refusal> {
    let once = once.named(body.idempotency_key.as_deref())?;
    let id: DocumentId = body.document_id.parse().map_err(|_| Refusal::not_found())?;
    let answers = Answers {
        queued: |document: &Document| Accepted(accepted(document)),
        refused: |error: DocumentError| match error {
            DocumentError::InProgress => Refusal::new(Kind::Conflict, Code::ActionConflict, error.message()),
            error => refuse(&platform, &op, &caller, Some(&id), error),
        },
    };
    reindex::queue(&platform, &op, &caller, (&id, (None, None)), (once, &context), answers).await
}

impl Validate for wire::UiReindex {}

fn accepted(document: &Document) -> wire::UiAction {
    wire::UiAction {
        action_id: document.last_job_id.map(|id| id.to_string()).unwrap_or_default(),
        status: "accepted".to_owned(),
        accepted_at: document.queued_at.unwrap_or(document.updated_at),
        optimistic: wire::UiOptimistic {
            entity: "document".to_owned(),
            id: document.id.to_string(),
            patch: wire::UiPatch { status: status_to_wire(document.status) },
        },
        poll_url: format!("/v1/documents/{}", document.id),
    }
}
