//! A run: from a question with a caller to a cited answer, as a stream of events.
//!
//! [`Runs::admit`] walks the gates and gives an [`Admitted`], which holds everything that the run needs and gives it back
//! when it is dropped. [`Admitted::stream`] answers. Dropping the stream stops the model at once. No database connection is
//! held while a model works. When a part fails after the stream began, the stream says so in an event and ends.

mod admit;
mod citation;
pub(crate) mod cost;
mod draft;
mod gates;
mod grounds;
mod measure;
mod meter;
mod receipt;
pub mod search;
mod settings;
mod stream;
mod watch;

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use nexus_authz::access::Access;
use nexus_core::{
    audit::AuditLog,
    clock::Clock,
    cost::{Costs, Standing as BudgetStanding},
    id::{CorpusId, SessionId},
    pg::{Db, changes::Changes},
    plan::Plans,
    problem::{Code, Kind, Problem},
    quota::Quotas,
    sla::{Sla, Standing},
    slots::Slots,
    switch::Switches,
};

pub(crate) use self::admit::asked;
pub use self::{
    admit::{Admitted, Refused},
    citation::Citation,
    draft::answer,
    gates::feature,
    grounds::Grounds,
    settings::RunSettings,
};
use crate::{
    conversation::Records,
    corpus::Corpora,
    llm::{Llm, Turn, Usage},
    provider::Providers,
    speech::Voice,
};

/// What a client asks.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The conversation.
    pub session: SessionId,
    /// The corpus that is asked.
    pub corpus: CorpusId,
    /// The question.
    pub message: String,
    /// How many passages, when the client says.
    pub top_k: Option<u32>,
    /// Whether the answer is also wanted as sound.
    pub audio: bool,
    /// What was said before, oldest first, where the client keeps the conversation; otherwise that of the session counts.
    pub history: Option<Vec<Turn>>,
    /// The longest answer that the client wants, in tokens. What the platform allows at most stays the bound.
    pub max_output_tokens: Option<u32>,
}

impl Ask {
    /// A question with nothing else said.
    #[must_use]
    pub fn new(session: SessionId, corpus: CorpusId, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { session, corpus, message, top_k: None, audio: false, history: None, max_output_tokens: None }
    }
}

/// Something that happens during a run, in order. After [`Event::Failed`] or the last event nothing follows.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The run was admitted.
    Accepted {
        /// When.
        at: DateTime<Utc>,
    },
    /// The service level is at risk; its decision says whether the run does less.
    ServiceLevel(Arc<Standing>),
    /// The budget runs low; its status says whether the run does less.
    Budget(Box<BudgetStanding>),
    /// Passages were found.
    Retrieved {
        /// By which provider.
        provider: &'static str,
        /// How many.
        count: usize,
        /// What the answer will rest on. Whoever shows the events again later asks it first.
        grounds: Grounds,
    },
    /// A part of the answer.
    Delta(String),
    /// The whole answer with its citations.
    Final {
        /// The text, the same as all deltas together.
        text: String,
        /// What it rests on.
        citations: Vec<Citation>,
        /// Which provider the passages came from.
        provider: &'static str,
        /// What the model used, as it is metered.
        usage: Usage,
        /// Whether it ends because no more was allowed.
        cut: bool,
    },
    /// The answer as sound.
    AudioReady {
        /// Its id.
        id: String,
        /// A link that works for a while.
        url: String,
    },
    /// The answer could not be spoken.
    AudioFailed {
        /// The stable code.
        code: Code,
        /// One sentence.
        message: String,
    },
    /// The run ends without an answer.
    Failed {
        /// The family of the problem.
        kind: Kind,
        /// The stable code.
        code: Code,
        /// One sentence.
        message: String,
    },
}

impl Event {
    /// The end of a run by a problem; its cause goes to the log.
    fn failed(problem: &impl Problem) -> Self {
        tracing::warn!(error = %problem, code = problem.code().as_str(), "run failed");
        Self::Failed { kind: problem.kind(), code: problem.code(), message: problem.message().into_owned() }
    }

    /// The end of a run whose sources the caller may no longer read.
    #[must_use]
    pub fn revoked() -> Self {
        let message = "Access to a source of this answer was revoked".to_owned();
        Self::Failed { kind: Kind::Forbidden, code: Code::AccessRevoked, message }
    }
}

/// Everything that runs need. Cheap to clone.
#[derive(Clone)]
pub struct Runs {
    /// The database.
    pub db: Db,
    /// Writes questions and answers down.
    pub records: Records,
    /// Looks corpora up.
    pub corpora: Corpora,
    /// Finds passages.
    pub providers: Providers,
    /// Writes answers.
    pub llm: Arc<dyn Llm>,
    /// Speaks answers.
    pub voice: Voice,
    /// Bounds how many runs go on at once.
    pub slots: Slots,
    /// Records what was asked for.
    pub audit: AuditLog,
    /// Tells when what may be read changes.
    pub changes: Changes,
    /// The time.
    pub clock: Clock,
    /// Decides what callers may ask and read.
    pub access: Access,
    /// What the operator stopped, or rolls out.
    pub switches: Switches,
    /// What the plans of tenants include.
    pub plans: Plans,
    /// Counts what tenants use.
    pub quotas: Quotas,
    /// Measures runs, and refuses them where a service level demands it.
    pub sla: Sla,
    /// Meters what runs use, and keeps to budgets.
    pub costs: Costs,
    /// Other knobs.
    pub settings: RunSettings,
}

impl fmt::Debug for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runs").field("model", &self.llm.model()).finish_non_exhaustive()
    }
}
