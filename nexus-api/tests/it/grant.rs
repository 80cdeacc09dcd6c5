//! Grants: who may do what with a document, from the next request on.

use chrono::Duration;
use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::harness::{Caller, TestApp};

const WORDS: &str = "The heron stands in shallow water.";

/// Whether a caller sees the document: in the list, alone, its text, and in an answer. All four agree.
async fn sees(caller: &Caller) -> bool {
    let listed = !caller.get("/v1/documents?corpus_id=c1").await.ids().is_empty();
    let alone = caller.get("/v1/documents/d1").await.status == 200;
    let text = caller.get("/v1/documents/d1/text").await.status == 200;
    let (answer, citations) = caller.answer("c1", "Where does the heron stand?").await;
    assert_eq!((alone, text), (listed, listed));
    assert_eq!((answer.contains("shallow"), !citations.is_empty()), (listed, listed), "{answer}");
    listed
}

async fn library(app: &TestApp) -> (Caller, Caller) {
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    admin.corpus("c1").await;
    admin.text("c1", "d1", WORDS).await;
    (admin, reader)
}

fn path(document: &str) -> String {
    format!("/v1/admin/authz/documents/{document}/permissions")
}

#[tokio::test]
async fn a_grant_makes_a_document_appear_and_taking_it_back_makes_it_vanish() {
    let app = TestApp::start().await;
    let (admin, reader) = library(&app).await;
    let colleague = app.tenant("t1").await.key(Role::Reader).await;
    let (user, key) = (reader.user_id.clone(), reader.key_id.clone());
    assert!(sees(&admin).await, "who makes a document owns it");
    for (kind, principal) in [("user", user.as_str()), ("role", "reader"), ("api_key", &key)] {
        assert!(!sees(&reader).await);
        let id = admin.grant("d1", kind, principal, "read").await;
        assert!(sees(&reader).await, "{kind}");
        assert_eq!(sees(&colleague).await, kind == "role");
        let taken = admin.delete(&format!("{}/{id}", path("d1"))).await.ok();
        assert_eq!((&taken["id"], &taken["principal_type"]), (&json!(id), &json!(kind)));
    }
    assert!(!sees(&reader).await);
    // Roles are exact: what editors may read is not for readers, and not for administrators.
    admin.grant("d1", "role", "editor", "read").await;
    assert!(!sees(&reader).await);
    assert!(sees(&app.tenant("t1").await.key(Role::Editor).await).await);
    app.finish().await;
}

#[tokio::test]
async fn a_grant_ends_and_can_be_renewed() {
    let app = TestApp::plan().manual_clock().start().await;
    let (admin, reader) = library(&app).await;
    let until = |days: i64| (app.clock.now() + Duration::days(days)).to_rfc3339();
    let grant = |expires_at: Value| {
        let body = json!({ "principal_type": "user", "principal_id": reader.user_id, "permission": "read", "expires_at": expires_at });
        let admin = admin.clone();
        async move { admin.post(&path("d1"), &body).await }
    };
    let first = grant(json!(until(1))).await.created();
    assert!(sees(&reader).await);
    app.clock.advance(Duration::days(1));
    assert!(!sees(&reader).await, "the end is not part of it");
    let listed = admin.get(&path("d1")).await.ok();
    assert!(listed["items"].as_array().unwrap().iter().any(|g| g["id"] == first["id"]), "expired ones are listed");

    let renewed = grant(json!(until(1))).await.created();
    assert_eq!(renewed["id"], first["id"]);
    assert!(sees(&reader).await);
    app.clock.advance(Duration::days(2));
    assert!(!sees(&reader).await);
    let endless = grant(Value::Null).await.created();
    assert_eq!(endless["expires_at"], Value::Null);
    assert!(sees(&reader).await);
    assert_eq!(grant(Value::Null).await.changed_nothing().created(), endless);
    app.finish().await;
}

#[tokio::test]
async fn each_right_allows_what_the_contract_says() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, editor) = (tenant.key(Role::Admin).await, tenant.key(Role::Editor).await);
    admin.corpus("c1").await;
    let rights = [
        ("read", [200, 403, 403, 403, 403]),
        ("write", [200, 200, 202, 403, 403]),
        ("delete", [200, 200, 202, 403, 204]),
        ("reindex", [200, 403, 403, 202, 403]),
        ("owner", [200, 200, 202, 202, 204]),
    ];
    for (right, expected) in rights {
        let path = format!("/v1/documents/{right}");
        admin.text("c1", right, WORDS).await;
        admin.grant(right, "user", &editor.user_id, right).await;
        let read = editor.get(&path).await.status.as_u16();
        let answer = editor.patch(&path, &json!({ "filename": "new.txt" })).await;
        let denied = app.audited(&answer.request_id).await.contains(&"authz.access.denied".to_owned());
        let patch = answer.status.as_u16();
        assert_eq!(denied, patch == 403, "a denial is recorded");
        let overwrite = json!({ "corpus_id": "c1", "document_id": right, "text": WORDS, "overwrite": true });
        let overwrite = editor.post("/v1/documents/text", &overwrite).await.status.as_u16();
        admin.settled(right).await;
        let reindex = editor.post(&format!("{path}/reindex"), &json!({})).await.status.as_u16();
        admin.settled(right).await;
        let delete = editor.delete(&path).await.status.as_u16();
        assert_eq!([read, patch, overwrite, reindex, delete], expected, "{right}");
    }
    app.finish().await;
}

#[tokio::test]
async fn an_owner_does_not_manage_grants_and_an_administrator_needs_none_for_it() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (editor, admin) = (tenant.key(Role::Editor).await, tenant.key(Role::Admin).await);
    editor.corpus("c1").await;
    editor.text("c1", "d1", WORDS).await;
    editor.get(&path("d1")).await.refused(403, "AUTH_FORBIDDEN");
    admin.get("/v1/documents/d1").await.refused(404, "NOT_FOUND");
    let grants = admin.get(&path("d1")).await.ok();
    let owner = &grants["items"][0];
    assert_eq!(grants["items"].as_array().unwrap().len(), 1);
    assert_eq!((&owner["permission"], &owner["principal_id"]), (&json!("owner"), &json!(editor.user_id)));
    assert_eq!(owner["granted_by"], editor.key_id.as_str());
    app.finish().await;
}

#[tokio::test]
async fn an_installation_may_let_administrators_read_everything() {
    let app = TestApp::plan()
        .settings(|s| {
            s.scope.admin_bypasses_acl = true;
        })
        .start()
        .await;
    let tenant = app.tenant("t1").await;
    let (editor, admin) = (tenant.key(Role::Editor).await, tenant.key(Role::Admin).await);
    editor.corpus("c1").await;
    editor.text("c1", "d1", WORDS).await;
    assert!(sees(&admin).await);
    assert!(!sees(&tenant.key(Role::Editor).await).await);
    let stranger = app.tenant("t2").await.key(Role::Admin).await;
    stranger.get("/v1/documents/d1").await.refused(404, "NOT_FOUND");
    admin.delete("/v1/documents/d1").await.gone();
    app.finish().await;
}

#[tokio::test]
async fn what_is_not_there_or_not_theirs_is_404() {
    let app = TestApp::start().await;
    let (admin, reader) = library(&app).await;
    admin.text("c1", "d2", WORDS).await;
    let id = admin.grant("d1", "user", &reader.user_id, "read").await;
    let stranger = app.tenant("t2").await.key(Role::Admin).await;
    let body = json!({ "principal_type": "role", "principal_id": "reader", "permission": "read" });
    for (caller, document) in [(&stranger, "d1"), (&admin, "unknown"), (&admin, "a%2Fb")] {
        caller.get(&path(document)).await.refused(404, "NOT_FOUND");
        caller.post(&path(document), &body).await.refused(404, "NOT_FOUND");
        caller.delete(&format!("{}/{id}", path(document))).await.refused(404, "NOT_FOUND");
    }
    for (document, grant) in [("d2", id.as_str()), ("d1", "x"), ("d1", "00000000-0000-0000-0000-000000000000")] {
        admin.delete(&format!("{}/{grant}", path(document))).await.refused(404, "AUTHZ_PERMISSION_NOT_FOUND");
    }
    assert!(sees(&reader).await);
    app.finish().await;
}

#[tokio::test]
async fn a_grant_has_its_form() {
    let app = TestApp::start().await;
    let (admin, _) = library(&app).await;
    let with = |field: &str, value: Value| {
        let mut body = json!({ "principal_type": "user", "principal_id": "u", "permission": "read" });
        body[field] = value;
        let admin = admin.clone();
        async move { admin.post(&path("d1"), &body).await }
    };
    with("principal_type", json!("everybody")).await.faults("body.principal_type");
    with("principal_type", json!("role")).await.faults("body.principal_id");
    with("permission", json!("manage")).await.faults("body.permission");
    for bad in [json!(""), json!("x".repeat(129)), json!("a\nb"), json!(7)] {
        with("principal_id", bad).await.faults("body.principal_id");
    }
    with("expires_at", json!("soon")).await.faults("body.expires_at");
    with("expires_at", json!("2001-01-01T00:00:00Z")).await.faults("body.expires_at");
    with("note", json!("x")).await.faults("body.note");
    with("tenant_id", json!("t2")).await.refused(400, "TENANT_ID_NOT_ALLOWED");
    app.finish().await;
}

#[tokio::test]
async fn many_identical_grants_at_once_are_one() {
    let app = TestApp::start().await;
    let (admin, reader) = library(&app).await;
    let body = json!({ "principal_type": "user", "principal_id": reader.user_id, "permission": "read",
        "expires_at": "2100-01-01T00:00:00Z" });
    let answers =
        futures::future::join_all((0..8).map(|_| admin.post("/v1/admin/authz/documents/d1/permissions", &body))).await;
    let ids: std::collections::BTreeSet<String> =
        answers.iter().map(|a| a.created()["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 1);
    let mut recorded = 0;
    for answer in answers {
        recorded += app.audited(&answer.request_id).await.iter().filter(|e| *e == "authz.permission.granted").count();
        answer.forgive();
    }
    assert_eq!(recorded, 1, "one of them changed something");
    app.finish().await;
}

#[tokio::test]
async fn many_grants_are_made_together_or_not_at_all() {
    let app = TestApp::start().await;
    let (admin, reader) = library(&app).await;
    let bulk = |permissions: Vec<Value>| {
        let (admin, body) = (admin.clone(), json!({ "permissions": permissions }));
        async move { admin.post(&format!("{}/bulk", path("d1")), &body).await }
    };
    let user = |id: &str| json!({ "principal_type": "user", "principal_id": id, "permission": "read" });
    let ids = |answer: &Value| {
        let items = answer["items"].as_array().unwrap();
        items.iter().map(|g| g["principal_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = bulk(vec![user("b"), user("a"), user("b"), user(&reader.user_id)]).await;
    assert_eq!(ids(&first.created()).len(), 3, "what is there twice is made once");
    let granted = app.audited(&first.request_id).await;
    assert_eq!(granted.iter().filter(|e| *e == "authz.permission.granted").count(), 3);
    assert!(sees(&reader).await);
    assert_eq!(ids(&bulk(vec![user("a"), user("c")]).await.created()), ["c"], "only what is new is named");
    assert!(ids(&bulk(vec![user("a")]).await.changed_nothing().created()).is_empty());
    assert!(ids(&bulk(vec![]).await.changed_nothing().created()).is_empty());
    let mut renewed = user("a");
    renewed["expires_at"] = json!("2100-01-01T00:00:00Z");
    assert_eq!(ids(&bulk(vec![renewed]).await.created()), ["a"]);

    let before = admin.get(&path("d1")).await.ok();
    let mut ended = user("e");
    ended["expires_at"] = json!("2001-01-01T00:00:00Z");
    bulk(vec![user("d"), ended]).await.faults("body.permissions.1.expires_at");
    bulk(vec![user("d"), user("")]).await.faults("body.permissions.1.principal_id");
    let role = json!({ "principal_type": "role", "principal_id": "boss", "permission": "read" });
    bulk(vec![user("d"), user("e"), role]).await.faults("body.permissions.2.principal_id");
    bulk(vec![user("d"), json!(7)]).await.faults("body.permissions.1");
    let many = |n: usize| (0..n).map(|i| user(&format!("u{i}"))).collect::<Vec<_>>();
    bulk(many(501)).await.faults("body.permissions");
    assert_eq!(admin.get(&path("d1")).await.ok(), before, "nothing changed");
    assert_eq!(ids(&bulk(many(500)).await.created()).len(), 500);
    app.finish().await;
}

#[tokio::test]
async fn lists_that_cross_each_other_do_not_wait_for_each_other() {
    let app = TestApp::start().await;
    let (admin, _) = library(&app).await;
    let user = |i: usize| json!({ "principal_type": "user", "principal_id": format!("u{i}"), "permission": "read" });
    let (up, down): (Vec<Value>, Vec<Value>) = ((0..60).map(user).collect(), (0..60).rev().map(user).collect());
    let bodies: Vec<Value> = (0..6).map(|i| json!({ "permissions": if i % 2 == 0 { &up } else { &down } })).collect();
    let target = format!("{}/bulk", path("d1"));
    let answers = futures::future::join_all(bodies.iter().map(|body| admin.post(&target, body))).await;
    let made: usize = answers.iter().map(|a| a.created()["items"].as_array().unwrap().len()).sum();
    assert_eq!(made, 60);
    answers.into_iter().for_each(crate::harness::Answer::forgive);
    app.finish().await;
}

#[tokio::test]
async fn the_end_of_a_grant_can_be_moved() {
    let app = TestApp::plan().manual_clock().start().await;
    let (admin, reader) = library(&app).await;
    let id = admin.grant("d1", "user", &reader.user_id, "read").await;
    let grant = format!("{}/{id}", path("d1"));
    let until = |days: i64| json!((app.clock.now() + Duration::days(days)).to_rfc3339());
    let moved = admin.patch(&grant, &json!({ "expires_at": until(1) })).await;
    assert!(app.audited(&moved.request_id).await.contains(&"authz.permission.updated".to_owned()));
    assert!(!moved.ok()["expires_at"].is_null());
    let kept = admin.patch(&grant, &json!({})).await.changed_nothing().ok();
    assert_eq!(kept, moved.ok(), "what is not given stays");
    app.clock.advance(Duration::days(2));
    assert!(!sees(&reader).await);
    admin.patch(&grant, &json!({ "expires_at": until(-1) })).await.faults("body.expires_at");
    admin.patch(&grant, &json!({ "permission": "owner" })).await.faults("body.permission");
    assert!(!sees(&reader).await);
    assert_eq!(admin.patch(&grant, &json!({ "expires_at": null })).await.ok()["expires_at"], Value::Null);
    assert!(sees(&reader).await);
    for wrong in [format!("{}/x", path("d1")), format!("{}/{}", path("d1"), reader.key_id)] {
        admin.patch(&wrong, &json!({})).await.refused(404, "AUTHZ_PERMISSION_NOT_FOUND");
    }
    app.finish().await;
}
