//! The view of operations: what it tells, and whom.

use nexus_core::principal::Role;
use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn health_tells_administrators_how_each_part_is_doing() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, editor) = (tenant.key(Role::Admin).await, tenant.key(Role::Editor).await);
    editor.get("/v1/ops/health").await.refused(403, "AUTH_FORBIDDEN");
    // The first sign of life of the worker comes a moment after the start.
    let health = loop {
        let health = admin.get("/v1/ops/health").await.ok();
        if health["status"] == "ok" {
            break health;
        }
    };
    assert_eq!((&health["db"], &health["redis"], &health["queue_depth"]), (&json!("ok"), &json!("ok"), &json!(0)));
    assert!(health["worker_heartbeat_age_s"].as_f64().unwrap() >= 0.0);
    let breakers = health["circuit_breaker_state"].as_object().unwrap();
    let names: Vec<&String> = breakers.keys().collect();
    assert_eq!(names, ["billing.webhook", "retrieval.aws_bedrock", "retrieval.gcp_vertex", "tts.openai"]);
    assert!(breakers.values().all(|state| state == "closed"));
    app.finish().await;
}
