//! API keys: how a caller is known, and when no longer.

use chrono::Duration;
use nexus_api::{http::address::TrustedProxies, settings::Settings};
use nexus_authz::credential::key;
use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::harness::{Caller, PATIENCE, TestApp};

/// Asks until the answer has this code: what another process changed arrives by notification.
async fn eventually(caller: &Caller, code: &str) {
    let wait = async {
        while caller.get("/v1/corpora").await.json()["error"]["code"] != code {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap();
}

#[tokio::test]
async fn without_a_valid_credential_nobody_comes_in() {
    let proxied = |s: &mut Settings| s.layers.proxies = TrustedProxies::parse("127.0.0.1").unwrap();
    let app = TestApp::plan().settings(proxied).start().await;
    let reader = app.tenant("t1").await.key(Role::Reader).await;
    reader.get("/v1/corpora").await.ok();
    let token = reader.token.clone().unwrap();
    let (_, unknown) = key::generate();
    let flipped = format!("{}{}", &token[..token.len() - 1], if token.ends_with('A') { 'B' } else { 'A' });
    let headers = [
        String::new(),
        token.clone(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {token}"),
        format!("Bearer {token} more"),
        format!("Bearer x{token}"),
        format!("Bearer {flipped}"),
        format!("Bearer {}", unknown.expose()),
        "Bearer nrgss_00000000000000000000000000000000_x".to_owned(),
        format!("Bearer {}", "x".repeat(4000)),
    ];
    let refused = app.nobody().get("/v1/corpora").await;
    assert_eq!(refused.refused(401, "AUTH_UNAUTHORIZED")["message"], "Missing API key");
    for header in &headers {
        let answer = app.nobody().with("authorization", header).get("/v1/corpora").await;
        answer.refused(401, "AUTH_UNAUTHORIZED");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert!(!String::from_utf8_lossy(&answer.body).contains("nrgk_"), "{answer}");
    }
    for scheme in ["bearer", "BEARER", "Bearer "] {
        app.nobody().with("authorization", &format!("{scheme} {token}")).get("/v1/corpora").await.ok();
    }
    // The audit log hears of the first from this address within a minute, not of all.
    assert_eq!(app.audited(&refused.request_id).await, ["auth.access.failure"]);
    for _ in 0..20 {
        let answer = app.nobody().get("/v1/corpora").await;
        assert!(app.audited(&answer.request_id).await.is_empty(), "{answer}");
    }
    let elsewhere = app.nobody().with("x-forwarded-for", "192.0.2.7").get("/v1/corpora").await;
    assert_eq!(app.audited(&elsewhere.request_id).await, ["auth.access.failure"]);
    app.finish().await;
}

#[tokio::test]
async fn a_mistyped_key_is_refused_without_asking_the_database() {
    let app = TestApp::start().await;
    let token = app.tenant("t1").await.key(Role::Reader).await.token.unwrap();
    // With the table locked, a question to it would never be answered.
    let mut behind = app.behind().await;
    sqlx::raw_sql("BEGIN; LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE").execute(&mut behind).await.unwrap();
    let mut mistyped = token;
    let last = mistyped.pop().unwrap();
    mistyped.push(if last == 'A' { 'B' } else { 'A' });
    app.bearer(&mistyped).get("/v1/corpora").await.refused(401, "AUTH_UNAUTHORIZED");
    app.nobody().get("/v1/corpora").await.refused(401, "AUTH_UNAUTHORIZED");
    sqlx::raw_sql("ROLLBACK").execute(&mut behind).await.unwrap();
    app.finish().await;
}

#[tokio::test]
async fn every_end_of_a_key_has_its_code() {
    let app = TestApp::plan().manual_clock().start().await;
    let tenant = app.tenant("t1").await;
    let admin = tenant.key(Role::Admin).await;
    let ends = tenant.key_until("u1", Role::Reader, Some(app.clock.now() + Duration::days(30))).await;
    let idle = tenant.key(Role::Reader).await;
    let revoked = tenant.key(Role::Reader).await;
    let path = format!("/v1/admin/api-keys/{}", revoked.key_id);
    revoked.get("/v1/corpora").await.ok();
    admin.patch(&path, &json!({ "revoke": true })).await.ok();
    let refused = revoked.get("/v1/corpora").await;
    refused.refused(401, "AUTH_REVOKED_KEY");
    assert_eq!(app.audited(&refused.request_id).await, ["auth.access.failure"]);

    app.clock.advance(Duration::days(29));
    for key in [&ends, &admin] {
        key.get("/v1/corpora").await.ok();
    }
    app.clock.advance(Duration::days(1));
    let refused = ends.get("/v1/corpora").await;
    refused.refused(401, "AUTH_EXPIRED_KEY");
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    assert_eq!(app.audited(&refused.request_id).await, ["auth.api_key.expired"]);
    app.clock.advance(Duration::days(60));
    idle.get("/v1/corpora").await.refused(401, "AUTH_INACTIVE_KEY");
    // Bringing it back restarts the clock of its inactivity.
    let path = format!("/v1/admin/api-keys/{}", idle.key_id);
    admin.patch(&path, &json!({ "active": true })).await.ok();
    idle.get("/v1/corpora").await.ok();
    app.finish().await;
}

#[tokio::test]
async fn a_change_in_another_process_counts_as_soon_as_it_is_heard_of() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (one, two) = (tenant.key(Role::Reader).await, tenant.key(Role::Reader).await);
    one.get("/v1/corpora").await.ok();
    two.get("/v1/corpora").await.ok();
    let mut behind = app.behind().await;
    sqlx::query("UPDATE api_keys SET revoked_at = now() WHERE id = $1")
        .bind(&one.key_id)
        .execute(&mut behind)
        .await
        .unwrap();
    eventually(&one, "AUTH_REVOKED_KEY").await;
    sqlx::query("UPDATE users SET is_active = false WHERE id = $1")
        .bind(&two.user_id)
        .execute(&mut behind)
        .await
        .unwrap();
    eventually(&two, "AUTH_UNAUTHORIZED").await;
    app.finish().await;
}

#[tokio::test]
async fn an_administrator_changes_keys_by_the_rules() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    let path = format!("/v1/admin/api-keys/{}", reader.key_id);
    let change = |body: Value| {
        let (path, admin) = (path.clone(), admin.clone());
        async move { admin.patch(&path, &body).await }
    };
    let named = change(json!({ "name": "ci" })).await.ok();
    assert_eq!((&named["name"], &named["is_active"], &named["role"]), (&json!("ci"), &json!(true), &json!("reader")));

    let ended = change(json!({ "expires_at": "2020-01-01T00:00:00Z" })).await.ok();
    assert_eq!(
        (&ended["is_expired"], &ended["is_active"], &ended["name"]),
        (&json!(true), &json!(false), &json!("ci"))
    );
    reader.get("/v1/corpora").await.refused(401, "AUTH_EXPIRED_KEY");
    let endless = change(json!({ "expires_at": null })).await.ok();
    assert_eq!((&endless["expires_at"], &endless["is_active"]), (&Value::Null, &json!(true)));
    reader.get("/v1/corpora").await.ok();

    let off = change(json!({ "active": false })).await.ok();
    assert!(off["revoked_at"].is_string());
    reader.get("/v1/corpora").await.refused(401, "AUTH_REVOKED_KEY");
    let again = change(json!({ "revoke": true })).await.ok();
    assert_eq!(again["revoked_at"], off["revoked_at"], "the first end is the one that counts");
    assert_eq!(change(json!({ "active": true })).await.ok()["revoked_at"], Value::Null);
    reader.get("/v1/corpora").await.ok();

    change(json!({ "active": true, "revoke": true })).await.refused(422, "VALIDATION_ERROR");
    change(json!({ "name": "" })).await.faults("body.name");
    change(json!({ "name": "x".repeat(121) })).await.faults("body.name");
    change(json!({ "name": "a\u{0}b" })).await.faults("body.name");
    change(json!({ "expires_at": "tomorrow" })).await.faults("body.expires_at");
    change(json!({ "role": "admin" })).await.faults("body.role");
    change(json!({ "tenant_id": "t2" })).await.refused(400, "TENANT_ID_NOT_ALLOWED");
    app.finish().await;
}

#[tokio::test]
async fn a_key_that_is_brought_back_counts_like_a_new_one_and_works_everywhere() {
    let room = |s: &mut Settings| s.self_serve.max_active_keys = 3;
    let app = TestApp::plan().manual_clock().settings(room).start().await;
    let beside = TestApp::plan().settings(room).beside(&app).start().await;
    let tenant = app.tenant("t1").await;
    let (admin, reader, other) =
        (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await, tenant.key(Role::Reader).await);
    let both = [reader.clone(), beside.bearer(reader.token.as_deref().unwrap())];
    let path = |key: &Caller| format!("/v1/admin/api-keys/{}", key.key_id);
    let events = async |answer: &crate::harness::Answer| {
        let all = app.audited(&answer.request_id).await;
        all.into_iter().filter(|event| event != "auth.access.success").collect::<Vec<_>>()
    };
    let off = admin.patch(&path(&reader), &json!({ "active": false })).await;
    assert_eq!(events(&off).await, ["auth.api_key.deactivated"]);
    assert_eq!(off.ok()["is_active"], false);
    for caller in &both {
        caller.get("/v1/corpora").await.refused(401, "AUTH_REVOKED_KEY");
    }
    // Its place was taken meanwhile.
    let taken = admin.post("/v1/self-serve/api-keys", &json!({ "role": "reader" })).await.ok();
    let again = json!({ "active": true });
    let refused = admin.patch(&path(&reader), &again).await;
    assert_eq!(refused.refused(409, "KEY_LIMIT_REACHED")["details"], json!({ "max_active": 3 }));
    both[0].get("/v1/corpora").await.refused(401, "AUTH_REVOKED_KEY");
    // What works already needs no place.
    admin.patch(&path(&other), &again).await.ok();
    let revoke = format!("/v1/self-serve/api-keys/{}/revoke", taken["key_id"].as_str().unwrap());
    admin.post(&revoke, &Value::Null).await.ok();

    app.clock.advance(Duration::days(200));
    admin.get("/v1/corpora").await.refused(401, "AUTH_INACTIVE_KEY");
    let admin = tenant.key(Role::Admin).await;
    let named = admin.with("idempotency-key", "back");
    let back = named.patch(&path(&reader), &again).await;
    // The old administrator's key sleeps, and still takes a place.
    back.refused(409, "KEY_LIMIT_REACHED");
    admin.patch(&path(&other), &json!({ "revoke": true })).await.ok();
    let back = named.patch(&path(&reader), &again).await;
    assert_eq!(events(&back).await, ["auth.api_key.reactivated"]);
    assert_eq!(named.patch(&path(&reader), &again).await.header("idempotency-replayed"), "true");
    let back = back.ok();
    assert_eq!(
        (&back["is_active"], &back["revoked_at"], &back["inactive_days"]),
        (&json!(true), &Value::Null, &json!(0))
    );
    for caller in &both {
        caller.get("/v1/corpora").await.ok();
    }
    // What has expired is not brought back by this; an end to come is needed, or none.
    admin.patch(&path(&reader), &json!({ "expires_at": "2020-01-01T00:00:00Z" })).await.ok();
    assert_eq!(admin.patch(&path(&reader), &again).await.ok()["is_active"], false);
    both[1].get("/v1/corpora").await.refused(401, "AUTH_EXPIRED_KEY");
    admin.patch(&path(&reader), &json!({ "active": true, "expires_at": null })).await.ok();
    both[1].get("/v1/corpora").await.ok();
    beside.finish().await;
    app.finish().await;
}

#[tokio::test]
async fn long_lists_of_keys_come_in_pages() {
    let app = TestApp::plan().manual_clock().start().await;
    let tenant = app.tenant("t1").await;
    let admin = tenant.key(Role::Admin).await;
    let mut made = vec![admin.key_id.clone()];
    // Some at the same moment, so that their ids decide.
    for n in 0..6 {
        app.clock.advance(Duration::days(i64::from(n % 3 == 0)));
        made.push(tenant.key(Role::Reader).await.key_id);
    }
    app.clock.advance(Duration::days(40));
    admin.get("/v1/corpora").await.ok();
    let ids = |answer: &crate::harness::Answer| -> Vec<String> {
        let list = answer.ok()["items"].as_array().unwrap().clone();
        list.iter().map(|key| key["key_id"].as_str().unwrap().to_owned()).collect()
    };
    app.tenant("t2").await.key(Role::Admin).await;
    for (list, wanted) in [
        ("/v1/admin/api-keys?limit=2", 7_usize),
        ("/v1/self-serve/api-keys?limit=2", 7),
        ("/v1/self-serve/api-keys/inactive-report?inactive_days=30&limit=2", 6),
        ("/v1/admin/api-keys?include_only_inactive=true&inactive_days=30&limit=2", 6),
    ] {
        let whole = ids(&admin.get(&list.replace("limit=2", "limit=500")).await);
        let (mut pages, mut cursor, mut rounds) = (Vec::new(), None, 0);
        loop {
            let next = cursor.as_deref().map(|cursor: &str| format!("&cursor={cursor}")).unwrap_or_default();
            let page = admin.get(&format!("{list}{next}")).await;
            assert!(ids(&page).len() <= 2, "{page}");
            pages.extend(ids(&page));
            (cursor, rounds) = (page.next_cursor(), rounds + 1);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!((pages.len(), rounds), (wanted, wanted.div_ceil(2)), "{list}");
        assert_eq!(pages, whole, "{list}");
        let distinct: std::collections::BTreeSet<&String> = pages.iter().collect();
        assert!(distinct.len() == wanted && pages.iter().all(|id| made.contains(id)), "{list}: {pages:?}");
        admin.get(&list.replace("limit=2", "limit=0")).await.faults("query.limit");
        admin.get(&list.replace("limit=2", "limit=501")).await.faults("query.limit");
        admin.get(&format!("{list}&cursor=nonsense")).await.refused(400, "INVALID_CURSOR");
    }
    assert_eq!(admin.get("/v1/admin/api-keys").await.next_cursor(), None);
    app.finish().await;
}

#[tokio::test]
async fn a_key_of_a_higher_role_is_not_an_administrators() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, operator, colleague) =
        (tenant.key(Role::Admin).await, tenant.key(Role::Operator).await, tenant.key(Role::Operator).await);
    let revoked = tenant.key(Role::Operator).await;
    let of = |key: &Caller| format!("/v1/admin/api-keys/{}", key.key_id);
    let revoke = |key: &Caller| format!("/v1/self-serve/api-keys/{}/revoke", key.key_id);
    operator.post(&revoke(&revoked), &Value::Null).await.ok();
    // Neither taken away, nor brought back, nor prolonged.
    let refused = admin.post(&revoke(&operator), &Value::Null).await;
    assert_eq!(refused.refused(403, "AUTH_FORBIDDEN")["details"], json!({ "required_role": "operator" }));
    assert_eq!(app.audited(&refused.request_id).await, ["auth.access.success", "rbac.forbidden"]);
    for body in [json!({ "revoke": true }), json!({ "active": false }), json!({ "name": "mine" })] {
        admin.patch(&of(&operator), &body).await.refused(403, "AUTH_FORBIDDEN");
    }
    for body in [json!({ "active": true }), json!({ "expires_at": null })] {
        admin.patch(&of(&revoked), &body).await.refused(403, "AUTH_FORBIDDEN");
    }
    revoked.get("/v1/corpora").await.refused(401, "AUTH_REVOKED_KEY");
    operator.get("/v1/corpora").await.ok();
    // Equals may, as administrators may among themselves.
    operator.patch(&of(&colleague), &json!({ "revoke": true })).await.ok();
    colleague.get("/v1/corpora").await.refused(401, "AUTH_REVOKED_KEY");
    admin.patch(&of(&admin), &json!({ "name": "mine" })).await.ok();
    app.finish().await;

    // Where admins operate the platform, no role is above theirs.
    let app = TestApp::plan().settings(|s| s.roles.admin_is_operator = true).start().await;
    let tenant = app.tenant("t1").await;
    let (admin, operator) = (tenant.key(Role::Admin).await, tenant.key(Role::Operator).await);
    admin.patch(&of(&operator), &json!({ "revoke": true })).await.ok();
    app.finish().await;
}

#[tokio::test]
async fn the_list_shows_everything_but_the_keys() {
    let app = TestApp::plan().manual_clock().start().await;
    let tenant = app.tenant("t1").await;
    let admin = tenant.key(Role::Admin).await;
    app.clock.advance(Duration::days(40));
    let reader = tenant.key(Role::Reader).await;
    let answer = admin.get("/v1/admin/api-keys").await;
    let list = answer.ok();
    assert_eq!((&list["tenant_id"], &list["inactive_days_threshold"]), (&json!("t1"), &json!(90)));
    let ids: Vec<&str> = list["items"].as_array().unwrap().iter().map(|k| k["key_id"].as_str().unwrap()).collect();
    assert_eq!(ids, [&reader.key_id, &admin.key_id]);
    let text = String::from_utf8_lossy(&answer.body);
    for caller in [&admin, &reader] {
        let token = caller.token.as_deref().unwrap();
        assert!(!text.contains(&token[token.len() - 12..]), "{text}");
    }
    assert_eq!(list["items"][0]["key_prefix"], reader.token.as_deref().unwrap()[..12]);
    let inactive = admin.get("/v1/admin/api-keys?include_only_inactive=true&inactive_days=30&tenant_id=t1").await.ok();
    let ids: Vec<&Value> = inactive["items"].as_array().unwrap().iter().map(|k| &k["key_id"]).collect();
    assert!(ids.iter().all(|id| **id == admin.key_id.as_str()), "{inactive}");
    admin.get("/v1/admin/api-keys?tenant_id=t2").await.refused(403, "AUTH_FORBIDDEN");
    for bad in ["inactive_days=0", "inactive_days=3651", "inactive_days=x"] {
        admin.get(&format!("/v1/admin/api-keys?{bad}")).await.faults("query.inactive_days");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_key_of_another_tenant_does_not_exist() {
    let app = TestApp::start().await;
    let theirs = app.tenant("t1").await.key(Role::Reader).await;
    let stranger = app.tenant("t2").await.key(Role::Admin).await;
    let unknown =
        stranger.patch("/v1/admin/api-keys/unknown", &json!({ "revoke": true })).await.refused(404, "NOT_FOUND");
    let path = format!("/v1/admin/api-keys/{}", theirs.key_id);
    assert_eq!(stranger.patch(&path, &json!({ "revoke": true })).await.refused(404, "NOT_FOUND"), unknown);
    theirs.get("/v1/corpora").await.ok();
    let list = stranger.get("/v1/admin/api-keys").await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_role_that_does_not_suffice_is_told_which_would() {
    let app = TestApp::start().await;
    let reader = app.tenant("t1").await.key(Role::Reader).await;
    // The role is looked at before the body.
    let answer = reader.post_bytes("/v1/corpora", "{").await;
    let error = answer.refused(403, "AUTH_FORBIDDEN");
    assert_eq!(error["details"], json!({ "permission": "corpus.create", "required_role": "editor" }));
    assert_eq!(app.audited(&answer.request_id).await, ["auth.access.success", "rbac.forbidden"]);
    app.finish().await;
}

#[tokio::test]
async fn the_last_use_of_a_key_is_written_down() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    reader.get("/v1/corpora").await.ok();
    let used = async {
        loop {
            let list = admin.get("/v1/admin/api-keys").await.ok();
            let found =
                list["items"].as_array().unwrap().iter().find(|k| k["key_id"] == reader.key_id.as_str()).cloned();
            if found.unwrap()["last_used_at"].is_string() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, used).await.unwrap();
    app.finish().await;
}
