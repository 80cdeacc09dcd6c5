//! What happens to every request on its way in and out: transport only, nothing that decides who may do what.
//!
//! From the outside in, and why in this order:
//!
//! 1. [`App`] names the request (id, time, address), opens its span, and on the way out counts it, logs it, and adds the
//!    headers that every answer has: the request id, deprecation on legacy paths, protection against sniffing and caching.
//!    It is outermost so that no answer can miss them, whichever layer made it.
//! 2. CORS, off unless origins are named, answers preflights before anything else runs.
//! 3. Compression of JSON sees the bytes that [`Edge`] rendered. Streams pass untouched.
//! 4. [`Edge`] bounds the time until an answer begins, turns a panic into a 500, and renders the envelope. It is next to
//!    the router because only what comes out of the router needs it.
//! 5. The router, whose routes report their template to the request ([`Template`]).

mod app;
mod edge;
mod legacy;
mod settings;
#[cfg(test)]
mod tests;

use std::{convert::Infallible, sync::Arc};

use axum::{Router, body::Body, extract::Request, response::Response};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use nexus_core::clock::Clock;
use tower::{ServiceBuilder, ServiceExt as _, util::BoxCloneSyncService};
use tower_http::{
    CompressionLevel,
    compression::CompressionLayer,
    cors::{AllowOrigin, Any, CorsLayer},
};

pub use app::App;
pub use edge::Edge;
pub use legacy::{Template, at_root, mount, with_legacy};
pub use settings::{Origins, Settings};

use crate::metrics::RequestMetrics;

/// Answers smaller than this are not worth compressing.
const MIN_COMPRESSED: u64 = 1024;

/// The headers that pages may send: those of the API, and those that clients for OpenAI's form and for the Model Context
/// Protocol add by themselves.
const ASKED: [&str; 22] = [
    "authorization",
    "content-type",
    "accept",
    "idempotency-key",
    "last-event-id",
    "x-request-id",
    "x-run-id",
    "openai-organization",
    "openai-project",
    "x-stainless-arch",
    "x-stainless-helper-method",
    "x-stainless-lang",
    "x-stainless-os",
    "x-stainless-package-version",
    "x-stainless-retry-count",
    "x-stainless-runtime",
    "x-stainless-runtime-version",
    "x-stainless-timeout",
    "mcp-method",
    "mcp-name",
    "mcp-protocol-version",
    "mcp-session-id",
];

type Inner = BoxCloneSyncService<Request, Response, Infallible>;

/// Wraps a router into all layers. Install the metrics recorder before: handles are resolved here, once.
#[must_use]
pub fn wrap(router: Router, settings: Settings, clock: Clock) -> App {
    let settings = Arc::new(settings);
    let inner = ServiceBuilder::new()
        .option_layer(cors(&settings.origins))
        .map_response(|r: Response<_>| r.map(Body::new))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worth_compressing))
        .service(Edge::new(router, settings.request_timeout));
    App::new(settings, clock, RequestMetrics::resolve(), inner.map_response(|r: Response<_>| r.map(Body::new)))
}

fn cors(origins: &Origins) -> Option<CorsLayer> {
    let allowed = match origins {
        Origins::None => return None,
        Origins::Any => AllowOrigin::from(Any),
        Origins::List(list) => AllowOrigin::list(list.iter().cloned()),
    };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(ASKED.map(HeaderName::from_static))
        // Every gate tells its standing in headers of its own. Cookies are not involved, so that `*` means all of them.
        .expose_headers(Any)
        .max_age(std::time::Duration::from_mins(10));
    Some(layer)
}

/// JSON of some size. A stream has no length, so it can never be taken for one.
fn worth_compressing(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let json = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).is_some_and(|t| {
        t.starts_with(b"application/") && t.split(|b| matches!(b, b'/' | b'+' | b';')).any(|word| word == b"json")
    });
    let length = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    json && length.is_some_and(|n| n >= MIN_COMPRESSED)
}
