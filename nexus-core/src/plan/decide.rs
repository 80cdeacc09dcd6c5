//! What is included, from plans, dates and overrides.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{Feature, Plan, PlanError};

/// The plan that a tenant has, or will have, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The plan.
    pub plan: String,
    /// Since when it counts.
    pub from: DateTime<Utc>,
    /// Until when it counts.
    pub to: Option<DateTime<Utc>>,
}

impl Assignment {
    /// Whether it counts at a time.
    #[must_use]
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        self.from <= now && self.to.is_none_or(|end| now < end)
    }

    /// Fails when its dates are no dates to come.
    #[cfg(feature = "postgres")]
    pub(super) fn check(&self, now: DateTime<Utc>) -> Result<(), PlanError> {
        if self.from < now {
            return Err(PlanError::Dates("effective_from must not be in the past"));
        }
        match self.to {
            Some(end) if end <= self.from => {
                Err(PlanError::Dates("effective_to must be in the future and after effective_from"))
            }
            _ => Ok(()),
        }
    }

    /// Whether it would change nothing of what is agreed on: the same plan counts from its beginning to its end already, and
    /// nothing follows.
    #[cfg(feature = "postgres")]
    pub(super) fn is_part_of(&self, agreed: &[Self]) -> bool {
        let same = |other: &Self| other.holds(self.from) && other.plan == self.plan && other.to == self.to;
        agreed.iter().any(same) && agreed.iter().all(|other| other.from <= self.from)
    }
}

/// What the operator decided for one tenant, in place of its plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    /// The key of the feature.
    pub key: String,
    /// Whether it is included; as the plan says when it is absent.
    pub enabled: Option<bool>,
    /// Its particulars; as the plan says when they are absent.
    pub config: Option<Map<String, Value>>,
}

/// Everything that decides for one tenant, whatever the time.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanOf {
    /// The assignments that are not over.
    pub assignments: Vec<Assignment>,
    /// Their plans.
    pub assigned: Vec<Plan>,
    /// The plan that counts otherwise.
    pub fallback: Plan,
    /// What the operator decided otherwise.
    pub overrides: Vec<Override>,
}

impl PlanOf {
    /// What counts at a time. An assignment outside of its dates, or of a plan that is not there, counts for nothing.
    #[must_use]
    pub fn at(&self, now: DateTime<Utc>) -> Entitlements {
        let held = self.assignments.iter().filter(|assignment| assignment.holds(now)).max_by_key(|a| a.from);
        let named = held.and_then(|held| self.assigned.iter().find(|plan| plan.id == held.plan));
        let plan = named.unwrap_or(&self.fallback);
        let mut features: BTreeMap<Feature, Entitlement> =
            Feature::ALL.iter().map(|feature| (*feature, Entitlement::default())).collect();
        for said in &plan.features {
            if let Some(feature) = Feature::of_key(&said.key) {
                features.insert(feature, Entitlement { enabled: said.enabled, config: said.config.clone() });
            }
        }
        for other in &self.overrides {
            if let Some(entitlement) = Feature::of_key(&other.key).and_then(|feature| features.get_mut(&feature)) {
                entitlement.enabled = other.enabled.unwrap_or(entitlement.enabled);
                entitlement.config = other.config.clone().or_else(|| entitlement.config.take());
            }
        }
        Entitlements {
            plan: plan.id.clone(),
            plan_name: plan.name.clone(),
            assignment: held.cloned(),
            upcoming: self.assignments.iter().filter(|assignment| assignment.from > now).cloned().collect(),
            features: Arc::new(features),
        }
    }
}

/// What is said of one feature.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entitlement {
    /// Whether it is included.
    pub enabled: bool,
    /// Its particulars.
    pub config: Option<Map<String, Value>>,
}

/// What the plan of a tenant includes.
#[derive(Debug, Clone, PartialEq)]
pub struct Entitlements {
    /// The plan that counts.
    pub plan: String,
    /// Its name for people.
    pub plan_name: String,
    /// The assignment that counts; none where the default plan does.
    pub assignment: Option<Assignment>,
    /// What was agreed on for later, in the order of its dates.
    pub upcoming: Vec<Assignment>,
    /// Every feature, by its key.
    pub features: Arc<BTreeMap<Feature, Entitlement>>,
}

impl Entitlements {
    /// All features.
    #[must_use]
    pub fn everything() -> Self {
        let all = Feature::ALL.iter().map(|feature| (*feature, Entitlement { enabled: true, config: None }));
        Self {
            plan: "everything".into(),
            plan_name: "Everything".into(),
            assignment: None,
            upcoming: Vec::new(),
            features: Arc::new(all.collect()),
        }
    }

    /// Whether a feature is included.
    #[must_use]
    pub fn allows(&self, feature: Feature) -> bool {
        self.features.get(&feature).is_some_and(|entitlement| entitlement.enabled)
    }

    /// Fails unless a feature is included.
    pub fn require(&self, feature: Feature) -> Result<(), PlanError> {
        if self.allows(feature) { Ok(()) } else { Err(PlanError::NotIncluded(feature)) }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::{clock::Clock, plan::PlanFeature};

    fn plan(id: &str, features: &[(Feature, bool)]) -> Plan {
        let said = |(feature, enabled): &(Feature, bool)| PlanFeature {
            key: feature.as_str().into(),
            enabled: *enabled,
            config: None,
        };
        Plan { id: id.into(), name: id.into(), is_active: true, features: features.iter().map(said).collect() }
    }

    fn of(overrides: Vec<Override>, to: Option<DateTime<Utc>>, from: DateTime<Utc>) -> PlanOf {
        PlanOf {
            assignments: vec![Assignment { plan: "pro".into(), from, to }],
            assigned: vec![plan("pro", &[(Feature::Tts, true), (Feature::RetrievalLocal, true)])],
            fallback: plan("free", &[(Feature::RetrievalLocal, true), (Feature::Tts, false)]),
            overrides,
        }
    }

    #[test]
    fn an_assignment_counts_within_its_dates() {
        let now = Clock::system().now();
        let plans = of(Vec::new(), Some(now + TimeDelta::days(1)), now);
        assert!(plans.at(now).allows(Feature::Tts));
        assert_eq!(plans.at(now + TimeDelta::days(1)).plan, "free");
        assert!(!plans.at(now - TimeDelta::seconds(1)).allows(Feature::Tts));
        assert!(plans.at(now - TimeDelta::seconds(1)).allows(Feature::RetrievalLocal));
        assert!(!plans.at(now).allows(Feature::AuditAccess));
    }

    #[test]
    fn one_assignment_follows_another_at_its_date() {
        let now = Clock::system().now();
        let later = now + TimeDelta::days(1);
        let mut plans = of(Vec::new(), Some(later), now);
        plans.assignments.push(Assignment { plan: "gold".into(), from: later, to: None });
        plans.assigned.push(plan("gold", &[(Feature::AuditAccess, true)]));
        let (first, second) = (plans.at(later - TimeDelta::microseconds(1)), plans.at(later));
        assert_eq!((first.plan.as_str(), second.plan.as_str()), ("pro", "gold"));
        assert_eq!((first.upcoming.len(), second.upcoming.len()), (1, 0));
        assert!(!first.allows(Feature::AuditAccess) && second.allows(Feature::AuditAccess));
        assert_eq!(plans.at(now - TimeDelta::days(1)).upcoming.len(), 2);
    }

    #[test]
    fn what_is_agreed_on_already_is_nothing_new() {
        let now = Clock::system().now();
        let at = |days| now + TimeDelta::days(days);
        let wanted =
            |plan: &str, from, to: Option<i64>| Assignment { plan: plan.into(), from: at(from), to: to.map(at) };
        let agreed = [wanted("pro", 0, Some(3)), wanted("gold", 3, None)];
        assert!(wanted("gold", 3, None).is_part_of(&agreed) && wanted("gold", 5, None).is_part_of(&agreed));
        for other in
            [wanted("pro", 1, Some(3)), wanted("gold", 3, Some(9)), wanted("pro", 3, None), wanted("gold", 2, None)]
        {
            assert!(!other.is_part_of(&agreed), "{other:?}");
        }
        let [first, _] = &agreed;
        assert!(wanted("pro", 1, Some(3)).is_part_of(std::slice::from_ref(first)));
        assert!(wanted("pro", 0, None).check(now).is_ok() && wanted("pro", 0, Some(1)).check(now).is_ok());
        for bad in [wanted("pro", -1, None), wanted("pro", 2, Some(2)), wanted("pro", 2, Some(1))] {
            assert!(bad.check(now).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_override_wins_and_can_go_back_to_what_the_plan_says() {
        let now = Clock::system().now();
        let other = |enabled| vec![Override { key: Feature::Tts.as_str().into(), enabled, config: None }];
        assert!(!of(other(Some(false)), None, now).at(now).allows(Feature::Tts));
        assert!(of(other(None), None, now).at(now).allows(Feature::Tts));
        assert!(of(other(Some(true)), Some(now), now).at(now).allows(Feature::Tts));
        let unknown = vec![Override { key: "feature.unheard_of".into(), enabled: Some(true), config: None }];
        assert_eq!(of(unknown, None, now).at(now).features.len(), Feature::ALL.len());
    }
}
