//! What a remote provider found, checked against the rights of this moment.
//!
//! A remote provider knows copies of attributes at best and nothing of grants: what it returns is a proposal. Every passage
//! is asked after here, with one look into the database: a document that we have is decided on by its row; one that we do
//! not have is readable through a grant on its whole corpus, and policies then see what the provider says of it. What may
//! not be read is dropped, counted and recorded, and more is asked for until enough may be read or none is left. When the
//! database is away nothing can be checked, and nothing is returned.

mod store;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::{FutureExt as _, future::BoxFuture};
use nexus_authz::{
    policy::{Resource, ResourceType},
    scope::ReadScope,
};
use nexus_core::{
    audit::{AuditLog, Event, EventType},
    id::CorpusId,
    op::Op,
    pg::{Db, DbError},
    problem::Code,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Call, Query, RemoteFault, RetrievalError, Retriever};
use crate::{
    corpus::Corpus,
    index::{self, Hit},
};

/// How long a question may take when nobody says.
const PATIENCE: Duration = Duration::from_secs(30);

/// A source of passages that knows nothing of grants.
pub trait Remote: Send + Sync + 'static {
    /// Its name in metrics and the audit log.
    fn name(&self) -> &'static str;

    /// The most passages that it gives for a question.
    fn limit(&self) -> u32;

    /// At most `query.top_k` passages, best first. The scope tells what is not worth returning; it need not be obeyed.
    fn search<'a>(
        &'a self,
        op: &'a Op,
        scope: &'a ReadScope,
        corpus: &'a Corpus,
        query: &'a Query,
    ) -> BoxFuture<'a, Result<Vec<Hit>, RetrievalError>>;

    /// A fault of this provider.
    fn failed(&self, fault: RemoteFault) -> RetrievalError {
        RetrievalError::Remote { provider: self.name(), fault }
    }
}

/// A passage as a provider names it: the document, and what the provider says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The document.
    pub document: String,
    /// Attributes from the provider. They count only for documents that we do not have.
    pub metadata: Map<String, Value>,
}

impl Claim {
    /// About how many bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.document.len() + index::bytes_of(&self.metadata)
    }
}

/// Which of these may be read now, in their order.
pub async fn readable(
    op: &Op,
    db: &Db,
    scope: &ReadScope,
    corpus: &CorpusId,
    claims: &[Claim],
) -> Result<Vec<bool>, DbError> {
    let ids: Vec<&str> = claims.iter().map(|claim| claim.document.as_str()).collect();
    let mut tx = db.tenant(scope.tenant()).await?;
    let (whole, known) = store::look_up(op, &mut tx, scope, corpus, &ids).await?;
    let permitted = |claim: &Claim| match known.get(&claim.document) {
        _ if is_foreign(scope, corpus, claim) => false,
        Some(row) => (whole || row.granted) && scope.permits(&row.resource(scope, corpus)),
        None => whole && permits_unknown(scope, corpus, claim),
    };
    Ok(claims.iter().map(permitted).collect())
}

/// A passage that says itself that it is another tenant's or another corpus's is, whatever it is called: a provider may
/// hold many corpora in one store. One that says so in a form that cannot be read is nobody's.
fn is_foreign(scope: &ReadScope, corpus: &CorpusId, claim: &Claim) -> bool {
    let other = |key: &str, own: &str| claim.metadata.get(key).is_some_and(|said| said.as_str() != Some(own));
    other("tenant_id", scope.tenant().as_str()) || other("corpus_id", corpus.as_str())
}

/// Policies on a document that only its provider knows.
fn permits_unknown(scope: &ReadScope, corpus: &CorpusId, claim: &Claim) -> bool {
    let (mut labels, mut metadata) = (BTreeMap::new(), Map::new());
    for (key, value) in &claim.metadata {
        match (key.as_str(), key.split_once('.'), value) {
            ("labels", _, Value::Object(given)) => labels.extend(given.iter().map(|(k, v)| (k.clone(), text(v)))),
            ("metadata", _, Value::Object(given)) => metadata.extend(given.clone()),
            (_, Some(("labels", label)), value) => drop(labels.insert(label.to_owned(), text(value))),
            (key, below, value) => {
                let key = below.filter(|(root, _)| *root == "metadata").map_or(key, |(_, rest)| rest);
                metadata.insert(key.to_owned(), value.clone());
            }
        }
    }
    scope.permits(&Resource {
        kind: ResourceType::Document,
        id: Some(&claim.document),
        tenant: scope.tenant(),
        corpus: Some(corpus),
        status: None,
        content_type: claim.metadata.get("content_type").and_then(Value::as_str),
        labels: Some(&labels),
        metadata: Some(&metadata),
    })
}

/// Labels are texts, whatever a provider makes of them.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// A remote provider behind the check.
#[derive(Clone)]
pub struct Guarded {
    inner: Arc<dyn Remote>,
    db: Db,
    audit: AuditLog,
    patience: Duration,
}

impl Guarded {
    /// Puts the check before a provider.
    #[must_use]
    pub fn new(inner: Arc<dyn Remote>, db: Db, audit: AuditLog) -> Self {
        Self { inner, db, audit, patience: PATIENCE }
    }

    /// The longest that a question takes, however often the provider has to be asked for more.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    async fn search(
        &self,
        op: &Op,
        scope: &ReadScope,
        corpus: &Corpus,
        query: &Query,
    ) -> Result<Vec<Hit>, RetrievalError> {
        let (wanted, limit) = (size(query.top_k), self.inner.limit());
        let began = tokio::time::Instant::now();
        // The first call has a limit of its own, whose end is counted against the provider; this is for one that has not.
        let mut until = began + self.patience * 2;
        let mut ask = Query { top_k: query.top_k.min(limit), ..query.clone() };
        loop {
            let searching = self.inner.search(op, scope, corpus, &ask);
            let Ok(found) = tokio::time::timeout_at(until, searching).await else {
                return Err(self.inner.failed(RemoteFault::Late));
            };
            let found = found?;
            query.calls.note(Call::Search(self.inner.name()));
            let exhausted = found.len() < size(ask.top_k) || ask.top_k >= limit;
            let (mut kept, dropped) = self.check(op, scope, corpus, found).await?;
            if exhausted || kept.len() >= wanted {
                self.record(op, scope, corpus, dropped);
                kept.truncate(wanted);
                return Ok(kept);
            }
            ask.top_k = ask.top_k.saturating_mul(2).min(limit);
            until = began + self.patience;
        }
    }

    /// What may be read, and how many may not.
    async fn check(
        &self,
        op: &Op,
        scope: &ReadScope,
        corpus: &Corpus,
        found: Vec<Hit>,
    ) -> Result<(Vec<Hit>, usize), DbError> {
        let claims: Vec<Claim> = found.iter().map(Hit::claim).collect();
        let readable = readable(op, &self.db, scope, &corpus.id, &claims).await?;
        let total = found.len();
        let kept: Vec<Hit> = found.into_iter().zip(readable).filter_map(|(hit, ok)| ok.then_some(hit)).collect();
        let dropped = total - kept.len();
        Ok((kept, dropped))
    }

    fn record(&self, op: &Op, scope: &ReadScope, corpus: &Corpus, dropped: usize) {
        if dropped == 0 {
            return;
        }
        let name = self.inner.name();
        metrics::counter!("nexusrag_retrieval_dropped_total", "provider" => name).increment(dropped as u64);
        let event = Event::system(op, Some(scope.tenant()), EventType::AuthzRetrievalDropped)
            .resource("corpus", corpus.id.as_str())
            .reason("not_permitted")
            .count(i64::try_from(dropped).unwrap_or(i64::MAX));
        self.audit.note(event.failed(Code::AuthzDenied));
    }
}

impl std::fmt::Debug for Guarded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Guarded").field(&self.inner.name()).finish()
    }
}

impl Retriever for Guarded {
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
