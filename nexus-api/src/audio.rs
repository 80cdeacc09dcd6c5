//! `/v1/audio/{id}.mp3`: spoken answers, for whoever holds a link that was made for the tenant.
//!
//! The link is the credential: it is signed, names one sound of one tenant, and ends. A player in a browser cannot send a
//! header, which is why there is no other.

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::header;
use nexus_retrieval::speech::{AudioError, MIME};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::{
    app::Platform,
    http::{Path, Refusal, Stranger},
};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(play))
}

/// Bytes, and not a list of numbers as the document would make of them.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
struct Sound(Bytes);

impl IntoResponse for Sound {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, MIME), (header::CACHE_CONTROL, "private, no-store")], self.0).into_response()
    }
}

/// The sound of an answer. The address comes from an `audio.ready` event, signature included.
#[utoipa::path(get, path = "/audio/{file}", tag = "audio", operation_id = "get_audio", params(
        ("file" = String, Path, description = "The id of the sound with `.mp3`"),
        ("tenant" = Option<String>, Query, description = "Part of the signed link"),
        ("expires" = Option<String>, Query, description = "Part of the signed link"),
        ("signature" = Option<String>, Query, description = "Part of the signed link")),
    security(()), responses((status = 200, description = "The sound", body = Sound, content_type = "audio/mpeg")))]
async fn play(
    State(platform): State<Platform>,
    stranger: Stranger,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Sound, Refusal> {
    let link = query.as_deref().unwrap_or_default();
    let found = match file.strip_suffix(".mp3").and_then(|id| Uuid::parse_str(id).ok()) {
        Some(id) => platform.voice.play(id, link, stranger.op.now).await,
        None => Err(AudioError::NotFound),
    };
    match found {
        Ok(sound) => Ok(Sound(sound)),
        Err(AudioError::NotFound) => Err(stranger.turn_away(&platform, Refusal::not_found()).await),
        Err(error) => Err(error.into()),
    }
}
