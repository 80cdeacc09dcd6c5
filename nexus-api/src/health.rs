//! Whether this process should get traffic: what it needs is asked, and what cannot be asked is not assumed to be well.

use std::sync::Arc;

use axum::Router;
use futures::FutureExt as _;
use nexus_core::resilience::Phase;
use nexus_sdk::wire::{CheckStatus, Readiness, ReadinessCheck, ReadinessStatus};
use utoipa_axum::router::OpenApiRouter;

use crate::{app::Platform, http::health as probe, layers};

/// The probes, for both surfaces.
pub fn routes(platform: &Platform) -> OpenApiRouter<Platform> {
    let asked = platform.clone();
    let look: probe::Look = Arc::new(move || look(asked.clone()).boxed());
    probe::routes(platform.clock.clone(), look)
}

/// A router with nothing but the probes, for a process that only works.
pub fn only(platform: &Platform) -> Router {
    let (router, _) = layers::mount(routes(platform), OpenApiRouter::new());
    router.with_state(platform.clone())
}

async fn look(platform: Platform) -> Readiness {
    let (database, shared, policies, integrations, keys) = futures::join!(
        platform.db.ready(),
        platform.shared.health(),
        platform.access.ready(),
        platform.integrations.standings(),
        platform.vault.health()
    );
    let check = |name: &str, outcome: Result<(), String>| ReadinessCheck {
        name: name.to_owned(),
        status: if outcome.is_ok() { CheckStatus::Pass } else { CheckStatus::Fail },
        detail: outcome.err(),
    };
    // Causes may name hosts: whoever asks is not known here, so only the fact is told.
    let database = database.map_err(|error| {
        tracing::warn!(%error, "not ready");
        "the database does not answer, or its schema is not the one this program needs".to_owned()
    });
    let policies = policies.map_err(|error| {
        tracing::warn!(%error, "not ready");
        "policies cannot be read, and nothing is allowed".to_owned()
    });
    let stopping = if platform.stopping.is_cancelled() { Err("the server is stopping".to_owned()) } else { Ok(()) };
    // Only those that are known not to be well: of the others nothing is known while nobody calls them.
    let ailing = integrations.into_iter().filter(|standing| standing.phase != Phase::Closed);
    let ailing = ailing.map(|standing| {
        check(standing.integration.as_str(), Err(format!("the circuit breaker is {}", standing.phase.as_str())))
    });
    let ailing: Vec<ReadinessCheck> = ailing.collect();
    // What is under keys that are remembered is read and written all the same.
    let keys = keys.unwrap_or(Ok(())).map_err(|error| {
        tracing::warn!(%error, "keys cannot be unwrapped");
        "the service that keeps encryption keys does not do its work".to_owned()
    });
    let degraded = shared.is_err() || keys.is_err() || !ailing.is_empty();
    let ready = database.is_ok() && policies.is_ok() && stopping.is_ok();
    let mut checks = vec![
        check("database", database),
        check("policies", policies),
        check("shared_state", shared.map(drop).map_err(|_| "the shared state does not answer".to_owned())),
        check("encryption_keys", keys),
        check("accepting", stopping),
    ];
    checks.extend(ailing);
    let status = match (ready, degraded) {
        (false, _) => ReadinessStatus::NotReady,
        (true, true) => ReadinessStatus::Degraded,
        (true, false) => ReadinessStatus::Ready,
    };
    Readiness { status, checks }
}
