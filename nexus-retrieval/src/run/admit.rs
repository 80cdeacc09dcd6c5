//! The gates of a run, in their order.
//!
//! Authenticated, within its rate and allowed by role is what `Caller<RunInvoke>` proves. Then: switches, the corpus, what
//! policies say of a run on it, the scope of what may be read, what the plan includes, the service level, a place, what is paid
//! for. Each leaves a value that the stream needs, so that none can be forgotten.

use std::{borrow::Cow, sync::Arc, time::Duration};

use nexus_authz::{
    access::AccessError,
    caller::Caller,
    permission::RunInvoke,
    policy::{Action, Resource, ResourceType},
    scope::ReadScope,
};
use nexus_core::{
    audit::{Event as AuditEvent, EventType},
    cost::{self as costs, CostError, Tab},
    id::{CorpusId, TenantId},
    mitigate::Mitigation,
    op::Op,
    pg::DbError,
    plan::PlanError,
    problem::{Code, Kind, Problem},
    quota::{QuotaError, Standing},
    route_class::RouteClass,
    sla::{self, Class, Shed, Timing},
    slots::{Full, Slot},
};

use super::{
    Ask, Runs,
    cost::Wish,
    gates::{routed, spoken},
};
use crate::{
    corpus::{Corpus, decide::MAX_TOP_K},
    provider::Query,
};

/// Why a run is not let in.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// What is asked for is switched off, or not rolled out to the tenant.
    #[error("switched off")]
    Killed,
    /// The plan of the tenant does not include it, or cannot be read.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The question is empty or too long, or asks for too much.
    #[error("{field}: {why}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// No such corpus.
    #[error("no such corpus")]
    CorpusNotFound,
    /// All places are taken.
    #[error("all places are taken")]
    Busy,
    /// It is refused to protect the service level.
    #[error(transparent)]
    Shed(#[from] Shed),
    /// The budget is used up, or nobody can say how it stands.
    #[error(transparent)]
    Cost(#[from] CostError),
    /// Policies deny it, or cannot be read.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The units of the tenant are used up.
    #[error(transparent)]
    Quota(#[from] QuotaError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Refused {
    /// Where the tenant stands, if it was the quota that refused.
    #[must_use]
    pub fn quota(&self) -> Option<Standing> {
        match self {
            Self::Quota(error) => error.standing(),
            _ => None,
        }
    }
}

impl Problem for Refused {
    fn kind(&self) -> Kind {
        match self {
            Self::Killed | Self::Busy => Kind::Unavailable,
            Self::Invalid { .. } => Kind::Invalid,
            Self::CorpusNotFound => Kind::NotFound,
            Self::Plan(e) => e.kind(),
            Self::Shed(e) => e.kind(),
            Self::Cost(e) => e.kind(),
            Self::Access(e) => e.kind(),
            Self::Quota(e) => e.kind(),
            Self::Db(e) => e.kind(),
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::Killed => Code::FeatureTemporarilyDisabled,
            Self::Busy => Code::ServiceBusy,
            Self::Invalid { .. } => Code::RequestValidation,
            Self::CorpusNotFound => Code::NotFound,
            Self::Plan(e) => e.code(),
            Self::Shed(e) => e.code(),
            Self::Cost(e) => e.code(),
            Self::Access(e) => e.code(),
            Self::Quota(e) => e.code(),
            Self::Db(e) => e.code(),
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Killed => "This feature is temporarily disabled".into(),
            Self::Busy => "All places for runs are taken; try again shortly".into(),
            Self::Invalid { .. } => "The request has invalid fields".into(),
            Self::CorpusNotFound => "Corpus not found".into(),
            Self::Plan(e) => e.message(),
            Self::Shed(e) => e.message(),
            Self::Cost(e) => e.message(),
            Self::Access(e) => e.message(),
            Self::Quota(e) => e.message(),
            Self::Db(e) => e.message(),
        }
    }
    fn details(&self) -> Option<serde_json::Value> {
        match self {
            Self::Invalid { field, why } => {
                Some(serde_json::json!({ "errors": [{ "type": "value_error", "loc": ["body", field], "msg": why }] }))
            }
            Self::Plan(e) => e.details(),
            Self::Quota(e) => e.details(),
            Self::Cost(e) => e.details(),
            _ => None,
        }
    }
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy => Some(Duration::from_secs(1)),
            Self::Shed(e) => e.retry_after(),
            _ => None,
        }
    }
}

/// What policies see of a corpus that is asked.
pub(crate) fn asked<'a>(tenant: &'a TenantId, corpus: &'a CorpusId) -> Resource<'a> {
    Resource { id: Some(corpus.as_str()), corpus: Some(corpus), ..Resource::new(ResourceType::Corpus, tenant) }
}

/// A run that passed every gate.
#[derive(Debug)]
pub struct Admitted {
    pub(super) runs: Runs,
    pub(super) op: Op,
    pub(super) caller: Caller<RunInvoke>,
    pub(super) scope: ReadScope,
    pub(super) corpus: Arc<Corpus>,
    pub(super) query: Query,
    pub(super) ask: Ask,
    /// Where the tenant stands with its quota.
    pub(super) quota: Option<Standing>,
    pub(super) tab: Tab,
    pub(super) sla: Arc<sla::Standing>,
    /// What the run goes without.
    pub(super) mitigation: Mitigation,
    pub(super) timing: Timing,
    /// Held for as long as the run goes on.
    pub(super) _slot: Slot,
}

impl Admitted {
    /// Where the tenant stands with its quota, this run included; nothing where nothing is counted.
    #[must_use]
    pub fn quota(&self) -> Option<Standing> {
        self.quota
    }

    /// How runs of the caller's tenant stand.
    #[must_use]
    pub fn sla(&self) -> &sla::Standing {
        &self.sla
    }

    /// How the budget of the caller's tenant stands; nothing when costs are off.
    #[must_use]
    pub fn cost(&self) -> Option<&costs::Standing> {
        self.tab.standing()
    }
}

impl Runs {
    /// Walks the gates. What is refused has cost nothing and left nothing behind.
    pub async fn admit(&self, op: Op, caller: Caller<RunInvoke>, ask: Ask) -> Result<Admitted, Refused> {
        let timing = self.sla.begin(&caller.tenant, Class::Run);
        match self.gates(op, caller, ask).await {
            Ok(admitted) => Ok(Admitted { timing, ..admitted }),
            Err(refused) => {
                super::measure::refused(timing, &refused);
                Err(refused)
            }
        }
    }

    async fn gates(&self, op: Op, caller: Caller<RunInvoke>, ask: Ask) -> Result<Admitted, Refused> {
        let switches = self.switches(&op).await?;
        self.check("message", &ask.message, ask.top_k)?;
        let judge = self.access.judge(&op, &caller).await?;
        let corpus = self.corpora.get(&caller.tenant, &ask.corpus).await?.ok_or(Refused::CorpusNotFound)?;
        judge.decide(Action::Run, &asked(&caller.tenant, &ask.corpus))?;
        let plan = self.plan(&op, &caller.tenant).await?;
        let corpus = routed(corpus, &switches, &plan)?;
        if ask.audio {
            spoken(&caller.tenant, &switches, &plan)?;
        }
        let scope = judge.scope().within(ask.corpus.clone());
        // Before anything is taken: what is shed keeps no place from others.
        let sla = self.sla.admit(&caller.tenant, Class::Run)?;
        let slot = self.place(&caller.tenant)?;
        let units = self.quotas.reserve(&op, &caller.tenant, RouteClass::Run).await?;
        // Whatever refuses below this line drops the units, which gives them back.
        let quota = units.standing();
        let top_k = ask.top_k.unwrap_or(corpus.routing.top_k_default);
        let wish = Wish { corpus: &corpus, question: &ask.message, top_k, audio: ask.audio };
        let tab = self.run_tab(&op, &caller, &ask.session, (wish, &sla.mitigation)).await?;
        units.spend(&op, &caller);
        let mitigation = tab.mitigation().merge(sla.mitigation.clone());
        let corpus = self.providers.preferring(corpus, mitigation.fallback.as_deref());
        let query = Query::new(ask.message.clone(), mitigation.passages(top_k));
        self.audit.note(
            AuditEvent::by(&op, &caller, EventType::RunInvoked)
                .resource("run", op.request_id.as_str())
                .corpus(corpus.id.as_str())
                .session(ask.session.as_str())
                .top_k(top_k)
                .audio(ask.audio)
                .effective(query.top_k, mitigation.speaks(ask.audio))
                .cost_status(tab.standing().map_or("ok", |standing| standing.status.as_str())),
        );
        let (runs, timing) = (self.clone(), Timing::none());
        Ok(Admitted { runs, op, caller, scope, corpus, query, ask, quota, tab, sla, mitigation, timing, _slot: slot })
    }

    /// A place, for as long as it is held.
    pub(super) fn place(&self, tenant: &TenantId) -> Result<Slot, Refused> {
        self.slots.take(tenant).map_err(|full| {
            // Only a tenant that fills its own share is saturated; a house that others fill says nothing of this one.
            if full == Full::Tenant {
                self.sla.turned_away(tenant, Class::Run);
            }
            Refused::Busy
        })
    }

    /// What is asked, under the name that the client gave it.
    pub(super) fn check(&self, field: &'static str, question: &str, top_k: Option<u32>) -> Result<(), Refused> {
        let invalid = |field, why: String| Err(Refused::Invalid { field, why });
        let length = question.chars().take(self.settings.max_message_chars + 1).count();
        if question.trim().is_empty() {
            return invalid(field, "must not be empty".to_owned());
        }
        if length > self.settings.max_message_chars {
            return invalid(field, format!("must have at most {} characters", self.settings.max_message_chars));
        }
        if question.contains('\0') {
            return invalid(field, "must not contain a NUL character".to_owned());
        }
        if top_k.is_some_and(|k| !(1..=MAX_TOP_K).contains(&k)) {
            return invalid("top_k", format!("must be from 1 to {MAX_TOP_K}"));
        }
        Ok(())
    }
}
