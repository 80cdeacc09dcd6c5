//! The table of contents of the API.

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{app::Platform, audio, corpus, document, grant, health, key, layers, run};

/// The routes that also exist without `/v1`, as deprecated aliases.
fn aliased() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .merge(run::routes())
        .merge(corpus::routes())
        .merge(document::routes())
        .merge(grant::routes())
        .merge(key::routes())
        .merge(audio::routes())
        .merge(health::routes())
}

/// All routes of the API, under `/v1` and as aliases.
pub fn api(platform: Platform) -> Router {
    let (router, _) = aliased().split_for_parts();
    layers::with_legacy(router, Router::new()).with_state(platform)
}

/// The document that describes the API.
#[must_use]
pub fn openapi() -> OpenApi {
    crate::docs::finish(OpenApiRouter::<Platform>::new().nest("/v1", aliased()).into_openapi())
}
