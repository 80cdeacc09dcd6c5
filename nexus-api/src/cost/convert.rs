//! Costs as clients know them.

use std::collections::BTreeMap;

use nexus_core::{
    cost::{
        Budget, By, HardCap, Month, RateType, Snapshot, Spend, Status, Usd,
        store::{price::CatalogRow, report::Report},
    },
    id::TenantId,
};
use nexus_sdk::wire::{self, Dollars};
use serde_json::Value;

pub(super) fn dollars(amount: Usd) -> Dollars {
    Dollars::from_micros(amount.micros())
}

/// The budget as it is in a month; without its times where a tenant looks after itself.
pub(super) fn budget(tenant: &TenantId, budget: &Budget, month: Month, times: bool) -> wire::CostBudget {
    let special = budget.month_override.filter(|(of, _)| *of == month);
    wire::CostBudget {
        tenant_id: tenant.to_string(),
        monthly_budget_usd: budget.monthly.map(dollars),
        warn_ratio: Dollars::from_nanos(i64::from(budget.warn_ratio.ten_thousandths()) * 100_000),
        enforce_hard_cap: budget.enforce,
        hard_cap_mode: match budget.mode {
            HardCap::Block => wire::HardCapMode::Block,
            HardCap::Degrade => wire::HardCapMode::Degrade,
        },
        current_month_override_usd: special.map(|(_, amount)| dollars(amount)),
        created_at: budget.created_at.filter(|_| times),
        updated_at: budget.updated_at.filter(|_| times),
    }
}

pub(super) fn snapshot(of: Snapshot) -> wire::BudgetSnapshot {
    wire::BudgetSnapshot {
        budget_usd: of.budget.map(dollars),
        spend_usd: dollars(of.spend),
        forecast_usd: dollars(of.forecast),
        status: match of.status {
            Status::Ok => wire::BudgetStatus::Ok,
            Status::Warn => wire::BudgetStatus::Warn,
            Status::Capped => wire::BudgetStatus::Capped,
            Status::Degraded => wire::BudgetStatus::Degraded,
        },
        warn_triggered_at: of.warned_at,
        cap_triggered_at: of.capped_at,
        degrade_triggered_at: of.degraded_at,
        computed_at: of.computed_at,
    }
}

pub(super) fn parts(spend: &Spend, by: By) -> BTreeMap<String, Dollars> {
    spend.by(by).into_iter().map(|(name, amount)| (name, dollars(amount))).collect()
}

pub(super) fn rate_type(of: wire::RateType) -> RateType {
    match of {
        wire::RateType::Per1kTokens => RateType::Per1kTokens,
        wire::RateType::PerChar => RateType::PerChar,
        wire::RateType::PerMb => RateType::PerMb,
        wire::RateType::PerRequest => RateType::PerRequest,
        wire::RateType::PerSecond => RateType::PerSecond,
    }
}

pub(super) fn price(row: CatalogRow) -> wire::Price {
    wire::Price {
        tenant_id: (!row.is_global()).then(|| row.tenant_id.clone()),
        id: row.id.to_string(),
        version: row.version,
        provider: row.provider,
        component: row.component,
        rate_type: row.rate_type,
        rate_value_usd: Dollars::from_nanos(row.rate),
        effective_from: row.effective_from,
        effective_to: row.effective_to,
        active: row.active,
        metadata_json: match row.metadata_json {
            Value::Object(object) if !object.is_empty() => Some(object),
            _ => None,
        },
    }
}

pub(super) fn report(report: Report) -> wire::ChargebackReport {
    let part = |name: &str| {
        let amounts = report.breakdown_json.get(name).and_then(Value::as_object).into_iter().flatten();
        let read = |text: &Value| serde_json::from_value(text.clone()).unwrap_or_default();
        amounts.map(|(name, amount)| (name.clone(), read(amount))).collect::<BTreeMap<String, Dollars>>()
    };
    wire::ChargebackReport {
        id: report.id.to_string(),
        period_start: report.period_start,
        period_end: report.period_end,
        currency: "USD".to_owned(),
        total_usd: dollars(report.total()),
        breakdown_json: wire::ChargebackBreakdown {
            component: part("component"),
            provider: part("provider"),
            route_class: part("route_class"),
        },
        generated_at: report.generated_at,
        tenant_id: report.tenant_id,
        generated_by: report.generated_by,
    }
}
