//! The breakers of this installation: their steps, and what is told of their turns.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    Integration, Line, ResilienceSettings,
    decide::{Phase, Step, Stepped},
    places::Places,
    report::{End, Reports},
};
use crate::shared::{Shared, SharedSettings};
#[cfg(feature = "postgres")]
use crate::{
    audit::{AuditLog, Event, EventType},
    clock::Clock,
    op::Op,
};

/// Breakers that are not closed and that are known of; the names of places come from tenants.
const MAX_TROUBLED: usize = 256;
/// How long a place is asked after that nobody calls; an open breaker is not remembered for longer.
const TROUBLED_FOR: Duration = Duration::from_hours(24);

/// How an integration is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which one.
    pub integration: Integration,
    /// What its breaker does; where it has several places, the worst.
    pub phase: Phase,
    /// The places whose breaker is not closed, and what it does; a service that has but one place has an empty name for it.
    pub places: BTreeMap<String, Phase>,
}

/// All integrations. Cheap to clone.
#[derive(Clone)]
pub struct Integrations(Arc<Inner>);

struct Inner {
    settings: ResilienceSettings,
    shared: Shared,
    /// What this process has seen itself, for when shared state is away.
    alone: Shared,
    places: Arc<Places>,
    reports: Reports,
    troubled: Mutex<BTreeMap<(Integration, String), Phase>>,
    #[cfg(feature = "postgres")]
    audit: Option<(AuditLog, Clock)>,
}

/// A call that was let through: where its end is reported, and under which turn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pass {
    turn: u64,
    alone: bool,
}

impl Integrations {
    /// Breakers in this shared state.
    #[must_use]
    pub fn new(shared: &Shared, settings: ResilienceSettings) -> Self {
        Self(Arc::new(Inner {
            shared: shared.clone(),
            alone: Shared::local(&SharedSettings::default()),
            places: Arc::new(Places::new(settings.max_concurrency, settings.tenant_max_concurrency)),
            reports: Reports::default(),
            troubled: Mutex::default(),
            #[cfg(feature = "postgres")]
            audit: None,
            settings,
        }))
    }

    /// As [`Integrations::new`], and turns of breakers are recorded.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn recorded(shared: &Shared, settings: ResilienceSettings, audit: AuditLog, clock: Clock) -> Self {
        let mut this = Self::new(shared, settings);
        if let Some(inner) = Arc::get_mut(&mut this.0) {
            inner.audit = Some((audit, clock));
        }
        this
    }

    /// The line to a service. A place has a breaker of its own, because one region is down without the others, and
    /// because a place that a tenant made up must not close the service to everybody; it may be empty.
    #[must_use]
    pub fn line(&self, integration: Integration, place: &str) -> Line {
        Line::new(self.clone(), integration, place)
    }

    /// How every integration is doing: asked anew wherever this process or another one has seen trouble.
    pub async fn standings(&self) -> Vec<Standing> {
        let mut known: BTreeSet<(Integration, String)> = self.troubled().keys().cloned().collect();
        let shared = self.0.shared.members(&self.troubled_key()).await.unwrap_or_default();
        known.extend(shared.iter().filter_map(|member| {
            let (name, place) = member.split_once(' ')?;
            Some((Integration::ALL.into_iter().find(|which| which.as_str() == name)?, place.to_owned()))
        }));
        let looks = known.iter().take(2 * MAX_TROUBLED).map(|(integration, place)| async move {
            let (key, rules) = (self.key(*integration, place), self.line(*integration, place).rules());
            if let Ok(found) = self.0.shared.breaker(&key, &rules, Step::Look).await {
                self.note(*integration, place, &found).await;
            }
        });
        futures::future::join_all(looks).await;
        let troubled = self.troubled().clone();
        let standing = |integration| {
            let of = troubled.iter().filter(|((which, _), _)| *which == integration);
            let places: BTreeMap<_, _> = of.map(|((_, place), phase)| (place.clone(), *phase)).collect();
            let phase = places.values().copied().max().unwrap_or_default();
            gauge(integration, phase);
            Standing { integration, phase, places }
        };
        Integration::ALL.map(standing).into()
    }

    pub(super) fn settings(&self) -> &ResilienceSettings {
        &self.0.settings
    }

    pub(super) fn places(&self) -> &Arc<Places> {
        &self.0.places
    }

    pub(super) fn reports(&self) -> &Reports {
        &self.0.reports
    }

    /// Asks the breaker; when shared state is away, the one of this process.
    pub(super) async fn enter(&self, line: &Line) -> Result<Pass, u64> {
        let (integration, place, rules) = (line.integration(), line.place(), line.rules());
        let key = self.key(integration, place);
        let (stepped, alone) = match self.0.shared.breaker(&key, &rules, Step::Enter).await {
            Ok(stepped) => (Some(stepped), false),
            Err(lost) => {
                tracing::debug!(%lost, "breakers of this process alone");
                (self.0.alone.breaker(&key, &rules, Step::Enter).await.ok(), true)
            }
        };
        let Some(stepped) = stepped else { return Ok(Pass { turn: 0, alone }) };
        self.note(integration, place, &stepped).await;
        stepped.wait_ms.map_or(Ok(Pass { turn: stepped.turn, alone }), Err)
    }

    /// Reports how a call ended. A report that is lost is one failure less; the next ones count.
    pub(super) async fn leave(&self, line: &Line, pass: &Pass, end: End) {
        let (integration, place) = (line.integration(), line.place());
        let store = if pass.alone { &self.0.alone } else { &self.0.shared };
        let turn = pass.turn;
        let step = match end {
            End::Untold => Step::Release { turn },
            end => Step::Leave { turn, well: end == End::Well },
        };
        if let Ok(stepped) = store.breaker(&self.key(integration, place), &line.rules(), step).await {
            self.note(integration, place, &stepped).await;
        }
    }

    fn troubled_key(&self) -> String {
        format!("{}:troubled", self.0.settings.prefix)
    }

    fn key(&self, integration: Integration, place: &str) -> String {
        let separator = if place.is_empty() { "" } else { ":" };
        format!("{}:{integration}{separator}{place}", self.0.settings.prefix)
    }

    /// Remembers the phase for reports, and tells of a turn. One replica sees a turn, so it is told once.
    async fn note(&self, integration: Integration, place: &str, stepped: &Stepped) {
        let phase = stepped.phase;
        let (worst, fresh) = {
            let mut troubled = self.troubled();
            let key = (integration, place.to_owned());
            let before = if phase == Phase::Closed {
                troubled.remove(&key)
            } else if troubled.len() < MAX_TROUBLED || troubled.contains_key(&key) {
                troubled.insert(key, phase)
            } else {
                Some(phase)
            };
            let of = troubled.iter().filter(|((which, _), _)| *which == integration);
            (of.map(|(_, phase)| *phase).max().unwrap_or_default(), before != Some(phase))
        };
        gauge(integration, worst);
        if stepped.turned {
            self.tell(integration, place, phase);
        }
        // Other replicas, and those that start later, learn where to look. Closing takes the place out again, whoever saw it.
        if stepped.turned || (fresh && phase != Phase::Closed) {
            let (key, member) = (self.troubled_key(), format!("{integration} {place}"));
            let is = phase != Phase::Closed;
            let _ = self.0.shared.set_member(&key, &member, is, TROUBLED_FOR, MAX_TROUBLED).await;
        }
    }

    fn tell(&self, integration: Integration, place: &str, phase: Phase) {
        let labels = [("integration", integration.as_str()), ("state", phase.as_str())];
        metrics::counter!("nexusrag_circuit_breaker_transitions_total", &labels).increment(1);
        tracing::warn!(integration = integration.as_str(), place, state = phase.as_str(), "circuit breaker turned");
        #[cfg(feature = "postgres")]
        if let Some((audit, clock)) = &self.0.audit {
            let what = match phase {
                Phase::Closed => EventType::SystemCircuitBreakerClosed,
                Phase::HalfOpen => EventType::SystemCircuitBreakerHalfOpen,
                Phase::Open => EventType::SystemCircuitBreakerOpen,
            };
            let separator = if place.is_empty() { "" } else { ":" };
            let name = format!("{integration}{separator}{place}");
            audit.note(Event::system(&Op::internal(clock.now()), None, what).resource("integration", &name));
        }
    }

    fn troubled(&self) -> std::sync::MutexGuard<'_, BTreeMap<(Integration, String), Phase>> {
        self.0.troubled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn gauge(integration: Integration, worst: Phase) {
    let level = match worst {
        Phase::Closed => 0.0,
        Phase::HalfOpen => 0.5,
        Phase::Open => 1.0,
    };
    metrics::gauge!("nexusrag_circuit_breaker_state", "integration" => integration.as_str()).set(level);
}

/// For programs that have one process: the default rules, and nothing shared.
impl Default for Integrations {
    fn default() -> Self {
        Self::new(&Shared::local(&SharedSettings::default()), ResilienceSettings::default())
    }
}

impl fmt::Debug for Integrations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Integrations").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
