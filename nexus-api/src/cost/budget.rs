//! The budget of a tenant.

use axum::extract::State;
use nexus_authz::permission::{BudgetManage, BudgetRead};
use nexus_core::{
    cost::{BudgetPatch, HardCap, Month, Ratio, Usd},
    pg::Db,
};
use nexus_sdk::wire::{self, Dollars};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::convert;
use crate::{
    app::Platform,
    http::{Body, Done, Faults, Once, Refusal, Reply, Validate, caller::As},
};

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(get, patch)).routes(routes!(own))
}

/// The budget of the tenant.
#[utoipa::path(get, path = "/admin/costs/budget", tag = "costs", operation_id = "get_tenant_budget", extensions(("x-permission" = json!("budget.read"))),
    responses((status = 200, description = "The budget", body = wire::Envelope<wire::CostBudget>)))]
async fn get(
    State(platform): State<Platform>,
    As(op, caller): As<BudgetRead>,
) -> Result<Reply<wire::CostBudget>, Refusal> {
    let budget = platform.runs.costs.budget(&platform.db, &caller).await?;
    Ok(Reply::ok(convert::budget(&caller.tenant, &budget, Month::of(op.now), true)))
}

/// Changes the budget of the tenant. What is not given stays, and `null` clears an amount. An override ends with the month.
///
/// A budget that is enforced needs prices for what is used here, or it would never hold: without them the answer is 422
/// `COST_INVALID_BUDGET_CONFIG` and `details.missing` names them.
#[utoipa::path(patch, path = "/admin/costs/budget", tag = "costs", operation_id = "patch_tenant_budget", request_body = wire::PatchCostBudget,
    extensions(("x-permission" = json!("budget.manage"))),
    responses((status = 200, description = "The budget", body = wire::Envelope<wire::CostBudget>)))]
async fn patch(
    State(platform): State<Platform>,
    As(op, caller): As<BudgetManage>,
    once: Once,
    Body(body): Body<wire::PatchCostBudget>,
) -> Result<Done<Reply<wire::CostBudget>>, Refusal> {
    let patch = BudgetPatch {
        monthly: body.monthly_budget_usd.map(|amount| amount.and_then(usd)),
        warn_ratio: body.warn_ratio.and_then(ratio),
        enforce: body.enforce_hard_cap,
        mode: body.hard_cap_mode.map(|mode| match mode {
            wire::HardCapMode::Block => HardCap::Block,
            wire::HardCapMode::Degrade => HardCap::Degrade,
        }),
        this_month: body.current_month_override_usd.map(|amount| amount.and_then(usd)),
    };
    let relied_on = platform.runs.relied_on(&caller.tenant).await?;
    let change = async |db: Db| {
        let budget = platform.runs.costs.change_budget(&op, &db, &caller, patch, &relied_on).await?;
        Ok(Reply::ok(convert::budget(&caller.tenant, &budget, Month::of(op.now), true)))
    };
    let done = once.perform(&platform, &op, &caller, change).await?;
    platform.changes.settled().await;
    Ok(done)
}

/// The budget of the tenant, as it sees it itself.
#[utoipa::path(get, path = "/self-serve/costs/budget", tag = "self-serve", operation_id = "get_budget", extensions(("x-permission" = json!("budget.read"))),
    responses((status = 200, description = "The budget", body = wire::Envelope<wire::CostBudget>)))]
async fn own(
    State(platform): State<Platform>,
    As(op, caller): As<BudgetRead>,
) -> Result<Reply<wire::CostBudget>, Refusal> {
    let budget = platform.runs.costs.budget(&platform.db, &caller).await?;
    Ok(Reply::ok(convert::budget(&caller.tenant, &budget, Month::of(op.now), false)))
}

impl Validate for wire::PatchCostBudget {
    fn validate(&self, faults: &mut Faults) {
        let amounts = [
            ("monthly_budget_usd", self.monthly_budget_usd),
            ("current_month_override_usd", self.current_month_override_usd),
        ];
        for (field, amount) in amounts {
            let fits = amount.flatten().is_none_or(|amount| usd(amount).is_some());
            faults.check(fits, field, "must be from 0 to 1000000000 with at most six decimal places");
        }
        let fits = self.warn_ratio.is_none_or(|share| ratio(share).is_some());
        faults.check(fits, "warn_ratio", "must be between 0 and 1, both excluded, with at most four decimal places");
    }
}

fn usd(amount: Dollars) -> Option<Usd> {
    Usd::from_nanos(amount.nanos()).filter(|amount| (Usd::ZERO..=Usd::LARGEST).contains(amount))
}

fn ratio(share: Dollars) -> Option<Ratio> {
    let whole = share.nanos() % 100_000 == 0;
    u16::try_from(share.nanos() / 100_000).ok().filter(|_| whole).and_then(Ratio::new)
}
