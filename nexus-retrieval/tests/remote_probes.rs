//! A remote provider that pays no attention to anybody's rights, asked through the check: exactly what may be read comes
//! back, against a count of all possibilities. `NEXUS_CASES` sets how many questions are asked.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{FutureExt as _, future::BoxFuture};
use nexus_authz::{
    permission::RouteClass,
    policy::{Action, Condition, Effect, Fallback, Limits, Policy, PolicySet, RequestFacts, ResourceType},
    scope::{Policies, ReadScope, ScopeSettings},
};
use nexus_core::{
    audit::{AuditLog, AuditSettings},
    clock::Clock,
    id::TenantId,
    op::Op,
    pg::testing,
    principal::{Principal, Role},
};
use nexus_retrieval::{
    corpus::{Corpora, Corpus},
    index::{Hit, Origin},
    provider::{
        Query, RetrievalError, Retriever as _,
        guard::{Guarded, Remote},
    },
};
use serde_json::{Value, json};

const DOCUMENTS: usize = 60;
const USERS: usize = 6;
const TEAMS: [&str; 3] = ["red", "green", "blue"];

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// A document of the remote corpus. Those that are not registered are known to the provider alone.
#[derive(Debug, Clone)]
struct Doc {
    id: String,
    registered: bool,
    team: &'static str,
    level: usize,
    /// Users with a grant, and whether it has expired.
    grants: BTreeMap<usize, bool>,
}

struct Careless {
    ranking: Vec<Doc>,
    tenant: &'static str,
}

impl Remote for Careless {
    fn name(&self) -> &'static str {
        "careless"
    }
    fn limit(&self) -> u32 {
        100
    }
    fn search<'a>(
        &'a self,
        _: &'a Op,
        _: &'a ReadScope,
        _: &'a Corpus,
        query: &'a Query,
    ) -> BoxFuture<'a, Result<Vec<Hit>, RetrievalError>> {
        let count = usize::try_from(query.top_k).unwrap();
        let hits: Vec<Hit> = self.ranking.iter().take(count).map(|doc| hit(doc, self.tenant)).collect();
        async move { Ok(hits) }.boxed()
    }
}

fn hit(doc: &Doc, tenant: &str) -> Hit {
    // What the provider says of documents that we have is out of date, and must not count.
    let team = if doc.registered { "stale" } else { doc.team };
    let metadata = json!({ "tenant_id": tenant, "labels.team": team, "metadata": { "level": doc.level } });
    let metadata = metadata.as_object().unwrap().clone();
    let origin = Origin { id: doc.id.clone(), title: doc.id.clone(), metadata, ..Origin::default() };
    Hit::new(origin.into(), 0, "x")
}

/// A rule and what it means, written down twice.
#[derive(Debug, Clone, Copy)]
struct Rule {
    deny: bool,
    kind: usize,
    team: usize,
    level: usize,
}

impl Rule {
    fn condition(self) -> Value {
        let team = json!({ "eq": [{ "var": "resource.labels.team" }, TEAMS[self.team]] });
        let level = json!({ "gte": [{ "var": "resource.metadata.level" }, self.level] });
        match self.kind {
            0 => json!({}),
            1 => team,
            2 => level,
            3 => json!({ "all": [{ "not": team }, level] }),
            _ => json!({ "all": [{ "eq": [{ "var": "principal.id" }, "u1"] }, team] }),
        }
    }

    fn holds(self, doc: &Doc, user: usize) -> bool {
        let (team, level) = (doc.team == TEAMS[self.team], doc.level >= self.level);
        match self.kind {
            0 => true,
            1 => team,
            2 => level,
            3 => !team && level,
            _ => user == 1 && team,
        }
    }
}

fn policies(rules: &[Rule], op: &Op) -> PolicySet {
    let limits = Limits { max_bytes: 16_384, max_depth: 8 };
    PolicySet::compile(rules.iter().map(|rule| Policy {
        id: nexus_core::id::fresh(),
        tenant: None,
        name: "rule".into(),
        version: 1,
        effect: if rule.deny { Effect::Deny } else { Effect::Allow },
        resource_type: ResourceType::Document,
        action: Action::Read,
        condition: Condition::parse(&rule.condition(), &limits).unwrap(),
        priority: 100,
        enabled: true,
        created_by: None,
        created_at: op.now,
        updated_at: op.now,
    }))
}

fn world(dice: &mut Dice) -> Vec<Doc> {
    let mut docs = Vec::new();
    for n in 0..DOCUMENTS {
        let grants = (0..dice.roll(4)).map(|_| (dice.roll(USERS), dice.roll(3) == 0)).collect();
        let registered = dice.roll(4) > 0;
        docs.push(Doc { id: format!("d{n}"), registered, team: TEAMS[dice.roll(3)], level: dice.roll(5), grants });
    }
    docs
}

/// The documents of one tenant; another tenant has the same ids, readable by everybody there.
fn statements(docs: &[Doc], whole: usize) -> String {
    use std::fmt::Write as _;
    let mut sql = String::new();
    for tenant in ["t", "other"] {
        writeln!(
            sql,
            "INSERT INTO tenants (id, name) VALUES ('{tenant}', 'x');
             INSERT INTO corpora (tenant_id, id, name, provider_config_json, embedding_model, embedding_dimension)
             VALUES ('{tenant}', 'c', 'c', '{{\"retrieval\": {{\"provider\": \"local_pgvector\"}}}}', 'hash-768', 768);"
        )
        .unwrap();
    }
    let grant = |sql: &mut String, table: &str, tenant: &str, target: &str, user: usize, end: &str| {
        writeln!(
            sql,
            "INSERT INTO {table}_permissions (tenant_id, id, {table}_id, principal_type, principal_id, permission, expires_at)
             VALUES ('{tenant}', gen_random_uuid(), '{target}', 'user', 'u{user}', 'read', {end});"
        )
        .unwrap();
    };
    for doc in docs.iter().filter(|doc| doc.registered) {
        for tenant in ["t", "other"] {
            writeln!(
                sql,
                "INSERT INTO documents (tenant_id, id, corpus_id, filename, title, content_type, ingest_source, status,
                     source_key, source_bytes, source_sha256, chunk_size_chars, chunk_overlap_chars, labels_json, metadata_json)
                 VALUES ('{tenant}', '{0}', 'c', 'd', 'd', 'text/plain', 'raw_text', 'succeeded', 'k', 1, '\\x00', 100, 0,
                     '{{\"team\": \"{1}\"}}', '{{\"level\": {2}}}');",
                doc.id, doc.team, doc.level
            )
            .unwrap();
        }
        for user in 0..USERS {
            grant(&mut sql, "document", "other", &doc.id, user, "NULL");
        }
        for (user, expired) in &doc.grants {
            let end = if *expired { "now() - interval '1 minute'" } else { "now() + interval '1 day'" };
            grant(&mut sql, "document", "t", &doc.id, *user, end);
        }
    }
    grant(&mut sql, "corpus", "t", "c", whole, "NULL");
    sql
}

fn cases() -> usize {
    std::env::var("NEXUS_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(300)
}

#[tokio::test]
async fn exactly_what_may_be_read_comes_through() {
    let mut dice = Dice(7);
    let database = testing::database().await;
    let docs = world(&mut dice);
    let whole = 2;
    let mut owner = testing::connect(&database.url).await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements(&docs, whole))).execute(&mut owner).await.unwrap();
    let (audit, _writer) = AuditLog::new(&database.db, &AuditSettings::default());
    let changes = nexus_core::pg::changes::Changes::none();
    let tenant: TenantId = "t".parse().unwrap();
    let corpora = Corpora::new(database.db.clone(), &changes);
    let corpus = corpora.get(&tenant, &"c".parse().unwrap()).await.unwrap().unwrap();
    let (mut shown, mut hidden) = (0, 0);
    for _ in 0..cases() {
        let op = Op::internal(Clock::system().now());
        let rules: Vec<Rule> = (0..=dice.roll(4))
            .map(|_| Rule { deny: dice.roll(3) == 0, kind: dice.roll(5), team: dice.roll(3), level: dice.roll(5) })
            .collect();
        let user = dice.roll(USERS);
        let mut ranking = docs.clone();
        for n in (1..ranking.len()).rev() {
            ranking.swap(n, dice.roll(n + 1));
        }
        let top_k = 1 + dice.roll(20);

        let may = |doc: &Doc| {
            let granted = user == whole || (doc.registered && doc.grants.get(&user) == Some(&false));
            let matching = |deny: bool| rules.iter().any(|r| r.deny == deny && r.holds(doc, user));
            granted && matching(false) && !matching(true)
        };
        let expected: Vec<String> = ranking.iter().filter(|d| may(d)).take(top_k).map(|d| d.id.clone()).collect();

        let principal = Principal::vouched_for(tenant.clone(), format!("u{user}").parse().unwrap(), Role::Reader);
        let request = RequestFacts::new("r", op.now, None, None, RouteClass::Run);
        let set = policies(&rules, &op);
        let counted = Policies { set: &set, fallback: Fallback::Deny, plan: None, request: &request };
        let scope =
            ReadScope::vouched_for(&principal, Some(counted), ScopeSettings::default()).within("c".parse().unwrap());
        let guarded = Guarded::new(Arc::new(Careless { ranking, tenant: "t" }), database.db.clone(), audit.clone());
        let query = Query::new("?", u32::try_from(top_k).unwrap());
        let found = guarded.retrieve(&op, &scope, &corpus, &query).await.unwrap();
        let found: Vec<String> = found.into_iter().map(|hit| hit.origin.id.clone()).collect();
        assert_eq!(found, expected, "user {user}, rules {rules:?}");
        shown += found.len();
        hidden += DOCUMENTS - found.len();
    }
    assert!(shown > cases() && hidden > cases(), "the probes say something: {shown} shown, {hidden} hidden");
    let unique: BTreeSet<&String> = docs.iter().map(|d| &d.id).collect();
    assert_eq!(unique.len(), DOCUMENTS);
}
