//! Retrieval providers: where the passages of a corpus come from.
//!
//! Every provider takes a [`ReadScope`]; there is no way to search without one. A provider that this build or this
//! installation does not have says so; nothing pretends to have searched.

pub mod guard;
mod local;

use std::{borrow::Cow, fmt, sync::Arc};

use futures::future::BoxFuture;
use nexus_authz::scope::ReadScope;
use nexus_core::{
    op::Op,
    pg::DbError,
    problem::{Code, Kind, Problem},
};

pub use self::local::LocalPgvector;
use crate::{
    corpus::{Corpus, Provider},
    embed::EmbedError,
    index::Hit,
};

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Query {
    /// The question.
    pub text: String,
    /// How many passages, at most.
    pub top_k: u32,
}

/// Why nothing was retrieved.
#[derive(Debug, thiserror::Error)]
pub enum RetrievalError {
    /// The corpus routes to a provider that is not configured here.
    #[error("the provider {0} is not configured on this server")]
    NotConfigured(&'static str),
    /// The corpus and the server embed with different models.
    #[error("the corpus was embedded with {corpus} and this server embeds with {server}")]
    OtherModel {
        /// The model of the corpus.
        corpus: String,
        /// The model of the server.
        server: String,
    },
    /// The question could not be embedded.
    #[error("the question could not be embedded: {0}")]
    Embed(#[from] EmbedError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Problem for RetrievalError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotConfigured(_) | Self::OtherModel { .. } => Kind::Conflict,
            Self::Embed(_) => Kind::Upstream,
            Self::Db(e) => e.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::NotConfigured("aws_bedrock_kb") => Code::AwsConfigMissing,
            Self::NotConfigured("gcp_vertex") => Code::VertexRetrievalConfigMissing,
            Self::NotConfigured(_) | Self::OtherModel { .. } => Code::RetrievalConfigInvalid,
            Self::Embed(EmbedError::NotConfigured { .. }) => Code::EmbeddingConfigMissing,
            Self::Embed(EmbedError::Auth) => Code::EmbeddingAuth,
            Self::Embed(_) => Code::Embedding,
            Self::Db(_) => Code::Retrieval,
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::NotConfigured(name) => {
                format!("The retrieval provider {name} is not configured on this server").into()
            }
            Self::OtherModel { .. } => "The corpus was indexed with another embedding model; reindex the corpus".into(),
            Self::Embed(EmbedError::NotConfigured { .. }) => "The embedding model is not configured".into(),
            Self::Embed(EmbedError::Auth) => "The embedding endpoint refused the credential".into(),
            Self::Embed(_) => "The question could not be embedded; try again shortly".into(),
            Self::Db(_) => "Retrieval failed; try again shortly".into(),
        }
    }
}

/// Finds passages for a question, among those that the scope may read.
pub trait Retriever: Send + Sync + 'static {
    /// At most `query.top_k` passages, best first.
    fn retrieve<'a>(
        &'a self,
        op: &'a Op,
        scope: &'a ReadScope,
        corpus: &'a Corpus,
        query: &'a Query,
    ) -> BoxFuture<'a, Result<Vec<Hit>, RetrievalError>>;
}

/// The providers of this installation. Cheap to clone.
#[derive(Clone)]
pub struct Providers {
    local: Arc<LocalPgvector>,
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Providers")
    }
}

impl Providers {
    /// Our own index and nothing else.
    #[must_use]
    pub fn new(local: LocalPgvector) -> Self {
        Self { local: Arc::new(local) }
    }

    /// Our own index, when the corpus is routed to it: it can be searched in a transaction that also does other things.
    #[must_use]
    pub fn local(&self, corpus: &Corpus) -> Option<&LocalPgvector> {
        (corpus.routing.provider == Provider::LocalPgvector).then_some(self.local.as_ref())
    }

    /// The provider that a corpus is routed to.
    pub fn route(&self, corpus: &Corpus) -> Result<&dyn Retriever, RetrievalError> {
        match &corpus.routing.provider {
            Provider::LocalPgvector => Ok(self.local.as_ref()),
            other => Err(RetrievalError::NotConfigured(other.as_str())),
        }
    }
}
