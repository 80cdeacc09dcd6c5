//! What an administrator of another tenant can change of what a tenant sees: nothing, whatever he asks for.
//!
//! A tenant looks at everything that it is shown and asks everything that can be stopped, before and after the other one
//! tries; and once more after somebody did it who may, so that it is certain that the change would have been seen.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use nexus_api::settings::Settings;
use nexus_authz::permission;
use nexus_core::{
    principal::Role,
    switch::{Kill, Rollout},
};
use nexus_retrieval::speech::SpeechProvider;
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Caller, TestApp},
    matrix::{self, Walk, body, new_price, new_sla_policy, operations},
    provider::Service,
};

/// What counts the looks of the one who looks, and what is measured of them.
const MOVED_BY_LOOKING: [&str; 7] =
    ["/usage/", "/spend/", "/measurements", "/ops/health", "/audit/", "/ui/dashboard/", "/ui/activity"];
/// A corpus that is asked often is searched in memory, where the last digit of a score is another.
const MOVED_FIELDS: [&str; 5] = ["last_used_at", "used", "remaining", "inactive_days", "score"];
/// Headers that say how things stand, but for what looking moves.
const STANDINGS: [&str; 4] = ["ratelimit-policy", "x-quota-", "x-sla-", "x-cost-"];
const MOVED_HEADERS: [&str; 5] = ["used", "remaining", "spend", "window-end", "x-sla-status"];

/// What a tenant sees, by where it looks.
type View = BTreeMap<String, Value>;

/// Everything that a tenant is shown, and what becomes of its questions.
async fn view(viewer: &Caller) -> View {
    let shown = operations().into_iter().filter(|o| o.method == Method::GET && o.permission.is_some());
    let ids = [("{tenant_id}", "t1"), ("{corpus_id}", "c1"), ("{document_id}", "d1")];
    let paths = shown.map(|o| ids.iter().fold(o.path, |path, (name, id)| path.replace(name, id)));
    let paths = paths.filter(|path| !path.contains('{') && !MOVED_BY_LOOKING.iter().any(|part| path.contains(part)));
    let paths: Vec<String> = paths.map(|p| if p.ends_with("/search") { p + "?query=heron" } else { p }).collect();
    let looks = paths.iter().map(|path| async move { (format!("GET {path}"), seen(&viewer.get(path).await)) });
    let asks = [
        ("run", "/v1/run", question("c1", false)),
        ("run aloud", "/v1/run", question("c1", true)),
        ("run elsewhere", "/v1/run", question("far", false)),
        // Nobody makes a document here; whether any could be made is seen before it turns out that there is no corpus.
        ("ingest", "/v1/documents/text", json!({ "corpus_id": "nowhere", "text": "Words." })),
    ];
    let asks =
        asks.iter().map(|(name, path, body)| async move { ((*name).to_owned(), seen(&viewer.post(path, body).await)) });
    let (looks, asks) = futures::join!(futures::future::join_all(looks), futures::future::join_all(asks));
    looks.into_iter().chain(asks).collect()
}

fn question(corpus: &str, audio: bool) -> Value {
    let session = format!("{corpus} {audio}").replace(' ', "-");
    json!({ "session_id": session, "corpus_id": corpus, "message": "Where does the heron stand?", "audio": audio })
}

/// What can be seen in an answer.
fn seen(answer: &Answer) -> Value {
    let standing =
        |name: &&str| STANDINGS.iter().any(|s| name.starts_with(s)) && !MOVED_HEADERS.iter().any(|m| name.contains(m));
    let names: BTreeSet<&str> = answer.headers.keys().map(http::HeaderName::as_str).filter(standing).collect();
    let headers: Vec<String> = names.iter().map(|name| format!("{name}: {}", answer.header(name))).collect();
    let data = if answer.header("content-type") == "text/event-stream" {
        events(answer)
    } else {
        let mut body = answer.json();
        still(&mut body);
        json!([body["data"], body["error"]])
    };
    json!({ "status": answer.status.as_u16(), "headers": headers, "data": data })
}

/// The kinds of events of a stream, with the code of the one that failed.
fn events(answer: &Answer) -> Value {
    let text = String::from_utf8_lossy(&answer.body);
    let frames = text.lines().filter_map(|line| line.strip_prefix("data: "));
    let events = frames.map(|data| serde_json::from_str::<Value>(data).unwrap());
    let mut kinds: Vec<Value> = events
        .filter(|event| event["type"].is_string())
        .map(|event| json!([event["type"], event["data"]["code"], event["data"]["citations"]]))
        .collect();
    kinds.iter_mut().for_each(still);
    kinds.dedup();
    Value::Array(kinds)
}

/// Takes out what looking moves.
fn still(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !MOVED_FIELDS.contains(&name.as_str()));
            fields.values_mut().for_each(still);
        }
        Value::Array(items) => items.iter_mut().for_each(still),
        _ => {}
    }
}

/// Where two views differ.
fn differences(before: &View, after: &View) -> Vec<String> {
    let places: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differ = places.into_iter().filter(|place| before.get(*place) != after.get(*place));
    differ.map(|place| format!("{place}: {:?} became {:?}", before.get(place), after.get(place))).collect()
}

/// A tenant that uses everything, with a corpus here and one elsewhere; the service where that is.
async fn begin() -> (TestApp, Walk) {
    let service = Service::start().await;
    let elsewhere = service.settings();
    let settings = |s: &mut Settings| {
        matrix::unlimited(s);
        elsewhere(s);
        s.speech.provider = SpeechProvider::Fake;
    };
    let app = TestApp::plan().manual_clock().settings(settings).start().await;
    let walk = Walk::begin(&app).await;
    let far = json!({ "provider": "gcp_vertex", "project": "p1", "location": "eu", "resource_id": "store1" });
    let far = json!({ "id": "far", "name": "Far", "provider_config_json": { "retrieval": far } });
    walk.things.admin.post("/v1/corpora", &far).await.created();
    (app, walk)
}

/// Something that is done to all tenants, or to one of them by somebody who belongs to none.
struct Probe {
    operation: &'static str,
    /// What the operator makes before, where an operation is about a thing.
    made: Option<(&'static str, Value)>,
    body: Value,
    /// How the operator takes it back; `{id}` is what was made.
    back: Option<(Method, &'static str, Value)>,
    /// Whether a tenant sees it when it was done.
    shows: bool,
}

impl Probe {
    fn of(operation: &'static str, body: Value) -> Self {
        Self { operation, made: None, body, back: None, shows: true }
    }

    fn made(self, list: &'static str, body: Value) -> Self {
        Self { made: Some((list, body)), ..self }
    }

    fn back(self, method: Method, path: &'static str, body: Value) -> Self {
        Self { back: Some((method, path, body)), ..self }
    }

    fn shows(self, shows: bool) -> Self {
        Self { shows, ..self }
    }
}

const POLICIES: &str = "/v1/admin/authz/global-policies";
const PRICES: &str = "/v1/admin/costs/pricing/global";
const LEVELS: &str = "/v1/admin/sla/global-policies";
const KEYS: &str = "/v1/admin/keyring/rotate?purpose=encryption";
const PROFILES: &str = "/v1/admin/sla/autoscaling/profiles";

fn probes() -> Vec<Probe> {
    let gone = |probe: Probe| probe.back(Method::DELETE, "/v1/admin/authz/global-policies/{id}", Value::Null);
    let level = |enabled: bool| {
        let mut policy = new_sla_policy();
        policy["enabled"] = json!(enabled);
        policy
    };
    let mut probes = vec![
        gone(Probe::of("POST /v1/admin/authz/global-policies", nobody_asks(true))),
        gone(Probe::of("PATCH /v1/admin/authz/global-policies/{policy_id}", json!({ "condition_json": {} })).made(
            POLICIES,
            json!({ "name": "Nothing", "effect": "deny", "resource_type": "run", "action": "run",
                    "condition_json": { "any": [] } }),
        )),
        gone(
            Probe::of("POST /v1/admin/authz/global-policies/{policy_id}/enable", Value::Null)
                .made(POLICIES, nobody_asks(false)),
        ),
        gone(
            Probe::of("POST /v1/admin/authz/global-policies/{policy_id}/disable", Value::Null)
                .made(POLICIES, nobody_asks(true)),
        ),
        Probe::of("DELETE /v1/admin/authz/global-policies/{policy_id}", Value::Null).made(POLICIES, nobody_asks(true)),
        Probe::of("POST /v1/admin/costs/pricing/global", new_price()),
        Probe::of("PATCH /v1/admin/costs/pricing/global/{price_id}", json!({ "active": false }))
            .made(PRICES, new_price()),
        Probe::of("PATCH /v1/admin/plans/{tenant_id}", json!({ "plan_id": "pro" })).back(
            Method::PATCH,
            "/v1/admin/plans/t1",
            json!({ "plan_id": "enterprise" }),
        ),
        Probe::of(
            "PATCH /v1/admin/plans/{tenant_id}/overrides",
            json!({ "feature_key": "feature.tts", "enabled": false }),
        )
        .back(
            Method::PATCH,
            "/v1/admin/plans/t1/overrides",
            json!({ "feature_key": "feature.tts", "enabled": null }),
        ),
        Probe::of("PATCH /v1/admin/quotas/{tenant_id}", json!({ "daily_requests_limit": 1_000_000 })),
        Probe::of("POST /v1/admin/sla/global-policies", level(true)),
        Probe::of("PATCH /v1/admin/sla/global-policies/{policy_id}", json!({ "tier": "pro" }))
            .made(LEVELS, level(false)),
        Probe::of("POST /v1/admin/sla/global-policies/{policy_id}/enable", Value::Null).made(LEVELS, level(false)),
        Probe::of("POST /v1/admin/sla/global-policies/{policy_id}/disable", Value::Null).made(LEVELS, level(true)),
        // Keys of the platform are nothing that a tenant sees.
        Probe::of("POST /v1/admin/keyring/rotate", Value::Null).shows(false),
        Probe::of("POST /v1/admin/keyring/{key_id}/retire", Value::Null).made(KEYS, Value::Null).shows(false),
        Probe::of("GET /v1/admin/keyring", Value::Null).shows(false),
        // To look changes nothing; it is not for everybody all the same.
        Probe::of("GET /v1/admin/rollouts/killswitches", Value::Null).shows(false),
        Probe::of("GET /v1/admin/rollouts/canary", Value::Null).shows(false),
    ];
    for kill in Kill::ALL {
        let stop = |on: bool| json!({ "kill_switches": { kill.as_str(): on }, "reason": "A test" });
        let probe = Probe::of("PATCH /v1/admin/rollouts/killswitches", stop(true)).back(
            Method::PATCH,
            "/v1/admin/rollouts/killswitches",
            stop(false),
        );
        // Nothing sends notifications to a tenant.
        probes.push(probe.shows(*kill != Kill::Notifications));
    }
    for rollout in Rollout::ALL {
        let share = |percent: u8| json!({ "canary_percentages": { rollout.as_str(): percent }, "reason": "A test" });
        probes.push(Probe::of("PATCH /v1/admin/rollouts/canary", share(0)).back(
            Method::PATCH,
            "/v1/admin/rollouts/canary",
            share(100),
        ));
    }
    probes
}

/// What administrators may do for their tenant, and only the operator for all.
fn probes_by_content() -> Vec<Probe> {
    let profile = json!({ "name": nexus_core::clock::fresh_uuid(), "scope": "global", "min_replicas": 1, "max_replicas": 2,
        "target_p95_ms": 1, "target_queue_depth": 0, "cooldown_seconds": 0, "step_up": 1, "step_down": 1 });
    let mut other = profile.clone();
    other["name"] = json!("other");
    vec![
        Probe::of("POST /v1/admin/sla/autoscaling/profiles", profile),
        Probe::of("PATCH /v1/admin/sla/autoscaling/profiles/{profile_id}", json!({ "step_up": 2 }))
            .made(PROFILES, other),
    ]
}

/// Runs are denied to everybody.
fn nobody_asks(enabled: bool) -> Value {
    json!({ "name": "Nobody asks", "effect": "deny", "resource_type": "run", "action": "run", "enabled": enabled })
}

async fn send(caller: &Caller, method: &Method, path: &str, body: &Value) -> Answer {
    caller.send(method.clone(), path, |r| if body.is_null() { r } else { r.json(body) }).await
}

#[test]
fn everything_that_is_done_to_all_tenants_is_tried() {
    let of_operator: BTreeSet<&str> =
        permission::ALL.iter().filter(|e| e.least == Role::Operator).map(|e| e.name).collect();
    assert!(of_operator.len() > 5, "{of_operator:?}");
    let probed: BTreeSet<&str> = probes().iter().map(|p| p.operation).collect();
    let (mut wanted, mut used) = (BTreeSet::new(), BTreeSet::new());
    for operation in operations() {
        let permission = operation.permission.as_deref().and_then(|name| of_operator.get(name));
        if let Some(permission) = permission {
            wanted.insert(format!("{} {}", operation.method, operation.path));
            used.insert(*permission);
        }
    }
    let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
    assert_eq!(probed, wanted, "operations of operators, and what is tried of them");
    assert_eq!(used, of_operator, "a permission of operators that no operation asks for cannot be tried");
}

#[tokio::test]
async fn nobody_of_another_tenant_does_what_concerns_all() {
    let (app, walk) = begin().await;
    let admin = &walk.things.admin;
    let rival = app.tenant("t2").await.key(Role::Admin).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    view(admin).await;
    for probe in probes().into_iter().chain(probes_by_content()) {
        let (method, path) = probe.operation.split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        let made = match &probe.made {
            Some((KEYS, body)) => operator.post(KEYS, body).await.ok()["key"]["key_id"].as_str().unwrap().to_owned(),
            Some((list, body)) => operator.post(list, body).await.created()["id"].as_str().unwrap().to_owned(),
            None => String::new(),
        };
        let names = ["{policy_id}", "{price_id}", "{profile_id}", "{key_id}"];
        let path = path.replace("{tenant_id}", "t1").replace("/keyring/rotate", "/keyring/rotate?purpose=encryption");
        let path = names.iter().fold(path, |path, name| path.replace(name, &made));

        let before = view(admin).await;
        for path in [path.clone(), path.replacen("/v1", "", 1)] {
            let refused = send(&rival, &method, &path, &probe.body).await;
            assert_eq!(refused.status, 403, "{refused}");
        }
        let changed = differences(&before, &view(admin).await);
        assert!(changed.is_empty(), "{} by another tenant: {changed:#?}", probe.operation);

        let done = send(&operator, &method, &path, &probe.body).await;
        assert!(done.status.is_success(), "{done}");
        let changed = differences(&before, &view(admin).await);
        assert_eq!(!changed.is_empty(), probe.shows, "{} by the operator: {changed:#?}", probe.operation);
        if let Some((method, path, body)) = &probe.back {
            let id =
                if made.is_empty() && path.contains("{id}") { done.json()["data"]["id"].clone() } else { json!(made) };
            let back = send(&operator, method, &path.replace("{id}", id.as_str().unwrap()), body).await;
            assert!(back.status.is_success(), "{back}");
        }
    }
    app.finish().await;
}

/// What leaves no trace in what is shown, although it was done: questions, what is told to the operator or to billing, and what
/// is only found by its id. That another tenant is refused those is in the table of who may do what.
const WITHOUT_A_TRACE: [&str; 13] = [
    "DELETE /v1/admin/groups/{group_id}/members/{user_id}",
    "POST /v1/admin/authz/policies/{policy_id}/simulate",
    "POST /v1/admin/authz/simulate",
    "POST /v1/admin/crypto/rotation-jobs/{id}/cancel",
    "POST /v1/admin/crypto/rotation-jobs/{id}/pause",
    "POST /v1/admin/crypto/rotation-jobs/{id}/resume",
    "POST /v1/chat/completions",
    "POST /v1/corpora/{corpus_id}/search",
    "POST /v1/imports",
    "POST /v1/run",
    "POST /v1/self-serve/billing/webhook-test",
    "POST /v1/self-serve/plan/upgrade-request",
    "PUT /v1/admin/groups/{group_id}/members/{user_id}",
];

#[tokio::test]
async fn nobody_of_another_tenant_changes_anything_of_this_one() {
    let (app, mut walk) = begin().await;
    let rival = app.tenant("t2").await.key(Role::Admin).await;
    let viewer = walk.things.operator.clone();
    view(&viewer).await;
    let mut silent = BTreeSet::new();
    for operation in operations().into_iter().filter(|o| o.method != Method::GET && o.permission.is_some()) {
        let name = format!("{} {}", operation.method, operation.path);
        let (path, mut body) = (walk.things.path(&operation).await, body(&operation));
        if path.ends_with("/overrides") {
            body = Some(json!({ "feature_key": "feature.tts", "enabled": false }));
        }
        // What is on already cannot be seen to be switched on.
        for (verb, opposite) in [("/enable", "/disable"), ("/disable", "/enable")] {
            if let Some(policy) = path.strip_suffix(verb) {
                viewer.post(&format!("{policy}{opposite}"), &Value::Null).await.ok();
            }
        }
        app.jobs_are_done(0).await;
        let before = view(&viewer).await;
        matrix::ask(&rival, &operation, &path, body.as_ref()).await;
        app.jobs_are_done(0).await;
        let changed = differences(&before, &view(&viewer).await);
        assert!(changed.is_empty(), "{name} by another tenant: {changed:#?}");
        let done = matrix::ask(&viewer, &operation, &path, body.as_ref()).await;
        app.jobs_are_done(0).await;
        if !done.status.is_success() || differences(&before, &view(&viewer).await).is_empty() {
            silent.insert(name);
        }
    }
    assert_eq!(silent.iter().map(String::as_str).collect::<Vec<_>>(), WITHOUT_A_TRACE);
    app.finish().await;
}
