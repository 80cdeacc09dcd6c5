//! Policies: who writes them, what is refused, and whom they bind.

use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::harness::{Answer, Caller, TestApp};

const POLICIES: &str = "/v1/admin/authz/policies";
const GLOBAL: &str = "/v1/admin/authz/global-policies";

fn policy(condition: &Value) -> Value {
    json!({ "name": "Rule", "effect": "deny", "resource_type": "document", "action": "read",
        "condition_json": condition, "enabled": false })
}

fn id(answer: &Answer) -> String {
    answer.created()["id"].as_str().unwrap().to_owned()
}

async fn names(caller: &Caller, query: &str) -> Vec<String> {
    let list = caller.get(&format!("{POLICIES}{query}")).await.ok();
    list["items"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_policy_lives_from_its_making_to_its_end() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let recorded = |answer: &Answer, event: &'static str| {
        let (app, request) = (&app, answer.request_id.clone());
        async move { assert!(app.audited(&request).await.contains(&event.to_owned()), "{event}") }
    };
    let made = admin
        .post(POLICIES, &json!({ "name": "Rule", "effect": "deny", "resource_type": "ops", "action": "run" }))
        .await;
    recorded(&made, "authz.policy.created").await;
    let first = made.created();
    assert_eq!((&first["version"], &first["priority"], &first["enabled"]), (&json!(1), &json!(100), &json!(true)));
    assert_eq!((&first["condition_json"], &first["tenant_id"]), (&json!({}), &json!("t1")));
    assert_eq!(first["created_by"], admin.key_id.as_str());
    let path = format!("{POLICIES}/{}", id(&made));
    assert_eq!(admin.get(&path).await.ok(), first);

    let condition = json!({ "eq": [{ "var": "principal.role" }, "reader"] });
    let patched = admin.patch(&path, &json!({ "condition_json": condition, "priority": -5 })).await;
    recorded(&patched, "authz.policy.updated").await;
    let second = patched.ok();
    assert_eq!(
        (&second["version"], &second["condition_json"], &second["name"]),
        (&json!(2), &condition, &json!("Rule"))
    );
    assert_eq!(admin.patch(&path, &json!({})).await.changed_nothing().ok(), second, "no field, no version");
    for (verb, enabled) in [("disable", false), ("enable", true), ("enable", true)] {
        let switched = admin.post(&format!("{path}/{verb}"), &json!({})).await;
        recorded(&switched, if enabled { "authz.policy.enabled" } else { "authz.policy.disabled" }).await;
        assert_eq!((&switched.ok()["enabled"], &switched.ok()["version"]), (&json!(enabled), &json!(2)));
    }
    assert_eq!(admin.patch(&path, &json!({ "condition_json": {} })).await.ok()["version"], 3);
    let deleted = admin.delete(&path).await;
    deleted.gone();
    recorded(&deleted, "authz.policy.deleted").await;
    admin.get(&path).await.refused(404, "NOT_FOUND");
    admin.delete(&path).await.refused(404, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn a_tenant_begins_with_policies_that_it_may_change() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let mut found = names(&admin, "").await;
    found.sort();
    assert_eq!(found, ["Baseline: documents", "Baseline: runs"]);
    app.finish().await;
}

#[tokio::test]
async fn bad_conditions_are_refused_with_their_place_and_change_nothing() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let made = admin.post(POLICIES, &policy(&json!({}))).await;
    let path = format!("{POLICIES}/{}", id(&made));
    let before = admin.get(POLICIES).await.ok();
    let leaf = json!({ "eq": [{ "var": "principal.role" }, "reader"] });
    let nested = |depth: usize| (0..depth).fold(leaf.clone(), |inner, _| json!({ "not": inner }));
    let invalid = [
        (json!({ "like": ["a", "b"] }), "condition_json"),
        (json!({ "eq": [1, 1], "ne": [1, 2] }), "condition_json"),
        (json!({ "all": [leaf, { "eq": [1] }] }), "condition_json.all[1].eq"),
        (json!({ "any": {} }), "condition_json.any"),
        (json!({ "not": [] }), "condition_json.not"),
        (json!([]), "condition_json"),
    ];
    for (condition, place) in &invalid {
        for answer in [
            admin.post(POLICIES, &policy(condition)).await,
            admin.patch(&path, &json!({ "condition_json": condition })).await,
        ] {
            let error = answer.refused(422, "AUTHZ_POLICY_INVALID");
            let at = error["details"]["path"].as_str().unwrap();
            assert!(at.starts_with(place), "{condition}: {at}");
        }
    }
    admin.post(POLICIES, &policy(&nested(7))).await.refused(422, "AUTHZ_POLICY_TOO_COMPLEX");
    let long = json!({ "eq": [{ "var": "principal.role" }, "x".repeat(17_000)] });
    admin.patch(&path, &json!({ "condition_json": long })).await.refused(422, "AUTHZ_POLICY_TOO_COMPLEX");
    assert_eq!(admin.get(POLICIES).await.ok(), before);
    admin.post(POLICIES, &policy(&nested(6))).await.created();
    app.finish().await;
}

#[tokio::test]
async fn a_hostile_body_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let before = admin.get(POLICIES).await.ok();
    let send = |condition: String| {
        let head = r#"{"name":"Rule","effect":"deny","resource_type":"document","action":"read","enabled":false"#;
        let (admin, body) = (admin.clone(), format!(r#"{head},"condition_json":{condition}}}"#));
        async move { admin.post_bytes(POLICIES, body).await }
    };
    let deep = |depth: usize| format!(r#"{{"eq":[1,{}{}]}}"#, "[".repeat(depth), "]".repeat(depth));
    let no_json = [
        r#"{"eq":[1,1e400]}"#.to_owned(),
        r#"{"eq":[1,-1e999]}"#.to_owned(),
        r#"{"eq":[1,NaN]}"#.to_owned(),
        r#"{"eq":[1,"\ud800"]}"#.to_owned(),
        r#"{"\udfff":[1,1]}"#.to_owned(),
        deep(70),
        deep(100_000),
    ];
    for condition in no_json {
        send(condition).await.refused(422, "REQUEST_VALIDATION_ERROR");
    }
    send(r#"{"eq":[1,1],"eq":[1,2]}"#.to_owned()).await.faults("body.condition_json.eq");
    send(r#"{"all":[true,{"not":{"eq":[1,1],"\u0065q":[1,2]}}]}"#.to_owned())
        .await
        .faults("body.condition_json.all.1.not.eq");
    let refused = [
        (r#"{"eq":[{"var":"a\u0000b"},1]}"#.to_owned(), ".eq[0].var"),
        (r#"{"eq":[1,"\u0000"]}"#.to_owned(), ".eq[1]"),
        (format!(r#"{{"all":[{}7]}}"#, "true,".repeat(2_000)), ".all[2000]"),
        (
            r#"{"time_between":["09:00",{"start":"09:00","end":"10:00","timezone":"CET/Moon"}]}"#.to_owned(),
            ".time_between[1].timezone",
        ),
    ];
    for (condition, place) in refused {
        let error = send(condition).await.refused(422, "AUTHZ_POLICY_INVALID");
        assert_eq!(error["details"]["path"], format!("condition_json{place}"));
    }
    let long = format!(r#"{{"any":[{}true]}}"#, "true,".repeat(4_000));
    send(long).await.refused(422, "AUTHZ_POLICY_TOO_COMPLEX");
    assert_eq!(admin.get(POLICIES).await.ok(), before);
    let strange = [
        r#"{"eq":[{"var":"resource.metadata.n"},9223372036854775807]}"#.to_owned(),
        r#"{"in":[{"var":"resource.metadata.n"},[-0.0,1e300,5e-324,18446744073709551615]]}"#.to_owned(),
        r#"{"eq":[{"var":"resource.metadata.n"},"\ud83e\udda9"]}"#.to_owned(),
        deep(50),
    ];
    for condition in strange {
        let mut policy = send(condition).await.created();
        policy = admin.post(&format!("{POLICIES}/{}/enable", policy["id"].as_str().unwrap()), &json!({})).await.ok();
        assert_eq!(policy["enabled"], true);
        admin.get("/v1/documents").await.ok();
        admin.get("/v1/documents/none").await.refused(404, "NOT_FOUND");
    }
    app.finish().await;
}

#[tokio::test]
async fn every_field_has_its_form() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let path = format!("{POLICIES}/{}", id(&admin.post(POLICIES, &policy(&json!({}))).await));
    let before = admin.get(POLICIES).await.ok();
    let bad = [
        ("name", json!("")),
        ("name", json!("x".repeat(129))),
        ("name", json!("a\nb")),
        ("effect", json!("maybe")),
        ("resource_type", json!("house")),
        ("action", json!("burn")),
        ("priority", json!("high")),
        ("priority", json!(3_000_000_000_i64)),
        ("enabled", json!("yes")),
        ("note", json!("x")),
        ("version", json!(7)),
    ];
    for (field, value) in &bad {
        let mut body = policy(&json!({}));
        body[field] = value.clone();
        admin.post(POLICIES, &body).await.faults(&format!("body.{field}"));
        admin.patch(&path, &json!({ *field: value })).await.faults(&format!("body.{field}"));
    }
    for field in ["name", "effect", "resource_type", "action", "priority", "enabled", "condition_json"] {
        admin.patch(&path, &json!({ field: null })).await.faults(&format!("body.{field}"));
    }
    for field in ["name", "effect", "resource_type", "action"] {
        let mut body = policy(&json!({}));
        body.as_object_mut().unwrap().remove(field);
        admin.post(POLICIES, &body).await.faults(&format!("body.{field}"));
    }
    admin.post(POLICIES, &json!({ "tenant_id": "t2" })).await.refused(400, "TENANT_ID_NOT_ALLOWED");
    assert_eq!(admin.get(POLICIES).await.ok(), before);
    app.finish().await;
}

#[tokio::test]
async fn a_policy_about_everything_needs_the_installation_to_allow_it() {
    for allowed in [false, true] {
        let app = TestApp::plan().settings(move |s| s.policies.allow_wildcards = allowed).start().await;
        let admin = app.tenant("t1").await.key(Role::Admin).await;
        let mut body = policy(&json!({}));
        body["action"] = json!("*");
        let path = format!("{POLICIES}/{}", id(&admin.post(POLICIES, &body).await));
        body["resource_type"] = json!("*");
        let (made, patched) =
            (admin.post(POLICIES, &body).await, admin.patch(&path, &json!({ "resource_type": "*" })).await);
        if allowed {
            made.created();
            patched.ok();
        } else {
            for answer in [made, patched] {
                assert_eq!(answer.refused(422, "AUTHZ_POLICY_INVALID")["details"]["path"], "resource_type");
            }
            assert_eq!(admin.get(&path).await.ok()["resource_type"], "document");
        }
        app.finish().await;
    }
}

#[tokio::test]
async fn the_policies_of_another_tenant_do_not_exist() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let stranger = app.tenant("t2").await.key(Role::Admin).await;
    let made = admin.post(POLICIES, &policy(&json!({}))).await;
    for path in [format!("{POLICIES}/{}", id(&made)), format!("{POLICIES}/x")] {
        stranger.get(&path).await.refused(404, "NOT_FOUND");
        stranger.patch(&path, &json!({ "name": "Mine" })).await.refused(404, "NOT_FOUND");
        stranger.delete(&path).await.refused(404, "NOT_FOUND");
        for verb in ["enable", "disable"] {
            stranger.post(&format!("{path}/{verb}"), &json!({})).await.refused(404, "NOT_FOUND");
        }
    }
    assert!(!names(&stranger, "").await.contains(&"Rule".to_owned()));
    assert_eq!(admin.get(&format!("{POLICIES}/{}", id(&made))).await.ok(), made.created());
    app.finish().await;
}

#[tokio::test]
async fn global_policies_are_the_operators_and_everybody_sees_them() {
    let app = TestApp::start().await;
    let operator = app.tenant("t1").await.key(Role::Operator).await;
    let admin = app.tenant("t2").await.key(Role::Admin).await;
    let mut body = policy(&json!({}));
    body["name"] = json!("Everywhere");
    admin.post(GLOBAL, &body).await.refused(403, "AUTH_FORBIDDEN");
    let made = operator.post(GLOBAL, &body).await;
    assert_eq!(made.created()["tenant_id"], Value::Null);
    let (path, seen) = (format!("{GLOBAL}/{}", id(&made)), format!("{POLICIES}/{}", id(&made)));
    assert!(names(&admin, "").await.contains(&"Everywhere".to_owned()));
    assert!(!names(&admin, "?include_global=false").await.contains(&"Everywhere".to_owned()));
    assert_eq!(admin.get(&seen).await.ok(), made.created());
    for caller in [&admin, &operator] {
        caller.patch(&seen, &json!({ "name": "Mine" })).await.refused(404, "NOT_FOUND");
        caller.delete(&seen).await.refused(404, "NOT_FOUND");
    }
    assert_eq!(operator.patch(&path, &json!({ "name": "All" })).await.ok()["version"], 2);
    assert_eq!(operator.post(&format!("{path}/enable"), &json!({})).await.ok()["enabled"], true);
    assert_eq!(operator.post(&format!("{path}/disable"), &json!({})).await.ok()["enabled"], false);
    let own = id(&operator.post(POLICIES, &policy(&json!({}))).await);
    operator.delete(&format!("{GLOBAL}/{own}")).await.refused(404, "NOT_FOUND");
    operator.delete(&path).await.gone();
    admin.get(&seen).await.refused(404, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn the_list_is_in_order_and_has_pages() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    for (name, priority) in [("c", 10), ("a", 300), ("d", -1), ("b", 20)] {
        let mut body = policy(&json!({}));
        (body["name"], body["priority"]) = (json!(name), json!(priority));
        admin.post(POLICIES, &body).await.created();
    }
    let whole = names(&admin, "").await;
    assert_eq!((&whole[..3], &whole[5]), (&["a", "b", "c"].map(String::from)[..], &"d".to_owned()));
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let query = format!("?limit=2{cursor}");
        paged.extend(names(&admin, &query).await);
        match admin.get(&format!("{POLICIES}{query}")).await.next_cursor() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, whole);
    admin.get(&format!("{POLICIES}?cursor=x")).await.refused(400, "INVALID_CURSOR");
    admin.get(&format!("{POLICIES}?limit=0")).await.faults("query.limit");
    app.finish().await;
}
