//! Any endpoint that speaks the `OpenAI` chat protocol.

use futures::stream::BoxStream;
use nexus_core::resilience::Integrations;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Fault, Limits, Llm, LlmError, LlmSettings, Messages, Piece, Prompt, Provider, Speaker, Usage,
    answer::{Step, pieces},
    upstream::{Deadlines, OPENAI_BASE_URL, Upstream, bearer, reason},
};

/// A model behind `/chat/completions`.
#[derive(Debug, Clone)]
pub struct OpenAi {
    upstream: Upstream,
    url: String,
    authorization: Option<http::HeaderValue>,
    model: String,
    max_output_tokens: u32,
    limits: Limits,
}

impl OpenAi {
    /// Reads the settings; `OpenAI` itself needs a key, other endpoints may do without.
    pub fn new(settings: &LlmSettings) -> Result<Self, LlmError> {
        let missing = |what: &str| Fault::ConfigMissing(what.to_owned()).of(Provider::OpenAi);
        let key = settings.openai_api_key.as_ref().filter(|key| !key.expose_secret().is_empty());
        if key.is_none() && settings.openai_base_url.is_none() {
            return Err(missing("OPENAI_API_KEY is not set"));
        }
        let authorization = key.map(bearer).transpose().map_err(|_| missing("OPENAI_API_KEY is not a key"))?;
        let base = settings.openai_base_url.as_deref().unwrap_or(OPENAI_BASE_URL);
        Ok(Self {
            upstream: Upstream::new(Deadlines::from(settings)).map_err(|fault| fault.of(Provider::OpenAi))?,
            url: format!("{}/chat/completions", base.trim_end_matches('/')),
            authorization,
            model: settings.openai_model.clone(),
            max_output_tokens: settings.max_output_tokens,
            limits: Limits { sources: settings.max_source_chars, ..Limits::default() },
        })
    }

    fn body(&self, messages: &Messages, max_output_tokens: u32) -> Value {
        let mut chat = vec![json!({"role": "system", "content": messages.system})];
        chat.extend(messages.history.iter().map(|turn| {
            let role = match turn.speaker {
                Speaker::User => "user",
                Speaker::Assistant => "assistant",
            };
            json!({"role": role, "content": turn.text})
        }));
        // One message, because some chat templates demand that the roles alternate.
        chat.push(json!({"role": "user", "content": format!("{}\n\n{}", messages.sources, messages.question)}));
        // OpenAI retired the old name of the limit; most other endpoints know only that one.
        let limit = if self.url.starts_with(OPENAI_BASE_URL) { "max_completion_tokens" } else { "max_tokens" };
        json!({
            "model": self.model,
            "messages": chat,
            "stream": true,
            "stream_options": {"include_usage": true},
            limit: max_output_tokens,
        })
    }
}

impl Llm for OpenAi {
    fn provider(&self) -> &'static str {
        Provider::OpenAi.as_str()
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
        let body = self.body(&messages, prompt.max_output_tokens.min(self.max_output_tokens));
        let mut request = self.upstream.post(&self.url).json(&body);
        if let Some(authorization) = &self.authorization {
            request = request.header(http::header::AUTHORIZATION, authorization.clone());
        }
        let events = self.upstream.events(request);
        pieces(Provider::OpenAi, &prompt, messages.chars(), events, read)
    }
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Tokens>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Delta,
    finish_reason: Option<String>,
}

#[derive(Deserialize, Default)]
struct Delta {
    content: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    #[serde(default)]
    prompt_tokens: u32,
    #[serde(default)]
    completion_tokens: u32,
}

fn read(data: &str) -> Result<Step, Fault> {
    if data.trim() == "[DONE]" {
        return Ok(Step { finished: true, last: true, ..Step::default() });
    }
    let chunk: Chunk = serde_json::from_str(data).map_err(|_| Fault::Other("an event that is not a chunk".into()))?;
    if let Some(error) = chunk.error {
        return Err(Fault::Other(format!("an error in the stream: {}", reason(&error))));
    }
    let usage = chunk.usage.map(|tokens| Usage {
        input_tokens: tokens.prompt_tokens,
        output_tokens: tokens.completion_tokens,
        estimated: false,
    });
    let choice = chunk.choices.into_iter().next();
    if choice.as_ref().is_some_and(|choice| choice.finish_reason.as_deref() == Some("content_filter")) {
        return Err(Fault::Rejected("the content filter stopped the answer".into()));
    }
    let finished = choice.as_ref().is_some_and(|choice| choice.finish_reason.is_some());
    let text = choice.and_then(|choice| choice.delta.content).unwrap_or_default();
    Ok(Step { text, usage, finished, last: false })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn chunks_are_read() {
        let step = read(r#"{"choices":[{"delta":{"content":"Hi"},"finish_reason":null}],"usage":null}"#).unwrap();
        assert_eq!(step, Step { text: "Hi".into(), ..Step::default() });
        let step = read(r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#).unwrap();
        assert!(step.finished && !step.last);
        let step = read(r#"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}"#).unwrap();
        assert_eq!(step.usage, Some(Usage { input_tokens: 7, output_tokens: 3, estimated: false }));
        assert!(read("[DONE]").unwrap().last);
    }

    #[test]
    fn errors_and_garbage_are_faults_without_their_text() {
        let fault = read(r#"{"error":{"message":"key sk-123 is bad","code":"invalid_api_key"}}"#).unwrap_err();
        assert_eq!(fault.to_string(), "an error in the stream: invalid_api_key");
        assert!(matches!(read("<html>"), Err(Fault::Other(_))));
        let filtered = r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#;
        assert!(matches!(read(filtered), Err(Fault::Rejected(_))));
    }

    #[test]
    fn a_key_is_needed_only_by_openai_itself() {
        let missing = OpenAi::new(&LlmSettings::default()).unwrap_err();
        assert_eq!(missing.fault.to_string(), "not configured: OPENAI_API_KEY is not set");
        let local = LlmSettings { openai_base_url: Some("http://localhost:1/v1/".into()), ..LlmSettings::default() };
        assert_eq!(OpenAi::new(&local).unwrap().url, "http://localhost:1/v1/chat/completions");
    }
}
