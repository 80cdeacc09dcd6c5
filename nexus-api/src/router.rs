//! The table of contents of the API.

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    app::Platform, audio, audit, chat, corpus, cost, crypto, docs, document, explain, grant, group, health, import,
    key, keyring, label, layers, mcp, metrics, ops, plan, policy, quota, rollout, run, search, self_serve, sla, ui,
};

/// The routes that also exist without `/v1`, as deprecated aliases.
fn aliased() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .merge(run::routes())
        .merge(corpus::routes())
        .merge(cost::routes())
        .merge(crypto::routes())
        .merge(document::routes())
        .merge(import::routes())
        .merge(grant::routes())
        .merge(group::routes())
        .merge(search::routes())
        .merge(label::routes())
        .merge(explain::routes())
        .merge(policy::routes())
        .merge(key::routes())
        .merge(keyring::routes())
        .merge(ops::routes())
        .merge(plan::routes())
        .merge(rollout::routes())
        .merge(quota::routes())
        .merge(self_serve::routes())
        .merge(sla::routes())
        .merge(audio::routes())
        .merge(audit::routes())
}

/// The routes that never had an address without `/v1`.
fn versioned() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().merge(chat::routes()).merge(ui::routes())
}

/// All routes of the API, under `/v1` and as aliases, with their documentation.
pub fn api(platform: &Platform) -> Result<Router, serde_json::Error> {
    let (router, _) = layers::mount(aliased().merge(health::routes(platform)), versioned());
    let docs = Router::new().nest("/v1", docs::routes(&openapi())?).merge(docs::redirects());
    let mcp = layers::at_root(mcp::routes(platform));
    Ok(router.merge(docs).merge(mcp).with_state(platform.clone()))
}

/// The document that describes the API.
#[must_use]
pub fn openapi() -> OpenApi {
    let described = aliased().merge(crate::http::health::described());
    let (_, document) = layers::mount(described, versioned().merge(metrics::described()));
    docs::finish(document)
}
