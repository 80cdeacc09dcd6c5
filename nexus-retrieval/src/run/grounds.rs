//! What an answer rests on, in a form that can be asked again later whether a caller may still read it.

use std::sync::Arc;

use nexus_authz::{access::AccessError, caller::Caller, permission::RunInvoke};
use nexus_core::{id::CorpusId, op::Op, pg::DbError};
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::Runs;
use crate::{
    corpus::{Corpus, Provider},
    index::Hit,
    provider::guard::{self, Claim},
};

/// The documents behind an answer. Small, and shared by its copies, so that it can be kept beside the events of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    corpus: CorpusId,
    claims: Arc<[Claim]>,
}

impl Grounds {
    /// The documents of these passages.
    pub(super) fn of(corpus: &Corpus, provider: &str, hits: &[Hit]) -> Self {
        let local = provider == Provider::LocalPgvector.as_str();
        let claim = |hit: &Hit| {
            // The row of a document of ours tells all that policies see.
            let metadata = if local { Map::new() } else { hit.origin.metadata.clone() };
            Claim { document: hit.origin.id.clone(), metadata }
        };
        let mut claims: Vec<Claim> = hits.iter().map(claim).collect();
        claims.sort_by(|a, b| a.document.cmp(&b.document));
        claims.dedup();
        Self { corpus: corpus.id.clone(), claims: claims.into() }
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let claims: usize = self.claims.iter().map(Claim::bytes).sum();
        self.corpus.as_str().len() + claims
    }

    /// Whether the caller may read all of it now.
    pub async fn readable(&self, op: &Op, runs: &Runs, caller: &Caller<RunInvoke>) -> Result<bool, DbError> {
        if self.claims.is_empty() {
            return Ok(true);
        }
        let scope = match runs.access.scope(op, caller).await {
            Ok(scope) => scope.within(self.corpus.clone()),
            Err(AccessError::Unavailable(error)) => return Err(error),
            Err(AccessError::Denied(_)) => return Ok(false),
        };
        let readable = guard::readable(op, &runs.db, &scope, &self.corpus, &self.claims).await?;
        Ok(readable.into_iter().all(|it| it))
    }
}
