//! Corpora in memory: a search finds there what the database finds, and what changes counts at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{sync::Arc, time::Duration};

use nexus_authz::{
    acl::{NewGrant, PrincipalType, Right, Target},
    policy::{Condition, Limits},
    scope::{ReadScope, ScopeSettings},
};
use nexus_core::{
    clock::Clock,
    op::Op,
    pg::{
        changes::Changes,
        testing::{self, TestDb},
    },
    principal::{Principal, Role},
};
use nexus_retrieval::{
    corpus::{Corpora, Corpus},
    embed::HashEmbedder,
    eval::stats::SplitMix,
    index::{Hit, memory::MemorySettings},
    library::{Library, Text},
    provider::{LocalPgvector, Query, Retriever as _},
};
use object_store::memory::InMemory;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};

const WORDS: [&str; 24] = [
    "pump", "valve", "filter", "motor", "sensor", "cable", "gauge", "rotor", "bearing", "gasket", "piston", "spring",
    "lever", "clutch", "pulley", "flange", "nozzle", "relay", "switch", "fuse", "turbine", "shaft", "bracket", "hinge",
];
const PATIENCE: Duration = Duration::from_secs(30);

struct World {
    library: Library,
    /// Without and with memory.
    ways: [LocalPgvector; 2],
    ann: Principal,
    bob: Principal,
    owner: PgConnection,
    database: TestDb,
    random: SplitMix,
}

impl World {
    async fn new(settings: MemorySettings) -> Self {
        let database = testing::database().await;
        let owner = testing::connect(&database.url).await;
        let embedder = Arc::new(HashEmbedder::default());
        let library = Library::open(database.db.clone(), Arc::new(InMemory::new()), embedder.clone());
        let of = |user: &str, role| Principal::vouched_for("acme".parse().unwrap(), user.parse().unwrap(), role);
        let (ann, bob) = (of("ann", Role::Admin), of("bob", Role::Reader));
        library.corpus(&ann, &"c".parse().unwrap()).await.unwrap();
        let plain = LocalPgvector::new(database.db.clone(), embedder);
        let ways = [plain.clone(), plain.with_memory(settings)];
        Self { library, ways, ann, bob, owner, database, random: SplitMix(7) }
    }

    fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| WORDS[self.random.below(WORDS.len())]).collect::<Vec<_>>().join(" ")
    }

    /// Adds texts under these numbers, or replaces them.
    async fn add(&mut self, numbers: impl Iterator<Item = usize>) {
        let mut texts = Vec::new();
        for n in numbers {
            let length = 5 + self.random.below(40);
            let markdown = format!("# {}\n\n{} number{n}", self.words(2), self.words(length));
            texts.push(Text { id: format!("d{n}").parse().unwrap(), name: format!("d{n}"), markdown });
        }
        self.library.add(&self.ann, &"c".parse().unwrap(), texts).await.unwrap();
    }

    async fn grant(&self, on: Target) {
        let with = NewGrant {
            principal_type: PrincipalType::User,
            principal_id: "bob".into(),
            right: Right::Read,
            expires_at: None,
        };
        self.library.share(&self.ann, &on, with).await.unwrap();
    }

    async fn sql(&mut self, statement: &'static str) {
        sqlx::raw_sql(statement).execute(&mut self.owner).await.unwrap();
    }

    async fn corpus(&self) -> Corpus {
        let corpora = Corpora::new(self.database.db.clone(), &Changes::none());
        corpora.get(&self.ann.tenant, &"c".parse().unwrap()).await.unwrap().unwrap().as_ref().clone()
    }

    /// What everybody may read: whoever needs no grant, the owner of everything, whoever was granted something, and whoever asks
    /// for some of it only.
    fn scopes(&self) -> [ReadScope; 4] {
        let limits = Limits { max_bytes: 1000, max_depth: 4 };
        let red = Condition::parse(&json!({ "eq": [{ "var": "resource.labels.team" }, "red"] }), &limits).unwrap();
        let of = |who, admin_bypasses_acl| {
            ReadScope::vouched_for(who, None, ScopeSettings { admin_bypasses_acl }).within("c".parse().unwrap())
        };
        let all = of(&self.ann, true);
        [all.clone(), of(&self.ann, false), of(&self.bob, false), all.only(&red)]
    }

    /// Compares both ways for everybody, and says how much was found.
    async fn agree(&mut self, after: &str) -> usize {
        let mut found = 0;
        for (legs, top_k) in [("both", 8), ("dense", 5), ("lexical", 5), ("both", 70)] {
            let config: Value = json!({ "retrieval": {
                "provider": "local_pgvector", "fusion": { "legs": legs }, "context": { "merge": false },
            } });
            let (provider_config, routing) = nexus_retrieval::corpus::decide::normalise(config).unwrap();
            let corpus = Corpus { provider_config, routing, ..self.corpus().await };
            let query = Query::new(self.words(3), top_k);
            for (who, scope) in self.scopes().iter().enumerate() {
                let op = Op::internal(Clock::system().now());
                let mut answers = Vec::new();
                for way in &self.ways {
                    let hits = way.retrieve(&op, scope, &corpus, &query).await.unwrap();
                    answers
                        .push(hits.into_iter().map(|hit| (hit.score, Hit { score: 0.0, ..hit })).collect::<Vec<_>>());
                }
                let [database, memory] = <[Vec<_>; 2]>::try_from(answers).unwrap();
                found += memory.len();
                let which = |hits: &[(f32, Hit)]| -> Vec<_> {
                    hits.iter().map(|(_, hit)| (hit.origin.id.clone(), hit.start)).collect()
                };
                let what = format!("{after}: {legs} {top_k}, scope {who}, {}", query.text);
                assert_eq!(which(&database), which(&memory), "{what}");
                assert!(database.iter().zip(&memory).all(|((_, a), (_, b))| a == b), "{what}: other passages");
                for ((a, _), (b, _)) in database.iter().zip(&memory) {
                    assert!((a - b).abs() < 1e-4, "{what}: {a} and {b}");
                }
            }
        }
        found
    }

    /// Waits until everybody is answered from memory.
    async fn settled(&self) {
        let (op, corpus) = (Op::internal(Clock::system().now()), self.corpus().await);
        for scope in self.scopes() {
            let in_memory = async {
                while self.ways[1].memory().unwrap().view(&op, &scope, &corpus).await.unwrap().is_none() {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            };
            tokio::time::timeout(PATIENCE, in_memory).await.expect("the corpus is not in memory");
        }
    }
}

/// Reads at the first search.
fn eager() -> MemorySettings {
    MemorySettings { after: 1, ..MemorySettings::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_changes_memory_and_database_find_the_same() {
    let mut world = World::new(eager()).await;
    world.add(0..90).await;
    for n in 0..30 {
        world.grant(Target::Document(format!("d{n}").parse().unwrap())).await;
    }
    let changes: [(&str, &'static str); 9] = [
        ("nothing", "SELECT 1"),
        ("labels", "UPDATE documents SET labels_json = '{\"team\": \"red\"}' WHERE id IN ('d3', 'd4', 'd50')"),
        ("a name", "UPDATE documents SET title = 'Otherwise' WHERE id = 'd7'"),
        ("a grant that goes", "DELETE FROM document_permissions WHERE principal_id = 'bob' AND document_id < 'd2'"),
        (
            "a grant that ended",
            "UPDATE document_permissions SET expires_at = now() WHERE document_id = 'd21' AND principal_id = 'bob'",
        ),
        (
            "a document that goes",
            "DELETE FROM documents WHERE id IN ('d22', 'd60');
             UPDATE corpora SET (chunk_count, term_count) = (SELECT count(*), sum(term_count) FROM chunks)",
        ),
        (
            "a grant on it all",
            "INSERT INTO corpus_permissions (tenant_id, id, corpus_id, principal_type, principal_id, permission)
             VALUES ('acme', gen_random_uuid(), 'c', 'user', 'bob', 'read')",
        ),
        ("no grant on it all", "DELETE FROM corpus_permissions"),
        ("a status", "UPDATE documents SET status = 'failed' WHERE id = 'd9'"),
    ];
    for (after, change) in changes {
        world.sql(change).await;
        // At once, and when it is in memory again.
        let at_once = world.agree(after).await;
        world.settled().await;
        assert!(at_once > 0 && world.agree(after).await > 0, "{after}");
    }
    for round in 0..3 {
        world.add(round * 10..round * 10 + 10).await;
        world.agree("texts that are replaced").await;
        world.settled().await;
        world.agree("texts that are replaced").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_ends_in_memory_when_it_ends() {
    let mut world = World::new(eager()).await;
    world.add(0..5).await;
    world.grant(Target::Document("d1".parse().unwrap())).await;
    world.sql("UPDATE document_permissions SET expires_at = now() + interval '1 day' WHERE principal_id = 'bob'").await;
    world.settled().await;
    let (corpus, [_, _, scope, _]) = (world.corpus().await, world.scopes());
    let memory = world.ways[1].memory().unwrap();
    let count = async |later: chrono::TimeDelta| {
        let op = Op::internal(Clock::system().now() + later);
        let view = memory.view(&op, &scope, &corpus).await.unwrap().unwrap();
        view.search(&corpus, "number1", None, 5).unwrap().len()
    };
    assert_eq!(count(chrono::TimeDelta::hours(23)).await, 1);
    assert_eq!(count(chrono::TimeDelta::hours(25)).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_stays_in_the_database() {
    // Vectors alone fit, and with their texts they do not.
    let mut world = World::new(MemorySettings { bytes: 6 * 768 * 4, after: 1 }).await;
    world.add(0..5).await;
    for _ in 0..5 {
        assert!(world.agree("nothing").await > 0);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let memory = world.ways[1].memory().unwrap();
    assert!(!memory.holds(&world.ann.tenant, &"c".parse().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corpus_is_read_once_it_was_searched_often_without_a_change() {
    let mut world = World::new(MemorySettings { after: 40, ..MemorySettings::default() }).await;
    world.add(0..5).await;
    let held = |world: &World| world.ways[1].memory().unwrap().holds(&world.ann.tenant, &"c".parse().unwrap());
    for n in 0..6 {
        // Sixteen searches each, and a change in between.
        world.agree("a change").await;
        world.add(n..=n).await;
    }
    assert!(!held(&world));
    for _ in 0..3 {
        world.agree("nothing").await;
    }
    world.settled().await;
    assert!(held(&world));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corpus_that_is_made_again_is_another() {
    let mut world = World::new(eager()).await;
    world.add(0..3).await;
    // As of a corpus that was there before revisions were.
    world.sql("UPDATE corpora SET revision = 0, grants_revision = 0").await;
    world.settled().await;
    assert!(world.agree("nothing").await > 0);
    world.sql("DELETE FROM documents; DELETE FROM corpora").await;
    world.library.corpus(&world.ann, &"c".parse().unwrap()).await.unwrap();
    assert_eq!(world.agree("a corpus of the same id").await, 0);
}

/// Bound transactions act for several tenants in turn, and end as one of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_counts_whoever_a_transaction_acts_for_at_its_end() {
    let mut world = World::new(eager()).await;
    world.add(0..5).await;
    world.settled().await;
    let before: i64 = revision(&mut world.owner).await;
    let mut tx = world.database.db.tenant(&world.ann.tenant).await.unwrap();
    let label = AssertSqlSafe("UPDATE documents SET labels_json = '{\"team\": \"red\"}' WHERE id = 'd1'".to_owned());
    sqlx::query(label).execute(&mut *tx).await.unwrap();
    sqlx::query("SELECT set_config('nexus.tenant', 'nobody', true)").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_ne!(revision(&mut world.owner).await, before);
    assert!(world.agree("a label").await > 0);
}

async fn revision(owner: &mut PgConnection) -> i64 {
    sqlx::query_scalar("SELECT revision FROM corpora WHERE id = 'c'").fetch_one(owner).await.unwrap()
}
