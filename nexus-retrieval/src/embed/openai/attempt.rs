//! One request and what its failure means.

use std::time::Duration;

use nexus_core::resilience::{Setback, Verdict};
use reqwest::{Response, StatusCode, header::RETRY_AFTER};
use secrecy::ExposeSecret as _;
use serde::Serialize;

use super::{OpenAiEmbedder, answer};
use crate::embed::EmbedError;

/// How much of a refusal is kept for the log, in characters.
const MAX_REASON: usize = 300;
/// How much of a refusal is read, in bytes.
const MAX_REFUSAL: usize = 16 * 1024;
/// Room in an answer for everything but numbers.
const ANSWER_BASE: usize = 64 * 1024;
/// Room for one number; the longest `f64` in JSON takes 25 bytes.
const ANSWER_NUMBER: usize = 32;

/// Why an attempt failed, and the pause the endpoint asked for.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: EmbedError,
    pause: Option<Duration>,
    throttled: bool,
}

impl From<EmbedError> for Failure {
    fn from(error: EmbedError) -> Self {
        Self { error, pause: None, throttled: false }
    }
}

impl From<Failure> for EmbedError {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

impl Setback for Failure {
    fn verdict(&self) -> Verdict {
        let retry_after = self.pause;
        match self.error {
            EmbedError::Unavailable { .. } if self.throttled => Verdict::Throttled { retry_after },
            EmbedError::Unavailable { .. } | EmbedError::BadAnswer { .. } => Verdict::Failed { retry_after },
            _ => Verdict::Refused,
        }
    }
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    input: &'a [&'a str],
    encoding_format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<usize>,
}

impl OpenAiEmbedder {
    /// Sends the texts once.
    pub(super) async fn attempt(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Failure> {
        let body = Request {
            model: &self.model,
            input: texts,
            encoding_format: "float",
            dimensions: self.send_dimensions.then_some(self.dimensions),
        };
        let mut request = self.client.post(self.url.clone()).json(&body);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.expose_secret());
        }
        let response = request.send().await.map_err(lost)?;
        if !response.status().is_success() {
            return Err(refused(response).await);
        }
        let cap = ANSWER_BASE + texts.len() * self.dimensions * ANSWER_NUMBER;
        let body = read(response, cap).await?;
        Ok(answer::vectors(&body, texts.len(), self.dimensions)?)
    }
}

/// The body, unless it is longer than an honest answer can be.
async fn read(mut response: Response, cap: usize) -> Result<Vec<u8>, EmbedError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > cap {
            return Err(EmbedError::BadAnswer { why: format!("it is longer than {cap} bytes") });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

async fn refused(response: Response) -> Failure {
    let status = response.status();
    let pause = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let error = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => EmbedError::Auth,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => unavailable(status),
        _ if status.is_server_error() => unavailable(status),
        _ => EmbedError::Rejected { status: status.as_u16(), why: reason(response).await },
    };
    Failure { error, pause: pause.map(Duration::from_secs), throttled: status == StatusCode::TOO_MANY_REQUESTS }
}

async fn reason(response: Response) -> String {
    let body = read(response, MAX_REFUSAL).await.unwrap_or_default();
    String::from_utf8_lossy(&body).chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_REASON).collect()
}

fn unavailable(status: StatusCode) -> EmbedError {
    EmbedError::Unavailable { why: format!("the endpoint answered {status}") }
}

/// A connection that was not made or broke. The address stays out of it: it may carry a credential.
fn lost(error: reqwest::Error) -> EmbedError {
    let mut why = error.without_url().to_string();
    if why.is_empty() {
        why.push_str("the connection failed");
    }
    EmbedError::Unavailable { why }
}
