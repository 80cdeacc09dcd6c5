//! Retrieval from our own index.

use std::{fmt, sync::Arc};

use futures::{FutureExt as _, future::BoxFuture};
use nexus_authz::scope::ReadScope;
use nexus_core::{op::Op, pg::Db};

use super::{Query, RetrievalError, Retriever};
use crate::{
    corpus::Corpus,
    embed::{Embedder, Purpose},
    index::{self, Hit},
};

/// Embeds the question and searches PostgreSQL.
#[derive(Clone)]
pub struct LocalPgvector {
    db: Db,
    embedder: Arc<dyn Embedder>,
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
        Self { db, embedder }
    }

    /// Embeds a question, without a connection: a slow model must not use up the pool.
    pub async fn embed(&self, corpus: &Corpus, query: &Query) -> Result<Option<Vec<f32>>, RetrievalError> {
        if corpus.embedding_model != *self.embedder.model() {
            return Err(RetrievalError::OtherModel {
                corpus: corpus.embedding_model.to_string(),
                server: self.embedder.model().to_string(),
            });
        }
        Ok(self.embedder.embed(vec![query.text.clone()], Purpose::Query).await?.into_iter().next())
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
        Ok(index::search(op, &mut tx, scope, corpus, &query.text, vector.as_deref(), query.top_k).await?)
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
