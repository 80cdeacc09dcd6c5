//! `/v1/ops`: how the platform is doing, for those who keep it running. What is wrong is told in the body: the answer is 200
//! as long as there is somebody to give it.

use axum::extract::State;
use nexus_authz::permission::OpsView;
use nexus_core::{
    audit::{Event, EventType},
    job,
    pg::DbError,
};
use nexus_retrieval::ingest;
use nexus_sdk::wire::{self, OpsStatus};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{Refusal, Reply, caller::As},
};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(health))
}

/// How the database, the shared state, the workers and the services of others are doing.
#[utoipa::path(get, path = "/ops/health", tag = "ops", operation_id = "get_ops_health", extensions(("x-permission" = json!("ops.view"))),
    responses((status = 200, description = "What was found, well or not", body = wire::Envelope<wire::OpsHealth>)))]
async fn health(
    State(platform): State<Platform>,
    As(op, caller): As<OpsView>,
) -> Result<Reply<wire::OpsHealth>, Refusal> {
    platform.audit.note(Event::by(&op, &caller, EventType::OpsViewed).resource("ops", "health"));
    let (database, heartbeat, depth, standings) = futures::join!(
        platform.db.ready(),
        job::last_heartbeat(&platform.shared),
        queue_depth(&platform),
        platform.integrations.standings()
    );
    let state = |well: bool| if well { OpsStatus::Ok } else { OpsStatus::Degraded };
    let (db, redis) = (state(database.is_ok()), state(heartbeat.is_ok()));
    let seen = heartbeat.ok().flatten();
    let age = seen.and_then(|at| (op.now - at).to_std().ok());
    let works = age.is_some_and(|age| age <= platform.heartbeat_stale);
    let breakers = standings.iter().map(|s| (s.integration.to_string(), s.phase.as_str().to_owned())).collect();
    let broken =
        standings.iter().flat_map(|s| s.places.iter().map(move |(place, phase)| (s.integration, place, phase)));
    let broken = broken.map(|(integration, place, phase)| wire::OpsBreaker {
        integration: integration.to_string(),
        place: place.clone(),
        state: phase.as_str().to_owned(),
    });
    Ok(Reply::ok(wire::OpsHealth {
        status: state(db == OpsStatus::Ok && redis == OpsStatus::Ok && works),
        api: OpsStatus::Ok,
        db,
        redis,
        worker_heartbeat_age_s: age.map(|age| age.as_secs_f64()),
        queue_depth: depth.ok(),
        circuit_breaker_state: breakers,
        circuit_breaker_places: broken.collect(),
        timestamp: op.now,
    }))
}

/// Jobs of all tenants that wait, which is what one queue of workers has before it.
async fn queue_depth(platform: &Platform) -> Result<u64, DbError> {
    let mut tx = platform.db.platform().await?;
    Ok(job::stats(&mut tx, ingest::QUEUE).await?.queued)
}
