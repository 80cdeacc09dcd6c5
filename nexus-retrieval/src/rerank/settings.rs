//! Which re-ranker there is, and its knobs.

use std::{sync::Arc, time::Duration};

use nexus_core::{resilience::Integrations, settings::Source};
use secrecy::SecretString;

use super::{RerankError, Second, Sentences};
use crate::embed::Embedder;

/// How much later than a call the whole look ends.
const GRACE: Duration = Duration::from_millis(100);

/// What looks at passages again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Provider {
    /// Nothing: the order of the search stands.
    #[default]
    None,
    /// The embedding model of this server, sentence by sentence.
    Local,
    /// An endpoint.
    Endpoint,
}

/// The knobs of re-ranking.
#[derive(Debug, Clone)]
pub struct RerankSettings {
    /// What looks at passages again.
    pub provider: Provider,
    /// How many passages it looks at.
    pub candidates: usize,
    /// How long it may take.
    pub timeout: Duration,
    /// The endpoint.
    pub url: Option<String>,
    /// Its key.
    pub api_key: Option<SecretString>,
    /// Its model.
    pub model: Option<String>,
}

impl Default for RerankSettings {
    fn default() -> Self {
        Self {
            provider: Provider::None,
            candidates: 20,
            timeout: Duration::from_secs(5),
            url: None,
            api_key: None,
            model: None,
        }
    }
}

impl RerankSettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        let default = Self::default();
        let words = [("none", Provider::None), ("local", Provider::Local), ("endpoint", Provider::Endpoint)];
        let settings = Self {
            provider: s
                .choice(
                "RERANK_PROVIDER",
                "none",
                &words,
                "none: the order of the search; local: the embedding model, sentence by sentence; endpoint: RERANK_URL",
                )
                .unwrap_or_default(),
            candidates: s.number("RERANK_CANDIDATES", default.candidates, 1..=200, "How many passages are looked at again"),
            timeout: s.millis("RERANK_TIMEOUT_MS", 5_000, 10..=60_000, "How long a re-ranking may take"),
            url: s.text("RERANK_URL", "An endpoint of the form that Cohere, Jina and TEI share"),
            api_key: s.secret("RERANK_API_KEY", "Its key"),
            model: s.text("RERANK_MODEL", "Its model, where it wants one named"),
        };
        if settings.provider == Provider::Endpoint && settings.url.is_none() {
            s.refuse("RERANK_URL", "is needed with RERANK_PROVIDER=endpoint");
        }
        settings
    }
}

/// Makes the re-ranker that the settings describe.
pub fn build(
    settings: &RerankSettings,
    embedder: &Arc<dyn Embedder>,
    integrations: &Integrations,
) -> Result<Option<Second>, RerankError> {
    let reranker: Arc<dyn super::Reranker> = match settings.provider {
        Provider::None => return Ok(None),
        Provider::Local => Arc::new(Sentences::new(Arc::clone(embedder))),
        Provider::Endpoint => endpoint(settings, integrations)?,
    };
    // A call to an endpoint has the same limit, and ends first, so that it counts as late and not as given up.
    Ok(Some(Second::new(reranker, settings.candidates, settings.timeout + GRACE)))
}

#[cfg(feature = "openai")]
fn endpoint(settings: &RerankSettings, integrations: &Integrations) -> Result<Arc<dyn super::Reranker>, RerankError> {
    let url = settings.url.as_deref().ok_or_else(|| RerankError::NotConfigured("RERANK_URL is not set".to_owned()))?;
    Ok(Arc::new(super::Endpoint::new(
        url,
        settings.api_key.clone(),
        settings.model.clone(),
        settings.timeout,
        integrations,
    )?))
}

#[cfg(not(feature = "openai"))]
fn endpoint(_: &RerankSettings, _: &Integrations) -> Result<Arc<dyn super::Reranker>, RerankError> {
    Err(RerankError::NotConfigured("this build was made without endpoints".to_owned()))
}
