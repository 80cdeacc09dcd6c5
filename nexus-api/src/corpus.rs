//! `/v1/corpora`: the sets of documents that questions are asked of.

use axum::extract::State;
use nexus_authz::{
    caller::Caller,
    permission::{CorpusCreate, CorpusDelete, CorpusRead, CorpusReindex, CorpusUpdate},
};
use nexus_core::{
    id::{CorpusId, TenantId},
    op::Op,
    page::{After, PageRequest},
    pg::Db,
    plan::Feature,
};
use nexus_retrieval::{
    corpus::{self, NewCorpus},
    document, run,
};
use nexus_sdk::wire;
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    cost,
    http::{
        Accepted, Body, Context, Created, Done, Faults, NoContent, Once, Path, Query, Refusal, Reply, Validate,
        caller::{As, Intake},
        page::{PageQuery, checked_id},
    },
};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, patch, delete)).routes(routes!(reindex))
}

/// Lists the corpora of the tenant, oldest first.
#[utoipa::path(get, path = "/corpora", tag = "corpora", operation_id = "list_corpora", params(PageQuery), extensions(("x-permission" = json!("corpus.read"))),
    responses((status = 200, description = "The corpora", body = wire::Envelope<Vec<wire::Corpus>>)))]
async fn list(
    State(platform): State<Platform>,
    As(_op, caller): As<CorpusRead>,
    Query(page): Query<PageQuery>,
) -> Result<Reply<Vec<wire::Corpus>>, Refusal> {
    let (corpora, next) = self::page(&platform, &caller, &page.request()?).await?;
    Ok(Reply::ok(corpora).next(next.as_ref()))
}

/// A page of the corpora of the tenant, and where the next one begins.
pub(crate) async fn page(
    platform: &Platform,
    caller: &Caller<CorpusRead>,
    page: &PageRequest,
) -> Result<(Vec<wire::Corpus>, Option<After>), Refusal> {
    let page = corpus::list(&platform.db, caller, page).await?;
    Ok((page.items.into_iter().map(to_wire).collect(), page.next))
}

/// Makes a corpus. Without an id the server chooses one.
#[utoipa::path(post, path = "/corpora", tag = "corpora", operation_id = "create_corpus", request_body = wire::CreateCorpus,
    extensions(("x-permission" = json!("corpus.create"))),
    responses((status = 201, description = "The corpus", body = wire::Envelope<wire::Corpus>)))]
async fn create(
    State(platform): State<Platform>,
    As(op, caller): As<CorpusCreate>,
    once: Once,
    Body(body): Body<wire::CreateCorpus>,
) -> Result<Done<Created<wire::Corpus>>, Refusal> {
    let new = NewCorpus {
        id: body.id.map(|id| checked_id("id", &id)).transpose()?,
        name: body.name,
        provider_config: Value::Object(body.provider_config_json.unwrap_or_default()),
        embedding_model: platform.embedder.model().clone(),
        embedding_dimension: platform.embedder.dimension(),
    };
    require_provider(&platform, &op, &caller.tenant, &new.provider_config).await?;
    let change = async |db: Db| Ok(Created(to_wire(corpus::create(&op, &db, &caller, new).await?)));
    once.perform(&platform, &op, &caller, change).await
}

/// One corpus.
#[utoipa::path(get, path = "/corpora/{corpus_id}", tag = "corpora", operation_id = "get_corpus", params(("corpus_id" = String, Path, description = "The corpus")),
    extensions(("x-permission" = json!("corpus.read"))),
    responses((status = 200, description = "The corpus", body = wire::Envelope<wire::Corpus>)))]
async fn get(
    State(platform): State<Platform>,
    As(_op, caller): As<CorpusRead>,
    Path(id): Path<CorpusId>,
) -> Result<Reply<wire::Corpus>, Refusal> {
    Ok(Reply::ok(to_wire(corpus::get(&platform.db, &caller, &id).await?)))
}

/// Changes the name or the retrieval routing of a corpus. What is not given stays.
#[utoipa::path(patch, path = "/corpora/{corpus_id}", tag = "corpora", operation_id = "patch_corpus", params(("corpus_id" = String, Path, description = "The corpus")),
    request_body = wire::PatchCorpus, extensions(("x-permission" = json!("corpus.update"))),
    responses((status = 200, description = "The corpus", body = wire::Envelope<wire::Corpus>)))]
async fn patch(
    State(platform): State<Platform>,
    As(op, caller): As<CorpusUpdate>,
    Path(id): Path<CorpusId>,
    once: Once,
    Body(body): Body<wire::PatchCorpus>,
) -> Result<Done<Reply<wire::Corpus>>, Refusal> {
    let config = body.provider_config_json.map(Value::Object);
    if let Some(config) = &config {
        platform.plans.require(&caller.tenant, op.now, Feature::CorporaPatchProviderConfig).await?;
        require_provider(&platform, &op, &caller.tenant, config).await?;
    }
    let change =
        async |db: Db| Ok(Reply::ok(to_wire(corpus::update(&op, &db, &caller, &id, body.name, config).await?)));
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.runs.corpora.forget(&caller.tenant, &id);
    Ok(done)
}

/// Deletes a corpus that has no documents.
#[utoipa::path(delete, path = "/corpora/{corpus_id}", tag = "corpora", operation_id = "delete_corpus", params(("corpus_id" = String, Path, description = "The corpus")),
    extensions(("x-permission" = json!("corpus.delete"))),
    responses((status = 204, description = "Deleted")))]
async fn delete(
    State(platform): State<Platform>,
    As(op, caller): As<CorpusDelete>,
    Path(id): Path<CorpusId>,
    once: Once,
) -> Result<Done<NoContent>, Refusal> {
    let change = async |db: Db| {
        corpus::delete(&op, &db, &caller, &id).await?;
        Ok(NoContent)
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.runs.corpora.forget(&caller.tenant, &id);
    Ok(done)
}

/// Processes every document of a corpus anew. Its passages are found until those that replace them are there; after a change
/// of the embedding model they are not found until their document is done.
#[utoipa::path(post, path = "/corpora/{corpus_id}/reindex", tag = "corpora", operation_id = "reindex_corpus", params(("corpus_id" = String, Path, description = "The corpus")),
    extensions(("x-permission" = json!("corpus.reindex"))),
    responses((status = 202, description = "How many documents were queued", body = wire::Envelope<wire::CorpusReindexed>)))]
async fn reindex(
    State(platform): State<Platform>,
    Intake(op, caller, _place): Intake<CorpusReindex>,
    context: Context,
    Path(id): Path<CorpusId>,
    mut once: Once,
) -> Result<Done<Accepted<wire::CorpusReindexed>>, Refusal> {
    if let Some(done) = once.again(&platform, &op, &caller).await? {
        return Ok(done);
    }
    let tab = document::change::quote_corpus(&op, &platform.db, &platform.charges, &caller, &id).await;
    let change = async |db: Db| {
        let tab = tab.inspect_err(|error| cost::headers::tell_refused(&context, error))?;
        cost::headers::tell(&context, tab.standing());
        let what = (&id, platform.runs.providers.embeds_with());
        let queued = document::change::reindex_corpus(&op, &db, &platform.documents, &caller, what, tab).await?;
        let queued = u64::try_from(queued).unwrap_or(u64::MAX);
        Ok(Accepted(wire::CorpusReindexed { corpus_id: id.as_str().to_owned(), queued }))
    };
    once.perform(&platform, &op, &caller, change).await
}

/// Fails unless the plan of the tenant includes the provider that a configuration routes to. One that is not valid is for the
/// verb to refuse.
async fn require_provider(platform: &Platform, op: &Op, tenant: &TenantId, config: &Value) -> Result<(), Refusal> {
    let Ok((_, routing)) = corpus::decide::normalise(config.clone()) else { return Ok(()) };
    let plan = platform.plans.of(tenant, op.now).await?;
    Ok(plan.require(run::feature(&routing.provider))?)
}

impl Validate for wire::CreateCorpus {
    fn validate(&self, faults: &mut Faults) {
        faults.length("name", &self.name, &(1..=corpus::MAX_NAME));
    }
}

impl Validate for wire::PatchCorpus {
    fn validate(&self, faults: &mut Faults) {
        if let Some(name) = &self.name {
            faults.length("name", name, &(1..=corpus::MAX_NAME));
        }
    }
}

fn to_wire(corpus: corpus::Corpus) -> wire::Corpus {
    wire::Corpus {
        id: corpus.id.into(),
        tenant_id: corpus.tenant.into(),
        name: corpus.name,
        provider_config_json: corpus.provider_config.as_object().cloned().unwrap_or_default(),
        embedding_model: corpus.embedding_model.to_string(),
        embedding_dimension: u32::try_from(corpus.embedding_dimension).unwrap_or(u32::MAX),
        created_at: corpus.created_at,
        updated_at: Some(corpus.updated_at),
    }
}
