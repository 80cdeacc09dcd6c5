//! How a budget stands, in headers.

use http::{HeaderName, HeaderValue};
use nexus_core::{
    cost::{CostError, Standing},
    id::TenantId,
    op::Op,
};
use nexus_retrieval::document::DocumentError;

use crate::{app::Platform, http::Context};

const BUDGET: HeaderName = HeaderName::from_static("x-cost-month-budget-usd");
const SPEND: HeaderName = HeaderName::from_static("x-cost-month-spend-usd");
const REMAINING: HeaderName = HeaderName::from_static("x-cost-month-remaining-usd");
const STATUS: HeaderName = HeaderName::from_static("x-cost-status");
const ESTIMATED: HeaderName = HeaderName::from_static("x-cost-estimated");

/// Tells a client how its budget stands, where its plan lets it see that. Without a budget both amounts of it are `0`.
pub(crate) fn tell(context: &Context, standing: Option<&Standing>) {
    let Some(standing) = standing.filter(|standing| standing.visible) else { return };
    let amount = |amount: Option<nexus_core::cost::Usd>| amount.map_or_else(|| "0".to_owned(), |a| a.to_string());
    let told = [
        (BUDGET, amount(standing.budget)),
        (SPEND, standing.projected.to_string()),
        (REMAINING, amount(standing.remaining())),
        (STATUS, standing.status.as_str().to_owned()),
        (ESTIMATED, standing.estimated.to_string()),
    ];
    for (name, text) in told {
        if let Ok(value) = HeaderValue::from_str(&text) {
            context.tell(name, value);
        }
    }
}

/// Tells how the budget of a tenant stands before anything is asked of it. Who spends nothing does not wait for a ledger that
/// cannot be reached: nothing is told then.
pub(crate) async fn tell_standing(context: &Context, platform: &Platform, op: &Op, tenant: &TenantId) {
    match platform.runs.costs.standing(op, tenant).await {
        Ok(standing) => tell(context, standing.as_ref()),
        Err(error) => tracing::debug!(%error, "how the budget stands is not known"),
    }
}

/// Tells it to a client whose document is refused because the budget is used up.
pub(crate) fn tell_refused(context: &Context, error: &DocumentError) {
    if let DocumentError::Cost(CostError::OverBudget(standing)) = error {
        tell(context, Some(standing));
    }
}
