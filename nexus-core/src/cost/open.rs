//! Opening a tab: what is expected is reserved, and the budget says whether that may be.

use std::sync::Arc;

use super::{
    CostError, Costs, Edge, HardCap, Inner, Month, PriceList, Standing, Status, USD, Usd, decide,
    tab::{Expected, Open, Order, Tab},
    terms::Terms,
    writer::Entry,
};
use crate::{
    escrow::{Claim, EscrowError, Hold, Limits},
    mitigate::Mitigation,
    op::Op,
    pg::DbError,
    plan::Feature,
};

/// Enforced, even what is expected to cost nothing needs some room: nothing begins when the budget is spent.
const LEAST: Usd = Usd::from_micros(1);

/// What was reserved, for now and for later.
type Holds = (Option<Hold>, Option<Hold>);

/// What the plan of a tenant lets it do with costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rights {
    /// It sees what it spends.
    visible: bool,
    /// Its budgets hold.
    enforceable: bool,
}

/// What the expected costs.
#[derive(Debug, Clone, Copy)]
struct Estimate {
    now: Usd,
    later: Usd,
    guessed: bool,
    input_tokens: u64,
    output_tokens: u64,
}

impl Costs {
    /// Opens a tab: reserves what is expected, if the budget allows it, and tells how the budget stands. `expected` is asked
    /// again with what is gone without when the budget degrades.
    pub async fn open(
        &self,
        op: &Op,
        order: Order<'_>,
        expected: &(dyn Fn(&Mitigation) -> Expected + Sync),
    ) -> Result<Tab, CostError> {
        let Some(inner) = &self.0 else { return Ok(Tab::default()) };
        let terms = inner.terms.get(order.tenant, op.now).await?;
        let rights = inner.rights(op, &order).await?;
        let enforced = rights.enforceable && terms.budget.enforced(Month::of(op.now)).is_some();
        let (standing, holds) = inner.stand(op, &order, &terms, rights, expected).await?;
        inner.tell(op, &order, &standing);
        if standing.status == Status::Capped {
            return Err(CostError::OverBudget(Box::new(standing)));
        }
        Ok(Tab::new(Open {
            inner: Arc::clone(inner),
            op: op.clone(),
            tenant: order.tenant.clone(),
            session: order.session.cloned(),
            class: order.class,
            terms,
            standing,
            enforced,
            holds,
            drawn: false,
            lines: Vec::new(),
            event: Self::event(op, &order),
            total: Usd::ZERO,
            count: 0,
        }))
    }
}

impl Inner {
    async fn rights(&self, op: &Op, order: &Order<'_>) -> Result<Rights, CostError> {
        let plan = self.plans.of(order.tenant, op.now).await?;
        Ok(Rights { visible: plan.allows(Feature::CostVisibility), enforceable: plan.allows(Feature::CostControls) })
    }

    /// How the budget stands with this order, and what was reserved for it.
    async fn stand(
        &self,
        op: &Op,
        order: &Order<'_>,
        terms: &Terms,
        rights: Rights,
        expected: &(dyn Fn(&Mitigation) -> Expected + Sync),
    ) -> Result<(Standing, Holds), DbError> {
        let month = Month::of(op.now);
        let budget = terms.budget.for_month(month);
        let stands = |estimate: Estimate, projected, status, mitigation| Standing {
            month,
            budget,
            projected,
            status,
            estimated: estimate.guessed,
            input_tokens: estimate.input_tokens,
            output_tokens: estimate.output_tokens,
            mitigation,
            visible: rights.visible,
        };
        let whole = Mitigation::default();
        let estimate = Estimate::of(&terms.prices, &expected(&whole), op);
        let enforced = terms.budget.enforced(month).filter(|_| rights.enforceable);
        let taken = match self.reserve(op, order, enforced.map(|(most, _)| most), estimate).await? {
            Ok((projected, holds)) => {
                let status = decide::status(budget, terms.budget.warn_ratio, projected);
                return Ok((stands(estimate, projected, status, whole), holds));
            }
            Err(taken) => taken,
        };
        if enforced.is_none_or(|(_, mode)| mode == HardCap::Block) {
            let projected = taken + estimate.now + estimate.later;
            return Ok((stands(estimate, projected, Status::Capped, whole), (None, None)));
        }
        let mitigation = if order.degradable { self.settings.degraded() } else { whole };
        let less = Estimate::of(&terms.prices, &expected(&mitigation), op);
        // A budget that degrades can be exceeded; what goes beyond it is counted all the same.
        let (projected, holds) = self.reserve(op, order, None, less).await?.unwrap_or((taken, (None, None)));
        Ok((stands(less, projected, Status::Degraded, mitigation), holds))
    }

    /// Reserves for now and for later, or nothing: then it says what is taken.
    async fn reserve(
        &self,
        op: &Op,
        order: &Order<'_>,
        budget: Option<Usd>,
        estimate: Estimate,
    ) -> Result<Result<(Usd, Holds), Usd>, DbError> {
        let limits = Limits { day: None, month: budget.map(Usd::micros) };
        let least = if budget.is_some() { LEAST } else { Usd::ZERO };
        let claim = |amount: Usd| Claim { tenant: order.tenant, meter: USD, amount: amount.micros(), limits };
        let hold = match self.escrow.reserve(op, &claim(estimate.now.max(least))).await {
            Ok(hold) => hold,
            Err(EscrowError::Short(spent)) => return Ok(Err(Usd::from_micros(spent.month))),
            Err(EscrowError::Db(error)) => return Err(error),
        };
        let projected = Usd::from_micros(hold.standing().month);
        if estimate.later == Usd::ZERO {
            return Ok(Ok((projected, (Some(hold), None))));
        }
        match self.escrow.reserve(op, &claim(estimate.later)).await {
            Ok(later) => Ok(Ok((Usd::from_micros(later.standing().month), (Some(hold), Some(later))))),
            Err(EscrowError::Short(spent)) => Ok(Err(Usd::from_micros(spent.month).less(estimate.now))),
            Err(EscrowError::Db(error)) => Err(error),
        }
    }

    /// Tells of an edge, the first time.
    fn tell(&self, op: &Op, order: &Order<'_>, standing: &Standing) {
        let (edge, counter) = match standing.status {
            Status::Ok => return,
            Status::Warn => (Edge::Warn, "nexusrag_cost_warn_total"),
            Status::Capped => (Edge::Cap, "nexusrag_cost_capped_total"),
            Status::Degraded => (Edge::Degrade, "nexusrag_cost_degrade_total"),
        };
        metrics::counter!(counter).increment(1);
        let key = (order.tenant.clone(), standing.month, edge, standing.budget);
        if self.told.contains_key(&key) {
            return;
        }
        let entry = Entry::Edge { tenant: order.tenant.clone(), edge, op: op.clone(), standing: standing.clone() };
        // When there is no room the next one tells.
        if self.queue.try_send(entry).is_ok() {
            self.told.insert(key, ());
        }
    }
}

impl Estimate {
    fn of(prices: &PriceList, expected: &Expected, op: &Op) -> Self {
        let cost = |used: &[_]| used.iter().map(|used| prices.cost(used, op.now)).sum();
        let mut all = expected.used.iter().chain(&expected.later);
        Self {
            now: cost(&expected.used),
            later: cost(&expected.later),
            guessed: all.any(|used| used.estimated || !prices.covers(used.component, used.provider, op.now)),
            input_tokens: expected.input_tokens,
            output_tokens: expected.output_tokens,
        }
    }
}
