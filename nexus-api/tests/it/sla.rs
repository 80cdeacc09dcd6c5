//! `/v1/admin/sla`, and what a service level does to runs.

use std::time::Duration;

use chrono::TimeDelta;
use http::HeaderMap;
use nexus_core::{principal::Role, sla::Class};
use serde_json::{Value, json};

use crate::harness::{Caller, Event, Model, TestApp};

const POLICIES: &str = "/v1/admin/sla/policies";
const GLOBAL: &str = "/v1/admin/sla/global-policies";

/// A promise that a second breaks.
pub fn promise(mode: &str, degrade: bool) -> Value {
    json!({
        "objectives": { "availability_min_pct": 90, "p95_ms_max": { "run": 900, "ingest": 900 }, "max_error_budget_burn_5m": 1000 },
        "enforcement": { "mode": mode, "consecutive_windows_to_trigger": 1 },
        "mitigation": { "allow_degrade": degrade, "reduce_top_k_floor": 2, "cap_output_tokens": 1,
                        "provider_fallback_order": ["local_pgvector"] },
    })
}

fn policy(name: &str, config: &Value) -> Value {
    json!({ "name": name, "tier": "enterprise", "config_json": config })
}

fn ask() -> Value {
    json!({ "session_id": "s", "corpus_id": "c1", "message": "heron", "top_k": 7, "audio": true })
}

fn kinds(events: &[Event]) -> Vec<&str> {
    events.iter().map(Event::kind).collect()
}

fn header(headers: &HeaderMap, name: &str) -> String {
    headers[name].to_str().unwrap().to_owned()
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

/// A tenant with a corpus of ten documents; its administrator and a reader.
async fn library(app: &TestApp, tenant: &str) -> (Caller, Caller) {
    let tenant = app.tenant(tenant).await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    admin.corpus("c1").await;
    for n in 0..3 {
        let document = format!("d{n}");
        admin.text("c1", &document, &format!("Heron number {n} stands here.")).await;
        admin.grant(&document, "role", "reader", "read").await;
    }
    (admin, reader)
}

/// From now on this is promised to the tenant; the id of the policy.
pub async fn promised(admin: &Caller, tenant: &str, config: &Value) -> String {
    let name = nexus_core::clock::fresh_uuid().to_string();
    let policy = id(&admin.post(POLICIES, &policy(&name, config)).await.created());
    admin.patch(&format!("/v1/admin/sla/assignments/{tenant}"), &json!({ "policy_id": policy })).await.ok();
    policy
}

/// Requests of a tenant took this long.
pub async fn took(app: &TestApp, tenant: &str, class: Class, time: Duration) {
    for _ in 0..50 {
        app.platform.sla.observe(&tenant.parse().unwrap(), class, time, false);
    }
    app.platform.sla.refresh().await;
}

#[tokio::test]
async fn a_policy_is_made_changed_and_switched() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, other) = (tenant.key(Role::Admin).await, app.tenant("t2").await.key(Role::Admin).await);
    tenant
        .key(Role::Editor)
        .await
        .post(POLICIES, &policy("p", &promise("warn", true)))
        .await
        .refused(403, "AUTH_FORBIDDEN");
    let made = admin.post(POLICIES, &policy("p", &promise("warn", true))).await.created();
    assert_eq!((&made["version"], &made["enabled"], &made["tenant_id"]), (&json!(1), &json!(true), &json!("t1")));
    assert_eq!(made["config_json"], promise("warn", true), "what was said is what is kept");
    admin.post(POLICIES, &policy("p", &promise("warn", true))).await.refused(409, "CONFLICT");
    let path = format!("{POLICIES}/{}", id(&made));

    let changed = admin.patch(&path, &json!({ "tier": "pro", "config_json": promise("enforce", true) })).await.ok();
    assert_eq!((&changed["version"], &changed["tier"]), (&json!(2), &json!("pro")));
    assert_eq!(admin.patch(&path, &json!({})).await.changed_nothing().ok()["version"], 2);
    let off = admin.post(&format!("{path}/disable"), &Value::Null).await.ok();
    assert_eq!((&off["version"], &off["enabled"]), (&json!(2), &json!(false)));
    assert_eq!(admin.post(&format!("{path}/enable"), &Value::Null).await.ok()["enabled"], true);
    // A version that was there is not given out again, and a name of another policy goes on counting.
    let second = admin.post(POLICIES, &policy("q", &promise("warn", true))).await.created();
    let renamed = admin.patch(&format!("{POLICIES}/{}", id(&second)), &json!({ "name": "p" })).await.ok();
    assert_eq!(renamed["version"], 3);

    let mut wrong = promise("shout", true);
    wrong["objectives"]["p95_ms_max"]["run"] = json!(0);
    let error = admin.post(POLICIES, &policy("w", &wrong)).await.refused(422, "SLA_POLICY_INVALID");
    let paths: Vec<&str> =
        error["details"]["errors"].as_array().unwrap().iter().map(|e| e["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["objectives.p95_ms_max.run", "enforcement.mode"]);
    admin.patch(&path, &json!({ "config_json": wrong })).await.refused(422, "SLA_POLICY_INVALID");
    admin
        .post(POLICIES, &json!({ "name": "", "tier": "pro", "config_json": {}, "version": 0 }))
        .await
        .faults("body.name");

    for verb in ["enable", "disable"] {
        other.post(&format!("{path}/{verb}"), &Value::Null).await.refused(404, "NOT_FOUND");
    }
    other.patch(&path, &json!({ "enabled": false })).await.refused(404, "NOT_FOUND");
    assert!(other.get(POLICIES).await.ok()["items"].as_array().unwrap().is_empty());
    app.finish().await;
}

#[tokio::test]
async fn the_operator_promises_to_all_and_each_tenant_to_itself() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, operator) = (tenant.key(Role::Admin).await, tenant.key(Role::Operator).await);
    let other = app.tenant("t2").await.key(Role::Admin).await;
    admin.post(GLOBAL, &policy("all", &promise("warn", true))).await.refused(403, "AUTH_FORBIDDEN");
    let global = operator.post(GLOBAL, &policy("all", &promise("warn", true))).await.created();
    assert_eq!(global["tenant_id"], Value::Null);
    let seen = other.get(POLICIES).await.ok();
    assert_eq!(seen["items"][0]["id"], global["id"]);
    assert!(other.get(&format!("{POLICIES}?include_global=false")).await.ok()["items"].as_array().unwrap().is_empty());
    admin.patch(&format!("{POLICIES}/{}", id(&global)), &json!({ "enabled": false })).await.refused(404, "NOT_FOUND");

    let own = "/v1/admin/sla/assignments/t1";
    admin.get(own).await.refused(404, "SLA_ASSIGNMENT_NOT_FOUND");
    let over = json!({ "objectives": { "p95_ms_max": { "run": 5 } } });
    let assigned = admin.patch(own, &json!({ "policy_id": id(&global), "override_json": over })).await.ok();
    assert_eq!((&assigned["policy_id"], &assigned["override_json"]), (&global["id"], &over));
    assert_eq!(admin.get(own).await.ok()["id"], assigned["id"]);
    let wrong = json!({ "policy_id": id(&global), "override_json": { "enforcement": { "mode": "x" } } });
    admin.patch(own, &wrong).await.refused(422, "SLA_POLICY_INVALID");
    let backwards = json!({ "policy_id": id(&global), "effective_to": "2000-01-01T00:00:00Z" });
    admin.patch(own, &backwards).await.refused(422, "VALIDATION_ERROR");
    let theirs = id(&other.post(POLICIES, &policy("theirs", &promise("warn", true))).await.created());
    admin.patch(own, &json!({ "policy_id": theirs })).await.refused(404, "NOT_FOUND");
    admin.patch(own, &json!({ "policy_id": "nonsense" })).await.refused(404, "NOT_FOUND");

    // Of another tenant nothing is told, not even whether it is there; the operator may say what counts for it.
    for tenant in ["t2", "nowhere"] {
        let path = format!("/v1/admin/sla/assignments/{tenant}");
        admin.get(&path).await.refused(404, "NOT_FOUND");
        admin.patch(&path, &json!({ "policy_id": id(&global) })).await.refused(404, "NOT_FOUND");
    }
    operator.patch("/v1/admin/sla/assignments/t2", &json!({ "policy_id": theirs })).await.ok();
    operator
        .patch("/v1/admin/sla/assignments/nowhere", &json!({ "policy_id": id(&global) }))
        .await
        .refused(404, "NOT_FOUND");
    assert_eq!(other.get("/v1/admin/sla/assignments/t2").await.ok()["policy_id"], theirs.as_str());
    app.finish().await;
}

#[tokio::test]
async fn a_run_says_how_its_service_level_is() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let (admin, reader) = library(&app, "t1").await;
    let told = |headers: &HeaderMap| {
        ["status", "policy-id", "decision", "route-class", "window-end"].map(|n| header(headers, &format!("x-sla-{n}")))
    };
    let mut stream = reader.ask(&ask()).await;
    assert_eq!(told(&stream.headers), ["healthy", "", "allow", "run", ""]);
    stream.rest().await;

    // Nothing is measured in this window that the policy could be judged by, except that one run.
    let policy = promised(&admin, "t1", &promise("warn", true)).await;
    took(&app, "t1", Class::Run, Duration::from_secs(1)).await;
    let mut stream = reader.ask(&ask()).await;
    let headers = told(&stream.headers);
    assert!(headers[4].ends_with('Z'));
    assert_eq!(headers[..4], ["breached", policy.as_str(), "warn", "run"]);
    let events = stream.rest().await;
    assert_eq!(kinds(&events)[..3], ["request.accepted", "sla.warn", "token.delta"]);
    assert_eq!(events[1].name, "sla.warn");
    let notice = &events[1].json["data"];
    assert_eq!((&notice["decision"], &notice["degrade_actions"]), (&json!("warn"), &json!({})));
    assert_eq!(notice["recommended_actions"][1], "reduce_top_k:2");
    assert_eq!(app.prompts().last().unwrap().passages.len(), 3);
    assert_eq!(kinds(&events).last(), Some(&"done"));
    app.finish().await;
}

#[tokio::test]
async fn a_degraded_run_does_less() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let (admin, reader) = library(&app, "t1").await;
    promised(&admin, "t1", &promise("enforce", true)).await;
    took(&app, "t1", Class::Run, Duration::from_secs(1)).await;
    let mut stream = reader.ask(&ask()).await;
    assert_eq!(
        (header(&stream.headers, "x-sla-decision").as_str(), header(&stream.headers, "x-sla-status").as_str()),
        ("degrade", "breached")
    );
    let events = stream.rest().await;
    assert_eq!(kinds(&events)[..2], ["request.accepted", "sla.degrade.applied"]);
    let actions = json!({ "disable_audio": true, "top_k_floor": 2, "max_output_tokens": 1, "provider_fallback_order": ["local_pgvector"] });
    assert_eq!(events[1].json["data"]["degrade_actions"], actions);
    let prompt = app.prompts().pop().unwrap();
    assert_eq!((prompt.passages.len(), prompt.max_output_tokens), (2, 1));
    assert!(!kinds(&events).iter().any(|kind| kind.starts_with("audio.")), "{events:?}");
    app.finish().await;
}

#[tokio::test]
async fn a_shed_run_is_told_in_a_stream_and_shedding_ends_with_the_load() {
    let app = TestApp::plan().model(Model::Fake).manual_clock().start().await;
    let (admin, reader) = library(&app, "t1").await;
    let (_, neighbour) = library(&app, "t2").await;
    let policy = promised(&admin, "t1", &promise("enforce", false)).await;
    took(&app, "t1", Class::Run, Duration::from_secs(1)).await;
    for _ in 0..3 {
        let mut stream = reader.ask(&ask()).await;
        assert_eq!(stream.status.as_u16(), 503);
        assert_eq!(
            (header(&stream.headers, "content-type").as_str(), header(&stream.headers, "retry-after").as_str()),
            ("text/event-stream", "15")
        );
        assert_eq!(
            (header(&stream.headers, "x-sla-decision").as_str(), header(&stream.headers, "x-sla-policy-id").as_str()),
            ("shed", policy.as_str())
        );
        for told in ["x-quota-day-used", "x-cost-status", "x-sla-window-end"] {
            assert!(!header(&stream.headers, told).is_empty(), "{told} is missing");
        }
        let events = stream.rest().await;
        assert_eq!(kinds(&events), ["request.accepted", "sla.shed", "error", "done"]);
        assert_eq!(
            (&events[1].json["data"]["policy_id"], &events[2].json["data"]["code"]),
            (&json!(policy), &json!("SLA_SHED_LOAD"))
        );
    }
    assert_eq!(kinds(&neighbour.run(&ask()).await).last(), Some(&"done"), "the neighbour goes on");
    let counted = |items: &Value| items["items"][0]["request_count"].as_u64().unwrap();
    let path = "/v1/admin/sla/measurements?route_class=run";
    assert_eq!(counted(&admin.get(path).await.ok()), 50, "what was refused is not counted");
    let incidents = admin.get("/v1/admin/sla/incidents?status=mitigating").await.ok();
    assert_eq!(incidents["items"].as_array().unwrap().len(), 1);
    assert_eq!(incidents["items"][0]["breach_type"], "latency_p95");

    // A quarter of a window later one run may try; the others are still refused.
    app.clock.advance(TimeDelta::seconds(15));
    let mut trial = reader.ask(&ask()).await;
    assert_eq!((trial.status.as_u16(), header(&trial.headers, "x-sla-decision").as_str()), (200, "warn"));
    trial.rest().await;
    assert_eq!(reader.ask(&ask()).await.status.as_u16(), 503);
    // Without load nothing is measured, and what is old does not decide.
    app.clock.advance(TimeDelta::minutes(2));
    assert_eq!(kinds(&reader.run(&ask()).await).last(), Some(&"done"));
    app.platform.sla.refresh().await;
    let mut stream = reader.ask(&ask()).await;
    assert_eq!(
        (header(&stream.headers, "x-sla-status").as_str(), header(&stream.headers, "x-sla-decision").as_str()),
        ("healthy", "allow")
    );
    stream.rest().await;
    app.clock.advance(TimeDelta::minutes(5));
    app.platform.sla.refresh().await;
    let incidents = admin.get("/v1/admin/sla/incidents").await.ok();
    assert_eq!(
        (&incidents["items"][0]["status"], incidents["items"].as_array().unwrap().len()),
        (&json!("resolved"), 1)
    );
    app.finish().await;
}

#[tokio::test]
async fn who_takes_all_places_sheds_and_its_neighbour_does_not() {
    let places =
        |s: &mut nexus_api::settings::Settings| (s.runs.max_concurrency, s.runs.tenant_max_concurrency) = (4, 2);
    let app = TestApp::plan().model(Model::Stepped).manual_clock().settings(places).start().await;
    let (admin, greedy) = library(&app, "t1").await;
    let (quiet_admin, quiet) = library(&app, "t2").await;
    for (admin, tenant) in [(&admin, "t1"), (&quiet_admin, "t2")] {
        let mut config = promise("enforce", true);
        config["objectives"]["p95_ms_max"]["run"] = json!(3_600_000);
        config["objectives"]["saturation_max_pct"] = json!(80);
        promised(admin, tenant, &config).await;
    }
    let (mut first, mut second) = (greedy.ask(&ask()).await, greedy.ask(&ask()).await);
    for _ in 0..5 {
        greedy.ask(&ask()).await.refused(503, "SERVICE_BUSY").await;
    }
    app.platform.sla.refresh().await;
    app.say(20);
    first.rest().await;
    second.rest().await;
    let mut shed = greedy.ask(&ask()).await;
    assert_eq!(shed.status.as_u16(), 503);
    assert_eq!(kinds(&shed.rest().await)[1], "sla.shed");
    let mut stream = quiet.ask(&ask()).await;
    assert_eq!(stream.status.as_u16(), 200);
    app.say(10);
    stream.rest().await;
    app.clock.advance(TimeDelta::minutes(2));
    app.platform.sla.refresh().await;
    app.say(10);
    assert_eq!(kinds(&greedy.run(&ask()).await).last(), Some(&"done"), "the load is over");
    app.finish().await;
}

#[tokio::test]
async fn runs_are_measured_as_their_clients_see_them() {
    let app = TestApp::plan().model(Model::Failing).start().await;
    let (admin, reader) = library(&app, "t1").await;
    for _ in 0..3 {
        reader.run(&ask()).await;
    }
    // A question that nobody could answer is not a failure of the platform.
    let unknown = json!({ "session_id": "s", "corpus_id": "nowhere", "message": "heron" });
    reader.ask(&unknown).await.refused(404, "NOT_FOUND").await;
    let found = admin.get("/v1/admin/sla/measurements?route_class=run&window=5m").await.ok();
    let measured = &found["items"][0];
    assert_eq!((&measured["request_count"], &measured["error_count"]), (&json!(3), &json!(3)));
    assert_eq!((&measured["availability_pct"], &measured["tenant_id"]), (&json!(0.0), &json!("t1")));
    assert!(measured["p50_ms"].as_f64().unwrap() <= measured["p99_ms"].as_f64().unwrap());
    let classes = admin.get("/v1/admin/sla/measurements").await.ok();
    let ingest = classes["items"].as_array().unwrap().iter().find(|m| m["route_class"] == "ingest").unwrap().clone();
    assert_eq!((&ingest["request_count"], &ingest["error_count"]), (&json!(3), &json!(0)));
    admin.get("/v1/admin/sla/measurements?tenant_id=t2").await.refused(404, "NOT_FOUND");
    admin.get("/v1/admin/sla/measurements?limit=0").await.faults("query.limit");
    app.finish().await;
}

#[tokio::test]
async fn ingestion_sheds_too() {
    let app = TestApp::plan().manual_clock().start().await;
    let (admin, _) = library(&app, "t1").await;
    promised(&admin, "t1", &promise("enforce", false)).await;
    took(&app, "t1", Class::Ingest, Duration::from_secs(1)).await;
    let refused = admin.post("/v1/documents/text", &json!({ "corpus_id": "c1", "text": "More." })).await;
    refused.refused(503, "SLA_SHED_LOAD");
    assert_eq!(refused.header("retry-after"), "15");
    admin.get("/v1/documents").await.ok();
    app.finish().await;
}

#[tokio::test]
async fn searches_are_refused_with_the_runs_whose_places_they_take() {
    let app = TestApp::plan().manual_clock().start().await;
    let (admin, reader) = library(&app, "t1").await;
    let search = "/v1/corpora/c1/search?query=heron";
    let told = |answer: &crate::harness::Answer| {
        [answer.header("x-sla-status").to_owned(), answer.header("x-sla-decision").to_owned()]
    };
    let found = reader.get(search).await;
    found.ok();
    assert_eq!(told(&found), ["healthy", "allow"]);
    promised(&admin, "t1", &promise("enforce", true)).await;
    took(&app, "t1", Class::Run, Duration::from_secs(1)).await;
    let found = reader.get(search).await;
    found.ok();
    assert_eq!(told(&found), ["breached", "warn"], "a search does not do less");
    promised(&admin, "t1", &promise("enforce", false)).await;
    app.platform.sla.refresh().await;
    // It does not use up what runs may try.
    app.clock.advance(TimeDelta::seconds(15));
    let refused = reader.get(search).await;
    refused.refused(503, "SLA_SHED_LOAD");
    assert_eq!((told(&refused), refused.header("retry-after")), (["breached".into(), "shed".into()], "15"));
    assert_eq!(reader.ask(&ask()).await.status.as_u16(), 200);
    app.finish().await;
}

#[tokio::test]
async fn what_is_assigned_for_later_is_seen_beside_what_counts() {
    let app = TestApp::plan().manual_clock().start().await;
    let (admin, _) = library(&app, "t1").await;
    let present = promised(&admin, "t1", &promise("warn", true)).await;
    let later = id(&admin.post(POLICIES, &policy("later", &promise("enforce", true))).await.created());
    let from = app.clock.now() + TimeDelta::hours(1);
    let path = "/v1/admin/sla/assignments/t1";
    let made = admin.patch(path, &json!({ "policy_id": later, "effective_from": from })).await.ok();
    assert_eq!(made["policy_id"], later.as_str());
    let shown = async || {
        let found = admin.get(path).await.ok();
        [found["policy_id"].clone(), found["planned_policy_id"].clone()]
    };
    assert_eq!(shown().await, [json!(present), json!(later)]);
    app.clock.advance(TimeDelta::hours(1));
    assert_eq!(shown().await, [json!(later), Value::Null]);
    app.finish().await;
}

#[tokio::test]
async fn what_two_replicas_measure_adds_up_and_both_say_so() {
    let app = TestApp::plan().model(Model::Fake).manual_clock().start().await;
    let other = TestApp::plan().model(Model::Fake).beside(&app).start().await;
    let (admin, reader) = library(&app, "t1").await;
    let there = other.bearer(reader.token.as_deref().unwrap());
    for _ in 0..2 {
        reader.run(&ask()).await;
    }
    for _ in 0..3 {
        there.run(&ask()).await;
    }
    other.platform.sla.flush().await;
    let path = "/v1/admin/sla/measurements?route_class=run";
    for admin in [&admin, &other.bearer(admin.token.as_deref().unwrap())] {
        let items = admin.get(path).await.ok()["items"].clone();
        assert_eq!((&items[0]["request_count"], items.as_array().unwrap().len()), (&json!(5), 1));
    }
    promised(&admin, "t1", &promise("enforce", false)).await;
    took(&app, "t1", Class::Run, Duration::from_secs(1)).await;
    other.platform.sla.refresh().await;
    assert_eq!(there.ask(&ask()).await.status.as_u16(), 503, "one replica sheds for what the other measured");
    other.finish().await;
    app.finish().await;
}

#[tokio::test]
async fn an_incident_is_resolved_by_hand_and_the_log_says_by_whom() {
    let app = TestApp::plan().manual_clock().start().await;
    let (admin, _) = library(&app, "t1").await;
    let policy = promised(&admin, "t1", &promise("warn", true)).await;
    took(&app, "t1", Class::Run, Duration::from_secs(1)).await;
    let incident = admin.get("/v1/admin/sla/incidents").await.ok()["items"][0].clone();
    assert_eq!((&incident["status"], &incident["policy_id"]), (&json!("open"), &json!(policy)));
    let path = format!("/v1/admin/sla/incidents/{}/resolve", id(&incident));
    app.tenant("t2").await.key(Role::Admin).await.post(&path, &Value::Null).await.refused(404, "NOT_FOUND");
    app.clock.advance(TimeDelta::seconds(1));
    let resolved = admin.post(&path, &Value::Null).await;
    assert_eq!(resolved.ok()["status"], "resolved");
    let request = resolved.json()["meta"]["request_id"].as_str().unwrap().to_owned();
    assert!(app.audited(&request).await.contains(&"sla.incident.resolved".to_owned()));
    app.platform.sla.refresh().await;
    let items = admin.get("/v1/admin/sla/incidents").await.ok()["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 1, "what was broken before opens no other");
    app.finish().await;
}

#[tokio::test]
async fn only_what_was_done_or_failed_counts_and_who_hangs_up_has_waited() {
    let app = TestApp::plan().manual_clock().start().await;
    let (admin, _) = library(&app, "t1").await;
    let ingested = async || {
        let items = admin.get("/v1/admin/sla/measurements?route_class=ingest").await.ok()["items"].clone();
        items[0]["request_count"].as_u64().unwrap_or_default()
    };
    let before = ingested().await;
    admin.post("/v1/documents/text", &json!({ "corpus_id": "nowhere", "text": "x" })).await.refused(404, "NOT_FOUND");
    admin.post("/v1/documents/text", &json!({ "corpus_id": "c1" })).await.refused(422, "REQUEST_VALIDATION_ERROR");
    assert_eq!(ingested().await, before, "what was wrong with a request says nothing of the platform");
    // Nothing can be accepted, and the client does not wait for that to change.
    let mut behind = app.behind().await;
    sqlx::raw_sql("BEGIN; LOCK TABLE documents IN ACCESS EXCLUSIVE MODE").execute(&mut behind).await.unwrap();
    let body = json!({ "corpus_id": "c1", "document_id": "left", "text": "x" }).to_string();
    let head = format!(
        "POST /v1/documents/text HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        admin.token.as_deref().unwrap(),
        body.len()
    );
    let mut socket = tokio::net::TcpStream::connect(app.address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut socket, head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(socket);
    let counted = async {
        while ingested().await == before {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(crate::harness::PATIENCE, counted).await.expect("it is counted");
    sqlx::raw_sql("ROLLBACK").execute(&mut behind).await.unwrap();
    app.finish().await;
}

#[tokio::test]
async fn decisions_are_counted() {
    let app = TestApp::plan().manual_clock().start().await;
    let (admin, reader) = library(&app, "t1").await;
    let value = async |name: &str| {
        let text = String::from_utf8(app.nobody().get("/v1/metrics").await.body).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
        line.map_or(0.0, |value| value.parse::<f64>().unwrap())
    };
    // Other tests of this process count too: there is one more at least.
    for (mode, degrade, name, status) in [
        ("warn", true, "nexusrag_sla_warn_total", 200),
        ("enforce", true, "nexusrag_sla_degrade_total", 200),
        ("enforce", false, "nexusrag_sla_shed_total", 503),
        ("enforce", false, "nexusrag_sla_trials_total", 200),
    ] {
        promised(&admin, "t1", &promise(mode, degrade)).await;
        took(&app, "t1", Class::Run, Duration::from_secs(1)).await;
        if name.contains("trials") {
            app.clock.advance(TimeDelta::seconds(15));
        }
        let before = value(name).await;
        let mut stream = reader.ask(&ask()).await;
        assert_eq!(stream.status.as_u16(), status, "{name}");
        stream.rest().await;
        assert!(value(name).await >= before + 1.0, "{name}");
    }
    app.finish().await;
}
