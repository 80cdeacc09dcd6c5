//! The documentation of the API, from the same types that serve it: `/v1/openapi.json`, and a page to read it with.
//!
//! Both are made once at start and need nothing from the network.

mod examples;
mod finish;
mod headers;
mod page;
mod refer;
mod tags;

use std::sync::Arc;

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest as _, Sha256};
use utoipa::openapi::OpenApi;

pub use finish::finish;

/// The document, serialised once, and its tag.
#[derive(Debug)]
struct Document {
    json: Bytes,
    etag: HeaderValue,
}

/// `GET /openapi.json` and `GET /docs`, to be mounted under `/v1` only.
pub fn routes<S: Clone + Send + Sync + 'static>(openapi: &OpenApi) -> Result<Router<S>, serde_json::Error> {
    let document = Arc::new(Document::new(openapi)?);
    let serve = move |headers: HeaderMap| async move { document.serve(&headers) };
    Ok(Router::new().route("/openapi.json", get(serve)).merge(page::routes()))
}

/// The old addresses of both, to be mounted at the root.
pub fn redirects<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let to = |target: &'static str| get(move || async move { Redirect::temporary(target) });
    Router::new().route("/openapi.json", to("/v1/openapi.json")).route("/docs", to("/v1/docs"))
}

impl Document {
    fn new(openapi: &OpenApi) -> Result<Self, serde_json::Error> {
        let json = Bytes::from(serde_json::to_vec(openapi)?);
        let hash = hex::encode(Sha256::digest(&json));
        let etag = HeaderValue::try_from(format!("\"{hash}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
        Ok(Self { json, etag })
    }

    fn serve(&self, headers: &HeaderMap) -> Response {
        let common = [(header::ETAG, self.etag.clone()), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
        // Compression marks the tag as weak, so the client's tag is compared without that mark.
        let known = headers.get(header::IF_NONE_MATCH).is_some_and(|given| {
            given.as_bytes().split(|b| *b == b',').any(|tag| {
                let tag = tag.trim_ascii();
                tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == self.etag.as_bytes()
            })
        });
        if known {
            return (StatusCode::NOT_MODIFIED, common).into_response();
        }
        (common, [(header::CONTENT_TYPE, "application/json")], self.json.clone()).into_response()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use axum::{body::Body, extract::Request};
    use http_body_util::BodyExt as _;
    use nexus_core::clock::Clock;
    use tower::ServiceExt as _;
    use utoipa::openapi::{InfoBuilder, OpenApiBuilder};

    use super::*;
    use crate::layers;

    async fn fetch(path: &str, if_none_match: &str) -> (StatusCode, HeaderMap, String) {
        let openapi = finish(OpenApiBuilder::new().info(InfoBuilder::new().build()).build());
        let router = layers::with_legacy(Router::new(), routes(&openapi).unwrap()).merge(redirects());
        let app = layers::wrap(router, layers::Settings::default(), Clock::system());
        let request = Request::get(path).header("if-none-match", if_none_match).body(Body::empty()).unwrap();
        let (parts, body) = app.oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test]
    async fn the_document_is_sent_once() {
        let (status, headers, body) = fetch("/v1/openapi.json", "").await;
        let json: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status.as_u16(), &json["info"]["version"]), (200, &"v1".into()));
        let etag = headers["etag"].to_str().unwrap().to_owned();
        assert_eq!(fetch("/v1/openapi.json", &etag).await.0.as_u16(), 304);
        assert_eq!(fetch("/v1/openapi.json", &format!("\"x\", W/{etag}")).await.0.as_u16(), 304);
        assert_eq!(fetch("/v1/openapi.json", "\"x\"").await.0.as_u16(), 200);
    }

    #[tokio::test]
    async fn old_addresses_lead_to_the_new_ones() {
        for path in ["/openapi.json", "/docs"] {
            let (status, headers, _) = fetch(path, "").await;
            assert_eq!((status.as_u16(), headers["location"].to_str().unwrap()), (307, format!("/v1{path}").as_str()));
            assert!(!headers.contains_key("deprecation"));
        }
    }

    #[tokio::test]
    async fn the_page_needs_nothing_from_elsewhere() {
        let (status, headers, body) = fetch("/v1/docs", "").await;
        assert_eq!((status.as_u16(), headers["content-type"].to_str().unwrap()), (200, "text/html"));
        assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        assert!(!body.contains("http://") && !body.contains("https://"), "{body}");
        let files: Vec<_> = body.split(['"', '\'']).filter(|w| w.starts_with("/v1/docs/")).collect();
        assert!(files.len() >= 4, "{body}");
        for file in files {
            assert_eq!(fetch(file, "").await.0.as_u16(), 200, "{file}");
        }
        assert!(fetch("/v1/docs/swagger-initializer.js", "").await.2.contains("/v1/openapi.json"));
        assert_eq!(fetch("/v1/docs/nothing.js", "").await.0.as_u16(), 404);
    }
}
