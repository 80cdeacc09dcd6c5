//! Questions that were asked before.
//!
//! Only vectors and hashes are kept, never a question, so there is nothing here to read or to erase. Every entry is the
//! same size, so a bound on their number bounds the memory. When the model behind is away, remembered questions still
//! get their vectors; failures are not remembered.

use std::{fmt, sync::Arc, time::Duration};

use futures::{
    FutureExt as _, TryFutureExt as _,
    future::{BoxFuture, try_join_all},
};
use moka::future::Cache;
use nexus_core::resilience::Integrations;
use sha2::{Digest as _, Sha256};

use super::{EmbedError, Embedder, ModelId, Purpose};

/// A question that nobody asks for this long is forgotten.
const IDLE: Duration = Duration::from_hours(1);

/// An embedder that remembers the vectors of questions. Callers who ask the same at once share one computation.
pub struct QueryCache {
    inner: Arc<dyn Embedder>,
    vectors: Cache<[u8; 32], Arc<[f32]>>,
}

impl QueryCache {
    /// Remembers up to `entries` questions.
    #[must_use]
    pub fn new(inner: Arc<dyn Embedder>, entries: u64) -> Self {
        Self { inner, vectors: Cache::builder().max_capacity(entries).time_to_idle(IDLE).build() }
    }

    async fn query(&self, text: String) -> Result<Vec<f32>, EmbedError> {
        let key = Sha256::digest(text.as_bytes()).into();
        let compute = self.inner.embed(vec![text], Purpose::Query).and_then(|vectors| async {
            let none = || EmbedError::BadAnswer { why: "no vector for the question".to_owned() };
            Ok(vectors.into_iter().next().ok_or_else(none)?.into())
        });
        let vector = self.vectors.try_get_with(key, compute).await;
        vector.map(|vector| vector.to_vec()).map_err(Arc::unwrap_or_clone)
    }
}

impl Embedder for QueryCache {
    fn model(&self) -> &ModelId {
        self.inner.model()
    }

    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn connect(&self, integrations: &Integrations) {
        self.inner.connect(integrations);
    }

    fn embed(&self, texts: Vec<String>, purpose: Purpose) -> BoxFuture<'_, Result<Vec<Vec<f32>>, EmbedError>> {
        match purpose {
            Purpose::Query => try_join_all(texts.into_iter().map(|text| self.query(text))).boxed(),
            Purpose::Closer | Purpose::Passage => self.inner.embed(texts, purpose),
        }
    }
}

impl fmt::Debug for QueryCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.vectors.entry_count();
        f.debug_struct("QueryCache").field("model", self.model()).field("entries", &entries).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::embed::HashEmbedder;

    /// Counts calls; fails as long as it is told to; gives others a chance to come in between.
    #[derive(Debug, Default)]
    struct Counting {
        inner: HashEmbedder,
        calls: AtomicU32,
        failures: AtomicU32,
    }

    impl Embedder for Counting {
        fn model(&self) -> &ModelId {
            self.inner.model()
        }

        fn dimension(&self) -> usize {
            self.inner.dimension()
        }

        fn embed(&self, texts: Vec<String>, purpose: Purpose) -> BoxFuture<'_, Result<Vec<Vec<f32>>, EmbedError>> {
            async move {
                self.calls.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                let fail = |left: u32| left.checked_sub(1);
                if self.failures.try_update(Ordering::SeqCst, Ordering::SeqCst, fail).is_ok() {
                    return Err(EmbedError::Timeout);
                }
                self.inner.embed(texts, purpose).await
            }
            .boxed()
        }
    }

    fn cache(entries: u64) -> (Arc<Counting>, QueryCache) {
        let inner = Arc::new(Counting::default());
        (Arc::clone(&inner), QueryCache::new(inner, entries))
    }

    fn ask(cache: &QueryCache, text: &str) -> impl Future<Output = Result<Vec<Vec<f32>>, EmbedError>> {
        cache.embed(vec![text.to_owned()], Purpose::Query)
    }

    #[tokio::test]
    async fn a_question_is_computed_once_even_when_many_ask_at_once() {
        let (inner, cache) = cache(10);
        let answers = try_join_all((0..20).map(|_| ask(&cache, "same question"))).await.unwrap();
        assert_eq!(inner.calls.load(Ordering::SeqCst), 1);
        let expected = inner.inner.embed(vec!["same question".to_owned()], Purpose::Query).await.unwrap();
        assert!(answers.iter().all(|answer| *answer == expected));
    }

    #[tokio::test]
    async fn only_questions_are_remembered_and_the_rest_goes_in_one_call() {
        let (inner, cache) = cache(10);
        for purpose in [Purpose::Passage, Purpose::Closer] {
            cache.embed(vec!["one".to_owned(), "two".to_owned()], purpose).await.unwrap();
        }
        assert_eq!(inner.calls.load(Ordering::SeqCst), 2);
        assert_eq!(cache.vectors.entry_count(), 0);
    }

    #[tokio::test]
    async fn a_failure_is_not_remembered() {
        let (inner, cache) = cache(10);
        inner.failures.store(1, Ordering::SeqCst);
        assert_eq!(ask(&cache, "q").await, Err(EmbedError::Timeout));
        assert!(ask(&cache, "q").await.is_ok());
    }

    #[tokio::test]
    async fn somebody_who_leaves_does_not_take_the_computation_along() {
        let (_, cache) = cache(10);
        let mut first = Box::pin(ask(&cache, "q"));
        assert!(first.as_mut().now_or_never().is_none());
        drop(first);
        assert!(ask(&cache, "q").await.is_ok());
    }

    #[tokio::test]
    async fn no_more_is_kept_than_allowed() {
        let (_, cache) = cache(5);
        for number in 0..50 {
            ask(&cache, &number.to_string()).await.unwrap();
        }
        cache.vectors.run_pending_tasks().await;
        assert!(cache.vectors.entry_count() <= 5);
    }
}
