//! The outermost layer: it names a request on its way in, and completes, counts and logs its answer on the way out.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{self, Poll},
    time::Instant,
};

use axum::{extract::Request, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use nexus_core::clock::Clock;
use tower::{Service, util::BoxCloneSyncService};
use tracing::Instrument as _;

use super::{Inner, Settings};
use crate::{
    http::{
        Context, RouteClassTag,
        address::Peer,
        context::{Facts, Surface, X_REQUEST_ID, accept_request_id},
    },
    metrics::RequestMetrics,
};

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// The whole application as a service: what the accept loop serves and what tests call.
#[derive(Debug, Clone)]
pub struct App {
    shared: Arc<Shared>,
    inner: Inner,
}

#[derive(Debug)]
struct Shared {
    settings: Arc<Settings>,
    clock: Clock,
    metrics: RequestMetrics,
}

impl App {
    pub(super) fn new<S>(settings: Arc<Settings>, clock: Clock, metrics: RequestMetrics, inner: S) -> Self
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        let shared = Arc::new(Shared { settings, clock, metrics });
        Self { shared, inner: BoxCloneSyncService::new(inner) }
    }
}

impl Service<Request> for App {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let started = Instant::now();
        let shared = self.shared.clone();
        let context = shared.name(&request);
        let method = request.method().clone();
        let span = tracing::info_span!(
            "request",
            request_id = context.request_id.as_str(),
            method = method.as_str(),
            route = tracing::field::Empty,
        );
        request.extensions_mut().insert(context.clone());
        let answer = span.in_scope(|| self.inner.call(request));
        let abandoned = Abandoned { waiting: Some((shared.clone(), context.clone())), started };
        let complete = async move {
            let Ok(mut response) = answer.await;
            abandoned.answered();
            shared.complete(&context, &mut response);
            shared.record(&context, &method, &response, started);
            Ok(response)
        };
        Box::pin(complete.instrument(span))
    }
}

impl Shared {
    fn name(&self, request: &Request) -> Context {
        let peer = request.extensions().get::<Peer>().copied();
        Context::new(Facts {
            request_id: accept_request_id(request.headers()),
            now: self.clock.now(),
            ip: self.settings.proxies.client(peer, request.headers()),
            surface: Surface::of(request.uri().path()),
            body: self.settings.body,
        })
    }

    fn complete(&self, context: &Context, response: &mut Response) {
        let headers = response.headers_mut();
        context.write_told(headers);
        if let Ok(id) = HeaderValue::try_from(context.answered_id().as_str()) {
            headers.insert(X_REQUEST_ID, id);
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if is_json(headers) && !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if context.surface == Surface::Legacy {
            headers.insert(DEPRECATION, HeaderValue::from_static("true"));
            headers.insert(SUNSET, self.settings.sunset.clone());
            headers.append(header::LINK, HeaderValue::from_static("</v1/docs>; rel=\"successor-version\""));
        }
    }

    /// Probes are counted as any request, and logged only when asked for: they come every second.
    fn record(&self, context: &Context, method: &Method, response: &Response, started: Instant) {
        let elapsed = started.elapsed();
        let tagged = response.extensions().get::<RouteClassTag>().copied();
        let class = tagged.or_else(|| context.class()).map_or("other", |tag| tag.0);
        self.metrics.record(class, response.status(), elapsed);
        if let Some(measured) = context.measured() {
            measured.answered(response.status(), response.extensions().get().copied(), elapsed);
        }
        let route = context.route().unwrap_or("-");
        let (status, latency_ms) = (response.status().as_u16(), elapsed.as_secs_f64() * 1000.0);
        let method = method.as_str();
        if matches!(route, "/v1/health" | "/v1/healthz" | "/v1/readyz" | "/v1/metrics" | "/healthz") {
            tracing::debug!(target: "nexus_api::access", method, route, status, latency_ms, "answered");
        } else {
            tracing::info!(target: "nexus_api::access", method, route, status, latency_ms, "answered");
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|t| {
        t.as_bytes().starts_with(b"application/json") || t.as_bytes().starts_with(b"application/problem+json")
    })
}

/// Counts a request whose client left before the answer began.
struct Abandoned {
    waiting: Option<(Arc<Shared>, Context)>,
    started: Instant,
}

impl Abandoned {
    fn answered(mut self) {
        self.waiting = None;
    }
}

impl Drop for Abandoned {
    fn drop(&mut self) {
        let Some((shared, context)) = &self.waiting else { return };
        shared.metrics.abandoned();
        if let Some(measured) = context.measured() {
            measured.abandoned(self.started.elapsed());
        }
    }
}
