//! Quotas: units by the day and the month, exact on any number of replicas, and told to everybody.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use nexus_api::settings::Settings;
use nexus_core::{
    principal::Role,
    quota::{Share, is_recorded},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::{Answer, Caller, PATIENCE, TestApp};

const LIMITS: &str = "/v1/admin/quotas/t1";

/// What the headers of an answer say of a period.
fn said(answer: &Answer, period: &str) -> [String; 3] {
    ["limit", "used", "remaining"].map(|what| answer.header(&format!("x-quota-{period}-{what}")).to_owned())
}

async fn limit(operator: &Caller, limits: &Value) -> Value {
    operator.patch(LIMITS, limits).await.ok()
}

/// Waits until events of this type are in the log of the tenant; their facts.
async fn told(app: &TestApp, event: &str) -> Vec<Value> {
    let wait = async {
        loop {
            let found: Vec<Value> = sqlx::query_scalar(
                "SELECT metadata_json FROM audit_events WHERE event_type = $1 AND tenant_id = 't1' ORDER BY id",
            )
            .bind(event)
            .fetch_all(&mut app.behind().await)
            .await
            .unwrap();
            if !found.is_empty() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{event} is not told"))
}

/// Asks so often at once, of these in turn; how many were let through. Everybody else is told why.
async fn flood(callers: &[Caller], requests: usize) -> usize {
    let mut tasks = JoinSet::new();
    for n in 0..requests {
        let caller = callers[n % callers.len()].clone();
        tasks.spawn(async move {
            let answer = caller.get("/v1/corpora").await;
            if answer.status.is_success() {
                return true;
            }
            assert_eq!(answer.refused(402, "QUOTA_EXCEEDED")["details"]["remaining"], 0, "{answer}");
            false
        });
    }
    tasks.join_all().await.into_iter().filter(|yes| *yes).count()
}

#[tokio::test]
async fn a_request_costs_what_its_class_costs_and_every_answer_says_what_is_left() {
    let app = TestApp::plan().manual_clock().start().await;
    let tenant = app.tenant("t1").await;
    let (admin, operator) = (tenant.key(Role::Admin).await, app.tenant("ops").await.key(Role::Operator).await);
    let first = admin.get("/v1/corpora").await;
    assert_eq!(said(&first, "day"), ["unlimited", "1", "unlimited"]);
    assert_eq!(first.header("x-quota-softcap-reached"), "false");
    assert_eq!(first.header("x-quota-hardcap-mode"), "enforce");
    admin.corpus("c1").await;
    limit(&operator, &json!({ "daily_requests_limit": 10, "monthly_requests_limit": 1000 })).await;

    let looked = admin.get("/v1/corpora").await;
    looked.ok();
    assert_eq!(
        (said(&looked, "day"), said(&looked, "month")),
        (["10", "3", "7"].map(String::from), ["1000", "3", "997"].map(String::from))
    );
    let missing = admin.get("/v1/documents/none").await;
    missing.refused(404, "NOT_FOUND");
    assert_eq!(said(&missing, "day"), ["10", "4", "6"], "what fails later counts too");
    let stream = admin.ask(&json!({ "session_id": "s", "corpus_id": "c1", "message": "Well?" })).await;
    assert_eq!(stream.headers["x-quota-day-used"], "7", "a question costs three");
    drop(stream);
    let unknown = admin.post("/v1/run", &json!({ "session_id": "s", "corpus_id": "none", "message": "Well?" })).await;
    unknown.refused(404, "NOT_FOUND");
    assert_eq!(said(&unknown, "day"), ["10", "7", "3"], "what is not let in costs nothing");
    let warned = admin.get("/v1/corpora").await;
    assert_eq!((warned.header("x-quota-softcap-reached"), said(&warned, "day")[1].as_str()), ("true", "8"));

    // Two are left, and a question costs three.
    let refused = admin.post("/v1/run", &json!({ "session_id": "s", "corpus_id": "c1", "message": "Well?" })).await;
    let error = refused.refused(402, "QUOTA_EXCEEDED");
    assert_eq!(error["message"], "Daily request quota exceeded");
    assert_eq!(error["details"], json!({ "period": "day", "limit": 10, "used": 8, "remaining": 2 }));
    assert_eq!(said(&refused, "day"), ["10", "8", "2"]);
    for _ in 0..2 {
        admin.get("/v1/corpora").await.ok();
    }
    admin.get("/v1/corpora").await.refused(402, "QUOTA_EXCEEDED");
    // The day after is another one, and the month goes on.
    app.clock.advance(chrono::Duration::days(1));
    let next = admin.get("/v1/corpora").await;
    next.ok();
    assert_eq!(said(&next, "day")[1], "1");
    app.finish().await;
}

#[tokio::test]
async fn a_thousand_at_once_are_let_through_exactly_as_often_as_they_may() {
    let app = TestApp::start().await;
    let beside = TestApp::plan().beside(&app).start().await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let one = app.tenant("t1").await.key(Role::Reader).await;
    let mut other = beside.tenant("t1").await.key(Role::Reader).await;
    limit(&operator, &json!({ "daily_requests_limit": 100 })).await;
    assert_eq!(flood(std::slice::from_ref(&one), 1000).await, 100, "one replica");
    limit(&operator, &json!({ "daily_requests_limit": 200 })).await;
    assert_eq!(flood(&[one.clone(), other.clone()], 1000).await, 100, "two replicas");
    let path = format!("/v1/admin/usage/t1?start={}", chrono::Utc::now().format("%Y-%m-%d"));
    assert_eq!(operator.get(&path).await.ok()["requests_count"], 200);
    // A quiet tenant is not in anybody's way.
    other = beside.tenant("t2").await.key(Role::Reader).await;
    other.get("/v1/corpora").await.ok();
    beside.finish().await;
    app.finish().await;
}

#[tokio::test]
async fn no_limit_locks_the_operator_out() {
    let app = TestApp::start().await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let mine = "/v1/admin/quotas/ops";
    operator.patch(mine, &json!({ "daily_requests_limit": 0, "monthly_requests_limit": 0 })).await.ok();
    operator.get("/v1/corpora").await.refused(402, "QUOTA_EXCEEDED");
    let stop = |on: bool| json!({ "kill_switches": { "kill.run": on }, "reason": "A test" });
    for on in [true, false] {
        let moved = operator.patch("/v1/admin/rollouts/killswitches", &stop(on)).await;
        assert_eq!(moved.ok()["kill_switches"]["kill.run"], on);
        assert_eq!(said(&moved, "day")[0], "0", "it is told all the same");
    }
    operator.get("/v1/admin/rollouts/killswitches").await.ok();
    // What is never refused is counted.
    let path = format!("/v1/admin/usage/ops?start={}", chrono::Utc::now().format("%Y-%m-%d"));
    operator.patch(mine, &json!({ "daily_requests_limit": null, "monthly_requests_limit": null })).await.ok();
    assert_eq!(operator.get(&path).await.ok()["requests_count"], 6);
    operator.get("/v1/corpora").await.ok();
    app.finish().await;
}

#[tokio::test]
async fn what_is_not_let_in_costs_nothing() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    editor.corpus("c1").await;
    limit(&operator, &json!({ "daily_requests_limit": 100 })).await;
    let used = |answer: &Answer| said(answer, "day")[1].clone();
    let text = json!({ "corpus_id": "c1", "document_id": "d1", "text": "Herons wade." });
    let before = used(&editor.get("/v1/corpora").await);
    let unknown = editor.get("/v1/corpora/none/search?query=x").await;
    unknown.refused(404, "NOT_FOUND");
    assert_eq!(used(&unknown), before, "a corpus that is not there");
    let stop = json!({ "kill_switches": { "kill.run": true, "kill.ingest": true }, "reason": "A test" });
    operator.patch("/v1/admin/rollouts/killswitches", &stop).await.ok();
    for refused in [
        editor.get("/v1/corpora/c1/search?query=x").await,
        editor.post("/v1/documents/text", &text).await,
        editor.post("/v1/documents/d1/reindex", &json!({})).await,
        editor.post("/v1/corpora/c1/reindex", &json!({})).await,
        editor.post("/v1/imports", &json!({ "corpus_id": "c1", "source": "file:///nowhere" })).await,
    ] {
        refused.refused(503, "FEATURE_TEMPORARILY_DISABLED");
        assert_eq!(used(&refused), before, "{refused}");
    }
    editor.get("/v1/imports/00000000-0000-0000-0000-000000000000").await.refused(404, "NOT_FOUND");
    let go = json!({ "kill_switches": { "kill.run": false, "kill.ingest": false }, "reason": "A test" });
    operator.patch("/v1/admin/rollouts/killswitches", &go).await.ok();
    let found = editor.get("/v1/corpora/c1/search?query=x").await;
    found.ok();
    let at: i64 = before.parse().unwrap();
    assert_eq!(used(&found), (at + 1 + 3).to_string(), "one was looked for, and a search costs three");
    // Two are left, and a search costs three.
    limit(&operator, &json!({ "daily_requests_limit": at + 4 + 2 })).await;
    let refused = editor.get("/v1/corpora/c1/search?query=x").await;
    assert_eq!(refused.refused(402, "QUOTA_EXCEEDED")["details"]["remaining"], 2);
    assert_eq!(used(&refused), used(&found));
    app.finish().await;
}

#[tokio::test]
async fn limits_are_the_operators_and_null_removes_one() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, editor) = (tenant.key(Role::Admin).await, tenant.key(Role::Editor).await);
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let other = app.tenant("t2").await.key(Role::Admin).await;
    admin.patch(LIMITS, &json!({ "daily_requests_limit": null })).await.refused(403, "AUTH_FORBIDDEN");
    editor.get(LIMITS).await.refused(403, "AUTH_FORBIDDEN");
    other.get(LIMITS).await.refused(404, "NOT_FOUND");
    operator.get("/v1/admin/quotas/nobody").await.refused(404, "NOT_FOUND");
    operator.patch("/v1/admin/quotas/nobody", &json!({})).await.refused(404, "NOT_FOUND");
    let fresh = admin.get(LIMITS).await.ok();
    assert_eq!(
        fresh,
        json!({ "tenant_id": "t1", "daily_requests_limit": null, "monthly_requests_limit": null, "daily_tokens_limit": null,
            "monthly_tokens_limit": null, "soft_cap_ratio": 0.8, "hard_cap_enabled": true })
    );
    let change = operator
        .patch(LIMITS, &json!({ "daily_requests_limit": 1, "monthly_requests_limit": 9, "soft_cap_ratio": 0.5 }))
        .await;
    assert!(app.audited(&change.request_id).await.contains(&"quota.limits.updated".to_owned()));
    let changed = change.ok();
    assert_eq!((&changed["daily_requests_limit"], &changed["soft_cap_ratio"]), (&json!(1), &json!(0.5)));
    // At once: one was used up to here.
    admin.get("/v1/corpora").await.refused(402, "QUOTA_EXCEEDED");
    let cleared = limit(&operator, &json!({ "daily_requests_limit": null })).await;
    assert_eq!((&cleared["daily_requests_limit"], &cleared["monthly_requests_limit"]), (&Value::Null, &json!(9)));
    admin.get("/v1/corpora").await.ok();
    for (field, bad) in [
        ("daily_requests_limit", json!(-1)),
        ("daily_requests_limit", json!(1.5)),
        ("monthly_tokens_limit", json!(i64::MAX)),
        ("soft_cap_ratio", json!(1.1)),
        ("soft_cap_ratio", json!(-0.1)),
        ("hard_cap_enabled", json!("yes")),
    ] {
        operator.patch(LIMITS, &json!({ field: bad })).await.faults(&format!("body.{field}"));
    }
    for bad in ["", "?start=2026-13-01", "?start=yesterday", "?start=2026-07-01&period=year", "?start=0001-01-01"] {
        let answer = operator.get(&format!("/v1/admin/usage/t1{bad}")).await;
        answer.refused(422, "REQUEST_VALIDATION_ERROR");
    }
    app.finish().await;
}

#[tokio::test]
async fn edges_are_told_once() {
    let app = TestApp::start().await;
    let (admin, operator) =
        (app.tenant("t1").await.key(Role::Admin).await, app.tenant("ops").await.key(Role::Operator).await);
    limit(&operator, &json!({ "daily_requests_limit": 10 })).await;
    for _ in 0..10 {
        admin.get("/v1/corpora").await.ok();
    }
    for _ in 0..5 {
        admin.get("/v1/corpora").await.refused(402, "QUOTA_EXCEEDED");
    }
    let soft = told(&app, "quota.soft_cap_reached").await;
    assert_eq!(soft, [json!({ "period": "day", "used": 8, "limit": 10 })]);
    let hard = told(&app, "quota.hard_cap_blocked").await;
    assert_eq!(hard, [json!({ "period": "day", "used": 10, "limit": 10 })]);

    // Where limits only tell, everything is let through, and what is too much is told.
    limit(&operator, &json!({ "hard_cap_enabled": false })).await;
    let over = admin.get("/v1/corpora").await;
    over.ok();
    assert_eq!(
        (over.header("x-quota-hardcap-mode"), said(&over, "day")),
        ("observe", ["10", "11", "0"].map(String::from))
    );
    admin.get("/v1/corpora").await.ok();
    assert_eq!(told(&app, "quota.overage_observed").await.len(), 1);
    // Another limit has edges of its own.
    limit(&operator, &json!({ "daily_requests_limit": 12, "hard_cap_enabled": true })).await;
    admin.get("/v1/corpora").await.refused(402, "QUOTA_EXCEEDED");
    let wait = async {
        while told(&app, "quota.hard_cap_blocked").await.len() < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap();
    assert_eq!(told(&app, "quota.soft_cap_reached").await.len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn what_is_old_is_removed_and_nothing_else() {
    let app = TestApp::plan().settings(|s| s.quotas.retention_days = 100).start().await;
    for tenant in ["t1", "t2"] {
        app.tenant(tenant).await;
    }
    let mut behind = app.behind().await;
    // Of each tenant, of the day: what is too old by a day, what is just not, and what waits for an answer all the same. A
    // month is as old as its last day.
    let rows = "
        WITH t AS (SELECT unnest(ARRAY['t1', 't2']) AS id), today AS (SELECT (now() AT TIME ZONE 'utc')::date AS day),
             ages AS (SELECT unnest(ARRAY[101, 100]) AS days),
             counters AS (INSERT INTO usage_counters (tenant_id, day, class, requests, last_at)
                 SELECT t.id, day - days, 'read', 7, now() FROM t, today, ages),
             edges AS (INSERT INTO quota_edges (tenant_id, period_type, period_start, edge, limit_units, passed_at)
                 SELECT t.id, 'day', day - days, 'soft_cap', 5, now() FROM t, today, ages
                 UNION ALL SELECT t.id, 'month', day - days - 31, 'soft_cap', 5, now() FROM t, today, ages),
             accounts AS (INSERT INTO ledger_accounts (tenant_id, meter, period_type, period_start, used)
                 SELECT t.id, 'requests', 'day', day - days, 5 FROM t, today, ages
                 UNION ALL SELECT t.id, 'requests', 'month', day - days - 31, 5 FROM t, today, ages)
        INSERT INTO plan_upgrade_requests (tenant_id, target_plan, status, requested_by, created_at)
        SELECT t.id, 'pro', status, 'somebody', now() - make_interval(days => days) + interval '1 hour'
        FROM t, ages, unnest(ARRAY['granted', 'pending']) AS status WHERE status = 'granted' OR days = 101";
    sqlx::raw_sql(rows).execute(&mut behind).await.unwrap();
    let count = "
        SELECT 'counters', count(*) FROM usage_counters UNION ALL SELECT 'edges', count(*) FROM quota_edges
        UNION ALL SELECT 'accounts', count(*) FROM ledger_accounts WHERE used = 5
        UNION ALL SELECT 'pending', count(*) FROM plan_upgrade_requests WHERE status = 'pending'
        UNION ALL SELECT 'answered', count(*) FROM plan_upgrade_requests WHERE status <> 'pending' ORDER BY 1";
    let counted =
        async || -> Vec<(String, i64)> { sqlx::query_as(count).fetch_all(&mut app.behind().await).await.unwrap() };
    let rows = |counts: [i64; 5]| {
        let names = ["accounts", "answered", "counters", "edges", "pending"];
        names.map(str::to_owned).into_iter().zip(counts).collect::<Vec<_>>()
    };
    assert_eq!(counted().await, rows([8, 4, 4, 8, 2]));
    app.platform.quotas.prune().await.unwrap();
    assert_eq!(counted().await, rows([4, 2, 2, 4, 2]));
    app.platform.quotas.prune().await.unwrap();
    assert_eq!(counted().await, rows([4, 2, 2, 4, 2]));
    app.finish().await;
}

/// The facts of the use that is recorded, by request.
async fn recorded(app: &TestApp) -> BTreeMap<String, Value> {
    app.platform.audit.flush().await;
    let rows: Vec<(String, Value)> = sqlx::query_as(
        "SELECT request_id, metadata_json FROM audit_events WHERE event_type = 'billing.usage_recorded' AND tenant_id = 't1'",
    )
    .fetch_all(&mut app.behind().await)
    .await
    .unwrap();
    let count = rows.len();
    let rows: BTreeMap<_, _> = rows.into_iter().collect();
    assert_eq!(rows.len(), count, "each request at most once");
    rows
}

#[tokio::test]
async fn of_a_share_of_requests_the_log_says_what_they_used() {
    let share = |millionths: u32| move |s: &mut Settings| s.quotas.recorded = Share::millionths(millionths);
    let app = TestApp::plan().settings(share(1_000_000)).start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    admin.corpus("c1").await;
    let looked = admin.get("/v1/corpora").await;
    let asked = admin.post("/v1/run", &json!({ "session_id": "s", "corpus_id": "c1", "message": "Well?" })).await;
    let refused = admin.post("/v1/run", &json!({ "session_id": "s", "corpus_id": "none", "message": "Well?" })).await;
    refused.refused(404, "NOT_FOUND");
    let all = recorded(&app).await;
    let used = |class: &str, units: i64, so_far: i64| json!({ "user_id": admin.user_id, "route_class": class, "units": units, "day_used": so_far, "month_used": so_far });
    assert_eq!(all.len(), 3, "{all:?}");
    assert_eq!(all[&looked.request_id], used("read", 1, 2));
    assert_eq!(all[&asked.request_id], used("run", 3, 5));
    app.finish().await;

    // Which ones a share is of, their ids say.
    let app = TestApp::plan().settings(share(200_000)).start().await;
    let reader = app.tenant("t1").await.key(Role::Reader).await;
    let mut expected = BTreeSet::new();
    for _ in 0..100 {
        let id = reader.get("/v1/corpora").await.request_id;
        if is_recorded(&id.parse().unwrap(), Share::millionths(200_000)) {
            expected.insert(id);
        }
    }
    let found: BTreeSet<String> = recorded(&app).await.into_keys().collect();
    assert_eq!(found, expected);
    assert!((1..100).contains(&found.len()), "{}", found.len());
    app.finish().await;
}

#[tokio::test]
async fn nothing_is_leased_any_more_when_a_replica_has_stopped() {
    let app = TestApp::start().await;
    let beside = TestApp::plan().beside(&app).start().await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let reader = beside.tenant("t1").await.key(Role::Reader).await;
    limit(&operator, &json!({ "daily_requests_limit": 1000 })).await;
    assert_eq!(flood(std::slice::from_ref(&reader), 50).await, 50);
    beside.finish().await;
    let mut behind = app.behind().await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM ledger_leases WHERE tenant_id = 't1'")
        .fetch_one(&mut behind)
        .await
        .unwrap();
    let used: i64 =
        sqlx::query_scalar("SELECT used FROM ledger_accounts WHERE tenant_id = 't1' AND period_type = 'day'")
            .fetch_one(&mut behind)
            .await
            .unwrap();
    assert_eq!((left, used), (0, 50));
    app.finish().await;
}
