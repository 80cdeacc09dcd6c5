//! The local model against numbers that were computed without this code: a forward pass in double precision with its own
//! tokenizer, over the same files.
//!
//! The files are found by `NEXUS_TEST_MODEL_DIR`, else where `scripts/setup.sh` puts them.

#![cfg(feature = "minilm")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use futures::{FutureExt as _, future::join_all};
use nexus_retrieval::embed::{EmbedError, Embedder as _, Purpose, minilm::MiniLm};

/// Among them an empty text, one that is longer than the model reads, and one with accents and ideographs.
fn texts() -> Vec<String> {
    let long = "Reciprocal rank fusion adds the inverse ranks that several retrievers give to a passage. ".repeat(40);
    [
        "What is the capital of France?",
        "Paris is the capital and most populous city of France.",
        "A cat sat on the mat.",
        "Ein Fahrrad ist kein Auto — naïve Größe, 日本語!",
        "",
        &long,
        r#"fn main() { println!("{}", 42); }"#,
    ]
    .map(str::to_owned)
    .to_vec()
}

/// The cosine of each text with each.
const COSINES: [[f32; 7]; 7] = [
    [1.000_000, 0.754_588, -0.020_080, 0.067_511, 0.049_512, -0.051_584, 0.089_682],
    [0.754_588, 1.000_000, -0.029_714, 0.038_751, -0.055_095, -0.067_475, 0.046_648],
    [-0.020_080, -0.029_714, 1.000_000, -0.053_324, 0.036_265, 0.004_611, 0.044_861],
    [0.067_511, 0.038_751, -0.053_324, 1.000_000, 0.072_764, 0.067_885, 0.133_369],
    [0.049_512, -0.055_095, 0.036_265, 0.072_764, 1.000_000, -0.039_572, 0.085_268],
    [-0.051_584, -0.067_475, 0.004_611, 0.067_885, -0.039_572, 1.000_000, -0.006_834],
    [0.089_682, 0.046_648, 0.044_861, 0.133_369, 0.085_268, -0.006_834, 1.000_000],
];

/// The first components of each vector.
const BEGINNINGS: [[f32; 4]; 7] = [
    [0.082_048, 0.036_055, -0.003_893, -0.004_881],
    [0.132_819, -0.000_537, 0.035_006, -0.032_269],
    [0.120_813, -0.023_536, -0.036_690, 0.056_463],
    [-0.039_295, 0.108_528, 0.056_302, -0.059_946],
    [-0.118_838, 0.048_299, -0.002_548, -0.011_011],
    [-0.094_940, -0.078_789, 0.021_201, 0.028_634],
    [0.011_740, 0.064_387, -0.049_922, 0.012_952],
];

fn folder() -> PathBuf {
    std::env::var_os("NEXUS_TEST_MODEL_DIR")
        .unwrap_or_else(|| "/var/cache/nexusrag/models/all-MiniLM-L6-v2".into())
        .into()
}

/// One model for all tests: loading reads 90 MB.
fn model() -> Arc<MiniLm> {
    static MODEL: OnceLock<Arc<MiniLm>> = OnceLock::new();
    let load = || Arc::new(MiniLm::load(&folder(), 2).expect("the model files; scripts/setup.sh fetches them"));
    Arc::clone(MODEL.get_or_init(load))
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[tokio::test]
async fn agrees_with_an_independent_forward_pass() {
    let vectors = model().embed(texts(), Purpose::Passage).await.unwrap();
    assert_eq!(vectors.len(), texts().len());
    for (i, a) in vectors.iter().enumerate() {
        assert_eq!(a.len(), model().dimension());
        for (j, b) in vectors.iter().enumerate() {
            let expected = COSINES[i][j];
            assert!((cosine(a, b) - expected).abs() < 1e-5, "cosine of {i} and {j}: {} {expected}", cosine(a, b));
        }
        for (value, expected) in a.iter().zip(BEGINNINGS[i]) {
            assert!((value - expected).abs() < 1e-5, "vector {i} begins {:?}", &a[..4]);
        }
    }
}

#[tokio::test]
async fn company_does_not_change_a_vector() {
    let together = model().embed(texts(), Purpose::Passage).await.unwrap();
    for (text, expected) in texts().into_iter().zip(together) {
        let alone = model().embed(vec![text], Purpose::Query).await.unwrap();
        assert!(cosine(&alone[0], &expected) > 0.999_999);
    }
}

#[tokio::test]
async fn nothing_to_embed_is_nothing() {
    assert_eq!(model().embed(Vec::new(), Purpose::Passage).await.unwrap(), Vec::<Vec<f32>>::new());
}

#[tokio::test]
async fn a_text_beyond_the_limit_counts_by_its_beginning() {
    let mut long = texts()[5].clone();
    let cut = model().embed(vec![long.clone()], Purpose::Passage).await.unwrap();
    long.push_str("Something entirely different at the end.");
    assert_eq!(model().embed(vec![long], Purpose::Passage).await.unwrap(), cut);
}

#[tokio::test]
async fn a_query_overtakes_waiting_passages_and_dropped_work_frees_its_place() {
    let model = model();
    let passages = vec![texts()[5].clone(); 60];
    let mut flood = model.embed(passages, Purpose::Passage);
    assert!(flood.as_mut().now_or_never().is_none());
    model.embed(vec!["overtaking".to_owned()], Purpose::Query).await.unwrap();
    assert!(flood.as_mut().now_or_never().is_none(), "the flood was done before the query");
    drop(flood);
    // Were places leaked, these would wait for ever.
    let again = (0..40).map(|_| model.embed(vec!["word".to_owned()], Purpose::Passage));
    assert!(join_all(again).await.iter().all(Result::is_ok));
}

#[test]
fn a_file_that_is_missing_or_damaged_is_named() {
    let files = ["config.json", "tokenizer.json", "model.safetensors"];
    let copy = |without: &str| {
        let copy = tempfile::tempdir().unwrap();
        for file in files.iter().filter(|file| **file != without) {
            std::os::unix::fs::symlink(folder().join(file), copy.path().join(file)).unwrap();
        }
        copy
    };
    for file in files {
        let copy = copy(file);
        let refused = |damage: &str| match MiniLm::load(copy.path(), 1) {
            Err(EmbedError::NotConfigured { what }) => {
                assert!(what.contains(file), "{damage}: {what}");
                assert!(!what.contains('\n'), "{damage}: {what}");
            }
            other => panic!("{file} {damage}: {other:?}"),
        };
        refused("missing");
        for (damage, bytes) in [("empty", &b""[..]), ("garbage", &b"\xff\xff\xff\xff{\"a\":"[..]), ("json", &b"{}"[..])]
        {
            fs::write(copy.path().join(file), bytes).unwrap();
            refused(damage);
        }
    }
    let cut = copy("model.safetensors");
    let bytes = fs::read(folder().join("model.safetensors")).unwrap();
    fs::write(cut.path().join("model.safetensors"), &bytes[..bytes.len() - 4]).unwrap();
    assert!(MiniLm::load(cut.path(), 1).unwrap_err().to_string().contains("model.safetensors"));
}

/// Words are read when texts need them: what became of the file meanwhile ends the request.
#[tokio::test]
async fn a_word_that_cannot_be_read_fails_the_text_and_not_the_process() {
    let copy = tempfile::tempdir().unwrap();
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        fs::copy(folder().join(file), copy.path().join(file)).unwrap();
    }
    let model = MiniLm::load(copy.path(), 1).unwrap();
    let ask = async || model.embed(vec!["of words".to_owned()], Purpose::Query).await;
    assert!(ask().await.is_ok());
    let weights = fs::OpenOptions::new().write(true).open(copy.path().join("model.safetensors")).unwrap();
    weights.set_len(16_384).unwrap();
    assert!(matches!(ask().await, Err(EmbedError::Unavailable { .. })));
    // Zeros again, and then something that is no number.
    weights.set_len(90_868_376).unwrap();
    assert!(ask().await.is_ok());
    let ones = vec![0xff; 60 << 20];
    std::os::unix::fs::FileExt::write_all_at(&weights, &ones, 16_384).unwrap();
    assert!(matches!(ask().await, Err(EmbedError::Unavailable { .. })));
}
