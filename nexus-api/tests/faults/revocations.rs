//! A right that is taken away at one replica, and the next request at another: of every kind of right, in every way to read.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures::StreamExt as _;
use nexus_core::pg::testing;
use nexus_sdk::wire::{CreateCorpus, TextDocument};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::harness::{Home, Http, chance, rounds, server, spread, until};

/// Readers whose rights are taken away side by side, each with a document of its own.
const LANES: usize = 10;
/// What a change waits before it is answered (decision 17). Nothing but the database switches users off yet, so that this
/// test waits in its place.
const SETTLE: Duration = Duration::from_millis(120);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Taken {
    Grant,
    CorpusGrant,
    Membership,
    NewPolicy,
    PolicySwitchedOn,
    PolicyChanged,
    Label,
    Key,
    User,
}

const ALL: [Taken; 9] = [
    Taken::Grant,
    Taken::CorpusGrant,
    Taken::Membership,
    Taken::NewPolicy,
    Taken::PolicySwitchedOn,
    Taken::PolicyChanged,
    Taken::Label,
    Taken::Key,
    Taken::User,
];
const WAYS: [&str; 4] = ["document", "text", "list", "run"];

/// A reader at one replica, and the administrator at the other.
struct Lane {
    n: usize,
    user: String,
    document: String,
    key_id: String,
    reader: Http,
    admin: Http,
    owner: PgConnection,
}

impl Lane {
    async fn change(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.admin.send(method, &format!("/v1/admin/{path}"), body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        if answer.is_empty() { Value::Null } else { serde_json::from_str::<Value>(&answer).unwrap()["data"].clone() }
    }

    async fn make(&self, path: &str, body: &Value) -> String {
        self.change("POST", path, body).await["id"].as_str().unwrap().to_owned()
    }

    async fn grant(&self, what: &str, kind: &str, principal: &str) -> String {
        let path = format!("authz/{what}/permissions");
        let body = json!({ "principal_type": kind, "principal_id": principal, "permission": "read" });
        format!("{path}/{}", self.make(&path, &body).await)
    }

    /// A policy that denies this reader this document under a further condition.
    fn deny(&self, further: &Value, enabled: bool) -> Value {
        let both = json!({ "all": [{ "eq": [{ "var": "principal.id" }, self.user] },
            { "eq": [{ "var": "resource.id" }, self.document] }, further] });
        json!({ "name": "Deny", "effect": "deny", "resource_type": "document", "action": "read", "condition_json": both,
            "enabled": enabled })
    }

    /// The status, and whether the document shows.
    async fn look(&self, way: &str) -> (u16, bool) {
        let id = &self.document;
        let (status, body) = match way {
            "document" => self.reader.get(&format!("/v1/documents/{id}")).await,
            "text" => self.reader.get(&format!("/v1/documents/{id}/text")).await,
            "list" => self.reader.get("/v1/documents?limit=500").await,
            _ => {
                let ask =
                    json!({ "session_id": "s", "corpus_id": format!("c{}", self.n), "message": "Which hall hums?" });
                self.reader.send("POST", "/v1/run", &ask).await
            }
        };
        let shows = [format!("zqtext{}w", self.n), format!("zqid{}w", self.n)].iter().any(|mark| body.contains(mark));
        (status, status == 200 && shows)
    }

    /// Gives a right, uses it until replicas remember it, and takes it away; how long the taking was answered after, and what
    /// the next request said.
    async fn round(&mut self, taken: Taken, way: &str) -> (Duration, (u16, bool)) {
        let document = format!("documents/{}", self.document);
        let labels = format!("authz/{document}/labels");
        let key = format!("api-keys/{}", self.key_id);
        // What is to be taken away, and what is cleaned up afterwards.
        let (taking, mut after) = match taken {
            Taken::Grant => {
                let grant = self.grant(&document, "user", &self.user).await;
                (("DELETE", grant, Value::Null), Vec::new())
            }
            Taken::CorpusGrant => {
                let grant = self.grant(&format!("corpora/c{}", self.n), "api_key", &self.key_id).await;
                (("DELETE", grant, Value::Null), Vec::new())
            }
            Taken::Membership => {
                let group = self.make("groups", &json!({ "display_name": "G" })).await;
                let member = format!("groups/{group}/members/{}", self.user);
                self.change("PUT", &member, &Value::Null).await;
                let grant = self.grant(&document, "group", &group).await;
                (("DELETE", member, Value::Null), vec![grant, format!("groups/{group}")])
            }
            _ => {
                let grant = self.grant(&document, "user", &self.user).await;
                let never = self.deny(&json!(false), true);
                let always = self.deny(&json!(true), taken != Taken::PolicySwitchedOn);
                let (taking, more) = match taken {
                    Taken::PolicySwitchedOn => {
                        let policy = format!("authz/policies/{}", self.make("authz/policies", &always).await);
                        (("POST", format!("{policy}/enable"), json!({})), Some(policy))
                    }
                    Taken::PolicyChanged => {
                        let policy = format!("authz/policies/{}", self.make("authz/policies", &never).await);
                        (("PATCH", policy.clone(), json!({ "condition_json": always["condition_json"] })), Some(policy))
                    }
                    Taken::Label => {
                        self.change("PUT", &labels, &json!({ "labels": {} })).await;
                        let secret = self.deny(&json!({ "eq": [{ "var": "resource.labels.level" }, "secret"] }), true);
                        let policy = format!("authz/policies/{}", self.make("authz/policies", &secret).await);
                        (("PUT", labels, json!({ "labels": { "level": "secret" } })), Some(policy))
                    }
                    Taken::Key => (("PATCH", key.clone(), json!({ "revoke": true })), None),
                    _ => (("POST", "authz/policies".to_owned(), always), None),
                };
                (taking, more.into_iter().chain([grant]).collect())
            }
        };
        until("the right counts", 20, || async { self.look(way).await.1 }).await;
        assert!(self.look(way).await.1, "and goes on counting");
        let asked = Instant::now();
        if taken == Taken::User {
            self.switch_user(false).await;
            tokio::time::sleep(SETTLE).await;
        } else {
            let made = self.change(taking.0, &taking.1, &taking.2).await;
            if taken == Taken::NewPolicy {
                after.push(format!("authz/policies/{}", made["id"].as_str().unwrap()));
            }
        }
        let (answered, seen) = (asked.elapsed(), self.look(way).await);
        match taken {
            Taken::User => self.switch_user(true).await,
            Taken::Key => {
                self.change("PATCH", &key, &json!({ "active": true })).await;
            }
            _ => {}
        }
        for path in after {
            self.change("DELETE", &path, &Value::Null).await;
        }
        (answered, seen)
    }

    async fn switch_user(&mut self, active: bool) {
        sqlx::query("UPDATE users SET is_active = $1 WHERE id = $2")
            .bind(active)
            .bind(&self.user)
            .execute(&mut self.owner)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_taken_away_at_one_replica_is_gone_at_the_next_request_at_the_other() {
    let total = rounds(1).max(4 * ALL.len());
    let home = Home::new().await.with("AUTH_KEY_PEPPER", "a pepper of the replicas, long enough");
    let home = home.with("LLM_PROVIDER", "extractive");
    let admin = home.key("t", "admin", "author");
    let (here, there) = (home.start(&[]).await, home.start(&[]).await);
    let client = here.client(&admin);
    let mut lanes = Vec::new();
    for n in 0..LANES.min(total) {
        let (document, user) = (format!("zqid{n}w"), format!("reader{n}"));
        let corpus = CreateCorpus { id: Some(format!("c{n}")), name: "C".to_owned(), provider_config_json: None };
        client.corpora().create(&corpus).await.unwrap();
        let text = server::text(&document, format!("The hall zqtext{n}w hums. Its machine is warm and blue."));
        client.documents().ingest_text(&TextDocument { corpus_id: format!("c{n}"), ..text }).await.unwrap();
        client.documents().wait(&document, Duration::from_mins(1)).await.unwrap();
        let (key, key_id) = home.key_and_id("t", "reader", &user);
        let owner = testing::connect(&home.database_url().into()).await;
        let (reader, admin) = (there.http(&key), here.http(&admin));
        lanes.push(Lane { n, user, document, key_id, reader, admin, owner });
    }
    let lanes = futures::stream::iter(lanes).map(|mut lane| async move {
        let mut results = Vec::new();
        for round in (lane.n..total).step_by(LANES) {
            let (taken, way) = (ALL[round % ALL.len()], WAYS[chance(WAYS.len() as u64) as usize]);
            let (answered, (status, shows)) = lane.round(taken, way).await;
            assert!(!shows, "round {round}: {taken:?} was taken away, and {way} still shows the document");
            let expected = match (taken, way) {
                (Taken::Key | Taken::User, _) => 401,
                (_, "document" | "text") => 404,
                _ => 200,
            };
            assert_eq!(status, expected, "round {round}: {taken:?}, {way}");
            results.push((taken, answered));
        }
        results
    });
    let results: Vec<_> = lanes.buffer_unordered(LANES).collect().await;
    let (mut kinds, mut times) = (BTreeMap::<Taken, usize>::new(), Vec::new());
    for (taken, answered) in results.into_iter().flatten() {
        *kinds.entry(taken).or_default() += 1;
        times.push(answered);
    }
    println!(
        "{} rights taken away, each gone at the next request: {kinds:?}; answered after {}",
        times.len(),
        spread(times)
    );
    assert_eq!(kinds.len(), ALL.len(), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_that_cannot_be_read_are_refused_one_request_after_the_other() {
    let home = Home::new().await;
    let key = home.key("t", "admin", "u");
    let server = home.start(&[]).await;
    server::corpus(&server.client(&key)).await;
    let http = server.http(&key);
    let mut times = BTreeMap::<&str, Vec<Duration>>::new();
    for _ in 0..rounds(1).min(20) {
        assert_eq!(http.get("/v1/documents").await.0, 200);
        let mut owner = testing::connect(&home.database_url().into()).await;
        let lock = "BEGIN; LOCK TABLE authorization_policies IN ACCESS EXCLUSIVE MODE";
        sqlx::raw_sql(lock).execute(&mut owner).await.unwrap();
        tokio::time::sleep(SETTLE).await;
        let one = async |what: &'static str| {
            let since = Instant::now();
            let (status, body) = http.get("/v1/documents").await;
            assert!(status == 503 && body.contains("AUTHZ_UNAVAILABLE"), "{status} {body}");
            (what, since.elapsed())
        };
        let mut taken = vec![one("the first").await, one("the next").await];
        tokio::time::sleep(Duration::from_secs(3)).await;
        taken.push(one("one after a pause").await);
        taken.extend(futures::future::join_all((0..5).map(|_| one("five at once"))).await);
        for (what, time) in taken {
            times.entry(what).or_default().push(time);
        }
        drop(owner);
        until("policies are read again", 20, || async { http.get("/v1/documents").await.0 == 200 }).await;
    }
    for (what, times) in times {
        println!("policies locked: 503 for {what} after {}", spread(times));
    }
}
