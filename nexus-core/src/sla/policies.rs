//! The policies in force, as this replica knows them: typed once, looked up by tenant.

use std::{
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

/// An enabled policy as it is stored.
#[derive(Debug, Clone)]
pub(super) struct StoredPolicy {
    pub owner: Owner,
    pub id: Uuid,
    pub config: Value,
    pub created_at: DateTime<Utc>,
}

/// Which policy counts for a tenant, and when.
#[derive(Debug, Clone)]
pub(super) struct StoredAssignment {
    pub tenant: TenantId,
    pub owner: Owner,
    pub policy: Uuid,
    pub from: DateTime<Utc>,
    pub to: Option<DateTime<Utc>>,
    pub over: Option<Value>,
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Policies {
    assigned: HashMap<TenantId, Assigned>,
    global: Option<Arc<Effective>>,
}

#[derive(Debug, Clone)]
struct Assigned {
    from: DateTime<Utc>,
    to: Option<DateTime<Utc>>,
    policy: Arc<Effective>,
}

impl Policies {
    /// Types what is stored. Of the operator's policies the newest counts, for everybody without one of his own.
    pub(super) fn compile(stored: &[StoredPolicy], assignments: &[StoredAssignment], defaults: &Defaults) -> Self {
        let by_id: HashMap<(&Owner, Uuid), &StoredPolicy> = stored.iter().map(|p| ((&p.owner, p.id), p)).collect();
        let assigned = assignments.iter().filter_map(|assignment| {
            // A policy that is switched off is not among them.
            let policy = by_id.get(&(&assignment.owner, assignment.policy))?;
            let config = assignment.over.as_ref().map(|over| merged(&policy.config, over));
            let policy = Effective::new(policy, config.as_ref().unwrap_or(&policy.config), defaults);
            let assigned = Assigned { from: assignment.from, to: assignment.to, policy: Arc::new(policy) };
            Some((assignment.tenant.clone(), assigned))
        });
        let newest = stored.iter().filter(|p| p.owner == Owner::Operator).max_by_key(|p| (p.created_at, p.id));
        let global = newest.map(|p| Arc::new(Effective::new(p, &p.config, defaults)));
        Self { assigned: assigned.collect(), global }
    }

    /// The policy that counts for a tenant.
    pub(super) fn of(&self, tenant: &TenantId, now: DateTime<Utc>) -> Option<&Arc<Effective>> {
        let in_force = |a: &&Assigned| a.from <= now && a.to.is_none_or(|end| now < end);
        self.assigned.get(tenant).filter(in_force).map(|a| &a.policy).or(self.global.as_ref())
    }

    /// Whether no policy counts for anybody.
    pub(super) fn is_empty(&self) -> bool {
        self.assigned.is_empty() && self.global.is_none()
    }

    /// The longest row of windows that any of them asks for.
    pub(super) fn longest_row(&self) -> u32 {
        let all = self.assigned.values().map(|a| &a.policy).chain(&self.global);
        all.filter_map(|p| p.document.as_ref()).map(|d| d.enforcement.windows).max().unwrap_or(1)
    }

    /// Those that cannot be understood.
    pub(super) fn broken(&self) -> BTreeSet<(Option<TenantId>, Uuid)> {
        let assigned = self.assigned.iter().map(|(tenant, a)| (Some(tenant.clone()), &a.policy));
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
        StoredPolicy { owner, id: Uuid::from_u128(n), config, created_at: at(i64::try_from(n).unwrap()) }
    }

    #[test]
    fn an_assignment_counts_in_its_time_and_else_the_newest_global_policy() {
        let tenant: TenantId = "t1".parse().unwrap();
        let own = Owner::Tenant(tenant.clone());
        let policies = vec![stored(own.clone(), 1, 2), stored(Owner::Operator, 2, 3), stored(Owner::Operator, 3, 4)];
        let assignment = StoredAssignment {
            tenant: tenant.clone(),
            owner: own,
            policy: Uuid::from_u128(1),
            from: at(100),
            to: Some(at(200)),
            over: Some(json!({ "enforcement": { "consecutive_windows_to_trigger": 7 } })),
        };
        let found = Policies::compile(&policies, &[assignment], &defaults());
        let of = |tenant: &str, now| found.of(&tenant.parse().unwrap(), at(now)).map(|p| p.id.as_u128());
        assert_eq!([of("t1", 99), of("t1", 100), of("t1", 199), of("t1", 200)], [Some(3), Some(1), Some(1), Some(3)]);
        assert_eq!(of("t2", 150), Some(3));
        assert_eq!(found.longest_row(), 7);
    }

    #[test]
    fn a_policy_that_is_not_understood_refuses_nobody() {
        let tenant: TenantId = "t1".parse().unwrap();
        let assignment = StoredAssignment {
            tenant: tenant.clone(),
            owner: Owner::Operator,
            policy: Uuid::from_u128(1),
            from: at(0),
            to: None,
            over: Some(json!({ "enforcement": 7 })),
        };
        let found = Policies::compile(&[stored(Owner::Operator, 1, 1)], &[assignment], &defaults());
        assert_eq!(found.broken(), BTreeSet::from([(Some(tenant.clone()), Uuid::from_u128(1))]));
        let standing = found.of(&tenant, at(1)).unwrap().not_understood(Class::Run);
        assert_eq!((standing.status, standing.decision), (Status::Warning, Decision::Allow));
    }
}
