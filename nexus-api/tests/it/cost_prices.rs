//! Prices that budgets rest on, and prices for a time.

use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::{
    cost::{price, shop},
    harness::{Model, TestApp},
};

const BUDGET: &str = "/v1/admin/costs/budget";
const OWN: &str = "/v1/admin/costs/pricing/catalog";
const GLOBAL: &str = "/v1/admin/costs/pricing/global";

fn hold() -> Value {
    json!({ "monthly_budget_usd": 1, "enforce_hard_cap": true })
}

#[tokio::test]
async fn a_price_for_a_time_is_followed_by_the_one_it_interrupted() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let open = admin.post(OWN, &price("llm", "x", "per_char", &json!(1))).await.created();
    let mut sale = price("llm", "x", "per_char", &json!(0.5));
    sale["version"] = json!("july");
    (sale["effective_from"], sale["effective_to"]) = (json!("2030-07-01T00:00:00Z"), json!("2030-08-01T00:00:00Z"));
    admin.post(OWN, &sale).await.created();
    let listed = admin.get(OWN).await.ok();
    let rows: Vec<_> = listed["items"].as_array().unwrap().iter().collect();
    let shape =
        |row: &Value| (row["rate_value_usd"].clone(), row["effective_from"].clone(), row["effective_to"].clone());
    let expected = [
        (json!(1), json!("2030-08-01T00:00:00Z"), Value::Null),
        (json!(0.5), json!("2030-07-01T00:00:00Z"), json!("2030-08-01T00:00:00Z")),
        (json!(1), json!("2020-01-01T00:00:00Z"), json!("2030-07-01T00:00:00Z")),
    ];
    assert_eq!(rows.iter().map(|row| shape(row)).collect::<Vec<_>>(), expected);
    assert_eq!((&rows[2]["id"], &rows[0]["version"]), (&open["id"], &open["version"]));
    // The one that goes on is open again, and gives way like any other.
    let mut next = price("llm", "x", "per_char", &json!(2));
    next["effective_from"] = json!("2031-01-01T00:00:00Z");
    admin.post(OWN, &next).await.created();
    assert_eq!(admin.get(OWN).await.ok()["items"][1]["effective_to"], "2031-01-01T00:00:00Z");
    app.finish().await;
}

#[tokio::test]
async fn only_a_price_that_costs_something_lets_a_budget_hold() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    for (rate_type, holds) in [("per_mb", false), ("per_second", false), ("per_char", false), ("per_request", true)] {
        admin.post(OWN, &price("llm", "test", rate_type, &json!(1))).await.created();
        let answer = admin.patch(BUDGET, &hold()).await;
        if holds {
            answer.ok();
        } else {
            let refused = answer.refused(422, "COST_INVALID_BUDGET_CONFIG");
            assert_eq!(
                refused["details"]["missing"],
                json!([{ "component": "llm", "provider": "test" }]),
                "{rate_type}"
            );
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_budget_that_is_lifted_for_this_month_needs_prices_for_the_next() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let lifted = json!({ "monthly_budget_usd": 1, "enforce_hard_cap": true, "current_month_override_usd": 0 });
    admin.patch(BUDGET, &lifted).await.refused(422, "COST_INVALID_BUDGET_CONFIG");
    admin.post(OWN, &price("llm", "test", "per_request", &json!(1))).await.created();
    admin.patch(BUDGET, &lifted).await.ok();
    app.finish().await;
}

#[tokio::test]
async fn what_an_enforced_budget_rests_on_is_not_taken_away() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let admin = shop(&app).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let listed = admin.get(OWN).await.ok();
    let of = |component: &str| {
        let row = listed["items"].as_array().unwrap().iter().find(|row| row["component"] == component).unwrap();
        format!("{GLOBAL}/{}", row["id"].as_str().unwrap())
    };
    let (llm, retrieval) = (of("llm"), of("retrieval"));
    let off = json!({ "active": false });
    admin.patch(BUDGET, &hold()).await.ok();
    let refused = operator.patch(&llm, &off).await.refused(422, "COST_INVALID_BUDGET_CONFIG");
    assert_eq!(refused["details"]["missing"], json!([{ "component": "llm", "provider": "test" }]));
    let lapses = json!({ "effective_to": "2090-01-01T00:00:00Z" });
    operator.patch(&llm, &lapses).await.refused(422, "COST_INVALID_BUDGET_CONFIG");
    operator.patch(&retrieval, &off).await.ok();
    // A price of its own carries the budget as well, and then that one has to stay.
    let own = admin.post(OWN, &price("llm", "test", "per_request", &json!(1))).await.created();
    operator.patch(&llm, &off).await.ok();
    let own = format!("{OWN}/{}", own["id"].as_str().unwrap());
    admin.patch(&own, &off).await.refused(422, "COST_INVALID_BUDGET_CONFIG");
    admin.patch(BUDGET, &json!({ "enforce_hard_cap": false })).await.ok();
    admin.patch(&own, &off).await.ok();
    app.finish().await;
}
