//! Calls to services of others: bounded in time and number, tried again where that may help, and not made at all while
//! the service is known to be down.
//!
//! [`Integrations::line`] gives the [`Line`] to a service in a place (a region), and [`Line::call`] makes a call on it:
//! a place among the calls of this process, of which one tenant has a share, the circuit breaker that all replicas share, a time limit for everything
//! together, and retries within it. Only a service that fails turns the breaker (5xx, time out, no connection, an answer
//! that is none); one that refuses a request (4xx) is alive. A caller who gives up after it has waited for long counts as a
//! time out, so that impatient clients do not keep a service that hangs in use.
//!
//! The state of breakers is in [`Shared`](crate::shared::Shared), on the clock of its server. When that is away each
//! process goes by what it sees itself, and a call is never refused for the lack of Redis.

pub mod decide;
mod integrations;
mod line;
mod outlet;
mod places;
mod report;
mod settings;

use std::time::Duration;

pub use self::{
    decide::Phase,
    integrations::{Integrations, Standing},
    line::{CallError, Line},
    outlet::Outlet,
    settings::ResilienceSettings,
};

/// A kind of service that we call. The list is closed, so that metrics have few labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Integration {
    /// Bedrock Knowledge Bases.
    AwsBedrock,
    /// Vertex AI Search.
    GcpVertex,
    /// Speech from `OpenAI` or an endpoint of its protocol.
    OpenAiTts,
    /// The receiver of billing events.
    BillingWebhook,
    /// The endpoint that embeds.
    Embedding,
    /// The language model, until its answer begins.
    Llm,
    /// The endpoint that re-ranks.
    Rerank,
    /// The AWS service that wraps keys of tenants.
    AwsKms,
    /// The Google service that does.
    GcpKms,
    /// The store of objects, with a place for each bucket.
    ObjectStore,
}

impl Integration {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::AwsBedrock,
        Self::GcpVertex,
        Self::OpenAiTts,
        Self::BillingWebhook,
        Self::Embedding,
        Self::Llm,
        Self::Rerank,
        Self::AwsKms,
        Self::GcpKms,
        Self::ObjectStore,
    ];

    /// The name in Redis, metrics, events and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwsBedrock => "retrieval.aws_bedrock",
            Self::GcpVertex => "retrieval.gcp_vertex",
            Self::OpenAiTts => "tts.openai",
            Self::BillingWebhook => "billing.webhook",
            Self::Embedding => "embedding.endpoint",
            Self::Llm => "llm.endpoint",
            Self::Rerank => "rerank.endpoint",
            Self::AwsKms => "kms.aws",
            Self::GcpKms => "kms.gcp",
            Self::ObjectStore => "objects.s3",
        }
    }
}

impl std::fmt::Display for Integration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a failed attempt says of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is alive and refuses: the same request would be refused again.
    Refused,
    /// It is alive and asks for patience.
    Throttled {
        /// For how long.
        retry_after: Option<Duration>,
    },
    /// It failed, could not be reached, or sent something that is no answer.
    Failed {
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
}

/// An error that says whose fault it is.
pub trait Setback {
    /// What it says of the service.
    fn verdict(&self) -> Verdict;
}
