//! Which provider is asked, and who steps in for one that is not well.

use std::{fmt, sync::Arc};

use nexus_authz::scope::ReadScope;
use nexus_core::op::Op;

use super::{LocalPgvector, Query, RetrievalError, Retriever};
use crate::{
    corpus::{Corpus, Provider},
    embed::ModelId,
    index::Hit,
};

/// Passages, and who found them.
#[derive(Debug, Clone, PartialEq)]
pub struct Retrieved {
    /// The provider that answered.
    pub provider: &'static str,
    /// What it found, best first.
    pub hits: Vec<Hit>,
}

/// The providers of this installation. Cheap to clone.
#[derive(Clone)]
pub struct Providers {
    local: Arc<LocalPgvector>,
    bedrock: Option<Arc<dyn Retriever>>,
    vertex: Option<Arc<dyn Retriever>>,
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Providers")
            .field("bedrock", &self.bedrock.is_some())
            .field("vertex", &self.vertex.is_some())
            .finish_non_exhaustive()
    }
}

impl Providers {
    /// Our own index and nothing else.
    #[must_use]
    pub fn new(local: LocalPgvector) -> Self {
        Self { local: Arc::new(local), bedrock: None, vertex: None }
    }

    /// Also Bedrock Knowledge Bases, behind the check of what may be read.
    #[must_use]
    pub fn with_bedrock(self, bedrock: impl Retriever) -> Self {
        Self { bedrock: Some(Arc::new(bedrock)), ..self }
    }

    /// Also Vertex AI Search, behind the check of what may be read.
    #[must_use]
    pub fn with_vertex(self, vertex: impl Retriever) -> Self {
        Self { vertex: Some(Arc::new(vertex)), ..self }
    }

    /// The provider that a corpus is routed to.
    pub fn route(&self, corpus: &Corpus) -> Result<&dyn Retriever, RetrievalError> {
        let found = match &corpus.routing.provider {
            Provider::LocalPgvector => return Ok(self.local.as_ref()),
            Provider::AwsBedrockKb { .. } => self.bedrock.as_deref(),
            Provider::GcpVertex { .. } => self.vertex.as_deref(),
        };
        found.ok_or(RetrievalError::NotConfigured(corpus.routing.provider.as_str()))
    }

    /// The corpus as it is to be asked while another provider is preferred. Only one that the corpus itself falls back to can
    /// be asked: nobody knows where another has its passages.
    #[must_use]
    pub fn preferring(&self, corpus: Arc<Corpus>, preferred: Option<&str>) -> Arc<Corpus> {
        let wanted = preferred.filter(|name| *name != corpus.routing.provider.as_str());
        let Some(provider) = wanted.and_then(|name| corpus.routing.fallback.iter().find(|p| p.as_str() == name)) else {
            return corpus;
        };
        let routed = routed_to(&corpus, provider.clone());
        if self.route(&routed).is_err() { corpus } else { Arc::new(routed) }
    }

    /// The model that questions to our own index are embedded with.
    #[must_use]
    pub fn embeds_with(&self) -> &ModelId {
        self.local.embeds_with()
    }

    /// Whose the second look at passages of our own index is, if there is one.
    #[must_use]
    pub fn reranks_with(&self) -> Option<&'static str> {
        self.local.reranks_with()
    }

    /// Asks the provider of a corpus, and those it falls back to while it is not well.
    pub async fn retrieve(
        &self,
        op: &Op,
        scope: &ReadScope,
        corpus: &Corpus,
        query: &Query,
    ) -> Result<Retrieved, RetrievalError> {
        match self.ask(op, scope, corpus, query).await {
            // Boxed, because it is rare and every run would have room for it.
            Err(error) => Box::pin(self.step_in(op, scope, corpus, query, error)).await,
            found => found,
        }
    }

    /// Asks those that a corpus falls back to, in its order, after its provider failed in this way. When none of them
    /// answers, the first failure is what counts.
    async fn step_in(
        &self,
        op: &Op,
        scope: &ReadScope,
        corpus: &Corpus,
        query: &Query,
        error: RetrievalError,
    ) -> Result<Retrieved, RetrievalError> {
        if !error.is_outage() {
            return Err(error);
        }
        let from = corpus.routing.provider.as_str();
        for provider in &corpus.routing.fallback {
            let corpus = routed_to(corpus, provider.clone());
            let to = provider.as_str();
            tracing::warn!(%error, from, to, corpus = corpus.id.as_str(), "another provider steps in");
            match self.ask(op, scope, &corpus, query).await {
                Ok(found) => {
                    metrics::counter!("nexusrag_retrieval_fallbacks_total", "from" => from, "to" => to).increment(1);
                    return Ok(found);
                }
                Err(error) => tracing::warn!(%error, to, "nor does the provider that should step in answer"),
            }
        }
        Err(error)
    }

    async fn ask(
        &self,
        op: &Op,
        scope: &ReadScope,
        corpus: &Corpus,
        query: &Query,
    ) -> Result<Retrieved, RetrievalError> {
        let hits = self.route(corpus)?.retrieve(op, scope, corpus, query).await?;
        Ok(Retrieved { provider: corpus.routing.provider.as_str(), hits })
    }
}

fn routed_to(corpus: &Corpus, provider: Provider) -> Corpus {
    let mut corpus = corpus.clone();
    corpus.routing.provider = provider;
    corpus
}
