//! Plans: who gives them, what they open and close, and when.

use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::{
    harness::{Caller, TestApp},
    self_serve::receiver,
};

async fn free() -> TestApp {
    TestApp::plan().settings(|s| s.plans.default_plan = "free".into()).start().await
}

async fn give(operator: &Caller, tenant: &str, plan: &str) -> Value {
    operator.patch(&format!("/v1/admin/plans/{tenant}"), &json!({ "plan_id": plan })).await.ok()
}

fn enabled(plan: &Value, feature: &str) -> bool {
    let found = plan["entitlements"].as_array().unwrap().iter().find(|e| e["feature_key"] == feature);
    found.unwrap_or_else(|| panic!("no {feature} in {plan}"))["enabled"] == true
}

#[tokio::test]
async fn the_matrix_is_the_published_one() {
    let app = free().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let plans = admin.get("/v1/admin/plans").await.ok();
    let ids: Vec<&str> = plans.as_array().unwrap().iter().map(|p| p["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["free", "pro", "enterprise"]);
    let included = |plan: usize| -> Vec<String> {
        let features = plans[plan]["features"].as_array().unwrap();
        assert_eq!(features.len(), 15);
        let on = features.iter().filter(|f| f["enabled"] == true);
        on.map(|f| f["feature_key"].as_str().unwrap().trim_start_matches("feature.").to_owned()).collect()
    };
    assert_eq!(included(0), ["retrieval.local_pgvector"]);
    let pro = [
        "audit_access",
        "billing_webhook_test",
        "corpora_patch_provider_config",
        "cost_controls",
        "cost_visibility",
        "identity.sso",
        "ops_admin_access",
        "retrieval.gcp_vertex",
        "retrieval.local_pgvector",
        "tts",
    ];
    assert_eq!(included(1), pro);
    assert_eq!(included(2).len(), 15);
    app.finish().await;
}

#[tokio::test]
async fn only_the_operator_gives_plans_and_they_hold_at_once() {
    let app = free().await;
    let (t1, t2) = (app.tenant("t1").await, app.tenant("t2").await);
    let (admin, other, operator) =
        (t1.key(Role::Admin).await, t2.key(Role::Admin).await, app.tenant("ops").await.key(Role::Operator).await);
    let path = "/v1/admin/plans/t1";
    for nobody in [&admin, &other] {
        nobody.patch(path, &json!({ "plan_id": "enterprise" })).await.refused(403, "AUTH_FORBIDDEN");
    }
    let theirs = other.get(path).await.refused(404, "NOT_FOUND");
    assert_eq!(other.get("/v1/admin/plans/nowhere").await.refused(404, "NOT_FOUND"), theirs);
    let refused = admin.get("/v1/ops/health").await.refused(403, "FEATURE_NOT_ENABLED");
    assert_eq!(refused["details"]["feature_key"], "feature.ops_admin_access");

    let given = operator.patch(path, &json!({ "plan_id": "pro" })).await;
    assert!(app.audited(&given.request_id).await.contains(&"plan.assigned".to_owned()));
    let plan = given.ok();
    assert_eq!((&plan["plan_id"], &plan["is_active"]), (&json!("pro"), &json!(true)));
    assert_eq!(admin.get("/v1/ops/health").await.ok()["db"], "ok");
    assert_eq!(other.get("/v1/admin/plans/t2").await.ok()["plan_id"], "free");
    assert_eq!(admin.get("/v1/self-serve/plan").await.ok()["plan_id"], "pro");

    operator.patch(path, &json!({ "plan_id": "gold" })).await.refused(404, "NOT_FOUND");
    operator.patch("/v1/admin/plans/nowhere", &json!({ "plan_id": "pro" })).await.refused(404, "NOT_FOUND");
    operator
        .patch(path, &json!({ "plan_id": "pro", "effective_to": "2020-01-01T00:00:00Z" }))
        .await
        .refused(422, "VALIDATION_ERROR");
    operator.get("/v1/admin/plans/nowhere").await.refused(404, "NOT_FOUND");
    give(&operator, "t1", "free").await;
    admin.get("/v1/ops/health").await.refused(403, "FEATURE_NOT_ENABLED");
    app.finish().await;
}

#[tokio::test]
async fn a_plan_holds_on_every_replica_at_once() {
    let app = free().await;
    let other = TestApp::plan().settings(|s| s.plans.default_plan = "free".into()).beside(&app).start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let elsewhere = other.bearer(admin.token.as_deref().unwrap());
    for round in 0..10 {
        let paid = round % 2 == 0;
        give(&operator, "t1", if paid { "pro" } else { "free" }).await;
        let status = elsewhere.get("/v1/ops/health").await.status.as_u16();
        assert_eq!(status, if paid { 200 } else { 403 }, "round {round}");
    }
    other.finish().await;
    app.finish().await;
}

#[tokio::test]
async fn a_plan_ends_when_it_was_said_to() {
    let app = TestApp::plan().manual_clock().settings(|s| s.plans.default_plan = "free".into()).start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let end = app.clock.now() + chrono::TimeDelta::hours(1);
    operator.patch("/v1/admin/plans/t1", &json!({ "plan_id": "pro", "effective_to": end })).await.ok();
    admin.get("/v1/ops/health").await.ok();
    app.clock.advance(chrono::TimeDelta::seconds(3601));
    admin.get("/v1/ops/health").await.refused(403, "FEATURE_NOT_ENABLED");
    assert_eq!(admin.get("/v1/self-serve/plan").await.ok()["plan_id"], "free");
    app.finish().await;
}

#[tokio::test]
async fn a_plan_begins_at_its_date_and_takes_the_place_of_what_comes_after() {
    let app = TestApp::plan().manual_clock().settings(|s| s.plans.default_plan = "free".into()).start().await;
    let other = TestApp::plan().settings(|s| s.plans.default_plan = "free".into()).beside(&app).start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let elsewhere = other.bearer(admin.token.as_deref().unwrap());
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let (path, start) = ("/v1/admin/plans/t1", app.clock.now());
    let at =
        |hours: i64| (start + chrono::TimeDelta::hours(hours)).to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let opened = async |status: u16| {
        for caller in [&admin, &elsewhere] {
            assert_eq!(caller.get("/v1/ops/health").await.status.as_u16(), status);
        }
    };
    opened(403).await;
    let given =
        operator.patch(path, &json!({ "plan_id": "pro", "effective_from": at(2), "effective_to": at(4) })).await;
    let event: Value = sqlx::query_scalar(
        "SELECT metadata_json FROM audit_events WHERE request_id = $1 AND event_type = 'plan.assigned'",
    )
    .bind(&given.request_id)
    .fetch_one(&mut app.behind().await)
    .await
    .unwrap();
    assert_eq!(event["plan_id"], "pro");
    assert!(event["effective_from"].is_string() && event["expires_at"].is_string(), "{event}");
    let plan = given.ok();
    let time = |value: &Value| value.as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert_eq!((&plan["plan_id"], &plan["is_active"]), (&json!("free"), &json!(false)));
    let upcoming = plan["upcoming"].as_array().unwrap();
    assert_eq!((upcoming.len(), &upcoming[0]["plan_id"]), (1, &json!("pro")));
    assert_eq!(time(&upcoming[0]["effective_from"]), time(&json!(at(2))));
    assert_eq!(time(&upcoming[0]["effective_to"]), time(&json!(at(4))));
    opened(403).await;

    // To the moment, without anybody doing anything, and on every replica.
    app.clock.advance(chrono::TimeDelta::hours(2) - chrono::TimeDelta::seconds(1));
    opened(403).await;
    app.clock.advance(chrono::TimeDelta::seconds(1));
    opened(200).await;
    let plan = admin.get("/v1/self-serve/plan").await.ok();
    assert_eq!((&plan["plan_id"], &plan["is_active"], &plan["upcoming"]), (&json!("pro"), &json!(true), &Value::Null));
    assert_eq!(time(&plan["effective_from"]), time(&json!(at(2))));

    // One follows another; a third takes the place of what begins after it.
    let enterprise = json!({ "plan_id": "enterprise", "effective_from": at(3) });
    let plan = operator.patch(path, &enterprise).await.ok();
    assert_eq!((&plan["plan_id"], time(&plan["effective_to"])), (&json!("pro"), time(&json!(at(3)))));
    let again = operator.patch(path, &enterprise).await.changed_nothing().ok();
    assert_eq!(again, plan, "what is agreed on already changes nothing");
    operator.patch(path, &json!({ "plan_id": "free", "effective_from": at(5) })).await.ok();
    let plan = operator.patch(path, &json!({ "plan_id": "pro", "effective_from": at(4) })).await.ok();
    let names: Vec<&Value> = plan["upcoming"].as_array().unwrap().iter().map(|p| &p["plan_id"]).collect();
    assert_eq!(names, ["enterprise", "pro"]);
    for (hours, plan) in [(3, "enterprise"), (4, "pro"), (5, "pro")] {
        app.clock.advance(time(&json!(at(hours))) - app.clock.now());
        for caller in [&admin, &elsewhere] {
            assert_eq!(caller.get("/v1/self-serve/plan").await.ok()["plan_id"], plan, "after {hours} hours");
        }
    }
    // What is given now leaves nothing for later.
    operator.patch(path, &json!({ "plan_id": "enterprise", "effective_from": at(9) })).await.ok();
    let plan = give(&operator, "t1", "free").await;
    assert_eq!((&plan["plan_id"], &plan["upcoming"]), (&json!("free"), &Value::Null));
    app.clock.advance(chrono::TimeDelta::hours(9));
    assert_eq!(admin.get("/v1/self-serve/plan").await.ok()["plan_id"], "free");
    for bad in [
        json!({ "plan_id": "pro", "effective_from": at(1) }),
        json!({ "plan_id": "pro", "effective_from": at(30), "effective_to": at(30) }),
        json!({ "plan_id": "pro", "effective_from": at(30), "effective_to": at(29) }),
        json!({ "plan_id": "pro", "effective_to": at(1) }),
    ] {
        operator.patch(path, &bad).await.refused(422, "VALIDATION_ERROR");
    }
    for n in 0..12 {
        operator
            .patch(path, &json!({ "plan_id": if n % 2 == 0 { "pro" } else { "free" }, "effective_from": at(100 + n) }))
            .await
            .ok();
    }
    operator.patch(path, &json!({ "plan_id": "pro", "effective_from": at(200) })).await.refused(409, "CONFLICT");
    other.finish().await;
    app.finish().await;
}

#[tokio::test]
async fn an_override_decides_until_it_is_taken_back() {
    let app = free().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let path = "/v1/admin/plans/t1/overrides";
    let wanted = json!({ "feature_key": "feature.ops_admin_access", "enabled": true, "config_json": { "seats": 3 } });
    admin.patch(path, &wanted).await.refused(403, "AUTH_FORBIDDEN");
    let plan = operator.patch(path, &wanted).await.ok();
    assert!(enabled(&plan, "feature.ops_admin_access"));
    admin.get("/v1/ops/health").await.ok();
    let back = operator.patch(path, &json!({ "feature_key": "feature.ops_admin_access", "enabled": null })).await.ok();
    assert!(!enabled(&back, "feature.ops_admin_access"));
    admin.get("/v1/ops/health").await.refused(403, "FEATURE_NOT_ENABLED");
    // What is absent stays, each by itself.
    operator.patch(path, &wanted).await.ok();
    let other = json!({ "feature_key": "feature.ops_admin_access", "config_json": null });
    let plan = operator.patch(path, &other).await.ok();
    assert!(enabled(&plan, "feature.ops_admin_access"));
    let config = |plan: &Value| {
        let all = plan["entitlements"].as_array().unwrap();
        all.iter().find(|e| e["feature_key"] == "feature.ops_admin_access").unwrap()["config_json"].clone()
    };
    assert_eq!(config(&plan), Value::Null);
    operator.patch(path, &wanted).await.ok();
    let off = json!({ "feature_key": "feature.ops_admin_access", "enabled": null });
    let plan = operator.patch(path, &off).await.ok();
    assert_eq!((enabled(&plan, "feature.ops_admin_access"), config(&plan)), (false, json!({ "seats": 3 })));
    operator.patch(path, &json!({ "feature_key": "feature.magic" })).await.refused(422, "VALIDATION_ERROR");
    app.finish().await;
}

#[tokio::test]
async fn what_a_plan_does_not_include_is_refused_before_anything_is_done() {
    let app = free().await;
    let tenant = app.tenant("t1").await;
    let (editor, operator) = (tenant.key(Role::Editor).await, app.tenant("ops").await.key(Role::Operator).await);
    editor.corpus("c1").await;
    let bedrock =
        json!({ "retrieval": { "provider": "aws_bedrock_kb", "knowledge_base_id": "KB", "region": "eu-west-1" } });
    let made = editor.post("/v1/corpora", &json!({ "name": "x", "provider_config_json": bedrock })).await;
    assert_eq!(made.refused(403, "FEATURE_NOT_ENABLED")["details"]["feature_key"], "feature.retrieval.aws_bedrock");
    let local = json!({ "provider_config_json": { "retrieval": { "provider": "local_pgvector" } } });
    let patched = editor.patch("/v1/corpora/c1", &local).await.refused(403, "FEATURE_NOT_ENABLED");
    assert_eq!(patched["details"]["feature_key"], "feature.corpora_patch_provider_config");
    editor.patch("/v1/corpora/c1", &json!({ "name": "still mine" })).await.ok();

    let spoken = json!({ "session_id": "s", "corpus_id": "c1", "message": "Hello?", "audio": true });
    let refused = editor.ask(&spoken).await.refused(403, "FEATURE_NOT_ENABLED").await;
    assert_eq!(refused["details"]["feature_key"], "feature.tts");

    // A corpus that was routed elsewhere under a larger plan is not asked under a smaller one.
    give(&operator, "t1", "enterprise").await;
    let made = editor.post("/v1/corpora", &json!({ "id": "kb", "name": "x", "provider_config_json": bedrock })).await;
    made.created();
    give(&operator, "t1", "free").await;
    let question = json!({ "session_id": "s", "corpus_id": "kb", "message": "Hello?" });
    let refused = editor.ask(&question).await.refused(403, "FEATURE_NOT_ENABLED").await;
    assert_eq!(refused["details"]["feature_key"], "feature.retrieval.aws_bedrock");
    editor.get("/v1/corpora/kb/search?query=x").await.refused(403, "FEATURE_NOT_ENABLED");
    app.finish().await;
}

#[tokio::test]
async fn a_tenant_asks_for_a_larger_plan_once() {
    let (receiver, got) = receiver(http::StatusCode::OK).await;
    let change = |s: &mut nexus_api::settings::Settings| {
        s.plans.default_plan = "free".into();
        s.billing.receiver = Some(receiver);
    };
    let app = TestApp::plan().settings(change).start().await;
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let (path, wanted) = ("/v1/self-serve/plan/upgrade-request", json!({ "target_plan": "pro", "reason": "Speech" }));
    reader.post(path, &wanted).await.refused(403, "AUTH_FORBIDDEN");
    let asked = admin.post(path, &wanted).await;
    assert!(app.audited(&asked.request_id).await.contains(&"plan.upgrade_requested".to_owned()));
    let first = asked.accepted();
    assert_eq!(first["status"], "pending");
    assert_eq!(admin.post(path, &wanted).await.accepted(), first);
    admin.post(path, &json!({ "target_plan": "gold" })).await.refused(404, "NOT_FOUND");
    admin.post(path, &json!({ "target_plan": "pro\0" })).await.faults("body.target_plan");
    admin.post(path, &json!({ "target_plan": "free" })).await.refused(409, "CONFLICT");
    give(&operator, "t1", "pro").await;
    admin.post(path, &wanted).await.refused(409, "CONFLICT");
    let state: String = sqlx::query_scalar("SELECT status FROM plan_upgrade_requests WHERE target_plan = 'pro'")
        .fetch_one(&mut app.behind().await)
        .await
        .unwrap();
    assert_eq!(state, "granted");
    app.finish().await;
    assert_eq!(got.lock().unwrap().len(), 1, "billing is told of a request once");
}
