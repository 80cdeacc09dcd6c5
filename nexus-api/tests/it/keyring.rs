//! Keys of the platform: who makes them, what they sign, and how the one before goes on to be accepted.

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::StatusCode;
use nexus_api::settings::Settings;
use nexus_core::{
    audit::{Trust, Verifier},
    keyring::{Keyring, Masters, Purpose},
    op::Op,
    principal::Role,
};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    harness::{Caller, PATIENCE, TestApp},
    self_serve::{SECRET, receiver},
};

const KEYS: &str = "/v1/admin/keyring";

async fn rotate(operator: &Caller, purpose: &str) -> Value {
    operator.post(&format!("{KEYS}/rotate?purpose={purpose}"), &Value::Null).await.ok()
}

#[tokio::test]
async fn an_operator_makes_keys_and_ends_them() {
    let app = TestApp::start().await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    assert_eq!(operator.get(KEYS).await.ok(), json!([]));
    let answer = operator.post(&format!("{KEYS}/rotate?purpose=signing"), &Value::Null).await;
    assert!(app.audited(&answer.request_id).await.contains(&"security.keyring.rotated".to_owned()));
    let first = answer.ok();
    let (id, secret) = (first["key"]["key_id"].as_str().unwrap(), first["secret"].as_str().unwrap());
    assert!(id.starts_with("sig_") && id.len() == 36 && secret.len() == 64, "{first}");
    assert_eq!((&first["key"]["status"], &first["replaced_key_id"]), (&json!("active"), &Value::Null));
    assert_eq!(first["key"]["public_key"].as_str().unwrap().len(), 64);
    let second = rotate(&operator, "signing").await;
    assert_eq!(second["replaced_key_id"], id);
    for (purpose, prefix) in [
        ("encryption", "enc_"),
        ("backup_signing", "bksig_"),
        ("backup_encryption", "bkenc_"),
        ("webhook_signing", "whsig_"),
    ] {
        let made = rotate(&operator, purpose).await;
        assert!(made["key"]["key_id"].as_str().unwrap().starts_with(prefix), "{made}");
        assert_eq!((&made["key"]["purpose"], made["key"].get("public_key")), (&json!(purpose), None));
    }

    let all = operator.get(KEYS).await.ok();
    assert_eq!(all.as_array().unwrap().len(), 6);
    assert!(!all.to_string().contains(secret), "secrets are not shown again");
    assert_eq!(all[0]["purpose"], "webhook_signing", "newest first");
    assert_eq!(operator.get(&format!("{KEYS}?limit=2")).await.ok().as_array().unwrap().len(), 2);
    let retiring = operator.get(&format!("{KEYS}?purpose=signing&status=retiring")).await.ok();
    assert_eq!((retiring.as_array().unwrap().len(), &retiring[0]["key_id"]), (1, &json!(id)));
    assert!(retiring[0]["retired_at"].is_string() && retiring[0]["activated_at"].is_string());

    let path = format!("{KEYS}/{id}/retire");
    let ended = operator.post(&path, &Value::Null).await;
    assert!(app.audited(&ended.request_id).await.contains(&"security.keyring.retired".to_owned()));
    assert_eq!(ended.ok()["status"], "retired");
    let again = operator.post(&path, &Value::Null).await.changed_nothing();
    assert_eq!(again.ok(), operator.get(&format!("{KEYS}?status=retired")).await.ok()[0]);
    // The old names of the same routes.
    assert_eq!(operator.get("/v1/admin/keys?purpose=signing").await.ok().as_array().unwrap().len(), 2);
    let third = operator.post("/v1/admin/keys/rotate?purpose=signing", &Value::Null).await.ok();
    let path = format!("/v1/admin/keys/{}/retire", third["key"]["key_id"].as_str().unwrap());
    assert_eq!(operator.post(&path, &Value::Null).await.ok()["status"], "retired");
    app.finish().await;
}

#[tokio::test]
async fn nobody_else_sees_keys_or_makes_them() {
    let app = TestApp::start().await;
    let tenant = app.tenant("t1").await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let made = rotate(&operator, "signing").await;
    let retire = format!("{KEYS}/{}/retire", made["key"]["key_id"].as_str().unwrap());
    let rotate = format!("{KEYS}/rotate?purpose=signing");
    for caller in
        [tenant.key(Role::Reader).await, tenant.key(Role::Admin).await, app.tenant("t2").await.key(Role::Admin).await]
    {
        caller.get(KEYS).await.refused(403, "AUTH_FORBIDDEN");
        caller.post(&rotate, &Value::Null).await.refused(403, "AUTH_FORBIDDEN");
        caller.post(&retire, &Value::Null).await.refused(403, "AUTH_FORBIDDEN");
        caller.post("/v1/admin/keys/rotate?purpose=signing", &Value::Null).await.refused(403, "AUTH_FORBIDDEN");
    }
    app.nobody().get(KEYS).await.refused(401, "AUTH_UNAUTHORIZED");

    operator.get(&format!("{KEYS}?status=lost")).await.faults("query.status");
    operator.get(&format!("{KEYS}?purpose=fun")).await.faults("query.purpose");
    operator.get(&format!("{KEYS}?limit=201")).await.faults("query.limit");
    operator.post(&format!("{KEYS}/rotate?purpose=fun"), &Value::Null).await.faults("query.purpose");
    operator.post(&format!("{KEYS}/rotate"), &Value::Null).await.faults("query.purpose");
    for id in ["sig_0123456789abcdef0123456789abcdef", "nonsense", "sig_0"] {
        operator.post(&format!("{KEYS}/{id}/retire"), &Value::Null).await.refused(404, "NOT_FOUND");
    }
    app.finish().await;
}

#[tokio::test]
async fn without_a_master_key_no_key_is_made() {
    for (required, status, code) in [(true, 500, "KEYRING_NOT_CONFIGURED"), (false, 503, "KEYRING_DISABLED")] {
        let bare = move |s: &mut Settings| {
            s.keyring.master = None;
            s.keyring.required = required;
            s.crypto.master = s.crypto.master.take().filter(|_| required);
            s.crypto.enabled = required;
        };
        let app = TestApp::plan().settings(bare).start().await;
        let operator = app.tenant("ops").await.key(Role::Operator).await;
        operator.post(&format!("{KEYS}/rotate?purpose=signing"), &Value::Null).await.refused(status, code);
        assert_eq!(operator.get(KEYS).await.ok(), json!([]));
        app.finish().await;
    }
    // Where none is required, the one of encryption at rest serves.
    let app = TestApp::plan().settings(|s| (s.keyring.master, s.keyring.required) = (None, false)).start().await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    rotate(&operator, "signing").await;
    app.finish().await;
}

#[tokio::test]
async fn many_who_rotate_at_once_leave_one_active_key() {
    let app = TestApp::start().await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let all = futures::future::join_all((0..12).map(|_| rotate(&operator, "signing"))).await;
    let replaced: std::collections::BTreeSet<String> = all.iter().map(|it| it["replaced_key_id"].to_string()).collect();
    assert_eq!(replaced.len(), 12, "each took the place of another one");
    let active = operator.get(&format!("{KEYS}?status=active")).await.ok();
    assert_eq!(active.as_array().unwrap().len(), 1);
    app.finish().await;
}

/// Whether a signature of the header is of this secret.
fn is_signed_with(headers: &http::HeaderMap, body: &[u8], secret: &str) -> (bool, bool) {
    let mac = |parts: &[&[u8]]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes()
    };
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let (id, time) = (text("webhook-id"), text("webhook-timestamp"));
    let standard = mac(&[id.as_bytes(), b".", time.as_bytes(), b".", body]);
    let standard = format!("v1,{}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, standard));
    let listed = text("webhook-signature").split(' ').any(|one| one == standard);
    (text("x-billing-signature") == hex::encode(mac(&[body])), listed)
}

#[tokio::test]
async fn billing_events_are_signed_with_keys_of_the_platform_that_overlap() {
    const TEST: &str = "/v1/self-serve/billing/webhook-test";
    let (receiver, got) = receiver(StatusCode::OK).await;
    let app = TestApp::plan().settings(move |s| s.billing.receiver = Some(receiver)).start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let sent = async || {
        assert_eq!(admin.post(TEST, &json!({})).await.ok()["sent"], true);
        got.lock().unwrap().pop().unwrap()
    };
    let (headers, body) = sent().await;
    assert_eq!(is_signed_with(&headers, &body, SECRET), (true, true));
    assert!(!headers.contains_key("x-billing-key-id"));

    let old = rotate(&operator, "webhook_signing").await;
    let old_secret = old["secret"].as_str().unwrap();
    let (headers, body) = sent().await;
    assert_eq!(headers["x-billing-key-id"], old["key"]["key_id"].as_str().unwrap());
    assert_eq!(is_signed_with(&headers, &body, old_secret), (true, true));
    assert_eq!(is_signed_with(&headers, &body, SECRET), (false, true), "a receiver that knows no other yet");

    let new = rotate(&operator, "webhook_signing").await;
    let new_secret = new["secret"].as_str().unwrap();
    let (headers, body) = sent().await;
    assert_eq!(headers["x-billing-key-id"], new["key"]["key_id"].as_str().unwrap());
    assert_eq!(is_signed_with(&headers, &body, new_secret), (true, true));
    assert_eq!(is_signed_with(&headers, &body, old_secret), (false, true));

    let retire = format!("{KEYS}/{}/retire", old["key"]["key_id"].as_str().unwrap());
    operator.post(&retire, &Value::Null).await.ok();
    let (headers, body) = sent().await;
    assert_eq!(is_signed_with(&headers, &body, new_secret), (true, true));
    assert_eq!(is_signed_with(&headers, &body, old_secret), (false, false), "it is retired");
    app.finish().await;
}

#[tokio::test]
async fn an_event_that_cannot_be_signed_is_not_sent() {
    const TEST: &str = "/v1/self-serve/billing/webhook-test";
    let (receiver, got) = receiver(StatusCode::OK).await;
    let app = TestApp::plan().settings(move |s| s.billing.receiver = Some(receiver)).start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    rotate(&operator, "webhook_signing").await;
    let bend = "UPDATE platform_keys SET wrapped_key = set_byte(wrapped_key, 200, get_byte(wrapped_key, 200) # 1)";
    sqlx::query(bend).execute(&mut app.behind().await).await.unwrap();
    let tried = admin.post(TEST, &json!({})).await.ok();
    assert_eq!((&tried["sent"], &tried["message"]), (&json!(false), &json!("The event cannot be signed for now")));
    assert!(got.lock().unwrap().is_empty());
    app.finish().await;
}

async fn sealed(app: &TestApp, admin: &Caller) -> String {
    app.platform.audit.flush().await;
    let mut behind = app.behind().await;
    let newest = "SELECT coalesce(max(id), 0) FROM audit_events";
    let wanted: i64 = sqlx::query_scalar(newest).fetch_one(&mut behind).await.unwrap();
    let waiting = async {
        let through = "SELECT coalesce(max(settled), 0) FROM audit_checkpoints";
        while sqlx::query_scalar::<_, i64>(through).fetch_one(&mut behind).await.unwrap() < wanted {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    String::from_utf8(admin.get("/v1/audit/export").await.body).unwrap()
}

#[tokio::test]
async fn checkpoints_are_signed_with_the_key_of_the_platform_and_name_it() {
    let app = TestApp::plan().settings(|s| s.audit.every = std::time::Duration::ZERO).start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    admin.corpus("c1").await;
    sealed(&app, &admin).await;
    let before = admin.get("/v1/audit/key").await.ok();
    assert_eq!(before["keys"], json!([{ "key": before["key"], "status": "active" }]));

    let first = rotate(&operator, "signing").await;
    admin.corpus("c2").await;
    sealed(&app, &admin).await;
    let second = rotate(&operator, "signing").await;
    admin.corpus("c3").await;
    let export = sealed(&app, &admin).await;

    // Whoever asks learns of all keys, also without a credential; how much was sealed is for callers.
    let told = admin.get("/v1/audit/key").await.ok();
    let stranger = app.nobody().get("/v1/audit/key").await.ok();
    assert_eq!((&stranger["key"], &stranger["keys"], stranger.get("checkpoint")), (&told["key"], &told["keys"], None));
    assert_eq!(told["key"], second["key"]["public_key"]);
    let text = told["checkpoint"]["text"].as_str().unwrap();
    assert!(text.ends_with(&format!("\nkey {}\n", second["key"]["key_id"].as_str().unwrap())), "{text}");
    let statuses: Vec<_> = told["keys"].as_array().unwrap().iter().map(|key| key["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["active", "retiring", "retiring"]);
    app.bearer("nrgk_wrong").get("/v1/audit/key").await.refused(401, "AUTH_UNAUTHORIZED");

    let check = |keys: &[&Value]| {
        let keys = keys.iter().map(|key| key.as_str().unwrap().to_owned()).collect();
        let mut verifier = Verifier::new(Trust { keys, ..Trust::default() });
        export.lines().try_for_each(|line| verifier.line(line))?;
        verifier.finish()
    };
    let all: Vec<&Value> = told["keys"].as_array().unwrap().iter().map(|key| &key["key"]).collect();
    assert!(check(&all).unwrap().events > 3);
    // Each of them signed something.
    for left_out in 0..all.len() {
        let others: Vec<&Value> = all.iter().enumerate().filter(|(n, _)| *n != left_out).map(|(_, key)| *key).collect();
        assert!(check(&others).is_err(), "{left_out}");
    }
    // When no key of the platform is left, the one of the settings signs again.
    for key in [&first, &second] {
        let path = format!("{KEYS}/{}/retire", key["key"]["key_id"].as_str().unwrap());
        operator.post(&path, &Value::Null).await.ok();
    }
    admin.corpus("c4").await;
    sealed(&app, &admin).await;
    let after = admin.get("/v1/audit/key").await.ok();
    assert_eq!((&after["key"], &after["checkpoint"]["key"]), (&before["key"], &before["key"]));
    app.finish().await;
}

#[tokio::test]
async fn a_new_master_key_takes_the_place_of_the_old_one() {
    let app = TestApp::start().await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let made = rotate(&operator, "webhook_signing").await;
    let master = |text: &str| nexus_core::crypto::kms::MasterKey::parse(&text.to_owned().into()).unwrap();
    let (old, new) = (master("another key that only tests use, too"), master("a third key that only tests ever use"));
    let db = &app.platform.db;
    let opens = async |keyring: &Keyring| {
        let mut tx = db.platform().await.unwrap();
        let found = keyring.usable(&mut tx, Purpose::WebhookSigning).await;
        found.map(|keys| keys[0].secret.expose() == made["secret"].as_str().unwrap())
    };
    let (before, both) = (
        Keyring::new(Some(Masters::new(old.clone(), None)), true),
        Keyring::new(Some(Masters::new(new.clone(), Some(old))), true),
    );
    let after = Keyring::new(Some(Masters::new(new, None)), true);
    assert!(opens(&before).await.unwrap() && opens(&both).await.unwrap());
    opens(&after).await.unwrap_err();
    for count in [1, 0] {
        let mut tx = db.platform().await.unwrap();
        assert_eq!(both.rewrap(&mut tx).await.unwrap(), count);
        tx.commit().await.unwrap();
    }
    opens(&before).await.unwrap_err();
    assert!(opens(&both).await.unwrap() && opens(&after).await.unwrap());
    // The command line makes keys as well, and nobody stands behind that.
    let mut tx = db.platform().await.unwrap();
    let rotated = after.rotate(&Op::internal(app.clock.now()), &mut tx, None, Purpose::WebhookSigning).await.unwrap();
    assert_eq!(rotated.replaced.unwrap().as_str(), made["key"]["key_id"].as_str().unwrap());
    drop(tx);
    app.finish().await;
}
