//! A deterministic embedding that needs no model: words are hashed into 768 signed buckets.
//!
//! It knows spelling and nothing of meaning. It serves tests, and installations that must behave exactly as the published
//! formula says. It has no backend that could be away.

use futures::{FutureExt as _, future::BoxFuture};
use sha2::{Digest as _, Sha256};

use super::{EmbedError, Embedder, ModelId, Purpose};

const DIMENSION: usize = 768;

/// The embedding by hashed words.
#[derive(Debug, Clone)]
pub struct HashEmbedder {
    model: ModelId,
}

impl Default for HashEmbedder {
    fn default() -> Self {
        Self { model: ModelId::built_in("hash-768") }
    }
}

impl Embedder for HashEmbedder {
    fn model(&self) -> &ModelId {
        &self.model
    }

    fn dimension(&self) -> usize {
        DIMENSION
    }

    fn embed(&self, texts: Vec<String>, _purpose: Purpose) -> BoxFuture<'_, Result<Vec<Vec<f32>>, EmbedError>> {
        async move {
            let mut vectors = Vec::with_capacity(texts.len());
            for text in &texts {
                vectors.push(vector(text));
                // A large batch must not hold an async thread until its end.
                tokio::task::yield_now().await;
            }
            Ok(vectors)
        }
        .boxed()
    }
}

/// The vector of a text; all zeros when the text has no word.
fn vector(text: &str) -> Vec<f32> {
    let mut sums = vec![0.0_f64; DIMENSION];
    for word in words(text) {
        let (bucket, value) = signed_bucket(&word.to_ascii_lowercase());
        if let Some(sum) = sums.get_mut(bucket) {
            *sum += value;
        }
    }
    let norm = sums.iter().map(|v| v * v).sum::<f64>().sqrt();
    let scale = if norm > 0.0 { norm.recip() } else { 0.0 };
    #[allow(clippy::cast_possible_truncation, reason = "components are within [-1, 1]; the index stores f32")]
    sums.iter().map(|v| (v * scale) as f32).collect()
}

/// Runs of ASCII letters, digits and underscores.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// Where a word adds to the vector, and what. The formula reads hexadecimal digits 0–7, 8–11 and 12–19 of the digest,
/// which are its bytes 0–3, 4–5 and 6–9.
fn signed_bucket(word: &str) -> (usize, f64) {
    let digest = Sha256::digest(word.as_bytes());
    let number = |from: usize| {
        let bytes = digest.get(from..from + 4).and_then(|bytes| bytes.first_chunk());
        u32::from_be_bytes(bytes.copied().unwrap_or_default())
    };
    let magnitude = 0.2 + f64::from(number(6) % 1000) / 1000.0;
    let is_even = (number(4) >> 16).is_multiple_of(2);
    (number(0) as usize % DIMENSION, if is_even { magnitude } else { -magnitude })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::unreadable_literal)]

    use super::*;

    /// Computed with Python's `hashlib` from the published formula, independently of this file.
    const KNOWN: &[(&str, &[(usize, f32)])] = &[
        ("Hello, world!", &[(186, 0.7991194), (354, -0.6011724)]),
        (
            "The quick_brown fox; the FOX 42",
            &[(217, -0.4097898), (294, 0.1723839), (637, -0.8649439), (692, 0.2328695)],
        ),
        ("naïve café", &[(118, -0.6957507), (274, 0.4643549), (701, 0.5480014)]),
    ];

    #[test]
    fn agrees_with_the_published_formula() {
        for (text, components) in KNOWN {
            let vector = vector(text);
            assert_eq!(vector.iter().filter(|v| **v != 0.0).count(), components.len(), "{text:?}");
            for &(index, value) in *components {
                assert!((vector[index] - value).abs() < 1e-6, "{text:?} at {index}: {} is not {value}", vector[index]);
            }
        }
    }

    #[tokio::test]
    async fn a_text_without_words_is_the_zero_vector() {
        let texts = vec![String::new(), "…!? 日本".to_owned(), "word".to_owned()];
        let vectors = HashEmbedder::default().embed(texts, Purpose::Passage).await.unwrap();
        let norm = |v: &Vec<f32>| v.iter().map(|x| x * x).sum::<f32>();
        assert!(norm(&vectors[0]).abs() < f32::EPSILON && norm(&vectors[1]).abs() < f32::EPSILON);
        assert!((norm(&vectors[2]) - 1.0).abs() < 1e-6);
        assert!(vectors.iter().all(|v| v.len() == DIMENSION));
    }
}
