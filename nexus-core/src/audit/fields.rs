//! Which facts an event may carry, by its kind. What is not listed is not written, and not shown should it be there.

use serde_json::{Map, Value};

use super::{Event, EventType};
use crate::keyring::KeyId;

/// What stands in place of a fact that is not listed.
pub const REDACTED: &str = "[REDACTED]";

/// What every event may say.
const ALWAYS: &[&str] = &["user_id"];

/// The first part of a name, and what events whose name begins so may say. The first that fits counts.
const LISTED: &[(&str, &[&str])] = &[
    ("audit.", &["count", "after"]),
    ("auth.access.", &["method", "path"]),
    ("auth.api_key.", &["key_prefix", "role", "expires_at"]),
    ("authz.permission.", &["permission", "principal", "expires_at", "updated_fields"]),
    ("authz.policy.evaluate", &["action", "reason", "matched_policy_id"]),
    ("authz.policy.denied", &["action", "reason", "matched_policy_id"]),
    ("authz.access.denied", &["action", "reason", "matched_policy_id"]),
    ("authz.policy.", &["updated_fields"]),
    ("authz.retrieval.", &["reason", "count"]),
    ("authz.simulation.", &["action", "reason", "matched_policy_id"]),
    ("billing.usage_recorded", &["route_class", "units", "day_used", "month_used"]),
    ("billing.", &["reason"]),
    ("corpora.", &["updated_fields", "top_k"]),
    ("cost.budget.", &["updated_fields"]),
    ("cost.chargeback.", &["period_start", "period_end", "cost_usd"]),
    ("cost.event.", &["count", "cost_usd"]),
    ("cost.metering.", &["reason", "component", "provider"]),
    ("cost.pricing.", &["component", "provider", "updated_fields"]),
    ("cost.", &["year_month", "budget_usd", "spend_usd"]),
    ("crypto.key.", &["version"]),
    ("crypto.rotation.", &["total_items", "processed_items", "failed_items", "stated_reason", "action"]),
    ("documents.", &["corpus_id", "byte_count", "updated_fields", "count"]),
    ("group.", &["member_id"]),
    ("ops.switch.", &["value", "stated_reason", "expires_at"]),
    ("plan.assigned", &["plan_id", "effective_from", "expires_at"]),
    ("plan.feature.", &["feature_key", "enabled"]),
    ("plan.upgrade_requested", &["plan_id"]),
    ("quota.limits.", &["updated_fields"]),
    ("quota.", &["period", "used", "limit"]),
    ("rbac.", &["required_role"]),
    (
        "run.invoked",
        &["corpus_id", "session_id", "top_k", "audio_requested", "top_k_effective", "audio_effective", "cost_status"],
    ),
    ("run.receipt", &["receipt"]),
    ("security.keyring.", &["purpose", "public_key", "replaced_key_id"]),
    ("security.rate_limited", &["route_class", "scope"]),
    ("selfserve.api_key.", &["key_prefix", "role", "expires_at", "count"]),
    ("sla.assignment.", &["matched_policy_id", "expires_at"]),
    ("sla.autoscaling.", &["action", "reason", "count", "updated_fields"]),
    ("sla.policy.", &["updated_fields"]),
    ("sla.", &["matched_policy_id", "reason", "route_class", "scope", "action"]),
    ("system.", &["reason"]),
];

/// What an event of this name may say besides what every event may.
fn listed(name: &str) -> &'static [&'static str] {
    LISTED.iter().find(|(prefix, _)| name.starts_with(prefix)).map_or(&[], |(_, fields)| fields)
}

/// Puts a mark in place of every fact that is not listed.
#[must_use]
pub fn permitted(name: &str, mut metadata: Map<String, Value>) -> Map<String, Value> {
    let listed = listed(name);
    for (field, value) in &mut metadata {
        if !ALWAYS.contains(&field.as_str()) && !listed.contains(&field.as_str()) {
            *value = Value::from(REDACTED);
            metrics::counter!("nexusrag_audit_redacted_total").increment(1);
        }
    }
    metadata
}

impl Event {
    /// The checkpoint after which an export begins.
    #[must_use]
    pub fn after(self, checkpoint: Option<u64>) -> Self {
        match checkpoint {
            Some(number) => self.number("after", number),
            None => self,
        }
    }

    /// What a key of the platform is for.
    #[must_use]
    pub fn purpose(self, purpose: &'static str) -> Self {
        self.text("purpose", purpose)
    }

    /// What signatures of a key are checked with, where it has such a half.
    #[must_use]
    pub fn public_key(self, key: Option<&str>) -> Self {
        match key {
            Some(key) => self.text("public_key", key),
            None => self,
        }
    }

    /// The key that it takes the place of.
    #[must_use]
    pub fn replacing(self, id: Option<&KeyId>) -> Self {
        match id {
            Some(id) => self.text("replaced_key_id", id.as_str()),
            None => self,
        }
    }

    /// What may be written of the facts.
    pub(super) fn permitted(&self) -> Value {
        Value::Object(permitted(self.what.as_str(), self.metadata.clone()))
    }
}

impl EventType {
    /// The names of the facts that an event of this type may carry.
    pub fn fields(self) -> impl Iterator<Item = &'static str> {
        ALWAYS.iter().chain(listed(self.as_str())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_is_not_told() {
        let facts = serde_json::json!({ "user_id": "u", "method": "GET", "password": "hunter2", "top_k": 3 });
        let Value::Object(facts) = facts else { unreachable!() };
        let shown = permitted("auth.access.success", facts.clone());
        let expected = serde_json::json!({ "user_id": "u", "method": "GET", "password": REDACTED, "top_k": REDACTED });
        assert_eq!(Value::Object(shown), expected);
        assert!(permitted("of.another.program", facts).values().filter(|v| **v != REDACTED).count() == 1);
    }

    #[test]
    fn every_rule_is_for_some_event() {
        for (n, (prefix, _)) in LISTED.iter().enumerate() {
            let first = |t: &&EventType| LISTED.iter().position(|(p, _)| t.as_str().starts_with(p)) == Some(n);
            assert!(EventType::ALL.iter().any(|t| first(&t)), "{prefix}");
        }
    }
}
