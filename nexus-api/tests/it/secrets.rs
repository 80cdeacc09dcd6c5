//! Secrets do not get out. Some fifty of them go through every route, happy and failing, while everything is logged that can be;
//! then whatever the platform wrote is looked through for each of them, in every form that a program might give it.

mod redis;
mod scan;

use std::{
    collections::BTreeSet,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use axum::{Router, http::HeaderMap, routing::any};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use http::{Method, StatusCode};
use nexus_api::{
    log::{self, Format},
    settings::Settings,
};
use nexus_core::principal::Role;
use nexus_retrieval::speech::SpeechProvider;
use reqwest::multipart::Part;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sqlx::Row as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use self::scan::{Finding, Scanner, forms};
use crate::{
    harness::{Answer, TestApp},
    matrix::{self, Walk, body, operations},
    self_serve::receiver,
};

/// What tenants hand in to be found again lies in PostgreSQL in the clear, as `docs/encryption.md` says: whose it is, the columns
/// where it may be, and why. Nothing else may be anywhere.
const IN_THE_CLEAR: &[(&str, &[&str])] = &[
    // Answers quote it.
    ("document text", &["database document_texts.", "database chunks.", "database messages."]),
    ("file text", &["database document_texts.", "database chunks."]),
    ("document title", &["database documents.", "database chunks."]),
    ("metadata", &["database documents.", "database chunks."]),
    ("corpus name", &["database corpora."]),
    ("question", &["database messages."]),
    ("policy value", &["database authorization_policies."]),
    ("group name", &["database groups."]),
    ("key name", &["database api_keys."]),
    // A name that is a text is right.
    ("value of a wrong type", &["database api_keys.name", "database corpora.name", "database groups.display_name"]),
];

/// The log of this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Everything secret, by name.
#[derive(Default)]
struct Secrets(Vec<(&'static str, Vec<u8>)>);

impl Secrets {
    /// A text with everything in it that programs write differently.
    fn text(&mut self, name: &'static str) -> String {
        let text = format!("Zq\"{}\\/+={name}%é", nexus_core::clock::fresh_uuid().simple());
        self.add(name, text)
    }

    /// A text that may stand in a header or an address.
    fn word(&mut self, name: &'static str) -> String {
        let text = format!("Zq-{}_{}", nexus_core::clock::fresh_uuid().simple(), name.len());
        self.add(name, text)
    }

    /// 32 random bytes, of which the text is one form.
    fn key(&mut self, name: &'static str, text: fn(&[u8]) -> String) -> String {
        let mut bytes = [0; 32];
        nexus_core::clock::fill_random(&mut bytes);
        self.0.push((name, bytes.to_vec()));
        self.add(name, text(&bytes))
    }

    fn add(&mut self, name: &'static str, text: String) -> String {
        self.0.push((name, text.clone().into_bytes()));
        text
    }

    /// The part of an API key that opens something: all that follows its id, and `_` may be in it.
    fn credential(&mut self, name: &'static str, key: &str) {
        self.add(name, key.splitn(3, '_').last().unwrap().to_owned());
    }

    fn names(&self) -> BTreeSet<&'static str> {
        self.0.iter().map(|(name, _)| *name).collect()
    }
}

/// A provider that repeats what it was shown when it refuses: not even that may be passed on.
async fn parrot() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let repeat = async |headers: HeaderMap| (StatusCode::UNAUTHORIZED, format!("no such key: {headers:?}"));
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(repeat))).await });
    format!("http://{address}/v1")
}

/// What an operator gives, all of it secret.
fn installation(secrets: &mut Secrets, endpoint: &str) -> Vec<(&'static str, String)> {
    let hex = |bytes: &[u8]| hex::encode(bytes);
    let base64 = |bytes: &[u8]| STANDARD.encode(bytes);
    vec![
        ("AUTH_KEY_PEPPER", secrets.text("pepper")),
        ("AUDIO_LINK_SECRET", secrets.text("audio link secret")),
        ("AUDIT_SIGNING_KEY", secrets.key("audit signing key", hex)),
        ("CRYPTO_LOCAL_MASTER_KEY", secrets.key("master key", base64)),
        ("CRYPTO_LOCAL_MASTER_KEY_PREVIOUS", secrets.key("master key before", hex)),
        ("KEYRING_MASTER_KEY", secrets.key("keyring master key", base64)),
        ("KEYRING_MASTER_KEY_PREVIOUS", secrets.key("keyring master key before", hex)),
        ("UI_CURSOR_SECRET", secrets.text("cursor secret")),
        ("BACKUP_ENCRYPTION_KEY", secrets.key("backup key", base64)),
        ("BACKUP_SIGNING_KEY", secrets.text("backup signing key")),
        ("METRICS_TOKEN", secrets.word("metrics token")),
        ("OPENAI_API_KEY", secrets.word("provider key")),
        ("VERTEX_ACCESS_TOKEN", secrets.word("vertex token")),
        ("OPENAI_BASE_URL", endpoint.to_owned()),
    ]
}

/// What was collected, by place.
#[derive(Default)]
struct Places(Vec<(String, Vec<u8>)>);

impl Places {
    fn add(&mut self, place: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.push((place.into(), bytes.into()));
    }

    /// An answer that says no.
    fn refusal(&mut self, answer: &Answer) {
        if answer.status.is_client_error() || answer.status.is_server_error() {
            let what = answer.what.split('?').next().unwrap_or_default();
            self.add(format!("error {} {what}", answer.status), answer.body.clone());
            self.add(format!("error header {what}"), format!("{:?}", answer.headers));
        }
    }

    /// Every column of every table.
    async fn database(&mut self, app: &TestApp) {
        let mut behind = app.behind().await;
        let tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut behind).await.unwrap();
        assert!(tables.len() > 40, "{tables:?}");
        for table in tables {
            let all = format!(
                "SELECT c.key, c.value FROM \"{table}\" t, jsonb_each_text(to_jsonb(t)) c WHERE c.value IS NOT NULL"
            );
            for row in sqlx::query(sqlx::AssertSqlSafe(all)).fetch_all(&mut behind).await.unwrap() {
                let place = if table == "audit_events" { "audit" } else { "database" };
                self.add(format!("{place} {table}.{}", row.get::<&str, _>(0)), row.get::<String, _>(1));
            }
        }
    }
}

/// Asks for everything, as whoever may, and then wrongly in every way that carries something.
async fn walk_everything(app: &TestApp, walk: &mut Walk, secrets: &mut Secrets, places: &mut Places) {
    let (wrong_json, wrong_value) = (secrets.text("malformed body"), secrets.text("value of a wrong type"));
    let (in_query, in_path) = (secrets.text("query parameter"), secrets.word("path"));
    let (cookie, basic, foreign) =
        (secrets.word("cookie"), secrets.word("basic credential"), secrets.word("foreign header"));
    let unknown = secrets.word("unknown credential");
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let noisy = walk.things.operator.with("cookie", &format!("session={cookie}")).with("x-api-key", &foreign);
    for operation in operations() {
        let path = walk.things.path(&operation).await;
        let bare = path.split('?').next().unwrap().to_owned();
        places.refusal(&matrix::ask(&noisy, &operation, &path, body(&operation).as_ref()).await);
        let mut answers = vec![
            noisy
                .send(operation.method.clone(), &format!("{bare}?limit={0}&token={0}", encode(&in_query)), |r| r)
                .await,
            app.bearer(&unknown).send(operation.method.clone(), &path, |r| r).await,
            app.nobody()
                .with("authorization", &format!("Basic {}", STANDARD.encode(format!("user:{basic}"))))
                .send(operation.method.clone(), &path, |r| r)
                .await,
        ];
        let named = operation.path.split('/').map(|part| if part.starts_with('{') { in_path.as_str() } else { part });
        let named = named.collect::<Vec<_>>().join("/");
        answers.push(noisy.send(operation.method.clone(), &named, |r| r.json(&json!({}))).await);
        if operation.method != Method::GET {
            let broken = format!("{{\"message\": {}, \"x\": ", json!(wrong_json));
            let json = |r: reqwest::RequestBuilder| r.header("content-type", "application/json");
            answers.push(noisy.send(operation.method.clone(), &path, |r| json(r).body(broken)).await);
            let fields = body(&operation).unwrap_or_else(|| json!({ "field": 1 }));
            let fields =
                fields.as_object().unwrap().keys().map(|name| (name.clone(), json!({ "deep": [wrong_value] })));
            let wrong = Value::Object(fields.collect());
            answers.push(noisy.send(operation.method.clone(), &path, |r| r.json(&wrong)).await);
            let flat = Value::Object(
                wrong.as_object().unwrap().keys().map(|name| (name.clone(), json!(wrong_value))).collect(),
            );
            answers.push(noisy.send(operation.method.clone(), &path, |r| r.json(&flat)).await);
        }
        for answer in answers {
            places.refusal(&answer);
            // Some of it is right for some operation, and is none of this test's business then.
            answer.forgive();
        }
    }
}

/// Hands in what tenants hand in, asks what they ask, and makes what is shown once.
async fn use_everything(app: &TestApp, walk: &Walk, secrets: &mut Secrets) {
    let (admin, operator) = (&walk.things.admin, &walk.things.operator);
    let name = secrets.text("corpus name");
    admin.with("idempotency-key", "k1").post("/v1/corpora", &json!({ "id": "secret", "name": name })).await.created();
    let document = json!({ "corpus_id": "secret", "document_id": "s1", "text": format!("Herons know {} by heart.", secrets.text("document text")),
        "filename": secrets.word("document title"), "metadata_json": { "note": secrets.text("metadata") } });
    admin.post("/v1/documents/text", &document).await.accepted();
    admin.settled("s1").await;
    let file =
        Part::bytes(format!("Terns know {} as well.", secrets.text("file text")).into_bytes()).file_name("a.txt");
    admin.upload("secret", file.mime_str("text/plain").unwrap(), &[("document_id", "s2")]).await.accepted();
    admin.settled("s2").await;
    let question = format!("Which herons know {}?", secrets.text("question"));
    admin.run(&json!({ "session_id": "s", "corpus_id": "secret", "message": question, "audio": true })).await;
    let query = secrets.text("search query");
    let encoded: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    admin.get(&format!("/v1/corpora/secret/search?query={encoded}")).await.ok();
    let posted = json!({ "query": format!("herons {}", secrets.text("posted search")) });
    admin.post("/v1/corpora/secret/search", &posted).await.ok();
    let condition = json!({ "eq": ["principal.user_id", secrets.text("policy value")] });
    let policy =
        json!({ "name": "P", "effect": "deny", "resource_type": "ops", "action": "run", "condition_json": condition });
    admin.post("/v1/admin/authz/policies", &policy).await.forgive();
    admin.post("/v1/admin/groups", &json!({ "display_name": secrets.text("group name") })).await.created();
    let key = json!({ "role": "reader", "name": secrets.text("key name") });
    let made = admin.with("idempotency-key", "k2").post("/v1/self-serve/api-keys", &key).await.ok();
    secrets.credential("self-made key", made["api_key"].as_str().unwrap());
    for (purpose, name) in [
        ("signing", "platform signing key"),
        ("encryption", "platform encryption key"),
        ("backup_signing", "platform backup signing key"),
        ("backup_encryption", "platform backup key"),
        ("webhook_signing", "platform webhook key"),
    ] {
        let path = format!("/v1/admin/keyring/rotate?purpose={purpose}");
        let made = operator.with("idempotency-key", purpose).post(&path, &Value::Null).await;
        secrets.add(name, made.ok()["secret"].as_str().unwrap().to_owned());
    }
    admin.post("/v1/self-serve/billing/webhook-test", &json!({})).await.ok();
    app.jobs_are_done(0).await;
}

#[tokio::test]
async fn no_secret_gets_out_of_any_route() {
    let mut secrets = Secrets::default();
    let lines = Lines::default();
    let loud = log::Settings { format: Format::Json, ..log_settings("trace") };
    let writer = lines.clone();
    // Where there is only one subscriber, threads without it decide for everybody what is logged at all.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _logging = log::subscriber(&loud, move || writer.clone()).set_default();
    let endpoint = parrot().await;
    let (mut receiver, _) = receiver(StatusCode::OK).await;
    receiver.secret = secrets.text("webhook secret").into();
    receiver.url.set_query(Some(&format!("token={}", secrets.word("webhook address"))));
    let password = secrets.word("database password");
    let redis = std::env::var("NEXUS_TEST_REDIS_URL").ok();
    let prefix = format!("s{}", nexus_core::clock::fresh_uuid().simple());
    let mut given = installation(&mut secrets, &endpoint);
    given.extend(redis.iter().flat_map(|url| [("REDIS_URL", url.clone()), ("SHARED_PREFIX", prefix.clone())]));
    let change = move |s: &mut Settings| {
        matrix::unlimited(s);
        s.billing.receiver = Some(receiver);
        s.speech.provider = SpeechProvider::OpenAi;
        s.database = with_password(&s.database, &password);
        s.audit.every = std::time::Duration::ZERO;
    };
    let app = TestApp::plan().given(given).settings(change).start().await;
    let mut places = Places::default();
    let mut walk = Walk::begin(&app).await;
    let tenant = app.tenant("t1").await;
    let (expired, revoked) = (
        tenant.key_until("late", Role::Editor, Some(app.clock.now() - TimeDelta::days(1))).await,
        tenant.key(Role::Reader).await,
    );
    walk.things.admin.patch(&format!("/v1/admin/api-keys/{}", revoked.key_id), &json!({ "active": false })).await.ok();
    let others = [
        ("reader's key", tenant.key(Role::Reader).await),
        ("editor's key", tenant.key(Role::Editor).await),
        ("another tenant's key", app.tenant("t2").await.key(Role::Admin).await),
        ("expired key", expired),
        ("revoked key", revoked),
        ("administrator's key", walk.things.admin.clone()),
        ("operator's key", walk.things.operator.clone()),
    ];
    for (name, caller) in &others {
        secrets.credential(name, caller.token.as_deref().unwrap());
        for path in ["/v1/corpora", "/v1/admin/keyring", "/v1/documents/d1", "/corpora"] {
            places.refusal(&caller.get(path).await);
        }
    }
    use_everything(&app, &walk, &mut secrets).await;
    walk_everything(&app, &mut walk, &mut secrets, &mut places).await;
    assert!(secrets.names().len() >= 40, "{} secrets", secrets.names().len());

    // What the control writes has to be found, in every place and every form.
    let control = secrets.text("control");
    let planted = forms(control.as_bytes());
    for (form, bytes) in &planted {
        let shown = String::from_utf8_lossy(bytes).into_owned();
        tracing::trace!(form, "{shown}");
        metrics::counter!("nexusrag_control_total", "form" => *form, "word" => shown.clone()).increment(1);
        places.add(format!("error control {form}"), bytes.clone());
        if let Some(url) = &redis {
            redis::plant(url, &format!("{prefix}:control:{form}"), bytes);
        }
    }
    plant_in_database(&app, &planted).await;

    app.jobs_are_done(0).await;
    app.platform.audit.flush().await;
    let token = platform_token(&secrets);
    let metrics = app.bearer(&token).get("/v1/metrics").await;
    assert_eq!(metrics.status, 200);
    places.add("metrics", metrics.body);
    places.database(&app).await;
    if let Some(url) = &redis {
        for (key, value) in redis::everything(url, &prefix) {
            places.add(format!("redis {key}"), [key.into_bytes(), value].join(&b' '));
        }
    }
    let logged = lines.0.lock().unwrap().clone();
    println!("{} secrets, {} places, {} bytes of log", secrets.names().len(), places.0.len(), logged.len());
    assert!(logged.len() > 100_000, "the log is not written: {} bytes", logged.len());
    places.add("log", logged);

    let scanner = Scanner::new(&secrets.0);
    let found: BTreeSet<Finding> = places.0.iter().flat_map(|(place, bytes)| scanner.look(place, bytes)).collect();
    let (control, leaks): (Vec<_>, Vec<_>) = found.into_iter().partition(|finding| finding.secret == "control");
    for place in ["log", "metrics", "audit", "error", "database"].into_iter().chain(redis.as_ref().map(|_| "redis")) {
        let seen = |form: &str| control.iter().any(|found| found.place.starts_with(place) && found.form == form);
        // A place that escapes what it is given shows a text in one of these.
        let texts = ["raw", "JSON", "JSON in ASCII", "debug"];
        assert!(texts.into_iter().any(seen), "the scanner does not see a text in {place}");
        for (form, _) in planted.iter().filter(|(form, _)| !texts.contains(form)) {
            assert!(seen(form), "the scanner does not see {form} in {place}");
        }
    }
    let allowed = |finding: &&Finding| {
        let home = IN_THE_CLEAR.iter().filter(|(name, _)| *name == finding.secret).flat_map(|(_, places)| *places);
        !home.into_iter().any(|place| finding.place.starts_with(place))
    };
    let leaks: Vec<_> = leaks.iter().filter(allowed).collect();
    assert!(leaks.is_empty(), "{} leaks: {leaks:#?}", leaks.len());
    // The control stands in the log as well, as an event that no change made.
    app.finish_unrecorded().await;
}

/// Rows with the control in a table, and in the audit log past its list of facts.
async fn plant_in_database(app: &TestApp, planted: &[(&'static str, Vec<u8>)]) {
    let mut behind = app.behind().await;
    for (form, bytes) in planted {
        let shown = String::from_utf8_lossy(bytes).into_owned();
        sqlx::query("INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, now())")
            .bind(format!("control-{}", form.replace([' ', '+'], "-")))
            .bind(&shown)
            .execute(&mut behind)
            .await
            .unwrap();
        sqlx::query(
            "INSERT INTO audit_events (occurred_at, actor_type, event_type, outcome, resource_id, metadata_json)
             VALUES (now(), 'system', 'system.error', 'failure', $1, '{}')",
        )
        .bind(&shown)
        .execute(&mut behind)
        .await
        .unwrap();
    }
}

/// The token of the metrics route.
fn platform_token(secrets: &Secrets) -> String {
    let token = secrets.0.iter().find(|(name, _)| *name == "metrics token").unwrap();
    String::from_utf8(token.1.clone()).unwrap()
}

fn log_settings(level: &str) -> log::Settings {
    log::Settings::read(&mut nexus_core::settings::Source::from_pairs([("LOG_LEVEL", level)]))
}

fn with_password(database: &nexus_api::settings::Database, password: &str) -> nexus_api::settings::Database {
    let nexus_api::settings::Database::Given(url) = database else { panic!("tests have a database") };
    let url = url.expose_secret();
    let (scheme, rest) = url.split_once("://").unwrap();
    let (user, place) = rest.split_once('@').unwrap();
    let user = user.split(':').next().unwrap();
    nexus_api::settings::Database::Given(format!("{scheme}://{user}:{password}@{place}").into())
}
