//! Pages of documents far into a list: what they hold, and that no page reads those before it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use chrono::{DateTime, Utc};
use nexus_authz::{
    permission::{DocumentRead, Permission as _},
    policy::{Action, Condition, Effect, Fallback, Policy, PolicySet, PolicySettings, RequestFacts, ResourceType},
    scope::{Policies, ReadScope, ScopeSettings},
};
use nexus_core::{
    clock::Clock,
    op::Op,
    page::{After, PageRequest},
    pg::{
        Bound,
        testing::{self, TestDb},
    },
    principal::{Principal, Role},
};
use nexus_retrieval::document::read;
use serde_json::json;

const WORLD: &str = "
    INSERT INTO tenants (id, name) VALUES ('t', 't');
    INSERT INTO corpora (tenant_id, id, name, provider_config_json, embedding_model, embedding_dimension)
    SELECT 't', c, c, '{\"retrieval\": {\"provider\": \"local_pgvector\"}}', 'fixed-384', 384 FROM unnest(ARRAY['c', 'e', 'f']) c;
    INSERT INTO documents (tenant_id, id, corpus_id, filename, title, content_type, ingest_source, status, source_key,
                           source_bytes, source_sha256, chunk_size_chars, chunk_overlap_chars, created_at)
    SELECT 't', 'd' || lpad(n::text, 4, '0'), CASE WHEN n % 3 = 0 THEN 'e' WHEN n % 100 = 1 THEN 'f' ELSE 'c' END, 'd.txt', 'd', 'text/plain', 'raw_text',
           'queued', 't' || n, 4, '\\x00', 100, 0, timestamptz '2026-01-01Z' + n / 2 * interval '1 second'
    FROM generate_series(0, 2999) n;
    INSERT INTO document_permissions (tenant_id, id, document_id, principal_type, principal_id, permission)
    SELECT 't', gen_random_uuid(), 'd' || lpad(n::text, 4, '0'), 'user', 'ann', 'read'
    FROM generate_series(0, 2999) n WHERE n % 5 <> 0;
    INSERT INTO document_permissions (tenant_id, id, document_id, principal_type, principal_id, permission, expires_at)
    SELECT 't', gen_random_uuid(), 'd' || lpad(n::text, 4, '0'), 'user', who, 'read', CASE WHEN n % 14 = 0 THEN timestamptz '2020-01-01Z' END
    FROM generate_series(0, 2999) n CROSS JOIN unnest(ARRAY['bea', 'cid']) who WHERE n % 70 = 0 OR n % 70 = 5;
    INSERT INTO corpus_permissions (tenant_id, id, corpus_id, principal_type, principal_id, permission, expires_at)
    SELECT 't', gen_random_uuid(), c, 'user', 'cid', 'read', e
    FROM (VALUES ('f', NULL), ('c', timestamptz '2020-01-01Z')) v (c, e);
    UPDATE documents SET labels_json = '{\"kind\": \"note\"}' WHERE right(id, 1) = '5';
    ANALYZE;
";
const LIMIT: u32 = 20;

/// Who reads the list, and which numbers that leaves.
type Case = (ReadScope, fn(usize) -> bool);

fn reader(user: &str, role: Role, policies: Option<&PolicySet>) -> ReadScope {
    let who = Principal::vouched_for("t".parse().unwrap(), user.parse().unwrap(), role);
    let request = RequestFacts::new("r", Clock::system().now(), None, None, DocumentRead::ENTRY.class);
    let policies = policies.map(|set| Policies { set, fallback: Fallback::Deny, plan: None, request: &request });
    ReadScope::vouched_for(&who, policies, ScopeSettings { admin_bypasses_acl: true })
}

/// Those for whom most documents are.
fn readers() -> [Case; 4] {
    let of = |user, role| reader(user, role, None);
    let corpus = || "e".parse().unwrap();
    [
        (of("root", Role::Admin), |_| true),
        (of("root", Role::Admin).within(corpus()), |n| n % 3 == 0),
        (of("ann", Role::Reader), |n| n % 5 != 0),
        (of("ann", Role::Reader).within(corpus()), |n| n % 3 == 0 && n % 5 != 0),
    ]
}

/// A grant that counts.
fn few(n: usize) -> bool {
    (n.is_multiple_of(70) || n % 70 == 5) && !n.is_multiple_of(14)
}
/// What the corpus `f` holds.
fn in_f(n: usize) -> bool {
    !n.is_multiple_of(3) && n % 100 == 1
}

/// Those for whom few are: by grants on documents, on a corpus, and with policies.
fn strangers() -> [Case; 6] {
    let condition = json!({ "eq": [{ "var": "resource.labels.kind" }, "note"] });
    let condition = Condition::parse(&condition, &PolicySettings::default().limits()).unwrap();
    let notes =
        PolicySet::compile([Policy::new("notes", Effect::Allow, ResourceType::Document, Action::Read, condition)]);
    let of = |user| reader(user, Role::Reader, None);
    let within = |scope: ReadScope, corpus: &str| scope.within(corpus.parse().unwrap());
    [
        (of("bea"), few),
        (of("cid"), |n| few(n) || in_f(n)),
        (within(of("cid"), "f"), in_f),
        (within(of("cid"), "c"), |n| few(n) && n % 3 != 0 && !in_f(n)),
        (reader("cid", Role::Reader, Some(&notes)), |n| few(n) && n % 10 == 5),
        (of("nobody"), |_| false),
    ]
}

fn id(n: usize) -> String {
    format!("d{n:04}")
}

fn created(n: usize) -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + chrono::TimeDelta::seconds(i64::try_from(n / 2).unwrap())
}

async fn world() -> TestDb {
    let database = testing::database().await;
    let mut owner = testing::connect(&database.url).await;
    sqlx::raw_sql(WORLD).execute(&mut owner).await.unwrap();
    database
}

/// How many documents were read one after the other and how many by an index, as the database counts on a connection.
async fn fetched(bound: &mut Bound) -> (i64, i64) {
    let counted =
        "SELECT seq_tup_read, coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'documents'";
    sqlx::query_as(counted).fetch_one(&mut *bound.connection().await.unwrap()).await.unwrap()
}

/// Reads a page of so many documents from a place on, which must not take more than so many.
async fn cheap(database: &TestDb, (scope, may): Case, from: usize, most: i64) {
    let op = Op::internal(Clock::system().now());
    let mut bound = database.db.bind(scope.tenant()).await.unwrap();
    let before = fetched(&mut bound).await;
    let after = from.checked_sub(1).map(|n| After { created_at: created(n), id: id(n) });
    let found = read::list(&op, &bound.db(), &scope, &PageRequest { limit: LIMIT, after }).await.unwrap();
    let ids: Vec<String> = found.items.iter().map(|d| d.id.to_string()).collect();
    assert_eq!(ids, (from..3000).filter(|n| may(*n)).take(20).map(id).collect::<Vec<_>>());
    let after = fetched(&mut bound).await;
    let (passed, read) = (after.0 - before.0, after.1 - before.1);
    assert!(passed == 0 && read < most, "a page of {LIMIT} fetched {passed} and {read} documents");
}

#[tokio::test]
async fn every_page_is_where_the_one_before_ended() {
    let database = world().await;
    let op = Op::internal(Clock::system().now());
    let cases = readers().into_iter().map(|case| (170, case));
    for (limit, (scope, may)) in cases.chain(strangers().into_iter().map(|case| (3, case))) {
        let (mut page, mut found) = (PageRequest { limit, after: None }, Vec::new());
        loop {
            let part = read::list(&op, &database.db, &scope, &page).await.unwrap();
            found.extend(part.items.iter().map(|d| d.id.to_string()));
            let Some(next) = part.next else { break };
            page.after = Some(next);
        }
        assert_eq!(found, (0..3000).filter(|n| may(*n)).map(id).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_page_far_into_the_list_reads_nothing_before_it() {
    let database = world().await;
    for case in readers() {
        cheap(&database, case, 2501, 100).await;
    }
}

#[tokio::test]
async fn whoever_may_read_little_gets_a_page_without_a_walk_over_all() {
    let database = world().await;
    for case in strangers() {
        cheap(&database, case, 0, 1000).await;
    }
}
