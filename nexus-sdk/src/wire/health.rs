//! What the server says about itself without asking who asks.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The answer of `GET /v1/health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Health {
    /// Always `ok`: a server that cannot answer does not answer.
    #[cfg_attr(feature = "schema", schema(example = "ok"))]
    pub status: String,
}

/// The answer of `GET /v1/healthz`, which has no envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Healthz {
    /// Always `ok`.
    #[cfg_attr(feature = "schema", schema(example = "ok"))]
    pub status: String,
    /// The server's clock.
    pub ts: DateTime<Utc>,
}

/// The answer of `GET /v1/readyz`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Readiness {
    /// Whether to send traffic here.
    pub status: ReadinessStatus,
    /// What was looked at.
    pub checks: Vec<ReadinessCheck>,
}

/// Whether a server should get traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum ReadinessStatus {
    /// Everything needed is there.
    Ready,
    /// Requests are answered, with something optional missing.
    Degraded,
    /// Requests would fail.
    NotReady,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ReadinessCheck {
    /// What was looked at.
    #[cfg_attr(feature = "schema", schema(example = "database"))]
    pub name: String,
    /// What was found.
    pub status: CheckStatus,
    /// A sentence for the operator; absent when there is nothing to add.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// The outcome of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum CheckStatus {
    /// Looked at and in order.
    Pass,
    /// Looked at and wanting.
    Fail,
    /// Could not be looked at; never to be read as `pass`.
    Unknown,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn readiness_reads_and_writes_the_same_json() {
        let literal = r#"{"status":"not_ready","checks":[{"name":"database","status":"fail","detail":"no answer"},{"name":"redis","status":"unknown"}]}"#;
        let readiness: Readiness = serde_json::from_str(literal).unwrap();
        assert_eq!(serde_json::to_string(&readiness).unwrap(), literal);
    }
}
