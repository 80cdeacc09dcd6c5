//! What a run asks of the database: how often it waits for it, and what is kept when a part fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::StreamExt as _;
use nexus_authz::{
    access::Access,
    caller::{Caller, RoleSettings},
    permission::RunInvoke,
    policy::PolicySettings,
    scope::ScopeSettings,
};
use nexus_core::{
    audit::{AuditLog, AuditSettings},
    clock::Clock,
    cost::Costs,
    op::Op,
    pg::{
        Db, PgSettings,
        changes::Changes,
        testing::{self, TestDb},
    },
    plan::Plans,
    principal::{Principal, Role},
    quota::Quotas,
    sla::Sla,
    switch::{SwitchSettings, Switches},
};
use nexus_retrieval::{
    conversation::Records,
    corpus::Corpora,
    embed::HashEmbedder,
    index::memory::MemorySettings,
    llm::Fake,
    provider::{LocalPgvector, Providers},
    run::{Ask, Event, RunSettings, Runs},
    speech::Voice,
};

/// One transaction searches: beginning, candidates, passages, end. Beside it goes the question, and after it the answer, each as
/// a statement of its own that many runs share when there are many. Who makes this larger makes every run slower.
const ROUND_TRIPS: usize = 6;
/// Where the corpus is in memory, it is only asked whether it changed.
const ROUND_TRIPS_IN_MEMORY: usize = 3;

const WORLD: &str = "
    INSERT INTO tenants (id, name) VALUES ('t', 't');
    INSERT INTO users (tenant_id, id, role) VALUES ('t', 'u', 'reader');
    INSERT INTO corpora (tenant_id, id, name, provider_config_json, embedding_model, embedding_dimension, chunk_count, term_count)
    VALUES ('t', 'c', 'c', '{\"retrieval\": {\"provider\": \"local_pgvector\"}}', 'hash-768', 768, 1, 1);
    INSERT INTO documents (tenant_id, id, corpus_id, filename, title, content_type, ingest_source, status, source_key,
                           source_bytes, source_sha256, chunk_size_chars, chunk_overlap_chars)
    VALUES ('t', 'd', 'c', 'd.txt', 'd', 'text/plain', 'raw_text', 'succeeded', 'k', 4, '\\x00', 100, 0);
    INSERT INTO document_texts VALUES ('t', 'd', 'keys', 4, '\\x00');
    INSERT INTO document_permissions (tenant_id, id, document_id, principal_type, principal_id, permission)
    VALUES ('t', gen_random_uuid(), 'd', 'user', 'u', 'read');
    INSERT INTO chunks (tenant_id, corpus_id, document_id, chunk_index, start_char, end_char, text, term_count, dimension,
                        embedding)
    VALUES ('t', 'c', 'd', 0, 0, 4, 'keys', 1, 768, array_fill(0.1::real, ARRAY[768])::halfvec);
    INSERT INTO postings SELECT 't', 'c', 'key', id, 1 FROM chunks;
";

#[tokio::test]
async fn a_run_waits_for_the_database_as_often_as_it_must() {
    let database = world().await;
    let (url, waits) = testing::counted(&database).await;
    let db = Db::new(&PgSettings { max_connections: 1, min_connections: 0, ..PgSettings::new(url) }).unwrap();
    let runs = runs(&db);
    // The first runs prepare the statements.
    for _ in 0..2 {
        ask(&runs, &waits).await;
    }
    let (events, count) = ask(&runs, &waits).await;
    assert!(matches!(events.last(), Some(Event::Final { .. })), "{events:?}");
    assert_eq!(count, ROUND_TRIPS);
}

#[tokio::test]
async fn a_run_over_what_is_in_memory_waits_half_as_often() {
    let database = world().await;
    let (url, waits) = testing::counted(&database).await;
    let db = Db::new(&PgSettings { max_connections: 1, min_connections: 0, ..PgSettings::new(url) }).unwrap();
    let local = local(&db).with_memory(MemorySettings { after: 1, ..MemorySettings::default() });
    let runs = Runs { providers: Providers::new(local.clone()), ..runs(&db) };
    ask(&runs, &waits).await;
    let (tenant, corpus) = ("t".parse().unwrap(), "c".parse().unwrap());
    while !local.memory().unwrap().holds(&tenant, &corpus) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // The next one reads what the caller was granted.
    ask(&runs, &waits).await;
    let (events, count) = ask(&runs, &waits).await;
    assert!(matches!(events.last(), Some(Event::Final { citations, .. }) if citations.len() == 1), "{events:?}");
    assert_eq!(count, ROUND_TRIPS_IN_MEMORY);
}

#[tokio::test]
async fn a_question_is_kept_when_nothing_can_be_searched() {
    let database = world().await;
    let mut owner = testing::connect(&database.url).await;
    sqlx::raw_sql("ALTER TABLE postings RENAME TO away").execute(&mut owner).await.unwrap();
    let (events, _) = ask(&runs(&database.db), &Arc::default()).await;
    assert!(matches!(events.last(), Some(Event::Failed { .. })), "{events:?}");
    let kept: Vec<(String, String)> =
        sqlx::query_as("SELECT role, content FROM messages").fetch_all(&mut owner).await.unwrap();
    assert_eq!(kept, [("user".to_owned(), "Where are the keys?".to_owned())]);
}

async fn world() -> TestDb {
    let database = testing::database().await;
    let mut owner = testing::connect(&database.url).await;
    sqlx::raw_sql(WORLD).execute(&mut owner).await.unwrap();
    database
}

fn local(db: &Db) -> LocalPgvector {
    LocalPgvector::new(db.clone(), Arc::new(HashEmbedder::default()))
}

fn runs(db: &Db) -> Runs {
    // Nobody writes this log: its connection would be counted.
    let (audit, _writer) = AuditLog::new(db, &AuditSettings::default());
    Runs {
        db: db.clone(),
        records: Records::new(db.clone()),
        corpora: Corpora::new(db.clone(), &Changes::none()),
        providers: Providers::new(local(db)),
        llm: Arc::new(Fake::default()),
        voice: Voice::silent(),
        slots: nexus_core::slots::Slots::new("nexusrag_runs_in_flight", 1, 1),
        access: Access::new(
            db.clone(),
            &Changes::none(),
            PolicySettings::default(),
            ScopeSettings::default(),
            audit.clone(),
        ),
        audit,
        quotas: Quotas::unlimited(),
        sla: Sla::off(),
        changes: Changes::none(),
        clock: Clock::system(),
        switches: Switches::fixed(SwitchSettings::default()),
        plans: Plans::everything(),
        costs: Costs::off(),
        settings: RunSettings::default(),
    }
}

/// Runs, and tells how often the database was waited for after the gates.
async fn ask(runs: &Runs, waits: &Arc<AtomicUsize>) -> (Vec<Event>, usize) {
    let principal = Principal::vouched_for("t".parse().unwrap(), "u".parse().unwrap(), Role::Reader);
    let caller = Caller::<RunInvoke>::check(Arc::new(principal), RoleSettings::default()).unwrap();
    let ask = Ask::new("s".parse().unwrap(), "c".parse().unwrap(), "Where are the keys?");
    let op = Op::internal(Clock::system().now());
    let admitted = runs.admit(op, caller, ask).await.unwrap();
    // The gates have given their connection back when it can be borrowed again.
    runs.db.platform().await.unwrap().commit().await.unwrap();
    let before = waits.load(Ordering::SeqCst);
    let events = admitted.stream().collect().await;
    (events, waits.load(Ordering::SeqCst) - before)
}
