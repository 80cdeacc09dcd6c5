//! Groups: who is in them, and grants that speak to them.

use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::harness::{Caller, TestApp};

const GROUPS: &str = "/v1/admin/groups";

async fn group(admin: &Caller, name: &str) -> String {
    let made = admin.post(GROUPS, &json!({ "display_name": name })).await.created();
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_group_is_made_filled_emptied_and_deleted() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    let made = admin.post(GROUPS, &json!({ "display_name": "Finance", "external_id": "x-1" })).await;
    assert!(app.audited(&made.request_id).await.contains(&"group.created".to_owned()));
    let id = made.created()["id"].as_str().unwrap().to_owned();
    let (group, member) = (format!("{GROUPS}/{id}"), format!("{GROUPS}/{id}/members/{}", reader.user_id));
    assert_eq!(admin.get(&group).await.ok()["members"], json!([]));
    let added = admin.put(&member, &Value::Null).await;
    added.gone();
    assert!(app.audited(&added.request_id).await.contains(&"group.member_added".to_owned()));
    admin.put(&member, &Value::Null).await.changed_nothing().gone();
    assert_eq!(admin.get(&group).await.ok()["members"], json!([reader.user_id]));
    let removed = admin.delete(&member).await;
    removed.gone();
    assert!(app.audited(&removed.request_id).await.contains(&"group.member_removed".to_owned()));
    admin.delete(&member).await.changed_nothing().gone();
    assert_eq!(admin.get(GROUPS).await.ids(), [id]);
    let deleted = admin.delete(&group).await;
    deleted.gone();
    assert!(app.audited(&deleted.request_id).await.contains(&"group.deleted".to_owned()));
    admin.delete(&group).await.refused(404, "NOT_FOUND");
    assert!(admin.get(GROUPS).await.ids().is_empty());
    app.finish().await;
}

#[tokio::test]
async fn the_groups_of_others_and_unknown_users_are_404() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    let stranger = app.tenant("t2").await.key(Role::Admin).await;
    let id = group(&admin, "Finance").await;
    let member = |user: &str| format!("{GROUPS}/{id}/members/{user}");
    assert!(stranger.get(GROUPS).await.ids().is_empty());
    stranger.get(&format!("{GROUPS}/{id}")).await.refused(404, "NOT_FOUND");
    stranger.delete(&format!("{GROUPS}/{id}")).await.refused(404, "NOT_FOUND");
    for caller in [&admin, &stranger] {
        caller.put(&member("nobody"), &Value::Null).await.refused(404, "NOT_FOUND");
    }
    admin.put(&member(&stranger.user_id), &Value::Null).await.refused(404, "NOT_FOUND");
    stranger.put(&member(&reader.user_id), &Value::Null).await.refused(404, "NOT_FOUND");
    assert_eq!(admin.get(&format!("{GROUPS}/{id}")).await.ok()["members"], json!([]));
    app.finish().await;
}

#[tokio::test]
async fn a_group_has_its_form_and_lists_have_pages() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    for bad in [json!(""), json!("x".repeat(129)), json!("a\nb"), json!(7), Value::Null] {
        admin.post(GROUPS, &json!({ "display_name": bad })).await.faults("body.display_name");
    }
    admin.post(GROUPS, &json!({ "display_name": "x", "external_id": "" })).await.faults("body.external_id");
    admin.post(GROUPS, &json!({ "display_name": "x", "id": "mine" })).await.faults("body.id");
    let mut made = Vec::new();
    for name in ["a", "b", "c"] {
        made.push(group(&admin, name).await);
    }
    let first = admin.get(&format!("{GROUPS}?limit=2")).await;
    let rest = admin.get(&format!("{GROUPS}?limit=2&cursor={}", first.next_cursor().unwrap())).await;
    assert_eq!([first.ids(), rest.ids()].concat(), made);
    assert!(rest.next_cursor().is_none());
    app.finish().await;
}

#[tokio::test]
async fn a_grant_names_a_group_by_its_id_or_by_a_name_that_only_one_has() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    admin.corpus("c1").await;
    admin.text("c1", "d1", "The heron stands in shallow water.").await;
    let (finance, law) = (group(&admin, "Finance").await, group(&admin, "Law").await);
    let other_law = group(&admin, "Law").await;
    let grants = "/v1/admin/authz/documents/d1/permissions";
    let body = |name: &str| json!({ "principal_type": "group", "principal_id": name, "permission": "read" });
    let by_name = admin.post(grants, &body("Finance")).await.created();
    assert_eq!(by_name["principal_id"], finance.as_str());
    assert_eq!(admin.post(grants, &body(&finance)).await.changed_nothing().created(), by_name);
    assert_eq!(admin.post(grants, &body(&law)).await.created()["principal_id"], law.as_str());
    assert_eq!(admin.post(grants, &body("Nobody yet")).await.created()["principal_id"], "Nobody yet");
    let before = admin.get(grants).await.ok();
    admin.post(grants, &body("Law")).await.faults("body.principal_id");
    let many = json!({ "permissions": [body(&other_law), body("Law")] });
    admin.post(&format!("{grants}/bulk"), &many).await.faults("body.permissions.1.principal_id");
    assert_eq!(admin.get(grants).await.ok(), before, "nothing changed");
    app.finish().await;
}

#[tokio::test]
async fn who_is_in_a_group_reads_what_is_granted_to_it_until_he_leaves() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    admin.corpus("c1").await;
    admin.text("c1", "d1", "The heron stands in shallow water.").await;
    let (finance, namesake) = (group(&admin, "Finance").await, group(&admin, "Finance").await);
    admin.grant("d1", "group", &finance, "read").await;
    let member = |group: &str| format!("{GROUPS}/{group}/members/{}", reader.user_id);
    let sees = || async { reader.get("/v1/documents/d1").await.status == 200 };
    assert!(!sees().await);
    admin.put(&member(&namesake), &Value::Null).await.gone();
    assert!(!sees().await, "a group of the same name has no rights");
    for leave in [member(&finance), format!("{GROUPS}/{finance}")] {
        admin.put(&member(&finance), &Value::Null).await.gone();
        assert!(sees().await);
        admin.delete(&leave).await.gone();
        assert!(!sees().await, "{leave}");
    }
    app.finish().await;
}
