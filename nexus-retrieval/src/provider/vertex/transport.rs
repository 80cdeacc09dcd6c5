//! One request and its answer, within bounds.
//!
//! The types are those of Google's client. Its transport is not used: it reads an answer of any size, follows redirects
//! with the credential, and has no limit on connecting.

use std::time::Duration;

use google_cloud_auth::credentials::{CacheableResource, Credentials};
use google_cloud_discoveryengine_v1::model::{SearchRequest, SearchResponse};
use http::{Extensions, HeaderMap, header::RETRY_AFTER};
use reqwest::{Client, Response, redirect::Policy};

use super::RemoteFault;
use crate::provider::remote::fault::{of_status, retry_after};

/// The largest answer, in bytes: a hundred passages with their attributes are far below it.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

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
            return Err(of_status(status, format!("status {status}"), patience));
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
