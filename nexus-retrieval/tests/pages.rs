//! Pages of documents far into a list: what they hold, and that no page reads those before it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use chrono::{DateTime, Utc};
use nexus_authz::scope::{ReadScope, ScopeSettings};
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

const WORLD: &str = "
    INSERT INTO tenants (id, name) VALUES ('t', 't');
    INSERT INTO corpora (tenant_id, id, name, provider_config_json, embedding_model, embedding_dimension)
    SELECT 't', c, c, '{\"retrieval\": {\"provider\": \"local_pgvector\"}}', 'fixed-384', 384 FROM unnest(ARRAY['c', 'e']) c;
    INSERT INTO documents (tenant_id, id, corpus_id, filename, title, content_type, ingest_source, status, source_key,
                           source_bytes, source_sha256, chunk_size_chars, chunk_overlap_chars, created_at)
    SELECT 't', 'd' || lpad(n::text, 4, '0'), CASE WHEN n % 3 = 0 THEN 'e' ELSE 'c' END, 'd.txt', 'd', 'text/plain', 'raw_text',
           'queued', 't' || n, 4, '\\x00', 100, 0, timestamptz '2026-01-01Z' + n / 2 * interval '1 second'
    FROM generate_series(0, 2999) n;
    INSERT INTO document_permissions (tenant_id, id, document_id, principal_type, principal_id, permission)
    SELECT 't', gen_random_uuid(), 'd' || lpad(n::text, 4, '0'), 'user', 'ann', 'read'
    FROM generate_series(0, 2999) n WHERE n % 5 <> 0;
    ANALYZE;
";
const LIMIT: u32 = 20;

/// Who reads the list, and which numbers that leaves.
type Case = (ReadScope, fn(usize) -> bool);

fn readers() -> [Case; 4] {
    let ann = Principal::vouched_for("t".parse().unwrap(), "ann".parse().unwrap(), Role::Reader);
    let admin = Principal::vouched_for("t".parse().unwrap(), "root".parse().unwrap(), Role::Admin);
    let of = |who, admin_bypasses_acl| ReadScope::vouched_for(who, None, ScopeSettings { admin_bypasses_acl });
    let corpus = || "e".parse().unwrap();
    [
        (of(&admin, true), |_| true),
        (of(&admin, true).within(corpus()), |n| n % 3 == 0),
        (of(&ann, false), |n| n % 5 != 0),
        (of(&ann, false).within(corpus()), |n| n % 3 == 0 && n % 5 != 0),
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

/// How many documents were read one after the other and how many by an index, as the database counts within a transaction.
async fn fetched(bound: &mut Bound) -> (i64, i64) {
    let counted =
        "SELECT seq_tup_read, coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'documents'";
    sqlx::query_as(counted).fetch_one(&mut *bound.connection().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn every_page_is_where_the_one_before_ended() {
    let database = world().await;
    let op = Op::internal(Clock::system().now());
    for (scope, may) in readers() {
        let (mut page, mut found) = (PageRequest { limit: 170, after: None }, Vec::new());
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
    let op = Op::internal(Clock::system().now());
    for (scope, may) in readers() {
        let mut bound = database.db.bind(scope.tenant()).await.unwrap();
        // As where it is no part of anything.
        let kept = "SET LOCAL plan_cache_mode = force_generic_plan";
        sqlx::query(kept).execute(&mut *bound.connection().await.unwrap()).await.unwrap();
        let page = PageRequest { limit: LIMIT, after: Some(After { created_at: created(2500), id: id(2500) }) };
        let found = read::list(&op, &bound.db(), &scope, &page).await.unwrap();
        let ids: Vec<String> = found.items.iter().map(|d| d.id.to_string()).collect();
        assert_eq!(ids, (2501..).filter(|n| may(*n)).take(ids.len()).map(id).collect::<Vec<_>>());
        assert_eq!(ids.len(), 20);
        let (passed, read) = fetched(&mut bound).await;
        assert!(passed == 0 && read < 150, "a page of {LIMIT} fetched {passed} and {read} documents");
    }
}
