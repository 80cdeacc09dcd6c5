//! What is put on the account: every part of what was really used, whoever did it and however it ended.

use nexus_api::settings::Settings;
use nexus_core::principal::Role;
use nexus_retrieval::speech::SpeechProvider;
use serde_json::{Value, json};

use crate::{
    cost::{ask, books, kinds, price, shop},
    harness::{Caller, Model, PATIENCE, TestApp},
    provider::{Answer, Service},
};

const BUDGET: &str = "/v1/admin/costs/budget";
const OWN: &str = "/v1/admin/costs/pricing/catalog";

/// The lines of a tenant: component, provider, micro-dollars and units, in the order of their names.
async fn lines(app: &TestApp) -> Vec<(String, String, i64, Value)> {
    app.platform.runs.costs.flush().await;
    sqlx::query_as(
        "SELECT component, provider, (cost_usd * 1000000)::bigint, units_json FROM usage_cost_events
         WHERE tenant_id = 't1' ORDER BY component, provider, occurred_at",
    )
    .fetch_all(&mut app.behind().await)
    .await
    .unwrap()
}

fn parts(lines: &[(String, String, i64, Value)]) -> Vec<(&str, &str, i64)> {
    lines.iter().map(|(component, provider, cost, _)| (component.as_str(), provider.as_str(), *cost)).collect()
}

/// A budget that everything fits into, so that lines and ledger are written together.
async fn enforced(admin: &Caller) {
    admin.patch(BUDGET, &json!({ "monthly_budget_usd": 100, "enforce_hard_cap": true })).await.ok();
}

async fn audited(app: &TestApp, kind: &str) -> Vec<Value> {
    app.platform.runs.costs.flush().await;
    let wait = async {
        loop {
            let found: Vec<Value> =
                sqlx::query_scalar("SELECT to_jsonb(e) FROM audit_events e WHERE event_type = $1 ORDER BY id")
                    .bind(kind)
                    .fetch_all(&mut app.behind().await)
                    .await
                    .unwrap();
            if !found.is_empty() {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap()
}

#[tokio::test]
async fn a_model_that_never_answered_costs_nothing_and_one_that_fails_later_does() {
    for (model, costs) in [(Model::Refusing, 10_000), (Model::Failing, 15_000)] {
        for hold in [false, true] {
            let app = TestApp::plan().model(model).start().await;
            let admin = shop(&app).await;
            if hold {
                enforced(&admin).await;
            }
            assert!(kinds(&admin.run(&ask("s1")).await).contains(&"error"));
            assert_eq!(books(&app, "t1").await, (costs, costs), "{model:?} {hold}");
            let lines = lines(&app).await;
            assert_eq!(lines.iter().any(|line| line.0 == "llm"), model == Model::Failing, "{lines:?}");
            app.finish().await;
        }
    }
}

#[tokio::test]
async fn where_a_budget_is_enforced_nothing_waits_in_memory_once_it_is_answered() {
    let app = TestApp::plan().model(Model::Failing).start().await;
    let admin = shop(&app).await;
    enforced(&admin).await;
    admin.run(&ask("s1")).await;
    admin.get("/v1/corpora/c1/search?query=heron").await.ok();
    // Nobody flushes: what the database has by now would be there after a kill.
    let (records, drawn): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT (sum(cost_usd) * 1000000)::bigint FROM usage_cost_events WHERE tenant_id = 't1'),
                ledger_spent('t1', 'usd', 'month', date_trunc('month', now())::date)",
    )
    .fetch_one(&mut app.behind().await)
    .await
    .unwrap();
    assert_eq!((records, drawn), (25_000, 25_000));
    app.finish().await;
}

#[tokio::test]
async fn going_on_with_a_stream_costs_nothing() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let admin = shop(&app).await;
    enforced(&admin).await;
    let whole = admin.run(&ask("s1")).await;
    let before = books(&app, "t1").await;
    for seen in [0, 2] {
        assert_eq!(admin.with("last-event-id", &seen.to_string()).run(&ask("s1")).await, whole[seen..]);
    }
    assert_eq!(books(&app, "t1").await, before);
    assert_eq!(before, (15_000, 15_000));
    app.finish().await;
}

#[tokio::test]
async fn passages_from_elsewhere_are_paid_for_and_so_is_who_steps_in() {
    let service = Service::start().await;
    let app = TestApp::plan().model(Model::Fake).settings(service.settings()).start().await;
    let admin = shop(&app).await;
    let retrieval = json!({
        "provider": "gcp_vertex", "project": "p1", "location": "eu", "resource_id": "store1",
        "fallback": ["local_pgvector"],
    });
    let body = json!({ "id": "far", "name": "Far", "provider_config_json": { "retrieval": retrieval } });
    admin.post("/v1/corpora", &body).await.created();
    let hold = json!({ "monthly_budget_usd": 100, "enforce_hard_cap": true });
    let refused = admin.patch(BUDGET, &hold).await.refused(422, "COST_INVALID_BUDGET_CONFIG");
    assert_eq!(refused["details"]["missing"], json!([{ "component": "retrieval", "provider": "gcp_vertex" }]));
    admin.post(OWN, &price("retrieval", "gcp_vertex", "per_request", &json!(0.02))).await.created();
    enforced(&admin).await;
    let mut far = ask("s1");
    far["corpus_id"] = json!("far");
    // The dearer of the two that may come to it is what is reserved.
    let mut stream = admin.ask(&far).await;
    assert_eq!(stream.headers["x-cost-month-spend-usd"], "0.025");
    stream.rest().await;
    assert_eq!(parts(&lines(&app).await), [("llm", "test", 5_000), ("retrieval", "gcp_vertex", 20_000)]);
    service.now(Answer::Status(503));
    admin.run(&far).await;
    let after = lines(&app).await;
    let expected = [
        ("embedding", "internal", 0),
        ("llm", "test", 5_000),
        ("llm", "test", 5_000),
        ("retrieval", "gcp_vertex", 20_000),
        ("retrieval", "local_pgvector", 10_000),
    ];
    assert_eq!(parts(&after), expected);
    assert_eq!(books(&app, "t1").await, (40_000, 40_000));
    app.finish().await;
}

#[tokio::test]
async fn a_corpus_that_is_routed_to_who_has_no_price_is_not_asked_while_a_budget_is_enforced() {
    let service = Service::start().await;
    let app = TestApp::plan().model(Model::Fake).settings(service.settings()).start().await;
    let admin = shop(&app).await;
    enforced(&admin).await;
    let retrieval = json!({ "provider": "gcp_vertex", "project": "p1", "location": "eu", "resource_id": "store1" });
    let body = json!({ "id": "far", "name": "Far", "provider_config_json": { "retrieval": retrieval } });
    admin.post("/v1/corpora", &body).await.created();
    let mut far = ask("s1");
    far["corpus_id"] = json!("far");
    let refused = admin.post("/v1/run", &far).await.refused(422, "COST_INVALID_BUDGET_CONFIG");
    assert_eq!(refused["details"]["missing"], json!([{ "component": "retrieval", "provider": "gcp_vertex" }]));
    assert_eq!(books(&app, "t1").await, (0, 0));
    app.finish().await;
}

#[tokio::test]
async fn a_second_look_and_an_answer_that_is_read_aloud_have_lines_of_their_own() {
    let settings = |s: &mut Settings| {
        s.rerank.provider = nexus_retrieval::rerank::Provider::Local;
        s.speech.provider = SpeechProvider::Fake;
    };
    let app = TestApp::plan().model(Model::Fake).settings(settings).start().await;
    let admin = shop(&app).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let prices = [("rerank", "per_request", 0.002), ("tts", "per_char", 0.001), ("tts", "per_second", 0.01)];
    for (component, rate_type, rate) in prices {
        let price = price(component, "internal", rate_type, &json!(rate));
        operator.post("/v1/admin/costs/pricing/global", &price).await.created();
    }
    admin.text("c1", "d1", "The heron stands in shallow water.").await;
    let mut aloud = ask("s1");
    aloud["audio"] = json!(true);
    // 4,096 characters may be read aloud, for 1,024 seconds: reserved with the rest, in one piece or not at all.
    let tight = json!({ "monthly_budget_usd": 14.3, "enforce_hard_cap": true });
    admin.patch(BUDGET, &tight).await.ok();
    let mut refused = admin.ask(&aloud).await;
    assert_eq!(refused.status.as_u16(), 402);
    refused.rest().await;
    assert_eq!(books(&app, "t1").await.0, 0, "nothing of it is held");
    enforced(&admin).await;
    let events = admin.run(&aloud).await;
    assert!(kinds(&events).contains(&"audio.ready"), "{events:?}");
    let lines = lines(&app).await;
    let of = |name: &str| lines.iter().find(|line| line.0 == name).unwrap_or_else(|| panic!("{lines:?}")).clone();
    assert_eq!((of("rerank").1.as_str(), of("rerank").2), ("internal", 2_000));
    let text = events.iter().find(|event| event.kind() == "message.final").unwrap();
    let spoken = text.json["data"]["text"].as_str().unwrap().chars().count() as i64;
    assert_eq!(
        (&of("tts").3["chars"], &of("tts").3["millis"]),
        (&json!(spoken), &json!(spoken * 70)),
        "as it is reckoned"
    );
    assert_eq!(of("tts").2, spoken * 1_000 + spoken * 700);
    let whole = 17_000 + spoken * 1_700;
    assert_eq!(books(&app, "t1").await, (whole, whole));
    app.finish().await;
}

#[tokio::test]
async fn without_the_estimator_only_what_is_counted_is_charged() {
    let plan = TestApp::plan().model(Model::Stepped).settings(|s| s.costs.estimator = false);
    let app = plan.start().await;
    let admin = shop(&app).await;
    admin.post(OWN, &price("llm", "test", "per_1k_tokens", &json!(1))).await.created();
    app.say(10);
    admin.run(&ask("s1")).await;
    let lines = lines(&app).await;
    let llm = lines.iter().find(|line| line.0 == "llm").unwrap();
    assert_eq!(
        (llm.2, &llm.3),
        (5_000, &json!({ "requests": 1 })),
        "the model reports no tokens and nobody reckons them"
    );
    app.finish().await;
}

#[tokio::test]
async fn what_costs_something_is_audited_and_so_is_what_has_no_price() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let admin = shop(&app).await;
    admin.run(&ask("s1")).await;
    let recorded = audited(&app, "cost.event.recorded").await;
    assert_eq!(recorded.len(), 1, "one of a run: {recorded:?}");
    assert_eq!((&recorded[0]["tenant_id"], &recorded[0]["resource_type"]), (&json!("t1"), &json!("run")));
    let missed = audited(&app, "cost.metering.degraded").await;
    assert_eq!(missed.len(), 1, "the vector of the question has no price: {missed:?}");
    let text = missed[0].to_string();
    assert!(text.contains("pricing_not_found") && text.contains("embedding"), "{text}");
    admin.run(&ask("s1")).await;
    assert_eq!(audited(&app, "cost.metering.degraded").await.len(), 1, "once a day");
    app.finish().await;
}
