//! Retrieval from our own index, in PostgreSQL or in memory.

use std::{collections::HashSet, fmt, sync::Arc};

use futures::{FutureExt as _, future::BoxFuture};
use nexus_authz::scope::ReadScope;
use nexus_core::{op::Op, pg::Db};

use super::{Call, Query, RetrievalError, Retriever};
use crate::{
    corpus::{Corpus, Provider},
    embed::{Embedder, ModelId, Purpose},
    index::{
        self, Hit, context,
        memory::{Memory, MemorySettings, View},
    },
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
    memory: Option<Memory>,
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
        Self { db, embedder, second: None, memory: None }
    }

    /// Looks at what was found a second time.
    #[must_use]
    pub fn with_second(mut self, second: Option<Second>) -> Self {
        self.second = second;
        self
    }

    /// Holds corpora that are asked often in memory.
    #[must_use]
    pub fn with_memory(mut self, settings: MemorySettings) -> Self {
        self.memory = (settings.bytes > 0).then(|| Memory::new(self.db.clone(), settings));
        self
    }

    /// The corpora in memory, if any are held.
    #[must_use]
    pub fn memory(&self) -> Option<&Memory> {
        self.memory.as_ref()
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
    async fn choose(&self, look: Look<'_>, hits: Vec<Hit>) -> Result<Vec<Hit>, RetrievalError> {
        let Look { corpus, query, .. } = look;
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
            let further = self.look(look, wanted).await?;
            exhausted = further.len() < size(wanted);
            let known: HashSet<(String, u64)> = hits.iter().map(|hit| (hit.origin.id.clone(), hit.start)).collect();
            hits.extend(further.into_iter().filter(|hit| !known.contains(&(hit.origin.id.clone(), hit.start))));
        }
    }

    /// The best passages, from memory where they are there.
    async fn look(&self, look: Look<'_>, wanted: u32) -> Result<Vec<Hit>, RetrievalError> {
        let Look { op, scope, corpus, query, vector } = look;
        let view = match &self.memory {
            Some(memory) => memory.view(op, scope, corpus).await?,
            None => None,
        };
        let found = view.and_then(|view: View| view.search(corpus, &query.text, vector, wanted));
        let from = if found.is_some() { "memory" } else { "database" };
        metrics::counter!("nexusrag_local_searches_total", "from" => from).increment(1);
        if let Some(found) = found {
            return Ok(found);
        }
        let mut tx = self.db.reading(scope.tenant(), index::plans(corpus)).await?;
        Ok(index::search(op, &mut tx, scope, corpus, &query.text, vector, wanted).await?)
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
        let look = Look { op, scope, corpus, query, vector: vector.as_deref() };
        let hits = self.look(look, self.wanted(corpus, query.top_k)).await?;
        self.choose(look, hits).await
    }
}

/// A question with everything that finding passages for it takes.
#[derive(Clone, Copy)]
struct Look<'a> {
    op: &'a Op,
    scope: &'a ReadScope,
    corpus: &'a Corpus,
    query: &'a Query,
    vector: Option<&'a [f32]>,
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
