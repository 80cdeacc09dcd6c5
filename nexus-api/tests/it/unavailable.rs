//! Policies that cannot be read: nothing is allowed, the code says so, and only who is concerned is refused.

use std::time::Instant;

use nexus_core::principal::Role;
use serde_json::json;

use crate::harness::{Answer, Caller, TestApp};

async fn every_decision(caller: &Caller) -> Vec<Answer> {
    vec![
        caller.get("/v1/corpora").await,
        caller.get("/v1/documents").await,
        caller.get("/v1/documents/d1").await,
        caller.patch("/v1/documents/d1", &json!({ "filename": "x" })).await,
        caller.delete("/v1/documents/d1").await,
        caller.post("/v1/documents/text", &json!({ "corpus_id": "c1", "document_id": "d2", "text": "x" })).await,
        caller.get("/v1/admin/api-keys").await,
    ]
}

async fn library(app: &TestApp, tenant: &str) -> Caller {
    let admin = app.tenant(tenant).await.key(Role::Admin).await;
    admin.corpus("c1").await;
    admin.text("c1", "d1", "The heron is grey.").await;
    admin
}

fn question() -> serde_json::Value {
    json!({ "session_id": "s", "corpus_id": "c1", "message": "What is grey?" })
}

#[tokio::test]
async fn a_locked_table_refuses_every_decision_until_it_is_free() {
    let app = TestApp::start().await;
    let admin = library(&app, "t1").await;
    let mut owner = app.behind().await;
    sqlx::raw_sql("BEGIN; LOCK TABLE authorization_policies IN ACCESS EXCLUSIVE MODE")
        .execute(&mut owner)
        .await
        .unwrap();
    app.platform.changes.settled().await;
    let since = Instant::now();
    let answers = every_decision(&admin).await;
    println!("{} refusals, one after the other, in {:?}", answers.len(), since.elapsed());
    for answer in answers {
        answer.refused(503, "AUTHZ_UNAVAILABLE");
    }
    admin.ask(&question()).await.refused(503, "AUTHZ_UNAVAILABLE").await;
    let ready = app.nobody().get("/v1/readyz").await.refused(503, "SERVICE_UNAVAILABLE");
    let checks = ready["details"]["checks"].as_array().unwrap();
    let policies = checks.iter().find(|c| c["name"] == "policies").unwrap();
    assert_eq!(policies["status"], "fail", "{ready}");
    assert_eq!(app.nobody().get("/v1/healthz").await.json()["status"], "ok");
    sqlx::raw_sql("ROLLBACK").execute(&mut owner).await.unwrap();
    admin.get("/v1/documents/d1").await.ok();
    admin.answer("c1", "What is grey?").await;
    app.finish().await;
}

#[tokio::test]
async fn a_policy_that_cannot_be_understood_refuses_its_tenant_and_nobody_else() {
    let app = TestApp::start().await;
    let (admin, other) = (library(&app, "t1").await, library(&app, "t2").await);
    let mut owner = app.behind().await;
    sqlx::raw_sql(
        "UPDATE authorization_policies SET condition_json = '{\"eq\": [1]}'
         WHERE tenant_id = 't1' AND name = 'Baseline: runs'",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    app.platform.changes.settled().await;
    for answer in every_decision(&admin).await {
        answer.refused(503, "AUTHZ_UNAVAILABLE");
    }
    admin.ask(&question()).await.refused(503, "AUTHZ_UNAVAILABLE").await;
    other.get("/v1/documents/d1").await.ok();
    other.answer("c1", "What is grey?").await;
    app.finish().await;
}

#[tokio::test]
async fn a_deny_closes_a_route_and_a_run_and_says_so_in_the_log() {
    let app = TestApp::start().await;
    let admin = library(&app, "t1").await;
    let mut owner = app.behind().await;
    sqlx::raw_sql(
        "INSERT INTO authorization_policies (tenant_id, id, name, effect, resource_type, action, condition_json)
         VALUES ('t1', gen_random_uuid(), 'no keys', 'deny', 'admin', '*', '{}'),
                ('t1', gen_random_uuid(), 'no runs', 'deny', 'corpus', 'run', '{\"eq\": [{\"var\": \"resource.id\"}, \"c1\"]}')",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    app.platform.changes.settled().await;
    let refused = admin.get("/v1/admin/api-keys").await;
    refused.refused(403, "AUTHZ_DENIED");
    assert_eq!(
        app.audited(&refused.request_id).await,
        ["auth.access.success", "authz.policy.denied", "authz.access.denied"]
    );
    admin.ask(&question()).await.refused(403, "AUTHZ_DENIED").await;
    admin.get("/v1/corpora").await.ok();
    admin.get("/v1/documents/d1").await.ok();
    // Policies are administered past all policies, so that nobody locks everybody out.
    admin.get("/v1/admin/authz/policies").await.ok();
    app.finish().await;
}
