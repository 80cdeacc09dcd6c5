//! Quotas, and what was used of them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::patch::nullable;

/// How much a tenant may use; a limit that is `null` is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Quota {
    /// The tenant.
    #[cfg_attr(feature = "schema", schema(example = "t1"))]
    pub tenant_id: String,
    /// Units a day. A question costs three, everything else one.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(example = 10000))]
    pub daily_requests_limit: Option<i64>,
    /// Units a month.
    #[serde(default)]
    pub monthly_requests_limit: Option<i64>,
    /// Tokens a day, for reports; budgets bound what models cost.
    #[serde(default)]
    pub daily_tokens_limit: Option<i64>,
    /// Tokens a month, for reports.
    #[serde(default)]
    pub monthly_tokens_limit: Option<i64>,
    /// The share of a limit at which the tenant is warned.
    #[cfg_attr(feature = "schema", schema(example = 0.8))]
    pub soft_cap_ratio: f64,
    /// Whether a limit refuses requests, or only tells.
    pub hard_cap_enabled: bool,
}

/// Changes how much a tenant may use; absent fields stay as they are, and an explicit `null` removes a limit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PatchQuota {
    /// Units a day.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<i64>, minimum = 0))]
    pub daily_requests_limit: Option<Option<i64>>,
    /// Units a month.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<i64>, minimum = 0))]
    pub monthly_requests_limit: Option<Option<i64>>,
    /// Tokens a day.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<i64>, minimum = 0))]
    pub daily_tokens_limit: Option<Option<i64>>,
    /// Tokens a month.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<i64>, minimum = 0))]
    pub monthly_tokens_limit: Option<Option<i64>>,
    /// The share of a limit at which the tenant is warned, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 0, maximum = 1))]
    pub soft_cap_ratio: Option<f64>,
    /// Whether a limit refuses requests, or only tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hard_cap_enabled: Option<bool>,
}

impl PatchQuota {
    /// The largest limit.
    pub const MAX: i64 = 1_000_000_000_000;
}

/// What a tenant has used in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TenantUsage {
    /// The tenant.
    #[cfg_attr(feature = "schema", schema(example = "t1"))]
    pub tenant_id: String,
    /// `day` or `month`.
    #[cfg_attr(feature = "schema", schema(example = "day"))]
    pub period_type: String,
    /// The first day of the period, in UTC.
    pub period_start: NaiveDate,
    /// Units.
    pub requests_count: i64,
    /// Tokens, where they are counted.
    #[serde(default)]
    pub estimated_tokens_count: Option<i64>,
}

/// Where a tenant stands in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct QuotaPeriod {
    /// The limit; `null` for none.
    #[serde(default)]
    pub limit: Option<i64>,
    /// Units used.
    pub used: i64,
    /// Units left; `null` without a limit.
    #[serde(default)]
    pub remaining: Option<i64>,
}

/// Where a tenant stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct QuotaSnapshot {
    /// Today, in UTC.
    pub day: QuotaPeriod,
    /// This month.
    pub month: QuotaPeriod,
    /// Whether so much of a limit is used that the tenant should know.
    pub soft_cap_reached: bool,
    /// `enforce` where a limit refuses requests, `observe` where it only tells.
    #[cfg_attr(feature = "schema", schema(example = "enforce"))]
    pub hard_cap_mode: String,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_null_limit_is_not_an_absent_one() {
        let patch: PatchQuota =
            serde_json::from_str(r#"{"daily_requests_limit":null,"monthly_requests_limit":5}"#).unwrap();
        assert_eq!((patch.daily_requests_limit, patch.monthly_requests_limit), (Some(None), Some(Some(5))));
        assert_eq!(patch.daily_tokens_limit, None);
        assert_eq!(
            serde_json::to_string(&patch).unwrap(),
            r#"{"daily_requests_limit":null,"monthly_requests_limit":5}"#
        );
    }
}
