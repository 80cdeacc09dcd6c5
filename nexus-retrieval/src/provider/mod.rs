//! Retrieval providers: where the passages of a corpus come from.
//!
//! Every provider takes a [`ReadScope`]; there is no way to search without one. A provider that this build or this
//! installation does not have says so; nothing pretends to have searched.

#[cfg(feature = "bedrock")]
pub mod bedrock;
mod calls;
pub mod guard;
mod local;
pub mod remote;
mod route;
mod settings;
#[cfg(feature = "vertex-search")]
pub mod vertex;

use std::{borrow::Cow, time::Duration};

use futures::future::BoxFuture;
use nexus_authz::scope::ReadScope;
use nexus_core::{
    op::Op,
    pg::DbError,
    problem::{Code, Kind, Problem},
};

pub use self::{
    calls::{Call, Calls},
    local::LocalPgvector,
    remote::RemoteFault,
    route::{Providers, Retrieved},
    settings::ProviderSettings,
};
use crate::{corpus::Corpus, embed::EmbedError, index::Hit};

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Query {
    /// The question.
    pub text: String,
    /// How many passages, at most.
    pub top_k: u32,
    /// What was asked of others for it.
    pub calls: Calls,
}

impl Query {
    /// A question for so many passages.
    #[must_use]
    pub fn new(text: impl Into<String>, top_k: u32) -> Self {
        Self { text: text.into(), top_k, calls: Calls::default() }
    }
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
    /// A remote provider brought nothing.
    #[error("{provider}: {fault}")]
    Remote {
        /// Which one.
        provider: &'static str,
        /// Why.
        fault: RemoteFault,
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
            Self::Remote { fault, .. } => fault.kind(),
            Self::Embed(EmbedError::Open { .. } | EmbedError::Busy) => Kind::Unavailable,
            Self::Embed(_) => Kind::Upstream,
            Self::Db(e) => e.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::NotConfigured("aws_bedrock_kb") => Code::AwsConfigMissing,
            Self::NotConfigured("gcp_vertex") => Code::VertexRetrievalConfigMissing,
            Self::NotConfigured(_) | Self::OtherModel { .. } => Code::RetrievalConfigInvalid,
            Self::Remote { provider, fault } => fault.code(provider),
            Self::Embed(error) => error.code(),
            Self::Db(_) => Code::Retrieval,
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::NotConfigured(name) => {
                format!("The retrieval provider {name} is not configured on this server").into()
            }
            Self::Remote { fault, .. } => fault.message(),
            Self::OtherModel { .. } => "The corpus was indexed with another embedding model; reindex the corpus".into(),
            Self::Embed(EmbedError::NotConfigured { .. }) => "The embedding model is not configured".into(),
            Self::Embed(EmbedError::Auth) => "The embedding endpoint refused the credential".into(),
            Self::Embed(error @ (EmbedError::Open { .. } | EmbedError::Busy)) => error.message(),
            Self::Embed(_) => "The question could not be embedded; try again shortly".into(),
            Self::Db(_) => "Retrieval failed; try again shortly".into(),
        }
    }
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Remote { fault, .. } => fault.retry_after(),
            Self::Embed(error) => error.retry_after(),
            _ => None,
        }
    }
}

impl RetrievalError {
    /// Whether another provider should be asked instead: this one is not well, and it is not the request's fault.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Remote { fault, .. } => fault.is_outage(),
            Self::Embed(error) => !matches!(error, EmbedError::NotConfigured { .. } | EmbedError::Auth),
            // Rights are in the database: without it nobody else's passages can be checked either.
            Self::NotConfigured(_) | Self::OtherModel { .. } | Self::Db(_) => false,
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
