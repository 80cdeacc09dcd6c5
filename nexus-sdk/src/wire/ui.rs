//! What web applications show: who asks and what he may use, figures, lists in any order, and what was set going.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AuditOutcome, DocumentStatus, Object, QuotaSnapshot, UsagePoint};

/// Who asks, and what he may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiBootstrap {
    /// Who asks.
    pub principal: UiPrincipal,
    /// The plan of the tenant.
    pub plan: UiPlan,
    /// What the plan includes, by the key of the feature.
    pub entitlements: BTreeMap<String, UiEntitlement>,
    /// Where the tenant stands; absent where nothing is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota_snapshot: Option<QuotaSnapshot>,
    /// What would work now.
    pub feature_flags: UiFeatureFlags,
    /// The time of the server.
    pub server_time: DateTime<Utc>,
    /// The API.
    pub api: UiApi,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiPrincipal {
    /// The tenant.
    #[cfg_attr(feature = "schema", schema(example = "t1"))]
    pub tenant_id: String,
    /// The role.
    #[cfg_attr(feature = "schema", schema(example = "reader"))]
    pub role: String,
    /// The id of the key; absent for who came in by other means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_id: Option<String>,
    /// The user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_id: Option<String>,
}

/// A plan by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiPlan {
    /// Its id.
    #[cfg_attr(feature = "schema", schema(example = "pro"))]
    pub plan_id: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_name: Option<String>,
}

/// What a plan says of a feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiEntitlement {
    /// Whether it is included.
    pub enabled: bool,
    /// Its particulars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_json: Option<Object>,
}

/// What would work now for the tenant, whatever the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[allow(clippy::struct_excessive_bools, reason = "flags of independent features")]
pub struct UiFeatureFlags {
    /// Spoken answers: the plan includes them, there is a voice, and no switch stops it.
    pub tts_enabled: bool,
    /// The view of operations.
    pub ops_admin_access: bool,
    /// The audit log, and with it the dashboard and the activity.
    pub audit_access: bool,
    /// Trying the billing webhook: the plan includes it, and somebody receives billing events.
    pub billing_webhook_test: bool,
}

/// The API that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiApi {
    /// Its version.
    #[cfg_attr(feature = "schema", schema(example = "v1"))]
    pub version: String,
}

/// Figures of the last days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiDashboard {
    /// `requests`, `quota_day`, `quota_month` and `rate_limits`; those of quotas are absent where nothing is counted.
    pub cards: Vec<UiCard>,
    /// Series.
    pub charts: UiCharts,
    /// What somebody should know: `quota-soft-cap`, `rate-limit`, and the last five events as `audit-0` to `audit-4`.
    pub alerts: Vec<UiAlert>,
}

/// A figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiCard {
    /// What it is.
    #[cfg_attr(feature = "schema", schema(example = "requests"))]
    pub id: String,
    /// What it is called.
    #[cfg_attr(feature = "schema", schema(example = "Requests"))]
    pub title: String,
    /// The figure.
    #[cfg_attr(feature = "schema", schema(example = "1200"))]
    pub value: String,
    /// What is to be said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
}

/// The series of a dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiCharts {
    /// Requests by day, every day of the window, today last.
    pub requests: UiChart,
}

/// A series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiChart {
    /// What it is.
    #[cfg_attr(feature = "schema", schema(example = "requests"))]
    pub id: String,
    /// Its points, oldest first.
    pub points: Vec<UsagePoint>,
}

/// Something that somebody should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiAlert {
    /// What it is.
    #[cfg_attr(feature = "schema", schema(example = "rate-limit"))]
    pub id: String,
    /// A sentence for people.
    pub message: String,
    /// `warning` or `info`.
    #[cfg_attr(feature = "schema", schema(example = "info"))]
    pub severity: String,
}

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiPageInfo {
    /// The `cursor` of the next page, with the same query; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// Whether there is a next page.
    pub has_more: bool,
}

/// A value, and how many items have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiFacet {
    /// The value.
    #[cfg_attr(feature = "schema", schema(example = "succeeded"))]
    pub value: String,
    /// How many.
    #[cfg_attr(feature = "schema", schema(example = 12))]
    pub count: i64,
}

/// A page of documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiDocumentPage {
    /// The documents.
    pub items: Vec<UiDocument>,
    /// Where the list goes on.
    pub page: UiPageInfo,
    /// What there is on all pages.
    pub facets: UiDocumentFacets,
}

/// A document in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiDocument {
    /// Its id.
    #[cfg_attr(feature = "schema", schema(example = "doc-1"))]
    pub id: String,
    /// The name of its file.
    #[cfg_attr(feature = "schema", schema(example = "handbook.md"))]
    pub filename: String,
    /// How far ingestion got.
    pub status: DocumentStatus,
    /// Its corpus.
    #[cfg_attr(feature = "schema", schema(example = "c1"))]
    pub corpus_id: String,
    /// The media type, by the content.
    #[cfg_attr(feature = "schema", schema(example = "text/markdown"))]
    pub content_type: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When anything about it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was last indexed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_reindexed_at: Option<DateTime<Utc>>,
}

/// What there is of the documents that fit and that the caller may read, on all pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiDocumentFacets {
    /// By status, the most frequent first; absent where only a look at each of very many documents could tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Vec<UiFacet>>,
}

/// A page of what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiActivityPage {
    /// The events.
    pub items: Vec<UiActivity>,
    /// Where the list goes on.
    pub page: UiPageInfo,
    /// What there is on all pages.
    pub facets: UiActivityFacets,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiActivity {
    /// Its number, as in the audit log.
    pub id: i64,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// What happened.
    #[cfg_attr(feature = "schema", schema(example = "documents.deleted"))]
    pub event_type: String,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// How the actor was identified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(example = "api_key"))]
    pub actor_type: Option<String>,
    /// The credential of the actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<String>,
    /// The kind of thing that it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// The thing that it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// The same in a line.
    #[cfg_attr(feature = "schema", schema(example = "documents.deleted (success)"))]
    pub summary: String,
}

/// What there is of the events that fit, whichever type was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiActivityFacets {
    /// By type, the most frequent first.
    pub event_type: Vec<UiFacet>,
}

/// Asks for a document to be indexed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiReindex {
    /// The document.
    #[cfg_attr(feature = "schema", schema(example = "doc-1"))]
    pub document_id: String,
    /// As the header `Idempotency-Key`, and instead of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(min_length = 1, max_length = 128))]
    pub idempotency_key: Option<String>,
}

/// Something that was set going.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiAction {
    /// Its id, which is the one of the job.
    pub action_id: String,
    /// `accepted`.
    #[cfg_attr(feature = "schema", schema(example = "accepted"))]
    pub status: String,
    /// When it was accepted.
    pub accepted_at: DateTime<Utc>,
    /// What to show at once, before it has happened.
    pub optimistic: UiOptimistic,
    /// Where to ask how far it got.
    #[cfg_attr(feature = "schema", schema(example = "/v1/documents/doc-1"))]
    pub poll_url: String,
}

/// What to show at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiOptimistic {
    /// The kind of thing.
    #[cfg_attr(feature = "schema", schema(example = "document"))]
    pub entity: String,
    /// The thing.
    #[cfg_attr(feature = "schema", schema(example = "doc-1"))]
    pub id: String,
    /// The fields that differ.
    pub patch: UiPatch,
}

/// The fields of a document that differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UiPatch {
    /// How far ingestion will be.
    pub status: DocumentStatus,
}
