//! The two faces of the API: `/v1`, and the same routes without it for older clients.

use std::task::{self, Poll};

use axum::{
    Router,
    extract::{MatchedPath, Request},
};
use tower::{Layer, Service};
use utoipa::openapi::{Info, OpenApi, Paths};
use utoipa_axum::router::OpenApiRouter;

use crate::http::Context;

/// Mounts `aliased` at `/v1` and at the root, and `v1_only` at `/v1`.
///
/// Only the path segment `v1` is the version: `/v1x` is an unknown legacy path.
pub fn with_legacy<S: Clone + Send + Sync + 'static>(aliased: Router<S>, v1_only: Router<S>) -> Router<S> {
    Router::new().nest("/v1", aliased.clone().merge(v1_only)).merge(aliased).layer(TemplateLayer)
}

/// Routes at the root that are not older names of others.
pub fn at_root<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes.layer(TemplateLayer)
}

/// As [`with_legacy`], with the document of what is under `/v1`. The legacy paths are not documented.
pub fn mount<S: Clone + Send + Sync + 'static>(
    aliased: OpenApiRouter<S>,
    v1_only: OpenApiRouter<S>,
) -> (Router<S>, OpenApi) {
    let (aliased, documented) = aliased.split_for_parts();
    let (v1_only, rest) = v1_only.split_for_parts();
    let empty = OpenApi::new(Info::new("", ""), Paths::new());
    (with_legacy(aliased, v1_only), empty.nest("/v1", documented).nest("/v1", rest))
}

#[derive(Debug, Clone, Copy)]
struct TemplateLayer;

impl<S> Layer<S> for TemplateLayer {
    type Service = Template<S>;
    fn layer(&self, inner: S) -> Template<S> {
        Template(inner)
    }
}

/// Reports the template of the matched route to the request, for its span and its log line: a path itself may hold what
/// does not belong in a log.
#[derive(Debug, Clone)]
pub struct Template<S>(S);

impl<S: Service<Request>> Service<Request> for Template<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> S::Future {
        let extensions = request.extensions();
        if let (Some(context), Some(path)) = (extensions.get::<Context>(), extensions.get::<MatchedPath>()) {
            tracing::Span::current().record("route", path.as_str());
            context.matched(path.clone());
        }
        self.0.call(request)
    }
}
