//! One request and its answer, within bounds.
//!
//! The types are those of Google's client. Its transport is not used: it reads an answer of any size, follows redirects
//! with the credential, and has no limit on connecting.

use std::time::Duration;

use google_cloud_auth::credentials::{CacheableResource, Credentials};
use google_cloud_discoveryengine_v1::model::{SearchRequest, SearchResponse};
use http::{Extensions, HeaderMap, header::RETRY_AFTER};
use reqwest::{Client, Response, redirect::Policy};
use serde_json::Value;

use super::RemoteFault;
use crate::provider::remote::fault::{of_status, retry_after};

/// The largest answer, in bytes: a hundred passages with their attributes are far below it.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// How much of each part of a refusal is kept for the log, in characters.
const MAX_REASON: usize = 300;

/// A client with its credentials. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    client: Client,
    credentials: Credentials,
}

impl Transport {
    pub(super) fn new(credentials: Credentials, connect: Duration) -> Result<Self, RemoteFault> {
        let client = Client::builder()
            .connect_timeout(connect)
            .redirect(Policy::none())
            .user_agent(concat!("nexusrag/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| RemoteFault::Config(error.to_string()))?;
        Ok(Self { client, credentials })
    }

    pub(super) async fn search(&self, url: &str, request: &SearchRequest) -> Result<SearchResponse, RemoteFault> {
        let headers = self.headers().await?;
        let response = self.client.post(url).headers(headers).json(request).send().await.map_err(broken)?;
        let status = response.status().as_u16();
        let patience = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let patience = retry_after(patience);
        let body = read(response).await?;
        if status != 200 {
            return Err(of_status(status, refusal(status, &body), patience));
        }
        serde_json::from_slice(&body).map_err(|error| RemoteFault::Garbage(error.to_string()))
    }

    async fn headers(&self) -> Result<HeaderMap, RemoteFault> {
        match self.credentials.headers(Extensions::new()).await {
            Ok(CacheableResource::New { data, .. }) => Ok(data),
            Ok(CacheableResource::NotModified) => Ok(HeaderMap::new()),
            // The issuer of tokens is not the service: it does not count against it.
            Err(error) => Err(RemoteFault::Auth(error.to_string())),
        }
    }
}

/// What a refusal says, as Google's services write it: cut, and without what could forge a line of a log.
fn refusal(status: u16, body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    // Streaming methods wrap the error into a list.
    let error = body.get("error").or_else(|| body.get(0)?.get("error"));
    let said = |name: &str| error.and_then(|error| error.get(name)).and_then(Value::as_str).unwrap_or_default();
    let plain =
        |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_REASON).collect::<String>();
    format!("status {status} {} {}", plain(said("status")), plain(said("message"))).trim_end().to_owned()
}

async fn read(mut response: Response) -> Result<Vec<u8>, RemoteFault> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(broken)? {
        if body.len() + part.len() > MAX_ANSWER {
            return Err(RemoteFault::Garbage(format!("more than {MAX_ANSWER} bytes")));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

fn broken(error: reqwest::Error) -> RemoteFault {
    RemoteFault::Unavailable { reason: error.without_url().to_string(), retry_after: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_of_a_refusal_is_kept_within_bounds() {
        let body = br#"{"error": {"code": 400, "message": "Invalid filter:\nunknown field \u001b[1mx", "status": "INVALID_ARGUMENT"}}"#;
        assert_eq!(refusal(400, body), "status 400 INVALID_ARGUMENT Invalid filter: unknown field  [1mx");
        assert_eq!(refusal(400, br#"[{"error": {"status": "NOT_FOUND"}}]"#), "status 400 NOT_FOUND");
        assert_eq!(refusal(502, b"<html>"), "status 502");
        let long = format!(r#"{{"error": {{"message": "{}"}}}}"#, "x".repeat(5000));
        assert!(refusal(400, long.as_bytes()).len() < 400);
    }
}
