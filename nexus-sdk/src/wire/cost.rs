//! Costs: budgets, prices, spending and reports of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Dollars, Object,
    patch::{nullable, present},
};

/// What an enforced budget does when it is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum HardCapMode {
    /// Refuses runs and documents.
    #[serde(rename = "block")]
    Block,
    /// Makes runs do less, and can be exceeded.
    #[serde(rename = "degrade")]
    Degrade,
}

/// What a rate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum RateType {
    /// A thousand tokens.
    #[serde(rename = "per_1k_tokens")]
    Per1kTokens,
    /// A character.
    #[serde(rename = "per_char")]
    PerChar,
    /// 1,048,576 bytes.
    #[serde(rename = "per_mb")]
    PerMb,
    /// A call.
    #[serde(rename = "per_request")]
    PerRequest,
    /// A second.
    #[serde(rename = "per_second")]
    PerSecond,
}

/// What a tenant wants to spend in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CostBudget {
    /// The tenant.
    pub tenant_id: String,
    /// Dollars in a month; absent or zero when there is no budget.
    pub monthly_budget_usd: Option<Dollars>,
    /// The share of the budget from which on it warns.
    pub warn_ratio: Dollars,
    /// Whether the budget holds; otherwise it only warns.
    pub enforce_hard_cap: bool,
    /// What it does when it holds and is used up.
    pub hard_cap_mode: HardCapMode,
    /// Dollars for the present month instead.
    pub current_month_override_usd: Option<Dollars>,
    /// Since when there is a budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it was changed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<DateTime<Utc>>,
}

/// A change of a budget. What is absent stays; `null` clears an amount.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchCostBudget {
    /// Dollars in a month.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Dollars>, minimum = 0))]
    pub monthly_budget_usd: Option<Option<Dollars>>,
    /// The share of the budget from which on it warns; between 0 and 1, both excluded.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub warn_ratio: Option<Dollars>,
    /// Whether the budget holds.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub enforce_hard_cap: Option<bool>,
    /// What it does when it holds and is used up.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub hard_cap_mode: Option<HardCapMode>,
    /// Dollars for the present month instead. It ends with the month.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Dollars>, minimum = 0))]
    pub current_month_override_usd: Option<Option<Dollars>>,
}

/// How a budget stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum BudgetStatus {
    /// There is room, or no budget.
    #[serde(rename = "ok")]
    Ok,
    /// The share to warn at was reached.
    #[serde(rename = "warn")]
    Warn,
    /// It was used up, and something was refused.
    #[serde(rename = "capped")]
    Capped,
    /// It was used up, and runs did less.
    #[serde(rename = "degraded")]
    Degraded,
}

/// How the budget of a month stood when that was last written down: now and then while something is spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BudgetSnapshot {
    /// Dollars of the budget, if there was one.
    pub budget_usd: Option<Dollars>,
    /// Dollars that were spent; what is only reserved is not among them.
    pub spend_usd: Dollars,
    /// Dollars of the whole month if it goes on as it began.
    pub forecast_usd: Dollars,
    /// The gravest that the budget came to since it was last changed.
    pub status: BudgetStatus,
    /// When it first warned since then.
    pub warn_triggered_at: Option<DateTime<Utc>>,
    /// When it first refused.
    pub cap_triggered_at: Option<DateTime<Utc>>,
    /// When it first degraded.
    pub degrade_triggered_at: Option<DateTime<Utc>>,
    /// When this was written down.
    pub computed_at: DateTime<Utc>,
}

/// What a month cost, by parts that each add up to the total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SpendSummary {
    /// Always `month`.
    pub period: String,
    /// The month.
    pub year_month: String,
    /// All of it.
    pub total_usd: Dollars,
    /// By part of the work.
    pub by_component: BTreeMap<String, Dollars>,
    /// By who does it.
    pub by_provider: BTreeMap<String, Dollars>,
    /// By what was asked for.
    pub by_route_class: BTreeMap<String, Dollars>,
    /// How the budget stood; absent when nothing was spent and no budget was set.
    pub snapshot: Option<BudgetSnapshot>,
}

/// What was spent in an hour or a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SpendPoint {
    /// Its beginning.
    pub ts: DateTime<Utc>,
    /// Dollars.
    pub value_usd: Dollars,
}

/// Spending over time. Hours or days in which nothing was spent are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SpendSeries {
    /// How many days, today included.
    pub window_days: u32,
    /// `day` or `hour`.
    pub granularity: String,
    /// The points, in the order of time.
    pub points: Vec<SpendPoint>,
}

/// What a month cost, told apart in one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SpendBreakdown {
    /// Always `month`.
    pub period: String,
    /// The month.
    pub year_month: String,
    /// By what.
    pub by: String,
    /// The parts.
    pub breakdown: BTreeMap<String, Dollars>,
}

/// A price of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Price {
    /// Its id.
    pub id: String,
    /// The tenant that it holds for; absent when it holds for all.
    pub tenant_id: Option<String>,
    /// The version of the price list that it is from.
    pub version: String,
    /// Whose component.
    pub provider: String,
    /// What is priced.
    pub component: String,
    /// What is counted.
    pub rate_type: String,
    /// Dollars for each.
    pub rate_value_usd: Dollars,
    /// From when.
    pub effective_from: DateTime<Utc>,
    /// Until when, this moment excluded; absent while no other follows.
    pub effective_to: Option<DateTime<Utc>>,
    /// Whether it counts.
    pub active: bool,
    /// What its author attached.
    pub metadata_json: Option<Object>,
}

/// A price to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreatePrice {
    /// The version of the price list that it is from; 1 to 64 characters.
    pub version: String,
    /// Whose component, such as `openai`, `vertex` or `internal`; 1 to 64 characters.
    pub provider: String,
    /// What is priced: `retrieval`, `embedding`, `rerank`, `llm`, `tts`, `storage` or `queue`; 1 to 64 characters.
    pub component: String,
    /// What is counted.
    pub rate_type: RateType,
    /// Dollars for each; more than zero.
    pub rate_value_usd: Dollars,
    /// From when. An open price of the same thing that began before ends here.
    pub effective_from: DateTime<Utc>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<DateTime<Utc>>,
    /// Whether it counts.
    #[serde(default = "yes")]
    pub active: bool,
    /// What to attach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_json: Option<Object>,
}

/// A change of a price. Its rate never changes: make a successor instead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchPrice {
    /// Until when.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<DateTime<Utc>>,
    /// Whether it counts.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// Prices, those that begin last first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PriceList {
    /// The prices.
    pub items: Vec<Price>,
}

/// What a period cost, told apart in three ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChargebackBreakdown {
    /// By part of the work.
    pub component: BTreeMap<String, Dollars>,
    /// By who does it.
    pub provider: BTreeMap<String, Dollars>,
    /// By what was asked for.
    pub route_class: BTreeMap<String, Dollars>,
}

/// A report of what a period cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChargebackReport {
    /// Its id.
    pub id: String,
    /// Its tenant.
    pub tenant_id: String,
    /// From when.
    pub period_start: DateTime<Utc>,
    /// Up to when, this moment excluded.
    pub period_end: DateTime<Utc>,
    /// Always `USD`.
    pub currency: String,
    /// All of it.
    pub total_usd: Dollars,
    /// The parts.
    pub breakdown_json: ChargebackBreakdown,
    /// When it was last brought up to date.
    pub generated_at: DateTime<Utc>,
    /// Who asked for it.
    pub generated_by: Option<String>,
}

/// Reports, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChargebackList {
    /// The reports.
    pub items: Vec<ChargebackReport>,
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_patch_tells_null_from_nothing() {
        let patch: PatchCostBudget = serde_json::from_str(r#"{"monthly_budget_usd":null,"warn_ratio":0.75}"#).unwrap();
        assert_eq!((patch.monthly_budget_usd, patch.current_month_override_usd), (Some(None), None));
        assert_eq!(patch.warn_ratio, Some(Dollars::from_nanos(750_000_000)));
        assert!(serde_json::from_str::<PatchCostBudget>(r#"{"warn_ratio":null}"#).is_err());
        assert!(serde_json::from_str::<PatchCostBudget>(r#"{"budget":1}"#).is_err());
    }
}
