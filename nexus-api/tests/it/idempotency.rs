//! Changes that name themselves: however often they are asked for, they happen once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures::StreamExt as _;
use http::Method;
use nexus_api::settings::Settings;
use nexus_core::{op::Op, principal::Role};
use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::harness::{Answer, Caller, PATIENCE, TestApp, cases};

fn named(caller: &Caller, key: &str) -> Caller {
    caller.with("idempotency-key", key)
}

fn replayed(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == "true"
}

async fn count(app: &TestApp, table: &str) -> i64 {
    let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    sqlx::query_scalar(count).fetch_one(&mut app.behind().await).await.unwrap()
}

#[tokio::test]
async fn the_same_request_again_gets_the_same_answer() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, other) = (tenant.key(Role::Admin).await, tenant.key(Role::Admin).await);
    let body = json!({ "name": "Ångström \u{1F980}", "provider_config_json": {} });
    let first = named(&admin, "k").post("/v1/corpora", &body).await;
    let made = first.created();
    // The order of fields and spaces mean nothing, nor do spaces around the key.
    let again = named(&admin, "  k ")
        .post_bytes("/v1/corpora", "{ \"provider_config_json\":{}, \"name\":\"Ångström \\ud83e\\udd80\" }")
        .await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert!(replayed(&again) && !replayed(&first));
    assert_eq!(again.header("x-request-id"), first.request_id);
    assert_eq!(count(&app, "corpora").await, 1);

    // The same key of somebody else, of another tenant, or for another route is another key.
    let twin = app.tenant("t2").await.key(Role::Admin).await;
    for caller in [&other, &twin] {
        let theirs = named(caller, "k").post("/v1/corpora", &body).await;
        assert!(!replayed(&theirs) && theirs.created()["id"] != made["id"]);
    }
    let path = format!("/v1/corpora/{}", made["id"].as_str().unwrap());
    let renamed = named(&admin, "k").patch(&path, &json!({ "name": "Renamed" })).await;
    assert!(!replayed(&renamed) && renamed.ok()["name"] == "Renamed");
    // Without a key every request is a new one.
    assert_ne!(admin.post("/v1/corpora", &body).await.created()["id"], made["id"]);
    app.finish().await;
}

#[tokio::test]
async fn a_key_stands_for_one_request_only() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let admin = named(&admin, "k");
    admin.post("/v1/corpora", &json!({ "name": "A" })).await.created();
    let refused = admin.post("/v1/corpora", &json!({ "name": "B" })).await;
    refused.refused(409, "IDEMPOTENCY_KEY_CONFLICT");
    assert_eq!(refused.header("retry-after"), "", "waiting does not help");
    // Also the query is part of a request.
    admin.post("/v1/corpora?x=1", &json!({ "name": "A" })).await.refused(409, "IDEMPOTENCY_KEY_CONFLICT");
    assert_eq!(count(&app, "corpora").await, 1);
    app.finish().await;
}

#[tokio::test]
async fn what_is_refused_leaves_no_trace() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    admin.corpus("c1").await;
    let keyed = named(&admin, "k");
    let body = json!({ "id": "c1", "name": "Mine" });
    keyed.post("/v1/corpora", &body).await.refused(409, "CONFLICT");
    keyed.post("/v1/corpora", &json!({ "name": "" })).await.refused(422, "REQUEST_VALIDATION_ERROR");
    assert_eq!(count(&app, "idempotency_records").await, 0);
    admin.delete("/v1/corpora/c1").await.gone();
    assert_eq!(keyed.post("/v1/corpora", &body).await.created()["name"], "Mine");
    // Deleting twice is deleted once, and says so both times.
    let first = keyed.delete("/v1/corpora/c1").await;
    let again = keyed.delete("/v1/corpora/c1").await;
    first.gone();
    again.gone();
    assert!(replayed(&again));
    app.finish().await;
}

#[tokio::test]
async fn keys_are_short_and_printable() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let (long, longest) = ("x".repeat(129), "x".repeat(128));
    for key in ["", "   ", &long] {
        let refused = named(&admin, key).post("/v1/corpora", &json!({ "name": "A" })).await;
        refused.refused(400, "IDEMPOTENCY_KEY_INVALID");
    }
    let twice = named(&named(&admin, "a"), "b").post("/v1/corpora", &json!({ "name": "A" })).await;
    twice.refused(400, "IDEMPOTENCY_KEY_INVALID");
    named(&admin, &longest).post("/v1/corpora", &json!({ "name": "A" })).await.created();
    // Who may not do it is not asked for a better key.
    let reader = app.tenant("t1").await.key(Role::Reader).await;
    named(&reader, "").post("/v1/corpora", &json!({ "name": "A" })).await.refused(403, "AUTH_FORBIDDEN");
    // Legacy paths know no keys.
    for _ in 0..2 {
        let bare = named(&admin, "k").post("/corpora", &json!({ "name": "A" })).await;
        assert!(bare.status == 201 && !replayed(&bare), "{bare}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_key_is_forgotten_after_its_time() {
    let app = TestApp::plan().manual_clock().start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let keyed = named(&admin, "k");
    let body = json!({ "name": "A" });
    let first = keyed.post("/v1/corpora", &body).await.created();
    app.clock.advance(chrono::Duration::hours(24) - chrono::Duration::seconds(1));
    assert!(replayed(&keyed.post("/v1/corpora", &body).await));
    app.clock.advance(chrono::Duration::seconds(1));
    // The row is still there, and does not stand in the way of another request either.
    let second = keyed.post("/v1/corpora", &json!({ "name": "B" })).await;
    assert!(!replayed(&second) && second.created()["id"] != first["id"]);
    assert!(replayed(&keyed.post("/v1/corpora", &json!({ "name": "B" })).await));
    assert_eq!(count(&app, "idempotency_records").await, 1);

    // What is expired is removed, and only that.
    let op = Op::internal(app.clock.now());
    assert_eq!(nexus_core::idempotency::prune(&op, &app.platform.db).await.unwrap(), 0);
    let yesterday = "UPDATE idempotency_records SET expires_at = now() - interval '1 second'";
    sqlx::query(yesterday).execute(&mut app.behind().await).await.unwrap();
    assert_eq!(nexus_core::idempotency::prune(&op, &app.platform.db).await.unwrap(), 1);
    assert_eq!(count(&app, "idempotency_records").await, 0);
    app.finish().await;
}

#[tokio::test]
async fn an_upload_is_known_by_its_file() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    admin.corpus("c1").await;
    let keyed = named(&admin, "k");
    let upload = async |name: &str, text: &str, more: &str| {
        let file = Part::bytes(text.as_bytes().to_vec()).file_name(name.to_owned()).mime_str("text/plain").unwrap();
        let form = Form::new().text("corpus_id", "c1").part("file", file).text("chunk_size_chars", more.to_owned());
        keyed.send(Method::POST, "/v1/documents", |r| r.multipart(form)).await
    };
    let first = upload("a.txt", "The heron stands.", "500").await;
    first.accepted();
    let again = upload("a.txt", "The heron stands.", "500").await;
    assert!(replayed(&again), "{again}");
    assert_eq!(again.body, first.body);
    for (name, text, more) in [
        ("a.txt", "The heron flies.", "500"),
        ("b.txt", "The heron stands.", "500"),
        ("a.txt", "The heron stands.", "600"),
    ] {
        upload(name, text, more).await.refused(409, "IDEMPOTENCY_KEY_CONFLICT");
    }
    assert_eq!(count(&app, "documents").await, 1);
    // A repeated upload stores nothing: the only source that is to be removed is the one of the first, if it were lost.
    assert_eq!(count(&app, "jobs WHERE kind LIKE '%reap%'").await, 1);
    app.finish().await;
}

#[tokio::test]
async fn a_request_that_is_still_at_work_is_waited_for_and_then_left_alone() {
    let app = TestApp::plan().settings(|s| s.idempotency.wait = Duration::from_millis(20)).start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let mut behind = app.behind().await;
    sqlx::raw_sql("BEGIN; LOCK TABLE corpora IN ACCESS EXCLUSIVE MODE").execute(&mut behind).await.unwrap();
    let working = tokio::spawn({
        let admin = named(&admin, "k");
        async move { admin.post("/v1/corpora", &json!({ "id": "c1", "name": "A" })).await }
    });
    let waits = "SELECT count(*) FROM pg_locks WHERE relation = 'corpora'::regclass AND NOT granted";
    let waiting = async {
        while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut behind).await.unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    let refused = named(&admin, "k").post("/v1/corpora", &json!({ "id": "c1", "name": "A" })).await;
    refused.refused(409, "IDEMPOTENCY_IN_PROGRESS");
    assert_eq!(refused.header("retry-after"), "1");
    sqlx::raw_sql("ROLLBACK").execute(&mut behind).await.unwrap();
    let first = working.await.unwrap();
    first.created();
    let again = named(&admin, "k").post("/v1/corpora", &json!({ "id": "c1", "name": "A" })).await;
    assert!(replayed(&again) && again.body == first.body);
    app.finish().await;
}

#[tokio::test]
async fn a_change_and_its_answer_are_there_together_or_not_at_all() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    // The database refuses to remember; then nothing must have happened.
    let mut behind = app.behind().await;
    let refuse = "ALTER TABLE idempotency_records ADD CONSTRAINT never CHECK (idem_key <> 'k')";
    sqlx::raw_sql(refuse).execute(&mut behind).await.unwrap();
    named(&admin, "k").post("/v1/corpora", &json!({ "name": "A" })).await.refused(500, "DB_ERROR");
    assert_eq!(count(&app, "corpora").await, 0);
    assert_eq!(count(&app, "audit_events WHERE event_type = 'corpora.created'").await, 0);
    sqlx::raw_sql("ALTER TABLE idempotency_records DROP CONSTRAINT never").execute(&mut behind).await.unwrap();
    named(&admin, "k").post("/v1/corpora", &json!({ "name": "A" })).await.created();
    app.finish().await;
}

/// Two replicas with room for all who come at once, and an administrator at both.
async fn pair() -> (TestApp, TestApp, [Caller; 2]) {
    let room = |s: &mut Settings| (s.documents.intake, s.documents.tenant_intake) = (1000, 1000);
    let one = TestApp::plan().settings(room).start().await;
    let two = TestApp::plan().settings(room).beside(&one).start().await;
    let admin = one.tenant("t1").await.key(Role::Admin).await;
    let token = admin.token.clone().unwrap();
    let replicas = [one.bearer(&token), two.bearer(&token)];
    (one, two, replicas)
}

/// How often each change is asked for.
const CALLS: usize = 50;

/// Asks for each of so many changes many times at once, at both replicas in turn, until each has an answer that is not "still
/// at work": it must be this status, once of a change that was made, and always the same.
async fn storm<F: Future<Output = Answer>>(
    what: &str,
    replicas: &[Caller; 2],
    (keys, status): (usize, u16),
    ask: impl Fn(Caller, usize) -> F,
) {
    let busy = AtomicUsize::new(0);
    let call = |n: usize| {
        let key = n / CALLS;
        let (caller, ask, busy) = (named(&replicas[n % 2], &format!("{what} {key}")), &ask, &busy);
        async move {
            loop {
                let answer = ask(caller.clone(), key).await;
                if answer.status.as_u16() == status {
                    return (key, replayed(&answer), answer.body);
                }
                answer.refused(409, "IDEMPOTENCY_IN_PROGRESS");
                busy.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    let began = tokio::time::Instant::now();
    let answers: Vec<(usize, bool, Vec<u8>)> =
        futures::stream::iter((0..keys * CALLS).map(call)).buffer_unordered(2 * CALLS).collect().await;
    let (took, busy) = (began.elapsed(), busy.into_inner());
    println!("{what}: {keys} keys, {CALLS} calls each, two replicas: {took:?}, {busy} times still at work");
    let mut by_key: BTreeMap<usize, (usize, BTreeSet<Vec<u8>>)> = BTreeMap::new();
    for (key, replayed, body) in answers {
        let (firsts, bodies) = by_key.entry(key).or_default();
        *firsts += usize::from(!replayed);
        bodies.insert(body);
    }
    assert_eq!(by_key.len(), keys);
    for (key, (firsts, bodies)) in by_key {
        assert_eq!((firsts, bodies.len()), (1, 1), "{what} {key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_effect_for_each_name_however_many_ask_at_once() {
    let (one, two, replicas) = pair().await;
    let keys = cases(40);
    let ask = |caller: Caller, key: usize| async move {
        caller.post("/v1/corpora", &json!({ "name": format!("corpus {key}") })).await
    };
    storm("corpora", &replicas, (keys, 201), ask).await;
    let made = i64::try_from(keys).unwrap();
    assert_eq!((count(&one, "corpora").await, count(&one, "idempotency_records").await), (made, made));
    two.finish().await;
    one.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_document_for_each_name_however_many_hand_it_in() {
    let (one, two, replicas) = pair().await;
    replicas[0].corpus("c1").await;
    let keys = cases(40).div_ceil(8);
    let text = |caller: Caller, key: usize| async move {
        let text = format!("The heron number {key} stands in shallow water.");
        caller.post("/v1/documents/text", &json!({ "corpus_id": "c1", "text": text })).await
    };
    storm("texts", &replicas, (keys, 202), text).await;
    let upload = |caller: Caller, key: usize| async move {
        let file = Part::bytes(format!("The tern number {key} dives.").into_bytes()).file_name("a.txt");
        let form = Form::new().text("corpus_id", "c1").part("file", file.mime_str("text/plain").unwrap());
        caller.send(Method::POST, "/v1/documents", |r| r.multipart(form)).await
    };
    storm("uploads", &replicas, (keys, 202), upload).await;
    let made = i64::try_from(2 * keys).unwrap();
    assert_eq!(count(&one, "documents").await, made);
    // A replica stores a source at most once, whoever else asks for it there.
    let stored = count(&one, "jobs WHERE kind LIKE '%reap%'").await;
    println!("{stored} sources stored for {made} documents");
    assert!((made..=2 * made).contains(&stored), "{stored} sources for {made} documents");
    two.finish().await;
    one.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_processed_anew_once_for_each_name() {
    let (one, two, replicas) = pair().await;
    replicas[0].corpus("c1").await;
    let keys = cases(40).div_ceil(8);
    for key in 0..keys {
        replicas[0].text("c1", &format!("d{key}"), "The heron stands.").await;
    }
    // Whoever comes a moment later finds the document at work, and must not be told so.
    let ask = |caller: Caller, key: usize| async move {
        caller.post(&format!("/v1/documents/d{key}/reindex"), &json!({})).await
    };
    storm("reindexings", &replicas, (keys, 202), ask).await;
    let queued = count(&one, "audit_events WHERE event_type = 'documents.reindex.enqueued'").await;
    assert_eq!(queued, i64::try_from(keys).unwrap());
    two.finish().await;
    one.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twins_need_room_in_the_budget_for_one() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    admin.corpus("c1").await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    for (component, provider) in [("llm", "test"), ("queue", "internal")] {
        let price = json!({ "version": "v1", "provider": provider, "component": component, "rate_type": "per_request",
            "rate_value_usd": 1, "effective_from": "2020-01-01T00:00:00Z" });
        operator.post("/v1/admin/costs/pricing/global", &price).await.created();
    }
    let hold = json!({ "monthly_budget_usd": "1.5", "enforce_hard_cap": true, "hard_cap_mode": "block" });
    admin.patch("/v1/admin/costs/budget", &hold).await.ok();
    let body = json!({ "corpus_id": "c1", "text": "The heron stands." });
    let keyed = named(&admin, "k");
    let twins = futures::future::join_all((0..12).map(|_| keyed.post("/v1/documents/text", &body))).await;
    let firsts = twins.iter().filter(|twin| !replayed(twin)).count();
    let bodies: BTreeSet<String> = twins.iter().map(|twin| twin.accepted().to_string()).collect();
    assert_eq!((firsts, bodies.len(), count(&app, "documents").await), (1, 1, 1));
    // It was room for one indeed.
    named(&admin, "other").post("/v1/documents/text", &body).await.refused(402, "COST_BUDGET_EXCEEDED");
    app.finish().await;
}

#[tokio::test]
async fn an_answer_is_given_again_also_when_its_time_is_over() {
    let app = TestApp::plan().manual_clock().start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    admin.corpus("c1").await;
    let ends = app.clock.now() + chrono::Duration::hours(1);
    let grant = json!({ "principal_type": "user", "principal_id": "u", "permission": "read", "expires_at": ends });
    let path = "/v1/admin/authz/corpora/c1/permissions";
    let keyed = named(&admin, "k");
    let first = keyed.post(path, &grant).await;
    let one = format!("{path}/{}", first.created()["id"].as_str().unwrap());
    let several = json!({ "permissions": [
        { "principal_type": "user", "principal_id": "v", "permission": "read", "expires_at": ends },
    ] });
    let bulk = keyed.post(&format!("{path}/bulk"), &several).await;
    bulk.created();
    let sooner = json!({ "expires_at": ends - chrono::Duration::minutes(1) });
    let amended = keyed.patch(&one, &sooner).await;
    amended.ok();
    app.clock.advance(chrono::Duration::hours(2));
    let again = [
        keyed.post(path, &grant).await,
        keyed.post(&format!("{path}/bulk"), &several).await,
        keyed.patch(&one, &sooner).await,
    ];
    for (first, again) in [first, bulk, amended].iter().zip(&again) {
        assert!(replayed(again) && again.body == first.body, "{again}");
    }
    // A new one with that end is refused as ever.
    named(&admin, "other").post(path, &grant).await.faults("body.expires_at");
    app.finish().await;
}

#[tokio::test]
async fn nothing_is_remembered_where_it_is_switched_off() {
    let app = TestApp::plan().settings(|s| s.idempotency.enabled = false).start().await;
    let admin = named(&app.tenant("t1").await.key(Role::Admin).await, "k");
    let mut ids = BTreeSet::new();
    for _ in 0..2 {
        ids.insert(admin.post("/v1/corpora", &json!({ "name": "A" })).await.created()["id"].to_string());
    }
    assert_eq!((ids.len(), count(&app, "idempotency_records").await), (2, 0));
    app.finish().await;
}
