//! Whatever the policies are, what goes along to a provider is a filter that its service takes.

use nexus_authz::{
    permission::RouteClass,
    policy::{Action, Condition, Effect, Fallback, Limits, Policy, PolicySet, RequestFacts, ResourceType},
    scope::{Policies, ReadScope, ScopeSettings},
};
use nexus_core::principal::{Principal, Role};
use nexus_retrieval::provider::guard::Remote;
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};

use crate::{
    bedrock,
    double::{Asked, Double},
    vertex,
    world::{bedrock_corpus, integrations, op, patient, query, vertex_corpus},
};

fn condition() -> impl Strategy<Value = Value> {
    let key = prop_oneof!["labels\\.[a-f]", "metadata\\.[a-f]", "metadata\\.x{100}", Just("id".to_owned())];
    let word = prop_oneof![Just("eq"), Just("gt"), Just("lte"), Just("in"), Just("ne")];
    let value = prop_oneof![
        "[a-z\"\\\\é]{0,3}".prop_map(Value::from),
        (2..9).prop_map(Value::from),
        prop::collection::vec("[a-z]", 1..5).prop_map(Value::from),
    ];
    let leaf = (key, word, value)
        .prop_map(|(key, word, value)| json!({ word: [{ "var": format!("resource.{key}") }, value] }));
    leaf.prop_recursive(4, 40, 7, |inner| {
        let members = prop::collection::vec(inner.clone(), 1..7);
        prop_oneof![
            members.clone().prop_map(|all| json!({ "all": all })),
            members.prop_map(|any| json!({ "any": any })),
            inner.prop_map(|not| json!({ "not": not })),
        ]
    })
}

fn scope(policies: &[(bool, Value)]) -> Option<ReadScope> {
    let limits = Limits { max_bytes: 65_536, max_depth: 16 };
    let policies = policies.iter().filter_map(|(deny, json)| {
        let effect = if *deny { Effect::Deny } else { Effect::Allow };
        let condition = Condition::parse(json, &limits).ok()?;
        Some(Policy::new("p", effect, ResourceType::Document, Action::Read, condition))
    });
    let set = PolicySet::compile(policies);
    let principal = Principal::vouched_for("t".parse().ok()?, "u1".parse().ok()?, Role::Reader);
    let request = RequestFacts::new("r", op().now, None, None, RouteClass::Run);
    let counted = Policies { set: &set, fallback: Fallback::Allow, plan: None, request: &request };
    let scope = ReadScope::vouched_for(&principal, Some(counted), ScopeSettings::default());
    Some(scope.within("c".parse().ok()?))
}

/// Scopes of policies that a service can be told of, for the record.
pub fn samples() -> Vec<ReadScope> {
    let team = |team: &str| json!({ "eq": [{ "var": "resource.labels.team" }, team] });
    let level = |level: i64| json!({ "gt": [{ "var": "resource.metadata.level" }, level] });
    let sets = [
        vec![(false, team("red")), (false, team("blue"))],
        vec![(false, json!({ "all": [team("red"), level(3)] })), (false, level(5))],
        (2..9).map(|n| (true, json!({ "not": level(n) }))).chain([(false, team("a\"b"))]).collect(),
    ];
    sets.iter().map(|policies| scope(policies).unwrap()).collect()
}

fn says_something(asked: &Asked) -> bool {
    let text = asked.json().to_string();
    text.contains("labels.") || text.contains("orAll")
}

#[test]
fn filters_of_any_policies_are_taken() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (aws, google) = runtime.block_on(async {
        let aws = Double::start(bedrock::strict, bedrock::answer(&[])).await;
        (aws, Double::start(vertex::strict, vertex::answer(&[])).await)
    });
    let shared = integrations(patient());
    let (bedrock, vertex) = (bedrock::bedrock(&aws.url, &shared), vertex::vertex(&google.url, &shared));
    let policies = prop::collection::vec((any::<bool>(), condition()), 0..4);
    let cases = std::env::var("NEXUS_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    let outcome = runner.run(&policies, |policies| {
        let scope = scope(&policies).unwrap();
        let (op, question) = (op(), query("What is grey?", 5));
        runtime.block_on(async {
            Remote::search(&bedrock, &op, &scope, &bedrock_corpus(), &question).await.unwrap();
            Remote::search(&vertex, &op, &scope, &vertex_corpus(), &question).await.unwrap();
        });
        // A filter that the client's types cannot carry is left out whole, and that must not happen.
        let sent = &aws.last().json()["retrievalConfiguration"]["vectorSearchConfiguration"]["filter"];
        prop_assert_eq!(sent, &scope.remote_bedrock());
        prop_assert_eq!(&google.last().json()["filter"], &scope.remote_vertex());
        Ok(())
    });
    outcome.unwrap();
    assert!(aws.asked().iter().any(says_something), "no policy was ever sent");
    drop((aws, google));
}
