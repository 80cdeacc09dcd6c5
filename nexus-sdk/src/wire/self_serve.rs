//! What administrators of a tenant look after themselves: keys and use.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::QuotaSnapshot;

/// Makes an API key for a new user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreateApiKey {
    /// `reader`, `editor` or `admin`.
    #[cfg_attr(feature = "schema", schema(example = "reader"))]
    pub role: String,
    /// What people call it, up to 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(max_length = 128, example = "ci"))]
    pub name: Option<String>,
    /// After how many days it stops being accepted; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1, maximum = 3650, example = 90))]
    pub expires_in_days: Option<u32>,
}

/// An API key of the tenant, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TenantKey {
    /// The key's id; not a secret.
    #[cfg_attr(feature = "schema", schema(example = "9b2d6c1f0a7e4c58b1d3e5f708192a3b"))]
    pub key_id: String,
    /// The first characters of the key, to recognise it by.
    #[cfg_attr(feature = "schema", schema(example = "nrgk_9b2d6c1"))]
    pub key_prefix: String,
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// The role of its user.
    #[cfg_attr(feature = "schema", schema(example = "reader"))]
    pub role: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last accepted.
    #[serde(default)]
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it stops being accepted.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(default)]
    pub revoked_at: Option<DateTime<Utc>>,
    /// Whether it is accepted now.
    pub is_active: bool,
}

/// A new API key. The key itself is shown once: an answer that is given again has no `api_key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreatedApiKey {
    /// What it is.
    #[serde(flatten)]
    pub key: TenantKey,
    /// The key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
}

/// The API keys of the tenant, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TenantKeyList {
    /// The keys.
    pub items: Vec<TenantKey>,
}

/// An API key that nobody uses, or that has expired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct InactiveKey {
    /// The key's id.
    pub key_id: String,
    /// Its first characters.
    pub key_prefix: String,
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// The role of its user.
    pub role: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last accepted.
    #[serde(default)]
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it stops being accepted.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Whole days since it was last used, or made.
    pub inactive_days: i64,
    /// Whether it has expired.
    pub is_expired: bool,
}

/// API keys that could be revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct InactiveKeyReport {
    /// From how many days on a key counts as inactive.
    #[cfg_attr(feature = "schema", schema(example = 90))]
    pub inactive_days_threshold: u32,
    /// The keys, longest unused first.
    pub items: Vec<InactiveKey>,
}

/// Requests by class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RequestsByClass {
    /// Questions and searches.
    pub run: i64,
    /// Looks.
    pub read: i64,
    /// Changes.
    pub mutation: i64,
    /// Operations.
    pub ops: i64,
}

/// Requests of a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RequestCounts {
    /// All of them.
    pub total: i64,
    /// By class.
    pub by_route_class: RequestsByClass,
}

/// Requests that a rate limit turned away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RateLimitHits {
    /// How many.
    pub count: i64,
    /// When the last one was.
    #[serde(default)]
    pub last_at: Option<DateTime<Utc>>,
}

/// Documents by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct IngestionCounts {
    /// Waiting.
    pub queued: i64,
    /// At work.
    pub processing: i64,
    /// Done.
    pub succeeded: i64,
    /// Given up.
    pub failed: i64,
}

/// What a tenant uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UsageSummary {
    /// The days that requests are counted over, today included.
    #[cfg_attr(feature = "schema", schema(example = 30))]
    pub window_days: u32,
    /// Requests.
    pub requests: RequestCounts,
    /// Where the tenant stands; absent where nothing is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<QuotaSnapshot>,
    /// Requests that a rate limit turned away.
    pub rate_limit_hits: RateLimitHits,
    /// Documents, whenever they came.
    pub ingestion: IngestionCounts,
}

/// A day of a time series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UsagePoint {
    /// The day, in UTC.
    pub ts: NaiveDate,
    /// How many.
    pub value: i64,
}

/// Use by day, every day of the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UsageTimeseries {
    /// What is counted.
    #[cfg_attr(feature = "schema", schema(example = "requests"))]
    pub metric: String,
    /// How long a point is.
    #[cfg_attr(feature = "schema", schema(example = "day"))]
    pub granularity: String,
    /// The points, oldest first, today last.
    pub points: Vec<UsagePoint>,
}

/// What became of a billing event that was sent to try it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct WebhookTest {
    /// Whether the receiver took it.
    pub sent: bool,
    /// What it answered, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(example = 200))]
    pub status_code: Option<u16>,
    /// The id of the delivery, as the receiver saw it.
    pub delivery_id: String,
    /// A sentence for people.
    pub message: String,
}
