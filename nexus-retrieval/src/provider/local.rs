//! Retrieval from our own index.

use std::{fmt, sync::Arc};

use futures::{FutureExt as _, future::BoxFuture};
use nexus_authz::scope::ReadScope;
use nexus_core::{op::Op, pg::Db};

use super::{Call, Query, RetrievalError, Retriever};
use crate::{
    corpus::{Corpus, Provider},
    embed::{Embedder, ModelId, Purpose},
    index::{self, Hit, context},
    rerank::Second,
};

/// How many passages more than asked for are looked at, so that what is left out of a context has a successor.
const SPARE: u32 = 10;

/// Embeds the question and searches PostgreSQL.
#[derive(Clone)]
pub struct LocalPgvector {
    db: Db,
    embedder: Arc<dyn Embedder>,
    second: Option<Second>,
}

impl fmt::Debug for LocalPgvector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalPgvector").field("model", self.embedder.model()).finish_non_exhaustive()
    }
}

impl LocalPgvector {
    /// Searches this database with this model.
    #[must_use]
    pub fn new(db: Db, embedder: Arc<dyn Embedder>) -> Self {
        Self { db, embedder, second: None }
    }

    /// Looks at what was found a second time.
    #[must_use]
    pub fn with_second(mut self, second: Option<Second>) -> Self {
        self.second = second;
        self
    }

    /// The model that questions are embedded with.
    #[must_use]
    pub fn embeds_with(&self) -> &ModelId {
        self.embedder.model()
    }

    /// Whose the second look is, if there is one.
    #[must_use]
    pub fn reranks_with(&self) -> Option<&'static str> {
        self.second.as_ref().map(Second::provider)
    }

    /// How many passages the search has to give, so that `top_k` good ones can be chosen.
    #[must_use]
    pub fn wanted(&self, corpus: &Corpus, top_k: u32) -> u32 {
        let looked_at = self.second(corpus).map_or(0, Second::candidates);
        top_k.saturating_add(SPARE).max(u32::try_from(looked_at).unwrap_or(u32::MAX))
    }

    /// Chooses among what the search gave. Without a connection: a slow model must not use up the pool.
    pub async fn choose(&self, corpus: &Corpus, query: &Query, hits: Vec<Hit>) -> Vec<Hit> {
        query.calls.note(Call::Search(Provider::LocalPgvector.as_str()));
        let hits = match self.second(corpus) {
            Some(second) => {
                let ordered = second.order(&query.text, hits).await;
                query.calls.note(Call::Rerank);
                ordered
            }
            None => hits,
        };
        context::choose(hits, query.top_k, corpus.routing.search.context)
    }

    fn second(&self, corpus: &Corpus) -> Option<&Second> {
        self.second.as_ref().filter(|_| corpus.routing.search.rerank)
    }

    /// Embeds a question, without a connection: a slow model must not use up the pool.
    pub async fn embed(&self, corpus: &Corpus, query: &Query) -> Result<Option<Vec<f32>>, RetrievalError> {
        if corpus.embedding_model != *self.embedder.model() {
            return Err(RetrievalError::OtherModel {
                corpus: corpus.embedding_model.to_string(),
                server: self.embedder.model().to_string(),
            });
        }
        let vectors = self.embedder.embed(vec![query.text.clone()], Purpose::Query).await?;
        query.calls.note(Call::Embedding);
        Ok(vectors.into_iter().next())
    }

    async fn search(
        &self,
        op: &Op,
        scope: &ReadScope,
        corpus: &Corpus,
        query: &Query,
    ) -> Result<Vec<Hit>, RetrievalError> {
        let vector = self.embed(corpus, query).await?;
        let mut tx = self.db.tenant(scope.tenant()).await?;
        let wanted = self.wanted(corpus, query.top_k);
        let hits = index::search(op, &mut tx, scope, corpus, &query.text, vector.as_deref(), wanted).await?;
        drop(tx);
        Ok(self.choose(corpus, query, hits).await)
    }
}

impl Retriever for LocalPgvector {
    fn retrieve<'a>(
        &'a self,
        op: &'a Op,
        scope: &'a ReadScope,
        corpus: &'a Corpus,
        query: &'a Query,
    ) -> BoxFuture<'a, Result<Vec<Hit>, RetrievalError>> {
        self.search(op, scope, corpus, query).boxed()
    }
}
