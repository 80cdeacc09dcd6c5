//! `/v1/chat/completions` and `/v1/models`: the platform for clients that speak OpenAI's form. A corpus is a model.
//!
//! A completion is a run like any other, through the same gates, limits and records; only what it reads and how it answers
//! is in the words of others. What the platform does not do is refused and never ignored in silence
//! ([`read`], `docs/openai.md`).

mod chunks;
mod models;
mod read;
mod write;

pub(crate) use self::write::usage;

use std::sync::Arc;

use axum::{
    Json,
    body::Body as HttpBody,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::HeaderValue;
use nexus_authz::permission::RunInvoke;
use nexus_core::id::CorpusId;
use nexus_retrieval::run::Refused;
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{Body, Context, Faults, Refusal, Validate, caller::As},
    run::{self, channel::Channel, producer, whole::whole},
};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(complete)).merge(models::routes())
}

/// Asks a question of a corpus, in the form of OpenAI's chat completions.
///
/// `model` is the corpus, the last message is the question, and those before it are the conversation. With `stream` the
/// answer comes in chunks and ends with `data: [DONE]`; a client that hangs up stops the run. Annotations of the message name
/// the documents that it rests on, and the characters.
#[utoipa::path(post, path = "/chat/completions", tag = "chat", request_body = wire::ChatCompletionRequest,
    extensions(("x-permission" = json!("run.invoke"))),
    responses((status = 200, description = "The answer, whole or in chunks",
        content((wire::ChatCompletion = "application/json"), (wire::ChatCompletionChunk = "text/event-stream"))),
        (status = 502, description = "A model or a provider failed", body = wire::ChatError)))]
async fn complete(
    State(platform): State<Platform>,
    As(op, caller): As<RunInvoke>,
    context: Context,
    Body(body): Body<wire::ChatCompletionRequest>,
) -> Result<Response, Refusal> {
    // What cannot be the id of a corpus is none.
    let corpus: CorpusId = body.model.parse().map_err(|_| Refusal::from(Refused::CorpusNotFound))?;
    let streams = body.stream.unwrap_or_default();
    let with_usage = body.stream_options.and_then(|options| options.include_usage).unwrap_or_default();
    let ask = read::question(body, corpus, platform.runs.settings.history_chars)?;
    let head = write::Head::of(&op, &ask);
    let admitted = run::admit(&platform, &context, op, caller, ask).await?;
    if !streams {
        let answer = write::completion(head.clone(), Box::pin(whole(&platform, admitted)).await?);
        let mut response = Json(answer).into_response();
        if let Ok(run) = HeaderValue::from_str(head.run.as_str()) {
            response.headers_mut().insert(run::X_RUN_ID, run);
        }
        return Ok(response);
    }
    let channel = Arc::new(Channel::new(head.run.clone()));
    let reader = channel.read_from(0);
    let voice = chunks::Chunks::new(head, with_usage);
    platform.tasks.spawn(producer::produce(admitted, voice, Arc::clone(&channel), platform.clone(), None));
    Ok(run::stream(channel.run().as_str(), HttpBody::from_stream(reader)))
}

impl Validate for wire::ChatCompletionRequest {
    fn validate(&self, faults: &mut Faults) {
        faults.check(!self.messages.is_empty(), "messages", "must not be empty");
        for (name, given) in [("max_completion_tokens", self.max_completion_tokens), ("max_tokens", self.max_tokens)] {
            faults.check(given != Some(0), name, "must be at least 1");
        }
        faults.check(self.n.is_none_or(|n| n == 1), "n", "must be 1: there is one answer");
    }
}
