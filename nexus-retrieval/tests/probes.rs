//! Random tenants, callers, grants and policies: what a search and a list give is exactly what brute force in memory says.
//!
//! `NEXUS_CASES` says how many searches are made, `NEXUS_SEED` where chance begins.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use chrono::TimeDelta;
use futures::future::join_all;
use nexus_authz::{
    access::Access,
    caller::{Caller, RoleSettings},
    permission::{DocumentRead, Permission as _, RunInvoke},
    policy::{Action, Facts, Fallback, PolicySet, PolicySettings, RequestFacts, Resource, ResourceType},
    scope::ScopeSettings,
};
use nexus_core::{
    audit::{AuditLog, AuditSettings},
    clock::Clock,
    id::{CorpusId, TenantId},
    op::Op,
    page::PageRequest,
    pg::{
        Db,
        changes::Changes,
        testing::{self, TestDb},
    },
    principal::{AuthMethod, Principal, Role},
};
use nexus_retrieval::{
    corpus::{Corpora, Corpus},
    document::read,
    embed::HashEmbedder,
    index::memory::MemorySettings,
    provider::{LocalPgvector, Query, Retriever as _},
};
use serde_json::{Map, Value, json};
use sqlx::{PgConnection, types::Json};

const TENANTS: [&str; 2] = ["t1", "t2"];
const CORPORA: [&str; 2] = ["small", "large"];
const DOCUMENTS: usize = 14;

const WORLD: &str = "
    INSERT INTO tenants (id, name) VALUES ('t1', '1'), ('t2', '2');
    INSERT INTO corpora (tenant_id, id, name, provider_config_json, embedding_model, embedding_dimension, chunk_count, term_count)
    SELECT t.id, c.id, c.id, '{\"retrieval\": {\"provider\": \"local_pgvector\"}}', 'hash-768', 768, c.chunks, c.chunks
    FROM tenants t, (VALUES ('small', 14), ('large', 5000)) c (id, chunks);
    INSERT INTO documents (tenant_id, id, corpus_id, filename, title, content_type, ingest_source, status, source_key,
                           source_bytes, source_sha256, chunk_size_chars, chunk_overlap_chars, num_chunks, created_at)
    SELECT c.tenant_id, c.id || n, c.id, 'd.txt', 'd', 'text/plain', 'raw_text', 'succeeded', 'k', 4, '\\x00', 100, 0, 1,
           now() + n * interval '1 s'
    FROM corpora c, generate_series(1, 14) n;
    INSERT INTO document_texts SELECT tenant_id, id, 'keys', 4, '\\x00' FROM documents;
    INSERT INTO chunks (tenant_id, corpus_id, document_id, chunk_index, start_char, end_char, text, term_count, dimension,
                        embedding)
    SELECT tenant_id, corpus_id, id, 0, 0, 4, 'keys', 1, 768,
           (SELECT array_agg(0.1 + 0.01 * ((k * length(id) * ascii(right(id, 1))) % 7))::real[]
            FROM generate_series(1, 768) k)::halfvec
    FROM documents;
    INSERT INTO postings SELECT tenant_id, corpus_id, 'key', id, 1 FROM chunks;
";

/// A small generator, so that a case can be repeated.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).unwrap()).unwrap()
    }
    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let n = self.below(of.len());
        &of[n]
    }
}

struct Attributes {
    labels: BTreeMap<String, String>,
    metadata: Map<String, Value>,
}

/// What brute force goes by.
#[derive(Default)]
struct Known {
    documents: BTreeMap<(String, String), Attributes>,
    /// Tenant, document or corpus, name, and whether it counts.
    grants: Vec<(String, String, String, bool)>,
    policies: BTreeMap<String, PolicySet>,
}

fn comparison(chance: &mut Chance) -> Value {
    let var = |path: &str| json!({ "var": path });
    let letter = ["a", "b", "c"];
    let attribute =
        *chance.pick(&["resource.labels.l", "resource.labels.g", "resource.metadata.l", "resource.metadata.no"]);
    let value = *chance.pick(&letter);
    match chance.below(14) {
        0 => json!({ "eq": [var(attribute), value] }),
        1 => json!({ "ne": [var(attribute), value] }),
        2 => json!({ "in": [var(attribute), [value, "b"]] }),
        3 => json!({ "not_in": [var(attribute), [value]] }),
        4 => json!({ "eq": [var("principal.role"), *chance.pick(&["reader", "editor"])] }),
        5 => json!({ "contains": [var("principal.groups"), var("resource.labels.g")] }),
        6 => json!({ "gt": [var("resource.metadata.n"), chance.below(6)] }),
        7 => json!({ "lte": [var("resource.metadata.n"), chance.below(6)] }),
        8 => json!({ "eq": [var("resource.metadata.owner"), var("principal.id")] }),
        9 => json!({ "starts_with": [var("resource.metadata.path"), *chance.pick(&["/a", "/b", "/"])] }),
        10 => json!({ "date_between": [var("resource.metadata.day"), { "start": "2026-01-01", "end": "2026-06-30" }] }),
        11 => json!({ "eq": [var("resource.labels.l"), var("resource.metadata.l")] }),
        12 => json!({ "contains": [var("resource.metadata.path"), value] }),
        _ => json!({ "eq": [var("resource.metadata.l"), null] }),
    }
}

fn condition(chance: &mut Chance, depth: usize) -> Value {
    if depth == 0 {
        return comparison(chance);
    }
    match chance.below(5) {
        1 => json!({ "all": [condition(chance, depth - 1), condition(chance, depth - 1)] }),
        2 => json!({ "any": [condition(chance, depth - 1), condition(chance, depth - 1)] }),
        3 => json!({ "not": condition(chance, depth - 1) }),
        _ => comparison(chance),
    }
}

fn principals(tenant: &TenantId) -> Vec<Principal> {
    let of = |n: usize, role, groups: &[&str]| Principal {
        tenant: tenant.clone(),
        user: format!("u{n}").parse().unwrap(),
        role,
        credential: format!("k{n}").parse().unwrap(),
        method: if n == 3 { AuthMethod::SsoSession } else { AuthMethod::ApiKey },
        groups: groups.iter().map(|g| g.parse().unwrap()).collect(),
    };
    vec![
        of(1, Role::Reader, &["a"]),
        of(2, Role::Editor, &["b", "c"]),
        of(3, Role::Admin, &[]),
        of(4, Role::Reader, &[]),
    ]
}

/// Deals everything anew: attributes, grants and policies.
async fn deal(chance: &mut Chance, owner: &mut PgConnection) -> Known {
    let mut known = Known::default();
    sqlx::raw_sql(
        "DELETE FROM document_permissions; DELETE FROM corpus_permissions; DELETE FROM authorization_policies",
    )
    .execute(&mut *owner)
    .await
    .unwrap();
    let (mut ids, mut all_labels, mut all_metadata) = (Vec::new(), Vec::new(), Vec::new());
    for tenant in TENANTS {
        for corpus in CORPORA {
            for n in 1..=DOCUMENTS {
                let mut labels = BTreeMap::new();
                let mut metadata = Map::new();
                for key in ["l", "g"] {
                    if chance.below(3) > 0 {
                        labels.insert(key.to_owned(), (*chance.pick(&["a", "b", "c"])).to_owned());
                    }
                }
                let mut set = |key: &str, value: Value| drop(metadata.insert(key.to_owned(), value));
                match chance.below(4) {
                    0 => set("l", Value::Null),
                    1 => {}
                    _ => set("l", json!(*chance.pick(&["a", "b", "c"]))),
                }
                match chance.below(4) {
                    0 => set("n", json!("3")),
                    1 => {}
                    _ => set("n", json!(chance.below(7))),
                }
                set("owner", json!(format!("u{}", 1 + chance.below(4))));
                set("path", json!(*chance.pick(&["/a/b", "/b", "c"])));
                set("day", json!(*chance.pick(&["2026-03-01", "2026-09-01", "never"])));
                ids.push((tenant, format!("{corpus}{n}")));
                all_labels.push(Json(labels.clone()));
                all_metadata.push(Json(metadata.clone()));
                known.documents.insert((tenant.to_owned(), format!("{corpus}{n}")), Attributes { labels, metadata });
            }
        }
    }
    sqlx::query(
        "UPDATE documents d SET labels_json = u.l, metadata_json = u.m
         FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::jsonb[]) AS u (t, id, l, m)
         WHERE d.tenant_id = u.t AND d.id = u.id",
    )
    .bind(ids.iter().map(|i| i.0).collect::<Vec<_>>())
    .bind(ids.iter().map(|i| i.1.as_str()).collect::<Vec<_>>())
    .bind(all_labels)
    .bind(all_metadata)
    .execute(&mut *owner)
    .await
    .unwrap();
    grant(chance, owner, &mut known).await;
    known
}

async fn grant(chance: &mut Chance, owner: &mut PgConnection, known: &mut Known) {
    let names = [
        "user:u1",
        "user:u2",
        "user:u3",
        "user:u4",
        "role:reader",
        "role:admin",
        "api_key:k2",
        "api_key:k3",
        "group:a",
        "group:c",
    ];
    for tenant in TENANTS {
        for corpus in CORPORA {
            let targets = (1..=DOCUMENTS).map(|n| (format!("{corpus}{n}"), 2)).chain([(corpus.to_owned(), 1)]);
            for (target, most) in targets.collect::<Vec<_>>() {
                let whole = target == corpus;
                for _ in 0..=chance.below(most + 1) {
                    if whole && chance.below(3) > 0 {
                        continue;
                    }
                    let name = *chance.pick(&names);
                    let right = *chance.pick(&["read", "write", "delete", "reindex", "owner"]);
                    let expired = chance.below(4) == 0;
                    let (kind, id) = name.split_once(':').unwrap();
                    let table = if whole { "corpus" } else { "document" };
                    let end = if expired { "now() - interval '1 h'" } else { "now() + interval '1 h'" };
                    let statement = format!(
                        "INSERT INTO {table}_permissions (tenant_id, id, {table}_id, principal_type, principal_id, permission, expires_at)
                         VALUES ('{tenant}', gen_random_uuid(), '{target}', '{kind}', '{id}', '{right}', {end})
                         ON CONFLICT DO NOTHING"
                    );
                    let made = sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *owner).await.unwrap();
                    if made.rows_affected() == 1 {
                        known.grants.push((tenant.to_owned(), target.clone(), name.to_owned(), !expired));
                    }
                }
            }
        }
    }
}

async fn legislate(chance: &mut Chance, owner: &mut PgConnection, access: &Access, known: &mut Known) {
    for tenant in TENANTS.iter().chain(&["*"]) {
        for n in 0..chance.below(if *tenant == "*" { 2 } else { 5 }) + usize::from(*tenant != "*") {
            // Most worlds allow something, or nothing would be left to find.
            let open = n == 0 && *tenant != "*" && chance.below(2) == 0;
            let depth = chance.below(3);
            let (effect, condition) = match (open, *tenant) {
                (true, _) => ("allow", json!({})),
                (false, "*") => ("deny", condition(chance, depth)),
                (false, _) => (*chance.pick(&["allow", "allow", "deny"]), condition(chance, depth)),
            };
            sqlx::query(
                "INSERT INTO authorization_policies (tenant_id, id, name, effect, resource_type, action, condition_json, enabled)
                 VALUES ($1, gen_random_uuid(), 'p', $2, 'document', $3, $4, $5)",
            )
            .bind(tenant)
            .bind(effect)
            .bind(*chance.pick(&["read", "read", "*", "write"]))
            .bind(Json(condition))
            .bind(chance.below(8) > 0)
            .execute(&mut *owner)
            .await
            .unwrap();
        }
    }
    for tenant in TENANTS {
        let set = access.policies(&tenant.parse().unwrap()).await.unwrap().unwrap();
        known.policies.insert(tenant.to_owned(), set);
    }
}

/// Brute force: every document of the corpus, each decided on by itself.
fn permitted(known: &Known, op: &Op, principal: &Principal, corpus: &CorpusId) -> BTreeSet<String> {
    let tenant = principal.tenant.as_str();
    let names = principal.grant_names();
    let granted = |target: &str| {
        known.grants.iter().any(|(t, on, name, counts)| t == tenant && on == target && *counts && names.contains(name))
    };
    let request = RequestFacts::new(op.request_id.as_str(), op.now, None, None, RunInvoke::ENTRY.class);
    (1..=DOCUMENTS)
        .map(|n| format!("{corpus}{n}"))
        .filter(|id| {
            let of = &known.documents[&(tenant.to_owned(), id.clone())];
            let resource = Resource {
                id: Some(id),
                corpus: Some(corpus),
                status: Some("succeeded"),
                content_type: Some("text/plain"),
                labels: Some(&of.labels),
                metadata: Some(&of.metadata),
                ..Resource::new(ResourceType::Document, &principal.tenant)
            };
            let facts = Facts { principal, plan: None, request: &request, resource: Some(&resource) };
            let policies = &known.policies[tenant];
            (granted(id) || granted(corpus.as_str()))
                && policies.decide(ResourceType::Document, Action::Read, &facts, Fallback::Deny).allowed
        })
        .collect()
}

struct Searcher {
    access: Access,
    local: LocalPgvector,
    /// The same with corpora in memory, which are read at the first search of each revision.
    memory: LocalPgvector,
    corpora: BTreeMap<(String, String), Arc<Corpus>>,
    db: Db,
}

async fn searcher(database: &TestDb) -> Searcher {
    let db = database.db.clone();
    let (audit, _) = AuditLog::new(&db, &AuditSettings::default());
    let (policies, scope) = (PolicySettings::default(), ScopeSettings::default());
    let lookup = Corpora::new(db.clone(), &Changes::none());
    let mut corpora = BTreeMap::new();
    for tenant in TENANTS {
        for corpus in CORPORA {
            let found = lookup.get(&tenant.parse().unwrap(), &corpus.parse().unwrap()).await.unwrap().unwrap();
            corpora.insert((tenant.to_owned(), corpus.to_owned()), found);
        }
    }
    let local = LocalPgvector::new(db.clone(), Arc::new(HashEmbedder::default()));
    Searcher {
        access: Access::new(db.clone(), &Changes::none(), policies, scope, audit),
        memory: local.clone().with_memory(MemorySettings { after: 1, ..MemorySettings::default() }),
        local,
        corpora,
        db,
    }
}

/// One search for everything and one for little, in the database and in memory. Returns how many passages were found.
async fn probe(on: &Searcher, known: &Known, principal: &Principal, corpus: &str) -> usize {
    let op = Op::internal(Clock::system().now() + TimeDelta::seconds(1));
    let caller = Caller::<RunInvoke>::check(Arc::new(principal.clone()), RoleSettings::default()).unwrap();
    let corpus = &on.corpora[&(principal.tenant.to_string(), corpus.to_owned())];
    let scope = on.access.scope(&op, &caller).await.unwrap().within(corpus.id.clone());
    let expected = permitted(known, &op, principal, &corpus.id);
    while on.memory.memory().unwrap().view(&op, &scope, corpus).await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    for (top_k, local) in [(50, &on.local), (2, &on.local), (50, &on.memory), (2, &on.memory)] {
        let query = Query::new("Where are the keys?", top_k);
        let hits = local.retrieve(&op, &scope, corpus, &query).await.unwrap();
        let found: BTreeSet<String> = hits.iter().map(|h| h.origin.id.clone()).collect();
        let leaked: Vec<_> = found.difference(&expected).collect();
        assert!(leaked.is_empty(), "leaked {leaked:?} of {expected:?}: {scope:?} {:?}", known.policies);
        let wanted = expected.len().min(usize::try_from(top_k).unwrap());
        assert_eq!(found.len(), wanted, "found {found:?} of {expected:?}: {scope:?} {:?}", known.policies);
    }
    expected.len()
}

async fn list(on: &Searcher, known: &Known, principal: &Principal) {
    let op = Op::internal(Clock::system().now() + TimeDelta::seconds(1));
    let caller = Caller::<DocumentRead>::check(Arc::new(principal.clone()), RoleSettings::default()).unwrap();
    let scope = on.access.scope(&op, &caller).await.unwrap();
    let mut expected = BTreeSet::new();
    for corpus in CORPORA {
        expected.extend(permitted(known, &op, principal, &corpus.parse().unwrap()));
    }
    let mut found = BTreeSet::new();
    let mut page = PageRequest { limit: 3, after: None };
    loop {
        let got = read::list(&op, &on.db, &scope, &page).await.unwrap();
        found.extend(got.items.iter().map(|d| d.id.to_string()));
        match got.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    assert_eq!(found, expected, "{scope:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_and_lists_give_exactly_what_may_be_read() {
    let cases: usize = std::env::var("NEXUS_CASES").map_or(400, |n| n.parse().unwrap());
    let seed = std::env::var("NEXUS_SEED").map_or(20_261_121, |n| n.parse().unwrap());
    let mut chance = Chance(seed);
    let database = testing::database().await;
    let mut owner = testing::connect(&database.url).await;
    sqlx::raw_sql(WORLD).execute(&mut owner).await.unwrap();
    let on = searcher(&database).await;
    let everybody: Vec<Principal> = TENANTS.iter().flat_map(|t| principals(&t.parse().unwrap())).collect();
    let (mut searches, mut found) = (0, 0);
    while searches < cases {
        let mut known = deal(&mut chance, &mut owner).await;
        legislate(&mut chance, &mut owner, &on.access, &mut known).await;
        let probes = everybody.iter().flat_map(|p| CORPORA.iter().map(move |c| (p, c)));
        let counts = join_all(probes.map(|(p, c)| probe(&on, &known, p, c))).await;
        join_all(everybody.iter().map(|p| list(&on, &known, p))).await;
        searches += 4 * counts.len();
        found += counts.iter().sum::<usize>();
    }
    println!("{searches} searches, {found} readable passages, 0 leaks, 0 missing");
    assert!(found > searches / 10, "the worlds are too poor to show anything: {found} of {searches}");
}
