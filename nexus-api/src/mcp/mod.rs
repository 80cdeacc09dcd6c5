//! `/mcp`: search, questions and documents as tools of the Model Context Protocol, over streamable HTTP.
//!
//! There are no sessions: every message is answered by itself, so any replica answers it and nothing is kept. A message needs
//! the API key of its caller; what a tool may see, what it costs and what is recorded of it is what the route of the same
//! permission decides. What a gate refuses is an error of the tool with our code; a message without a valid key is refused as
//! a whole with 401. When a backend is away the tool says what its route would say.

mod call;
mod schema;
mod tools;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{FromRequestParts as _, Request, State},
    response::Response,
    routing::any,
};
use http::{HeaderMap, header};
use http_body_util::Full;
use nexus_core::problem::{Code, Kind};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use serde::Deserialize;

use self::tools::Tools;
use crate::{
    app::Platform,
    http::{Context, Refusal, body, caller, read},
    layers::Origins,
};

type Service = StreamableHttpService<Tools, NeverSessionManager>;

/// The route, at the root.
pub fn routes(platform: &Platform) -> Router<Platform> {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_sse_retry(None)
        .with_cancellation_token(platform.stopping.child_token())
        // Bounded before it gets there.
        .with_max_request_body_bytes(usize::MAX)
        // Whoever is tricked into calling a host that is not meant has no key for it; pages are kept out by their origin.
        .disable_allowed_hosts()
        .disable_allowed_origins();
    let tools = Tools::new(platform.clone());
    let service =
        StreamableHttpService::new(move || Ok(tools.clone()), Arc::new(NeverSessionManager::default()), config);
    let answer = move |State(platform): State<Platform>, request: Request| answer(service.clone(), platform, request);
    Router::new().route("/mcp", any(answer))
}

async fn answer(service: Service, platform: Platform, request: Request) -> Result<Response, Refusal> {
    let (mut parts, body) = request.into_parts();
    refuse_origin(&parts.headers, &platform.origins)?;
    let known = caller::Known::from_request_parts(&mut parts, &platform).await?;
    let context = Context::from_request_parts(&mut parts, &platform).await?;
    let bytes = read::whole(body, &parts.headers, context.body.max_bytes, context.body).await?;
    body::refuse_depth(&bytes)?;
    // What carries the request on may be told to log it.
    if let Some(key) = parts.headers.get_mut(&platform.auth.header) {
        key.set_sensitive(true);
    }
    // A tool has gates of its own, which count it.
    if !calls_a_tool(&bytes) {
        known.count(&parts, &platform).await?;
    }
    let answered = Box::pin(service.handle(Request::from_parts(parts, Full::new(bytes))));
    Ok(answered.await.map(Body::new))
}

/// A page of another origin may call only where it may call the rest of the API.
fn refuse_origin(headers: &HeaderMap, origins: &Origins) -> Result<(), Refusal> {
    let mut given = headers.get_all(header::ORIGIN).iter();
    let allowed = match origins {
        Origins::Any => true,
        Origins::None => given.next().is_none(),
        Origins::List(list) => given.all(|origin| list.contains(origin)),
    };
    if allowed { Ok(()) } else { Err(Refusal::new(Kind::Forbidden, Code::AuthForbidden, "This origin may not call")) }
}

/// Whether a message is passed to a tool. It decides only which limit counts it: who may do what is decided behind it.
fn calls_a_tool(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Message {
        method: String,
    }
    serde_json::from_slice::<Message>(bytes).is_ok_and(|message| message.method == "tools/call")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::HeaderValue;

    use super::*;

    #[test]
    fn pages_of_other_origins_are_refused_unless_they_are_named() {
        let from = |origin: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(header::ORIGIN, HeaderValue::from_static(origin));
            headers
        };
        let named = Origins::List(vec![HeaderValue::from_static("https://app.example.com")]);
        for origins in [&Origins::None, &Origins::Any, &named] {
            assert!(refuse_origin(&HeaderMap::new(), origins).is_ok(), "programs send none");
        }
        assert!(refuse_origin(&from("https://evil.example"), &Origins::Any).is_ok());
        assert!(refuse_origin(&from("https://app.example.com"), &named).is_ok());
        assert!(refuse_origin(&from("https://app.example.com:8443"), &named).is_err());
        assert_eq!(refuse_origin(&from("null"), &Origins::None).unwrap_err().status(), 403);
    }
}
