//! Whether this process lives, and whether it should get traffic. Anybody may ask, so asking is cheap: what was found is
//! shared by everybody who asks within a second, and one look is made at a time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Extension, Json};
use futures::future::BoxFuture;
use nexus_core::{
    clock::Clock,
    problem::{Code, Kind},
};
use nexus_sdk::wire::{CheckStatus, Envelope, Health, Healthz, Readiness, ReadinessCheck, ReadinessStatus};
use tokio::sync::Mutex;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Refusal, Reply};

/// How long a look is good for.
const FRESH: Duration = Duration::from_secs(1);
/// How long a look may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at what the platform needs.
pub type Look = Arc<dyn Fn() -> BoxFuture<'static, Readiness> + Send + Sync>;

/// `GET /health`, `/healthz` and `/readyz`, to be mounted on both surfaces.
pub fn routes<S: Clone + Send + Sync + 'static>(clock: Clock, look: Look) -> OpenApiRouter<S> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(readyz))
        .routes(routes!(healthz))
        .layer(Extension(clock))
        .layer(Extension(Readyz { look, found: Arc::default() }))
}

/// The probes without anything behind them, for the document that describes the API.
pub fn described<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(readyz)).routes(routes!(healthz))
}

#[derive(Clone)]
struct Readyz {
    look: Look,
    found: Arc<Mutex<Option<(Instant, Readiness)>>>,
}

/// Says that the server answers.
#[utoipa::path(get, path = "/health", tag = "health", operation_id = "get_health", responses((status = 200, description = "The server answers", body = Envelope<Health>)))]
async fn health() -> Reply<Health> {
    Reply::ok(Health { status: "ok".into() })
}

/// Says whether the server should get traffic.
#[utoipa::path(get, path = "/readyz", tag = "health", operation_id = "get_readiness", responses(
    (status = 200, description = "Ready, perhaps with something optional missing", body = Envelope<Readiness>),
    (status = 503, description = "Not ready; `details` holds the checks", body = nexus_sdk::wire::ErrorEnvelope)))]
async fn readyz(Extension(readyz): Extension<Readyz>) -> Result<Reply<Readiness>, Refusal> {
    let found = readyz.look().await;
    if found.status != ReadinessStatus::NotReady {
        return Ok(Reply::ok(found));
    }
    let details = serde_json::to_value(&found).unwrap_or_default();
    Err(Refusal::new(Kind::Unavailable, Code::ServiceUnavailable, "Not ready").details(details))
}

/// Says that the server lives, without an envelope: probes of orchestrators look at the status alone.
#[utoipa::path(get, path = "/healthz", tag = "health", operation_id = "get_liveness",
    responses((status = 200, description = "The server lives", body = Healthz)))]
async fn healthz(Extension(clock): Extension<Clock>) -> Json<Healthz> {
    Json(Healthz { status: "ok".into(), ts: clock.now() })
}

impl Readyz {
    async fn look(&self) -> Readiness {
        let mut found = self.found.lock().await;
        match found.as_ref() {
            Some((when, readiness)) if when.elapsed() < FRESH => return readiness.clone(),
            _ => {}
        }
        let readiness = tokio::time::timeout(PATIENCE, (self.look)()).await.unwrap_or_else(|_| unknown());
        *found = Some((Instant::now(), readiness.clone()));
        readiness
    }
}

/// A look that did not end says nothing, and nothing is not "ready".
fn unknown() -> Readiness {
    let detail = Some(format!("the checks took longer than {} seconds", PATIENCE.as_secs()));
    let check = ReadinessCheck { name: "checks".into(), status: CheckStatus::Unknown, detail };
    Readiness { status: ReadinessStatus::NotReady, checks: vec![check] }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::{Router, body::Body, extract::Request};
    use futures::FutureExt as _;
    use http_body_util::BodyExt as _;
    use serde_json::Value;
    use tower::ServiceExt as _;

    use super::*;
    use crate::layers;

    fn app(status: ReadinessStatus, looks: Arc<AtomicUsize>) -> layers::App {
        let look: Look = Arc::new(move || {
            looks.fetch_add(1, Ordering::Relaxed);
            let check = ReadinessCheck { name: "database".into(), status: CheckStatus::Fail, detail: None };
            async move { Readiness { status, checks: vec![check] } }.boxed()
        });
        let clock = Clock::system();
        let (router, _) = layers::mount::<()>(routes(clock.clone(), look), OpenApiRouter::new());
        layers::wrap(router as Router, layers::Settings::default(), clock)
    }

    async fn fetch(app: &layers::App, path: &str) -> (u16, Value) {
        let response = app.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap())
    }

    #[tokio::test]
    async fn a_server_that_answers_is_healthy() {
        let app = app(ReadinessStatus::Ready, Arc::default());
        assert_eq!(fetch(&app, "/v1/health").await.1["data"]["status"], "ok");
        assert_eq!(fetch(&app, "/health").await.1["status"], "ok");
        for path in ["/v1/healthz", "/healthz"] {
            let (status, body) = fetch(&app, path).await;
            assert_eq!((status, &body["status"]), (200, &"ok".into()), "{path}");
            assert!(body["ts"].is_string());
        }
    }

    #[tokio::test]
    async fn a_server_that_is_not_ready_names_what_is_missing() {
        let (status, body) = fetch(&app(ReadinessStatus::NotReady, Arc::default()), "/v1/readyz").await;
        assert_eq!((status, &body["error"]["code"]), (503, &"SERVICE_UNAVAILABLE".into()));
        assert_eq!(body["error"]["details"]["checks"][0]["name"], "database");
        assert_eq!(fetch(&app(ReadinessStatus::Degraded, Arc::default()), "/v1/readyz").await.0, 200);
    }

    #[tokio::test]
    async fn many_questions_make_one_look() {
        let looks = Arc::<AtomicUsize>::default();
        let app = app(ReadinessStatus::Ready, looks.clone());
        futures::future::join_all((0..100).map(|_| fetch(&app, "/v1/readyz"))).await;
        assert!(looks.load(Ordering::Relaxed) < 10);
    }
}
