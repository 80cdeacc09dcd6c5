//! Vectors from an endpoint of the `OpenAI` protocol.
//!
//! A request that fails in passing (no connection, 408, 429, 5xx, an answer that is none) is repeated within the time limit
//! of the whole, after the pause that the endpoint asks for or one that grows. When that does not help the call fails;
//! nothing is made up. An endpoint that is not well is left alone for a while: a question fails at once then, and pieces of a
//! document wait for it. Answers are checked before use: as many vectors as texts, of the right length, of finite numbers.

mod answer;
mod attempt;

use std::{fmt, time::Duration};

use futures::{FutureExt as _, future::BoxFuture};
use nexus_core::resilience::{Integration, Integrations, Outlet};
use reqwest::{Client, Url, redirect};
use secrecy::SecretString;
use tokio::time::sleep;

use super::{EmbedError, EmbedSettings, Embedder, ModelId, Purpose};

/// A request holds at most this many texts.
const BATCH_TEXTS: usize = 256;
/// A request ends with the text that brings it to this many bytes.
const BATCH_BYTES: usize = 512 * 1024;
/// How often pieces of a document wait for an endpoint that is not well.
const WAITS: u32 = 2;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A model behind an endpoint.
pub struct OpenAiEmbedder {
    id: ModelId,
    client: Client,
    url: Url,
    key: Option<SecretString>,
    model: String,
    dimensions: usize,
    send_dimensions: bool,
    questions: Outlet,
    passages: Outlet,
}

impl OpenAiEmbedder {
    /// Checks the settings; nothing is sent.
    pub fn new(settings: &EmbedSettings) -> Result<Self, EmbedError> {
        let wrong = |what: String| EmbedError::NotConfigured { what };
        let url = format!("{}/embeddings", settings.openai_base_url.trim_end_matches('/'));
        let url = Url::parse(&url).map_err(|why| wrong(format!("the base URL of the endpoint: {why}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("the base URL of the endpoint must begin with http:// or https://".to_owned()));
        }
        if settings.openai_dimensions == 0 {
            return Err(wrong("the length of vectors must not be zero".to_owned()));
        }
        let id = ModelId::new(format!("openai:{}@{}", settings.openai_model, settings.openai_dimensions))
            .map_err(|why| wrong(why.to_string()))?;
        let client = Client::builder().redirect(redirect::Policy::none()).connect_timeout(CONNECT_TIMEOUT).build();
        let outlet = |limit| Outlet::new(Integration::Embedding, limit, settings.max_attempts.max(1));
        Ok(Self {
            id,
            client: client.map_err(|why| wrong(format!("the HTTP client: {why}")))?,
            url,
            key: settings.openai_api_key.clone(),
            model: settings.openai_model.clone(),
            dimensions: settings.openai_dimensions,
            send_dimensions: settings.openai_send_dimensions,
            questions: outlet(settings.query_timeout),
            passages: outlet(settings.timeout),
        })
    }

    async fn embed_all(&self, texts: Vec<String>, purpose: Purpose) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in batches(&texts) {
            // Endpoints refuse a request with a blank text in it, and there is nothing in one to embed.
            let said: Vec<&str> = batch.iter().map(String::as_str).filter(|text| !is_blank(text)).collect();
            let mut answers =
                if said.is_empty() { Vec::new() } else { self.request(&said, purpose).await? }.into_iter();
            vectors.extend(batch.iter().map(|text| {
                if is_blank(text) { None } else { answers.next() }.unwrap_or_else(|| vec![0.0; self.dimensions])
            }));
        }
        Ok(vectors)
    }

    async fn request(&self, texts: &[&str], purpose: Purpose) -> Result<Vec<Vec<f32>>, EmbedError> {
        let (outlet, mut waits) = match purpose {
            Purpose::Query => (&self.questions, 0),
            // A batch like those of documents, for somebody who does not wait for a pause to end.
            Purpose::Closer => (&self.passages, 0),
            Purpose::Passage => (&self.passages, WAITS),
        };
        let line = outlet.line();
        loop {
            match line.call(|| self.attempt(texts)).await.map_err(EmbedError::from) {
                Err(EmbedError::Open { retry_after }) if waits > 0 && retry_after <= line.timeout() => {
                    waits -= 1;
                    sleep(retry_after).await;
                }
                outcome => return outcome,
            }
        }
    }
}

impl Embedder for OpenAiEmbedder {
    fn model(&self) -> &ModelId {
        &self.id
    }

    fn dimension(&self) -> usize {
        self.dimensions
    }

    fn connect(&self, integrations: &Integrations) {
        self.questions.connect(integrations);
        self.passages.connect(integrations);
    }

    fn embed(&self, texts: Vec<String>, purpose: Purpose) -> BoxFuture<'_, Result<Vec<Vec<f32>>, EmbedError>> {
        self.embed_all(texts, purpose).boxed()
    }
}

impl fmt::Debug for OpenAiEmbedder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiEmbedder")
            .field("id", &self.id)
            .field("host", &self.url.host_str())
            .finish_non_exhaustive()
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Consecutive texts that fit into one request.
fn batches(texts: &[String]) -> impl Iterator<Item = &[String]> {
    let mut rest = texts;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |text: &&String| {
            bytes += text.len();
            bytes <= BATCH_BYTES
        };
        let count = rest.iter().take(BATCH_TEXTS).take_while(fits).count().max(1);
        let (batch, behind) = rest.split_at_checked(count)?;
        rest = behind;
        Some(batch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_bounded_and_lose_nothing() {
        let texts: Vec<String> = (0..600).map(|n| "x".repeat(if n % 7 == 0 { 200_000 } else { n })).collect();
        assert!(batches(&texts).all(|batch| batch.len() <= BATCH_TEXTS));
        assert!(batches(&texts).all(|batch| batch.iter().map(String::len).sum::<usize>() <= BATCH_BYTES));
        assert_eq!(batches(&texts).flatten().count(), texts.len());
        let huge = ["x".repeat(BATCH_BYTES + 1), "y".to_owned()];
        assert_eq!(batches(&huge).map(<[String]>::len).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(batches(&[]).count(), 0);
    }
}
