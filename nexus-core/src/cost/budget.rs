//! Reading and changing the budget of a tenant.

use chrono::{DateTime, Utc};

use super::{
    Budget, Component, CostError, Costs, HardCap, Month, PriceList, Ratio, Usd, price::is_ours, snapshot, store,
};
use crate::{
    audit::{self, Event, EventType},
    op::Op,
    pg::{Db, DbError, TenantTx},
    principal::Principal,
};

/// What is to change about a budget; what is `None` stays, and what is `Some(None)` is cleared.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::option_option, reason = "absent, cleared and a value are three different requests")]
pub struct BudgetPatch {
    /// The amount of a month.
    pub monthly: Option<Option<Usd>>,
    /// From which share on it warns.
    pub warn_ratio: Option<Ratio>,
    /// Whether it holds.
    pub enforce: Option<bool>,
    /// How it holds.
    pub mode: Option<HardCap>,
    /// Another amount for the month that it is now.
    pub this_month: Option<Option<Usd>>,
}

impl Costs {
    /// The budget of a tenant; one that nobody set is the default.
    pub async fn budget(&self, db: &Db, principal: &Principal) -> Result<Budget, CostError> {
        let mut tx = db.tenant(&principal.tenant).await?;
        Ok(self.find(&mut tx).await?)
    }

    /// Changes the budget of the caller's tenant. A budget that is to hold is refused when nothing says what the parts that
    /// are used here (`relied_on`) cost: it never would.
    pub async fn change_budget(
        &self,
        op: &Op,
        db: &Db,
        principal: &Principal,
        patch: BudgetPatch,
        relied_on: &[(Component, &'static str)],
    ) -> Result<Budget, CostError> {
        let mut tx = db.tenant(&principal.tenant).await?;
        let settings = self.settings();
        let old = store::lock_budget(&mut tx).await.map_err(DbError::from)?;
        let mut budget = old.unwrap_or_else(|| Budget::unset(settings.warn_ratio, settings.hard_cap));
        let month = Month::of(op.now);
        let fields = patch.apply(&mut budget, month);
        if budget.holds_from(month) {
            let prices = store::price::list_in_force(&mut tx, op.now).await.map_err(DbError::from)?;
            prices.carry(relied_on, op.now)?;
        }
        store::put_budget(&mut tx, &budget, op.now).await.map_err(DbError::from)?;
        store::bill::unmark(&mut tx, month).await.map_err(DbError::from)?;
        snapshot::take(&mut tx, &budget, op.now).await?;
        let event =
            Event::by(op, principal, EventType::CostBudgetUpdated).resource("budget", principal.tenant.as_str());
        audit::record(&mut tx, &event.fields(&fields)).await?;
        let stored = self.find(&mut tx).await?;
        tx.commit().await?;
        self.forget(Some(&principal.tenant));
        Ok(stored)
    }

    async fn find(&self, tx: &mut TenantTx) -> Result<Budget, DbError> {
        let settings = self.settings();
        Ok(store::budget(tx).await?.unwrap_or_else(|| Budget::unset(settings.warn_ratio, settings.hard_cap)))
    }
}

impl PriceList {
    /// Whether a budget can hold on these prices, when these parts are used. What asks others costs real money: each of it
    /// needs a price. What runs here needs one somewhere, or the budget would count nothing at all.
    pub(super) fn carry(&self, parts: &[(Component, &'static str)], at: DateTime<Utc>) -> Result<(), CostError> {
        let has_price = |part: &&(Component, &'static str)| self.covers(part.0, part.1, at);
        let missing: Vec<_> = parts.iter().filter(|part| !is_ours(part.1) && !has_price(part)).copied().collect();
        if !missing.is_empty() {
            return Err(CostError::Unpriced { missing });
        }
        if !parts.iter().any(|part| has_price(&part)) {
            return Err(CostError::Unpriced { missing: parts.to_vec() });
        }
        Ok(())
    }
}

impl BudgetPatch {
    /// Applies the changes; the names of what was given.
    fn apply(self, budget: &mut Budget, month: Month) -> Vec<&'static str> {
        let mut fields = Vec::new();
        if let Some(monthly) = self.monthly {
            budget.monthly = monthly;
            fields.push("monthly_budget_usd");
        }
        if let Some(ratio) = self.warn_ratio {
            budget.warn_ratio = ratio;
            fields.push("warn_ratio");
        }
        if let Some(enforce) = self.enforce {
            budget.enforce = enforce;
            fields.push("enforce_hard_cap");
        }
        if let Some(mode) = self.mode {
            budget.mode = mode;
            fields.push("hard_cap_mode");
        }
        if let Some(amount) = self.this_month {
            budget.month_override = amount.map(|amount| (month, amount));
            fields.push("current_month_override_usd");
        }
        fields
    }
}
