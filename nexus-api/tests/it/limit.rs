//! Rate limits: who is let through how often, and what everybody is told.

use std::time::Duration;

use nexus_api::settings::Settings;
use nexus_core::{
    limit::{ClassRates, decide::Rate},
    principal::Role,
    shared::OnLoss,
};
use serde_json::json;

use crate::harness::TestApp;

/// Buckets that never fill up again: what is let through is counted, and no clock matters.
fn of(key: u32, tenant: u32) -> ClassRates {
    ClassRates { key: Rate::new(0.0, key), tenant: Rate::new(0.0, tenant) }
}

/// Nothing limits but what a test changes.
fn plenty(settings: &mut Settings) {
    let (rates, limits) = (of(100_000, 100_000), &mut settings.limits);
    limits.enabled = true;
    (limits.run, limits.mutation, limits.read, limits.ops) = (rates, rates, rates, rates);
}

#[tokio::test]
async fn a_key_is_let_through_as_often_as_it_may() {
    let limits = |s: &mut Settings| {
        plenty(s);
        s.limits.read = ClassRates { key: Rate::new(0.001, 3), tenant: Rate::new(0.0, 5) };
    };
    let app = TestApp::plan().settings(limits).start().await;
    let tenant = app.tenant("t1").await;
    let (one, two) = (tenant.key(Role::Reader).await, tenant.key(Role::Reader).await);
    for left in ["2", "1", "0"] {
        let answer = one.get("/v1/corpora").await;
        answer.ok();
        assert_eq!(answer.header("x-ratelimit-status"), "ok");
        assert_eq!(answer.header("ratelimit-policy"), r#""key";q=3;w=3000, "tenant";q=5;w=1"#);
        assert!(
            answer.header("ratelimit").starts_with(&format!("\"key\";r={left};t=")),
            "{}",
            answer.header("ratelimit")
        );
    }
    let refused = one.get("/v1/corpora").await;
    let error = refused.refused(429, "RATE_LIMITED");
    let wait_ms = error["details"]["retry_after_ms"].as_u64().unwrap();
    assert!((1..=1_000_000).contains(&wait_ms), "{error}");
    assert_eq!(error["details"], json!({ "scope": "api_key", "route_class": "read", "retry_after_ms": wait_ms }));
    assert_eq!(refused.header("retry-after"), wait_ms.div_ceil(1000).to_string());
    assert_eq!(refused.header("x-ratelimit-retry-after-ms"), wait_ms.to_string());
    assert_eq!((refused.header("x-ratelimit-scope"), refused.header("x-ratelimit-route-class")), ("api_key", "read"));
    assert!(refused.header("ratelimit").starts_with("\"key\";r=0;"));
    // A flood is told once, and is no successful access.
    assert_eq!(app.audited(&refused.request_id).await, ["security.rate_limited"]);
    let again = one.get("/v1/corpora").await;
    again.refused(429, "RATE_LIMITED");
    assert!(app.audited(&again.request_id).await.is_empty());

    // The other key has what the tenant has left, and what is refused takes nothing.
    two.get("/v1/corpora").await.ok();
    two.get("/v1/corpora").await.ok();
    assert_eq!(two.get("/v1/corpora").await.refused(429, "RATE_LIMITED")["details"]["scope"], "tenant");
    app.tenant("t2").await.key(Role::Reader).await.get("/v1/corpora").await.ok();
    app.finish().await;
}

#[tokio::test]
async fn a_question_costs_three_and_its_stream_tells_what_is_left() {
    let limits = |s: &mut Settings| {
        plenty(s);
        s.limits.run = of(5, 15);
    };
    let app = TestApp::plan().settings(limits).start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    admin.corpus("c1").await;
    let question = json!({ "session_id": "s", "corpus_id": "c1", "message": "Well?" });
    let mut stream = admin.ask(&question).await;
    assert_eq!(stream.headers.get("ratelimit").unwrap(), "\"key\";r=0;t=1, \"tenant\";r=4;t=1");
    assert_eq!(stream.headers.get("x-ratelimit-status").unwrap(), "ok");
    stream.rest().await;
    let refused = admin.post("/v1/run", &question).await;
    assert_eq!(refused.refused(429, "RATE_LIMITED")["details"]["route_class"], "run");
    // Searching counts as asking; changes have buckets of their own.
    admin.get("/v1/corpora/c1/search?query=x").await.refused(429, "RATE_LIMITED");
    admin.corpus("c2").await;
    app.finish().await;
}

#[tokio::test]
async fn who_may_not_do_a_thing_cannot_try_without_end() {
    let limits = |s: &mut Settings| {
        plenty(s);
        s.limits.read = of(2, 100);
    };
    let app = TestApp::plan().settings(limits).start().await;
    let reader = app.tenant("t1").await.key(Role::Reader).await;
    for _ in 0..2 {
        let answer = reader.get("/v1/admin/groups").await;
        answer.refused(403, "AUTH_FORBIDDEN");
        assert!(!answer.header("ratelimit").is_empty());
    }
    reader.get("/v1/admin/groups").await.refused(429, "RATE_LIMITED");
    app.finish().await;
}

#[tokio::test]
async fn an_address_fails_so_often_and_those_who_are_known_go_on() {
    let limits = |s: &mut Settings| {
        plenty(s);
        s.limits.address = Rate::new(0.0, 4);
    };
    let app = TestApp::plan().settings(limits).start().await;
    let tenant = app.tenant("t1").await;
    let (known, fresh) = (tenant.key(Role::Reader).await, tenant.key(Role::Reader).await);
    known.get("/v1/corpora").await.ok();
    let (_, unknown) = nexus_authz::credential::key::generate();
    let unknown = app.bearer(unknown.expose());
    app.nobody().get("/v1/corpora").await.refused(401, "AUTH_UNAUTHORIZED");
    app.bearer("nonsense").get("/v1/corpora").await.refused(401, "AUTH_UNAUTHORIZED");
    unknown.get("/v1/corpora").await.refused(401, "AUTH_UNAUTHORIZED");
    // Looking a valid key up costs nothing.
    fresh.get("/v1/corpora").await.ok();
    unknown.get("/v1/admin/groups").await.refused(401, "AUTH_UNAUTHORIZED");
    for caller in [app.nobody(), app.bearer("nonsense"), unknown, tenant.key(Role::Admin).await] {
        let refused = caller.get("/v1/corpora").await;
        assert_eq!(refused.refused(429, "RATE_LIMITED")["details"]["scope"], "address");
        assert_eq!(refused.header("x-ratelimit-scope"), "address");
        assert!(app.audited(&refused.request_id).await.iter().all(|event| event == "security.rate_limited"));
    }
    known.get("/v1/corpora").await.ok();
    fresh.get("/v1/corpora").await.ok();
    app.finish().await;
}

#[tokio::test]
async fn who_tries_links_that_were_never_made_is_stopped() {
    let limits = |s: &mut Settings| {
        plenty(s);
        s.limits.address = Rate::new(0.0, 3);
    };
    let app = TestApp::plan().settings(limits).start().await;
    let link = |n: u32| format!("/v1/audio/00000000-0000-0000-0000-{n:012}.mp3?tenant=t1&expires=9&signature=x");
    app.nobody().get("/v1/audio/nothing").await.refused(404, "NOT_FOUND");
    for n in 0..2 {
        app.nobody().get(&link(n)).await.refused(404, "NOT_FOUND");
    }
    let refused = app.nobody().get(&link(3)).await;
    assert_eq!(refused.refused(429, "RATE_LIMITED")["details"]["scope"], "address");
    assert_eq!(refused.header("x-ratelimit-scope"), "address");
    app.finish().await;
}

#[tokio::test]
async fn without_redis_each_replica_limits_by_itself_and_says_so() {
    let limits = |s: &mut Settings| {
        plenty(s);
        s.limits.read = of(2, 100);
        s.shared.redis_url = Some("redis+unix:///nonexistent/redis.sock".to_owned().into());
        s.shared.timeout = Duration::from_millis(10);
    };
    let app = TestApp::plan().settings(limits).start().await;
    let reader = app.tenant("t1").await.key(Role::Reader).await;
    for _ in 0..2 {
        let answer = reader.get("/v1/corpora").await;
        answer.ok();
        assert_eq!(answer.header("x-ratelimit-status"), "degraded");
    }
    let refused = reader.get("/v1/corpora").await;
    refused.refused(429, "RATE_LIMITED");
    assert_eq!(refused.header("x-ratelimit-status"), "degraded");
    app.platform.audit.flush().await;
    let told: i64 =
        sqlx::query_scalar("SELECT count(*) FROM audit_events WHERE event_type = 'system.rate_limit.degraded'")
            .fetch_one(&mut app.behind().await)
            .await
            .unwrap();
    assert_eq!(told, 1, "the outage is told once");
    app.finish().await;
}

#[tokio::test]
async fn an_installation_may_rather_refuse_than_not_count() {
    let limits = |s: &mut Settings| {
        plenty(s);
        s.limits.on_loss = OnLoss::Refuse;
        s.shared.redis_url = Some("redis+unix:///nonexistent/redis.sock".to_owned().into());
        s.shared.timeout = Duration::from_millis(10);
    };
    let app = TestApp::plan().settings(limits).start().await;
    let reader = app.tenant("t1").await.key(Role::Reader).await;
    for path in ["/v1/corpora", "/v1/documents", "/v1/admin/groups"] {
        let refused = reader.get(path).await;
        refused.refused(503, "RATE_LIMIT_UNAVAILABLE");
        assert_eq!((refused.header("retry-after"), refused.header("x-ratelimit-status")), ("1", "degraded"));
    }
    let refused = app.nobody().get("/v1/corpora").await;
    refused.refused(503, "RATE_LIMIT_UNAVAILABLE");
    assert_eq!(refused.header("x-ratelimit-status"), "degraded");
    app.nobody().get("/v1/health").await.ok();
    app.finish().await;
}

#[tokio::test]
async fn documents_are_taken_in_so_many_at_once_and_not_all_for_one_tenant() {
    let room = |s: &mut Settings| (s.documents.intake, s.documents.tenant_intake) = (2, 1);
    let app = TestApp::plan().settings(room).start().await;
    let (admin, other) = (app.tenant("t1").await.key(Role::Admin).await, app.tenant("t2").await.key(Role::Admin).await);
    for tenant in [&admin, &other] {
        tenant.corpus("c1").await;
        tenant.text("c1", "d1", "The heron stands.").await;
    }
    let place = app.platform.intake.take(&"t1".parse().unwrap()).unwrap();
    for path in ["/v1/documents", "/v1/documents/text", "/v1/documents/d1/reindex", "/v1/corpora/c1/reindex"] {
        // The body is not even looked at, and nothing is charged.
        let used = admin.get("/v1/corpora").await.header("x-quota-day-used").parse::<i64>().unwrap();
        let refused = admin.post_bytes(path, "{").await;
        refused.refused(503, "SERVICE_BUSY");
        assert_eq!(refused.header("retry-after"), "1");
        assert_eq!(refused.header("x-quota-day-used"), used.to_string());
    }
    // Changing and looking go on, and so does the neighbour.
    admin.patch("/v1/corpora/c1", &json!({ "name": "Renamed" })).await.ok();
    other.text("c1", "d2", "The tern dives.").await;
    let neighbour = app.platform.intake.take(&"t2".parse().unwrap()).unwrap();
    app.tenant("t3")
        .await
        .key(Role::Admin)
        .await
        .post_bytes("/v1/documents/text", "{")
        .await
        .refused(503, "SERVICE_BUSY");
    drop((place, neighbour));
    // Whatever becomes of a request, its place comes back.
    for _ in 0..5 {
        admin.post_bytes("/v1/documents/text", "{").await.refused(422, "REQUEST_VALIDATION_ERROR");
        admin.post("/v1/documents/text", &json!({ "corpus_id": "none", "text": "x" })).await.refused(404, "NOT_FOUND");
    }
    admin.text("c1", "d2", "The heron flies.").await;
    assert!(app.platform.intake.loads().is_empty());
    app.finish().await;
}
