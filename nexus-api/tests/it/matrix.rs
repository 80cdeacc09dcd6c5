//! Every operation of the `OpenAPI` document, asked by everybody: who gets which status, as a table that people can read.

use std::{collections::BTreeSet, fmt::Write as _};

use http::Method;
use nexus_authz::permission;
use nexus_core::principal::Role;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Caller, TestApp},
    self_serve::receiver,
};

/// What the document says of an operation.
pub struct Operation {
    pub method: Method,
    pub path: String,
    pub permission: Option<String>,
    statuses: BTreeSet<String>,
    /// Whether it takes an `Idempotency-Key`.
    once: bool,
}

pub fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(nexus_api::router::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let mut all: Vec<Operation> = paths
        .flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, operation)| (path, method, operation))
        })
        .map(|(path, method, operation)| Operation {
            method: method.to_uppercase().parse().unwrap(),
            path: path.clone(),
            permission: operation["x-permission"].as_str().map(ToOwned::to_owned),
            statuses: operation["responses"].as_object().unwrap().keys().cloned().collect(),
            once: operation["parameters"].to_string().contains("parameters/Idempotency-Key"),
        })
        .collect();
    all.sort_by_key(|o| (o.path.clone(), o.method.to_string()));
    all
}

#[test]
fn every_operation_names_a_permission_and_every_permission_is_used() {
    let document = serde_json::to_value(nexus_api::router::openapi()).unwrap();
    let known: BTreeSet<&str> = permission::ALL.iter().map(|e| e.name).collect();
    let mut used = BTreeSet::new();
    for operation in operations() {
        let method = operation.method.as_str().to_lowercase();
        let open = document["paths"][&operation.path][&method]["security"].clone();
        let open = open == json!([]) || open == json!([{}]);
        match &operation.permission {
            Some(name) => {
                assert!(known.contains(name.as_str()), "{method} {}: no such permission {name}", operation.path);
                assert!(!open, "{method} {}: open to everybody, and needs {name}", operation.path);
                used.insert(name.clone());
            }
            None => assert!(open, "{method} {}: no x-permission", operation.path),
        }
    }
    let unused: Vec<_> = known.iter().filter(|name| !used.contains(**name)).collect();
    assert!(unused.is_empty(), "permissions that no operation asks for: {unused:?}");
}

/// The things of the first tenant that requests are about.
pub struct Things {
    pub admin: Caller,
    pub operator: Caller,
    /// A grant, a document and a corpus to delete are made anew for each request.
    made: u32,
}

impl Things {
    pub async fn path(&mut self, operation: &Operation) -> String {
        self.made += 1;
        let fresh = format!("fresh-{}", self.made);
        let deletes = operation.method == Method::DELETE;
        let (mut corpus, mut document, mut grant) = ("c1".to_owned(), "d1".to_owned(), String::new());
        let (mut group, mut policy) = (String::new(), String::new());
        if operation.path.contains("{policy_id}") {
            let list = operation.path.split("/{policy_id}").next().unwrap();
            let maker = if list.contains("global") { &self.operator } else { &self.admin };
            let new = if list.contains("/sla/") { new_sla_policy() } else { new_policy() };
            maker.post(list, &new).await.created()["id"].as_str().unwrap().clone_into(&mut policy);
        }
        let mut price = String::new();
        if operation.path.contains("{price_id}") {
            let list = operation.path.split("/{price_id}").next().unwrap();
            let maker = if list.contains("global") { &self.operator } else { &self.admin };
            maker.post(list, &new_price()).await.created()["id"].as_str().unwrap().clone_into(&mut price);
        }
        let mut event = String::new();
        if operation.path.contains("{event_id}") {
            let newest = self.admin.get("/v1/audit/events?limit=1").await.ok();
            event = newest["items"][0]["id"].to_string();
        }
        let mut run = String::new();
        if operation.path.contains("{run_id}") {
            let question = json!({ "session_id": "s", "corpus_id": "c1", "message": "Where does the heron stand?" });
            let mut stream = self.admin.ask(&question).await;
            run.clone_from(&stream.request_id);
            stream.rest().await;
        }
        let mut report = String::new();
        if operation.path.contains("{report_id}") {
            let made = self.admin.post(A_REPORT, &Value::Null).await.ok();
            made["id"].as_str().unwrap().clone_into(&mut report);
        }
        if operation.path.contains("{group_id}") {
            group = self.made("/v1/admin/groups", &json!({ "display_name": fresh })).await;
            if deletes && operation.path.contains("{user_id}") {
                let member = format!("/v1/admin/groups/{group}/members/{}", self.admin.user_id);
                self.admin.put(&member, &Value::Null).await.gone();
            }
        }
        if operation.path.contains("{permission_id}") {
            let on = operation.path.replace("{corpus_id}", "c1").replace("{document_id}", "d1");
            let body = json!({ "principal_type": "user", "principal_id": fresh, "permission": "read" });
            grant = self.made(on.strip_suffix("/{permission_id}").unwrap(), &body).await;
        } else if deletes && operation.path.contains("{document_id}") {
            self.document(&fresh).await;
            document = fresh;
        } else if deletes && operation.path.contains("{corpus_id}") {
            self.admin.corpus(&fresh).await;
            corpus = fresh;
        }
        let mut rotation = String::new();
        if operation.path.contains("/rotation-jobs/{id}") {
            // The first key of a tenant replaces none.
            for _ in 0..2 {
                let rotated = self.admin.post("/v1/admin/crypto/keys/t1/rotate", &json!({ "force": true })).await.ok();
                rotated["rotation_job"]["id"].as_str().unwrap_or_default().clone_into(&mut rotation);
            }
        }
        let mut import = String::new();
        if operation.path.contains("{import_id}") {
            let begun = self.admin.post("/v1/imports", &nothing()).await.accepted();
            begun["id"].as_str().unwrap().clone_into(&mut import);
        }
        self.admin.settled("d1").await;
        let ids = [
            ("{corpus_id}", corpus),
            ("{document_id}", document),
            ("{permission_id}", grant),
            ("{group_id}", group),
            ("{import_id}", import),
            ("{id}", rotation),
            ("{policy_id}", policy),
            ("{user_id}", self.admin.user_id.clone()),
            ("{principal_type}", "user".to_owned()),
            ("{principal_id}", self.admin.user_id.clone()),
        ];
        let key = if operation.path.starts_with("/v1/admin/keyring/") {
            let made = self.operator.post("/v1/admin/keyring/rotate?purpose=encryption", &Value::Null).await.ok();
            made["key"]["key_id"].as_str().unwrap().to_owned()
        } else if operation.path.ends_with("/revoke") {
            let made = self.admin.post("/v1/self-serve/api-keys", &json!({ "role": "reader" })).await.ok();
            made["key_id"].as_str().unwrap().to_owned()
        } else {
            self.admin.key_id.clone()
        };
        let rest = [
            ("{key_id}", key),
            ("{file}", "unknown.mp3".to_owned()),
            ("{tenant_id}", "t1".to_owned()),
            ("{incident_id}", INCIDENT.to_owned()),
            ("{profile_id}", PROFILE.to_owned()),
            ("{event_id}", event),
            ("{run_id}", run),
            ("{price_id}", price),
            ("{report_id}", report),
        ];
        let path = ids.into_iter().chain(rest).fold(operation.path.clone(), |path, (name, id)| path.replace(name, &id));
        assert!(!path.contains('{'), "{path}: the test does not know what to put there");
        let searches = operation.method == Method::GET && path.ends_with("/search");
        match path.as_str() {
            _ if searches => format!("{path}?query=heron"),
            "/v1/admin/usage/t1" => format!("{path}?start=2026-07-01"),
            "/v1/admin/costs/chargeback/generate" => A_REPORT.to_owned(),
            "/v1/admin/keyring/rotate" => format!("{path}?purpose=backup_signing"),
            _ if path.ends_with("/spend/breakdown") => format!("{path}?by=provider"),
            _ => path,
        }
    }

    /// Makes a thing; its id.
    async fn made(&self, path: &str, body: &Value) -> String {
        self.admin.post(path, body).await.created()["id"].as_str().unwrap().to_owned()
    }

    async fn document(&self, id: &str) {
        self.admin.text("c1", id, "The heron stands in shallow water.").await;
        for role in Role::ALL {
            self.admin.grant(id, "role", role.as_str(), "owner").await;
        }
    }
}

/// Nothing stands in the way of asking for everything.
fn roomy(settings: &mut nexus_api::settings::Settings) {
    settings.imports.sources = vec!["file:///dev/null".parse().unwrap()];
    settings.self_serve.max_active_keys = 1000;
}

/// A report of a period.
const A_REPORT: &str =
    "/v1/admin/costs/chargeback/generate?period_start=2026-01-01T00:00:00Z&period_end=2026-02-01T00:00:00Z";

/// A price of something that nobody uses.
pub fn new_price() -> Value {
    json!({
        "version": "v1", "provider": nexus_core::clock::fresh_uuid(), "component": "none", "rate_type": "per_request",
        "rate_value_usd": 1, "effective_from": "2026-01-01T00:00:00Z",
    })
}

/// An import of an empty file.
fn nothing() -> Value {
    json!({ "corpus_id": "c1", "source": "file:///dev/null" })
}

/// What service levels begin with in the first tenant.
const SLA_POLICY: &str = "00000000-0000-0000-0000-000000000001";
const INCIDENT: &str = "00000000-0000-0000-0000-000000000002";
const PROFILE: &str = "00000000-0000-0000-0000-000000000003";

/// Makes things whose ids requests name in their bodies.
async fn begin_service_levels(app: &TestApp) {
    let rows = format!(
        "INSERT INTO sla_policies (tenant_id, id, name, tier, enabled, config_json, version, created_at, updated_at)
             VALUES ('t1', '{SLA_POLICY}', 'known', 'custom', false, '{{}}', 1, now(), now());
         INSERT INTO sla_incidents (tenant_id, id, policy_tenant, policy_id, route_class, breach_type, severity, status,
                 decision, first_breach_at, last_breach_at)
             VALUES ('t1', '{INCIDENT}', 't1', '{SLA_POLICY}', 'run', 'availability', 'sev1', 'open', 'allow', now(), now());
         INSERT INTO autoscaling_profiles (tenant_id, id, name, scope, min_replicas, max_replicas, target_p95_ms,
                 target_queue_depth, cooldown_seconds, step_up, step_down, enabled, created_at, updated_at)
             VALUES ('t1', '{PROFILE}', 'known', 'tenant', 1, 2, 1, 0, 0, 1, 1, true, now(), now())"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(rows)).execute(&mut app.behind().await).await.unwrap();
}

/// A policy for service levels that only looks.
pub fn new_sla_policy() -> Value {
    json!({ "name": nexus_core::clock::fresh_uuid(), "tier": "custom", "enabled": false, "config_json": {
        "objectives": { "availability_min_pct": 0, "p95_ms_max": { "run": 3_600_000 }, "max_error_budget_burn_5m": 1_000_000 },
        "enforcement": { "mode": "observe" }, "mitigation": {} } })
}

/// A policy that binds nobody.
fn new_policy() -> Value {
    json!({ "name": "Nothing", "effect": "deny", "resource_type": "ops", "action": "run", "condition_json": { "any": [] } })
}

/// What an operation is asked with.
pub fn body(operation: &Operation) -> Option<Value> {
    let body = match (operation.method.as_str(), operation.path.as_str()) {
        ("POST", "/v1/run") => {
            json!({ "session_id": "s", "corpus_id": "c1", "message": "Where does the heron stand?" })
        }
        ("POST", "/v1/chat/completions") => {
            json!({ "model": "c1", "messages": [{ "role": "user", "content": "Where does the heron stand?" }] })
        }
        ("POST", "/v1/corpora") => json!({ "name": "New" }),
        ("POST", "/v1/imports") => nothing(),
        ("POST", path) if path.ends_with("/search") => json!({ "query": "heron" }),
        ("POST", "/v1/ui/actions/reindex-document") => json!({ "document_id": "d1" }),
        ("POST", "/v1/documents/text") => json!({ "corpus_id": "c1", "text": "Words." }),
        ("PATCH", "/v1/corpora/{corpus_id}") => json!({ "name": "Renamed" }),
        ("PATCH", "/v1/documents/{document_id}") => json!({ "filename": "renamed.txt" }),
        ("PATCH", "/v1/admin/api-keys/{key_id}") => json!({ "name": "renamed" }),
        ("POST", "/v1/self-serve/api-keys") => json!({ "role": "reader", "expires_in_days": 1 }),
        ("PATCH", "/v1/admin/quotas/{tenant_id}") => json!({ "soft_cap_ratio": 0.9 }),
        ("POST", path) if path.ends_with("/permissions") => {
            json!({ "principal_type": "user", "principal_id": nexus_core::clock::fresh_uuid(), "permission": "read" })
        }
        ("POST", path) if path.ends_with("/permissions/bulk") => {
            let user = nexus_core::clock::fresh_uuid();
            json!({ "permissions": [{ "principal_type": "user", "principal_id": user, "permission": "read" }] })
        }
        ("PATCH", path) if path.ends_with("/permissions/{permission_id}") => {
            json!({ "expires_at": "2100-01-01T00:00:00Z" })
        }
        ("POST", "/v1/admin/authz/policies" | "/v1/admin/authz/global-policies") => new_policy(),
        ("POST", "/v1/admin/authz/simulate") => {
            json!({ "resource_type": "document", "action": "read", "draft": new_policy() })
        }
        ("POST", path) if path.ends_with("/simulate") => json!({ "resource_type": "document", "action": "read" }),
        ("POST", "/v1/admin/sla/policies" | "/v1/admin/sla/global-policies") => new_sla_policy(),
        ("PATCH", path) if path.contains("/sla/") && path.ends_with("/{policy_id}") => json!({ "tier": "pro" }),
        ("PATCH", "/v1/admin/sla/assignments/{tenant_id}") => {
            json!({ "policy_id": SLA_POLICY, "override_json": new_sla_policy()["config_json"] })
        }
        ("POST", "/v1/admin/sla/autoscaling/profiles") => {
            json!({ "name": "New", "scope": "tenant", "min_replicas": 1, "max_replicas": 2, "target_p95_ms": 1,
                "target_queue_depth": 0, "cooldown_seconds": 0, "step_up": 1, "step_down": 1 })
        }
        ("PATCH", "/v1/admin/sla/autoscaling/profiles/{profile_id}") => json!({ "step_up": 2 }),
        ("POST", "/v1/admin/sla/autoscaling/evaluate" | "/v1/admin/sla/autoscaling/apply") => {
            json!({ "profile_id": PROFILE, "route_class": "run", "current_replicas": 1, "queue_depth": 1 })
        }
        ("PATCH", path) if path.ends_with("/{policy_id}") => json!({ "priority": 7 }),
        ("PATCH", "/v1/admin/costs/budget") => json!({ "monthly_budget_usd": 100 }),
        ("POST", "/v1/admin/costs/pricing/catalog" | "/v1/admin/costs/pricing/global") => new_price(),
        ("PATCH", path) if path.ends_with("/{price_id}") => json!({ "active": false }),
        ("PUT", path) if path.ends_with("/labels") => json!({ "labels": { "team": nexus_core::clock::fresh_uuid() } }),
        ("POST", "/v1/admin/crypto/keys/{tenant_id}/rotate") => json!({ "force": true }),
        ("PATCH", "/v1/admin/rollouts/killswitches") => {
            json!({ "kill_switches": { "kill.notifications": false }, "reason": "A test" })
        }
        ("PATCH", "/v1/admin/rollouts/canary") => {
            json!({ "canary_percentages": { "rollout.tts": 100 }, "reason": "A test" })
        }
        // Later operations ask for a larger plan than this one.
        ("PATCH", "/v1/admin/plans/{tenant_id}") => {
            let micros = nexus_core::clock::fresh_uuid().as_u128() % 1_000_000;
            json!({ "plan_id": "pro", "effective_to": format!("2100-01-01T00:00:00.{micros:06}Z") })
        }
        ("PATCH", "/v1/admin/plans/{tenant_id}/overrides") => json!({ "feature_key": "feature.tts" }),
        ("POST", "/v1/self-serve/plan/upgrade-request") => json!({ "target_plan": "enterprise" }),
        ("POST", "/v1/admin/groups") => json!({ "display_name": "New" }),
        _ => return None,
    };
    Some(body)
}

pub async fn ask(caller: &Caller, operation: &Operation, path: &str, body: Option<&Value>) -> Answer {
    let answer = if (operation.method.as_str(), path) == ("POST", "/v1/documents") {
        let file = Part::bytes(b"Words.".to_vec()).file_name("a.txt").mime_str("text/plain").unwrap();
        let form = Form::new().text("corpus_id", "c1").part("file", file);
        caller.send(Method::POST, path, |r| r.multipart(form)).await
    } else {
        caller.send(operation.method.clone(), path, |r| if let Some(body) = body { r.json(body) } else { r }).await
    };
    let status = answer.status.as_str();
    assert!(operation.statuses.contains(status), "{answer}: the document does not name this status");
    answer
}

#[tokio::test]
async fn who_may_do_what() {
    let app = TestApp::plan().settings(roomy).start().await;
    let tenant = app.tenant("t1").await;
    let admin = tenant.key(Role::Admin).await;
    let mut things = Things { admin: admin.clone(), operator: tenant.key(Role::Operator).await, made: 0 };
    admin.corpus("c1").await;
    things.document("d1").await;
    begin_service_levels(&app).await;
    let callers = [
        ("nobody", app.nobody()),
        ("reader", tenant.key(Role::Reader).await),
        ("editor", tenant.key(Role::Editor).await),
        ("admin", tenant.key(Role::Admin).await),
        ("operator", tenant.key(Role::Operator).await),
        ("other", app.tenant("t2").await.key(Role::Admin).await),
    ];
    let mut table = String::from("method path permission:");
    for (name, _) in &callers {
        write!(table, " {name}").unwrap();
    }
    table.push_str("\n\"other\" is an administrator of another tenant who names things of this one\n\n");
    for operation in operations() {
        let permission = operation.permission.as_deref().unwrap_or("open to everybody");
        write!(table, "{:<6} {} ({permission}):", operation.method.as_str(), operation.path).unwrap();
        for (name, caller) in &callers {
            let path = things.path(&operation).await;
            let status = ask(caller, &operation, &path, body(&operation).as_ref()).await.status.as_u16();
            let names_a_thing = operation.path.contains('{');
            // What belongs to the operator is closed to every administrator alike.
            let its_own = operation.path.contains("{principal_id}") && status == 200;
            let of_operator = permission::ALL.iter().any(|e| e.least == Role::Operator && e.name == permission);
            // Whose keys they are stands in the path: any tenant but one's own is refused, whether it is there or not.
            let of_one = operation.path.starts_with("/v1/admin/crypto/keys/");
            let closed = its_own || status == 403 && (of_operator || of_one);
            assert!(
                *name != "other" || !names_a_thing || closed || status == 404,
                "{path} tells {status} to another tenant"
            );
            write!(table, " {status}").unwrap();
        }
        table.push('\n');
    }
    insta::assert_snapshot!("who_may_do_what", table);
    app.finish().await;
}

/// Whoever may do it, does it.
pub struct Walk {
    pub things: Things,
}

impl Walk {
    pub async fn begin(app: &TestApp) -> Self {
        let tenant = app.tenant("t1").await;
        let admin = tenant.key(Role::Admin).await;
        let things = Things { admin: admin.clone(), operator: tenant.key(Role::Operator).await, made: 0 };
        admin.corpus("c1").await;
        things.document("d1").await;
        begin_service_levels(app).await;
        Self { things }
    }

    /// Asks for an operation, as the operator with these headers, as often as is wanted: one request, sent again.
    async fn ask(&mut self, operation: &Operation, headers: &[(&'static str, &str)], times: usize) -> Vec<Answer> {
        let path = self.things.path(operation).await;
        let body = body(operation);
        let with = |caller: Caller, (name, value): &(&'static str, &str)| caller.with(name, value);
        let caller = headers.iter().fold(self.things.operator.clone(), with);
        let mut answers = Vec::new();
        for _ in 0..times {
            answers.push(ask(&caller, operation, &path, body.as_ref()).await);
        }
        answers
    }
}

#[tokio::test]
async fn every_change_happens_once_for_its_name() {
    let (receiver, _) = receiver(http::StatusCode::OK).await;
    let change = |s: &mut nexus_api::settings::Settings| {
        roomy(s);
        s.billing.receiver = Some(receiver);
    };
    let app = TestApp::plan().settings(change).start().await;
    let mut walk = Walk::begin(&app).await;
    for operation in operations() {
        let changes = operation.method != Method::GET && operation.permission.is_some();
        let class = permission::ALL.iter().find(|e| Some(e.name) == operation.permission.as_deref()).map(|e| e.class);
        // What only looks may be asked by POST too; a question is resumed, not repeated.
        let looks = matches!(class, Some(permission::RouteClass::Read | permission::RouteClass::Run));
        assert_eq!(operation.once, changes && !looks, "{} {}", operation.method, operation.path);
        if !operation.once {
            continue;
        }
        let key = format!("{} {}", operation.method, operation.path);
        let answers = walk.ask(&operation, &[("idempotency-key", &key)], 2).await;
        let [first, again] = answers.as_slice() else { unreachable!() };
        assert!(first.status.is_success(), "{first}");
        assert_eq!((first.status, without_secret(first)), (again.status, again.body.clone()), "{again}");
        assert_eq!(
            (first.header("idempotency-replayed"), again.header("idempotency-replayed")),
            ("", "true"),
            "{again}"
        );
        assert_eq!(again.header("x-request-id"), first.request_id, "{again}");
    }
    app.finish().await;
}

/// What is remembered of an answer: a key that was shown once is not among it.
fn without_secret(answer: &Answer) -> Vec<u8> {
    let text = String::from_utf8(answer.body.clone()).unwrap();
    let found = [r#","api_key":""#, r#","secret":""#].iter().find_map(|name| text.split_once(name));
    let Some((before, secret)) = found else { return answer.body.clone() };
    format!("{before}{}", secret.split_once('"').unwrap().1).into_bytes()
}

/// What every answer to a known caller says, whatever the answer is.
const STANDINGS: [&str; 11] = [
    "ratelimit-policy",
    "ratelimit",
    "x-ratelimit-status",
    "x-quota-day-limit",
    "x-quota-day-used",
    "x-quota-day-remaining",
    "x-quota-month-limit",
    "x-quota-month-used",
    "x-quota-month-remaining",
    "x-quota-softcap-reached",
    "x-quota-hardcap-mode",
];
/// What runs and the taking in of documents say of the service level.
const LEVELS: [&str; 5] =
    ["x-sla-status", "x-sla-policy-id", "x-sla-decision", "x-sla-route-class", "x-sla-window-end"];
/// What they say of the budget.
const BUDGETS: [&str; 5] = [
    "x-cost-month-budget-usd",
    "x-cost-month-spend-usd",
    "x-cost-month-remaining-usd",
    "x-cost-status",
    "x-cost-estimated",
];
const TOO_SOON: [&str; 4] =
    ["retry-after", "x-ratelimit-scope", "x-ratelimit-route-class", "x-ratelimit-retry-after-ms"];

/// What the document says of the headers of an answer.
struct Promises(Value);

impl Promises {
    fn of(&self, operation: &Operation, status: &str) -> BTreeSet<String> {
        let method = operation.method.as_str().to_lowercase();
        let response = &self.0["paths"][&operation.path][&method]["responses"][status];
        let shared = response["$ref"].as_str().map(|to| self.0.pointer(to.trim_start_matches('#')).unwrap());
        let headers = shared.unwrap_or(response)["headers"].as_object().unwrap();
        headers.keys().map(|name| name.to_lowercase()).collect()
    }

    /// An answer has every header that the document names for it, and the document names every header that is told.
    fn kept(&self, operation: &Operation, answer: &Answer) {
        let promised = self.of(operation, answer.status.as_str());
        let told = |name: &str| answer.headers.contains_key(name);
        // Only an answer that was given before says so, and not every refusal knows when it is worth coming again.
        let sometimes = ["idempotency-replayed", "retry-after"];
        for name in promised.iter().filter(|name| !sometimes.contains(&name.as_str())) {
            assert!(told(name), "{name} is missing: {answer}");
        }
        let all = STANDINGS.iter().chain(&LEVELS).chain(&BUDGETS).chain(&TOO_SOON);
        for name in all.filter(|name| answer.status.is_success() && told(name)) {
            assert!(promised.contains(*name), "{name} is not in the document: {answer}");
        }
        assert!(!told("idempotency-replayed") || promised.contains("idempotency-replayed"), "{answer}");
    }
}

impl Operation {
    /// Whether a service level binds it, and a budget.
    fn is_bound(&self) -> bool {
        let names = ["run.invoke", "corpus.search", "document.ingest", "document.reindex", "corpus.reindex"];
        names.contains(&self.permission.as_deref().unwrap_or_default())
    }

    /// Whether it can also be asked for without `/v1`.
    fn is_aliased(&self) -> bool {
        !["/v1/chat/", "/v1/models", "/v1/ui/"].iter().any(|new| self.path.starts_with(new))
    }

    /// A path that leads to this operation and to nothing that is there.
    fn nowhere(&self) -> String {
        let parts = self.path.split('/').map(|part| if part.starts_with('{') { "nothing" } else { part });
        parts.collect::<Vec<_>>().join("/")
    }
}

pub fn unlimited(settings: &mut nexus_api::settings::Settings) {
    roomy(settings);
    limited_to(settings, 100_000);
}

fn limited_to(settings: &mut nexus_api::settings::Settings, burst: u32) {
    let rate = nexus_core::limit::decide::Rate::new(f64::from(burst), burst);
    let rates = nexus_core::limit::ClassRates { key: rate, tenant: rate };
    let limits = &mut settings.limits;
    (limits.run, limits.mutation, limits.read, limits.ops) = (rates, rates, rates, rates);
    limits.enabled = true;
}

fn says(answer: &Answer, names: &[&str]) {
    for name in names {
        assert!(answer.headers.contains_key(*name), "{name} is missing: {answer}");
    }
}

#[tokio::test]
async fn every_answer_tells_the_standing_of_its_caller() {
    let app = TestApp::plan().settings(unlimited).start().await;
    let promises = Promises(serde_json::to_value(nexus_api::router::openapi()).unwrap());
    let mut walk = Walk::begin(&app).await;
    let reader = app.tenant("t1").await.key(Role::Reader).await;
    let mut refused = 0;
    for operation in operations().into_iter().filter(|o| o.permission.is_some()) {
        let mut answers = walk.ask(&operation, &[], 1).await;
        if operation.once {
            let key = format!("{} {}", operation.method, operation.path);
            answers.extend(walk.ask(&operation, &[("idempotency-key", &key)], 2).await);
        }
        let done = answers.iter().all(|answer| answer.status.is_success());
        refused += usize::from(!done);
        for answer in &answers {
            says(answer, if operation.is_bound() { &BUDGETS } else { &[] });
        }
        let path = walk.things.path(&operation).await;
        answers.push(ask(&reader, &operation, &path, body(&operation).as_ref()).await);
        answers.push(reader.send(operation.method.clone(), &path, |r| r.body("{")).await);
        for answer in answers {
            says(&answer, &STANDINGS);
            says(&answer, if operation.is_bound() { &LEVELS } else { &[] });
            promises.kept(&operation, &answer);
        }
        if !operation.is_aliased() {
            continue;
        }
        let legacy = walk.things.path(&operation).await.replacen("/v1", "", 1);
        let answer = ask_legacy(&walk.things.operator, &operation, &legacy, body(&operation).as_ref()).await;
        assert_eq!(answer.status.is_success(), done, "{answer}");
        says(&answer, &STANDINGS);
        if operation.is_bound() {
            says(&answer, &LEVELS);
            says(&answer, &BUDGETS);
        }
        assert_eq!(answer.header("deprecation"), "true", "{answer}");
    }
    assert!(refused < 5, "{refused} operations were refused to everybody");
    app.finish().await;
}

async fn ask_legacy(caller: &Caller, operation: &Operation, path: &str, body: Option<&Value>) -> Answer {
    if (operation.method.as_str(), path) == ("POST", "/documents") {
        let file = Part::bytes(b"Words.".to_vec()).file_name("a.txt").mime_str("text/plain").unwrap();
        let form = Form::new().text("corpus_id", "c1").part("file", file);
        return caller.send(Method::POST, path, |r| r.multipart(form)).await;
    }
    caller.send(operation.method.clone(), path, |r| if let Some(body) = body { r.json(body) } else { r }).await
}

#[tokio::test]
async fn whoever_comes_too_soon_is_told_by_every_operation() {
    let app = TestApp::plan().settings(|s| limited_to(s, 0)).start().await;
    let promises = Promises(serde_json::to_value(nexus_api::router::openapi()).unwrap());
    let operator = app.tenant("t1").await.key(Role::Operator).await;
    // Where a tenant stands is known from its first request that was let in.
    app.platform.quotas.standing(&nexus_core::op::Op::internal(app.clock.now()), &"t1".parse().unwrap()).await.unwrap();
    for operation in operations().into_iter().filter(|o| o.permission.is_some()) {
        let legacy = operation.is_aliased().then(|| operation.nowhere().replacen("/v1", "", 1));
        for path in [Some(operation.nowhere()), legacy].into_iter().flatten() {
            let answer = operator.send(operation.method.clone(), &path, |r| r).await;
            assert_eq!(answer.status, 429, "{answer}");
            says(&answer, &STANDINGS);
            says(&answer, &TOO_SOON);
            says(&answer, if operation.is_bound() { &LEVELS } else { &[] });
            promises.kept(&operation, &answer);
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn whoever_has_used_everything_is_told_by_every_operation() {
    let app = TestApp::plan().settings(unlimited).start().await;
    let promises = Promises(serde_json::to_value(nexus_api::router::openapi()).unwrap());
    let operator = app.tenant("t1").await.key(Role::Operator).await;
    operator.corpus("c1").await;
    let elsewhere = app.tenant("ops").await.key(Role::Operator).await;
    elsewhere.patch("/v1/admin/quotas/t1", &json!({ "daily_requests_limit": 0 })).await.ok();
    for operation in operations().into_iter().filter(|o| o.permission.is_some()) {
        let path = operation.nowhere();
        // Questions and searches are charged when it is clear that they could be answered.
        let asks = matches!(operation.permission.as_deref(), Some("run.invoke" | "corpus.search"));
        let (question, path) = (body(&operation).filter(|_| asks), path.replace("nothing/search", "c1/search?query=x"));
        let path = if question.is_some() { path.replace("?query=x", "") } else { path };
        let build = |r: reqwest::RequestBuilder| if let Some(body) = &question { r.json(body) } else { r };
        let answer = operator.send(operation.method.clone(), &path, build).await;
        let entry = permission::ALL.iter().find(|e| Some(e.name) == operation.permission.as_deref()).unwrap();
        // No limit locks those out who set it.
        assert_eq!(answer.status == 402, entry.least < Role::Operator, "{answer}");
        says(&answer, &STANDINGS);
        if operation.is_bound() {
            says(&answer, &LEVELS);
            says(&answer, &BUDGETS);
        }
        promises.kept(&operation, &answer);
    }
    app.finish().await;
}

#[tokio::test]
async fn whoever_has_spent_everything_is_told_by_all_that_spends() {
    let app = TestApp::plan().settings(unlimited).start().await;
    let promises = Promises(serde_json::to_value(nexus_api::router::openapi()).unwrap());
    let mut walk = Walk::begin(&app).await;
    let ops = app.tenant("ops").await.key(Role::Operator).await;
    for (component, provider) in [("llm", "test"), ("queue", "internal"), ("retrieval", "local_pgvector")] {
        let mut price = new_price();
        (price["component"], price["provider"]) = (json!(component), json!(provider));
        ops.post("/v1/admin/costs/pricing/global", &price).await.created();
    }
    let hold = json!({ "monthly_budget_usd": "0.5", "enforce_hard_cap": true, "hard_cap_mode": "block" });
    walk.things.operator.patch("/v1/admin/costs/budget", &hold).await.ok();
    let mut refused = 0;
    // An import spends when its documents are taken in, one after the other.
    for operation in operations().into_iter().filter(|o| o.is_bound() && !o.path.starts_with("/v1/imports")) {
        for answer in walk.ask(&operation, &[], 1).await {
            assert_eq!(answer.status, 402, "{answer}");
            says(&answer, &STANDINGS);
            says(&answer, &LEVELS);
            says(&answer, &BUDGETS);
            assert_eq!(answer.header("x-cost-status"), "capped", "{answer}");
            promises.kept(&operation, &answer);
            refused += 1;
        }
    }
    assert_eq!(refused, 9, "uploads, texts, all kinds of reindexing, both of searching, runs, and completions");
    app.finish().await;
}
