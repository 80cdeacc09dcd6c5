//! The view of operations: what it tells, and whom.

use std::time::Duration;

use nexus_core::{
    principal::Role,
    resilience::{CallError, Integration, Setback, Verdict},
};
use serde_json::{Value, json};

use crate::harness::{Caller, PATIENCE, TestApp};

#[derive(Debug, thiserror::Error)]
#[error("down")]
struct Down;

impl Setback for Down {
    fn verdict(&self) -> Verdict {
        Verdict::Failed { retry_after: None }
    }
}

/// What is told of Bedrock, and the places of any service whose breaker is not closed.
async fn bedrock(admin: &Caller) -> (Value, Value) {
    let health = admin.get("/v1/ops/health").await.ok();
    (health["circuit_breaker_state"]["retrieval.aws_bedrock"].clone(), health["circuit_breaker_places"].clone())
}

#[tokio::test]
async fn health_tells_which_region_is_left_alone_and_when_it_is_tried_again() {
    let app = TestApp::plan()
        .settings(|settings| {
            settings.resilience.failures = 1;
            settings.resilience.attempts = 1;
            settings.resilience.open_for = Duration::from_secs(1);
        })
        .start()
        .await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let place = |state: &str| json!([{ "integration": "retrieval.aws_bedrock", "place": "eu-west-1", "state": state }]);
    assert_eq!(bedrock(&admin).await, (json!("closed"), json!([])));

    let line = app.platform.integrations.line(Integration::AwsBedrock, "eu-west-1");
    assert!(matches!(line.call(|| async { Err::<(), _>(Down) }).await, Err(CallError::Failed(Down))));
    assert_eq!(bedrock(&admin).await, (json!("open"), place("open")));
    let elsewhere = app.platform.integrations.line(Integration::AwsBedrock, "us-east-1");
    elsewhere.call(|| async { Ok::<_, Down>(()) }).await.unwrap();
    assert_eq!(bedrock(&admin).await, (json!("open"), place("open")), "the worst place is told");

    // A trial that goes on.
    let began = std::time::Instant::now();
    let trial = loop {
        let mut trial = Box::pin(line.call(std::future::pending::<Result<(), Down>>));
        if futures::poll!(&mut trial).is_pending() {
            break trial;
        }
        assert!(began.elapsed() < PATIENCE, "it is tried again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(bedrock(&admin).await, (json!("half_open"), place("half_open")));
    drop(trial);
    line.call(|| async { Ok::<_, Down>(()) }).await.unwrap();
    assert_eq!(bedrock(&admin).await, (json!("closed"), json!([])));
    app.finish().await;
}

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
    let ours = ["embedding.endpoint", "kms.aws", "kms.gcp", "llm.endpoint", "objects.s3", "rerank.endpoint"];
    let contract = ["billing.webhook", "retrieval.aws_bedrock", "retrieval.gcp_vertex", "tts.openai"];
    assert!(names.len() == 10 && ours.iter().chain(&contract).all(|name| names.iter().any(|known| known == name)));
    assert!(breakers.values().all(|state| state == "closed"));
    app.finish().await;
}
