//! `/v1/audio/{id}.mp3`: spoken answers, for whoever holds a link that was made for the tenant.
//!
//! The link is the credential: it is signed, names one sound of one tenant, and ends. A player in a browser cannot send a
//! header, which is why there is no other.

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, header};
use nexus_core::problem::{Code, Kind};
use nexus_retrieval::speech::{AudioError, MIME};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    app::Platform,
    http::{OpCtx, Path, Refusal},
};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(play))
}

/// The sound of an answer. The address comes from an `audio.ready` event, signature included.
#[utoipa::path(get, path = "/audio/{file}", tag = "audio", params(
        ("file" = String, Path, description = "The id of the sound with `.mp3`"),
        ("tenant" = Option<String>, Query, description = "Part of the signed link"),
        ("expires" = Option<String>, Query, description = "Part of the signed link"),
        ("signature" = Option<String>, Query, description = "Part of the signed link")),
    security(()), responses((status = 200, description = "The sound", body = Vec<u8>, content_type = "audio/mpeg")))]
async fn play(
    State(platform): State<Platform>,
    OpCtx(op): OpCtx,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let id = file.strip_suffix(".mp3").and_then(|id| Uuid::parse_str(id).ok()).ok_or_else(Refusal::not_found)?;
    let sound = platform.voice.play(id, query.as_deref().unwrap_or_default(), op.now).await.map_err(|error| {
        if matches!(error, AudioError::NotFound) {
            return Refusal::not_found();
        }
        tracing::warn!(%error, "sound cannot be played");
        Refusal::new(Kind::Unavailable, Code::ServiceUnavailable, "The sound is not available; try again shortly")
    })?;
    let mut response = sound.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MIME));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response)
}
