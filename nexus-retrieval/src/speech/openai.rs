use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt as _, future::BoxFuture};
use http::{HeaderValue, header::AUTHORIZATION};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::{Speech, SpeechError, SpeechSettings};
use crate::llm::{
    Fault,
    upstream::{Deadlines, OPENAI_BASE_URL, Upstream, bearer},
};

/// A voice behind `/audio/speech`.
#[derive(Debug, Clone)]
pub struct OpenAiSpeech {
    upstream: Upstream,
    url: String,
    authorization: Option<HeaderValue>,
    model: String,
    voice: String,
    max_bytes: usize,
    max_chars: usize,
}

impl OpenAiSpeech {
    /// Reads the settings; `OpenAI` itself needs a key, other endpoints may do without.
    pub fn new(settings: &SpeechSettings) -> Result<Self, SpeechError> {
        let key = settings.openai_api_key.as_ref().filter(|key| !key.expose_secret().is_empty());
        if key.is_none() && settings.openai_base_url.is_none() {
            return Err(SpeechError::ConfigMissing("OPENAI_API_KEY is not set".into()));
        }
        let base = settings.openai_base_url.as_deref().unwrap_or(OPENAI_BASE_URL);
        let deadlines = Deadlines {
            connect: settings.timeout.min(Duration::from_secs(5)),
            first_byte: settings.timeout,
            idle: settings.timeout,
            total: settings.timeout,
        };
        Ok(Self {
            upstream: Upstream::new(deadlines)?,
            url: format!("{}/audio/speech", base.trim_end_matches('/')),
            authorization: key.map(bearer).transpose()?,
            model: settings.openai_model.clone(),
            voice: settings.openai_voice.clone(),
            max_bytes: settings.max_bytes,
            max_chars: settings.max_chars,
        })
    }
}

impl Speech for OpenAiSpeech {
    fn provider(&self) -> &'static str {
        "openai"
    }

    fn speak(&self, text: &str) -> BoxFuture<'static, Result<Bytes, SpeechError>> {
        let input: String = text.chars().take(self.max_chars).collect();
        let body = json!({"model": self.model, "voice": self.voice, "input": input, "response_format": "mp3"});
        let mut request = self.upstream.post(&self.url).json(&body);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let (upstream, max) = (self.upstream.clone(), self.max_bytes);
        async move { Ok(upstream.body(request, max).await?) }.boxed()
    }
}

impl From<Fault> for SpeechError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::ConfigMissing(what) => Self::ConfigMissing(what.into()),
            Fault::Auth => Self::Auth,
            Fault::Throttled { retry_after } => Self::Throttled { retry_after },
            down @ (Fault::Timeout(_) | Fault::Unavailable { .. }) => Self::Down(down.to_string()),
            other => Self::Other(other.to_string()),
        }
    }
}
