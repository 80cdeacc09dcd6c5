//! What this replica has measured and not yet written down for good.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};

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
}

#[derive(Debug, Default)]
struct Cell {
    tally: Tally,
    /// Counts the changes, so that a change while it is being written is not taken for written.
    changes: u64,
    written: u64,
}

/// A window of somebody, as it is to be written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub who: Who,
    pub start: DateTime<Utc>,
    pub tally: Tally,
    changes: u64,
}

impl Recorder {
    /// Counts into the window of a time. Beyond the bound nothing new is begun; the next window is again.
    pub(super) fn count(&self, who: &Who, start: DateTime<Utc>, apply: impl FnOnce(&mut Tally)) {
        let mut cells = self.cells();
        let full = cells.count >= MAX_CELLS;
        let windows = match cells.by_who.get_mut(who) {
            Some(windows) => windows,
            None if full => return dropped(),
            None => cells.by_who.entry(who.clone()).or_default(),
        };
        let known = windows.contains_key(&start);
        if !known && full {
            return dropped();
        }
        let cell = windows.entry(start).or_default();
        apply(&mut cell.tally);
        cell.changes += 1;
        cells.count += usize::from(!known);
    }

    /// All windows that are kept; with each, whether it is yet to be written.
    pub(super) fn parts(&self) -> Vec<(Part, bool)> {
        let cells = self.cells();
        let windows =
            cells.by_who.iter().flat_map(|(who, windows)| windows.iter().map(move |(start, cell)| (who, start, cell)));
        windows
            .map(|(who, start, cell)| {
                let part = Part { who: who.clone(), start: *start, tally: cell.tally.clone(), changes: cell.changes };
                (part, cell.written != cell.changes)
            })
            .collect()
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
        cells.by_who.retain(|_, windows| !windows.is_empty());
        cells.count = cells.by_who.values().map(BTreeMap::len).sum();
    }

    /// Nothing here panics while the lock is held.
    fn cells(&self) -> MutexGuard<'_, Cells> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn dropped() {
    metrics::counter!("nexusrag_sla_observations_dropped_total").increment(1);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_changes_while_it_is_written_is_written_again() {
        let recorder = Recorder::default();
        let who = ("t1".parse().unwrap(), Class::Run);
        let start = DateTime::from_timestamp(600, 0).unwrap();
        let grid = Grid::of(60);
        let hit = || recorder.count(&who, start, |tally| tally.count(Duration::from_millis(1), false));
        hit();
        let parts: Vec<Part> = recorder.parts().into_iter().map(|(part, _)| part).collect();
        hit();
        recorder.written(&parts);
        recorder.tidy(grid, start + grid.width() * 5);
        let left = recorder.parts();
        assert_eq!((left.len(), left[0].0.tally.requests, left[0].1), (1, 2, true));
        let parts: Vec<Part> = left.into_iter().map(|(part, _)| part).collect();
        recorder.written(&parts);
        assert!(!recorder.parts()[0].1);
        recorder.tidy(grid, start + grid.width() * 5);
        assert!(recorder.parts().is_empty());
    }
}
