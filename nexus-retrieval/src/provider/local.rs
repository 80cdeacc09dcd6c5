//! Retrieval from our own index.

use std::{collections::HashSet, fmt, sync::Arc};

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
/// The most passages that are looked at for one question, where a limit of the corpus leaves out most of what is found.
const MOST: u32 = 4_000;

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
    fn wanted(&self, corpus: &Corpus, top_k: u32) -> u32 {
        let looked_at = self.second(corpus).map_or(0, Second::candidates);
        top_k.saturating_add(SPARE).max(u32::try_from(looked_at).unwrap_or(u32::MAX))
    }

    /// Chooses among what the search gave, and searches on where limits of the corpus left out so much that fewer than
    /// asked for remain. Begins without a connection: a slow model must not use up the pool.
    async fn choose(
        &self,
        op: &Op,
        scope: &ReadScope,
        corpus: &Corpus,
        (query, vector): (&Query, Option<&[f32]>),
        hits: Vec<Hit>,
    ) -> Result<Vec<Hit>, RetrievalError> {
        let mut wanted = self.wanted(corpus, query.top_k);
        let mut exhausted = hits.len() < size(wanted);
        query.calls.note(Call::Search(Provider::LocalPgvector.as_str()));
        let mut hits = match self.second(corpus) {
            Some(second) => {
                let ordered = second.order(&query.text, hits).await;
                query.calls.note(Call::Rerank);
                ordered
            }
            None => hits,
        };
        loop {
            let chosen = context::choose(&hits, query.top_k, corpus.routing.search.context);
            if exhausted || chosen.full || chosen.hits.len() >= size(query.top_k) || wanted >= MOST {
                return Ok(chosen.hits);
            }
            wanted = wanted.saturating_mul(4).min(MOST);
            let mut tx = self.db.reading(scope.tenant(), index::plans(corpus)).await?;
            let further = index::search(op, &mut tx, scope, corpus, &query.text, vector, wanted).await?;
            drop(tx);
            exhausted = further.len() < size(wanted);
            let known: HashSet<(String, u64)> = hits.iter().map(|hit| (hit.document.clone(), hit.start)).collect();
            hits.extend(further.into_iter().filter(|hit| !known.contains(&(hit.document.clone(), hit.start))));
        }
    }

    fn second(&self, corpus: &Corpus) -> Option<&Second> {
        self.second.as_ref().filter(|_| corpus.routing.search.rerank)
    }

    /// Embeds a question, without a connection: a slow model must not use up the pool.
    async fn embed(&self, corpus: &Corpus, query: &Query) -> Result<Option<Vec<f32>>, RetrievalError> {
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
        let mut tx = self.db.reading(scope.tenant(), index::plans(corpus)).await?;
        let wanted = self.wanted(corpus, query.top_k);
        let hits = index::search(op, &mut tx, scope, corpus, &query.text, vector.as_deref(), wanted).await?;
        drop(tx);
        self.choose(op, scope, corpus, (query, vector.as_deref()), hits).await
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

fn size(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
