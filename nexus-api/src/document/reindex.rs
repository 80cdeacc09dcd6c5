//! Processing a document anew, by whichever route it is asked for.

use axum::{extract::State, response::IntoResponse};
use nexus_authz::{caller::Caller, permission::DocumentReindex};
use nexus_core::{id::DocumentId, op::Op, pg::Db};
use nexus_retrieval::document::{Document, DocumentError, change};
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{accepted, refuse, to_usize};
use crate::{
    app::Platform,
    cost,
    http::{Accepted, Body, Context, Done, Once, Path, Refusal, Validate, caller::Intake},
};

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(reindex))
}

/// Processes a document anew from its stored source.
#[utoipa::path(post, path = "/documents/{document_id}/reindex", tag = "documents", operation_id = "reindex_document", params(("document_id" = String, Path, description = "The document")),
    request_body = Option<wire::ReindexRequest>, extensions(("x-permission" = json!("document.reindex"))),
    responses((status = 202, description = "Accepted", body = wire::Envelope<wire::DocumentAccepted>)))]
async fn reindex(
    State(platform): State<Platform>,
    Intake(op, caller, _place): Intake<DocumentReindex>,
    context: Context,
    Path(id): Path<DocumentId>,
    once: Once,
    body: Option<Body<wire::ReindexRequest>>,
) -> Result<Done<Accepted<wire::DocumentAccepted>>, Refusal> {
    let body = body.map(|Body(body)| body).unwrap_or_default();
    let chunking = (body.chunk_size_chars.map(to_usize), body.chunk_overlap_chars.map(to_usize));
    let answers = Answers {
        queued: |document: &Document| Accepted(accepted(document, context.surface)),
        refused: |error| refuse(&platform, &op, &caller, Some(&id), error),
    };
    queue(&platform, &op, &caller, (&id, chunking), (once, &context), answers).await
}

/// What a route says to its client.
pub(crate) struct Answers<Q, R> {
    /// When the document is queued.
    pub queued: Q,
    /// When it is not.
    pub refused: R,
}

/// Queues a document again, once for its name.
pub(crate) async fn queue<A: IntoResponse>(
    platform: &Platform,
    op: &Op,
    caller: &Caller<DocumentReindex>,
    (id, chunking): (&DocumentId, (Option<usize>, Option<usize>)),
    (mut once, context): (Once, &Context),
    answers: Answers<impl Fn(&Document) -> A, impl Fn(DocumentError) -> Refusal>,
) -> Result<Done<A>, Refusal> {
    if let Some(done) = once.again(platform, op, caller).await? {
        return Ok(done);
    }
    let refused = |error| {
        cost::headers::tell_refused(context, &error);
        (answers.refused)(error)
    };
    let (rules, means) = ((&platform.documents, &platform.access), (&platform.access, &platform.charges));
    let tab = change::quote(op, &platform.db, &platform.sources, means, caller, id).await;
    let change = async |db: Db| {
        let tab = tab.map_err(refused)?;
        cost::headers::tell(context, tab.standing());
        let queued = change::reindex(op, &db, rules, caller, id, (chunking, tab)).await;
        Ok((answers.queued)(&queued.map_err(refused)?))
    };
    once.perform(platform, op, caller, change).await
}

impl Validate for wire::ReindexRequest {}
