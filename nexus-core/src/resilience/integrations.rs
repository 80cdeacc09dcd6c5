//! The breakers of this installation: their steps, and what is told of their turns.

use std::{
    array,
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Semaphore;

use super::{
    Integration, Line, ResilienceSettings,
    decide::{Phase, Step, Stepped},
};
use crate::shared::{Shared, SharedSettings};
#[cfg(feature = "postgres")]
use crate::{
    audit::{AuditLog, Event, EventType},
    clock::Clock,
    op::Op,
};

/// Breakers that are not closed and that this process knows of; the names of places come from tenants.
const MAX_TROUBLED: usize = 256;

/// How an integration is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which one.
    pub integration: Integration,
    /// What its breaker does; where it has several places, the worst.
    pub phase: Phase,
    /// The places whose breaker is not closed.
    pub places: Vec<String>,
}

/// All integrations. Cheap to clone.
#[derive(Clone)]
pub struct Integrations(Arc<Inner>);

struct Inner {
    settings: ResilienceSettings,
    shared: Shared,
    /// What this process has seen itself, for when shared state is away.
    alone: Shared,
    bulkheads: [Arc<Semaphore>; Integration::ALL.len()],
    troubled: Mutex<BTreeMap<(Integration, String), Phase>>,
    #[cfg(feature = "postgres")]
    audit: Option<(AuditLog, Clock)>,
}

/// A call that was let through: where its end is reported, and under which turn.
#[derive(Debug)]
pub(super) struct Pass {
    turn: u64,
    alone: bool,
}

impl Integrations {
    /// Breakers in this shared state.
    #[must_use]
    pub fn new(shared: &Shared, settings: ResilienceSettings) -> Self {
        let bulkhead = |_| Arc::new(Semaphore::new(settings.max_concurrency));
        Self(Arc::new(Inner {
            shared: shared.clone(),
            alone: Shared::local(&SharedSettings::default()),
            bulkheads: array::from_fn(bulkhead),
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

    /// How every integration is doing, asked anew where it was not well when this process last heard of it.
    pub async fn standings(&self) -> Vec<Standing> {
        let known: Vec<_> = self.troubled().keys().cloned().collect();
        for (integration, place) in &known {
            let (key, rules) = (self.key(*integration, place), self.line(*integration, place).rules());
            if let Ok(found) = self.0.shared.breaker(&key, &rules, Step::Look).await {
                self.note(*integration, place, &found);
            }
        }
        let troubled = self.troubled().clone();
        let standing = |integration| {
            let of = || troubled.iter().filter(move |((which, _), _)| *which == integration);
            Standing {
                integration,
                phase: of().map(|(_, phase)| *phase).max().unwrap_or_default(),
                places: of().map(|((_, place), _)| place.clone()).filter(|place| !place.is_empty()).collect(),
            }
        };
        Integration::ALL.map(standing).into()
    }

    pub(super) fn settings(&self) -> &ResilienceSettings {
        &self.0.settings
    }

    pub(super) fn bulkhead(&self, integration: Integration) -> Option<&Arc<Semaphore>> {
        Integration::ALL.iter().zip(&self.0.bulkheads).find(|(which, _)| **which == integration).map(|(_, it)| it)
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
        self.note(integration, place, &stepped);
        stepped.wait_ms.map_or(Ok(Pass { turn: stepped.turn, alone }), Err)
    }

    /// Reports how a call ended. A report that is lost is one failure less; the next ones count.
    pub(super) async fn leave(&self, line: &Line, pass: &Pass, well: bool) {
        let (integration, place) = (line.integration(), line.place());
        let store = if pass.alone { &self.0.alone } else { &self.0.shared };
        let step = Step::Leave { turn: pass.turn, well };
        if let Ok(stepped) = store.breaker(&self.key(integration, place), &line.rules(), step).await {
            self.note(integration, place, &stepped);
        }
    }

    fn key(&self, integration: Integration, place: &str) -> String {
        let separator = if place.is_empty() { "" } else { ":" };
        format!("{}:{integration}{separator}{place}", self.0.settings.prefix)
    }

    /// Remembers the phase for reports, and tells of a turn. One replica sees a turn, so it is told once.
    fn note(&self, integration: Integration, place: &str, stepped: &Stepped) {
        let phase = stepped.phase;
        let worst = {
            let mut troubled = self.troubled();
            let key = (integration, place.to_owned());
            if phase == Phase::Closed {
                troubled.remove(&key);
            } else if troubled.len() < MAX_TROUBLED || troubled.contains_key(&key) {
                troubled.insert(key, phase);
            }
            troubled.iter().filter(|((which, _), _)| *which == integration).map(|(_, phase)| *phase).max()
        };
        let level = match worst.unwrap_or_default() {
            Phase::Closed => 0.0,
            Phase::HalfOpen => 0.5,
            Phase::Open => 1.0,
        };
        metrics::gauge!("nexusrag_circuit_breaker_state", "integration" => integration.as_str()).set(level);
        if stepped.turned {
            self.tell(integration, place, phase);
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

impl fmt::Debug for Integrations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Integrations").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
