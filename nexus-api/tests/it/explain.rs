//! Who can read what, and why; and the labels that policies read.

use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::harness::{Caller, TestApp};

const WORDS: &str = "The heron stands in shallow water.";

fn words(list: &Value, field: &str) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}

async fn documents_of(admin: &Caller, user: &str) -> Vec<String> {
    words(&admin.get(&format!("/v1/admin/authz/principals/user/{user}/documents")).await.ok(), "document_id")
}

#[tokio::test]
async fn the_lists_say_what_the_user_sees() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    admin.corpus("c1").await;
    for id in ["d1", "d2", "d3"] {
        admin.text("c1", id, WORDS).await;
    }
    assert!(documents_of(&admin, &reader.user_id).await.is_empty());
    admin.grant("d1", "user", &reader.user_id, "read").await;
    admin.grant("d2", "role", "reader", "write").await;
    let team = admin.post("/v1/admin/groups", &json!({ "display_name": "Team" })).await.created()["id"].clone();
    let team = team.as_str().unwrap();
    admin.put(&format!("/v1/admin/groups/{team}/members/{}", reader.user_id), &Value::Null).await.gone();
    admin.grant("d3", "group", team, "read").await;
    assert_eq!(documents_of(&admin, &reader.user_id).await, ["d1", "d2", "d3"]);
    admin.put("/v1/admin/authz/documents/d2/labels", &json!({ "labels": { "team": "law" } })).await.ok();
    let deny = json!({ "name": "Law", "effect": "deny", "resource_type": "document", "action": "read", "condition_json":
        { "all": [{ "eq": [{ "var": "resource.labels.team" }, "law"] }, { "eq": [{ "var": "principal.role" }, "reader"] }] } });
    admin.post("/v1/admin/authz/policies", &deny).await.created();
    assert_eq!(documents_of(&admin, &reader.user_id).await, ["d1", "d3"]);
    assert_eq!(reader.get("/v1/documents?corpus_id=c1").await.ids(), ["d1", "d3"]);

    let readers = |id: &str| {
        let (admin, path) = (admin.clone(), format!("/v1/admin/authz/documents/{id}/readers"));
        async move { admin.get(&path).await.ok() }
    };
    assert_eq!(words(&readers("d2").await, "user_id"), [admin.user_id.as_str()]);
    let mut both = vec![admin.user_id.clone(), reader.user_id.clone()];
    both.sort();
    let of_third = readers("d3").await;
    assert_eq!(words(&of_third, "user_id"), both);
    let why = of_third["items"].as_array().unwrap().iter().find(|r| r["user_id"] == reader.user_id.as_str()).unwrap();
    assert_eq!((&why["role"], &why["reason"]), (&json!("reader"), &json!("policy_allow")));
    assert_eq!(why["grants"][0]["principal_id"], team);
    let path = "/v1/admin/authz/documents/d3/readers?limit=1";
    let first = admin.get(path).await;
    let second = admin.get(&format!("{path}&cursor={}", first.next_cursor().unwrap())).await;
    assert_eq!([words(&first.ok(), "user_id"), words(&second.ok(), "user_id")].concat(), both);
    app.finish().await;
}

#[tokio::test]
async fn the_grants_of_a_principal_are_on_documents_and_corpora() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    let stranger = app.tenant("t2").await.key(Role::Admin).await;
    admin.corpus("c1").await;
    admin.text("c1", "d1", WORDS).await;
    let one = admin.grant("d1", "user", &reader.user_id, "read").await;
    let body = json!({ "principal_type": "user", "principal_id": reader.user_id, "permission": "write" });
    let whole = admin.post("/v1/admin/authz/corpora/c1/permissions", &body).await.created();
    let path = format!("/v1/admin/authz/principals/user/{}/permissions", reader.user_id);
    let first = admin.get(&format!("{path}?limit=1")).await;
    let second = admin.get(&format!("{path}?limit=1&cursor={}", first.next_cursor().unwrap())).await;
    assert_eq!((words(&first.ok(), "id"), second.ok()["items"][0].clone()), (vec![one], whole));
    assert!(second.next_cursor().is_none());
    assert!(words(&stranger.get(&path).await.ok(), "id").is_empty());
    admin.get("/v1/admin/authz/principals/house/x/permissions").await.refused(404, "NOT_FOUND");
    let documents = format!("/v1/admin/authz/principals/user/{}/documents", reader.user_id);
    stranger.get(&documents).await.refused(404, "NOT_FOUND");
    stranger.get("/v1/admin/authz/documents/d1/readers").await.refused(404, "NOT_FOUND");
    assert_eq!(words(&admin.get(&documents).await.ok(), "document_id"), ["d1"]);
    app.finish().await;
}

#[tokio::test]
async fn labels_are_replaced_as_a_whole_and_have_limits() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (editor, admin) = (tenant.key(Role::Editor).await, tenant.key(Role::Admin).await);
    editor.corpus("c1").await;
    editor.text("c1", "d1", WORDS).await;
    let path = "/v1/admin/authz/documents/d1/labels";
    assert_eq!(admin.get(path).await.ok(), json!({ "labels": {} }));
    let labels = json!({ "labels": { "team": "law", "level": "3" } });
    let put = admin.put(path, &labels).await;
    assert_eq!(put.ok(), labels);
    assert!(app.audited(&put.request_id).await.contains(&"documents.updated".to_owned()));
    assert_eq!(admin.put(path, &labels).await.changed_nothing().ok(), labels);
    let many: serde_json::Map<String, Value> = (0..500).map(|n| (format!("k{n}"), json!("v"))).collect();
    for bad in [json!({ "": "x" }), json!({ "k": "x".repeat(5000) }), Value::Object(many)] {
        assert_eq!(admin.put(path, &json!({ "labels": bad })).await.status, 422);
    }
    admin.put(path, &json!({ "labels": { "k": 7 } })).await.faults("body.labels.k");
    admin.put(path, &json!({ "labels": {}, "note": "x" })).await.faults("body.note");
    assert_eq!(admin.get(path).await.ok(), labels);
    admin.put(path, &json!({ "labels": {} })).await.ok();
    let stranger = app.tenant("t2").await.key(Role::Admin).await;
    stranger.get(path).await.refused(404, "NOT_FOUND");
    stranger.put(path, &labels).await.refused(404, "NOT_FOUND");
    app.finish().await;
}
