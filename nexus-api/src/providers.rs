//! The retrieval providers of this build, each behind its breaker and the check of what may be read.

use nexus_core::{audit::AuditLog, pg::Db, resilience::Integrations};
#[cfg(any(feature = "bedrock", feature = "vertex-search"))]
use nexus_retrieval::provider::guard::Guarded;
use nexus_retrieval::provider::{LocalPgvector, Providers};

use crate::settings::Settings;

/// Puts the providers together. Nothing is connected and no credential is looked for before the first question.
#[cfg_attr(not(any(feature = "bedrock", feature = "vertex-search")), allow(unused_variables))]
pub(crate) fn build(
    settings: &Settings,
    local: LocalPgvector,
    integrations: &Integrations,
    db: &Db,
    audit: &AuditLog,
) -> Providers {
    let providers = Providers::new(local);
    #[cfg(any(feature = "bedrock", feature = "vertex-search"))]
    let guarded = |inner: std::sync::Arc<dyn nexus_retrieval::provider::guard::Remote>| {
        Guarded::new(inner, db.clone(), audit.clone()).with_patience(settings.resilience.timeout)
    };
    #[cfg(feature = "bedrock")]
    let providers = {
        let bedrock = nexus_retrieval::provider::bedrock::Bedrock::new(&settings.providers, integrations);
        providers.with_bedrock(guarded(std::sync::Arc::new(bedrock)))
    };
    #[cfg(feature = "vertex-search")]
    let providers = {
        let vertex = nexus_retrieval::provider::vertex::VertexSearch::new(&settings.providers, integrations);
        providers.with_vertex(guarded(std::sync::Arc::new(vertex)))
    };
    providers
}
