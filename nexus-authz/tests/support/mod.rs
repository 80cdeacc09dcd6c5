//! Random policies, principals and documents from a small vocabulary, so that comparisons often hold.

#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use chrono::{DateTime, TimeDelta, Utc};
use nexus_authz::{
    permission::RouteClass,
    policy::{
        Action, Condition, Effect, Facts, Fallback, Limits, Policy, PolicySet, RequestFacts, Resource, ResourceType,
    },
    scope::{Policies, ReadScope, ScopeSettings},
};
use nexus_core::{
    id::{CorpusId, TenantId},
    principal::{Principal, Role},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub const LIMITS: Limits = Limits { max_bytes: 16_384, max_depth: 8 };

/// A stream of numbers that the same seed repeats.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).unwrap()).unwrap()
    }

    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

const PATHS: &[&str] = &[
    "resource.id",
    "resource.type",
    "resource.tenant_id",
    "resource.corpus_id",
    "resource.status",
    "resource.content_type",
    "resource.labels.team",
    "resource.labels.a b",
    "resource.labels",
    "resource.metadata.owner",
    "resource.metadata.score",
    "resource.metadata.tags",
    "resource.metadata.flag",
    "resource.metadata.deep.x",
    "resource.metadata.q\"u",
    "resource",
    "resource.nothing",
    "resource.labels.team.more",
    "principal.id",
    "principal.role",
    "principal.groups",
    "principal.plan",
    "principal.auth_method",
    "request.route_class",
    "request.ip",
    "request.time",
    "nobody.knows",
];
const TEXTS: &[&str] =
    &["", "u1", "u2", "red", "redder", "blue", "reader", "editor", "g1", "c1", "é", "a.b", "1", "d1", "read", "active"];

pub fn scalar(dice: &mut Dice) -> Value {
    match dice.below(12) {
        0 => Value::Null,
        1 => json!(dice.below(2) == 0),
        2 => json!(dice.below(3)),
        3 => [json!(2.5), json!(-1), json!(0.1), json!(1.0), json!(1e20), json!(9_007_199_254_740_993_i64)]
            [dice.below(6)]
        .clone(),
        _ => json!(dice.pick(TEXTS)),
    }
}

fn literal(dice: &mut Dice) -> Value {
    match dice.below(6) {
        0 => (0..dice.below(4)).map(|_| scalar(dice)).collect(),
        1 if dice.below(4) == 0 => json!({ "x": scalar(dice) }),
        _ => scalar(dice),
    }
}

fn comparison(dice: &mut Dice) -> Value {
    let operators = ["eq", "ne", "in", "not_in", "gt", "gte", "lt", "lte", "contains", "starts_with"];
    let variable = |dice: &mut Dice| json!({ "var": dice.pick(PATHS) });
    if dice.below(20) == 0 {
        return json!({ "time_between": [variable(dice), { "start": "08:00", "end": "17:00" }] });
    }
    let (left, right) = match dice.below(8) {
        0 => (literal(dice), variable(dice)),
        1 => (variable(dice), variable(dice)),
        _ => (variable(dice), literal(dice)),
    };
    json!({ operators[dice.below(operators.len())]: [left, right] })
}

pub fn condition(dice: &mut Dice, depth: usize) -> Value {
    match if depth == 0 { 9 } else { dice.below(10) } {
        0 => json!({ "all": (0..dice.below(4)).map(|_| condition(dice, depth - 1)).collect::<Vec<_>>() }),
        1 | 2 => json!({ "any": (0..dice.below(4)).map(|_| condition(dice, depth - 1)).collect::<Vec<_>>() }),
        3 | 4 => json!({ "not": comparison(dice) }),
        5 => json!({ "not": { "any": [condition(dice, depth - 1), comparison(dice)] } }),
        6 if dice.below(4) == 0 => json!(dice.below(2) == 0),
        _ => comparison(dice),
    }
}

pub fn policy(dice: &mut Dice) -> Policy {
    let json = condition(dice, 3);
    let at = DateTime::<Utc>::UNIX_EPOCH;
    Policy {
        id: Uuid::from_u64_pair(dice.next(), dice.next()),
        tenant: None,
        name: "random".to_owned(),
        version: 1,
        effect: if dice.below(3) == 0 { Effect::Deny } else { Effect::Allow },
        resource_type: [ResourceType::Document, ResourceType::Document, ResourceType::Any, ResourceType::Corpus]
            [dice.below(4)],
        action: [Action::Read, Action::Read, Action::Any, Action::Write][dice.below(4)],
        condition: Condition::parse(&json, &LIMITS).unwrap_or_else(|e| panic!("{json}: {e}")),
        priority: i32::try_from(dice.below(3)).unwrap(),
        enabled: dice.below(8) != 0,
        created_by: None,
        created_at: at,
        updated_at: at,
    }
}

/// A filter, of which all is asked.
pub fn filter(dice: &mut Dice) -> Condition {
    Condition::parse(&condition(dice, 3), &LIMITS).unwrap()
}

pub fn policies(dice: &mut Dice, most: usize) -> Vec<Policy> {
    (0..dice.below(most + 1)).map(|_| policy(dice)).collect()
}

pub fn principal(dice: &mut Dice) -> Principal {
    let role = Role::ALL[dice.below(4)];
    let user = ["u1", "u2"][dice.below(2)];
    let mut principal = Principal::vouched_for("t1".parse().unwrap(), user.parse().unwrap(), role);
    principal.groups = (0..dice.below(3)).map(|_| dice.pick(&["g1", "g2", "red"]).parse().unwrap()).collect();
    principal
}

pub fn plan(dice: &mut Dice) -> Option<&'static str> {
    (dice.below(2) == 0).then(|| dice.pick(TEXTS))
}

pub fn request(dice: &mut Dice) -> RequestFacts {
    let time = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::minutes(i64::try_from(dice.below(100_000)).unwrap());
    let ip = (dice.below(2) == 0).then(|| "10.0.0.1".parse().unwrap());
    RequestFacts::new("r1", time, ip, Some("/v1/run".to_owned()), RouteClass::Read)
}

/// A document that owns its parts.
#[derive(Debug)]
pub struct Paper {
    pub id: String,
    pub tenant: TenantId,
    pub corpus: CorpusId,
    pub status: &'static str,
    pub content_type: Option<&'static str>,
    pub labels: BTreeMap<String, String>,
    pub metadata: Map<String, Value>,
}

impl Paper {
    pub fn random(dice: &mut Dice) -> Self {
        let mut labels = BTreeMap::new();
        for key in ["team", "a b"] {
            if dice.below(3) != 0 {
                labels.insert(key.to_owned(), dice.pick(TEXTS).to_owned());
            }
        }
        let mut metadata = Map::new();
        for key in ["owner", "score", "flag", "q\"u", "deep"] {
            if dice.below(3) != 0 {
                let value = if key == "deep" { json!({ "x": scalar(dice) }) } else { literal(dice) };
                metadata.insert(key.to_owned(), value);
            }
        }
        if dice.below(3) != 0 {
            metadata.insert("tags".to_owned(), (0..dice.below(4)).map(|_| scalar(dice)).collect());
        }
        Self {
            id: dice.pick(TEXTS).to_owned(),
            tenant: "t1".parse().unwrap(),
            corpus: dice.pick(&["c1", "c2"]).parse().unwrap(),
            status: dice.pick(&["active", "red"]),
            content_type: (dice.below(2) == 0).then_some("blue"),
            labels,
            metadata,
        }
    }

    pub fn resource(&self) -> Resource<'_> {
        Resource {
            id: Some(&self.id),
            corpus: Some(&self.corpus),
            status: Some(self.status),
            content_type: self.content_type,
            labels: Some(&self.labels),
            metadata: Some(&self.metadata),
            ..Resource::new(ResourceType::Document, &self.tenant)
        }
    }

    /// What the database shows to a predicate.
    pub fn attributes(&self) -> Value {
        json!({
            "type": "document", "id": self.id, "tenant_id": self.tenant, "corpus_id": self.corpus, "status": self.status,
            "content_type": self.content_type, "labels": self.labels, "metadata": self.metadata,
        })
    }
}

/// How many cases to try: `NEXUS_CASES`, or the given number.
pub fn cases(default: usize) -> usize {
    std::env::var("NEXUS_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// Asks everything that a request asks of policies.
pub fn decides(json: &Value, condition: Condition, dice: &mut Dice) {
    let (deny, allow) = (Effect::Deny, Effect::Allow);
    let policies = [(deny, condition.clone()), (allow, condition), (allow, Condition::always())];
    let policies = policies.map(|(e, c)| Policy::new("hostile", e, ResourceType::Document, Action::Read, c));
    let set = PolicySet::compile(policies);
    let (kind, action) = (ResourceType::Document, Action::Read);
    for _ in 0..3 {
        let (principal, plan, request, paper) = (principal(dice), plan(dice), request(dice), Paper::random(dice));
        let resource = paper.resource();
        let facts = Facts { principal: &principal, plan, request: &request, resource: Some(&resource) };
        let all = AssertUnwindSafe(|| {
            let decided = set.decide(kind, action, &facts, Fallback::Deny);
            let traced = set.trace(kind, action, &facts, Fallback::Deny).decision;
            let remains = set.residual(kind, action, &facts, Fallback::Deny).permits(&resource);
            let policies = Policies { set: &set, fallback: Fallback::Deny, plan, request: &request };
            let scope = ReadScope::vouched_for(&principal, Some(policies), ScopeSettings::default());
            let _ = (scope.predicate(), scope.remote_bedrock(), scope.remote_vertex());
            (decided, traced, remains, scope.permits(&resource))
        });
        let (decided, traced, remains, permitted) = catch_unwind(all).unwrap_or_else(|_| panic!("{json} panics"));
        assert_eq!(decided, traced, "{json}");
        assert_eq!((decided.allowed, decided.allowed), (remains, permitted), "{json}");
    }
}
