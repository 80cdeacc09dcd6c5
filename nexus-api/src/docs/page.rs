//! The page that shows the document, with its script and style from this binary.

use std::{io::Read as _, sync::Arc};

use axum::{
    Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
};
use flate2::read::GzDecoder;
use http::header;
use utoipa_swagger_ui::Config;

use crate::http::Refusal;

/// What the page may load: only what comes from here. Its script writes styles into elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

type Shared = Arc<Config<'static>>;

pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let config: Shared = Arc::new(Config::new(["/v1/openapi.json"]));
    let (index, slash) = (config.clone(), config.clone());
    Router::new()
        .route("/docs", get(move || async move { file("index.html", index) }))
        .route("/docs/", get(move || async move { file("index.html", slash) }))
        .route("/docs/{file}", get(move |Path(name): Path<String>| async move { file(&name, config) }))
}

fn file(name: &str, config: Shared) -> Response {
    let Ok(Some(file)) = utoipa_swagger_ui::serve(name, config) else { return Refusal::not_found().into_response() };
    let mut bytes = file.bytes.into_owned();
    // Most lie compressed in this program, and are compressed again on the way to whoever accepts that: the page is rare.
    if file.gzpipped {
        let mut whole = Vec::new();
        if GzDecoder::new(&*bytes).read_to_end(&mut whole).is_err() {
            return Refusal::not_found().into_response();
        }
        bytes = whole;
    }
    if name == "index.html" {
        // The page is served without a slash at its end, so its files are named in full.
        let page = String::from_utf8_lossy(&bytes).replace("\"./", "\"/v1/docs/");
        bytes = page.replace("\"index.css\"", "\"/v1/docs/index.css\"").into_bytes();
    }
    let headers = [
        (header::CONTENT_TYPE, file.content_type.as_str()),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, bytes).into_response()
}
