//! Costs: prices, budgets that hold however many ask at once, and what is shown of spending.

use chrono::Duration;
use http::StatusCode;
use nexus_core::{principal::Role, problem::Code};
use serde_json::{Value, json};

use crate::harness::{Caller, Event, Model, PATIENCE, TestApp};

pub fn ask(session: &str) -> Value {
    json!({ "session_id": session, "corpus_id": "c1", "message": "Where does the heron stand?" })
}

pub fn price(component: &str, provider: &str, rate_type: &str, rate: &Value) -> Value {
    json!({
        "version": "v1", "provider": provider, "component": component, "rate_type": rate_type, "rate_value_usd": rate,
        "effective_from": "2020-01-01T00:00:00Z",
    })
}

pub fn kinds(events: &[Event]) -> Vec<&str> {
    events.iter().map(Event::kind).collect()
}

/// An administrator of a tenant with a corpus, where every run costs a cent for finding and half a cent for writing.
pub async fn shop(app: &TestApp) -> Caller {
    let tenant = app.tenant("t1").await;
    let admin = tenant.key(Role::Admin).await;
    admin.corpus("c1").await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    for (component, provider, rate) in [("retrieval", "local_pgvector", json!(0.01)), ("llm", "test", json!(0.005))] {
        operator
            .post("/v1/admin/costs/pricing/global", &price(component, provider, "per_request", &rate))
            .await
            .created();
    }
    admin
}

/// What the ledger says was spent this month, in micro-dollars, and what the records add up to.
pub async fn books(app: &TestApp, tenant: &str) -> (i64, i64) {
    app.platform.runs.costs.flush().await;
    app.platform.escrow.flush().await.unwrap();
    let month = app.clock.now().format("%Y-%m-01").to_string();
    sqlx::query_as(
        "SELECT ledger_spent($1, 'usd', 'month', $2::date),
                (SELECT coalesce((sum(cost_usd) * 1000000)::bigint, 0) FROM usage_cost_events WHERE tenant_id = $1)",
    )
    .bind(tenant)
    .bind(month)
    .fetch_one(&mut app.behind().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_budget_is_set_cleared_and_overridden_for_one_month() {
    let app = TestApp::plan().manual_clock().start().await;
    let admin = shop(&app).await;
    let path = "/v1/admin/costs/budget";
    let unset = admin.get(path).await.ok();
    assert_eq!(unset["monthly_budget_usd"], Value::Null);
    assert_eq!((&unset["warn_ratio"], &unset["hard_cap_mode"]), (&json!(0.8), &json!("block")));
    let set = json!({ "monthly_budget_usd": 12.345_678, "warn_ratio": 0.5, "enforce_hard_cap": true,
        "hard_cap_mode": "degrade", "current_month_override_usd": 20 });
    let budget = admin.patch(path, &set).await.ok();
    assert_eq!(budget["monthly_budget_usd"], json!(12.345_678));
    assert_eq!((&budget["current_month_override_usd"], &budget["warn_ratio"]), (&json!(20), &json!(0.5)));
    assert_eq!(admin.get("/v1/self-serve/costs/budget").await.ok()["created_at"], Value::Null);
    app.clock.advance(Duration::days(32));
    assert_eq!(admin.get(path).await.ok()["current_month_override_usd"], Value::Null, "it was for last month");
    let cleared = admin.patch(path, &json!({ "monthly_budget_usd": null, "enforce_hard_cap": false })).await.ok();
    assert_eq!((&cleared["monthly_budget_usd"], &cleared["warn_ratio"]), (&Value::Null, &json!(0.5)));
    for (field, bad) in [
        ("monthly_budget_usd", json!(-1)),
        ("monthly_budget_usd", json!(0.000_000_1)),
        ("monthly_budget_usd", json!(1e12)),
        ("warn_ratio", json!(0)),
        ("warn_ratio", json!(1)),
        ("warn_ratio", Value::Null),
        ("hard_cap_mode", json!("explode")),
        ("current_month_override_usd", json!("a lot")),
        ("budget", json!(1)),
    ] {
        admin.patch(path, &json!({ field: bad })).await.refused(422, "REQUEST_VALIDATION_ERROR");
    }
    app.tenant("t1").await.key(Role::Editor).await.get(path).await.refused(403, "AUTH_FORBIDDEN");
    app.finish().await;
}

#[tokio::test]
async fn a_budget_without_prices_is_not_enforced_and_says_what_is_missing() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let path = "/v1/admin/costs/budget";
    let hold = json!({ "monthly_budget_usd": 1, "enforce_hard_cap": true });
    let refused = admin.patch(path, &hold).await.refused(422, Code::CostInvalidBudgetConfig.as_str());
    assert_eq!(refused["details"]["missing"], json!([{ "component": "llm", "provider": "test" }]));
    admin.patch(path, &json!({ "monthly_budget_usd": 1 })).await.ok();
    let own = price("llm", "test", "per_1k_tokens", &json!("0.000000001"));
    assert_eq!(admin.post("/v1/admin/costs/pricing/catalog", &own).await.created()["rate_value_usd"], json!(1e-9));
    admin.patch(path, &hold).await.ok();
    app.finish().await;
}

#[tokio::test]
async fn prices_follow_each_other_and_never_overlap() {
    let app = TestApp::start().await;
    let (admin, other) = (app.tenant("t1").await.key(Role::Admin).await, app.tenant("t2").await.key(Role::Admin).await);
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let (own, global) = ("/v1/admin/costs/pricing/catalog", "/v1/admin/costs/pricing/global");
    admin.get(&format!("{own}?active=true")).await.refused(422, "COST_PRICING_NOT_FOUND");
    assert_eq!(admin.get(own).await.ok()["items"], json!([]));
    admin.post(global, &price("llm", "x", "per_char", &json!(1))).await.refused(403, "AUTH_FORBIDDEN");
    let first = operator.post(global, &price("llm", "x", "per_char", &json!(1))).await.created();
    let mut next = price("llm", "x", "per_char", &json!(2));
    next["effective_from"] = json!("2021-01-01T00:00:00Z");
    let second = operator.post(global, &next).await.created();
    operator.post(global, &next).await.refused(422, "COST_PRICING_INVALID");
    next["effective_from"] = json!("2020-06-01T00:00:00Z");
    operator.post(global, &next).await.refused(422, "COST_PRICING_INVALID");
    next["effective_to"] = json!("2020-06-01T00:00:00Z");
    operator.post(global, &next).await.refused(422, "COST_PRICING_INVALID");
    let listed = other.get(own).await.ok();
    let items = listed["items"].as_array().unwrap();
    assert_eq!((&items[0]["id"], &items[0]["effective_to"]), (&second["id"], &Value::Null));
    assert_eq!((&items[1]["id"], &items[1]["effective_to"]), (&first["id"], &json!("2021-01-01T00:00:00Z")));
    let mine = admin.post(own, &price("llm", "x", "per_char", &json!(3))).await.created();
    assert_eq!(mine["tenant_id"], "t1");
    assert_eq!(other.get(own).await.ok()["items"].as_array().unwrap().len(), 2, "a price of t1 is nobody else's");
    let of_mine = format!("{own}/{}", mine["id"].as_str().unwrap());
    other.patch(&of_mine, &json!({ "active": false })).await.refused(404, "NOT_FOUND");
    let of_all = format!("{own}/{}", second["id"].as_str().unwrap());
    admin.patch(&of_all, &json!({ "active": false })).await.refused(404, "NOT_FOUND");
    assert_eq!(admin.patch(&of_mine, &json!({ "active": false })).await.ok()["active"], false);
    admin.post(own, &price("llm", "x", "per_char", &json!(4))).await.created();
    admin.patch(&of_mine, &json!({ "active": true })).await.refused(422, "COST_PRICING_INVALID");
    for (field, bad) in [
        ("rate_value_usd", json!(0)),
        ("rate_type", json!("per_week")),
        ("version", json!("")),
        ("provider", json!("x".repeat(65))),
        ("effective_from", json!("2020-01-01T00:00:00")),
    ] {
        let mut body = price("llm", "x", "per_char", &json!(1));
        body[field] = bad;
        admin.post(own, &body).await.refused(422, "REQUEST_VALIDATION_ERROR");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_was_used_is_shown_in_every_way_and_adds_up() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let admin = shop(&app).await;
    for n in 0..3 {
        let stream = admin.ask(&ask(&format!("s{n}"))).await;
        assert_eq!(stream.status, StatusCode::OK);
        assert_eq!(stream.headers["x-cost-status"], "ok");
        assert_eq!(stream.headers["x-cost-month-budget-usd"], "0");
        let mut stream = stream;
        stream.rest().await;
    }
    admin.get("/v1/corpora/c1/search?query=heron").await.ok();
    app.platform.runs.costs.flush().await;
    assert_eq!(books(&app, "t1").await, (55_000, 55_000));
    let month = app.clock.now().format("%Y-%m").to_string();
    for base in ["/v1/admin/costs/spend", "/v1/self-serve/costs/spend"] {
        let summary = admin.get(&format!("{base}/summary?period=month&year_month={month}")).await.ok();
        assert_eq!(summary["total_usd"], json!(0.055));
        assert_eq!(summary["by_component"], json!({ "embedding": 0, "llm": 0.015, "retrieval": 0.04 }));
        assert_eq!(summary["by_route_class"], json!({ "run": 0.045, "search": 0.01 }));
        let series = admin.get(&format!("{base}/timeseries?days=2&granularity=hour")).await.ok();
        let points = series["points"].as_array().unwrap();
        let sum: f64 = points.iter().map(|p| p["value_usd"].as_f64().unwrap()).sum();
        assert!((sum - 0.055).abs() < 1e-9, "{series}");
        let parts = admin.get(&format!("{base}/breakdown?by=provider")).await.ok();
        assert_eq!(parts["breakdown"], json!({ "internal": 0, "local_pgvector": 0.04, "test": 0.015 }));
        assert_eq!(admin.get(&format!("{base}/summary?year_month=2020-01")).await.ok()["total_usd"], json!(0));
        for bad in [
            "summary?year_month=foo",
            "summary?year_month=2026-13",
            "summary?period=week",
            "timeseries?days=0",
            "timeseries?days=366",
            "timeseries?granularity=minute",
            "breakdown?by=colour",
            "breakdown",
        ] {
            admin.get(&format!("{base}/{bad}")).await.refused(422, "REQUEST_VALIDATION_ERROR");
        }
    }
    let other = app.tenant("t2").await.key(Role::Admin).await;
    assert_eq!(other.get("/v1/admin/costs/spend/summary").await.ok()["total_usd"], json!(0));
    app.finish().await;
}

#[tokio::test]
async fn a_period_has_one_report_that_stays() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let admin = shop(&app).await;
    admin.get("/v1/self-serve/costs/chargeback/latest").await.refused(404, "COST_CHARGEBACK_REPORT_NOT_FOUND");
    admin.run(&ask("s1")).await;
    app.platform.runs.costs.flush().await;
    let day = Duration::days(1);
    let at = |moment: chrono::DateTime<chrono::Utc>| moment.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (from, to) = (at(app.clock.now() - day), at(app.clock.now() + day));
    let generate = format!("/v1/admin/costs/chargeback/generate?period_start={from}&period_end={to}");
    let report = admin.post(&generate, &Value::Null).await.ok();
    assert_eq!((&report["total_usd"], &report["currency"]), (&json!(0.015), &json!("USD")));
    assert_eq!(report["breakdown_json"]["component"]["llm"], json!(0.005));
    admin.run(&ask("s1")).await;
    app.platform.runs.costs.flush().await;
    let again = admin.post(&generate, &Value::Null).await.ok();
    assert_eq!((&again["id"], &again["total_usd"]), (&report["id"], &json!(0.03)));
    let id = report["id"].as_str().unwrap();
    assert_eq!(admin.get("/v1/admin/costs/chargeback/reports").await.ok()["items"], json!([again]));
    assert_eq!(admin.get(&format!("/v1/admin/costs/chargeback/reports/{id}")).await.ok(), again);
    assert_eq!(admin.get("/v1/self-serve/costs/chargeback/latest").await.ok(), again);
    let other = app.tenant("t2").await.key(Role::Admin).await;
    other
        .get(&format!("/v1/admin/costs/chargeback/reports/{id}"))
        .await
        .refused(404, "COST_CHARGEBACK_REPORT_NOT_FOUND");
    for (start, end) in
        [(&to, &from), (&from, &from), (&"yesterday".to_owned(), &to), (&"2026-01-01T00:00:00".to_owned(), &to)]
    {
        let path = format!("/v1/admin/costs/chargeback/generate?period_start={start}&period_end={end}");
        admin.post(&path, &Value::Null).await.refused(400, "COST_CHARGEBACK_RANGE_INVALID");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_spent_budget_refuses_in_the_form_of_a_stream_and_warns_before() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let admin = shop(&app).await;
    let budget = json!({ "monthly_budget_usd": 0.03, "enforce_hard_cap": true, "warn_ratio": 0.9 });
    admin.patch("/v1/admin/costs/budget", &budget).await.ok();
    assert_eq!(kinds(&admin.run(&ask("s1")).await).first(), Some(&"request.accepted"));
    let mut warned = admin.ask(&ask("s1")).await;
    assert_eq!(warned.headers["x-cost-status"], "warn");
    assert_eq!(warned.headers["x-cost-month-spend-usd"], "0.03");
    assert_eq!(warned.headers["x-cost-month-remaining-usd"], "0.00");
    let events = warned.rest().await;
    assert_eq!(kinds(&events)[..2], ["request.accepted", "cost.warn"]);
    assert_eq!(events[1].name, "cost.warn");
    assert_eq!(events[1].json["data"]["budget_usd"], "0.03");
    for _ in 0..2 {
        let mut capped = admin.ask(&ask("s1")).await;
        assert_eq!(capped.status, StatusCode::PAYMENT_REQUIRED);
        assert_eq!(capped.headers["content-type"], "text/event-stream");
        assert_eq!(capped.headers["x-cost-status"], "capped");
        let events = capped.rest().await;
        assert_eq!(kinds(&events), ["request.accepted", "cost.capped", "error", "done"]);
        assert_eq!(events[2].json["data"]["code"], "COST_BUDGET_EXCEEDED");
    }
    let refused = admin.get("/v1/corpora/c1/search?query=heron").await;
    assert_eq!(refused.header("x-cost-status"), "capped");
    assert_eq!(refused.refused(402, "COST_BUDGET_EXCEEDED")["details"]["budget_usd"], "0.03");
    assert_eq!(books(&app, "t1").await, (30_000, 30_000));
    let told: Vec<String> =
        sqlx::query_scalar("SELECT event_type FROM audit_events WHERE event_type LIKE 'cost.%.triggered' ORDER BY id")
            .fetch_all(&mut app.behind().await)
            .await
            .unwrap();
    assert_eq!(told, ["cost.warn.triggered", "cost.cap.triggered"], "once each");
    admin.patch("/v1/admin/costs/budget", &json!({ "current_month_override_usd": 1 })).await.ok();
    assert!(kinds(&admin.run(&ask("s1")).await).contains(&"message.final"), "a larger budget counts at once");
    app.finish().await;
}

#[tokio::test]
async fn a_budget_that_degrades_lets_runs_do_less() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let admin = shop(&app).await;
    let budget = json!({ "monthly_budget_usd": 0.01, "enforce_hard_cap": true, "hard_cap_mode": "degrade" });
    admin.patch("/v1/admin/costs/budget", &budget).await.ok();
    let mut body = ask("s1");
    body["top_k"] = json!(20);
    let mut stream = admin.ask(&body).await;
    assert_eq!((stream.status, &stream.headers["x-cost-status"]), (StatusCode::OK, &"degraded".parse().unwrap()));
    let events = stream.rest().await;
    assert_eq!(kinds(&events)[..2], ["request.accepted", "cost.degraded"]);
    let actions = &events[1].json["data"]["degrade_actions"];
    assert_eq!(actions, &json!({ "disable_audio": true, "top_k": 3, "max_output_tokens": 512 }));
    assert_eq!(app.prompts().last().unwrap().max_output_tokens, 512);
    assert!(kinds(&events).contains(&"message.final"));
    assert_eq!(books(&app, "t1").await, (15_000, 15_000), "what goes beyond the budget is counted");
    app.finish().await;
}

#[tokio::test]
async fn who_hangs_up_pays_for_what_was_produced_and_no_more() {
    let app = TestApp::plan().model(Model::Stepped).start().await;
    let admin = shop(&app).await;
    admin.post("/v1/admin/costs/pricing/catalog", &price("llm", "test", "per_1k_tokens", &json!(1))).await.created();
    admin.patch("/v1/admin/costs/budget", &json!({ "monthly_budget_usd": 10, "enforce_hard_cap": true })).await.ok();
    app.say(2);
    let mut stream = admin.ask(&ask("s1")).await;
    for _ in 0..2 {
        stream.until("token.delta").await;
    }
    drop(stream);
    let ended = async {
        while books(&app, "t1").await.0 == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.unwrap();
    // The question has 27 characters and so 6 tokens, the two words have 12 and so 3; finding passages costs a cent and
    // asking the model half of one.
    assert_eq!(books(&app, "t1").await, (24_000, 24_000));
    let mut behind = app.behind().await;
    let held: i64 = sqlx::query_scalar("SELECT coalesce(sum(granted - drawn - settled), 0)::bigint FROM ledger_leases")
        .fetch_one(&mut behind)
        .await
        .unwrap();
    assert!(held < 10_000_000, "what was reserved came back");
    app.finish().await;
}

#[tokio::test]
async fn a_plan_without_costs_shows_and_holds_nothing() {
    let app = TestApp::plan().model(Model::Fake).settings(|s| s.plans.default_plan = "free".to_owned()).start().await;
    let admin = shop(&app).await;
    for path in ["budget", "spend/summary", "pricing/catalog", "chargeback/reports"] {
        let refused = admin.get(&format!("/v1/admin/costs/{path}")).await.refused(403, "COST_FEATURE_NOT_ENABLED");
        assert!(refused["details"]["feature_key"].as_str().unwrap().starts_with("feature."), "{refused}");
    }
    let mut stream = admin.ask(&ask("s1")).await;
    assert!(!stream.headers.contains_key("x-cost-status"));
    stream.rest().await;
    assert_eq!(books(&app, "t1").await, (15_000, 15_000), "it is metered all the same");
    app.finish().await;
}

#[tokio::test]
async fn documents_are_refused_when_the_budget_has_no_room_for_them() {
    let app = TestApp::start().await;
    let admin = shop(&app).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    for (component, rate_type, rate) in
        [("storage", "per_mb", 1), ("queue", "per_request", 1), ("embedding", "per_1k_tokens", 8)]
    {
        let price = price(component, "internal", rate_type, &json!(rate));
        operator.post("/v1/admin/costs/pricing/global", &price).await.created();
    }
    admin.patch("/v1/admin/costs/budget", &json!({ "monthly_budget_usd": 5, "enforce_hard_cap": true })).await.ok();
    let text = |id: &str| json!({ "corpus_id": "c1", "document_id": id, "text": "Heron ".repeat(200) });
    let taken = admin.post("/v1/documents/text", &text("d1")).await;
    assert_eq!(taken.header("x-cost-status"), "ok");
    taken.accepted();
    assert_eq!(admin.settled("d1").await["status"], "succeeded");
    // 1,200 bytes are 1,145 micro-dollars to keep and, in about 300 tokens, 2.4 dollars to embed; a job is one dollar.
    let (ledger, records) = books(&app, "t1").await;
    assert_eq!(ledger, records);
    assert!((3_390_000..3_402_000).contains(&ledger), "{ledger}");
    let refused = admin.post("/v1/documents/text", &text("d2")).await;
    assert_eq!(refused.header("x-cost-status"), "capped");
    refused.refused(402, "COST_BUDGET_EXCEEDED");
    admin.get("/v1/documents/d2").await.refused(404, "NOT_FOUND");
    let reindex = admin.post("/v1/documents/d1/reindex", &json!({})).await;
    reindex.refused(402, "COST_BUDGET_EXCEEDED");
    assert_eq!(books(&app, "t1").await, (ledger, ledger), "what is refused costs nothing");
    admin.patch("/v1/admin/costs/budget", &json!({ "monthly_budget_usd": 50 })).await.ok();
    admin.post("/v1/documents/d1/reindex", &json!({})).await.accepted();
    admin.settled("d1").await;
    assert_eq!(
        books(&app, "t1").await,
        (ledger + 1_000_000, ledger + 1_000_000),
        "what is known is not embedded again"
    );
    app.finish().await;
}
