//! How long requests took, in buckets whose width grows with the time: small, exact to merge, and off by at most 1.6 %.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

/// Buckets per doubling of the time.
const STEPS: u64 = 32;
/// The binary logarithm of [`STEPS`].
const STEP_BITS: u32 = 5;
/// The longest time that is told apart, in microseconds: about 71 minutes.
const MAX_MICROS: u64 = u32::MAX as u64;

/// Counts of times by bucket. Two of them, from whichever replicas, add up to the one of all requests together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Histogram(BTreeMap<u16, u64>);

impl Histogram {
    /// Counts a time.
    pub fn record(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(MAX_MICROS);
        let count = self.0.entry(bucket(micros)).or_default();
        *count = count.saturating_add(1);
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, more) in &other.0 {
            let count = self.0.entry(*bucket).or_default();
            *count = count.saturating_add(*more);
        }
    }

    /// The time, in milliseconds, that this share of a thousand requests did not exceed: the nearest rank.
    #[must_use]
    pub fn quantile_ms(&self, permille: u64) -> Option<f64> {
        let total: u64 = self.0.values().fold(0, |sum, n| sum.saturating_add(*n));
        let rank = total.saturating_mul(permille).div_ceil(1000).max(1);
        let mut seen: u64 = 0;
        let (bucket, _) = self.0.iter().find(|(_, n)| {
            seen = seen.saturating_add(**n);
            seen >= rank
        })?;
        Some(middle(*bucket) / 1000.0)
    }
}

fn bucket(micros: u64) -> u16 {
    let micros = micros.min(MAX_MICROS);
    let shift = micros.checked_ilog2().unwrap_or_default().saturating_sub(STEP_BITS);
    let index = u64::from(shift) * STEPS + (micros >> shift);
    u16::try_from(index).unwrap_or(u16::MAX)
}

/// The middle of a bucket, in microseconds. A bucket that no version of this program has counts as the last.
#[allow(clippy::cast_precision_loss, reason = "microseconds up to 71 minutes are exact")]
fn middle(index: u16) -> f64 {
    let index = u64::from(index.min(bucket(MAX_MICROS)));
    let shift = (index / STEPS).saturating_sub(1);
    let lower = (index - shift * STEPS) << shift;
    let width = 1_u64 << shift;
    lower as f64 + (width - 1) as f64 / 2.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_precision_loss)]
    use super::*;
    use proptest::prelude::*;

    fn of(micros: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for micros in micros {
            histogram.record(Duration::from_micros(*micros));
        }
        histogram
    }

    #[test]
    fn nothing_has_no_quantile_and_short_times_are_exact() {
        assert_eq!(Histogram::default().quantile_ms(950), None);
        assert_eq!(of(&[7]).quantile_ms(950), Some(0.007));
        assert_eq!(of(&[1, 2, 3, 4]).quantile_ms(500), Some(0.002));
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let histogram = of(&[1, 1000, 1_000_000]);
        let json = serde_json::to_value(&histogram).unwrap();
        assert!(json.is_object());
        assert_eq!(serde_json::from_value::<Histogram>(json).unwrap(), histogram);
        let foreign: Histogram = serde_json::from_str(r#"{"65535": 1}"#).unwrap();
        assert!(foreign.quantile_ms(500).unwrap() > 4_000_000.0);
    }

    proptest! {
        #[test]
        fn a_quantile_is_that_of_the_sorted_times(
            mut micros in prop::collection::vec(0_u64..4_000_000_000, 1..200),
            permille in 1_u64..=1000,
        ) {
            let found = of(&micros).quantile_ms(permille).unwrap() * 1000.0;
            micros.sort_unstable();
            let rank = usize::try_from((micros.len() as u64 * permille).div_ceil(1000)).unwrap().max(1);
            let exact = micros[rank - 1] as f64;
            prop_assert!((found - exact).abs() <= exact / 60.0 + 0.5, "{found} is not {exact}");
        }

        #[test]
        fn parts_add_up_to_the_whole(a in prop::collection::vec(any::<u64>(), 0..50), b in prop::collection::vec(any::<u64>(), 0..50)) {
            let mut merged = of(&a);
            merged.merge(&of(&b));
            prop_assert_eq!(merged, of(&[a, b].concat()));
        }
    }
}
