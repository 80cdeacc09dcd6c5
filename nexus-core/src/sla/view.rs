//! What all replicas measured of those who are judged, as this one knows it. The sum of a window is kept beside its parts and
//! made anew only when a part changed.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry},
    ops::RangeInclusive,
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{decide::Windows, recorder::Who, window::Tally};

/// Windows of all tenants that are kept at most; beyond it the oldest go.
const MAX_WINDOWS: usize = 200_000;

/// Measurements by tenant, class and window.
#[derive(Debug, Default)]
pub(super) struct View(HashMap<Who, History>);

#[derive(Debug, Default)]
struct History {
    parts: BTreeMap<DateTime<Utc>, HashMap<Uuid, Tally>>,
    sums: Windows,
    /// Windows whose sum is not that of their parts.
    changed: BTreeSet<DateTime<Utc>>,
}

impl View {
    /// Takes in what a replica measured in a window, in place of what it said before.
    pub(super) fn take(&mut self, who: Who, start: DateTime<Utc>, replica: Uuid, tally: Tally) {
        let history = self.0.entry(who).or_default();
        history.parts.entry(start).or_default().insert(replica, tally);
        history.changed.insert(start);
    }

    /// As [`View::take`], unless something is known: what this replica remembers is newer than what it wrote down.
    pub(super) fn take_missing(&mut self, who: Who, start: DateTime<Utc>, replica: Uuid, tally: Tally) {
        let history = self.0.entry(who).or_default();
        if let Entry::Vacant(place) = history.parts.entry(start).or_default().entry(replica) {
            place.insert(tally);
            history.changed.insert(start);
        }
    }

    /// Keeps what is within these windows and belongs to somebody who is judged.
    pub(super) fn keep(&mut self, span: &RangeInclusive<DateTime<Utc>>, judged: impl Fn(&Who) -> bool) {
        self.0.retain(|who, _| judged(who));
        self.keep_windows(|start| span.contains(start));
        let mut left = self.0.values().map(|history| history.parts.len()).sum::<usize>();
        if left > MAX_WINDOWS {
            let mut starts = BTreeMap::<DateTime<Utc>, usize>::new();
            let all = self.0.values().flat_map(|history| history.parts.keys());
            all.for_each(|start| *starts.entry(*start).or_default() += 1);
            let gone: BTreeSet<_> = starts
                .into_iter()
                .take_while(|(_, count)| {
                    let over = left > MAX_WINDOWS;
                    left -= count;
                    over
                })
                .map(|(start, _)| start)
                .collect();
            tracing::warn!(windows = gone.len(), "too many tenants are judged to remember all of their windows");
            self.keep_windows(|start| !gone.contains(start));
        }
    }

    fn keep_windows(&mut self, keep: impl Fn(&DateTime<Utc>) -> bool) {
        self.0.retain(|_, history| {
            history.parts.retain(|start, _| keep(start));
            history.sums.retain(|start, _| keep(start));
            history.changed.retain(&keep);
            !history.parts.is_empty()
        });
    }

    /// Everybody with what was measured.
    pub(super) fn sums(&mut self) -> impl Iterator<Item = (&Who, &Windows)> {
        for history in self.0.values_mut() {
            for start in std::mem::take(&mut history.changed) {
                let mut sum = Tally::default();
                history.parts.get(&start).into_iter().flat_map(HashMap::values).for_each(|part| sum.merge(part));
                history.sums.insert(start, sum);
            }
        }
        self.0.iter().map(|(who, history)| (who, &history.sums))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use super::*;
    use crate::sla::Class;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn who(n: usize) -> Who {
        (format!("t{n}").parse().unwrap(), Class::Run)
    }

    fn tally(requests: u64) -> Tally {
        let mut tally = Tally::default();
        (0..requests).for_each(|_| tally.count(Duration::from_millis(1), false));
        tally
    }

    fn requests(view: &mut View) -> Vec<(i64, u64)> {
        view.sums().flat_map(|(_, sums)| sums.iter().map(|(at, sum)| (at.timestamp(), sum.requests))).collect()
    }

    #[test]
    fn a_part_replaces_what_its_replica_said_before_and_adds_to_the_others() {
        let (mut view, a, b) = (View::default(), Uuid::from_u128(1), Uuid::from_u128(2));
        view.take(who(1), at(0), a, tally(3));
        view.take(who(1), at(0), b, tally(2));
        assert_eq!(requests(&mut view), [(0, 5)]);
        view.take(who(1), at(0), a, tally(4));
        view.take_missing(who(1), at(0), a, tally(1));
        view.take_missing(who(1), at(60), a, tally(1));
        assert_eq!(requests(&mut view), [(0, 6), (60, 1)]);
        view.keep(&(at(60)..=at(120)), |_| true);
        assert_eq!(requests(&mut view), [(60, 1)]);
        view.keep(&(at(0)..=at(120)), |_| false);
        assert_eq!(requests(&mut view), []);
    }

    #[test]
    fn beyond_the_bound_the_oldest_windows_go() {
        let mut view = View::default();
        for n in 0..MAX_WINDOWS / 2 {
            (0..3).for_each(|window| view.take(who(n), at(window), Uuid::nil(), Tally::default()));
        }
        view.keep(&(at(0)..=at(9)), |_| true);
        assert_eq!(view.0.values().map(|history| history.parts.len()).sum::<usize>(), MAX_WINDOWS);
        assert!(view.0.values().all(|history| !history.parts.contains_key(&at(0))));
    }
}
