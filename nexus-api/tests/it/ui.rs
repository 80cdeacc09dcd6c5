//! What web applications show: documents in any order, what happened, figures, and what is set going.

use std::collections::BTreeSet;

use nexus_core::principal::Role;
use nexus_retrieval::speech::SpeechProvider;
use serde_json::{Value, json};

use crate::harness::{Caller, TestApp};

const DOCUMENTS: &str = "/v1/ui/documents";
const ACTIVITY: &str = "/v1/ui/activity";
const REINDEX: &str = "/v1/ui/actions/reindex-document";
const DASHBOARD: &str = "/v1/ui/dashboard/summary";

async fn add(caller: &Caller, id: &str, filename: &str) {
    let body = json!({ "corpus_id": "c1", "document_id": id, "filename": filename, "text": "The heron stands." });
    caller.post("/v1/documents/text", &body).await.accepted();
    caller.settled(id).await;
}

fn names(page: &Value, field: &str) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item[field].as_str().map_or_else(|| item[field].to_string(), ToOwned::to_owned)).collect()
}

/// All pages of a list, and what is done between two of them.
async fn all(caller: &Caller, path: &str, field: &str, between: impl AsyncFn(usize)) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for turn in 0.. {
        let page = caller.get(&format!("{path}{cursor}")).await.ok();
        seen.extend(names(&page, field));
        assert_eq!(page["page"]["has_more"], page["page"]["next_cursor"].is_string(), "{page}");
        let Some(next) = page["page"]["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
        between(turn).await;
    }
    seen
}

fn cursor(page: &Value) -> String {
    page["page"]["next_cursor"].as_str().unwrap_or_else(|| panic!("{page}")).to_owned()
}

#[tokio::test]
async fn documents_come_in_every_order_while_others_arrive() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    // Names that look like dates are names, and two documents may have the same.
    let files = ["20240101", "20240101", "2024-01-02", "2024-01-02T00:00:00Z", "b", "a", "b"];
    for (n, file) in files.iter().enumerate() {
        add(&editor, &format!("d{n}"), file).await;
    }
    let mut all_there: BTreeSet<String> = (0..files.len()).map(|n| format!("d{n}")).collect();
    let mut late = 0;
    for (turn, sort) in [
        "created_at",
        "-created_at",
        "updated_at",
        "-updated_at",
        "filename",
        "-filename",
        "status",
        "-status",
        "status,-filename",
        "-filename,created_at",
        "",
    ]
    .into_iter()
    .enumerate()
    {
        let before = all_there.clone();
        let list = format!("{DOCUMENTS}?limit=2&sort={sort}");
        let seen = all(&editor, &list, "id", async |page| {
            if page == 1 && turn % 4 == 0 {
                add(&editor, &format!("late{turn}"), "20240101").await;
            }
        })
        .await;
        if turn % 4 == 0 {
            all_there.insert(format!("late{turn}"));
            late += 1;
        }
        let distinct: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(distinct.len(), seen.len(), "{sort}: {seen:?}");
        assert!(before.is_subset(&distinct) && distinct.is_subset(&all_there), "{sort}: {seen:?}");
    }
    assert_eq!(late, 3);

    let sorted = |sort: &'static str| {
        let (editor, list) = (&editor, format!("{DOCUMENTS}?limit=3&sort={sort}"));
        async move { all(editor, &list, "filename", async |_| {}).await }
    };
    let mut by_name = sorted("filename").await;
    let falling = sorted("-filename").await;
    assert!(by_name.starts_with(&["2024-01-02".to_owned()]) || by_name.starts_with(&["20240101".to_owned()]));
    assert_eq!(by_name.len(), all_there.len());
    by_name.reverse();
    assert_eq!(by_name, falling);
    // Of the same name, the younger first; and the id where nothing else tells.
    let both = format!("{DOCUMENTS}?limit=1&sort=filename,-created_at&q=d&created_to=2100-01-01T00:00:00Z");
    let ids = all(&editor, &both, "id", async |_| {}).await;
    let at = |id: &str| ids.iter().position(|seen| seen == id).unwrap();
    assert!(at("d1") < at("d0") && at("d6") < at("d4"), "{ids:?}");
    app.finish().await;
}

#[tokio::test]
async fn a_text_is_looked_for_as_it_is() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    for (id, file) in [("one", "50%_off.txt"), ("two", "50 xoff.txt"), ("thr_ee", "Plan.TXT"), ("thrxee", "other.md")] {
        add(&editor, id, file).await;
    }
    let found = async |q: &str| {
        let page = editor.get(&format!("{DOCUMENTS}?sort=created_at&q={q}")).await.ok();
        let facet: i64 =
            page["facets"]["status"].as_array().unwrap().iter().map(|f| f["count"].as_i64().unwrap()).sum();
        let ids = names(&page, "id");
        assert_eq!(facet, i64::try_from(ids.len()).unwrap(), "{page}");
        ids
    };
    assert_eq!(found("%25").await, ["one"]);
    assert_eq!(found("%25_OFF").await, ["one"]);
    assert_eq!(found("_").await, ["one", "thr_ee"]);
    assert_eq!(found("R_E").await, ["thr_ee"]);
    assert_eq!(found(".txt").await, ["one", "two", "thr_ee"]);
    assert_eq!(found("%5C").await, Vec::<String>::new());
    assert_eq!(found("").await.len(), 4);
    for (query, field) in [
        (format!("q={}", "x".repeat(257)), "query.q"),
        ("q=%00".to_owned(), "query.q"),
        ("limit=0".to_owned(), "query.limit"),
        ("limit=101".to_owned(), "query.limit"),
        ("status=lost".to_owned(), "query.status"),
        ("created_from=yesterday".to_owned(), "query.created_from"),
        ("actor_type=api_key".to_owned(), "query.actor_type"),
    ] {
        editor.get(&format!("{DOCUMENTS}?{query}")).await.faults(field);
    }
    let refused = editor.get(&format!("{DOCUMENTS}?sort=-created_at,size")).await.refused(400, "BAD_REQUEST");
    assert_eq!(refused["message"], "Unsupported sort field: size");
    let page = editor.get(&format!("{DOCUMENTS}?status=succeeded&corpus_id=c1")).await.ok();
    assert_eq!(
        (page["items"].as_array().unwrap().len(), &page["facets"]),
        (4, &json!({ "status": [{ "value": "succeeded", "count": 4 }] }))
    );
    let first = &page["items"][3];
    assert_eq!(
        (&first["id"], &first["filename"], &first["content_type"]),
        (&json!("one"), &json!("50%_off.txt"), &json!("text/plain"))
    );
    for none in ["status=failed", "corpus_id=elsewhere", "corpus_id=..%2Fx", "created_to=2020-01-01T00:00:00Z"] {
        let page = editor.get(&format!("{DOCUMENTS}?{none}")).await.ok();
        assert_eq!((&page["items"], &page["facets"]["status"]), (&json!([]), &json!([])), "{none}");
        assert_eq!(page["page"], json!({ "has_more": false }));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_cursor_is_good_for_its_list_order_and_filter_only() {
    let app = TestApp::start().await;
    let (t1, t2) = (app.tenant("t1").await, app.tenant("t2").await);
    let (admin, other) = (t1.key(Role::Admin).await, t2.key(Role::Admin).await);
    for caller in [&admin, &other] {
        caller.corpus("c1").await;
        for id in ["d1", "d2", "d3"] {
            add(caller, id, "a.txt").await;
        }
    }
    app.platform.audit.flush().await;
    let page = admin.get(&format!("{DOCUMENTS}?limit=1&q=d&sort=filename")).await.ok();
    let token = cursor(&page);
    let next = admin.get(&format!("{DOCUMENTS}?limit=2&q=d&sort=filename,filename&cursor={token}")).await.ok();
    assert_eq!(names(&next, "id"), ["d2", "d3"], "a page of another size goes on");
    let mut forged = token.clone().into_bytes();
    forged[20] = if forged[20] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    let (held, code) = token.split_once('.').unwrap();
    let of_activity = cursor(&admin.get(&format!("{ACTIVITY}?limit=1&q=d&sort=event_type")).await.ok());
    for (caller, query) in [
        (&admin, format!("q=d&sort=filename&cursor={forged}")),
        (&admin, format!("q=d&sort=filename&cursor={held}")),
        (&admin, format!("q=d&sort=filename&cursor={held}.")),
        (&admin, format!("q=d&sort=filename&cursor={held}.{}", &code[..32])),
        (&admin, "q=d&sort=filename&cursor=".to_owned()),
        (&admin, format!("q=d&sort=filename&cursor={of_activity}")),
        (&admin, format!("q=d&cursor={token}")),
        (&admin, format!("q=d&sort=-filename&cursor={token}")),
        (&admin, format!("sort=filename&cursor={token}")),
        (&admin, format!("q=D&sort=filename&cursor={token}")),
        (&admin, format!("q=d&sort=filename&status=succeeded&cursor={token}")),
        (&admin, format!("q=d&sort=filename&corpus_id=c1&cursor={token}")),
        (&admin, format!("q=d&sort=filename&created_from=2020-01-01T00:00:00Z&cursor={token}")),
        (&other, format!("q=d&sort=filename&cursor={token}")),
    ] {
        caller.get(&format!("{DOCUMENTS}?limit=1&{query}")).await.refused(400, "INVALID_CURSOR");
    }
    admin.get(&format!("{ACTIVITY}?limit=1&q=d&sort=event_type&cursor={token}")).await.refused(400, "INVALID_CURSOR");
    let more = format!("{ACTIVITY}?limit=1&q=d&sort=event_type&cursor={of_activity}");
    admin.get(&more).await.ok();
    admin.get(&format!("{more}&event_type=documents.deleted")).await.refused(400, "INVALID_CURSOR");
    app.finish().await;
}

#[tokio::test]
async fn what_may_not_be_read_is_on_no_page_and_in_no_facet() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (editor, reader, admin) =
        (tenant.key(Role::Editor).await, tenant.key(Role::Reader).await, tenant.key(Role::Admin).await);
    editor.corpus("c1").await;
    for n in 0..6 {
        add(&editor, &format!("d{n}"), "a.txt").await;
    }
    for caller in [&reader, &admin] {
        let page = caller.get(DOCUMENTS).await.ok();
        assert_eq!((&page["items"], &page["facets"]["status"]), (&json!([]), &json!([])));
    }
    for granted in ["d1", "d4"] {
        admin.grant(granted, "role", "reader", "read").await;
    }
    let seen = all(&reader, &format!("{DOCUMENTS}?limit=1&sort=created_at"), "id", async |_| {}).await;
    assert_eq!(seen, ["d1", "d4"]);
    let one = reader.get(&format!("{DOCUMENTS}?limit=1")).await.ok();
    assert_eq!(one["facets"]["status"], json!([{ "value": "succeeded", "count": 2 }]), "all pages count");

    // A policy that the statement can express, and one that it cannot.
    for condition in [
        json!({ "eq": [{ "var": "resource.id" }, "d4"] }),
        json!({ "any": [{ "eq": [{ "var": "resource.labels.secret" }, { "var": "resource.id" }] },
                        { "eq": [{ "var": "resource.id" }, { "var": "resource.labels.hidden" }] }] }),
    ] {
        editor.patch("/v1/documents/d4", &json!({ "labels": { "secret": "d4" } })).await.ok();
        let policy = json!({ "name": "Hidden", "effect": "deny", "resource_type": "document", "action": "read",
            "condition_json": condition });
        let made = admin.post("/v1/admin/authz/policies", &policy).await.created();
        let page = reader.get(DOCUMENTS).await.ok();
        assert_eq!(names(&page, "id"), ["d1"], "{condition}");
        assert_eq!(page["facets"]["status"], json!([{ "value": "succeeded", "count": 1 }]), "{condition}");
        let page = editor.get(&format!("{DOCUMENTS}?limit=2&sort=filename")).await.ok();
        assert_eq!(page["facets"]["status"][0]["count"], 5, "{condition}");
        admin.delete(&format!("/v1/admin/authz/policies/{}", made["id"].as_str().unwrap())).await.gone();
    }
    let stranger = app.tenant("t2").await.key(Role::Admin).await;
    assert_eq!(stranger.get(DOCUMENTS).await.ok()["facets"]["status"], json!([]));
    app.finish().await;
}

#[tokio::test]
async fn a_document_is_indexed_again_once_for_a_key() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (editor, reader, admin) =
        (tenant.key(Role::Editor).await, tenant.key(Role::Reader).await, tenant.key(Role::Admin).await);
    editor.corpus("c1").await;
    add(&editor, "d1", "a.txt").await;
    let jobs = async || {
        let count = "SELECT count(*) FROM audit_events WHERE event_type = 'documents.reindex.enqueued'";
        sqlx::query_scalar::<_, i64>(count).fetch_one(&mut app.behind().await).await.unwrap()
    };
    let body = json!({ "document_id": "d1", "idempotency_key": "again" });
    let first = editor.post(REINDEX, &body).await;
    let action = first.accepted();
    let document = editor.settled("d1").await;
    assert_eq!(action["optimistic"], json!({ "entity": "document", "id": "d1", "patch": { "status": "queued" } }));
    assert_eq!((&action["status"], &action["poll_url"]), (&json!("accepted"), &json!("/v1/documents/d1")));
    assert_eq!((&action["action_id"], &action["accepted_at"]), (&document["last_job_id"], &document["queued_at"]));
    assert!(app.audited(&first.request_id).await.contains(&"documents.reindex.enqueued".to_owned()));

    // Again while it is at work: the same answer, and not that it is at work.
    let is = async |status: &str| {
        let row = sqlx::query("UPDATE documents SET status = $1 WHERE id = 'd1'").bind(status);
        row.execute(&mut app.behind().await).await.unwrap();
    };
    is("processing").await;
    let again = editor.post(REINDEX, &body).await;
    assert_eq!((again.header("idempotency-replayed"), again.accepted()), ("true", action.clone()));
    editor.post(REINDEX, &json!({ "document_id": "d1" })).await.refused(409, "ACTION_CONFLICT");
    let other = json!({ "document_id": "d2", "idempotency_key": "again" });
    editor.post(REINDEX, &other).await.refused(409, "IDEMPOTENCY_KEY_CONFLICT");
    is("succeeded").await;
    assert_eq!(editor.post(REINDEX, &body).await.accepted(), action);
    assert_eq!(jobs().await, 1);

    // The header names it as well, and the body counts where both do.
    let plain = json!({ "document_id": "d1" });
    let by_header = editor.with("idempotency-key", "by-header");
    let second = by_header.post(REINDEX, &plain).await.accepted();
    editor.settled("d1").await;
    assert_eq!(by_header.post(REINDEX, &plain).await.accepted(), second);
    assert_eq!(by_header.post(REINDEX, &body).await.accepted(), action);
    assert_eq!(jobs().await, 2);
    let listed = editor.get(DOCUMENTS).await.ok();
    assert!(listed["items"][0]["last_reindexed_at"].is_string());

    reader.post(REINDEX, &plain).await.refused(403, "AUTH_FORBIDDEN");
    admin.post(REINDEX, &plain).await.refused(404, "NOT_FOUND");
    admin.grant("d1", "role", "admin", "read").await;
    admin.post(REINDEX, &plain).await.refused(403, "AUTHZ_DENIED");
    editor.post(REINDEX, &json!({ "document_id": "../d1" })).await.refused(404, "NOT_FOUND");
    editor.post(REINDEX, &json!({ "document_id": "d1", "force": true })).await.faults("body.force");
    for bad in ["", " ", &"x".repeat(129)] {
        let body = json!({ "document_id": "d1", "idempotency_key": bad });
        assert_eq!(editor.post(REINDEX, &body).await.json()["error"]["code"], "IDEMPOTENCY_KEY_INVALID");
    }
    assert_eq!(editor.post("/ui/actions/reindex-document", &plain).await.status, 404, "it is of this version only");
    assert_eq!(jobs().await, 2);
    app.finish().await;
}

#[tokio::test]
async fn the_switch_for_ingestion_stops_it_too() {
    let app = TestApp::plan().settings(|s| s.switches.ingest = true).start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.post(REINDEX, &json!({ "document_id": "d1" })).await.refused(503, "FEATURE_TEMPORARILY_DISABLED");
    editor.get(DOCUMENTS).await.ok();
    app.finish().await;
}

#[tokio::test]
async fn who_asks_is_told_what_he_may_use_as_it_is_now() {
    const BOOTSTRAP: &str = "/v1/ui/bootstrap";
    let app = TestApp::plan().settings(|s| s.speech.provider = SpeechProvider::Fake).start().await;
    let tenant = app.tenant("t1").await;
    let (reader, operator) = (tenant.key(Role::Reader).await, app.tenant("ops").await.key(Role::Operator).await);
    let first = reader.get(BOOTSTRAP).await.ok();
    assert_eq!(
        first["principal"],
        json!({ "tenant_id": "t1", "role": "reader", "api_key_id": reader.key_id, "subject_id": reader.user_id })
    );
    assert_eq!((&first["plan"]["plan_id"], &first["api"]["version"]), (&json!("enterprise"), &json!("v1")));
    assert_eq!(first["entitlements"]["feature.audit_access"], json!({ "enabled": true }));
    let flags = |tts, webhook| {
        json!({ "tts_enabled": tts, "ops_admin_access": true, "audit_access": true,
        "billing_webhook_test": webhook })
    };
    // Nobody receives billing events here.
    assert_eq!(first["feature_flags"], flags(true, false));
    assert_eq!(first["quota_snapshot"]["day"], json!({ "limit": null, "used": 1, "remaining": null }));

    operator.patch("/v1/admin/quotas/t1", &json!({ "daily_requests_limit": 3 })).await.ok();
    let off = json!({ "feature_key": "feature.tts", "enabled": false });
    operator.patch("/v1/admin/plans/t1/overrides", &off).await.ok();
    let second = reader.get(BOOTSTRAP).await.ok();
    assert_eq!(second["quota_snapshot"]["day"], json!({ "limit": 3, "used": 2, "remaining": 1 }));
    assert_eq!(
        (&second["feature_flags"], &second["entitlements"]["feature.tts"]),
        (&flags(false, false), &json!({ "enabled": false }))
    );
    let third = reader.get(BOOTSTRAP).await.ok();
    assert_eq!(third["quota_snapshot"]["soft_cap_reached"], true);
    reader.get(BOOTSTRAP).await.refused(402, "QUOTA_EXCEEDED");

    operator.patch("/v1/admin/quotas/t1", &json!({ "daily_requests_limit": null })).await.ok();
    operator
        .patch("/v1/admin/plans/t1/overrides", &json!({ "feature_key": "feature.tts", "enabled": null }))
        .await
        .ok();
    assert_eq!(reader.get(BOOTSTRAP).await.ok()["feature_flags"]["tts_enabled"], true);
    let stop = json!({ "kill_switches": { "kill.tts": true }, "reason": "A test" });
    operator.patch("/v1/admin/rollouts/killswitches", &stop).await.ok();
    assert_eq!(reader.get(BOOTSTRAP).await.ok()["feature_flags"]["tts_enabled"], false);
    app.nobody().get(BOOTSTRAP).await.refused(401, "AUTH_UNAUTHORIZED");
    app.finish().await;
}

#[tokio::test]
async fn figures_change_when_something_happens() {
    let limited = |s: &mut nexus_api::settings::Settings| {
        // Room for two searches.
        let rate = nexus_core::limit::decide::Rate::new(0.001, 6);
        s.limits.run = nexus_core::limit::ClassRates { key: rate, tenant: rate };
        s.limits.enabled = true;
    };
    let app = TestApp::plan().manual_clock().settings(limited).start().await;
    let tenant = app.tenant("t1").await;
    let (admin, operator) = (tenant.key(Role::Admin).await, app.tenant("ops").await.key(Role::Operator).await);
    let card = |page: &Value, id: &str| {
        let cards = page["cards"].as_array().unwrap();
        cards.iter().find(|card| card["id"] == id).unwrap_or_else(|| panic!("{id}: {page}")).clone()
    };
    let first = admin.get(&format!("{DASHBOARD}?window_days=2")).await.ok();
    let ids: Vec<&Value> = first["cards"].as_array().unwrap().iter().map(|card| &card["id"]).collect();
    assert_eq!(ids, ["requests", "quota_day", "quota_month", "rate_limits"]);
    assert_eq!((&card(&first, "requests")["value"], &card(&first, "quota_day")["value"]), (&json!("1"), &json!("1")));
    assert_eq!(first["alerts"], json!([]), "looking is no news");
    let points = first["charts"]["requests"]["points"].as_array().unwrap();
    assert_eq!((points.len(), &points[1]["value"]), (2, &json!(1)));
    assert_eq!(points[1]["ts"], app.clock.now().format("%Y-%m-%d").to_string());

    admin.corpus("c1").await;
    app.clock.advance(chrono::Duration::days(1));
    operator.patch("/v1/admin/quotas/t1", &json!({ "daily_requests_limit": 4 })).await.ok();
    let search = "/v1/corpora/c1/search?query=heron";
    admin.get(search).await.ok();
    app.platform.audit.flush().await;
    let second = admin.get(&format!("{DASHBOARD}?window_days=2")).await.ok();
    assert_eq!(card(&second, "requests")["value"], "4");
    assert_eq!(
        card(&second, "quota_day"),
        json!({ "id": "quota_day", "title": "Quota of the day", "value": "4 / 4",
        "subtitle": "0 left" })
    );
    assert_eq!(second["charts"]["requests"]["points"][0]["value"], 2, "yesterday stays");
    assert_eq!(second["alerts"][0]["id"], "quota-soft-cap");
    assert_eq!(second["alerts"][0]["severity"], "warning");
    let alert = |page: &Value, message: &str| {
        page["alerts"]
            .as_array()
            .unwrap()
            .iter()
            .any(|alert| alert["message"] == message && alert["severity"] == "info")
    };
    assert!(alert(&second, "corpora.created (success)"), "{second}");

    operator.patch("/v1/admin/quotas/t1", &json!({ "daily_requests_limit": null })).await.ok();
    admin.get(search).await.ok();
    admin.get(search).await.refused(429, "RATE_LIMITED");
    app.platform.audit.flush().await;
    let third = admin.get(DASHBOARD).await.ok();
    assert_eq!(card(&third, "rate_limits")["value"], "1");
    assert!(alert(&third, "Requests that came too soon in the last 30 days: 1"), "{third}");
    assert!(alert(&third, "security.rate_limited (failure)"), "{third}");
    let ids: Vec<&str> = third["alerts"].as_array().unwrap().iter().filter_map(|a| a["id"].as_str()).collect();
    let events: Vec<&&str> = ids.iter().filter(|id| id.starts_with("audit-")).collect();
    assert!(events.len() <= 5 && events[0] == &"audit-0", "{ids:?}");
    admin.get(&format!("{DASHBOARD}?window_days=91")).await.faults("query.window_days");
    app.finish().await;
}

#[tokio::test]
async fn administrators_look_through_what_happened() {
    let app = TestApp::start().await;
    let (t1, t2) = (app.tenant("t1").await, app.tenant("t2").await);
    let (admin, other) = (t1.key(Role::Admin).await, t2.key(Role::Admin).await);
    other.corpus("theirs").await;
    for n in 0..4 {
        admin.corpus(&format!("c_{n}")).await;
        admin.patch(&format!("/v1/corpora/c_{n}"), &json!({ "name": "Other" })).await.ok();
    }
    t1.key(Role::Reader).await.post("/v1/corpora", &json!({ "name": "x" })).await.refused(403, "AUTH_FORBIDDEN");
    app.platform.audit.flush().await;

    let updated = format!("{ACTIVITY}?event_type=corpora.updated");
    let page = admin.get(&updated).await.ok();
    assert_eq!(names(&page, "resource_id"), ["c_3", "c_2", "c_1", "c_0"]);
    let item = &page["items"][0];
    assert_eq!((&item["summary"], &item["outcome"]), (&json!("corpora.updated (success)"), &json!("success")));
    assert_eq!((&item["actor_type"], &item["actor_id"]), (&json!("api_key"), &json!(admin.key_id)));
    let facets = page["facets"]["event_type"].as_array().unwrap();
    let count = |name: &str| facets.iter().find(|facet| facet["value"] == name).map(|facet| facet["count"].clone());
    assert_eq!((count("corpora.updated"), count("corpora.created")), (Some(json!(4)), Some(json!(4))));
    assert_eq!(count("rbac.forbidden"), Some(json!(1)));
    let found = async |query: &str| {
        let page =
            admin.get(&format!("{ACTIVITY}?limit=100&sort=occurred_at&event_type=corpora.updated&{query}")).await;
        names(&page.ok(), "resource_id")
    };
    assert_eq!(found("q=C_2").await, ["c_2"]);
    assert_eq!(found("q=UPDATED").await.len(), 4);
    assert_eq!(found(&format!("q={}", admin.key_id)).await.len(), 4);
    assert_eq!(found("q=c%25").await, Vec::<String>::new());
    assert_eq!(found("actor_type=system").await, Vec::<String>::new());
    assert_eq!(found("actor_type=api_key&created_from=2020-01-01T00:00:00Z").await, ["c_0", "c_1", "c_2", "c_3"]);
    assert_eq!(found("created_to=2020-01-01T00:00:00Z").await, Vec::<String>::new());
    admin.get(&format!("{ACTIVITY}?sort=actor_id")).await.refused(400, "BAD_REQUEST");

    // In every order, ties and looks that add events of their own included.
    let all_ids = admin.get(&format!("{ACTIVITY}?limit=100&q=corpora.")).await.ok();
    let wanted: BTreeSet<String> = names(&all_ids, "id").into_iter().collect();
    for sort in ["-occurred_at", "occurred_at", "event_type", "-outcome,event_type", "outcome,-occurred_at"] {
        let list = format!("{ACTIVITY}?limit=3&q=corpora.&sort={sort}");
        let seen = all(&admin, &list, "id", async |_| app.platform.audit.flush().await).await;
        let distinct: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!((seen.len(), &distinct), (wanted.len(), &wanted), "{sort}");
    }
    let of_others = admin.get(&format!("{ACTIVITY}?q=theirs")).await.ok();
    assert_eq!((&of_others["items"], &of_others["facets"]["event_type"]), (&json!([]), &json!([])));
    let look = admin.get(&updated).await;
    assert!(app.audited(&look.request_id).await.contains(&"audit.viewed".to_owned()));
    app.finish().await;
}

#[tokio::test]
async fn who_may_not_see_the_log_sees_no_figures() {
    let app = TestApp::plan().settings(|s| s.plans.default_plan = "free".into()).start().await;
    let tenant = app.tenant("t1").await;
    let (admin, editor) = (tenant.key(Role::Admin).await, tenant.key(Role::Editor).await);
    for path in [ACTIVITY, DASHBOARD] {
        let refused = admin.get(path).await.refused(403, "FEATURE_NOT_ENABLED");
        assert_eq!(refused["details"]["feature_key"], "feature.audit_access", "{path}");
        editor.get(path).await.refused(403, "AUTH_FORBIDDEN");
    }
    let told = editor.get("/v1/ui/bootstrap").await.ok();
    assert_eq!((&told["plan"]["plan_id"], &told["feature_flags"]["audit_access"]), (&json!("free"), &json!(false)));
    app.finish().await;
}
