//! What Prometheus scrapes: names, units and closed label sets, and the recorder behind them.
//!
//! The recorder lives in this process; a restart begins at zero, which is what counters are made for.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    Extension, Router,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use metrics::{Counter, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use nexus_core::{
    problem::{Code, Kind},
    settings::Source,
};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use tokio_util::sync::CancellationToken;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::Refusal;

/// Requests by route class and family of status.
pub const REQUESTS: &str = "nexusrag_requests_total";
/// Milliseconds until an answer began; the name and unit that dashboards know.
pub const LATENCY_MS: &str = "nexusrag_request_latency_ms";
/// Seconds until an answer began.
pub const DURATION: &str = "nexusrag_http_request_duration_seconds";
/// Answers of 500 and above.
pub const SERVER_ERRORS: &str = "nexusrag_server_errors_total";
/// Answers of 429.
pub const RATE_LIMITED: &str = "nexusrag_rate_limited_total";
/// Clients that left before an answer began.
pub const ABANDONED: &str = "nexusrag_http_requests_abandoned_total";
/// Requests whose answer is not completely sent, streams included.
pub const IN_FLIGHT: &str = "nexusrag_http_requests_in_flight";
/// Open connections.
pub const CONNECTIONS: &str = "nexusrag_http_connections";
/// Connections that were accepted.
pub const ACCEPTED: &str = "nexusrag_http_connections_accepted_total";
/// Connections that were closed by the server for a `reason`.
pub const CLOSED: &str = "nexusrag_http_connections_closed_total";
/// Failures of `accept`, such as too many open files.
pub const ACCEPT_ERRORS: &str = "nexusrag_http_accept_errors_total";

const CLASSES: [&str; 5] = ["run", "read", "mutation", "ops", "other"];
const FAMILIES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
const MS_BUCKETS: [f64; 8] = [25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2000.0, 5000.0];
const SECONDS_BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// How often histograms are folded when nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// The knobs of the endpoint.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What a scraper presents as a bearer token, when one is required.
    pub token: Option<SecretString>,
}

impl Settings {
    /// Reads the knobs.
    pub fn read(source: &mut Source) -> Self {
        Self { token: source.secret("METRICS_TOKEN", "The bearer token that a scraper of /v1/metrics must present.") }
    }
}

/// Installs the recorder of this process, the first time it is called.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    static INSTALLING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one_at_a_time = INSTALLING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let builder = PrometheusBuilder::new()
        .set_buckets(&SECONDS_BUCKETS)?
        .set_buckets_for_metric(Matcher::Suffix("_ms".into()), &MS_BUCKETS)?;
    let handle = builder.install_recorder()?;
    describe();
    Ok(HANDLE.get_or_init(|| handle).clone())
}

/// Keeps the memory of histograms bounded until the token is cancelled.
pub async fn upkeep(handle: PrometheusHandle, stop: CancellationToken) {
    let mut tick = tokio::time::interval(UPKEEP);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        handle.run_upkeep();
    }
}

/// `GET /metrics`, to be mounted with the other routes.
pub fn routes<S: Clone + Send + Sync + 'static>(handle: PrometheusHandle, settings: Settings) -> Router<S> {
    let served = Served { handle, settings: Arc::new(settings) };
    Router::from(described()).layer(Extension(served))
}

/// The same route without anything behind it, for the document that describes the API.
pub fn described<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    OpenApiRouter::new().routes(routes!(scrape))
}

#[derive(Clone)]
struct Served {
    handle: PrometheusHandle,
    settings: Arc<Settings>,
}

/// The metrics of this process for Prometheus. Where a scrape token is set, it is asked for as a bearer token.
#[utoipa::path(get, path = "/metrics", tag = "health", operation_id = "get_metrics", responses(
    (status = 200, description = "The metrics in the text format of Prometheus", body = String, content_type = "text/plain"),
    (status = 401, description = "The scrape token is missing or another", body = nexus_sdk::wire::ErrorEnvelope)))]
async fn scrape(Extension(served): Extension<Served>, headers: HeaderMap) -> Response {
    if served.settings.token.as_ref().is_some_and(|token| !presents(&headers, token)) {
        let message = "A scrape token is required";
        return Refusal::new(Kind::Unauthenticated, Code::AuthUnauthorized, message).into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], served.handle.render()).into_response()
}

fn presents(headers: &HeaderMap, token: &SecretString) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|v| v.as_bytes().strip_prefix(b"Bearer "));
    given.is_some_and(|given| given.ct_eq(token.expose_secret().as_bytes()).into())
}

/// The handles of what is counted for every request, resolved once: counting then touches no map and allocates nothing.
#[derive(Clone)]
pub struct RequestMetrics(Arc<Handles>);

struct Handles {
    classes: [Class; CLASSES.len()],
    server_errors: Counter,
    rate_limited: Counter,
    abandoned: Counter,
}

struct Class {
    families: [Counter; FAMILIES.len()],
    milliseconds: Histogram,
    seconds: Histogram,
}

impl RequestMetrics {
    /// Resolves the handles with the recorder that is installed.
    #[must_use]
    pub fn resolve() -> Self {
        let class = |class: &'static str| Class {
            families: FAMILIES.map(|family| counter!(REQUESTS, "route_class" => class, "status_family" => family)),
            milliseconds: histogram!(LATENCY_MS, "route_class" => class),
            seconds: histogram!(DURATION, "route_class" => class),
        };
        Self(Arc::new(Handles {
            classes: CLASSES.map(class),
            server_errors: counter!(SERVER_ERRORS),
            rate_limited: counter!(RATE_LIMITED),
            abandoned: counter!(ABANDONED),
        }))
    }

    /// Counts an answer. A class that is not of the closed set counts as `other`.
    pub fn record(&self, class: &str, status: StatusCode, elapsed: Duration) {
        let known = CLASSES.iter().position(|c| *c == class);
        let Some(class) = known.and_then(|i| self.0.classes.get(i)).or_else(|| self.0.classes.last()) else { return };
        if let Some(family) = class.families.get(usize::from(status.as_u16() / 100).saturating_sub(1)) {
            family.increment(1);
        }
        class.milliseconds.record(elapsed.as_secs_f64() * 1000.0);
        class.seconds.record(elapsed.as_secs_f64());
        if status.is_server_error() {
            self.0.server_errors.increment(1);
        } else if status == StatusCode::TOO_MANY_REQUESTS {
            self.0.rate_limited.increment(1);
        }
    }

    /// Counts a client that left before its answer began.
    pub fn abandoned(&self) {
        self.0.abandoned.increment(1);
    }
}

impl std::fmt::Debug for RequestMetrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RequestMetrics")
    }
}

fn describe() {
    describe_counter!(REQUESTS, "Requests by route class and family of status.");
    describe_histogram!(LATENCY_MS, Unit::Milliseconds, "Time until an answer began.");
    describe_histogram!(DURATION, Unit::Seconds, "Time until an answer began.");
    describe_counter!(SERVER_ERRORS, "Answers of 500 and above.");
    describe_counter!(RATE_LIMITED, "Answers of 429.");
    describe_counter!(ABANDONED, "Clients that left before an answer began.");
    describe_gauge!(IN_FLIGHT, "Requests whose answer is not completely sent, streams included.");
    describe_gauge!(CONNECTIONS, "Open connections.");
    describe_counter!(ACCEPTED, "Connections that were accepted.");
    describe_counter!(CLOSED, "Connections that the server closed, by reason.");
    describe_counter!(ACCEPT_ERRORS, "Failures to accept a connection.");
    describe_integrations();
}

fn describe_allowances() {
    describe_counter!("nexusrag_ledger_turns_total", "Turns of this replica at the ledger of allowances.");
    describe_counter!("nexusrag_ledger_leases_lost_total", "Leases that lapsed before this replica renewed them.");
    describe_gauge!("nexusrag_ledger_purses", "Allowances that this replica keeps a purse of.");
    describe_counter!("nexusrag_quota_units_total", "Units of quotas that were spent, by class.");
    describe_counter!("nexusrag_quota_exceeded_total", "Requests that a quota refused, by period.");
    describe_counter!(
        "nexusrag_quota_edges_dropped_total",
        "Edges of quotas that were not told yet; later requests try again."
    );
    describe_counter!(
        "nexusrag_usage_counts_dropped_total",
        "Requests that reports of use miss, because too many waited."
    );
    describe_gauge!("nexusrag_switch_position", "How switches stand: 0 or 1, for rollouts the share in percent.");
}

/// Names that the libraries use.
fn describe_integrations() {
    describe_counter!("nexusrag_rate_limit_refused_total", "Requests that a rate limit refused, by class and scope.");
    describe_counter!(
        "nexusrag_rate_limit_degraded_total",
        "Requests whose limits were not those that replicas share."
    );
    describe_counter!("nexusrag_mcp_calls_total", "Calls of tools, by tool and outcome.");
    describe_counter!("nexusrag_idempotent_replays_total", "Changes that were asked for again and answered as before.");
    describe_service_levels();
    describe_allowances();
    describe_gauge!("nexusrag_circuit_breaker_state", "0 closed, 0.5 half open, 1 open; the worst place of each.");
    describe_counter!("nexusrag_circuit_breaker_transitions_total", "Turns of circuit breakers, by the new state.");
    describe_counter!("nexusrag_external_calls_total", "Calls to other services, by outcome.");
    describe_counter!("nexusrag_external_retries_total", "Attempts after the first.");
    describe_gauge!("nexusrag_external_in_flight", "Calls to other services that go on.");
    describe_histogram!(
        "nexusrag_external_call_duration_seconds",
        Unit::Seconds,
        "Time that calls to other services took, retries included."
    );
    describe_counter!("nexusrag_local_searches_total", "Searches of our own index, from memory or from the database.");
    describe_gauge!("nexusrag_search_memory_bytes", Unit::Bytes, "What corpora in memory take.");
    describe_histogram!("nexusrag_search_memory_read_seconds", Unit::Seconds, "Until a corpus was read into memory.");
    describe_counter!("nexusrag_retrieval_fallbacks_total", "Questions that another provider stepped in for.");
    describe_counter!("nexusrag_retrieval_dropped_total", "Passages dropped because the caller may not read them.");
}

fn describe_service_levels() {
    describe_counter!("nexusrag_sla_warn_total", "Requests that went on although a service level is at risk.");
    describe_counter!("nexusrag_sla_degrade_total", "Runs that did less to protect a service level.");
    describe_counter!("nexusrag_sla_shed_total", "Requests that were refused to protect a service level.");
    describe_counter!("nexusrag_sla_trials_total", "Requests let through while others were refused.");
    describe_gauge!("nexusrag_sla_saturation_pct", "How full the places for runs and the database connections are.");
    describe_counter!("nexusrag_sla_observations_dropped_total", "Measurements that did not fit.");
}
