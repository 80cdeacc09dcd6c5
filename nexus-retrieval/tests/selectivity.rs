//! Whether vector search finds what there is when little of much may be read: 100,000 chunks, readers of a thousandth to
//! all of them, compared with a comparison of every vector. Takes minutes, so it runs when it is asked for:
//! `cargo test --workspace --test selectivity -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "figures of a report"
)]

use std::{sync::Arc, time::Instant};

use futures::{FutureExt as _, future::BoxFuture};
use nexus_authz::scope::{ReadScope, ScopeSettings};
use nexus_core::{
    clock::Clock,
    op::Op,
    pg::{changes::Changes, testing},
    principal::{Principal, Role},
};
use nexus_retrieval::{
    corpus::{Corpora, Corpus, decide},
    embed::{EmbedError, Embedder, ModelId, Purpose},
    eval::stats::{SplitMix, percentile},
    provider::{LocalPgvector, Query, Retriever as _},
};
use pgvector::HalfVector;
use sqlx::PgConnection;

const CHUNKS: usize = 100_000;
const CHUNKS_A_DOCUMENT: usize = 10;
const DIMENSION: usize = 384;
const CLUSTERS: usize = 400;
const QUESTIONS: usize = 100;
/// Readers, with one in how many documents they may read.
const READERS: [(&str, usize); 5] = [("r1000", 1000), ("r100", 100), ("r10", 10), ("r2", 2), ("r1", 1)];

const WORLD: &str = "
    INSERT INTO tenants (id, name) VALUES ('t', 't');
    INSERT INTO corpora (tenant_id, id, name, provider_config_json, embedding_model, embedding_dimension, chunk_count,
                         term_count)
    VALUES ('t', 'c', 'c', '{\"retrieval\": {\"provider\": \"local_pgvector\"}}', 'fixed-384', 384, 100000, 100000);
    INSERT INTO documents (tenant_id, id, corpus_id, filename, title, content_type, ingest_source, status, source_key,
                           source_bytes, source_sha256, chunk_size_chars, chunk_overlap_chars, num_chunks)
    SELECT 't', 'd' || n, 'c', 'd.txt', 'd', 'text/plain', 'raw_text', 'succeeded', 'k' || n, 4, '\\x00', 100, 0, 10
    FROM generate_series(0, 9999) n;
    INSERT INTO document_texts SELECT 't', 'd' || n, 'text', 4, '\\x00' FROM generate_series(0, 9999) n;
    DROP INDEX chunks_hnsw_384;
    SET maintenance_work_mem = '512MB';
";

/// Gives the vector that the question names.
struct Fixed(ModelId, Arc<Vec<Vec<f32>>>);

impl Embedder for Fixed {
    fn model(&self) -> &ModelId {
        &self.0
    }
    fn dimension(&self) -> usize {
        DIMENSION
    }
    fn embed(&self, texts: Vec<String>, _: Purpose) -> BoxFuture<'_, Result<Vec<Vec<f32>>, EmbedError>> {
        let vectors = texts.iter().map(|text| self.1[text.parse::<usize>().unwrap()].clone()).collect();
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

async fn fill(owner: &mut PgConnection, vectors: &[Vec<f32>]) {
    sqlx::raw_sql(WORLD).execute(&mut *owner).await.unwrap();
    for (batch, part) in vectors.chunks(2000).enumerate() {
        let numbers: Vec<i64> = (0..part.len()).map(|n| (batch * 2000 + n) as i64).collect();
        sqlx::query(
            "INSERT INTO chunks (tenant_id, corpus_id, document_id, chunk_index, start_char, end_char, text, term_count,
                                 dimension, embedding)
             SELECT 't', 'c', 'd' || n % 10000, n / 10000, 0, 4, 'text', 1, 384, v
             FROM unnest($1::bigint[], $2::halfvec[]) AS x (n, v)",
        )
        .bind(numbers)
        .bind(part.iter().map(|vector| HalfVector::from_f32_slice(vector)).collect::<Vec<_>>())
        .execute(&mut *owner)
        .await
        .unwrap();
    }
    for (reader, one_in) in READERS {
        sqlx::query(
            "INSERT INTO document_permissions (tenant_id, id, document_id, principal_type, principal_id, permission)
             SELECT 't', gen_random_uuid(), 'd' || n, 'user', $1, 'read' FROM generate_series(0, 9999, $2) n",
        )
        .bind(reader)
        .bind(one_in as i32)
        .execute(&mut *owner)
        .await
        .unwrap();
    }
    sqlx::raw_sql(
        "CREATE INDEX chunks_hnsw_384 ON chunks USING hnsw ((embedding::halfvec(384)) halfvec_cosine_ops)
             WHERE dimension = 384;
         ANALYZE",
    )
    .execute(owner)
    .await
    .unwrap();
}

/// Cosines of the best of what a reader may read, by comparing with everything.
fn exact(vectors: &[Vec<f32>], question: &[f32], one_in: usize, k: usize) -> Vec<f32> {
    let readable = vectors.iter().enumerate().filter(|(n, _)| (n % 10_000).is_multiple_of(one_in));
    let mut cosines: Vec<f32> =
        readable.map(|(_, vector)| vector.iter().zip(question).map(|(a, b)| a * b).sum()).collect();
    cosines.sort_by(|a, b| b.total_cmp(a));
    cosines.truncate(k);
    cosines
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "fills an index with 100,000 vectors, which takes minutes"]
async fn readers_of_little_find_what_there_is() {
    let mut random = SplitMix(7);
    let centres: Vec<Vec<f32>> =
        (0..CLUSTERS).map(|_| unit((0..DIMENSION).map(|_| noise(&mut random)).collect())).collect();
    let vectors: Vec<Vec<f32>> =
        (0..CHUNKS).map(|_| near(&centres[random.below(CLUSTERS)], 0.06, &mut random)).collect();
    let questions: Arc<Vec<Vec<f32>>> =
        Arc::new((0..QUESTIONS).map(|_| near(&vectors[random.below(CHUNKS)], 0.04, &mut random)).collect());
    assert_eq!(CHUNKS / CHUNKS_A_DOCUMENT, 10_000);

    let database = testing::database().await;
    let mut owner = testing::connect(&database.url).await;
    fill(&mut owner, &vectors).await;
    let model = ModelId::new("fixed-384").unwrap();
    let local = LocalPgvector::new(database.db.clone(), Arc::new(Fixed(model, Arc::clone(&questions))));
    let (tenant, id) = ("t".parse().unwrap(), "c".parse().unwrap());
    let corpora = Corpora::new(database.db.clone(), &Changes::none());
    let corpus = corpora.get(&tenant, &id).await.unwrap().unwrap();
    let (provider_config, routing) = decide::normalise(serde_json::json!({ "retrieval": {
        "provider": "local_pgvector", "fusion": { "legs": "dense" }, "context": { "merge": false },
    } }))
    .unwrap();
    let corpus = Corpus { provider_config, routing, ..corpus.as_ref().clone() };
    println!("readable | recall@10 | short | p50 ms | p95 ms");
    for (reader, one_in) in READERS {
        let principal = Principal::vouched_for("t".parse().unwrap(), reader.parse().unwrap(), Role::Reader);
        let scope = ReadScope::vouched_for(&principal, None, ScopeSettings::default()).within(corpus.id.clone());
        let (mut right, mut short, mut millis) = (0, 0, Vec::new());
        for (number, question) in questions.iter().enumerate() {
            let op = Op::internal(Clock::system().now());
            let query = Query::new(number.to_string(), 10);
            let began = Instant::now();
            let hits = local.retrieve(&op, &scope, &corpus, &query).await.unwrap();
            millis.push(began.elapsed().as_secs_f64() * 1000.0);
            let best = exact(&vectors, question, one_in, 10);
            // Half precision moves a cosine by less than this.
            let least = best.last().unwrap() - 2e-4;
            right += hits.iter().filter(|hit| hit.score >= least).count().min(10);
            short += usize::from(hits.len() < 10);
        }
        let recall = right as f64 / (10 * QUESTIONS) as f64;
        let [p50, p95] = [0.5, 0.95].map(|share| percentile(&millis, share).unwrap());
        println!("1/{one_in:<6} | {recall:.4} | {short} | {p50:.1} | {p95:.1}");
        assert!(recall >= 0.99 && short == 0, "1/{one_in}: recall {recall}, {short} short answers");
    }
}
