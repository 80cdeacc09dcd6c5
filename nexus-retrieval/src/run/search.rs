//! Retrieval without an answer: the passages that a run would answer from.
//!
//! The gates are those of a run, in the same order, and so is what they refuse. When the database or the provider is away
//! the search fails; it never gives less than there is to read without saying so.

use std::{borrow::Cow, sync::Arc};

use nexus_authz::{
    caller::Caller,
    permission::CorpusSearch,
    policy::{Action, Condition},
};
use nexus_core::{
    audit::{Event as AuditEvent, EventType},
    cost::Standing,
    id::CorpusId,
    op::Op,
    pg::DbError,
    problem::{Code, Kind, Problem},
    quota::Standing as Quota,
    route_class::RouteClass,
    sla::{self, Class},
};

use super::{
    Citation, Refused, Runs,
    admit::asked,
    cost::{Look, Wish},
    gates::routed,
};
use crate::provider::{Query, RetrievalError, Retrieved};

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Search {
    /// The corpus.
    pub corpus: CorpusId,
    /// The question.
    pub query: String,
    /// How many passages, when the client says; otherwise as many as the corpus says.
    pub top_k: Option<u32>,
    /// Only passages of documents for which this holds.
    pub filter: Option<Condition>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// By which provider.
    pub provider: &'static str,
    /// Whole passages, best first.
    pub passages: Vec<Citation>,
    /// Where the tenant stands with its quota, this search included; nothing where nothing is counted.
    pub quota: Option<Quota>,
    /// How runs of the tenant stand, whose places searches share.
    pub sla: Arc<sla::Standing>,
    /// How the budget of the caller's tenant stands; nothing when costs are off.
    pub cost: Option<Standing>,
}

/// Why there are no passages.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The search is not let in.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The provider failed.
    #[error(transparent)]
    Retrieval(#[from] RetrievalError),
}

impl SearchError {
    fn problem(&self) -> &dyn Problem {
        match self {
            Self::Refused(e) => e,
            Self::Retrieval(e) => e,
        }
    }
}

impl Problem for SearchError {
    fn kind(&self) -> Kind {
        self.problem().kind()
    }
    fn code(&self) -> Code {
        self.problem().code()
    }
    fn message(&self) -> Cow<'static, str> {
        self.problem().message()
    }
    fn details(&self) -> Option<serde_json::Value> {
        self.problem().details()
    }
    fn retry_after(&self) -> Option<std::time::Duration> {
        self.problem().retry_after()
    }
}

impl From<DbError> for SearchError {
    fn from(error: DbError) -> Self {
        Self::Refused(error.into())
    }
}

impl Runs {
    /// Finds passages that the caller may read.
    pub async fn search(&self, op: &Op, caller: &Caller<CorpusSearch>, search: Search) -> Result<Found, SearchError> {
        let switches = self.switches(op).await?;
        self.check("query", &search.query, search.top_k)?;
        let judge = self.access.judge(op, caller).await.map_err(Refused::from)?;
        let corpus = self.corpora.get(&caller.tenant, &search.corpus).await?.ok_or(Refused::CorpusNotFound)?;
        judge.decide(Action::Run, &asked(&caller.tenant, &search.corpus)).map_err(Refused::from)?;
        let corpus = routed(corpus, &switches, &self.plan(op, &caller.tenant).await?)?;
        let mut scope = judge.scope().within(search.corpus.clone());
        if let Some(filter) = &search.filter {
            scope = scope.only(filter);
        }
        let sla = self.sla.join(&caller.tenant, Class::Run).map_err(Refused::from)?;
        let _place = self.place(&caller.tenant)?;
        let units = self.quotas.reserve(op, &caller.tenant, RouteClass::Run).await.map_err(Refused::from)?;
        // What the budget refuses drops the units, which gives them back.
        let quota = units.standing();
        let query = Query::new(search.query, search.top_k.unwrap_or(corpus.routing.top_k_default));
        let wish = Wish { corpus: &corpus, question: &query.text, top_k: query.top_k, audio: false };
        let mut tab = self.search_tab(op, caller, wish).await.map_err(Refused::from)?;
        units.spend(op, caller);
        self.audit.note(
            AuditEvent::by(op, caller, EventType::CorporaSearched)
                .resource("corpus", corpus.id.as_str())
                .top_k(query.top_k),
        );
        let searched = self.providers.retrieve(op, &scope, &corpus, &query).await;
        let found = searched.as_ref().map_or(0, |searched| searched.hits.len());
        for used in Look::new(self, &query.text, query.top_k).used(query.calls.take(), found) {
            tab.add(used);
        }
        tab.settle().await;
        let Retrieved { provider, hits } = searched?;
        let passages = hits.iter().enumerate().filter_map(|(n, hit)| Citation::of_passage(n + 1, hit)).collect();
        Ok(Found { provider, passages, quota, sla, cost: tab.standing().cloned() })
    }
}
