//! Vectors of a small corpus stay outside of the index, and go into it when the corpus has grown. A search finds the same
//! wherever they are, and postings go with their chunks however those go.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{sync::Arc, time::Duration};

use nexus_authz::scope::{ReadScope, ScopeSettings};
use nexus_core::{
    clock::Clock,
    op::Op,
    pg::{
        Plans,
        changes::Changes,
        testing::{self, TestDb},
    },
    principal::{Principal, Role},
};
use nexus_retrieval::{
    corpus::{Corpora, Corpus},
    embed::{Embedder as _, HashEmbedder, Purpose},
    eval::stats::SplitMix,
    index,
    library::{Library, Text},
};
use object_store::memory::InMemory;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

const WORDS: [&str; 8] = ["pump", "valve", "filter", "motor", "sensor", "cable", "gauge", "rotor"];
const PATIENCE: Duration = Duration::from_mins(1);
/// What a corpus may have before its vectors are indexed.
const ASIDE_UP_TO: i64 = 20_000;

struct World {
    database: TestDb,
    library: Library,
    ann: Principal,
    owner: PgConnection,
}

impl World {
    async fn new() -> Self {
        let database = testing::database().await;
        let owner = testing::connect(&database.url).await;
        let library = Library::open(database.db.clone(), Arc::new(InMemory::new()), Arc::new(HashEmbedder::default()));
        let ann = Principal::vouched_for("acme".parse().unwrap(), "ann".parse().unwrap(), Role::Admin);
        library.corpus(&ann, &"c".parse().unwrap()).await.unwrap();
        Self { database, library, ann, owner }
    }

    async fn add(&self, texts: impl IntoIterator<Item = (String, String)>) {
        let text = |(id, markdown): (String, String)| Text { id: id.parse().unwrap(), name: id, markdown };
        let texts: Vec<Text> = texts.into_iter().map(text).collect();
        self.library.add(&self.ann, &"c".parse().unwrap(), texts).await.unwrap();
    }

    /// As if the corpus had so many chunks.
    async fn pretend(&mut self, chunks: i64) {
        sqlx::query("UPDATE corpora SET chunk_count = $1").bind(chunks).execute(&mut self.owner).await.unwrap();
    }

    /// How many chunks are outside of the index, and how many in it.
    async fn places(&mut self) -> (i64, i64) {
        let counts = "SELECT count(*) FILTER (WHERE NOT indexed), count(*) FILTER (WHERE indexed) FROM chunks";
        sqlx::query_as(counts).fetch_one(&mut self.owner).await.unwrap()
    }

    async fn postings(&mut self) -> (i64, i64) {
        let counts =
            "SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (SELECT FROM chunks c WHERE c.id = p.chunk_id))
                      FROM postings p";
        sqlx::query_as(counts).fetch_one(&mut self.owner).await.unwrap()
    }

    async fn corpus(&self) -> Arc<Corpus> {
        let corpora = Corpora::new(self.database.db.clone(), &Changes::none());
        corpora.get(&self.ann.tenant, &"c".parse().unwrap()).await.unwrap().unwrap()
    }

    /// What the owner of everything may read of it, or whoever may read everything.
    fn scope(&self, bypass: bool) -> ReadScope {
        let scope = ReadScope::vouched_for(&self.ann, None, ScopeSettings { admin_bypasses_acl: bypass });
        scope.within("c".parse().unwrap())
    }

    /// What is found by vectors alone, with how near it is: for whoever may read everything, and for the owner of it all.
    async fn found(&self, question: &str) -> [Vec<(String, i32)>; 2] {
        let vector = vector(question).await;
        let config = serde_json::json!({ "retrieval": {
            "provider": "local_pgvector", "fusion": { "legs": "dense" }, "context": { "merge": false },
        } });
        let (provider_config, routing) = nexus_retrieval::corpus::decide::normalise(config).unwrap();
        let corpus = Corpus { provider_config, routing, ..self.corpus().await.as_ref().clone() };
        let mut answers = Vec::new();
        for bypass in [true, false] {
            let scope = self.scope(bypass);
            let mut tx = self.database.db.reading(&self.ann.tenant, Plans::Judged).await.unwrap();
            let op = Op::internal(Clock::system().now());
            let hits = index::search(&op, &mut tx, &scope, &corpus, question, Some(&vector), 20).await.unwrap();
            #[allow(clippy::cast_possible_truncation, reason = "a cosine is at most one")]
            let rounded = |cosine: f32| (cosine * 10_000.0) as i32;
            answers.push(hits.into_iter().map(|hit| (hit.origin.id.clone(), rounded(hit.score))).collect());
        }
        answers.try_into().unwrap()
    }
}

async fn vector(question: &str) -> Vec<f32> {
    HashEmbedder::default().embed(vec![question.to_owned()], Purpose::Query).await.unwrap().remove(0)
}

/// How many pairs of rows the statement of a search joins in vain.
async fn joined_in_vain(world: &World, question: &str) -> u64 {
    let (vector, corpus, scope) = (vector(question).await, world.corpus().await, world.scope(false));
    let mut tx = world.database.db.reading(&world.ann.tenant, index::plans(&corpus)).await.unwrap();
    let op = Op::internal(Clock::system().now());
    let (prepare, execute) = index::for_psql(&op, &mut tx, &scope, &corpus, question, Some(&vector)).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *tx).await.unwrap();
    let explained = AssertSqlSafe(format!("EXPLAIN (ANALYZE) {execute}"));
    let rows = sqlx::raw_sql(explained).fetch_all(&mut *tx).await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(lines.iter().any(|line| line.contains("CTE mine")), "{lines:?}");
    lines.iter().filter_map(|line| line.split_once("Rows Removed by Join Filter: ")?.1.parse::<u64>().ok()).sum()
}

fn texts(random: &mut SplitMix, count: usize) -> Vec<(String, String)> {
    let words = |random: &mut SplitMix| (0..12).map(|_| WORDS[random.below(8)]).collect::<Vec<_>>().join(" ");
    // A number makes vectors differ, so that no two are as near as each other.
    (0..count).map(|n| (format!("n{n}"), format!("{} number{n}", words(random)))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_the_same_wherever_vectors_are() {
    let mut random = SplitMix(3);
    let mut world = World::new().await;
    world.add(texts(&mut random, 150)).await;
    assert_eq!(world.places().await, (150, 0), "a small corpus has no vector in the index");
    let questions: Vec<String> = texts(&mut random, 8).into_iter().map(|(_, text)| text).collect();
    let mut compared = Vec::new();
    for question in &questions {
        let found = world.found(question).await;
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [20, 20]);
        compared.push(found);
    }
    // From here on it counts as large, and searches go through the index.
    world.pretend(50_000).await;
    for indexed in ["false", "id % 3 = 0", "id % 10 <> 0", "true"] {
        let places = sqlx::AssertSqlSafe(format!("UPDATE chunks SET indexed = {indexed}"));
        sqlx::query(places).execute(&mut world.owner).await.unwrap();
        for (question, compared) in questions.iter().zip(&compared) {
            assert_eq!(&world.found(question).await, compared, "{indexed}: {question}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_needs_no_statistics_of_its_tables() {
    let mut random = SplitMix(4);
    let mut world = World::new().await;
    world.add(texts(&mut random, 150)).await;
    // A corpus that keeps its plan, and one that is planned anew.
    for chunks in [150, 5_000] {
        world.pretend(chunks).await;
        assert_eq!(joined_in_vain(&world, "pump valve number7").await, 0, "{chunks} chunks");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corpus_that_has_grown_is_taken_into_the_index() {
    let mut random = SplitMix(5);
    let mut world = World::new().await;
    // More than one step of the job.
    world.add(texts(&mut random, 150)).await;
    assert_eq!(world.places().await, (150, 0));
    world.pretend(ASIDE_UP_TO - 1).await;
    world.add([("last".to_owned(), "pump".to_owned())]).await;
    assert_eq!(world.places().await, (151, 0), "it has just so many as may be compared one by one");
    world.add([("more".to_owned(), "valve".to_owned())]).await;
    let taken = async {
        while world.places().await != (0, 152) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, taken).await.expect("a job takes all in");
    world.add([("late".to_owned(), "filter".to_owned())]).await;
    assert_eq!(world.places().await, (0, 153), "what comes later goes in at once");
    // Replaced anew in a corpus that has become small, it is outside again.
    world.pretend(10).await;
    world.add([("late".to_owned(), "filter motor".to_owned())]).await;
    assert_eq!(world.places().await, (1, 152));
}

#[tokio::test(flavor = "multi_thread")]
async fn postings_go_with_their_chunks() {
    let mut random = SplitMix(7);
    let mut world = World::new().await;
    world.add(texts(&mut random, 30)).await;
    let (all, orphans) = world.postings().await;
    assert!(all > 30 && orphans == 0);
    // A document that is written anew, with fewer words.
    world.add([("n0".to_owned(), "pump".to_owned())]).await;
    let (fewer, orphans) = world.postings().await;
    assert!(fewer < all && orphans == 0, "{fewer} of {all}, {orphans}");
    // Chunks by themselves, documents with theirs, and everything of a tenant; by the server and by the owner.
    let mut tx = world.database.db.tenant(&world.ann.tenant).await.unwrap();
    for gone in
        ["DELETE FROM chunks WHERE document_id IN ('n1', 'n2')", "DELETE FROM documents WHERE id IN ('n3', 'n4')"]
    {
        sqlx::query(gone).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (left, orphans) = world.postings().await;
    assert!(left < fewer && orphans == 0, "{left} of {fewer}, {orphans}");
    sqlx::query("DELETE FROM documents WHERE id <> 'n5'").execute(&mut world.owner).await.unwrap();
    let of_one: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM postings p JOIN chunks c ON c.id = p.chunk_id WHERE c.document_id = 'n5'",
    )
    .fetch_one(&mut world.owner)
    .await
    .unwrap();
    assert!(of_one > 0);
    assert_eq!(world.postings().await, (of_one, 0));
    sqlx::query("DELETE FROM documents").execute(&mut world.owner).await.unwrap();
    sqlx::query("DELETE FROM corpora").execute(&mut world.owner).await.unwrap();
    assert_eq!(world.postings().await, (0, 0));
}
