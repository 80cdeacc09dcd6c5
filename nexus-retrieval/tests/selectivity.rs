//! Whether a search finds what there is, and how long it takes, when little of much may be read: 100,000 chunks with words as
//! frequent as in real texts, beside those of other tenants in the same index; readers with grants on a thousandth of the
//! documents to all of them, and filters on labels that let as much through. What vectors find is compared with a comparison
//! of every vector; the default search is compared with the same statement, prepared and run by `psql`. Takes minutes, so it
//! runs when it is asked for: `cargo test --workspace --test selectivity -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "figures of a report"
)]

use std::{fmt::Write as _, process::Command, sync::Arc, time::Instant};

use futures::{FutureExt as _, future::BoxFuture};
use nexus_authz::{
    policy::{Condition, Limits},
    scope::{ReadScope, ScopeSettings},
};
use nexus_core::{
    clock::Clock,
    op::Op,
    pg::{Db, changes::Changes, testing},
    principal::{Principal, Role},
};
use nexus_retrieval::{
    corpus::{Corpora, Corpus, decide},
    embed::{EmbedError, Embedder, ModelId, Purpose},
    eval::stats::{SplitMix, percentile},
    index,
    provider::{LocalPgvector, Query, Retriever as _},
};
use pgvector::HalfVector;
use secrecy::ExposeSecret as _;
use serde_json::json;
use sqlx::PgConnection;

const CHUNKS: usize = 100_000;
/// The chunks of another tenant: a corpus that is a fifth of what is in the index.
const OTHERS: usize = 25_000;
const DIMENSION: usize = 384;
const CLUSTERS: usize = 400;
const QUESTIONS: usize = 100;
/// How many different words there are, and how the most frequent ones are flattened: function words are not indexed.
const VOCABULARY: f64 = 50_000.0;
const FLATTENED: f64 = 15.0;
/// How many words a question has.
const ASKED: usize = 8;
/// One in how many documents may be read.
const SHARES: [usize; 5] = [1000, 100, 10, 2, 1];

const WORLD: &str = "
    INSERT INTO tenants (id, name) VALUES ('t', 't'), ('u', 'u');
    INSERT INTO corpora (tenant_id, id, name, provider_config_json, embedding_model, embedding_dimension, chunk_count,
                         term_count)
    SELECT t, 'c', 'c', '{\"retrieval\": {\"provider\": \"local_pgvector\"}}', 'fixed-384', 384, n, n * 60
    FROM (VALUES ('t', 100000), ('u', 25000)) AS x (t, n);
    INSERT INTO documents (tenant_id, id, corpus_id, filename, title, content_type, ingest_source, status, source_key,
                           source_bytes, source_sha256, chunk_size_chars, chunk_overlap_chars, num_chunks, labels_json)
    SELECT t, 'd' || n, 'c', 'd.txt', 'd', 'text/plain', 'raw_text', 'succeeded', t || n, 4, '\\x00', 100, 0, 10,
           (SELECT jsonb_object_agg('k' || k, (n % k = 0)::text) FROM unnest(ARRAY[1000, 100, 10, 2, 1]) k)
    FROM (VALUES ('t', 9999), ('u', 2499)) AS x (t, last), generate_series(0, last) n;
    INSERT INTO document_texts SELECT tenant_id, id, 'text', 4, '\\x00' FROM documents;
    DROP INDEX chunks_hnsw_384;
    ALTER TABLE postings DROP CONSTRAINT postings_pkey;
    DROP INDEX postings_of_chunk;
    SET maintenance_work_mem = '512MB';
";
/// Sixty words a chunk, of which the n-th is about 1/n as frequent as the first.
const WORDS: &str = "
    SELECT setseed(0.7);
    INSERT INTO postings (tenant_id, corpus_id, term, chunk_id, term_freq, chunk_terms)
    SELECT tenant_id, 'c', 'w' || word, id, count(*), 60
    FROM (SELECT c.tenant_id, c.id, floor(15 * (power(50000 / 15.0 + 1, random()) - 1))::int AS word
          FROM chunks c, generate_series(1, 60)) drawn
    GROUP BY tenant_id, id, word;
    ALTER TABLE postings ADD PRIMARY KEY (tenant_id, corpus_id, term, chunk_id) INCLUDE (term_freq, chunk_terms);
    CREATE INDEX chunks_hnsw_384 ON chunks USING hnsw ((embedding::halfvec(384)) halfvec_cosine_ops)
        WHERE dimension = 384 AND indexed;
";

/// Gives the vector that the question names in its first word.
struct Fixed(ModelId, Arc<Vec<Vec<f32>>>);

impl Embedder for Fixed {
    fn model(&self) -> &ModelId {
        &self.0
    }
    fn dimension(&self) -> usize {
        DIMENSION
    }
    fn embed(&self, texts: Vec<String>, _: Purpose) -> BoxFuture<'_, Result<Vec<Vec<f32>>, EmbedError>> {
        let number = |text: &String| text.split(' ').next().unwrap().parse::<usize>().unwrap();
        let vectors = texts.iter().map(|text| self.1[number(text)].clone()).collect();
        async { Ok(vectors) }.boxed()
    }
}

fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    for x in &mut vector {
        *x /= length;
    }
    vector
}

/// Roughly normal: the sum of four uniform numbers.
fn noise(random: &mut SplitMix) -> f32 {
    (0..4).map(|_| (random.next() >> 40) as f32 / (1_u64 << 24) as f32 - 0.5).sum()
}

fn near(centre: &[f32], spread: f32, random: &mut SplitMix) -> Vec<f32> {
    unit(centre.iter().map(|x| x + spread * noise(random)).collect())
}

/// A question: the number of its vector, then words, frequent ones more often than rare ones.
fn question(number: usize, random: &mut SplitMix) -> String {
    let mut text = number.to_string();
    for _ in 0..ASKED {
        let share = (random.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let word = (FLATTENED * ((VOCABULARY / FLATTENED + 1.0).powf(share) - 1.0)) as usize;
        let _ = write!(text, " w{word}");
    }
    text
}

async fn insert(owner: &mut PgConnection, tenant: &str, vectors: &[Vec<f32>]) {
    let documents = vectors.len() / 10;
    for (batch, part) in vectors.chunks(2000).enumerate() {
        let numbers: Vec<i64> = (0..part.len()).map(|n| (batch * 2000 + n) as i64).collect();
        sqlx::query(
            "INSERT INTO chunks (tenant_id, corpus_id, document_id, chunk_index, start_char, end_char, text, term_count,
                                 dimension, embedding)
             SELECT $3, 'c', 'd' || n % $4, n / $4, 0, 4, repeat('text ', 200), 60, 384, v
             FROM unnest($1::bigint[], $2::halfvec[]) AS x (n, v)",
        )
        .bind(numbers)
        .bind(part.iter().map(|vector| HalfVector::from_f32_slice(vector)).collect::<Vec<_>>())
        .bind(tenant)
        .bind(documents as i64)
        .execute(&mut *owner)
        .await
        .unwrap();
    }
}

async fn fill(owner: &mut PgConnection, vectors: &[Vec<f32>], others: &[Vec<f32>]) {
    sqlx::raw_sql(WORLD).execute(&mut *owner).await.unwrap();
    insert(owner, "t", vectors).await;
    insert(owner, "u", others).await;
    for one_in in SHARES {
        sqlx::query(
            "INSERT INTO document_permissions (tenant_id, id, document_id, principal_type, principal_id, permission)
             SELECT 't', gen_random_uuid(), 'd' || n, 'user', 'r' || $1::text, 'read' FROM generate_series(0, 9999, $1) n",
        )
        .bind(one_in as i32)
        .execute(&mut *owner)
        .await
        .unwrap();
    }
    sqlx::raw_sql(WORDS).execute(&mut *owner).await.unwrap();
    for table in ["postings", "chunks", "documents", "document_permissions"] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("VACUUM ANALYZE {table}"))).execute(&mut *owner).await.unwrap();
    }
}

/// Cosines of the best of what may be read, by comparing with everything.
fn exact(vectors: &[Vec<f32>], question: &[f32], one_in: usize, k: usize) -> Vec<f32> {
    let documents = vectors.len() / 10;
    let readable = vectors.iter().enumerate().filter(|(n, _)| (n % documents).is_multiple_of(one_in));
    let mut cosines: Vec<f32> =
        readable.map(|(_, vector)| vector.iter().zip(question).map(|(a, b)| a * b).sum()).collect();
    cosines.sort_by(|a, b| b.total_cmp(a));
    cosines.truncate(k);
    cosines
}

/// A world that is filled, and what is asked of it.
struct Bench {
    db: Db,
    url: String,
    local: LocalPgvector,
    questions: Vec<String>,
    asked: Arc<Vec<Vec<f32>>>,
}

impl Bench {
    async fn corpus(&self, tenant: &str, legs: &str) -> Corpus {
        let corpora = Corpora::new(self.db.clone(), &Changes::none());
        let corpus = corpora.get(&tenant.parse().unwrap(), &"c".parse().unwrap()).await.unwrap().unwrap();
        let (provider_config, routing) = decide::normalise(json!({ "retrieval": {
            "provider": "local_pgvector", "fusion": { "legs": legs }, "context": { "merge": false },
        } }))
        .unwrap();
        Corpus { provider_config, routing, ..corpus.as_ref().clone() }
    }

    /// Recall of the ten nearest, and how many answers had fewer than ten.
    async fn recall(&self, scope: &ReadScope, vectors: &[Vec<f32>], one_in: usize) -> (f64, usize) {
        let corpus = self.corpus(scope.tenant().as_str(), "dense").await;
        let (mut right, mut short) = (0, 0);
        for (number, text) in self.questions.iter().enumerate() {
            let query = Query::new(text.clone(), 10);
            let op = Op::internal(Clock::system().now());
            let hits = self.local.retrieve(&op, scope, &corpus, &query).await.unwrap();
            let best = exact(vectors, &self.asked[number], one_in, 10);
            // Half precision moves a cosine by less than this.
            let least = best.last().unwrap() - 2e-4;
            right += hits.iter().filter(|hit| hit.score >= least).count().min(10);
            short += usize::from(hits.len() < 10);
        }
        (right as f64 / (10 * QUESTIONS) as f64, short)
    }

    /// How long the best five of the default search take: here and, the statement alone, in `psql`.
    async fn times(&self, scope: &ReadScope) -> (Vec<f64>, Vec<f64>) {
        let corpus = self.corpus(scope.tenant().as_str(), "both").await;
        let mut commands = Vec::new();
        for (number, text) in self.questions.iter().enumerate() {
            let op = Op::internal(Clock::system().now());
            let mut tx = self.db.tenant(scope.tenant()).await.unwrap();
            let vector = Some(self.asked[number].as_slice());
            commands.push(index::for_psql(&op, &mut tx, scope, &corpus, text, vector).await.unwrap());
        }
        let here = ask(self.local.clone(), scope.clone(), corpus, self.questions.clone());
        // From a task, as a server asks: what is awaited elsewhere is woken on another thread each time.
        let here = tokio::spawn(here).await.unwrap();
        (here, self.psql(scope.tenant().as_str(), &commands))
    }

    /// Runs statements in `psql` as the server does, and reads how long each took.
    fn psql(&self, tenant: &str, commands: &[(String, String)]) -> Vec<f64> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut script = format!(
            "\\o /dev/null\nSET ROLE nexus_app; SELECT set_config('nexus.tenant', '{tenant}', false);
             SET hnsw.iterative_scan = relaxed_order; SET jit = off;\n{}\n\\timing on\n",
            commands[0].0
        );
        for (_, execute) in commands {
            script.push_str(&execute.replace('\n', " "));
            script.push('\n');
        }
        std::fs::write(file.path(), script).unwrap();
        let program = std::path::PathBuf::from(std::env::var("NEXUS_PG_BINDIR").unwrap()).join("psql");
        let ran = Command::new(program)
            .args(["-X", "-v", "ON_ERROR_STOP=1", "-d", &self.url, "-f"])
            .arg(file.path())
            .output();
        let ran = ran.unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let text = String::from_utf8(ran.stdout).unwrap();
        text.lines().filter_map(|line| line.strip_prefix("Time: ")?.split(' ').next()?.parse().ok()).collect()
    }

    async fn measure(&self, name: &str, scope: &ReadScope, vectors: &[Vec<f32>], one_in: usize) {
        let (recall, short) = self.recall(scope, vectors, one_in).await;
        // The first time, everybody reads from the disk.
        self.times(scope).await;
        let (here, psql) = self.times(scope).await;
        assert_eq!(psql.len(), QUESTIONS);
        let [(p50, p95), (psql50, psql95)] =
            [&here, &psql].map(|ms| (percentile(ms, 0.5).unwrap(), percentile(ms, 0.95).unwrap()));
        let ratio = p95 / psql95;
        println!(
            "| {name}, one in {one_in} | {recall:.4} | {short} | {p50:.1}, {p95:.1} | {psql50:.1}, {psql95:.1} | {ratio:.2} |"
        );
        assert!(recall >= 0.99 && short == 0, "{name}, one in {one_in}: recall {recall}, {short} short answers");
    }
}

/// How long each question takes, in milliseconds.
async fn ask(local: LocalPgvector, scope: ReadScope, corpus: Corpus, questions: Vec<String>) -> Vec<f64> {
    let mut times = Vec::new();
    for text in questions {
        let query = Query::new(text.clone(), 5);
        let op = Op::internal(Clock::system().now());
        let began = Instant::now();
        let hits = local.retrieve(&op, &scope, &corpus, &query).await.unwrap();
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        assert_eq!(hits.len(), 5, "{text}");
    }
    times
}

fn reader(tenant: &str, name: &str, settings: ScopeSettings) -> ReadScope {
    let role = if settings.admin_bypasses_acl { Role::Admin } else { Role::Reader };
    let principal = Principal::vouched_for(tenant.parse().unwrap(), name.parse().unwrap(), role);
    ReadScope::vouched_for(&principal, None, settings).within("c".parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "fills an index with 125,000 vectors, which takes minutes"]
async fn readers_of_little_find_what_there_is() {
    let mut random = SplitMix(7);
    let centres: Vec<Vec<f32>> =
        (0..CLUSTERS).map(|_| unit((0..DIMENSION).map(|_| noise(&mut random)).collect())).collect();
    let mut cloud =
        |n: usize| (0..n).map(|_| near(&centres[random.below(CLUSTERS)], 0.06, &mut random)).collect::<Vec<_>>();
    let (vectors, others) = (cloud(CHUNKS), cloud(OTHERS));
    let mut random = SplitMix(8);
    let asked: Arc<Vec<Vec<f32>>> =
        Arc::new((0..QUESTIONS).map(|_| near(&vectors[random.below(CHUNKS)], 0.04, &mut random)).collect());
    let questions = (0..QUESTIONS).map(|number| question(number, &mut random)).collect();

    let database = testing::database().await;
    let mut owner = testing::connect(&database.url).await;
    fill(&mut owner, &vectors, &others).await;
    let model = ModelId::new("fixed-384").unwrap();
    let local = LocalPgvector::new(database.db.clone(), Arc::new(Fixed(model, Arc::clone(&asked))));
    let name: String = sqlx::query_scalar("SELECT current_database()").fetch_one(&mut owner).await.unwrap();
    let url = testing::server_url().expose_secret().replacen("/nexus?", &format!("/{name}?"), 1);
    let bench = Bench { db: database.db.clone(), url, local, questions, asked };
    println!(
        "| may read | recall@10 | short | p50, p95 ms | psql: p50, p95 ms | p95 / p95 |\n|---|---|---|---|---|---|"
    );
    let all = ScopeSettings { admin_bypasses_acl: true };
    for one_in in SHARES {
        bench.measure("grants", &reader("t", &format!("r{one_in}"), ScopeSettings::default()), &vectors, one_in).await;
    }
    for one_in in SHARES {
        let label = json!({ "eq": [{ "var": format!("resource.labels.k{one_in}") }, "true"] });
        let filter = Condition::parse(&label, &Limits::default()).unwrap();
        bench.measure("label", &reader("t", "admin", all).only(&filter), &vectors, one_in).await;
    }
    bench.measure("everything", &reader("t", "admin", all), &vectors, 1).await;
    bench.measure("everything of a fifth of the index", &reader("u", "admin", all), &others, 1).await;
    // As while a corpus that has grown is taken into the index.
    let outside = "UPDATE chunks SET indexed = false WHERE chunk_index = 9 AND tenant_id = 't'";
    sqlx::raw_sql(outside).execute(&mut owner).await.unwrap();
    sqlx::raw_sql("ANALYZE chunks").execute(&mut owner).await.unwrap();
    bench.measure("everything, a tenth outside of the index", &reader("t", "admin", all), &vectors, 1).await;
    for one_in in [1, 2] {
        let scope = reader("t", &format!("r{one_in}"), ScopeSettings::default());
        bench.measure("grants, a tenth outside of the index", &scope, &vectors, one_in).await;
    }
}
