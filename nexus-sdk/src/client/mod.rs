//! A client of the REST and streaming interface.
//!
//! When the server is away or busy, calls that may be sent twice without harm are repeated a bounded number of times,
//! waiting as long as the server asks or exponentially longer each time; then the last error is returned. Writes carry
//! an `Idempotency-Key`, so they may be sent twice. The stream of a run that is cut is continued where it broke.

mod answer;
mod builder;
mod call;
mod clock;
mod corpora;
mod documents;
mod error;
mod grants;
mod health;
mod imports;
mod pages;
mod retry;
mod run;
mod sse;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

pub use builder::ClientBuilder;
pub use corpora::Corpora;
pub use documents::{Documents, Upload};
pub use error::Error;
pub use grants::Grants;
pub use imports::Imports;
pub use retry::RetryPolicy;

/// A client of one server, with one credential.
///
/// Cloning is cheap, and clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    base_url: Url,
    // Prints as `[REDACTED]`, so that the whole client can be logged.
    api_key: SecretString,
    retry: RetryPolicy,
    request_timeout: Duration,
    silence_timeout: Duration,
}

impl Client {
    /// Starts to describe a client.
    #[must_use]
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// The corpora of the tenant.
    #[must_use]
    pub fn corpora(&self) -> Corpora<'_> {
        Corpora::new(self)
    }

    /// The documents of the tenant that the credential may see.
    #[must_use]
    pub fn documents(&self) -> Documents<'_> {
        Documents::new(self)
    }

    /// Imports that the server does by itself.
    #[must_use]
    pub fn imports(&self) -> Imports<'_> {
        Imports::new(self)
    }

    /// The grants on one document; for administrators.
    #[must_use]
    pub fn grants<'a>(&'a self, document_id: &'a str) -> Grants<'a> {
        Grants::new(self, document_id)
    }
}
