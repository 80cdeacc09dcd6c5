//! Which events may still come. Numbers are drawn in order and transactions end in any, so that behind the newest event that
//! was seen there are gaps: each is an event that comes later, or one that never comes because its transaction failed. Pure.
//!
//! A transaction has its id before it draws a number (the default of `audit_events.id` sees to that). So a number that is
//! missing below one that is visible belongs to a transaction below the `xmax` of that moment, and once `xmin` has
//! reached it, the number is in the table or never will be.

use std::collections::BTreeMap;

/// What was seen of the numbers of events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    seen: i64,
    /// By the first number of each gap.
    gaps: BTreeMap<i64, Gap>,
}

/// Numbers that were not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gap {
    last: i64,
    /// All transactions below this have to end before the numbers are given up.
    until: u64,
}

/// What a look at the table found.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The numbers of events that were asked for and are there, ascending.
    pub found: &'a [i64],
    /// Up to which number everything was looked at.
    pub through: i64,
    /// `pg_snapshot_xmin` from before the look.
    pub xmin: u64,
    /// `pg_snapshot_xmax` from after the look.
    pub xmax: u64,
}

impl Window {
    /// Goes on where everything up to a number is sealed or void, and some above it is sealed as well.
    #[must_use]
    pub fn resume(settled: i64, sealed: &[i64], xmax: u64) -> Self {
        let mut window = Self { seen: settled, gaps: BTreeMap::new() };
        window.take(Look { found: sealed, through: settled, xmin: 0, xmax });
        window
    }

    /// The newest number that was seen.
    #[must_use]
    pub fn seen(&self) -> i64 {
        self.seen
    }

    /// Everything up to this is sealed or void.
    #[must_use]
    pub fn settled(&self) -> i64 {
        self.gaps.first_key_value().map_or(self.seen, |(first, _)| first - 1)
    }

    /// The first and last numbers of the gaps.
    #[must_use]
    pub fn gaps(&self) -> (Vec<i64>, Vec<i64>) {
        self.gaps.iter().map(|(first, gap)| (*first, gap.last)).unzip()
    }

    /// Takes in what was found beyond what was seen and in gaps.
    pub fn take(&mut self, look: Look<'_>) {
        for &id in look.found {
            if id > self.seen {
                if id > self.seen + 1 {
                    self.gaps.insert(self.seen + 1, Gap { last: id - 1, until: look.xmax });
                }
                self.seen = id;
            } else {
                self.fill(id);
            }
        }
        self.gaps.retain(|_, gap| gap.until > look.xmin || gap.last > look.through);
    }

    fn fill(&mut self, id: i64) {
        let Some((&first, &gap)) = self.gaps.range(..=id).next_back().filter(|(_, gap)| gap.last >= id) else { return };
        self.gaps.remove(&first);
        if first < id {
            self.gaps.insert(first, Gap { last: id - 1, ..gap });
        }
        if id < gap.last {
            self.gaps.insert(id + 1, gap);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// A transaction that draws numbers and then ends, one way or the other.
    #[derive(Debug)]
    struct Running {
        xid: u64,
        ids: Vec<i64>,
    }

    #[derive(Debug, Default)]
    struct Table {
        next_xid: u64,
        next_id: i64,
        running: Vec<Running>,
        visible: BTreeSet<i64>,
    }

    impl Table {
        fn xmin(&self) -> u64 {
            self.running.iter().map(|it| it.xid).min().unwrap_or(self.next_xid)
        }

        fn step(&mut self, what: u8, which: usize) {
            let running = self.running.len();
            match what {
                0 => {
                    self.running.push(Running { xid: self.next_xid, ids: Vec::new() });
                    self.next_xid += 1;
                }
                1..=3 if running > 0 => {
                    self.next_id += 1;
                    self.running[which % running].ids.push(self.next_id);
                }
                4 if running > 0 => self.visible.extend(self.running.remove(which % running).ids),
                5 if running > 0 => drop(self.running.remove(which % running)),
                _ => {}
            }
        }

        fn look(&self, window: &mut Window, limit: usize) -> Vec<i64> {
            let (first, last) = window.gaps();
            let in_gap = |id: i64| first.iter().zip(&last).any(|(first, last)| (*first..=*last).contains(&id));
            let wanted = self.visible.iter().copied().filter(|id| *id > window.seen() || in_gap(*id));
            let found: Vec<i64> = wanted.take(limit).collect();
            let through = if found.len() == limit { *found.last().unwrap() } else { i64::MAX };
            window.take(Look { found: &found, through, xmin: self.xmin(), xmax: self.next_xid });
            found
        }
    }

    proptest! {
        #[test]
        fn every_event_is_taken_once_however_transactions_end(
            steps in prop::collection::vec((0_u8..8, any::<usize>()), 0..200), limit in 1_usize..5, restart in 0_usize..200,
        ) {
            let (mut table, mut window) = (Table { next_xid: 1, ..Table::default() }, Window::default());
            let mut taken = BTreeSet::new();
            for (n, (what, which)) in steps.into_iter().enumerate() {
                if what < 6 {
                    table.step(what, which);
                } else {
                    for id in table.look(&mut window, limit) {
                        prop_assert!(taken.insert(id), "{id} was taken twice");
                    }
                }
                let settled = window.settled();
                let later: Vec<i64> = table.running.iter().flat_map(|it| it.ids.iter().copied()).collect();
                prop_assert!(later.iter().all(|id| *id > settled), "{settled} is called settled, and {later:?} may come");
                prop_assert!(table.visible.iter().all(|id| *id > settled || taken.contains(id)));
                if n == restart {
                    let sealed: Vec<i64> = taken.iter().copied().filter(|id| *id > settled).collect();
                    window = Window::resume(settled, &sealed, table.next_xid);
                }
            }
            table.running.drain(..);
            for _ in 0..1000 {
                let found = table.look(&mut window, limit);
                if found.is_empty() {
                    break;
                }
                for id in found {
                    prop_assert!(taken.insert(id), "{id} was taken twice");
                }
            }
            prop_assert_eq!(&taken, &table.visible);
            table.look(&mut window, 1000);
            prop_assert_eq!(window.settled(), taken.last().copied().unwrap_or(0));
        }
    }
}
