//! The corpora of a tenant, as models.

use axum::{Json, extract::State};
use nexus_authz::permission::CorpusRead;
use nexus_core::{
    id::CorpusId,
    page::{MAX_LIMIT, PageRequest},
};
use nexus_retrieval::corpus::{self, Corpus};
use nexus_sdk::wire::{self, ModelListObject, ModelObject};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{Path, Refusal, caller::As},
};

/// The form has no pages, so a list has an end.
const MAX_MODELS: usize = 1000;

pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// Lists the corpora of the tenant as models, oldest first, at most 1,000. `GET /v1/corpora` has all of them, in pages.
#[utoipa::path(get, path = "/models", tag = "chat", extensions(("x-permission" = json!("corpus.read"))),
    responses((status = 200, description = "The corpora", body = wire::ModelList)))]
async fn list(
    State(platform): State<Platform>,
    As(_op, caller): As<CorpusRead>,
) -> Result<Json<wire::ModelList>, Refusal> {
    let (mut data, mut after) = (Vec::new(), None);
    loop {
        let page = corpus::list(&platform.db, &caller, &PageRequest { limit: MAX_LIMIT, after }).await?;
        data.extend(page.items.into_iter().map(to_wire));
        after = page.next;
        if after.is_none() || data.len() >= MAX_MODELS {
            return Ok(Json(wire::ModelList { object: ModelListObject::The, data }));
        }
    }
}

/// One corpus, as a model.
#[utoipa::path(get, path = "/models/{corpus_id}", tag = "chat", params(("corpus_id" = String, Path, description = "The corpus")),
    extensions(("x-permission" = json!("corpus.read"))),
    responses((status = 200, description = "The corpus", body = wire::Model)))]
async fn get(
    State(platform): State<Platform>,
    As(_op, caller): As<CorpusRead>,
    Path(id): Path<CorpusId>,
) -> Result<Json<wire::Model>, Refusal> {
    Ok(Json(to_wire(corpus::get(&platform.db, &caller, &id).await?)))
}

fn to_wire(corpus: Corpus) -> wire::Model {
    wire::Model {
        id: corpus.id.into(),
        object: ModelObject::The,
        created: corpus.created_at.timestamp(),
        owned_by: corpus.tenant.into(),
        name: corpus.name,
    }
}
