//! How a client is described.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::{Client, Error, Inner, RetryPolicy};

const DEFAULT_BASE_URL: &str = "http://127.0.0.1:8000";

/// Describes a [`Client`].
#[derive(Debug, Clone)]
pub struct ClientBuilder {
    base_url: String,
    api_key: SecretString,
    retry: RetryPolicy,
    connect_timeout: Duration,
    request_timeout: Duration,
    silence_timeout: Duration,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            base_url: DEFAULT_BASE_URL.to_owned(),
            api_key: SecretString::default(),
            retry: RetryPolicy::default(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_mins(1),
            // The server sends a heartbeat after 10 quiet seconds: three of them may go missing.
            silence_timeout: Duration::from_secs(35),
        }
    }
}

impl ClientBuilder {
    /// Where the server is, without `/v1`; a path before it, as behind a reverse proxy, is kept.
    #[must_use]
    pub fn base_url(self, base_url: impl Into<String>) -> Self {
        Self { base_url: base_url.into(), ..self }
    }

    /// The API key or session token to show. It is kept out of `Debug` output and wiped when the client is dropped.
    #[must_use]
    pub fn api_key(self, api_key: impl Into<SecretString>) -> Self {
        Self { api_key: api_key.into(), ..self }
    }

    /// How often and how patiently calls are repeated.
    #[must_use]
    pub fn retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// How long to wait for a connection.
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// How long one attempt of a call may take in all; the stream of a run is not a call.
    #[must_use]
    pub fn request_timeout(self, request_timeout: Duration) -> Self {
        Self { request_timeout, ..self }
    }

    /// How long the stream of a run may be quiet before it counts as cut; more than three of the server's heartbeats.
    #[must_use]
    pub fn silence_timeout(self, silence_timeout: Duration) -> Self {
        Self { silence_timeout, ..self }
    }

    /// Makes the client. Nothing is sent yet.
    pub fn build(self) -> Result<Client, Error> {
        let base_url = base_url(&self.base_url)?;
        // Also proves that every later request can carry it.
        bearer(&self.api_key)?;
        let http = reqwest::Client::builder()
            .user_agent(concat!("nexus-sdk-rust/", env!("CARGO_PKG_VERSION")))
            // The server redirects no call of this client; following one could carry a document elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.connect_timeout)
            .tcp_keepalive(Duration::from_secs(30))
            .build()?;
        let Self { api_key, retry, request_timeout, silence_timeout, .. } = self;
        Ok(Client { inner: Arc::new(Inner { http, base_url, api_key, retry, request_timeout, silence_timeout }) })
    }
}

impl Inner {
    /// The header that shows the credential; absent when there is none.
    pub(super) fn authorization(&self) -> Option<(reqwest::header::HeaderName, HeaderValue)> {
        bearer(&self.api_key).ok().flatten().map(|value| (AUTHORIZATION, value))
    }
}

fn base_url(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).map_err(|error| Error::Config(format!("base URL: {error}")))?;
    let refuse = |why: &str| Err(Error::Config(format!("base URL: {why}")));
    if !matches!(url.scheme(), "http" | "https") || url.cannot_be_a_base() {
        return refuse("it begins with neither http:// nor https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("it holds a user name or password, which would end up in error messages");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("it has a query or a fragment");
    }
    Ok(url)
}

fn bearer(api_key: &SecretString) -> Result<Option<HeaderValue>, Error> {
    let key = api_key.expose_secret();
    if key.is_empty() {
        return Ok(None);
    }
    if key.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Error::Config("the API key holds white space".to_owned()));
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {key}"))
        .map_err(|_| Error::Config("the API key holds characters that no header can carry".to_owned()))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_key_is_in_no_debug_output() {
        let builder = Client::builder().api_key("nrgk_sekrit");
        assert!(!format!("{builder:?}").contains("sekrit"));
        let client = builder.build().unwrap();
        assert!(!format!("{client:?}").contains("sekrit"));
        assert!(!format!("{:?}", client.inner.authorization()).contains("sekrit"));
    }

    #[test]
    fn a_client_that_could_not_work_is_not_built() {
        for url in ["", "localhost:8000", "ftp://host", "http://user:pw@host", "http://host/?x=1", "http://host/#x"] {
            assert!(matches!(Client::builder().base_url(url).build(), Err(Error::Config(_))), "{url}");
        }
        for key in ["a b", "a\nb", " a"] {
            assert!(matches!(Client::builder().api_key(key).build(), Err(Error::Config(_))), "{key:?}");
        }
    }
}
