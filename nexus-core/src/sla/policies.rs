//! The policies in force, as this replica knows them: typed once, looked up by tenant.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Class, Decision, Standing, Status,
    change::Owner,
    decide::Verdict,
    document::{Defaults, Document, merged},
    recorder::Who,
    window::Grid,
};
use crate::id::TenantId;

/// A policy as it counts for somebody.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Effective {
    /// Which.
    pub id: Uuid,
    /// Whose.
    pub owner: Owner,
    /// What it says; `None` when it cannot be understood, and then nothing is done by it.
    pub document: Option<Document>,
    recommended: Arc<[String]>,
    fallback_order: Arc<[String]>,
}

/// A policy as it is stored.
#[derive(Debug, Clone)]
pub(super) struct StoredPolicy {
    pub owner: Owner,
    pub id: Uuid,
    pub config: Value,
}

/// Which policy counts for a tenant, and when.
#[derive(Debug, Clone)]
pub(super) struct StoredAssignment {
    pub tenant: TenantId,
    /// `None` when it is switched off.
    pub policy: Option<StoredPolicy>,
    pub from: DateTime<Utc>,
    pub to: Option<DateTime<Utc>>,
    pub over: Option<Value>,
}

/// All of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Policies {
    /// What was said of a tenant, the latest beginning first.
    assigned: HashMap<TenantId, Vec<Assigned>>,
    global: Option<Arc<Effective>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Assigned {
    from: DateTime<Utc>,
    to: Option<DateTime<Utc>>,
    policy: Option<Arc<Effective>>,
}

impl Policies {
    /// Types what is stored: what is assigned, and the policy of the operator for everybody without one of his own.
    pub(super) fn compile(
        assignments: &[StoredAssignment],
        global: Option<&StoredPolicy>,
        defaults: &Defaults,
    ) -> Self {
        let mut policies =
            Self { assigned: HashMap::new(), global: global.map(|p| Arc::new(Effective::new(p, &p.config, defaults))) };
        policies.assign(assignments, defaults);
        policies
    }

    /// What counts for these tenants now, in place of what did.
    pub(super) fn replace(&mut self, tenants: &[TenantId], assignments: &[StoredAssignment], defaults: &Defaults) {
        for tenant in tenants {
            self.assigned.remove(tenant);
        }
        self.assign(assignments, defaults);
    }

    fn assign(&mut self, assignments: &[StoredAssignment], defaults: &Defaults) {
        for assignment in assignments {
            let policy = assignment.policy.as_ref().map(|policy| {
                let config = assignment.over.as_ref().map(|over| merged(&policy.config, over));
                Arc::new(Effective::new(policy, config.as_ref().unwrap_or(&policy.config), defaults))
            });
            let assigned = Assigned { from: assignment.from, to: assignment.to, policy };
            let all = self.assigned.entry(assignment.tenant.clone()).or_default();
            all.push(assigned);
            all.sort_by_key(|assigned| Reverse(assigned.from));
        }
    }

    /// The policy that counts for a tenant: by what began last, if that has not ended and its policy is switched on.
    pub(super) fn of(&self, tenant: &TenantId, now: DateTime<Utc>) -> Option<&Arc<Effective>> {
        let begun = self.assigned.get(tenant).and_then(|all| all.iter().find(|assigned| assigned.from <= now));
        let in_force = begun.filter(|assigned| assigned.to.is_none_or(|end| now < end));
        in_force.and_then(|assigned| assigned.policy.as_ref()).or(self.global.as_ref())
    }

    /// Whether a class of requests of a tenant is judged.
    pub(super) fn judges(&self, (tenant, class): &Who, now: DateTime<Utc>) -> bool {
        let policy = self.of(tenant, now);
        policy.is_some_and(|p| p.document.as_ref().is_none_or(|document| document.judges(*class)))
    }

    /// Whether no policy counts for anybody.
    pub(super) fn is_empty(&self) -> bool {
        self.assigned.is_empty() && self.global.is_none()
    }

    /// The longest row of windows that any of them asks for.
    pub(super) fn longest_row(&self) -> u32 {
        let all = self.assigned.values().flatten().filter_map(|a| a.policy.as_ref()).chain(&self.global);
        all.filter_map(|p| p.document.as_ref()).map(|d| d.enforcement.windows).max().unwrap_or(1)
    }

    /// Those that cannot be understood.
    pub(super) fn broken(&self) -> BTreeSet<(Option<TenantId>, Uuid)> {
        let each = self.assigned.iter().flat_map(|(tenant, all)| all.iter().map(move |a| (tenant, a)));
        let assigned = each.filter_map(|(tenant, a)| Some((Some(tenant.clone()), a.policy.as_ref()?)));
        let global = self.global.iter().map(|policy| (None, policy));
        assigned.chain(global).filter(|(_, p)| p.document.is_none()).map(|(tenant, p)| (tenant, p.id)).collect()
    }
}

impl Effective {
    fn new(stored: &StoredPolicy, config: &Value, defaults: &Defaults) -> Self {
        let document = Document::parse(config, defaults).ok();
        Self {
            id: stored.id,
            owner: stored.owner.clone(),
            recommended: document.as_ref().map(Document::recommendations).unwrap_or_default().into(),
            fallback_order: document.as_ref().map(|d| d.relief.fallback.clone()).unwrap_or_default().into(),
            document,
        }
    }

    /// How requests stand after a judgement.
    pub(super) fn standing(&self, class: Class, verdict: &Verdict, grid: Grid) -> Standing {
        let mitigation = self.document.as_ref().map(|d| d.mitigation(verdict.decision)).unwrap_or_default();
        Standing {
            class,
            policy: Some(self.id),
            status: verdict.status,
            decision: verdict.decision,
            window_end: verdict.window.map(|start| start + grid.width()),
            until: verdict.until,
            recommended: if verdict.breaches.is_empty() { Arc::default() } else { Arc::clone(&self.recommended) },
            mitigation,
            fallback_order: Arc::clone(&self.fallback_order),
        }
    }

    /// How requests stand under a policy that cannot be understood: somebody should look at it, and nobody is refused.
    pub(super) fn not_understood(&self, class: Class) -> Standing {
        Standing {
            policy: Some(self.id),
            status: Status::Warning,
            decision: Decision::Allow,
            ..Standing::unbound(class)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sla::document::tests::defaults;
    use serde_json::json;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn stored(owner: Owner, n: u128, windows: u32) -> StoredPolicy {
        let config = json!({
            "objectives": { "availability_min_pct": 99, "p95_ms_max": { "run": 5 }, "max_error_budget_burn_5m": 1 },
            "enforcement": { "consecutive_windows_to_trigger": windows }, "mitigation": {},
        });
        StoredPolicy { owner, id: Uuid::from_u128(n), config }
    }

    fn assigned(policy: Option<StoredPolicy>, from: i64, to: Option<i64>, over: Option<Value>) -> StoredAssignment {
        StoredAssignment { tenant: "t1".parse().unwrap(), policy, from: at(from), to: to.map(at), over }
    }

    #[test]
    fn an_assignment_counts_in_its_time_and_else_the_global_policy() {
        let tenant: TenantId = "t1".parse().unwrap();
        let own = |n| Some(stored(Owner::Tenant(tenant.clone()), n, 2));
        let over = json!({ "enforcement": { "consecutive_windows_to_trigger": 7 } });
        let global = stored(Owner::Operator, 3, 4);
        let present = assigned(own(1), 100, Some(200), Some(over));
        let mut found = Policies::compile(std::slice::from_ref(&present), Some(&global), &defaults());
        let of =
            |found: &Policies, tenant: &str, now| found.of(&tenant.parse().unwrap(), at(now)).map(|p| p.id.as_u128());
        let at_times = |found: &Policies| [99, 100, 199, 200].map(|now| of(found, "t1", now).unwrap());
        assert_eq!(at_times(&found), [3, 1, 1, 3]);
        assert_eq!(of(&found, "t2", 150), Some(3));
        assert_eq!(found.longest_row(), 7);
        // What begins later takes over then, even if it is switched off.
        let tenants = [tenant.clone()];
        found.replace(&tenants, &[present.clone(), assigned(own(2), 150, None, None)], &defaults());
        assert_eq!(at_times(&found), [3, 1, 2, 2]);
        found.replace(&tenants, &[present, assigned(None, 150, None, None)], &defaults());
        assert_eq!(at_times(&found), [3, 1, 3, 3]);
        found.replace(&tenants, &[], &defaults());
        assert_eq!(found, Policies::compile(&[], Some(&global), &defaults()));
    }

    #[test]
    fn a_policy_that_is_not_understood_refuses_nobody() {
        let tenant: TenantId = "t1".parse().unwrap();
        let wrong = assigned(Some(stored(Owner::Operator, 1, 1)), 0, None, Some(json!({ "enforcement": 7 })));
        let found = Policies::compile(&[wrong], None, &defaults());
        assert_eq!(found.broken(), BTreeSet::from([(Some(tenant.clone()), Uuid::from_u128(1))]));
        let standing = found.of(&tenant, at(1)).unwrap().not_understood(Class::Run);
        assert_eq!((standing.status, standing.decision), (Status::Warning, Decision::Allow));
    }
}
