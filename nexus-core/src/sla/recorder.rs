//! What this replica has measured and not yet written down for good.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Class,
    window::{Grid, Tally},
};
use crate::id::TenantId;

/// Windows of tenants that are kept at most: what a long outage of the database may cost.
const MAX_CELLS: usize = 50_000;

/// Whose requests, and of which class.
pub(super) type Who = (TenantId, Class);

/// Counts by tenant, class and window.
#[derive(Debug, Default)]
pub(super) struct Recorder(Mutex<Cells>);

#[derive(Debug, Default)]
struct Cells {
    by_who: HashMap<Who, BTreeMap<DateTime<Utc>, Cell>>,
    count: usize,
    /// The window in which there was nothing older to make room with.
    crowded: Option<DateTime<Utc>>,
}

#[derive(Debug, Default)]
struct Cell {
    tally: Tally,
    /// Counts the changes, so that a change while it is being written is not taken for written.
    changes: u64,
    written: u64,
    /// Up to which change this process has judged by it.
    seen: u64,
}

/// A window of somebody, as it is to be judged and written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub who: Who,
    pub start: DateTime<Utc>,
    pub tally: Tally,
    /// Whether it is to be written this time.
    pub unwritten: bool,
    changes: u64,
}

impl Recorder {
    /// Counts into the window of a time. Beyond the bound the oldest windows make room; what finds none is dropped.
    pub(super) fn count(&self, who: &Who, start: DateTime<Utc>, apply: impl FnOnce(&mut Tally)) {
        let mut cells = self.cells();
        let known = cells.by_who.get(who).is_some_and(|windows| windows.contains_key(&start));
        if !known && !cells.has_room(start) {
            return dropped(1);
        }
        if !cells.by_who.contains_key(who) {
            cells.by_who.insert(who.clone(), BTreeMap::new());
        }
        let Some(windows) = cells.by_who.get_mut(who) else { return };
        let cell = windows.entry(start).or_default();
        apply(&mut cell.tally);
        cell.changes += 1;
        cells.count += usize::from(!known);
    }

    /// What changed since this was asked last, and at most so many of what is yet to be written.
    pub(super) fn changed(&self, most: usize) -> Vec<Part> {
        let mut cells = self.cells();
        let (mut parts, mut left) = (Vec::new(), most);
        for (who, windows) in &mut cells.by_who {
            for (start, cell) in windows.iter_mut().rev() {
                let unwritten = cell.written != cell.changes && left > 0;
                if unwritten || cell.seen != cell.changes {
                    let (who, start, tally) = (who.clone(), *start, cell.tally.clone());
                    parts.push(Part { who, start, tally, unwritten, changes: cell.changes });
                    cell.seen = cell.changes;
                    left -= usize::from(unwritten);
                }
            }
        }
        parts
    }

    /// These are written.
    pub(super) fn written(&self, parts: &[Part]) {
        let mut cells = self.cells();
        for part in parts {
            if let Some(cell) = cells.by_who.get_mut(&part.who).and_then(|windows| windows.get_mut(&part.start)) {
                cell.written = part.changes;
            }
        }
    }

    /// Forgets windows that are over and written.
    pub(super) fn tidy(&self, grid: Grid, now: DateTime<Utc>) {
        let mut cells = self.cells();
        for windows in cells.by_who.values_mut() {
            windows.retain(|start, cell| grid.is_fresh(*start, now) || cell.written != cell.changes);
        }
        cells.tidy();
    }

    /// Nothing here panics while the lock is held.
    fn cells(&self) -> MutexGuard<'_, Cells> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cells {
    /// Whether one more window may begin, perhaps in the place of the oldest ones.
    fn has_room(&mut self, start: DateTime<Utc>) -> bool {
        if self.count < MAX_CELLS {
            return true;
        }
        if self.crowded == Some(start) {
            return false;
        }
        let mut starts: Vec<DateTime<Utc>> = self.by_who.values().flat_map(BTreeMap::keys).copied().collect();
        starts.sort_unstable();
        let oldest = starts.get(MAX_CELLS / 10).copied().unwrap_or(start).min(start - TimeDelta::seconds(1));
        for windows in self.by_who.values_mut() {
            *windows = windows.split_off(&(oldest + TimeDelta::nanoseconds(1)));
        }
        self.tidy();
        let room = self.count < MAX_CELLS;
        dropped(starts.len().saturating_sub(self.count));
        self.crowded = (!room).then_some(start);
        room
    }

    fn tidy(&mut self) {
        self.by_who.retain(|_, windows| !windows.is_empty());
        self.count = self.by_who.values().map(BTreeMap::len).sum();
    }
}

/// Windows, and requests that found none.
fn dropped(count: usize) {
    metrics::counter!("nexusrag_sla_observations_dropped_total").increment(count as u64);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use std::time::Duration;

    use super::*;

    fn who(n: usize) -> Who {
        (format!("t{n}").parse().unwrap(), Class::Run)
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(600 + seconds, 0).unwrap()
    }

    fn hit(tally: &mut Tally) {
        tally.count(Duration::from_millis(1), false);
    }

    #[test]
    fn what_changes_while_it_is_written_is_written_again() {
        let (recorder, grid) = (Recorder::default(), Grid::of(60));
        recorder.count(&who(1), at(0), hit);
        let parts = recorder.changed(10);
        recorder.count(&who(1), at(0), hit);
        recorder.written(&parts);
        recorder.tidy(grid, at(300));
        let left = recorder.changed(10);
        assert_eq!((left.len(), left[0].tally.requests, left[0].unwritten), (1, 2, true));
        recorder.written(&left);
        assert!(recorder.changed(10).is_empty(), "what is known and written is not copied again");
        recorder.tidy(grid, at(300));
        assert_eq!(recorder.cells().count, 0);
    }

    #[test]
    fn only_so_many_are_written_at_once_and_each_is_judged_at_once() {
        let recorder = Recorder::default();
        (0..5).for_each(|n| recorder.count(&who(n), at(0), hit));
        let first = recorder.changed(2);
        assert_eq!((first.len(), first.iter().filter(|part| part.unwritten).count()), (5, 2));
        recorder.written(&first.into_iter().filter(|part| part.unwritten).collect::<Vec<_>>());
        assert_eq!(recorder.changed(10).len(), 3);
    }

    #[test]
    fn when_nothing_can_be_written_for_long_the_oldest_windows_make_room() {
        let recorder = Recorder::default();
        let (old, new) = (MAX_CELLS / 10 + 1, MAX_CELLS - MAX_CELLS / 10 - 1);
        (0..old).for_each(|n| recorder.count(&who(n), at(0), hit));
        (0..new).for_each(|n| recorder.count(&who(n), at(60), hit));
        recorder.count(&who(MAX_CELLS), at(60), hit);
        let found = recorder.changed(0);
        assert_eq!(found.len(), new + 1);
        assert!(found.iter().all(|part| part.start == at(60)));
        // A single window of too many tenants cannot be helped.
        (0..MAX_CELLS + 10).for_each(|n| recorder.count(&who(n), at(60), hit));
        assert_eq!(recorder.cells().count, MAX_CELLS);
    }
}
