//! Budgets that hold: however many ask at once, whatever they turn out to need, and over the end of a month.

use chrono::Duration;
use http::StatusCode;
use nexus_core::{principal::Role, sla::Class};
use serde_json::{Value, json};
use tokio::{sync::Mutex, task::JoinSet};

use crate::{
    cost::{ask, books, kinds, price, shop},
    harness::{Caller, Model, PATIENCE, TestApp},
    sla,
};

const BUDGET: &str = "/v1/admin/costs/budget";
const OWN: &str = "/v1/admin/costs/pricing/catalog";

/// A thousand streams are enough for one machine.
static ONE_STORM: Mutex<()> = Mutex::const_new(());

/// Asks so many times at once, spread over the replicas; how many were answered and how many were refused as too expensive.
pub async fn storm(callers: &[Caller], runs: usize) -> (usize, usize) {
    let mut tasks = JoinSet::new();
    for n in 0..runs {
        let caller = callers[n % callers.len()].clone();
        tasks.spawn(async move {
            let mut stream = caller.ask(&ask(&format!("s{n}"))).await;
            let status = stream.status;
            (status, stream.rest().await)
        });
    }
    let (mut answered, mut capped) = (0, 0);
    while let Some(done) = tasks.join_next().await {
        let (status, events) = done.unwrap();
        if kinds(&events).contains(&"message.final") {
            assert_eq!(status, StatusCode::OK);
            answered += 1;
        } else {
            assert_eq!(status, StatusCode::PAYMENT_REQUIRED, "{events:?}");
            assert_eq!(kinds(&events), ["request.accepted", "cost.capped", "error", "done"]);
            capped += 1;
        }
    }
    (answered, capped)
}

/// So many replicas of one platform with places for everybody, and a client of the same tenant at each.
async fn replicas(count: usize) -> (Vec<TestApp>, Caller, Vec<Caller>) {
    let many = |s: &mut nexus_api::settings::Settings| {
        (s.runs.max_concurrency, s.runs.tenant_max_concurrency) = (2000, 2000);
    };
    let app = TestApp::plan().model(Model::Fake).settings(many).start().await;
    let admin = shop(&app).await;
    let mut apps = vec![app];
    for _ in 1..count {
        apps.push(TestApp::plan().beside(&apps[0]).model(Model::Fake).settings(many).start().await);
    }
    let token = admin.token.clone().unwrap();
    let callers = apps.iter().map(|app| app.bearer(&token)).collect();
    (apps, admin, callers)
}

/// Floods the replicas with a thousand runs and then asks on until a hundred were answered; how many were at first. Then
/// nobody is answered any more.
async fn spend_a_hundred(callers: &[Caller]) -> usize {
    let _alone = ONE_STORM.lock().await;
    // Each replica has looked up what it needs, so that a thousand requests do not wait for its few connections.
    for caller in callers {
        caller.get("/v1/corpora/c1").await.ok();
    }
    let (first, _) = storm(callers, 1000).await;
    assert!(first <= 100, "{first}");
    let mut answered = first;
    // What was held for others at that moment came back, or went to the other replica; now it can be spent, too.
    let give_up = tokio::time::Instant::now() + PATIENCE;
    while answered < 100 && tokio::time::Instant::now() < give_up {
        answered += storm(callers, 1).await.0;
    }
    assert_eq!(answered, 100);
    assert_eq!(storm(callers, 20).await, (0, 20));
    first
}

async fn books_of(apps: &[TestApp]) -> (i64, i64) {
    for app in apps {
        app.platform.runs.costs.flush().await;
        app.platform.escrow.flush().await.unwrap();
    }
    books(&apps[0], "t1").await
}

#[tokio::test]
async fn a_thousand_at_once_spend_a_budget_worth_a_hundred_and_not_a_micro_dollar_more() {
    for count in [1, 2] {
        let (apps, admin, callers) = replicas(count).await;
        let budget = json!({ "monthly_budget_usd": 1.5, "enforce_hard_cap": true });
        admin.patch(BUDGET, &budget).await.ok();
        let first = spend_a_hundred(&callers).await;
        println!("budget: {first} of the first 1,000 with {count} replicas, then 100");
        if count == 1 {
            assert_eq!(first, 100, "nothing comes back, so that the first hundred have it");
        }
        assert_eq!(books_of(&apps).await, (1_500_000, 1_500_000), "{count} replicas");
        for app in apps {
            app.finish().await;
        }
    }
}

#[tokio::test]
async fn estimates_that_are_too_high_come_back_and_are_spent_by_others() {
    for count in [1, 2] {
        let (apps, admin, callers) = replicas(count).await;
        admin.post(OWN, &price("llm", "test", "per_1k_tokens", &json!(0.001))).await.created();
        // One run tells what a run is expected to cost, and what it costs.
        let mut stream = callers[0].ask(&ask("first")).await;
        let expected: f64 = stream.headers["x-cost-month-spend-usd"].to_str().unwrap().parse().unwrap();
        let expected = (expected * 1e6).round() as i64;
        stream.rest().await;
        let (cost, _) = books_of(&apps).await;
        assert!(expected > cost + 1000, "{expected} {cost}");
        // The last of a hundred more needs room for what is expected of it.
        let whole = cost + 99 * cost + expected;
        let budget = json!({ "monthly_budget_usd": whole as f64 / 1e6, "enforce_hard_cap": true });
        admin.patch(BUDGET, &budget).await.ok();
        let first = spend_a_hundred(&callers).await;
        println!("budget: {first} of the first 1,000 with {count} replicas and estimates of {expected} for {cost}");
        assert_eq!(books_of(&apps).await, (cost * 101, cost * 101), "{count} replicas");
        for app in apps {
            app.finish().await;
        }
    }
}

#[tokio::test]
async fn a_prompt_that_is_longer_than_expected_must_fit_as_well() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let admin = shop(&app).await;
    admin.post(OWN, &price("llm", "test", "per_1k_tokens", &json!(1))).await.created();
    let mut long = ask("s1");
    long["message"] = json!("heron ".repeat(1300));
    admin.run(&long).await;
    let (spent, _) = books(&app, "t1").await;
    // A short question about one passage is expected to take about 1.33 dollars, 1,024 tokens of them for the answer. Its
    // conversation has nearly 2,000 tokens more.
    let set = async |more: f64| {
        let whole = (spent as f64 / 1e6 + more) * 100.0;
        let budget = json!({ "monthly_budget_usd": whole.round() / 100.0, "enforce_hard_cap": true });
        admin.patch(BUDGET, &budget).await.ok();
    };
    let mut short = ask("s1");
    short["top_k"] = json!(1);
    set(2.0).await;
    let mut stream = admin.ask(&short).await;
    assert_eq!((stream.status, &stream.headers["x-cost-status"]), (StatusCode::OK, &"warn".parse().unwrap()));
    let events = stream.rest().await;
    let error = events.iter().find(|event| event.kind() == "error").unwrap();
    assert_eq!(error.json["data"]["code"], "COST_BUDGET_EXCEEDED");
    assert!(kinds(&events).contains(&"cost.capped"), "{events:?}");
    assert_eq!(app.prompts().len(), 1, "the model was not asked");
    let looked = spent + 10_000;
    assert_eq!(books(&app, "t1").await, (looked, looked), "only finding passages cost something");
    set(4.0).await;
    assert!(kinds(&admin.run(&short).await).contains(&"message.final"));
    let (ledger, records) = books(&app, "t1").await;
    assert_eq!(ledger, records);
    assert!(ledger > looked + 1_900_000, "{ledger}: nearly two thousand tokens of conversation");
    app.finish().await;
}

#[tokio::test]
async fn an_override_ends_with_its_month_and_the_budget_goes_on() {
    let app = TestApp::plan().model(Model::Fake).manual_clock().start().await;
    let admin = shop(&app).await;
    let budget = json!({ "monthly_budget_usd": 0.015, "enforce_hard_cap": true, "current_month_override_usd": 0.03 });
    admin.patch(BUDGET, &budget).await.ok();
    let runs = async || {
        let mut answered = 0;
        while admin.ask(&ask("s1")).await.rest().await.iter().any(|event| event.kind() == "message.final") {
            answered += 1;
        }
        answered
    };
    assert_eq!(runs().await, 2);
    assert_eq!(books(&app, "t1").await.0, 30_000);
    app.clock.advance(Duration::days(32));
    assert_eq!(runs().await, 1, "of the month after");
    assert_eq!(books(&app, "t1").await, (15_000, 45_000));
    // Lifted for this month, and still enforced in the next: it needs prices all the same.
    let lifted = json!({ "current_month_override_usd": 0 });
    admin.patch(BUDGET, &lifted).await.ok();
    admin.run(&ask("s1")).await;
    app.finish().await;
}

#[tokio::test]
async fn a_budget_and_a_service_level_degrade_together_by_the_stricter() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let admin = shop(&app).await;
    for n in 0..4 {
        admin.text("c1", &format!("d{n}"), &format!("Heron number {n} stands here.")).await;
    }
    sla::promised(&admin, "t1", &sla::promise("enforce", true)).await;
    sla::took(&app, "t1", Class::Run, std::time::Duration::from_secs(1)).await;
    let budget = json!({ "monthly_budget_usd": 0.01, "enforce_hard_cap": true, "hard_cap_mode": "degrade" });
    admin.patch(BUDGET, &budget).await.ok();
    let mut body = ask("s1");
    body["top_k"] = json!(20);
    let mut stream = admin.ask(&body).await;
    assert_eq!(
        (&stream.headers["x-cost-status"], &stream.headers["x-sla-decision"]),
        (&"degraded".parse().unwrap(), &"degrade".parse().unwrap())
    );
    let events = stream.rest().await;
    assert!(kinds(&events).contains(&"cost.degraded") && kinds(&events).contains(&"sla.degrade.applied"), "{events:?}");
    // The budget leaves three passages and 512 tokens, the service level two and one.
    let prompt = app.prompts().pop().unwrap();
    assert_eq!((prompt.passages.len(), prompt.max_output_tokens), (2, 1));
    app.finish().await;
}

#[tokio::test]
async fn a_run_that_a_service_level_makes_cheaper_fits_a_budget_that_it_would_not() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let admin = shop(&app).await;
    admin.post(OWN, &price("llm", "test", "per_1k_tokens", &json!(1))).await.created();
    // An answer may have 1,024 tokens; the service level leaves one, and two passages.
    admin.patch(BUDGET, &json!({ "monthly_budget_usd": 1, "enforce_hard_cap": true })).await.ok();
    assert_eq!(admin.ask(&ask("s1")).await.status, StatusCode::PAYMENT_REQUIRED);
    sla::promised(&admin, "t1", &sla::promise("enforce", true)).await;
    sla::took(&app, "t1", Class::Run, std::time::Duration::from_secs(1)).await;
    assert!(kinds(&admin.run(&ask("s1")).await).contains(&"message.final"));
    app.finish().await;
}

#[tokio::test]
async fn a_corpus_is_queued_anew_only_when_there_is_room_to_embed_it_and_is_found_meanwhile() {
    let app = TestApp::start().await;
    let admin = shop(&app).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    for (component, rate_type, rate) in [("queue", "per_request", 0.001), ("embedding", "per_1k_tokens", 1.0)] {
        let price = price(component, "internal", rate_type, &json!(rate));
        operator.post("/v1/admin/costs/pricing/global", &price).await.created();
    }
    for n in 0..3 {
        admin.text("c1", &format!("d{n}"), &format!("Heron {n} stands in the water. ").repeat(40)).await;
    }
    let found = async || admin.get("/v1/corpora/c1/search?query=heron").await.ok()["items"].as_array().map(Vec::len);
    let before = found().await;
    assert!(before.is_some_and(|n| n > 0), "{before:?}");
    let (spent, _) = books(&app, "t1").await;
    let set = async |more: f64| {
        let whole = ((spent as f64 / 1e6 + more) * 1e4).round() / 1e4;
        admin.patch(BUDGET, &json!({ "monthly_budget_usd": whole, "enforce_hard_cap": true })).await.ok();
    };
    // There is room for three jobs, and not for the 3,500 characters of their documents.
    set(0.1).await;
    admin.post("/v1/corpora/c1/reindex", &json!({})).await.refused(402, "COST_BUDGET_EXCEEDED");
    set(5.0).await;
    let held = app.hold_ingestion();
    assert_eq!(admin.post("/v1/corpora/c1/reindex", &json!({})).await.accepted()["queued"], 3);
    assert_eq!(found().await, before, "what was there is there until it is replaced");
    drop(held);
    for n in 0..3 {
        assert_eq!(admin.settled(&format!("d{n}")).await["status"], "succeeded");
    }
    assert_eq!(found().await, before);
    let (ledger, records) = books(&app, "t1").await;
    assert_eq!(ledger, records);
    app.finish().await;
}

#[tokio::test]
async fn how_a_month_stands_is_written_down_by_what_was_spent() {
    let app = TestApp::plan().model(Model::Fake).manual_clock().start().await;
    let admin = shop(&app).await;
    let stands = async || {
        app.platform.runs.costs.flush().await;
        admin.get("/v1/admin/costs/spend/summary").await.ok()["snapshot"].clone()
    };
    assert_eq!(stands().await, Value::Null);
    admin.run(&ask("s1")).await;
    let first = stands().await;
    assert_eq!(
        (&first["spend_usd"], &first["status"], &first["budget_usd"]),
        (&json!(0.015), &json!("ok"), &Value::Null)
    );
    assert!(first["forecast_usd"].as_f64() >= Some(0.015), "{first}");
    let budget = json!({ "monthly_budget_usd": 0.042, "enforce_hard_cap": true, "warn_ratio": 0.7 });
    admin.patch(BUDGET, &budget).await.ok();
    admin.run(&ask("s1")).await;
    let warned = stands().await;
    assert_eq!((&warned["spend_usd"], &warned["status"]), (&json!(0.03), &json!("warn")), "{warned}");
    assert!(warned["warn_triggered_at"].is_string() && warned["cap_triggered_at"].is_null(), "{warned}");
    // A run does not fit, a search does, and warns: the month came to be capped all the same.
    assert_eq!(admin.ask(&ask("s1")).await.status, StatusCode::PAYMENT_REQUIRED);
    let capped = stands().await;
    assert_eq!(
        (&capped["spend_usd"], &capped["status"]),
        (&json!(0.03), &json!("capped")),
        "what is refused is not spent"
    );
    admin.get("/v1/corpora/c1/search?query=heron").await.ok();
    let capped = stands().await;
    assert_eq!((&capped["spend_usd"], &capped["status"]), (&json!(0.04), &json!("capped")));
    let more = json!({ "monthly_budget_usd": 10 });
    let raised = admin.patch(BUDGET, &more).await.ok();
    assert_eq!(raised["monthly_budget_usd"], 10);
    let raised = stands().await;
    assert_eq!(
        (&raised["status"], &raised["cap_triggered_at"], &raised["budget_usd"]),
        (&json!("ok"), &Value::Null, &json!(10))
    );
    app.clock.advance(Duration::seconds(1));
    admin.patch(BUDGET, &budget).await.ok();
    assert_eq!(admin.ask(&ask("s1")).await.status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(stands().await["status"], "capped", "the same budget is told of again when it was another meanwhile");
    app.finish().await;
}
