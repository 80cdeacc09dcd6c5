//! A simulation says what the server then does: every action of every caller on every document, over HTTP.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{TimeDelta, Utc};
use futures::StreamExt as _;
use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::harness::{Caller, Dice, TestApp, cases};

const POLICIES: &str = "/v1/admin/authz/policies";
/// Documents that are processed, and others that stay in flight: of those it can be seen whether they may be deleted or
/// processed anew without its being done.
const SETTLED: [&str; 3] = ["d0", "d1", "d2"];
const HELD: [&str; 3] = ["h0", "h1", "h2"];
const ACTIONS: [&str; 5] = ["read", "list", "write", "delete", "reindex"];
/// How many cases one set of policies and grants is good for.
const PER_ROUND: usize = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Done,
    Refused,
    Absent,
}

struct Library {
    admin: Caller,
    callers: Vec<(Caller, Role)>,
    grants: Vec<String>,
    policies: Vec<String>,
    baseline: String,
}

async fn library(app: &TestApp, dice: &mut Dice) -> Library {
    let tenant = app.tenant("t1").await;
    let admin = tenant.key(Role::Admin).await;
    let mut callers = Vec::new();
    for role in [Role::Reader, Role::Editor, Role::Editor, Role::Editor, Role::Admin] {
        callers.push((tenant.key_for(&format!("u{}", callers.len()), role).await, role));
    }
    for (group, members) in [("g1", ["u0", "u1", "u2"]), ("g2", ["u1", "u3", "u4"])] {
        let made = admin.post("/v1/admin/groups", &json!({ "display_name": group })).await.created();
        for user in members {
            admin
                .put(&format!("/v1/admin/groups/{}/members/{user}", made["id"].as_str().unwrap()), &Value::Null)
                .await
                .gone();
        }
    }
    admin.corpus("c1").await;
    admin.corpus("c2").await;
    let listed = admin.get(POLICIES).await.ok();
    let baseline = listed["items"].as_array().unwrap().iter().find(|p| p["name"] == "Baseline: documents").unwrap();
    let baseline = format!("{POLICIES}/{}", baseline["id"].as_str().unwrap());
    for (n, id) in SETTLED.into_iter().enumerate() {
        ingest(&admin, dice, n, id).await;
        admin.settled(id).await;
    }
    Library { admin, callers, grants: Vec::new(), policies: Vec::new(), baseline }
}

async fn ingest(admin: &Caller, dice: &mut Dice, n: usize, id: &str) {
    let corpus = if n == 0 { "c2" } else { "c1" };
    let values = [json!(n), json!(-0.5), json!(1e17), json!("red"), json!(["a", n]), json!(null), json!({ "x": true })];
    let metadata = json!({ "labels": { "team": dice.of(&["law", "art"]) }, "level": dice.pick(&values), "tags": ["a", n, null],
        "deep": { "x": dice.pick(&values) } });
    let body = json!({ "corpus_id": corpus, "document_id": id, "text": "The heron stands.", "metadata_json": metadata,
        "filename": dice.of(&["a.md", "a.txt"]) });
    admin.post("/v1/documents/text", &body).await.accepted();
}

fn comparison(dice: &mut Dice, callers: &[(Caller, Role)]) -> Value {
    let (caller, _) = dice.pick(callers);
    if dice.roll(12) == 0 {
        // The bounds are hours away, so that nothing changes while the test runs.
        let (early, late) = (Utc::now() - TimeDelta::hours(5), Utc::now() + TimeDelta::hours(5));
        let [early, late] = [early, late].map(|t| t.format("%H:%M").to_string());
        let (start, end) = if dice.roll(2) == 0 { (early, late) } else { (late, early) };
        let zone = dice.of(&["UTC", "Asia/Kathmandu", "America/St_Johns"]);
        let window = json!({ "start": start, "end": end, "timezone": zone });
        let window = if zone == "UTC" {
            window
        } else {
            json!({ "start": "00:00", "end": "23:59:59.999999999", "timezone": zone })
        };
        return json!({ "time_between": [{ "var": "request.time" }, window] });
    }
    let path = dice.of(&[
        "principal.role",
        "principal.role",
        "principal.id",
        "principal.groups",
        "principal.auth_method",
        "principal.credential_id",
        "principal.tenant_id",
        "principal.plan",
        "principal",
        "resource",
        "request",
        "resource.id",
        "resource.type",
        "resource.corpus_id",
        "resource.status",
        "resource.content_type",
        "resource.labels.team",
        "resource.labels.team",
        "resource.labels.none",
        "resource.labels",
        "resource.metadata.level",
        "resource.metadata.tags",
        "resource.metadata.deep.x",
        "resource.metadata.deep",
        "resource.tenant_id",
        "request.path",
        "request.route_class",
        "request.ip",
        "request.none",
        "nobody.knows",
    ]);
    let texts = [
        "law",
        "art",
        "reader",
        "editor",
        "d1",
        "h1",
        "c1",
        "text/plain",
        "a",
        "read",
        "mutation",
        "/v1/documents/d2",
        "127.0.0.1",
        "succeeded",
        "processing",
        "document",
        "t1",
        "u1",
        "api_key",
        "red",
        "",
        caller.key_id.as_str(),
    ];
    let value = match dice.roll(8) {
        0 => json!(dice.roll(4)),
        1 => json!(["law", 1, "reader", "d2", "h0", "u3", "c2"]),
        2 => dice
            .pick(&[json!(null), json!(true), json!(1e17), json!(100_000_000_000_000_000_u64), json!({ "x": 1 })])
            .clone(),
        3 => json!({ "var": dice.of(&["principal.id", "resource.id", "principal.groups", "resource.metadata.level"]) }),
        _ => json!(dice.of(&texts)),
    };
    let operator =
        dice.of(&["eq", "eq", "eq", "ne", "in", "in", "not_in", "gt", "gte", "lt", "lte", "contains", "starts_with"]);
    match dice.roll(3) {
        0 => json!({ operator: { "left": value, "right": { "var": path } } }),
        1 => json!({ operator: { "field": path, "value": value } }),
        _ => json!({ operator: [{ "var": path }, value] }),
    }
}

fn condition(dice: &mut Dice, callers: &[(Caller, Role)], depth: u64) -> Value {
    match if depth == 0 { 0 } else { dice.roll(7) } {
        0..3 => comparison(dice, callers),
        kind @ (3 | 4) => {
            let parts: Vec<_> = (0..=dice.roll(3)).map(|_| condition(dice, callers, depth - 1)).collect();
            json!({ if kind == 3 { "all" } else { "any" }: parts })
        }
        5 => json!({ "not": condition(dice, callers, depth - 1) }),
        _ => json!(dice.roll(3) > 0),
    }
}

impl Library {
    /// Makes or takes back a grant, gives a document other labels, and switches the baseline.
    async fn stir(&mut self, dice: &mut Dice) {
        while self.grants.len() > 16 {
            let at = usize::try_from(dice.roll(self.grants.len() as u64)).unwrap();
            self.admin.delete(&self.grants.swap_remove(at)).await.ok();
        }
        for _ in 0..4 {
            let (caller, role) = dice.pick(&self.callers);
            let (kind, name) = match dice.roll(4) {
                0 => ("user", caller.user_id.as_str()),
                1 => ("role", role.as_str()),
                2 => ("api_key", caller.key_id.as_str()),
                _ => ("group", dice.of(&["g1", "g2"])),
            };
            let right = dice.of(&["read", "write", "delete", "reindex", "owner"]);
            let body = json!({ "principal_type": kind, "principal_id": name, "permission": right });
            let path = match dice.roll(4) {
                0 => format!("/v1/admin/authz/corpora/{}/permissions", dice.of(&["c1", "c2"])),
                _ => format!("/v1/admin/authz/documents/{}/permissions", dice.pick(&[SETTLED, HELD].concat())),
            };
            let answer = self.admin.post(&path, &body).await;
            let grant = format!("{path}/{}", answer.created()["id"].as_str().unwrap());
            if self.grants.contains(&grant) {
                answer.forgive();
            } else {
                self.grants.push(grant);
            }
        }
        let path = format!("/v1/admin/authz/documents/{}/labels", dice.pick(&[SETTLED, HELD].concat()));
        let labels = json!({ "labels": { "team": dice.of(&["law", "art", "none"]) } });
        let put = self.admin.put(&path, &labels).await;
        put.ok();
        put.forgive();
        let verb = if dice.roll(3) == 0 { "disable" } else { "enable" };
        self.admin.post(&format!("{}/{verb}", self.baseline), &json!({})).await.ok();
    }

    fn draft(&self, dice: &mut Dice) -> Value {
        let action = dice.of(&["read", "read", "write", "delete", "reindex", "*"]);
        json!({ "name": "Draft", "effect": dice.of(&["allow", "allow", "deny"]), "resource_type": "document", "action": action,
            "priority": dice.roll(3), "condition_json": condition(dice, &self.callers, 3) })
    }

    /// Whether a simulation of the draft says that policies and grants allow an action, in a request for `asked`.
    async fn allows(&self, draft: &Value, caller: &Caller, document: &str, action: &str, asked: &str) -> (bool, bool) {
        let path = match asked {
            "list" => "/v1/documents".to_owned(),
            "reindex" => format!("/v1/documents/{document}/reindex"),
            _ => format!("/v1/documents/{document}"),
        };
        let class = if matches!(asked, "read" | "list") { "read" } else { "mutation" };
        let body = json!({ "resource_type": "document", "action": action, "document_id": document, "draft": draft,
            "principal": { "id": caller.user_id, "auth_method": "api_key", "credential_id": caller.key_id },
            "request": { "ip": "127.0.0.1", "path": path, "route_class": class } });
        let said = self.admin.post("/v1/admin/authz/simulate", &body).await.ok();
        (said["allowed"] == true, said["acl"]["allowed"] == true)
    }

    /// What simulations say that a request does: one needs to read what one changes.
    async fn said(&self, draft: &Value, (caller, role): &(Caller, Role), document: &str, action: &str) -> Outcome {
        let looks = matches!(action, "read" | "list");
        if !looks && *role < Role::Editor {
            return Outcome::Refused;
        }
        if self.allows(draft, caller, document, "read", action).await != (true, true) {
            return Outcome::Absent;
        }
        let allowed = looks || self.allows(draft, caller, document, action, action).await == (true, true);
        if allowed { Outcome::Done } else { Outcome::Refused }
    }
}

/// What a request does. It changes nothing, but deletes a document that is not in flight.
async fn done((caller, _): &(Caller, Role), document: &str, action: &str) -> Outcome {
    let path = format!("/v1/documents/{document}");
    let answer = match action {
        "read" => caller.get(&path).await,
        "list" => {
            let listed = caller.get("/v1/documents").await.ids().contains(&document.to_owned());
            return if listed { Outcome::Done } else { Outcome::Absent };
        }
        "write" => caller.patch(&path, &json!({})).await,
        "delete" => caller.delete(&path).await,
        _ => caller.post(&format!("{path}/reindex"), &json!({})).await,
    };
    let code = answer.body.is_empty().then(Value::default).unwrap_or_else(|| answer.json()["error"]["code"].clone());
    match (answer.status.as_u16(), code.as_str()) {
        (200, _) => {
            answer.forgive();
            Outcome::Done
        }
        (204, _) | (409, Some("INGEST_IN_PROGRESS")) => Outcome::Done,
        (403, Some("AUTHZ_DENIED" | "AUTH_FORBIDDEN")) => Outcome::Refused,
        (404, Some("NOT_FOUND")) => Outcome::Absent,
        _ => panic!("{answer}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn simulation_and_enforcement_agree() {
    let total = cases(300);
    let app = TestApp::start().await;
    let dice = &mut Dice(11);
    let mut library = library(&app, dice).await;
    let held = app.hold_ingestion();
    for (n, id) in HELD.into_iter().enumerate() {
        ingest(&library.admin, dice, n, id).await;
    }
    let mut outcomes: BTreeMap<(&str, Outcome), usize> = BTreeMap::new();
    let (mut asked, mut rounds) = (0, 0);
    while asked < total {
        library.stir(dice).await;
        let draft = library.draft(dice);
        let mut questions = BTreeSet::new();
        while questions.len() < PER_ROUND.min(total - asked) {
            let (who, action) = (dice.roll(5), *dice.pick(&ACTIONS));
            // Of a document that is not in flight, deleting and processing would be seen by being done.
            let all =
                if matches!(action, "read" | "list" | "write") { [SETTLED, HELD].concat() } else { HELD.to_vec() };
            questions.insert((who, action, *dice.pick(&all)));
        }
        let (library_now, callers, draft_now) = (&library, &library.callers, &draft);
        let said = futures::stream::iter(&questions).map(|(who, action, document)| async move {
            library_now.said(draft_now, &callers[usize::try_from(*who).unwrap()], document, action).await
        });
        let said: Vec<Outcome> = said.buffered(8).collect().await;
        let made = library.admin.post(POLICIES, &draft).await.created();
        let done = futures::stream::iter(&questions).map(|(who, action, document)| async move {
            done(&callers[usize::try_from(*who).unwrap()], document, action).await
        });
        let done: Vec<Outcome> = done.buffered(8).collect().await;
        for (((who, action, document), said), done) in questions.iter().zip(said).zip(done) {
            let (caller, role) = &callers[usize::try_from(*who).unwrap()];
            assert_eq!(said, done, "round {rounds}: {action} of {document} by {} ({role}): {draft}", caller.user_id);
            *outcomes.entry((*action, done)).or_default() += 1;
        }
        library.policies.push(made["id"].as_str().unwrap().to_owned());
        if library.policies.len() > 3 {
            library.admin.delete(&format!("{POLICIES}/{}", library.policies.remove(0))).await.gone();
        }
        (asked, rounds) = (asked + questions.len(), rounds + 1);
    }
    println!("{asked} cases, {rounds} sets of policies and grants: {outcomes:?}");
    for action in ACTIONS {
        assert!(outcomes.contains_key(&(action, Outcome::Done)), "{action} was never allowed: {outcomes:?}");
        assert!(
            outcomes.keys().any(|(a, o)| *a == action && *o != Outcome::Done),
            "{action} was never refused: {outcomes:?}"
        );
    }
    drop(held);
    destroy(&library, dice).await;
    app.finish().await;
}

/// The same for deleting what is then gone.
async fn destroy(library: &Library, dice: &mut Dice) {
    for policy in &library.policies {
        library.admin.delete(&format!("{POLICIES}/{policy}")).await.gone();
    }
    library.admin.post(&format!("{}/enable", library.baseline), &json!({})).await.ok();
    for id in HELD {
        library.admin.settled(id).await;
    }
    for id in [SETTLED, HELD].concat() {
        let draft = library.draft(dice);
        let mut said = Vec::new();
        for caller in &library.callers {
            said.push(library.said(&draft, caller, id, "delete").await);
        }
        let made = library.admin.post(POLICIES, &draft).await.created();
        for (caller, said) in library.callers.iter().zip(said) {
            let done = done(caller, id, "delete").await;
            assert_eq!(said, done, "delete of {id} by {}: {draft}", caller.0.user_id);
            if done == Outcome::Done {
                break;
            }
        }
        library.admin.delete(&format!("{POLICIES}/{}", made["id"].as_str().unwrap())).await.gone();
    }
}
