//! Whether the shared buckets are worth asking: a breaker of this process, so that an outage costs a few requests a short
//! wait, and the others none.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use crate::resilience::decide::{self, Phase, Rules, State, Step};

/// Three lost answers in a row are an outage; after half a second one request tries again.
const RULES: Rules = Rules { failures: 3, open_ms: 500, trials: 1, trial_ms: 2_000 };

#[derive(Debug)]
pub(super) struct Trust {
    state: Mutex<State>,
    started: Instant,
    /// Whether the outage was told. A trial that fails is no new outage.
    told: AtomicBool,
}

impl Trust {
    pub(super) fn new() -> Self {
        Self { state: Mutex::default(), started: Instant::now(), told: AtomicBool::new(false) }
    }

    /// The turn under which the shared buckets may be asked; `None` while they are left alone.
    pub(super) fn enter(&self) -> Option<u64> {
        let stepped = decide::step(&mut self.state(), &RULES, Step::Enter, self.now());
        stepped.wait_ms.is_none().then_some(stepped.turn)
    }

    /// Reports how asking went. True when an outage begins with it.
    pub(super) fn leave(&self, turn: u64, well: bool) -> bool {
        let stepped = decide::step(&mut self.state(), &RULES, Step::Leave { turn, well }, self.now());
        match stepped.phase {
            Phase::Open if stepped.turned => !self.told.swap(true, Ordering::Relaxed),
            Phase::Closed if stepped.turned => {
                self.told.store(false, Ordering::Relaxed);
                tracing::info!("rate limits are shared with other replicas again");
                false
            }
            _ => false,
        }
    }

    /// A step never panics halfway, so a poisoned lock is whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_outage_is_told_once_and_nobody_waits_during_it() {
        let trust = Trust::new();
        let told: Vec<bool> = (0..3).map(|_| trust.leave(trust.enter().unwrap(), false)).collect();
        assert_eq!(told, [false, false, true]);
        assert!(trust.enter().is_none());
    }

    #[test]
    fn a_late_answer_of_before_the_outage_says_nothing() {
        let trust = Trust::new();
        let early = trust.enter().unwrap();
        for _ in 0..3 {
            trust.leave(trust.enter().unwrap(), false);
        }
        assert!(!trust.leave(early, true));
        assert!(trust.enter().is_none());
    }
}
