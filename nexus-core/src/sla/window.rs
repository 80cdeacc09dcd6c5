//! Windows of time that all replicas agree on, and what was measured in one.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::Histogram;

/// How time is cut: windows of the same length, aligned to the epoch, so that every replica has the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    seconds: u32,
}

impl Grid {
    /// Windows of so many seconds, at least one.
    #[must_use]
    pub const fn of(seconds: u32) -> Self {
        Self { seconds: if seconds == 0 { 1 } else { seconds } }
    }

    /// The length of a window, in seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.seconds
    }

    /// The length of a window.
    #[must_use]
    pub fn width(self) -> TimeDelta {
        TimeDelta::seconds(self.seconds.into())
    }

    /// Where the window of a time begins.
    #[must_use]
    pub fn start(self, at: DateTime<Utc>) -> DateTime<Utc> {
        let width = i64::from(self.seconds);
        let start = at.timestamp().div_euclid(width) * width;
        DateTime::from_timestamp(start, 0).unwrap_or(at)
    }

    /// Whether a window still says something: it goes on, or it is the one before.
    #[must_use]
    pub fn is_fresh(self, start: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now - start < self.width() * 2
    }
}

/// What was measured in a window, by one replica or by all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests that were answered, well or not. What was refused is not among them.
    pub requests: u64,
    /// Those that failed by our fault.
    pub errors: u64,
    /// How long they took.
    pub latencies: Histogram,
    /// The sum of the samples of how full things were, in hundredths of a percent.
    pub saturation_total: u64,
    /// How many samples that is.
    pub saturation_samples: u64,
}

impl Tally {
    /// Counts a request.
    pub fn count(&mut self, took: Duration, failed: bool) {
        self.requests = self.requests.saturating_add(1);
        self.errors = self.errors.saturating_add(u64::from(failed));
        self.latencies.record(took);
    }

    /// Counts a sample of how full things were, in hundredths of a percent.
    pub fn sample(&mut self, saturation: u32) {
        self.saturation_total = self.saturation_total.saturating_add(u64::from(saturation.min(10_000)));
        self.saturation_samples = self.saturation_samples.saturating_add(1);
    }

    /// Adds another part of the same window.
    pub fn merge(&mut self, other: &Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.errors = self.errors.saturating_add(other.errors);
        self.latencies.merge(&other.latencies);
        self.saturation_total = self.saturation_total.saturating_add(other.saturation_total);
        self.saturation_samples = self.saturation_samples.saturating_add(other.saturation_samples);
    }

    /// Whether there is nothing to judge by.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requests == 0 && self.saturation_samples == 0
    }

    /// The share of requests that did not fail.
    #[must_use]
    pub fn availability_pct(&self) -> Option<f64> {
        (self.requests > 0).then(|| 100.0 * ratio(self.requests.saturating_sub(self.errors), self.requests))
    }

    /// The mean of how full things were.
    #[must_use]
    pub fn saturation_pct(&self) -> Option<f64> {
        (self.saturation_samples > 0).then(|| ratio(self.saturation_total, self.saturation_samples) / 100.0)
    }
}

/// One count in relation to another.
#[allow(clippy::cast_precision_loss, reason = "a share of so many requests may be off in the sixteenth digit")]
#[must_use]
pub fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Who holds how many places, seen from one tenant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Places that the tenant holds.
    pub own: usize,
    /// The most that it may hold.
    pub own_max: usize,
    /// Places that all hold.
    pub all: usize,
    /// All places.
    pub all_max: usize,
    /// How many tenants hold a place.
    pub tenants: usize,
}

impl Load {
    /// How full things are for this tenant, in hundredths of a percent: its own places; if it holds more than its share of
    /// them, those of everybody; and of the database connections that are in use, as many as its runs can hold, which is one
    /// each. A tenant is not refused for what others fill.
    #[must_use]
    pub fn saturation(&self, connections: usize, max_connections: usize) -> u32 {
        let own = share(self.own, self.own_max).max(share(self.own.min(connections), max_connections));
        let greedy = self.own.saturating_mul(self.tenants) > self.all || self.tenants <= 1;
        if greedy { own.max(share(self.all, self.all_max)) } else { own }
    }
}

/// A part of a whole in hundredths of a percent, at most all of it.
#[must_use]
pub fn share(part: usize, whole: usize) -> u32 {
    let hundredths = part.saturating_mul(10_000).checked_div(whole).unwrap_or_default();
    u32::try_from(hundredths).unwrap_or(u32::MAX).min(10_000)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn windows_are_aligned_and_only_the_last_two_are_fresh() {
        let grid = Grid::of(60);
        assert_eq!(grid.start(at(119)), at(60));
        assert_eq!(grid.start(at(120)), at(120));
        assert_eq!(grid.start(at(-1)), at(-60));
        assert!(grid.is_fresh(at(60), at(179)));
        assert!(!grid.is_fresh(at(60), at(180)));
    }

    #[test]
    fn shares_are_of_what_was_answered() {
        let mut tally = Tally::default();
        assert_eq!((tally.availability_pct(), tally.saturation_pct()), (None, None));
        for n in 0..4 {
            tally.count(Duration::from_millis(1), n == 0);
        }
        tally.sample(10_000);
        tally.sample(5_000);
        assert_eq!((tally.availability_pct(), tally.saturation_pct()), (Some(75.0), Some(75.0)));
    }

    #[test]
    fn a_full_house_is_the_affair_of_who_fills_it() {
        let greedy = Load { own: 9, own_max: 12, all: 10, all_max: 10, tenants: 2 };
        let quiet = Load { own: 1, ..greedy };
        assert_eq!(greedy.saturation(0, 20), 10_000);
        assert_eq!(quiet.saturation(20, 20), 833, "others hold the places and the connections");
        let alone = Load { own: 1, own_max: 12, all: 1, all_max: 16, tenants: 1 };
        assert_eq!(alone.saturation(20, 20), 833, "one run holds one connection, and not all twenty");
        let many = Load { own: 11, all: 11, ..alone };
        assert_eq!(many.saturation(10, 10), 10_000);
        assert_eq!(many.saturation(0, 10), 9_166);
    }

    proptest! {
        #[test]
        fn parts_of_a_window_add_up_in_any_order(counts in prop::collection::vec((0_u64..1000, any::<bool>(), 0_u32..20_000), 0..40), cut in 0_usize..40) {
            let tally = |counts: &[(u64, bool, u32)]| {
                let mut tally = Tally::default();
                for (micros, failed, saturation) in counts {
                    tally.count(Duration::from_micros(*micros), *failed);
                    tally.sample(*saturation);
                }
                tally
            };
            let (a, b) = counts.split_at(cut.min(counts.len()));
            let mut merged = tally(b);
            merged.merge(&tally(a));
            prop_assert_eq!(merged, tally(&counts));
        }
    }
}
