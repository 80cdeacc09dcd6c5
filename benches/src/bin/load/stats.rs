//! Latencies and what is said about them.

use std::time::Duration;

use serde::Serialize;

/// A count to calculate with. Beyond 2^32 it is not a number, so that no bound holds.
pub fn number(n: impl TryInto<u32>) -> f64 {
    n.try_into().map_or(f64::NAN, f64::from)
}

/// Latencies in milliseconds.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Percentiles {
    /// Half are quicker.
    pub p50: f64,
    /// One in a hundred is slower.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
}

impl Percentiles {
    /// Of a set of latencies.
    pub fn of(mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        let at = |percent: usize| {
            let index = (latencies.len() * percent).div_ceil(100).saturating_sub(1);
            latencies.get(index).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
        };
        Self { p50: at(50), p99: at(99), max: at(100) }
    }

    /// The same in seconds.
    pub fn in_seconds(self) -> Self {
        Self { p50: self.p50 / 1000.0, p99: self.p99 / 1000.0, max: self.max / 1000.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_cmp, reason = "whole milliseconds are exact")]
    fn percentiles_are_measured_values() {
        let found = Percentiles::of((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!((found.p50, found.p99, found.max), (100.0, 198.0, 200.0));
        assert_eq!(Percentiles::of(Vec::new()).p50, 0.0);
    }
}
