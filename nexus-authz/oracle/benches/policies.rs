//! One decision among 1, 100 and 1,000 policies, here, in Cedar and in Rego: the same rules, the same questions, the same
//! answers, which are compared before anything is timed.
//!
//! Three rule sets: `keyed` rules each want one attribute to be one text, as most that people write do; `bounded` rules have
//! a lower bound for a number; `scanned` rules are negations, so that nothing can be looked up and every one has to be
//! asked. A question is allowed by the last rule and denied by none, or is denied because no rule speaks of it.

#![allow(missing_docs, clippy::unwrap_used)]

use std::{fmt::Write as _, hint::black_box};

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet as Cedar, Request};
use chrono::{DateTime, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
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
use regorus::{Engine, Rc, Value as Rego, languages::rego::compiler::Compiler, rvm::vm::RegoVM};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// How rules are written.
#[derive(Clone, Copy)]
enum Shape {
    Keyed,
    Bounded,
    Scanned,
}

const SHAPES: [(Shape, &str); 3] = [(Shape::Keyed, "keyed"), (Shape::Bounded, "bounded"), (Shape::Scanned, "scanned")];

/// A rule in three languages. All deny but the last.
struct Rule {
    effect: Effect,
    ours: Value,
    cedar: String,
    rego: String,
}

fn rule(shape: Shape, n: usize, last: usize) -> Rule {
    let effect = if n == last { Effect::Allow } else { Effect::Deny };
    let team = format!("team-{n}");
    match shape {
        Shape::Keyed => Rule {
            effect,
            ours: json!({ "all": [
                { "eq": [{ "var": "resource.labels.team" }, team] },
                { "in": [{ "var": "principal.role" }, ["reader", "editor"]] },
            ] }),
            cedar: format!(r#"context.team == "{team}" && ["reader", "editor"].contains(context.role)"#),
            rego: format!(r#"input.team == "{team}"; input.role in {{"reader", "editor"}}"#),
        },
        Shape::Bounded => {
            let (floor, state) = if n == last { (0, "archived") } else { (1_000 + n, "draft") };
            Rule {
                effect,
                ours: json!({ "all": [
                    { "ne": [{ "var": "resource.status" }, state] },
                    { "gte": [{ "var": "resource.metadata.level" }, floor] },
                ] }),
                cedar: format!(r#"context.status != "{state}" && context.level >= {floor}"#),
                rego: format!(r#"input.status != "{state}"; input.level >= {floor}"#),
            }
        }
        Shape::Scanned => {
            let [one, other] =
                if n == last { ["archived".to_owned(), "draft".to_owned()] } else { ["active".to_owned(), team] };
            let archived = if n == last { "" } else { r#", "archived""# };
            let list = format!(r#"["{one}", "{other}"{archived}]"#);
            Rule {
                effect,
                ours: json!({ "not_in": [{ "var": "resource.status" }, serde_json::from_str::<Value>(&list).unwrap()] }),
                cedar: format!("!({list}.contains(context.status))"),
                rego: format!("not input.status in {list}"),
            }
        }
    }
}

fn ours(rules: &[Rule]) -> PolicySet {
    let limits = Limits { max_bytes: 16_384, max_depth: 8 };
    let at = DateTime::<Utc>::UNIX_EPOCH;
    PolicySet::compile(rules.iter().enumerate().map(|(n, rule)| Policy {
        id: Uuid::from_u128(n as u128),
        tenant: None,
        name: format!("rule {n}"),
        version: 1,
        effect: rule.effect,
        resource_type: ResourceType::Document,
        action: Action::Read,
        condition: Condition::parse(&rule.ours, &limits).unwrap(),
        priority: 100,
        enabled: true,
        created_by: None,
        created_at: at,
        updated_at: at,
    }))
}

fn cedar(rules: &[Rule]) -> Cedar {
    let text = rules.iter().fold(String::new(), |mut text, rule| {
        let effect = if rule.effect == Effect::Allow { "permit" } else { "forbid" };
        writeln!(text, "{effect}(principal, action, resource) when {{ {} }};", rule.cedar).unwrap();
        text
    });
    text.parse().unwrap()
}

fn rego(rules: &[Rule]) -> RegoVM {
    let mut text =
        "package bench\nimport rego.v1\ndefault allow := false\nallow if { permitted; not denied }\n".to_owned();
    for rule in rules {
        let name = if rule.effect == Effect::Allow { "permitted" } else { "denied" };
        writeln!(text, "{name} if {{ {} }}", rule.rego).unwrap();
    }
    if rules.len() == 1 {
        text += "denied if { input.team == \"nobody\" }\n";
    }
    let mut engine = Engine::new();
    engine.add_policy("bench.rego".to_owned(), text).unwrap();
    let entry = "data.bench.allow";
    let compiled = engine.compile_with_entrypoint(&Rc::from(entry)).unwrap();
    let program = Compiler::compile_from_policy(&compiled, &[entry]).unwrap();
    let mut vm = RegoVM::new();
    vm.load_program(program);
    vm
}

fn one_decision(c: &mut Criterion) {
    let principal = Principal::vouched_for("t1".parse().unwrap(), "u1".parse().unwrap(), Role::Reader);
    let request = RequestFacts::new("r1", DateTime::UNIX_EPOCH, None, None, RouteClass::Read);
    let (tenant, corpus): (TenantId, CorpusId) = ("t1".parse().unwrap(), "c1".parse().unwrap());
    let metadata: Map<String, Value> = [("level".to_owned(), json!(7))].into_iter().collect();
    let uid: EntityUid = r#"Thing::"one""#.parse().unwrap();
    let (authorizer, entities) = (Authorizer::new(), Entities::empty());
    for (shape, name) in SHAPES {
        for n in [1_usize, 100, 1_000] {
            let rules: Vec<Rule> = (0..n).map(|i| rule(shape, i, n - 1)).collect();
            let (ours, cedar, mut rego) = (ours(&rules), cedar(&rules), rego(&rules));
            let mut group = c.benchmark_group(format!("decision/{name}/{n}"));
            for (team, status, answer) in
                [(format!("team-{}", n - 1), "active", true), ("else".to_owned(), "archived", false)]
            {
                let labels = [("team".to_owned(), team.clone())].into_iter().collect();
                let resource = Resource {
                    id: Some("d1"),
                    corpus: Some(&corpus),
                    status: Some(status),
                    content_type: Some("text/plain"),
                    labels: Some(&labels),
                    metadata: Some(&metadata),
                    ..Resource::new(ResourceType::Document, &tenant)
                };
                let facts = Facts { principal: &principal, plan: None, request: &request, resource: Some(&resource) };
                let told = json!({ "team": team, "role": "reader", "status": status, "level": 7 });
                let context = Context::from_json_value(told.clone(), None).unwrap();
                let asked = Request::new(uid.clone(), uid.clone(), uid.clone(), context, None).unwrap();
                rego.set_input(Rego::from_json_str(&told.to_string()).unwrap());

                let decide = || ours.decide(ResourceType::Document, Action::Read, &facts, Fallback::Deny).allowed;
                let decide_cedar = || authorizer.is_authorized(&asked, &cedar, &entities).decision() == Decision::Allow;
                let answers = (decide(), decide_cedar(), rego.execute().unwrap() == Rego::from(true));
                assert_eq!(answers, (answer, answer, answer), "{name} {n}");
                let told = if answer { "allowed" } else { "denied" };
                group.bench_function(format!("nexus-authz/{told}"), |b| b.iter(|| black_box(decide())));
                group.bench_function(format!("cedar-policy/{told}"), |b| b.iter(|| black_box(decide_cedar())));
                group.bench_function(format!("regorus/{told}"), |b| b.iter(|| black_box(rego.execute().unwrap())));
                percentiles(&format!("{name} {n} {told}"), decide);
            }
        }
    }
}

/// Half and all but one of a hundred of single decisions, the clock included.
fn percentiles(what: &str, mut decide: impl FnMut() -> bool) {
    let mut took: Vec<_> = (0..20_000)
        .map(|_| {
            let started = std::time::Instant::now();
            black_box(decide());
            started.elapsed()
        })
        .collect();
    took.sort_unstable();
    println!("nexus-authz {what}: p50 {:?}, p99 {:?}", took[took.len() / 2], took[took.len() * 99 / 100]);
}

fn one_scope(c: &mut Criterion) {
    let principal = Principal::vouched_for("t1".parse().unwrap(), "u1".parse().unwrap(), Role::Reader);
    let request = RequestFacts::new("r1", DateTime::UNIX_EPOCH, None, None, RouteClass::Read);
    for (shape, name) in SHAPES {
        let rules: Vec<Rule> = (0..1_000).map(|i| rule(shape, i, 999)).collect();
        let set = ours(&rules);
        let compile = || {
            let policies = Policies { set: &set, fallback: Fallback::Deny, plan: None, request: &request };
            let scope = ReadScope::vouched_for(&principal, Some(policies), ScopeSettings::default());
            scope.predicate().is_some()
        };
        c.bench_function(&format!("scope/{name}/1000"), |b| b.iter(|| black_box(compile())));
        percentiles(&format!("scope {name} 1000"), compile);
    }
}

criterion_group!(benches, one_decision, one_scope);
criterion_main!(benches);
