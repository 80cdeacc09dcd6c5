//! Keys of tenants: who sees them, who replaces them, and what is not told of them.

use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::harness::{Caller, PATIENCE, TestApp};

const KEYS: &str = "/v1/admin/crypto/keys/t1";

pub async fn rotate(admin: &Caller, body: &Value) -> Value {
    admin.post(&format!("{KEYS}/rotate"), body).await.ok()
}

pub async fn over(admin: &Caller, job: &Value) -> Value {
    let path = format!("/v1/admin/crypto/rotation-jobs/{}", job["id"].as_str().unwrap());
    let give_up = tokio::time::Instant::now() + PATIENCE;
    loop {
        let job = admin.get(&path).await.ok();
        if !job["completed_at"].is_null() {
            return job;
        }
        assert!(tokio::time::Instant::now() < give_up, "{job}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn an_administrator_rotates_the_key_of_the_tenant() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    assert_eq!(admin.get(KEYS).await.ok(), json!({ "tenant_id": "t1", "active_key_id": null, "keys": [] }));
    let first = rotate(&admin, &json!({ "reason": "the first" })).await;
    assert_eq!((&first["key"]["key_version"], &first["rotation_job"]), (&json!(1), &Value::Null));
    assert_eq!(first["key"]["key_ref"], "local://t1/tenant-master/v1");
    let second = admin.post(&format!("{KEYS}/rotate"), &json!({})).await;
    let request = second.request_id.clone();
    let second = second.ok();
    let job = over(&admin, &second["rotation_job"]).await;
    assert_eq!(
        (&job["status"], &job["failed_items"], &job["error_code"]),
        (&json!("completed"), &json!(0), &Value::Null)
    );
    assert_eq!((&job["from_key_id"], &job["to_key_id"]), (&first["key"]["id"], &second["key"]["id"]));
    let keys = admin.get(KEYS).await.ok();
    assert_eq!(keys["active_key_id"], second["key"]["id"]);
    let statuses: Vec<_> = keys["keys"].as_array().unwrap().iter().map(|key| key["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["active", "retired"]);
    // Nothing of a key is told, not even the wrapped one.
    assert!(
        keys["keys"][0]
            .as_object()
            .unwrap()
            .keys()
            .all(|field| !field.contains("wrapped") && !field.contains("secret"))
    );
    let mut events = app.audited(&request).await;
    events.retain(|event| event.starts_with("crypto."));
    assert_eq!(events, ["crypto.key.created", "crypto.key.activated", "crypto.rotation.started"]);
    // Without sealing anew the old version goes on to open, and no job is made.
    let third = rotate(&admin, &json!({ "reencrypt": false })).await;
    assert_eq!((&third["key"]["key_version"], &third["rotation_job"]), (&json!(3), &Value::Null));
    app.finish().await;
}

/// What is remembered of an answer is sealed for the request that got it.
#[tokio::test]
async fn remembered_answers_are_sealed_and_move_with_the_key() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let corpus = async |key: &str, name: &str| {
        admin.with("idempotency-key", key).post("/v1/corpora", &json!({ "name": name })).await
    };
    let (first, second) = (corpus("k1", "Herons").await, corpus("k2", "Kingfishers").await);
    let mut behind = app.behind().await;
    let dump = async |behind: &mut sqlx::PgConnection| -> Vec<(Option<String>, Vec<u8>)> {
        sqlx::query_as("SELECT response_body, response_sealed FROM idempotency_records ORDER BY created_at")
            .fetch_all(behind)
            .await
            .unwrap()
    };
    let before = dump(&mut behind).await;
    for (plain, sealed) in &before {
        assert_eq!(plain, &None);
        assert!(!String::from_utf8_lossy(sealed).contains("ers"), "a name is in the clear");
    }
    assert_eq!(corpus("k1", "Herons").await.body, first.body);
    // A rotation seals them anew; they are answered as before, and the old version can go.
    let job = rotate(&admin, &json!({})).await["rotation_job"].clone();
    let job = over(&admin, &job).await;
    assert_eq!((&job["status"], &job["processed_items"]), (&json!("completed"), &json!(2)));
    let after = dump(&mut behind).await;
    assert!(before.iter().zip(&after).all(|(before, after)| before != after));
    assert_eq!(corpus("k2", "Kingfishers").await.body, second.body);
    // One that was put in the place of another is refused, and so is one that was changed.
    let swap = "UPDATE idempotency_records SET response_sealed = (SELECT response_sealed FROM idempotency_records WHERE idem_key = 'k2')";
    sqlx::raw_sql(swap).execute(&mut behind).await.unwrap();
    corpus("k1", "Herons").await.refused(500, "DECRYPTION_FAILED");
    assert_eq!(corpus("k2", "Kingfishers").await.body, second.body);
    app.finish().await;
}

/// Without encryption, changes that name themselves are refused, or kept as they are: the settings say which.
#[tokio::test]
async fn without_encryption_the_settings_say_what_happens() {
    for required in [true, false] {
        let change = move |s: &mut nexus_api::settings::Settings| {
            s.crypto.enabled = false;
            s.crypto.required = required;
        };
        let app = TestApp::plan().settings(change).start().await;
        let admin = app.tenant("t1").await.key(Role::Admin).await;
        let named = admin.with("idempotency-key", "k1");
        let answer = named.post("/v1/corpora", &json!({ "name": "Herons" })).await;
        if required {
            answer.refused(503, "ENCRYPTION_REQUIRED");
            assert_eq!(admin.get("/v1/corpora").await.ok(), json!([]), "the change was undone");
        } else {
            let first = answer.body.clone();
            answer.created();
            let kept: Option<String> = sqlx::query_scalar("SELECT response_body FROM idempotency_records")
                .fetch_one(&mut app.behind().await)
                .await
                .unwrap();
            assert!(kept.unwrap().contains("Herons"));
            assert_eq!(named.post("/v1/corpora", &json!({ "name": "Herons" })).await.body, first);
        }
        app.finish().await;
    }
}

#[tokio::test]
async fn keys_are_seen_and_rotated_by_administrators_of_their_tenant_only() {
    let app = TestApp::start().await;
    let (t1, t2) = (app.tenant("t1").await, app.tenant("t2").await);
    let admin = t1.key(Role::Admin).await;
    rotate(&admin, &json!({})).await;
    let job = rotate(&admin, &json!({})).await["rotation_job"].clone();
    over(&admin, &job).await;
    let job = format!("/v1/admin/crypto/rotation-jobs/{}", job["id"].as_str().unwrap());
    for other in [t2.key(Role::Admin).await, t2.key(Role::Operator).await] {
        // A tenant that is there and one that is not are refused alike.
        for tenant in ["t1", "nobody"] {
            let path = format!("/v1/admin/crypto/keys/{tenant}");
            other.get(&path).await.refused(403, "AUTH_FORBIDDEN");
            other.post(&format!("{path}/rotate"), &json!({})).await.refused(403, "AUTH_FORBIDDEN");
        }
        other.get(&job).await.refused(404, "NOT_FOUND");
        other.post(&format!("{job}/cancel"), &Value::Null).await.refused(404, "NOT_FOUND");
    }
    t1.key(Role::Editor).await.get(KEYS).await.refused(403, "AUTH_FORBIDDEN");
    let long = json!({ "reason": "x".repeat(501) });
    admin.post(&format!("{KEYS}/rotate"), &long).await.refused(422, "REQUEST_VALIDATION_ERROR");
    admin.get("/v1/admin/crypto/rotation-jobs/none").await.refused(404, "NOT_FOUND");
    app.finish().await;
}
