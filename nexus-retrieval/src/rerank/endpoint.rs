//! Scores from an endpoint that re-ranks, in the form that Cohere, Jina and Text Embeddings Inference share:
//! `POST {"model", "query", "documents" and "texts"}`, answered by `{"results": [{"index", "relevance_score"}]}` or by
//! `[{"index", "score"}]`.
//!
//! One request, no repetition: somebody waits for the answer, and the order of the search is there. An endpoint that is not
//! well is left alone for a while, and nobody waits for it then. Answers are bounded and checked before use.

use std::time::Duration;

use futures::{FutureExt as _, future::BoxFuture};
use nexus_core::resilience::{Integration, Integrations, Line};
use reqwest::{Client, Response, Url, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::{RerankError, Reranker};
use crate::index::Hit;

/// How much of an answer is read, in bytes: some hundred scores, with the texts that some servers send back.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// A re-ranker behind an endpoint.
pub struct Endpoint {
    client: Client,
    url: Url,
    key: Option<SecretString>,
    model: Option<String>,
    line: Line,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

impl Endpoint {
    /// Checks the address; nothing is sent. A question takes at most `timeout`.
    pub fn new(
        url: &str,
        key: Option<SecretString>,
        model: Option<String>,
        timeout: Duration,
        integrations: &Integrations,
    ) -> Result<Self, RerankError> {
        let wrong = |why: String| RerankError::NotConfigured(why);
        let url = Url::parse(url).map_err(|why| wrong(format!("the URL: {why}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("the URL must begin with http:// or https://".to_owned()));
        }
        let client = Client::builder().redirect(redirect::Policy::none()).build().map_err(|e| wrong(e.to_string()))?;
        let line = integrations.line(Integration::Rerank, "").limited(timeout, 1);
        Ok(Self { client, url, key, model, line })
    }

    async fn ask(&self, question: &str, hits: &[Hit]) -> Result<Vec<f64>, RerankError> {
        let texts: Vec<String> = hits.iter().map(super::sentences::whole).collect();
        // Cohere and Jina read `documents`, Text Embeddings Inference reads `texts`; each ignores the other's.
        let mut body = json!({ "query": question, "documents": texts, "texts": texts, "top_n": texts.len() });
        if let (Some(model), Some(body)) = (&self.model, body.as_object_mut()) {
            body.insert("model".to_owned(), json!(model));
        }
        let mut request = self.client.post(self.url.clone()).json(&body);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.expose_secret());
        }
        let response = request.send().await.map_err(lost)?;
        let status = response.status();
        if !status.is_success() {
            let failed = status.is_server_error() || status.as_u16() == 408;
            let why = format!("it answered {status}");
            return Err(if failed { RerankError::Unavailable(why) } else { RerankError::Refused(why) });
        }
        scores(&read(response).await?, hits.len())
    }
}

impl Reranker for Endpoint {
    fn provider(&self) -> &'static str {
        "endpoint"
    }

    fn rerank<'a>(&'a self, question: &'a str, hits: &'a [Hit]) -> BoxFuture<'a, Result<Vec<f64>, RerankError>> {
        async move { Ok(self.line.call(|| self.ask(question, hits)).await?) }.boxed()
    }
}

fn lost(error: reqwest::Error) -> RerankError {
    // The address may carry a credential.
    RerankError::Unavailable(error.without_url().to_string())
}

async fn read(mut response: Response) -> Result<Vec<u8>, RerankError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(RerankError::BadAnswer("it is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[derive(Deserialize)]
struct Score {
    index: usize,
    #[serde(alias = "relevance_score")]
    score: f64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    List(Vec<Score>),
    Object { results: Vec<Score> },
}

/// The scores in the order of the passages. Each has to be there: one that is missing has no place in the order.
fn scores(body: &[u8], expected: usize) -> Result<Vec<f64>, RerankError> {
    let bad = |why: String| RerankError::BadAnswer(why);
    let answer: Answer = serde_json::from_slice(body).map_err(|e| bad(e.to_string()))?;
    let (Answer::List(given) | Answer::Object { results: given }) = answer;
    let mut scores = vec![None; expected];
    for score in given {
        *scores.get_mut(score.index).ok_or_else(|| bad(format!("there is no passage {}", score.index)))? =
            Some(score.score);
    }
    scores.into_iter().collect::<Option<Vec<f64>>>().ok_or_else(|| bad("a passage has no score".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_answers_are_read() {
        let cohere =
            br#"{"id": "x", "results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}]}"#;
        assert_eq!(scores(cohere, 2), Ok(vec![0.1, 0.9]));
        assert_eq!(scores(br#"[{"index": 0, "score": -3.5, "text": "t"}]"#, 1), Ok(vec![-3.5]));
    }

    #[test]
    fn an_answer_that_does_not_fit_is_refused() {
        for (body, expected) in [
            (&b"{}"[..], 1),
            (b"[]", 1),
            (br#"[{"index": 5, "score": 1}]"#, 2),
            (br#"[{"index": 0, "score": "high"}]"#, 1),
        ] {
            assert!(matches!(scores(body, expected), Err(RerankError::BadAnswer(_))));
        }
    }

    #[test]
    fn an_address_that_cannot_be_used_is_found_at_the_start() {
        let new = |url| Endpoint::new(url, None, None, Duration::from_secs(1), &Integrations::default());
        assert!(matches!(new("ftp://x/"), Err(RerankError::NotConfigured(_))));
        assert!(new("not a url").is_err());
        assert!(new("http://localhost:9/rerank").is_ok());
    }
}
