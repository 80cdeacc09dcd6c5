//! What was told once.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How much is remembered. Beyond it everything is forgotten, and told once more.
const MOST: usize = 10_000;

/// Remembers what was told, for a while or for good.
#[derive(Debug)]
pub(super) struct Told<K> {
    when: Mutex<HashMap<K, Instant>>,
    again_after: Option<Duration>,
}

impl<K: Eq + Hash> Told<K> {
    /// Nothing was told. What is told may be told again after a time, if one is given.
    pub(super) fn new(again_after: Option<Duration>) -> Self {
        Self { when: Mutex::default(), again_after }
    }

    /// Whether it was told and need not be told again.
    pub(super) fn knows(&self, what: &K) -> bool {
        let when = self.when.lock().unwrap_or_else(PoisonError::into_inner);
        when.get(what).is_some_and(|at| self.again_after.is_none_or(|after| at.elapsed() < after))
    }

    /// It was told now.
    pub(super) fn note(&self, what: K) {
        let mut when = self.when.lock().unwrap_or_else(PoisonError::into_inner);
        if when.len() >= MOST {
            when.clear();
        }
        when.insert(what, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_told_is_told_again_after_a_time_or_when_too_much_was() {
        let (for_good, daily) = (Told::new(None), Told::new(Some(Duration::from_hours(24))));
        for told in [&for_good, &daily] {
            assert!(!told.knows(&0));
            told.note(0);
            assert!(told.knows(&0) && !told.knows(&1));
        }
        tokio::time::advance(Duration::from_hours(24)).await;
        assert!(for_good.knows(&0) && !daily.knows(&0));
        (1..=MOST).for_each(|n| for_good.note(n));
        assert!(!for_good.knows(&0) && for_good.knows(&MOST));
    }
}
