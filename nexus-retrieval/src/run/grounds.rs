//! What an answer rests on, in a form that can be asked again later whether a caller may still read it.

use std::collections::BTreeSet;

use nexus_authz::{caller::Caller, permission::RunInvoke, scope::ReadScope};
use nexus_core::{
    id::{CorpusId, DocumentId},
    op::Op,
    pg::DbError,
};
use serde::{Deserialize, Serialize};

use super::Runs;
use crate::{corpus::Corpus, document, index::Hit};

/// The documents behind an answer. Small, so that it can be kept beside the events of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    corpus: CorpusId,
    documents: BTreeSet<String>,
}

impl Grounds {
    /// The documents of these passages.
    pub(super) fn of(corpus: &Corpus, hits: &[Hit]) -> Self {
        Self { corpus: corpus.id.clone(), documents: hits.iter().map(|hit| hit.document.clone()).collect() }
    }

    /// Whether the caller may read all of it now.
    pub async fn readable(&self, op: &Op, runs: &Runs, caller: &Caller<RunInvoke>) -> Result<bool, DbError> {
        if self.documents.is_empty() {
            return Ok(true);
        }
        let scope = ReadScope::of(caller, None, runs.scope).within(self.corpus.clone());
        let mut tx = runs.db.tenant(&caller.tenant).await?;
        for id in &self.documents {
            let Ok(id) = id.parse::<DocumentId>() else { return Ok(false) };
            if document::store::find(op, &mut tx, &scope, &id).await?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
