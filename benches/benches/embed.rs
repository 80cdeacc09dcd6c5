//! Texts to vectors: a question, passages, and hashing for comparison.
//!
//! `cargo bench -p benches --bench embed`. The model is found by `NEXUS_TEST_MODEL_DIR`, else where `scripts/setup.sh`
//! puts it; without it only hashing is measured.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros write undocumented functions; a bench may stop"
)]

use std::{path::PathBuf, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nexus_retrieval::embed::{Embedder, HashEmbedder, Purpose, minilm::MiniLm};
use tokio::runtime::Runtime;

/// Nine tokens, with the two that frame it.
const QUESTION: &str = "What is the capital of France?";
/// Passages in one batch.
const PASSAGES: usize = 32;

/// 128 tokens, with the two that frame them: 21 sentences of six.
fn passage() -> String {
    "The cat sat there quietly. ".repeat(21)
}

fn measure(c: &mut Criterion, name: &str, embedder: &dyn Embedder) {
    let runtime = Runtime::new().unwrap();
    let mut group = c.benchmark_group(name);
    group.bench_function("question of 9 tokens", |b| {
        b.to_async(&runtime).iter(|| embedder.embed(vec![QUESTION.to_owned()], Purpose::Query));
    });
    group.sample_size(10).measurement_time(Duration::from_secs(10)).throughput(Throughput::Elements(PASSAGES as u64));
    group.bench_function("32 passages of 128 tokens", |b| {
        b.to_async(&runtime).iter(|| embedder.embed(vec![passage(); PASSAGES], Purpose::Passage));
    });
    group.finish();
}

fn embed(c: &mut Criterion) {
    measure(c, "hash-768", &HashEmbedder::default());
    let folder = std::env::var_os("NEXUS_TEST_MODEL_DIR");
    let folder = PathBuf::from(folder.unwrap_or_else(|| "/var/cache/nexusrag/models/all-MiniLM-L6-v2".into()));
    for threads in [1, 2] {
        match MiniLm::load(&folder, threads) {
            Ok(model) => measure(c, &format!("all-MiniLM-L6-v2, {threads} threads"), &model),
            Err(why) => eprintln!("all-MiniLM-L6-v2 is not measured: {why}"),
        }
    }
}

criterion_group!(benches, embed);
criterion_main!(benches);
