//! Opening a tab: what is expected is reserved, and the budget says whether that may be.

use std::sync::Arc;

use super::{
    Component, CostError, Costs, Edge, HardCap, Inner, Month, PriceList, Standing, Status, USD, Usd, Used, decide,
    price::is_ours,
    tab::{Expected, Holds, Open, Order, Tab},
    terms::Terms,
    writer::Entry,
};
use crate::{
    escrow::{Claim, EscrowError, Limits},
    id::TenantId,
    mitigate::Mitigation,
    op::Op,
    pg::DbError,
    plan::Feature,
};

/// Enforced, even what is expected to cost nothing needs some room: nothing begins when the budget is spent.
const LEAST: Usd = Usd::from_micros(1);

/// What the plan of a tenant lets it do with costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rights {
    /// It sees what it spends.
    visible: bool,
    /// Its budgets hold.
    enforceable: bool,
}

/// What the expected costs.
#[derive(Debug, Clone)]
struct Estimate {
    now: Usd,
    later: Usd,
    guessed: bool,
    /// What asks others and has no price.
    unpriced: Vec<(Component, &'static str)>,
    input_tokens: u64,
    output_tokens: u64,
}

impl Costs {
    /// How the budget of a tenant stands while nothing more is asked for; nothing when costs are off, or when its plan does
    /// not show them.
    pub async fn standing(&self, op: &Op, tenant: &TenantId) -> Result<Option<Standing>, CostError> {
        let Some(inner) = &self.0 else { return Ok(None) };
        let rights = inner.rights(op, tenant).await?;
        if !rights.visible {
            return Ok(None);
        }
        let terms = inner.terms.get(tenant, op.now).await?;
        let month = Month::of(op.now);
        let enforced = terms.budget.enforced(month).filter(|_| rights.enforceable);
        let projected = Usd::from_micros(inner.escrow.standing(op, tenant, USD).await?.month);
        let budget = terms.budget.for_month(month);
        let status = match enforced {
            Some((most, HardCap::Block)) if projected >= most => Status::Capped,
            Some((most, HardCap::Degrade)) if projected >= most => Status::Degraded,
            _ => decide::status(budget, terms.budget.warn_ratio, projected),
        };
        Ok(Some(Standing {
            month,
            budget,
            projected,
            status,
            estimated: false,
            input_tokens: 0,
            output_tokens: 0,
            mitigation: Mitigation::default(),
            visible: true,
        }))
    }

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
        let rights = inner.rights(op, order.tenant).await?;
        let enforced = terms.budget.enforced(Month::of(op.now)).filter(|_| rights.enforceable);
        let most = enforced.filter(|(_, mode)| *mode == HardCap::Block).map(|(most, _)| most);
        let (standing, holds) = inner.stand(op, &order, &terms, rights, expected).await?;
        inner.tell(op, order.tenant, &standing, &terms);
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
            enforced: enforced.is_some(),
            most,
            holds,
            lines: Vec::new(),
            tried: false,
            event: Self::event(op, &order),
            total: Usd::ZERO,
            count: 0,
        }))
    }
}

impl Tab {
    /// Sees to it that what was used and what will still be used until the effect is written down is reserved, when it
    /// turns out to be more than was expected. Where a budget refuses what does not fit, this does.
    pub async fn cover(&mut self, still: &[Used]) -> Result<(), CostError> {
        let Some(open) = &mut self.0 else { return Ok(()) };
        let costs = still.iter().map(|used| open.terms.prices.cost(used, open.op.now));
        let reserved = open.holds.now.iter().map(|hold| Usd::from_micros(hold.amount())).sum();
        let more = (open.unrecorded() + costs.sum()).less(reserved);
        if more == Usd::ZERO {
            return Ok(());
        }
        let limits = Limits { day: None, month: open.most.map(Usd::micros) };
        let claim = Claim { tenant: &open.tenant, meter: USD, amount: more.micros(), limits };
        match open.inner.escrow.reserve(&open.op, &claim).await {
            Ok(hold) => {
                open.holds.now.push(hold);
                Ok(())
            }
            Err(EscrowError::Short(spent)) => {
                let projected = Usd::from_micros(spent.month) + more;
                let standing = Standing { projected, status: Status::Capped, ..open.standing.clone() };
                open.inner.tell(&open.op, &open.tenant, &standing, &open.terms);
                Err(CostError::OverBudget(Box::new(standing)))
            }
            Err(EscrowError::Db(error)) => Err(error.into()),
        }
    }
}

impl Inner {
    async fn rights(&self, op: &Op, tenant: &TenantId) -> Result<Rights, CostError> {
        let plan = self.plans.of(tenant, op.now).await?;
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
    ) -> Result<(Standing, Holds), CostError> {
        let month = Month::of(op.now);
        let budget = terms.budget.for_month(month);
        let stands = |estimate: &Estimate, projected, status, mitigation| Standing {
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
        // What nobody priced would go past the budget uncounted.
        if enforced.is_some_and(|(_, mode)| mode == HardCap::Block) && !estimate.unpriced.is_empty() {
            return Err(CostError::Unpriced { missing: estimate.unpriced });
        }
        let taken = match self.reserve(op, order, enforced.map(|(most, _)| most), &estimate).await? {
            Ok((projected, holds)) => {
                let status = decide::status(budget, terms.budget.warn_ratio, projected);
                return Ok((stands(&estimate, projected, status, whole), holds));
            }
            Err(taken) => taken,
        };
        if enforced.is_none_or(|(_, mode)| mode == HardCap::Block) {
            let projected = taken + estimate.now + estimate.later;
            return Ok((stands(&estimate, projected, Status::Capped, whole), Holds::default()));
        }
        let mitigation = if order.degradable { self.settings.degraded() } else { whole };
        let less = Estimate::of(&terms.prices, &expected(&mitigation), op);
        // A budget that degrades can be exceeded; what goes beyond it is counted all the same.
        let (projected, holds) = self.reserve(op, order, None, &less).await?.unwrap_or((taken, Holds::default()));
        Ok((stands(&less, projected, Status::Degraded, mitigation), holds))
    }

    /// Reserves for now and for later, or nothing: then it says what is taken.
    async fn reserve(
        &self,
        op: &Op,
        order: &Order<'_>,
        budget: Option<Usd>,
        estimate: &Estimate,
    ) -> Result<Result<(Usd, Holds), Usd>, DbError> {
        let limits = Limits { day: None, month: budget.map(Usd::micros) };
        let least = if budget.is_some() { LEAST } else { Usd::ZERO };
        // At once, so that nobody gets half of what it needs.
        let amount = (estimate.now.max(least) + estimate.later).micros();
        match self.escrow.reserve(op, &Claim { tenant: order.tenant, meter: USD, amount, limits }).await {
            Ok(mut hold) => {
                let projected = Usd::from_micros(hold.standing().month);
                let later = (estimate.later > Usd::ZERO).then(|| hold.split(estimate.later.micros()));
                Ok(Ok((projected, Holds { now: vec![hold], later })))
            }
            Err(EscrowError::Short(spent)) => Ok(Err(Usd::from_micros(spent.month))),
            Err(EscrowError::Db(error)) => Err(error),
        }
    }

    /// Tells of an edge, the first time.
    fn tell(&self, op: &Op, tenant: &TenantId, standing: &Standing, terms: &Terms) {
        let (edge, counter) = match standing.status {
            Status::Ok => return,
            Status::Warn => (Edge::Warn, "nexusrag_cost_warn_total"),
            Status::Capped => (Edge::Cap, "nexusrag_cost_capped_total"),
            Status::Degraded => (Edge::Degrade, "nexusrag_cost_degrade_total"),
        };
        metrics::counter!(counter).increment(1);
        let key = (tenant.clone(), standing.month, edge, terms.budget.updated_at);
        if self.told.knows(&key) {
            return;
        }
        let entry = Entry::Edge { tenant: tenant.clone(), edge, op: op.clone(), standing: standing.clone() };
        // When there is no room the next one tells.
        if self.queue.try_send(entry).is_ok() {
            self.told.note(key);
        }
    }
}

impl Estimate {
    fn of(prices: &PriceList, expected: &Expected, op: &Op) -> Self {
        let cost = |used: &[Used]| used.iter().map(|used| prices.cost(used, op.now)).sum::<Usd>();
        let dearest = expected.either.iter().map(|used| cost(used)).max().unwrap_or_default();
        let all = || expected.used.iter().chain(expected.either.iter().flatten()).chain(&expected.later);
        let has_price = |used: &Used| prices.covers(used.component, used.provider, op.now);
        let missing = all().filter(|used| !is_ours(used.provider) && !has_price(used));
        Self {
            now: cost(&expected.used) + dearest,
            later: cost(&expected.later),
            guessed: all().any(|used| used.estimated || !has_price(used)),
            unpriced: missing.map(|used| (used.component, used.provider)).collect(),
            input_tokens: expected.input_tokens,
            output_tokens: expected.output_tokens,
        }
    }
}
