//! `/v1/admin/sla/autoscaling`: what is recommended, who may have it executed, and what that starts.

use chrono::TimeDelta;
use nexus_core::{principal::Role, sla::autoscaling::Executor};
use serde_json::{Value, json};

use crate::harness::TestApp;

const PROFILES: &str = "/v1/admin/sla/autoscaling/profiles";
const EVALUATE: &str = "/v1/admin/sla/autoscaling/evaluate";
const APPLY: &str = "/v1/admin/sla/autoscaling/apply";

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

fn profile(scope: &str, route_class: Option<&str>) -> Value {
    json!({ "name": "runs", "scope": scope, "route_class": route_class, "min_replicas": 1, "max_replicas": 8,
        "target_p95_ms": 1200, "target_queue_depth": 20, "cooldown_seconds": 60, "step_up": 2, "step_down": 1 })
}

fn load(profile: &str, p95_ms: u32, queue: u32) -> Value {
    json!({ "profile_id": profile, "route_class": "run", "current_replicas": 2, "p95_ms": p95_ms, "queue_depth": queue,
        "signal_quality": "ok" })
}

#[tokio::test]
async fn autoscaling_recommends_and_says_honestly_that_nothing_was_done() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, other) = (tenant.key(Role::Admin).await, app.tenant("t2").await.key(Role::Admin).await);
    let made = admin.post(PROFILES, &profile("tenant", None)).await.created();
    let (of, path) = (id(&made), format!("{PROFILES}/{}", id(&made)));
    let found = admin.post(EVALUATE, &load(&of, 1650, 24)).await.ok();
    let expected = json!({ "action": "scale_up", "from_replicas": 2, "to_replicas": 4, "reason": "above_target", "cooldown_active": false,
        "signal_json": { "p95_ms": 1650.0, "queue_depth": 24, "signal_quality": "ok" }, "executed": false, "executed_at": null });
    assert_eq!(found, expected);
    // Asking starts no cooldown, and neither does applying where there is nobody to do anything.
    for _ in 0..2 {
        assert_eq!(admin.post(APPLY, &load(&of, 1650, 24)).await.ok(), expected);
    }
    let blind = json!({ "profile_id": of, "route_class": "run", "current_replicas": 2 });
    assert_eq!(admin.post(EVALUATE, &blind).await.ok()["reason"], "signal_unavailable");
    admin.patch(&path, &json!({ "enabled": false })).await.ok();
    assert_eq!(admin.post(EVALUATE, &load(&of, 1650, 24)).await.ok()["reason"], "profile_disabled");
    let actions = admin.get(&format!("/v1/admin/sla/autoscaling/actions?profile_id={of}")).await.ok();
    assert_eq!(actions["items"].as_array().unwrap().len(), 5);
    assert!(actions["items"].as_array().unwrap().iter().all(|a| a["executed"] == false));

    admin.patch(&path, &json!({ "min_replicas": 9 })).await.refused(422, "SLA_AUTOSCALING_PROFILE_INVALID");
    admin.patch(&path, &json!({ "scope": "route_class" })).await.refused(422, "SLA_AUTOSCALING_PROFILE_INVALID");
    admin.patch(&path, &json!({ "scope": "route_class", "route_class": "ingest" })).await.ok();
    admin.post(EVALUATE, &load(&of, 1650, 24)).await.refused(422, "SLA_AUTOSCALING_PROFILE_INVALID");
    admin.patch(&path, &json!({ "scope": "tenant", "route_class": null })).await.ok();
    admin.post(PROFILES, &profile("global", None)).await.refused(403, "AUTH_FORBIDDEN");
    admin
        .post(PROFILES, &json!({ "name": "x", "scope": "tenant", "min_replicas": 0 }))
        .await
        .refused(422, "REQUEST_VALIDATION_ERROR");
    other.patch(&path, &json!({ "enabled": true })).await.refused(404, "NOT_FOUND");
    other.post(EVALUATE, &load(&of, 1650, 24)).await.refused(404, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn only_the_operator_scales_and_only_what_was_executed_cools_down() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wanted.json");
    let executor = Executor::File(file.clone());
    let change = move |s: &mut nexus_api::settings::Settings| {
        s.sla.autoscaling.dry_run = false;
        s.sla.autoscaling.executor = executor;
    };
    let app = TestApp::plan().manual_clock().settings(change).start().await;
    let tenant = app.tenant("t1").await;
    let (admin, operator) = (tenant.key(Role::Admin).await, tenant.key(Role::Operator).await);
    let of = id(&operator.post(PROFILES, &profile("global", None)).await.created());
    assert_eq!(admin.get(PROFILES).await.ok()["items"][0]["id"], of.as_str(), "everybody sees it");
    admin.patch(&format!("{PROFILES}/{of}"), &json!({ "enabled": false })).await.refused(403, "AUTH_FORBIDDEN");
    admin.post(EVALUATE, &load(&of, 1650, 24)).await.refused(403, "AUTH_FORBIDDEN");
    let own = id(&admin.post(PROFILES, &profile("tenant", None)).await.created());
    admin.post(APPLY, &load(&own, 1650, 24)).await.refused(403, "AUTH_FORBIDDEN");
    assert!(!file.exists());

    let done = operator.post(APPLY, &load(&of, 1650, 24)).await.ok();
    assert_eq!((&done["executed"], &done["to_replicas"]), (&json!(true), &json!(4)));
    let wanted: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!((&wanted["replicas"], &wanted["profile_id"]), (&json!(4), &json!(of)));
    operator.post(APPLY, &load(&of, 1650, 24)).await.refused(409, "SLA_AUTOSCALING_COOLDOWN_ACTIVE");
    // That it was asked in between does not end the cooldown.
    let held = operator.post(EVALUATE, &load(&of, 1650, 24)).await.ok();
    assert_eq!(
        (&held["action"], &held["reason"], &held["cooldown_active"]),
        (&json!("hold"), &json!("cooldown_active"), &json!(true))
    );
    operator.post(APPLY, &load(&of, 1650, 24)).await.refused(409, "SLA_AUTOSCALING_COOLDOWN_ACTIVE");
    // All profiles change one number: what one did, the others wait for, too, and nobody forgets it.
    let second = id(&operator.post(PROFILES, &profile("tenant", None)).await.created());
    operator.post(APPLY, &load(&second, 1650, 24)).await.refused(409, "SLA_AUTOSCALING_COOLDOWN_ACTIVE");
    let actions = operator.get(&format!("/v1/admin/sla/autoscaling/actions?profile_id={of}")).await.ok();
    let executed = actions["items"].as_array().unwrap().iter().filter(|a| a["executed"] == true).count();
    assert_eq!((executed, actions["items"].as_array().unwrap().len()), (1, 2));
    sqlx::raw_sql("DELETE FROM autoscaling_actions").execute(&mut app.behind().await).await.unwrap();
    operator.post(APPLY, &load(&second, 1650, 24)).await.refused(409, "SLA_AUTOSCALING_COOLDOWN_ACTIVE");
    app.clock.advance(TimeDelta::seconds(60));
    drop(folder);
    operator.post(APPLY, &load(&of, 1650, 24)).await.refused(503, "SLA_AUTOSCALING_EXECUTOR_UNAVAILABLE");
    app.finish().await;
}
