//! What the operator's switches and the plan of the tenant say of a question, before anything is spent on it.

use std::sync::Arc;

use nexus_core::{
    id::TenantId,
    op::Op,
    plan::{Entitlements, Feature},
    switch::{Kill, Positions, Rollout},
};

use super::{Refused, Runs};
use crate::corpus::{Corpus, Provider};

impl Runs {
    /// How the switches stand, unless they stop everything.
    pub(super) async fn switches(&self, op: &Op) -> Result<Positions, Refused> {
        let positions = self.switches.at(op.now).await;
        if positions.killed(Kill::Run) { Err(Refused::Killed) } else { Ok(positions) }
    }

    /// What the plan of a tenant includes.
    pub(super) async fn plan(&self, op: &Op, tenant: &TenantId) -> Result<Entitlements, Refused> {
        Ok(self.plans.of(tenant, op.now).await?)
    }

    /// Whether answers can be spoken for a tenant with this plan: there is a voice, and nothing stops it.
    pub async fn can_speak(&self, op: &Op, tenant: &TenantId, plan: &Entitlements) -> bool {
        let positions = self.switches.at(op.now).await;
        self.voice.provider() != "none" && spoken(tenant, &positions, plan).is_ok()
    }
}

/// The corpus as it may be asked for this tenant: falling back only to providers that may be asked, too.
pub(super) fn routed(corpus: Arc<Corpus>, positions: &Positions, plan: &Entitlements) -> Result<Arc<Corpus>, Refused> {
    if !open(&corpus.routing.provider, positions, &corpus.tenant) {
        return Err(Refused::Killed);
    }
    plan.require(feature(&corpus.routing.provider))?;
    let may = |provider: &Provider| open(provider, positions, &corpus.tenant) && plan.allows(feature(provider));
    if corpus.routing.fallback.iter().all(may) {
        return Ok(corpus);
    }
    let mut narrowed = corpus.as_ref().clone();
    narrowed.routing.fallback.retain(may);
    Ok(Arc::new(narrowed))
}

/// Whether an answer may be spoken.
pub(super) fn spoken(tenant: &TenantId, positions: &Positions, plan: &Entitlements) -> Result<(), Refused> {
    plan.require(Feature::Tts)?;
    let open = !positions.killed(Kill::Tts) && positions.rolled_out(Rollout::Tts, tenant);
    if open { Ok(()) } else { Err(Refused::Killed) }
}

fn open(provider: &Provider, positions: &Positions, tenant: &TenantId) -> bool {
    let ours = *provider == Provider::LocalPgvector;
    ours || (!positions.killed(Kill::ExternalRetrieval) && positions.rolled_out(Rollout::ExternalRetrieval, tenant))
}

/// What a plan has to include for a provider.
#[must_use]
pub fn feature(provider: &Provider) -> Feature {
    match provider {
        Provider::LocalPgvector => Feature::RetrievalLocal,
        Provider::AwsBedrockKb { .. } => Feature::RetrievalBedrock,
        Provider::GcpVertex { .. } => Feature::RetrievalVertex,
    }
}
