//! Simulation: what policies would decide, from the code that decides.

use std::collections::BTreeSet;

use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::harness::{Caller, Dice, TestApp, cases};

const POLICIES: &str = "/v1/admin/authz/policies";
const DRAFT: &str = "/v1/admin/authz/simulate";

fn rule(effect: &str, condition: &Value) -> Value {
    json!({ "name": "Rule", "effect": effect, "resource_type": "document", "action": "read", "condition_json": condition })
}

async fn made(admin: &Caller, policy: &Value) -> String {
    admin.post(POLICIES, policy).await.created()["id"].as_str().unwrap().to_owned()
}

async fn document(admin: &Caller, id: &str, metadata: &Value) {
    let body = json!({ "corpus_id": "c1", "document_id": id, "text": "The heron stands.", "metadata_json": metadata });
    admin.post("/v1/documents/text", &body).await.accepted();
    admin.settled(id).await;
}

fn set(value: &Value) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_simulation_counts_the_policy_and_shows_what_every_other_says() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let readers = json!({ "eq": [{ "var": "principal.role" }, "reader"] });
    let mut off = rule("deny", &readers);
    off["enabled"] = json!(false);
    let (deny, allow) = (made(&admin, &off).await, made(&admin, &rule("allow", &readers)).await);
    let ask = |role: &str| {
        let body = json!({ "resource_type": "document", "action": "read", "principal": { "role": role } });
        let (admin, path) = (admin.clone(), format!("{POLICIES}/{deny}/simulate"));
        async move { admin.post(&path, &body).await }
    };
    let answer = ask("reader").await;
    assert!(app.audited(&answer.request_id).await.contains(&"authz.simulation.run".to_owned()));
    let denied = answer.ok();
    assert_eq!((&denied["allowed"], &denied["reason"]), (&json!(false), &json!("policy_deny")));
    assert_eq!(denied["matched_policy_id"], deny.as_str());
    assert_eq!(
        (&denied["difference"]["allowed_now"], &denied["difference"]["reason_now"]),
        (&json!(true), &json!("policy_allow"))
    );
    let trace = denied["trace"].as_array().unwrap();
    assert_eq!(trace.len(), 3, "the baseline, and both: {trace:?}");
    for step in trace {
        let decides = step["policy_id"] == deny.as_str();
        assert_eq!((&step["decisive"], &step["shadowed"]), (&json!(decides), &json!(!decides)));
    }
    assert!(set(&denied["matched_policies"]).contains(&allow));
    let allowed = ask("editor").await.ok();
    assert_eq!((&allowed["allowed"], &allowed["reason"]), (&json!(true), &json!("policy_allow")));
    assert_eq!(admin.get(&format!("{POLICIES}/{deny}")).await.ok()["enabled"], false, "nothing was changed");
    app.finish().await;
}

#[tokio::test]
async fn what_cannot_be_simulated_is_refused() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let stranger = app.tenant("t2").await.key(Role::Admin).await;
    let id = made(&admin, &rule("deny", &json!({}))).await;
    let ask = |caller: &Caller, field: &str, value: Value| {
        let mut body = json!({ "resource_type": "document", "action": "read" });
        body[field] = value;
        let (caller, path) = (caller.clone(), format!("{POLICIES}/{id}/simulate"));
        async move { caller.post(&path, &body).await }
    };
    let invalid = [
        ("resource_type", json!("house")),
        ("action", json!("burn")),
        ("principal", json!({ "tenant_id": "t2" })),
        ("principal", json!({ "tenant_id": null })),
        ("resource", json!({ "tenant_id": "t2" })),
        ("context", json!({ "principal": { "tenant_id": "t2" } })),
        ("context", json!({ "resource": "d1" })),
    ];
    for (field, value) in invalid {
        ask(&admin, field, value).await.refused(400, "AUTHZ_SIMULATION_INVALID");
    }
    let corpora = json!({ "resource_type": "corpus", "action": "run", "compare_documents": true });
    admin.post(&format!("{POLICIES}/{id}/simulate"), &corpora).await.refused(400, "AUTHZ_SIMULATION_INVALID");
    ask(&admin, "note", json!("x")).await.faults("body.note");
    ask(&admin, "principal", json!("u1")).await.faults("body.principal");
    ask(&admin, "draft", json!({ "effect": "maybe" })).await.faults("body.draft.effect");
    ask(&admin, "draft", json!({ "condition_json": { "like": [1, 2] } })).await.refused(422, "AUTHZ_POLICY_INVALID");
    ask(&admin, "document_id", json!("unknown")).await.refused(404, "NOT_FOUND");
    ask(&stranger, "principal", json!({})).await.refused(404, "NOT_FOUND");
    admin.post(DRAFT, &json!({ "resource_type": "document", "action": "read" })).await.faults("body.draft");
    app.finish().await;

    let app = TestApp::plan().settings(|s| s.policies.simulation_enabled = false).start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let body = json!({ "resource_type": "document", "action": "read", "draft": rule("deny", &json!({})) });
    admin.post(DRAFT, &body).await.refused(403, "AUTHZ_DENIED");
    app.finish().await;
}

#[tokio::test]
async fn a_document_brings_its_attributes_and_its_grants() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    admin.corpus("c1").await;
    document(&admin, "d1", &json!({ "labels": { "team": "law" } })).await;
    let secret = json!({ "eq": [{ "var": "resource.labels.team" }, "law"] });
    let ask = |user: &str| {
        let body = json!({ "resource_type": "document", "action": "read", "document_id": "d1",
            "principal": { "id": user }, "draft": rule("deny", &secret) });
        let admin = admin.clone();
        async move { admin.post(DRAFT, &body).await.ok() }
    };
    let answer = ask(&reader.user_id).await;
    assert_eq!((&answer["allowed"], &answer["acl"]["allowed"]), (&json!(false), &json!(false)));
    assert_eq!(answer["difference"]["allowed_now"], true);
    let everybody = json!({ "principal_type": "role", "principal_id": "reader", "permission": "read" });
    admin.post("/v1/admin/authz/corpora/c1/permissions", &everybody).await.created();
    let acl = ask(&reader.user_id).await["acl"].clone();
    assert_eq!(
        (&acl["allowed"], &acl["grants"][0]["corpus_id"]),
        (&json!(true), &json!("c1")),
        "the role was looked up"
    );
    assert_eq!(ask(&admin.user_id).await["acl"]["grants"][0]["permission"], "owner");
    app.finish().await;
}

fn condition(dice: &mut Dice, depth: u64) -> Value {
    let path = dice.of(&[
        "principal.role",
        "principal.id",
        "principal.groups",
        "resource.labels.team",
        "resource.labels.none",
        "resource.metadata.level",
        "resource.metadata.tags",
        "resource.id",
        "resource.content_type",
    ]);
    let value = match dice.roll(4) {
        0 => json!(dice.roll(4)),
        1 => json!(dice.of(&["law", "art", "reader", "d1", "text/plain", "a"])),
        2 => json!(["law", 1, "reader", "d2"]),
        _ => Value::Null,
    };
    let operator = dice.of(&["eq", "ne", "in", "not_in", "gt", "lte", "contains", "starts_with"]);
    match if depth == 0 { 0 } else { dice.roll(6) } {
        0..3 => json!({ operator: [{ "var": path }, value] }),
        3 => json!({ "all": [condition(dice, depth - 1), condition(dice, depth - 1)] }),
        4 => json!({ "any": [condition(dice, depth - 1), condition(dice, depth - 1)] }),
        _ => json!({ "not": condition(dice, depth - 1) }),
    }
}

/// What a caller sees in the list of documents.
async fn visible(caller: &Caller) -> BTreeSet<String> {
    caller.get("/v1/documents?corpus_id=c1").await.ids().into_iter().collect()
}

#[tokio::test]
async fn what_a_draft_is_said_to_do_is_what_it_does() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    admin.corpus("c1").await;
    let mut dice = Dice(7);
    let ids = ["d0", "d1", "d2", "d3", "d4", "d5"];
    for (n, id) in ids.iter().enumerate() {
        let team = dice.of(&["law", "art"]);
        document(&admin, id, &json!({ "labels": { "team": team }, "level": n, "tags": ["a", n] })).await;
        if n > 0 {
            admin.grant(id, "user", &reader.user_id, dice.of(&["read", "write", "owner"])).await;
        }
    }
    let who = json!({ "id": reader.user_id, "auth_method": "api_key", "credential_id": reader.key_id });
    let mut kept: Vec<String> = Vec::new();
    for _ in 0..cases(60).div_ceil(ids.len()) {
        let before = visible(&reader).await;
        let draft = rule(dice.of(&["allow", "deny"]), &condition(&mut dice, 3));
        let ask = |document: &str| {
            let body = json!({ "resource_type": "document", "action": "read", "principal": who, "draft": draft,
                "document_id": document, "compare_documents": true });
            let admin = admin.clone();
            async move { admin.post(DRAFT, &body).await.ok() }
        };
        let mut said = BTreeSet::new();
        let mut difference = Value::Null;
        for id in ids {
            let answer = ask(id).await;
            if answer["allowed"] == true && answer["acl"]["allowed"] == true {
                said.insert(id.to_owned());
            }
            difference = answer["difference"]["documents"].clone();
        }
        kept.push(made(&admin, &draft).await);
        let after = visible(&reader).await;
        assert_eq!(said, after, "{draft}");
        assert_eq!(set(&difference["gained"]), after.difference(&before).cloned().collect(), "{draft}");
        assert_eq!(set(&difference["lost"]), before.difference(&after).cloned().collect(), "{draft}");
        if kept.len() > 2 {
            admin.delete(&format!("{POLICIES}/{}", kept.remove(0))).await.gone();
        }
    }
    app.finish().await;
}
