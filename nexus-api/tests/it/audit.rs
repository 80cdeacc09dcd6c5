//! The audit log as administrators see it, and as somebody checks it who trusts nobody.

use std::collections::BTreeSet;

use nexus_core::{
    audit::{Fault, Report, Trust, Verifier, What},
    principal::Role,
};
use serde_json::{Value, json};

use crate::harness::{Caller, PATIENCE, TestApp};

async fn app() -> TestApp {
    TestApp::plan().settings(|s| s.audit.every = std::time::Duration::ZERO).start().await
}

fn ids(list: &Value) -> Vec<i64> {
    list["items"].as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect()
}

fn check(export: &str, key: &str) -> Result<Report, Fault> {
    let mut verifier = Verifier::new(Trust { keys: vec![key.to_owned()], ..Trust::default() });
    export.lines().try_for_each(|line| verifier.line(line))?;
    verifier.finish()
}

async fn export(caller: &Caller, query: &str) -> String {
    let answer = caller.get(&format!("/v1/audit/export{query}")).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/x-ndjson"), "{answer}");
    String::from_utf8(answer.body).unwrap()
}

#[tokio::test]
async fn administrators_find_what_happened_in_their_tenant() {
    let app = app().await;
    let (t1, t2) = (app.tenant("t1").await, app.tenant("t2").await);
    let (admin, other) = (t1.key(Role::Admin).await, t2.key(Role::Admin).await);
    admin.corpus("c1").await;
    let made = admin.post("/v1/corpora", &json!({ "id": "c2", "name": "Two" })).await;
    let changed = admin.patch("/v1/corpora/c1", &json!({ "name": "One" })).await;
    changed.ok();
    app.platform.audit.flush().await;

    let found = admin.get("/v1/audit/events?event_type=corpora.updated").await.ok();
    let event = &found["items"][0];
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(event["request_id"], changed.request_id);
    assert_eq!((&event["actor_id"], &event["actor_role"]), (&json!(admin.key_id), &json!("admin")));
    assert_eq!((&event["resource_type"], &event["resource_id"]), (&json!("corpus"), &json!("c1")));
    assert_eq!((&event["outcome"], &event["tenant_id"]), (&json!("success"), &json!("t1")));
    assert_eq!(event["metadata_json"], json!({ "user_id": admin.user_id, "updated_fields": ["name"] }));
    assert_eq!(event["ip_address"], "127.0.0.1");
    let path = format!("/v1/audit/events/{}", event["id"]);
    assert_eq!(admin.get(&path).await.ok(), *event);
    other.get(&path).await.refused(404, "NOT_FOUND");
    admin.get("/v1/audit/events/none").await.refused(404, "NOT_FOUND");

    let time = event["occurred_at"].as_str().unwrap();
    let count = async |query: String| {
        let found = admin.get(&format!("/v1/audit/events?limit=200&{query}")).await.ok();
        found["items"].as_array().unwrap().len()
    };
    assert_eq!(count(format!("from={time}&to={time}&event_type=corpora.updated")).await, 1);
    assert_eq!(count(format!("to={time}&event_type=corpora.updated&outcome=failure")).await, 0);
    assert_eq!(count("resource_type=corpus&resource_id=c2&event_type=corpora.created".into()).await, 1);
    assert_eq!(count("resource_id=c%25".into()).await, 0);
    let theirs = other.get("/v1/audit/events?limit=200").await.ok();
    let of_others = |it: &Value| it["tenant_id"] != "t2" || it["request_id"] == made.request_id;
    assert!(!theirs["items"].as_array().unwrap().iter().any(of_others), "{theirs}");

    admin.get("/v1/audit/events?tenant_id=t1").await.ok();
    admin.get("/v1/audit/events?tenant_id=t2").await.refused(403, "AUTH_FORBIDDEN");
    admin.get("/v1/audit/events?limit=201").await.faults("query.limit");
    admin.get("/v1/audit/events?from=yesterday").await.faults("query.from");
    admin.get("/v1/audit/events?outcome=maybe").await.faults("query.outcome");
    t1.key(Role::Editor).await.get("/v1/audit/events").await.refused(403, "AUTH_FORBIDDEN");
    app.finish().await;
}

#[tokio::test]
async fn the_log_belongs_to_a_larger_plan() {
    let app = TestApp::plan().settings(|s| s.plans.default_plan = "free".into()).start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    for path in ["/v1/audit/events", "/v1/audit/events/1", "/v1/audit/export"] {
        let refused = admin.get(path).await.refused(403, "FEATURE_NOT_ENABLED");
        assert_eq!(refused["details"]["feature_key"], "feature.audit_access", "{path}");
    }
    admin.get("/v1/audit/key").await.ok();
    app.finish().await;
}

#[tokio::test]
async fn a_cursor_loses_nothing_while_events_come_in() {
    let app = app().await;
    let (t1, t2) = (app.tenant("t1").await, app.tenant("t2").await);
    let (admin, other) = (t1.key(Role::Admin).await, t2.key(Role::Admin).await);
    for n in 0..7 {
        admin.corpus(&format!("c{n}")).await;
    }
    app.platform.audit.flush().await;
    let all = ids(&admin.get("/v1/audit/events?limit=200&outcome=success").await.ok());
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        // Each look adds events of its own.
        let page = admin.get(&format!("/v1/audit/events?limit=3&outcome=success{cursor}")).await;
        seen.extend(ids(&page.ok()));
        let Some(next) = page.next_cursor() else { break };
        cursor = format!("&cursor={next}");
    }
    let (all, distinct): (BTreeSet<_>, BTreeSet<_>) = (all.iter().collect(), seen.iter().collect());
    assert!(all.is_subset(&distinct) && distinct.len() == seen.len());

    let first = admin.get("/v1/audit/events?limit=3").await;
    let cursor = first.next_cursor().unwrap();
    assert_eq!(first.ok()["next_offset"], 3);
    assert_eq!(admin.get(&format!("/v1/audit/events?limit=3&cursor={cursor}")).await.ok().get("next_offset"), None);
    let mut forged = cursor.clone().into_bytes();
    forged[3] = if forged[3] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    for (caller, query) in [
        (&other, format!("cursor={cursor}")),
        (&admin, format!("cursor={cursor}&outcome=failure")),
        (&admin, format!("cursor={forged}")),
        (&admin, "cursor=".to_owned()),
    ] {
        caller.get(&format!("/v1/audit/events?{query}")).await.refused(400, "INVALID_CURSOR");
    }
    admin.get(&format!("/v1/audit/events?cursor={cursor}&offset=1")).await.faults("query.offset");
    app.finish().await;
}

#[tokio::test]
async fn a_fact_that_is_not_on_the_list_is_not_shown() {
    let app = app().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    sqlx::query(
        "INSERT INTO audit_events (occurred_at, tenant_id, actor_type, event_type, outcome, request_id, metadata_json)
         VALUES (now(), 't1', 'system', 'documents.deleted', 'success', 'r', '{\"corpus_id\": \"c\", \"note\": \"hunter2\"}')",
    )
    .execute(&mut app.behind().await)
    .await
    .unwrap();
    let found = admin.get("/v1/audit/events?event_type=documents.deleted").await.ok();
    assert_eq!(found["items"][0]["metadata_json"], json!({ "corpus_id": "c", "note": "[REDACTED]" }));
    app.finish().await;
}

#[tokio::test]
async fn a_stranger_checks_an_export_and_finds_what_was_changed() {
    let app = app().await;
    let (t1, t2) = (app.tenant("t1").await, app.tenant("t2").await);
    let (admin, reader, other) = (t1.key(Role::Admin).await, t1.key(Role::Reader).await, t2.key(Role::Admin).await);
    admin.corpus("c1").await;
    other.corpus("c1").await;
    app.platform.audit.flush().await;
    let key = reader.get("/v1/audit/key").await.ok()["key"].as_str().unwrap().to_owned();
    let text = tokio::time::timeout(PATIENCE, async {
        loop {
            let text = export(&admin, "").await;
            if text.contains("corpora.created") {
                return text;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    });
    let text = text.await.expect("what is committed is sealed");
    let report = check(&text, &key).unwrap();
    assert_eq!(report.chain.as_deref(), Some("t1"));
    assert!(!text.contains(&other.user_id), "the export tells of another tenant");
    assert_eq!(check(&text, &"00".repeat(32)).unwrap_err().what, What::UnknownKey);

    let through = report.through.unwrap().0;
    let rest = export(&admin, &format!("?after={through}")).await;
    assert_eq!(check(&rest, &key).unwrap_err().what, What::NotPruned);
    admin.get("/v1/audit/export?after=1000000").await.refused(404, "NOT_FOUND");
    admin.get("/v1/audit/export?after=0").await.faults("query.after");

    sqlx::query(
        "UPDATE audit_events SET outcome = 'failure' WHERE event_type = 'corpora.created' AND tenant_id = 't1'",
    )
    .execute(&mut app.behind().await)
    .await
    .unwrap();
    let fault = check(&export(&admin, "").await, &key).unwrap_err();
    assert_eq!((fault.what, fault.at.unwrap().chain.as_str()), (What::Edited, "t1"));
    app.platform.audit.flush().await;
    let exported = admin.get("/v1/audit/events?event_type=audit.exported").await.ok();
    assert!(exported["items"].as_array().unwrap().len() >= 3);
    app.finish().await;
}

#[tokio::test]
async fn an_answer_has_a_receipt_that_proves_what_it_rests_on() {
    use nexus_core::audit::{Anchors, Entry, Proof, Receipt, digest};

    let app = app().await;
    let (t1, t2) = (app.tenant("t1").await, app.tenant("t2").await);
    let (admin, reader) = (t1.key(Role::Admin).await, t1.key(Role::Reader).await);
    admin.corpus("c1").await;
    admin.text("c1", "d1", "The heron stands in shallow water.").await;
    admin.settled("d1").await;
    admin.grant("d1", "role", "reader", "read").await;
    let message = "Where does the heron stand?";
    let question = json!({ "session_id": "s", "corpus_id": "c1", "message": message });
    let mut stream = reader.ask(&question).await;
    let path = format!("/v1/runs/{}/receipt", stream.request_id);
    let path = path.as_str();
    let events = stream.rest().await;
    let answer = events.iter().find(|e| e.kind() == "message.final").unwrap().json["data"].clone();

    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            let found = reader.get(path).await.ok();
            if found.get("proof").is_some() {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    });
    let found = found.await.expect("a receipt is sealed");
    let event = found["event"].to_string();
    let entry: Entry<'_> = serde_json::from_str(&event).unwrap();
    let proof: Proof = serde_json::from_value(found["proof"].clone()).unwrap();
    let key = reader.get("/v1/audit/key").await.ok()["key"].as_str().unwrap().to_owned();
    proof.check(&entry, std::slice::from_ref(&key), &Anchors::default()).unwrap();
    assert_eq!(proof.check(&entry, &[], &Anchors::default()), Err(What::UnknownKey));

    let receipt = Receipt::of(&entry).unwrap();
    assert_eq!(receipt.query_sha256, digest(message));
    let text = answer["text"].as_str().unwrap();
    assert_eq!(receipt.answer_sha256, digest(text));
    let cited = &answer["citations"][0];
    assert_eq!(receipt.citations[0].document_id, cited["document_id"].as_str().unwrap());
    assert_eq!(receipt.citations[0].content_sha256, cited["content_hash"].as_str().unwrap());
    assert_eq!(
        (receipt.citations[0].start, receipt.citations[0].end),
        (cited["start"].as_u64().unwrap(), cited["end"].as_u64().unwrap())
    );
    assert_eq!((receipt.index.corpus_id.as_str(), receipt.index.provider.as_str()), ("c1", "local_pgvector"));
    assert!(receipt.policies.is_some() && receipt.cost_usd.is_some());
    for (field, lie) in [("resource_id", json!("run-2")), ("outcome", json!("failure")), ("tenant_id", json!("t2"))] {
        let mut forged = found["event"].clone();
        forged[field] = lie;
        let forged = forged.to_string();
        let forged: Entry<'_> = serde_json::from_str(&forged).unwrap();
        assert_eq!(proof.check(&forged, std::slice::from_ref(&key), &Anchors::default()), Err(What::Edited), "{field}");
    }
    // Neither the question nor what was cited is in it.
    assert!(!event.contains("heron") && !event.contains("shallow"), "{event}");

    assert_eq!(admin.get(path).await.ok()["event"], found["event"]);
    t1.key(Role::Editor).await.get(path).await.refused(404, "NOT_FOUND");
    t2.key(Role::Admin).await.get(path).await.refused(404, "NOT_FOUND");
    reader.get("/v1/runs/run-2/receipt").await.refused(404, "NOT_FOUND");
    app.finish().await;
}
