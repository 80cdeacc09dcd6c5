//! The handle on service levels: what a request asks of it is memory.

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    Class, Decision, SlaSettings, Standing, Timing,
    current::Stale,
    decide::{Rules, Windows, judge},
    policies::{Effective, Policies},
    recorder::{Recorder, Who},
    upkeep::Progress,
    window::Load,
};
use crate::{
    audit::AuditLog,
    clock::{self, Clock},
    id::TenantId,
    mitigate::Mitigation,
    pg::{
        Db,
        changes::{Change, Changes},
    },
    problem::{Code, Kind, Problem},
};

/// While requests are shed, one is let through in each of so many parts of a window.
const TRIALS: i32 = 4;

/// Tells who holds how many places.
type Gauge = Box<dyn Fn() -> Vec<(TenantId, Load)> + Send + Sync>;

/// Service levels. Cheap to clone.
#[derive(Clone)]
pub struct Sla {
    engine: Option<Arc<Engine>>,
    settings: Arc<SlaSettings>,
}

pub(super) struct Engine {
    pub(super) db: Db,
    pub(super) audit: AuditLog,
    pub(super) changes: Changes,
    pub(super) clock: Clock,
    pub(super) settings: Arc<SlaSettings>,
    /// This process among those that write measurements.
    pub(super) replica: Uuid,
    pub(super) recorder: Recorder,
    pub(super) gauge: OnceLock<Gauge>,
    pub(super) progress: tokio::sync::Mutex<Progress>,
    stale: Mutex<Stale>,
    pub(super) wake: Notify,
    board: RwLock<Arc<Board>>,
    /// When the next trial is let through where requests are shed.
    trials: Mutex<HashMap<Who, DateTime<Utc>>>,
}

/// The newest judgements.
#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) policies: Arc<Policies>,
    pub(super) standings: HashMap<Who, Arc<Standing>>,
}

/// A request is refused to protect the service level.
#[derive(Debug, Clone, thiserror::Error)]
#[error("shed to protect the service level")]
pub struct Shed {
    /// How the requests stand.
    pub standing: Arc<Standing>,
    /// When trying again makes sense.
    pub after: Duration,
}

impl Problem for Shed {
    fn kind(&self) -> Kind {
        Kind::Unavailable
    }
    fn code(&self) -> Code {
        Code::SlaShedLoad
    }
    fn message(&self) -> Cow<'static, str> {
        "The request was refused to protect the service level; try again shortly".into()
    }
    fn retry_after(&self) -> Option<Duration> {
        Some(self.after)
    }
}

impl Sla {
    /// Promises nothing and measures nothing.
    #[must_use]
    pub fn off() -> Self {
        Self { engine: None, settings: Arc::default() }
    }

    /// Service levels of this database. Nothing is judged before [`Sla::run`] or [`Sla::refresh`].
    #[must_use]
    pub fn new(db: &Db, changes: &Changes, audit: &AuditLog, clock: &Clock, settings: SlaSettings) -> Self {
        let settings = Arc::new(settings);
        if !settings.enabled {
            return Self { engine: None, settings };
        }
        let engine = Arc::new(Engine {
            db: db.clone(),
            audit: audit.clone(),
            changes: changes.clone(),
            clock: clock.clone(),
            settings: Arc::clone(&settings),
            replica: clock::fresh_uuid(),
            recorder: Recorder::default(),
            gauge: OnceLock::new(),
            progress: tokio::sync::Mutex::default(),
            stale: Mutex::default(),
            wake: Notify::new(),
            board: RwLock::default(),
            trials: Mutex::default(),
        });
        let listening = Arc::downgrade(&engine);
        changes.on_change(move |change| {
            let tenant = match change {
                Change::Of { topic, tenant, .. } if topic == "sla" => tenant.parse().ok(),
                Change::Of { .. } => return,
                Change::Lost => None,
            };
            if let Some(engine) = listening.upgrade() {
                engine.stale().of(tenant);
                engine.wake.notify_one();
            }
        });
        Self { engine: Some(engine), settings }
    }

    /// Says where it can be asked who holds how many places; only the first call counts.
    pub fn watch(&self, gauge: impl Fn() -> Vec<(TenantId, Load)> + Send + Sync + 'static) {
        if let Some(engine) = &self.engine {
            let _ = engine.gauge.set(Box::new(gauge));
        }
    }

    /// How requests of this class stand, without counting one.
    #[must_use]
    pub fn peek(&self, tenant: &TenantId, class: Class) -> Arc<Standing> {
        self.engine.as_ref().map_or_else(|| unbound(class), |engine| engine.standing(tenant, class))
    }

    /// Whether a request of this class goes on, and what is done about the service level if it does.
    pub fn admit(&self, tenant: &TenantId, class: Class) -> Result<Arc<Standing>, Shed> {
        let standing = self.peek(tenant, class);
        let Some(engine) = &self.engine else { return Ok(standing) };
        match standing.decision {
            Decision::Allow => {}
            Decision::Warn => metrics::counter!("nexusrag_sla_warn_total").increment(1),
            Decision::Degrade => metrics::counter!("nexusrag_sla_degrade_total").increment(1),
            Decision::Shed if engine.is_trial(tenant, class) => {
                metrics::counter!("nexusrag_sla_trials_total").increment(1);
                return Ok(Arc::new(Standing { decision: Decision::Warn, ..Standing::clone(&standing) }));
            }
            Decision::Shed => return Err(engine.shed(standing)),
        }
        Ok(standing)
    }

    /// Whether something goes on that takes places of a class and is not measured as it, such as a search among runs. It is
    /// refused with them, is never let through to see whether they are better, and does not do less.
    pub fn join(&self, tenant: &TenantId, class: Class) -> Result<Arc<Standing>, Shed> {
        let Some(engine) = &self.engine else { return Ok(unbound(class)) };
        let standing = engine.standing(tenant, class);
        match standing.decision {
            Decision::Allow | Decision::Warn => Ok(standing),
            Decision::Degrade => {
                let mitigation = Mitigation::default();
                Ok(Arc::new(Standing { decision: Decision::Warn, mitigation, ..Standing::clone(&standing) }))
            }
            Decision::Shed => Err(engine.shed(standing)),
        }
    }

    /// Begins to measure a request.
    #[must_use]
    pub fn begin(&self, tenant: &TenantId, class: Class) -> Timing {
        if self.engine.is_some() { Timing::new(self, tenant, class) } else { Timing::none() }
    }

    /// Counts a request that was answered, or failed by our fault.
    pub fn observe(&self, tenant: &TenantId, class: Class, took: Duration, failed: bool) {
        self.count(tenant, class, |tally| tally.count(took, failed));
    }

    /// Counts a request that found no place: nothing can be fuller.
    pub fn turned_away(&self, tenant: &TenantId, class: Class) {
        self.count(tenant, class, |tally| tally.sample(10_000));
    }

    /// The rules.
    #[must_use]
    pub fn settings(&self) -> &SlaSettings {
        &self.settings
    }

    pub(super) fn engine(&self) -> Option<&Arc<Engine>> {
        self.engine.as_ref()
    }

    fn count(&self, tenant: &TenantId, class: Class, apply: impl FnOnce(&mut super::window::Tally)) {
        if let Some(engine) = &self.engine {
            let start = engine.settings.grid.start(engine.clock.now());
            engine.recorder.count(&(tenant.clone(), class), start, apply);
        }
    }
}

impl fmt::Debug for Sla {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sla").field("on", &self.engine.is_some()).finish_non_exhaustive()
    }
}

impl Engine {
    /// The newest judgement while it is fresh; what is known without measurements otherwise.
    fn standing(&self, tenant: &TenantId, class: Class) -> Arc<Standing> {
        let (board, now) = (self.board(), self.clock.now());
        let Some(policy) = board.policies.of(tenant, now) else { return unbound(class) };
        let fresh = |standing: &&Arc<Standing>| {
            standing.policy == Some(policy.id) && standing.until.is_none_or(|until| now < until)
        };
        match board.standings.get(&(tenant.clone(), class)).filter(fresh) {
            Some(standing) => Arc::clone(standing),
            None => Arc::new(self.unmeasured(policy, class, now)),
        }
    }

    fn unmeasured(&self, policy: &Effective, class: Class, now: DateTime<Utc>) -> Standing {
        let Some(document) = &policy.document else { return policy.not_understood(class) };
        if !document.judges(class) {
            return Standing::unbound(class);
        }
        let verdict = judge(document, class, &Windows::new(), self.rules(), now);
        policy.standing(class, &verdict, self.settings.grid)
    }

    pub(super) fn rules(&self) -> Rules {
        Rules { grid: self.settings.grid, shed: self.settings.shed }
    }

    /// What may have changed. Nothing here panics while the lock is held.
    pub(super) fn stale(&self) -> MutexGuard<'_, Stale> {
        self.stale.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts new judgements up. Where shedding begins, the first trial comes later.
    pub(super) fn publish(&self, board: Board) {
        let now = self.clock.now();
        {
            let mut trials = self.trials.lock().unwrap_or_else(PoisonError::into_inner);
            let shed = |who: &Who| board.standings.get(who).is_some_and(|s| s.decision == Decision::Shed);
            trials.retain(|who, _| shed(who));
            for who in board.standings.keys().filter(|who| shed(who)) {
                trials.entry(who.clone()).or_insert(now + self.trial_every());
            }
        }
        *self.board.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(board);
    }

    fn shed(&self, standing: Arc<Standing>) -> Shed {
        metrics::counter!("nexusrag_sla_shed_total").increment(1);
        Shed { standing, after: self.trial_every().to_std().unwrap_or_default() }
    }

    /// Whether this request is let through to see whether things are better.
    fn is_trial(&self, tenant: &TenantId, class: Class) -> bool {
        let now = self.clock.now();
        let mut trials = self.trials.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(next) = trials.get_mut(&(tenant.clone(), class)).filter(|next| **next <= now) else { return false };
        *next = now + self.trial_every();
        true
    }

    fn trial_every(&self) -> TimeDelta {
        self.settings.grid.width() / TRIALS
    }
}

/// Where no policy counts, all requests of a class stand the same.
fn unbound(class: Class) -> Arc<Standing> {
    static ALL: LazyLock<HashMap<Class, Arc<Standing>>> =
        LazyLock::new(|| Class::ALL.iter().map(|class| (*class, Arc::new(Standing::unbound(*class)))).collect());
    ALL.get(&class).map_or_else(|| Arc::new(Standing::unbound(class)), Arc::clone)
}
