//! `serve` and `preflight`.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use axum::Router;
use nexus_core::{
    clock::Clock,
    op::Op,
    settings::{SettingError, Source},
};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Failure, Output, admin::Office};
use crate::{
    app::Platform,
    boot::{self, OpenDatabase, Running},
    health, layers, log, metrics, router,
    serve::{Address, Server},
    settings::{self, ProcessRole, Settings},
};

/// A server that accepts connections.
pub(super) struct Serving {
    pub(super) address: Address,
    running: Running,
    accepting: tokio::task::JoinHandle<()>,
    stop: CancellationToken,
    drain: Duration,
}

pub(super) async fn serve(config: Option<&Path>, role: ProcessRole) -> Result<(), Failure> {
    let settings = load_serving(config)?;
    log::init(&settings.log).map_err(Failure::from_error)?;
    allow_files(settings.serve.max_connections);
    let serving = start(settings, role).await?;
    tracing::info!(address = %serving.address, "ready");
    serving.until_told().await
}

/// Starts everything: listening comes first, so that a taken port is known before anything else is begun.
pub(super) async fn start(settings: Settings, role: ProcessRole) -> Result<Serving, Failure> {
    let recorder = metrics::install().map_err(Failure::from_error)?;
    ::metrics::gauge!("nexusrag_auth_dev_bypass").set(f64::from(u8::from(settings.auth.dev_bypass)));
    if settings.auth.dev_bypass {
        tracing::warn!("AUTH_DEV_BYPASS is on: headers alone make a caller, and no rule for production is asked after");
    }
    let server = Server::bind(settings.serve.clone()).await.map_err(Failure::from_error)?;
    let address = server.address().map_err(Failure::from_error)?;
    let running = boot::boot(&settings, role).await.map_err(Failure::from_error)?;
    let platform = running.platform.clone();
    let scrape: Router = metrics::routes(recorder.clone(), settings.metrics.clone());
    let open = Router::new().nest("/v1", scrape.clone()).merge(scrape);
    let routes = match role {
        ProcessRole::Worker => health::only(&platform),
        ProcessRole::Api | ProcessRole::All => router::api(&platform).map_err(Failure::from_error)?,
    };
    let app = layers::wrap(routes.merge(open), settings.layers.clone(), Clock::system());
    let stop = CancellationToken::new();
    let drain = settings.serve.drain;
    let accepting = tokio::spawn({
        let stop = stop.clone();
        async move {
            let ended = server.run(app, stop).await;
            tracing::info!(?ended, "connections are closed");
        }
    });
    tokio::spawn(observe(platform, stop.clone()));
    tokio::spawn(metrics::upkeep(recorder, stop.clone()));
    Ok(Serving { address, running, accepting, stop, drain })
}

impl Serving {
    /// Serves until a signal comes or the private database ends, then stops in order.
    pub(super) async fn until_told(self) -> Result<(), Failure> {
        let died = async {
            match &self.running.database.embedded {
                Some(server) => server.exited().await,
                None => std::future::pending().await,
            }
        };
        let outcome = tokio::select! {
            signal = told_to_stop() => {
                tracing::info!(signal, "stopping");
                Ok(())
            }
            status = died => {
                Err(Failure::Failed(format!("the private PostgreSQL ended by itself ({status:?}); see its log in the data directory")))
            }
        };
        outcome.and(self.stop().await)
    }

    /// Stops in order: streams are told first, so that closing their connections does not have to wait for them.
    /// Connections and jobs are given one time together.
    pub(super) async fn stop(self) -> Result<(), Failure> {
        let since = Instant::now();
        self.running.begin_to_stop();
        self.stop.cancel();
        let _ = self.accepting.await;
        let left = self.drain.saturating_sub(since.elapsed());
        self.running.shut_down(left).await.map_err(Failure::from_error)
    }

    /// A place for administrative work on the database of this server.
    pub(super) fn office(&self) -> Office {
        let platform = &self.running.platform;
        Office {
            db: platform.db.clone(),
            pepper: platform.credentials.pepper().clone(),
            keyring: platform.keyring.clone(),
            signing: std::sync::Arc::clone(&platform.audit_desk.key),
            op: Op::internal(platform.clock.now()),
        }
    }
}

/// A connection is a file, and a process begins with far fewer than the system lets it have.
fn allow_files(connections: usize) {
    let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) else { return };
    let allowed = setrlimit(Resource::RLIMIT_NOFILE, most, most).is_ok();
    if !allowed || u64::try_from(connections).is_ok_and(|connections| connections > most) {
        tracing::warn!(
            files = most,
            connections,
            "the limit of open files is below HTTP_MAX_CONNECTIONS: raise `ulimit -n`"
        );
    }
}

/// Keeps gauges of what is in flight up to date.
async fn observe(platform: Platform, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(Duration::from_secs(5))).await.is_some() {
        let (used, open) = platform.db.connections();
        ::metrics::gauge!("nexusrag_db_connections", "state" => "used")
            .set(f64::from(u32::try_from(used).unwrap_or(0)));
        ::metrics::gauge!("nexusrag_db_connections", "state" => "open").set(f64::from(open));
    }
}

async fn told_to_stop() -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}

/// Everything that a start would find out, without staying.
pub(super) async fn preflight(config: Option<&Path>, kept: Option<&Path>, out: Output) -> Result<(), Failure> {
    let mut checks = Vec::new();
    match settings::load_serving(config) {
        Ok((settings, _)) => look(&settings, &mut checks).await,
        // What else is there cannot be asked before it is known where it is.
        Err(errors) => checks.extend(
            errors.iter().map(|error| json!({ "check": "settings", "status": "fail", "detail": error.to_string() })),
        ),
    }
    let failed = checks.iter().filter(|c| c["status"] == "fail").count();
    let status = if failed == 0 { "pass" } else { "fail" };
    let report = json!({ "status": status, "checks": checks });
    if let Some(path) = kept {
        let written =
            path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, report.to_string()));
        written.map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))?;
    }
    out.result(&report, || {
        let line = |c: &serde_json::Value| {
            let text = |key: &str| c.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
            format!("{:>4}  {:<16} {}", text("status"), text("check"), text("detail"))
        };
        checks.iter().map(line).collect::<Vec<_>>().join("\n")
    })?;
    if failed == 0 { Ok(()) } else { Err(Failure::Negative(format!("{failed} checks failed"))) }
}

/// Asks everything that the settings name.
async fn look(settings: &Settings, checks: &mut Vec<serde_json::Value>) {
    let mut note = |check: &str, outcome: Result<String, String>| {
        let (status, detail) = match outcome {
            Ok(detail) => ("pass", detail),
            Err(detail) => ("fail", detail),
        };
        checks.push(json!({ "check": check, "status": status, "detail": detail }));
    };
    note("settings", Ok("every value can be used".to_owned()));
    match OpenDatabase::open(settings).await {
        Err(error) => note("database", Err(error.to_string())),
        Ok(database) => {
            note("database", Ok("reachable".to_owned()));
            let (schema, keys) = match database.handle(settings) {
                Ok(db) => {
                    let schema = db.ready().await.map_err(|e| e.to_string());
                    // Without its table there are no keys to look at.
                    let keys = if schema.is_ok() { boot::check_keyring(settings, &db).await } else { Ok(()) };
                    (schema, keys.map_err(|e| e.to_string()))
                }
                Err(error) => (Err(error.to_string()), Ok(())),
            };
            note("keyring", keys.map(|()| "every key that counts opens".to_owned()));
            note("schema", schema.map(|()| "up to date".to_owned()).map_err(|e| format!("{e}; run nexus migrate")));
            let _ = database.close().await;
        }
    }
    let shared = match nexus_core::shared::Shared::open(&settings.shared).await {
        Ok(shared) => shared.health().await.map(|_| shared.backend().to_owned()).map_err(|e| e.to_string()),
        Err(error) => Err(error.to_string()),
    };
    note("shared_state", shared);
    let model = settings.embed.clone();
    let embedder = tokio::task::spawn_blocking(move || nexus_retrieval::embed::build(&model)).await;
    note(
        "embedding_model",
        match embedder {
            Ok(Ok(embedder)) => Ok(embedder.model().to_string()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(error) => Err(error.to_string()),
        },
    );
    note(
        "language_model",
        nexus_retrieval::llm::build(&settings.llm, None)
            .map(|m| format!("{} {}", m.provider(), m.model()))
            .map_err(|e| e.to_string()),
    );
}

/// The settings, or every fault of them.
pub(super) fn load(config: Option<&Path>) -> Result<Settings, Failure> {
    all_or_faults(settings::load(config))
}

/// As [`load`], for a server, which needs more.
pub(super) fn load_serving(config: Option<&Path>) -> Result<Settings, Failure> {
    all_or_faults(settings::load_serving(config))
}

fn all_or_faults(read: Result<(Settings, Source), Vec<SettingError>>) -> Result<Settings, Failure> {
    let (settings, _) = read.map_err(|errors| {
        Failure::Failed(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nnexus: "))
    })?;
    Ok(settings)
}
