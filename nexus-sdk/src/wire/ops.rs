//! How the platform is doing.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Whether a part works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum OpsStatus {
    /// It does.
    Ok,
    /// It does not, or not wholly.
    Degraded,
}

/// A circuit breaker that is not closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OpsBreaker {
    /// The service.
    pub integration: String,
    /// The region or location; empty where a service has but one place.
    pub place: String,
    /// `half_open` or `open`.
    pub state: String,
}

/// The answer of `GET /v1/ops/health`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OpsHealth {
    /// `ok` when the database and the shared state answer and a worker was seen lately.
    pub status: OpsStatus,
    /// Always `ok`: a server that cannot answer does not answer.
    pub api: OpsStatus,
    /// The database, and whether its schema is the one that this program needs.
    pub db: OpsStatus,
    /// The shared state; without Redis, that of this process.
    pub redis: OpsStatus,
    /// Seconds since a worker last said that it is alive; absent when none did for long.
    #[serde(default)]
    pub worker_heartbeat_age_s: Option<f64>,
    /// Documents and imports that wait for a worker; absent when it cannot be told.
    #[serde(default)]
    pub queue_depth: Option<u64>,
    /// The circuit breaker of each service of others: `closed`, `half_open` or `open`; the worst of its places.
    pub circuit_breaker_state: BTreeMap<String, String>,
    /// The places whose breaker is not closed, whichever replica has seen it.
    #[serde(default)]
    pub circuit_breaker_places: Vec<OpsBreaker>,
    /// When this was looked at.
    pub timestamp: DateTime<Utc>,
}
