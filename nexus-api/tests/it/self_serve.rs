//! Self-service: keys, use, and whether billing events arrive.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, routing::post};
use chrono::Duration;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, StatusCode};
use nexus_api::billing::Receiver;
use nexus_core::principal::Role;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::{net::TcpListener, task::JoinSet};

use crate::harness::{Answer, PATIENCE, TestApp};

const KEYS: &str = "/v1/self-serve/api-keys";
pub(crate) const SECRET: &str = "a secret of sixteen and more";

/// What is in the log for a request besides that it was let in, which is written on its own.
async fn audited(app: &TestApp, answer: &Answer) -> Vec<String> {
    let all = app.audited(&answer.request_id).await;
    all.into_iter().filter(|event| event != "auth.access.success").collect()
}

#[tokio::test]
async fn a_key_is_made_shown_once_used_and_revoked() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, editor) = (tenant.key(Role::Admin).await, tenant.key(Role::Editor).await);
    editor.post(KEYS, &json!({ "role": "reader" })).await.refused(403, "AUTH_FORBIDDEN");
    let named = admin.with("idempotency-key", "first");
    let made = named.post(KEYS, &json!({ "role": "reader", "name": "ci", "expires_in_days": 30 })).await;
    assert_eq!(audited(&app, &made).await, ["selfserve.api_key.created"]);
    let made = made.ok();
    assert_eq!((&made["role"], &made["name"], &made["is_active"]), (&json!("reader"), &json!("ci"), &json!(true)));
    let (id, secret) = (made["key_id"].as_str().unwrap(), made["api_key"].as_str().unwrap());
    let reader = app.bearer(secret);
    reader.get("/v1/corpora").await.ok();
    reader.post("/v1/corpora", &json!({ "name": "x" })).await.refused(403, "AUTH_FORBIDDEN");

    // The same request again gives the same key, without its secret, which is nowhere kept.
    let again = named.post(KEYS, &json!({ "role": "reader", "name": "ci", "expires_in_days": 30 })).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    let again = again.ok();
    assert_eq!((again["key_id"].as_str(), again.get("api_key")), (Some(id), None));
    let dump: Vec<String> = sqlx::query_scalar("SELECT to_jsonb(r)::text FROM idempotency_records r")
        .fetch_all(&mut app.behind().await)
        .await
        .unwrap();
    assert!(!dump.is_empty() && !dump.concat().contains(secret));

    let listed = admin.get(KEYS).await.ok()["items"].as_array().unwrap().clone();
    assert_eq!(listed.len(), 3);
    assert!(listed.iter().all(|key| key.get("api_key").is_none()));
    let revoke = format!("{KEYS}/{id}/revoke");
    app.tenant("t2").await.key(Role::Admin).await.post(&revoke, &json!({})).await.refused(404, "NOT_FOUND");
    let revoked = admin.post(&revoke, &json!({})).await;
    assert_eq!(audited(&app, &revoked).await, ["selfserve.api_key.revoked"]);
    assert_eq!(revoked.ok()["is_active"], false);
    reader.get("/v1/corpora").await.refused(401, "AUTH_REVOKED_KEY");
    for (field, bad) in [
        ("role", json!({ "role": "operator" })),
        ("role", json!({ "role": "king" })),
        ("name", json!({ "role": "reader", "name": "x".repeat(129) })),
        ("expires_in_days", json!({ "role": "reader", "expires_in_days": 0 })),
    ] {
        admin.post(KEYS, &bad).await.faults(&format!("body.{field}"));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_tenant_has_no_more_keys_than_it_may_however_many_ask_at_once() {
    let app = TestApp::plan().settings(|s| s.self_serve.max_active_keys = 5).start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let admin = admin.clone();
        tasks.spawn(async move { admin.post(KEYS, &json!({ "role": "reader" })).await });
    }
    let answers = tasks.join_all().await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status.is_success());
    assert_eq!(made.len(), 4, "one there was");
    for answer in refused {
        assert_eq!(answer.refused(409, "KEY_LIMIT_REACHED")["details"], json!({ "max_active": 5 }));
        assert_eq!(audited(&app, answer).await, ["selfserve.api_key.created"]);
    }
    let id = made[0].json()["data"]["key_id"].as_str().unwrap().to_owned();
    admin.post(&format!("{KEYS}/{id}/revoke"), &json!({})).await.ok();
    admin.post(KEYS, &json!({ "role": "reader" })).await.ok();
    app.finish().await;
}

#[tokio::test]
async fn keys_that_nobody_uses_are_reported() {
    let app = TestApp::plan().manual_clock().start().await;
    let tenant = app.tenant("t1").await;
    let (admin, idle) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    let ends = tenant.key_until("u", Role::Reader, Some(app.clock.now() + Duration::days(5))).await;
    for _ in 0..2 {
        app.clock.advance(Duration::days(20));
        admin.get("/v1/corpora").await.ok();
    }
    let report = admin.get(&format!("{KEYS}/inactive-report?inactive_days=30")).await.ok();
    let mut ids: Vec<&str> =
        report["items"].as_array().unwrap().iter().map(|k| k["key_id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    let mut wanted = [idle.key_id.as_str(), ends.key_id.as_str()];
    wanted.sort_unstable();
    assert_eq!((ids.as_slice(), &report["inactive_days_threshold"]), (wanted.as_slice(), &json!(30)));
    assert_eq!(report["items"][0]["inactive_days"], 40);
    admin.get(&format!("{KEYS}/inactive-report?inactive_days=0")).await.faults("query.inactive_days");
    app.finish().await;
}

#[tokio::test]
async fn use_is_counted_by_class_and_by_day() {
    let app = TestApp::plan().manual_clock().start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    admin.corpus("c1").await;
    admin.text("c1", "d1", "The heron stands in shallow water.").await;
    app.clock.advance(Duration::days(2));
    for _ in 0..3 {
        admin.run(&json!({ "session_id": "s", "corpus_id": "c1", "message": "Where is the heron?" })).await;
    }
    let summary = admin.get("/v1/self-serve/usage/summary").await.ok();
    let by_class = &summary["requests"]["by_route_class"];
    assert_eq!((&by_class["run"], &by_class["mutation"], &by_class["ops"]), (&json!(3), &json!(2), &json!(0)));
    let sum: i64 = by_class.as_object().unwrap().values().map(|n| n.as_i64().unwrap()).sum();
    assert_eq!(summary["requests"]["total"], sum);
    assert_eq!(summary["ingestion"], json!({ "queued": 0, "processing": 0, "succeeded": 1, "failed": 0 }));
    assert_eq!(summary["quota"]["day"], json!({ "limit": null, "used": 10, "remaining": null }));
    assert_eq!(summary["rate_limit_hits"], json!({ "count": 0, "last_at": null }));
    let series = admin.get("/v1/self-serve/usage/timeseries?days=4").await.ok();
    let points = series["points"].as_array().unwrap();
    assert_eq!(points.len(), 4, "every day has a point, today too");
    assert_eq!(points[3]["ts"], app.clock.now().format("%Y-%m-%d").to_string());
    assert_eq!(points[3]["value"], 5);
    assert_eq!((&points[0]["value"], &points[2]["value"]), (&json!(0), &json!(0)));
    assert!(points[1]["value"].as_i64().unwrap() >= 3);
    for bad in ["days=0", "days=91", "metric=tokens", "granularity=hour"] {
        admin.get(&format!("/v1/self-serve/usage/timeseries?{bad}")).await.refused(422, "REQUEST_VALIDATION_ERROR");
    }
    app.finish().await;
}

/// What a receiver of billing events got.
pub(crate) type Got = Arc<Mutex<Vec<(HeaderMap, Vec<u8>)>>>;

async fn receive(State((got, status)): State<(Got, StatusCode)>, headers: HeaderMap, body: Bytes) -> StatusCode {
    got.lock().unwrap().push((headers, body.to_vec()));
    status
}

/// A receiver that answers everything with this status, and what it got.
pub(crate) async fn receiver(status: StatusCode) -> (Receiver, Got) {
    let got = Got::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap()).parse().unwrap();
    let router = Router::new().route("/hook", post(receive)).with_state((Arc::clone(&got), status));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (Receiver { url, secret: SECRET.to_owned().into() }, got)
}

#[tokio::test]
async fn billing_hears_of_edges_once_and_signed() {
    let (receiver, got) = receiver(StatusCode::NO_CONTENT).await;
    let app = TestApp::plan().settings(move |s| s.billing.receiver = Some(receiver)).start().await;
    let (admin, operator) =
        (app.tenant("t1").await.key(Role::Admin).await, app.tenant("ops").await.key(Role::Operator).await);
    operator.patch("/v1/admin/quotas/t1", &json!({ "daily_requests_limit": 2 })).await.ok();
    for _ in 0..2 {
        admin.get("/v1/corpora").await.ok();
    }
    for _ in 0..3 {
        admin.get("/v1/corpora").await.refused(402, "QUOTA_EXCEEDED");
    }
    let wait = async {
        while got.lock().unwrap().len() < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap();
    let mut events = got.lock().unwrap().clone();
    events.sort_by_key(|(headers, _)| headers["x-billing-event"].to_str().unwrap().to_owned());
    let kinds: Vec<_> = events.iter().map(|(headers, _)| headers["x-billing-event"].to_str().unwrap()).collect();
    assert_eq!(kinds, ["quota.hard_cap_blocked", "quota.soft_cap_reached"]);
    for (headers, body) in &events {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(body);
        assert_eq!(headers["x-billing-signature"], hex::encode(mac.finalize().into_bytes()));
        assert!(headers["webhook-signature"].to_str().unwrap().starts_with("v1,"));
        assert!(!headers["webhook-id"].is_empty() && !headers["webhook-timestamp"].is_empty());
    }
    let body: Value = serde_json::from_slice(&events[0].1).unwrap();
    assert_eq!(
        (&body["event_type"], &body["tenant_id"], &body["period"], &body["day_used"], &body["day_limit"]),
        (&json!("quota.hard_cap_blocked"), &json!("t1"), &json!("day"), &json!(2), &json!(2))
    );
    app.finish().await;
}

#[tokio::test]
async fn a_receiver_that_fails_is_recorded_and_holds_up_nobody() {
    let (receiver, got) = receiver(StatusCode::INTERNAL_SERVER_ERROR).await;
    let change = move |s: &mut nexus_api::settings::Settings| {
        s.billing.receiver = Some(receiver);
        s.billing.attempts = 2;
        s.jobs.backoff = std::time::Duration::from_millis(1);
    };
    let app = TestApp::plan().settings(change).start().await;
    let (admin, operator) =
        (app.tenant("t1").await.key(Role::Admin).await, app.tenant("ops").await.key(Role::Operator).await);
    operator.patch("/v1/admin/quotas/t1", &json!({ "daily_requests_limit": 0 })).await.ok();
    admin.get("/v1/corpora").await.refused(402, "QUOTA_EXCEEDED");
    let wait = async {
        loop {
            let given_up: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs WHERE state = 'dead'")
                .fetch_one(&mut app.behind().await)
                .await
                .unwrap();
            if given_up == 1 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap();
    assert_eq!(got.lock().unwrap().len(), 2);
    app.platform.audit.flush().await;
    let failures: Vec<String> = sqlx::query_scalar(
        "SELECT metadata_json ->> 'reason' FROM audit_events WHERE event_type = 'billing.webhook.failure' ORDER BY id",
    )
    .fetch_all(&mut app.behind().await)
    .await
    .unwrap();
    assert_eq!(failures, ["first_attempt", "given_up"]);
    app.finish_with_dead_jobs(1).await;
}

#[tokio::test]
async fn an_administrator_can_try_whether_events_arrive() {
    const TEST: &str = "/v1/self-serve/billing/webhook-test";
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    admin.post(TEST, &json!({})).await.refused(400, "BILLING_WEBHOOK_NOT_CONFIGURED");
    app.finish().await;
    for (status, sent) in [(StatusCode::OK, true), (StatusCode::UNAUTHORIZED, false)] {
        let (receiver, got) = receiver(status).await;
        let app = TestApp::plan().settings(move |s| s.billing.receiver = Some(receiver)).start().await;
        let admin = app.tenant("t1").await.key(Role::Admin).await;
        let tried = admin.post(TEST, &json!({})).await;
        assert_eq!(audited(&app, &tried).await, ["selfserve.billing_webhook_tested"]);
        let tried = tried.ok();
        assert_eq!((&tried["sent"], &tried["status_code"]), (&json!(sent), &json!(status.as_u16())));
        let (headers, _) = got.lock().unwrap()[0].clone();
        assert_eq!(
            (&headers["webhook-id"], &headers["x-billing-event"]),
            (
                &http::HeaderValue::from_str(tried["delivery_id"].as_str().unwrap()).unwrap(),
                &http::HeaderValue::from_static("billing.webhook.test")
            )
        );
        app.finish().await;
    }
}
