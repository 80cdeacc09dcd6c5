//! Gemini on Vertex AI, over its REST interface.

use std::sync::Arc;

use async_stream::try_stream;
use futures::{StreamExt as _, stream::BoxStream};
use google_cloud_auth::credentials::{Builder, CacheableResource, Credentials};
use http::{Extensions, HeaderMap, header::AUTHORIZATION};
use nexus_core::resilience::Integrations;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    Fault, Limits, Llm, LlmError, LlmSettings, Messages, Piece, Prompt, Provider, Speaker, Usage,
    answer::{Step, pieces},
    upstream::{Deadlines, Upstream, bearer, reason},
};

/// What the credentials are asked for.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// A Gemini model behind `:streamGenerateContent`.
#[derive(Debug, Clone)]
pub struct Vertex {
    upstream: Upstream,
    url: Arc<str>,
    identity: Identity,
    model: String,
    max_output_tokens: u32,
    limits: Limits,
    deadlines: Deadlines,
}

/// How the server proves who it is.
#[derive(Debug, Clone)]
enum Identity {
    Fixed(http::HeaderValue),
    Google(Credentials),
}

impl Vertex {
    /// Reads the settings, with application default credentials unless a token is given. Must run inside a Tokio
    /// runtime, because those credentials renew themselves in the background.
    pub fn new(settings: &LlmSettings) -> Result<Self, LlmError> {
        let identity = match &settings.vertex_access_token {
            Some(token) => bearer(token).map(Identity::Fixed),
            None => address(settings).and_then(|_| {
                Builder::default().with_scopes([SCOPE]).build().map(Identity::Google).map_err(|error| {
                    tracing::warn!(%error, "application default credentials cannot be used");
                    Fault::Auth
                })
            }),
        };
        identity.and_then(|identity| Self::assemble(settings, identity)).map_err(|fault| fault.of(Provider::Vertex))
    }

    /// Uses credentials that the embedding program already has.
    pub fn with_credentials(settings: &LlmSettings, credentials: Credentials) -> Result<Self, LlmError> {
        Self::assemble(settings, Identity::Google(credentials)).map_err(|fault| fault.of(Provider::Vertex))
    }

    fn assemble(settings: &LlmSettings, identity: Identity) -> Result<Self, Fault> {
        let deadlines = Deadlines::from(settings);
        Ok(Self {
            upstream: Upstream::new(deadlines)?,
            url: address(settings)?.into(),
            identity,
            model: settings.gemini_model.clone(),
            max_output_tokens: settings.max_output_tokens,
            limits: Limits { sources: settings.max_source_chars, ..Limits::default() },
            deadlines,
        })
    }
}

impl Llm for Vertex {
    fn provider(&self) -> &'static str {
        Provider::Vertex.as_str()
    }

    fn model(&self) -> &str {
        &self.model
    }

    fn connect(&self, integrations: &Integrations) {
        self.upstream.connect(integrations);
    }

    fn reads(&self, prompt: &Prompt) -> usize {
        Messages::build(prompt, self.limits).chars()
    }

    fn generate(&self, prompt: Prompt) -> BoxStream<'static, Result<Piece, LlmError>> {
        let messages = Messages::build(&prompt, self.limits);
        let body = body(&messages, prompt.max_output_tokens.min(self.max_output_tokens));
        let this = self.clone();
        let events = try_stream! {
            let waiting = timeout(this.deadlines.first_byte, this.identity.headers());
            let headers = waiting.await.map_err(|_| Fault::Timeout("the credentials"))??;
            let request = this.upstream.post(&this.url).query(&[("alt", "sse")]).headers(headers).json(&body);
            let events = this.upstream.events(request);
            futures::pin_mut!(events);
            while let Some(event) = events.next().await {
                yield event?;
            }
        };
        pieces(Provider::Vertex, &prompt, messages.chars(), events, read)
    }
}

impl Identity {
    async fn headers(&self) -> Result<HeaderMap, Fault> {
        match self {
            Self::Fixed(value) => Ok(HeaderMap::from_iter([(AUTHORIZATION, value.clone())])),
            Self::Google(credentials) => match credentials.headers(Extensions::new()).await {
                Ok(CacheableResource::New { data, .. }) => Ok(data),
                Ok(CacheableResource::NotModified) => Ok(HeaderMap::new()),
                Err(error) => {
                    tracing::warn!(%error, "no token for Vertex AI");
                    Err(Fault::Auth)
                }
            },
        }
    }
}

/// The address of the model, or the names of the variables that it lacks.
fn address(settings: &LlmSettings) -> Result<String, Fault> {
    let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    let project = given(&settings.google_project);
    let location = given(&settings.google_location);
    let (Some(project), Some(location)) = (&project, &location) else {
        let parts = [(&project, "GOOGLE_CLOUD_PROJECT"), (&location, "GOOGLE_CLOUD_LOCATION")];
        let missing: Vec<_> = parts.into_iter().filter(|(value, _)| value.is_none()).map(|(_, name)| name).collect();
        let verb = if missing.len() == 1 { "is" } else { "are" };
        return Err(Fault::ConfigMissing(format!("{} {verb} not set", missing.join(" and "))));
    };
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
    let model = &settings.gemini_model;
    for (value, name) in
        [(project, "GOOGLE_CLOUD_PROJECT"), (location, "GOOGLE_CLOUD_LOCATION"), (model, "GEMINI_MODEL")]
    {
        if !plain(value) || value.is_empty() {
            return Err(Fault::ConfigMissing(format!("{name} is not a name that Google Cloud uses")));
        }
    }
    let host = match (&settings.vertex_endpoint, location.as_str()) {
        (Some(endpoint), _) => endpoint.trim_end_matches('/').to_owned(),
        (None, "global") => "https://aiplatform.googleapis.com".to_owned(),
        (None, location) => format!("https://{location}-aiplatform.googleapis.com"),
    };
    Ok(format!(
        "{host}/v1/projects/{project}/locations/{location}/publishers/google/models/{model}:streamGenerateContent"
    ))
}

fn body(messages: &Messages, max_output_tokens: u32) -> Value {
    let said = |role: &str, parts: &[&str]| {
        let parts: Vec<Value> = parts.iter().map(|text| json!({"text": text})).collect();
        json!({"role": role, "parts": parts})
    };
    let mut contents: Vec<Value> = messages
        .history
        .iter()
        .map(|turn| {
            let role = match turn.speaker {
                Speaker::User => "user",
                Speaker::Assistant => "model",
            };
            said(role, &[&turn.text])
        })
        .collect();
    contents.push(said("user", &[&messages.sources, &messages.question]));
    json!({
        "systemInstruction": {"parts": [{"text": messages.system}]},
        "contents": contents,
        "generationConfig": {"maxOutputTokens": max_output_tokens},
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk {
    #[serde(default)]
    candidates: Vec<Candidate>,
    usage_metadata: Option<Tokens>,
    prompt_feedback: Option<Feedback>,
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    #[serde(default)]
    content: Content,
    finish_reason: Option<String>,
}

#[derive(Deserialize, Default)]
struct Content {
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
    /// Reasoning of the model, which is no part of the answer.
    #[serde(default)]
    thought: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    block_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Tokens {
    #[serde(rename = "promptTokenCount")]
    prompt: u32,
    #[serde(rename = "candidatesTokenCount")]
    candidates: u32,
    #[serde(rename = "thoughtsTokenCount")]
    thoughts: u32,
}

fn read(data: &str) -> Result<Step, Fault> {
    let chunk: Chunk = serde_json::from_str(data).map_err(|_| Fault::Other("an event that is not a chunk".into()))?;
    if let Some(error) = chunk.error {
        return Err(Fault::Other(format!("an error in the stream: {}", reason(&error))));
    }
    if chunk.prompt_feedback.is_some_and(|feedback| feedback.block_reason.is_some()) {
        return Err(Fault::Rejected("the safety filter stopped the prompt".into()));
    }
    let usage = chunk.usage_metadata.map(|tokens| Usage {
        input_tokens: tokens.prompt,
        output_tokens: tokens.candidates.saturating_add(tokens.thoughts),
        estimated: false,
    });
    let Some(candidate) = chunk.candidates.into_iter().next() else {
        return Ok(Step { usage, ..Step::default() });
    };
    let text = candidate.content.parts.into_iter().filter(|part| !part.thought).filter_map(|part| part.text).collect();
    match candidate.finish_reason.as_deref() {
        None | Some("FINISH_REASON_UNSPECIFIED") => Ok(Step { text, usage, ..Step::default() }),
        Some("STOP" | "MAX_TOKENS") => Ok(Step { text, usage, finished: true, last: false }),
        Some(_) => Err(Fault::Rejected("the safety filter stopped the answer".into())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn settings() -> LlmSettings {
        LlmSettings {
            google_project: Some("p-1".into()),
            google_location: Some("europe-west4".into()),
            ..LlmSettings::default()
        }
    }

    #[test]
    fn the_address_follows_the_location() {
        let base = "/v1/projects/p-1/locations/";
        assert!(
            address(&settings()).unwrap().starts_with(&format!("https://europe-west4-aiplatform.googleapis.com{base}"))
        );
        let global = LlmSettings { google_location: Some("global".into()), ..settings() };
        assert!(address(&global).unwrap().starts_with(&format!("https://aiplatform.googleapis.com{base}global/")));
    }

    #[test]
    fn missing_and_malformed_settings_are_named() {
        let text = |s: LlmSettings| address(&s).unwrap_err().to_string();
        assert!(text(LlmSettings::default()).ends_with("GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION are not set"));
        assert!(text(LlmSettings { google_project: None, ..settings() }).ends_with("GOOGLE_CLOUD_PROJECT is not set"));
        let evil = LlmSettings { google_location: Some("evil.example/".into()), ..settings() };
        assert!(text(evil).contains("GOOGLE_CLOUD_LOCATION"));
    }

    #[test]
    fn chunks_are_read() {
        let data = r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},{"text":"Hi"}]},
            "finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":2,"thoughtsTokenCount":1}}"#;
        let usage = Some(Usage { input_tokens: 5, output_tokens: 3, estimated: false });
        assert_eq!(read(data).unwrap(), Step { text: "Hi".into(), usage, finished: true, last: false });
    }

    #[test]
    fn filters_and_garbage_are_faults() {
        assert!(matches!(read(r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#), Err(Fault::Rejected(_))));
        assert!(matches!(read(r#"{"candidates":[{"finishReason":"SAFETY"}]}"#), Err(Fault::Rejected(_))));
        assert!(matches!(read("nonsense"), Err(Fault::Other(_))));
    }
}
