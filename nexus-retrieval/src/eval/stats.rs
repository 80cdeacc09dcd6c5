//! How far figures can be trusted.
//!
//! Intervals are percentiles of the bootstrap (Efron, 1979), over questions. Two configurations are compared question by
//! question: the interval is that of the mean difference, and p is the share of random sign changes that give a difference
//! as large (Fisher's randomisation test, as Smucker, Allan and Carterette recommend for retrieval, 2007). The generator of
//! random numbers is seeded with a constant: the same runs give the same report.

/// How many resamples; a percentile of 95 % needs no more than a thousand.
const RESAMPLES: usize = 2_000;

/// A mean with the interval that holds it in 95 of 100 samples of questions.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// How one configuration compares with another on the same questions.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Comparison {
    /// The mean difference with its interval; above zero the first is better.
    pub difference: Estimate,
    /// How likely a difference of this size is by chance.
    pub p: f64,
    /// On how many questions the first is better.
    pub wins: usize,
    /// On how many the second is.
    pub losses: usize,
}

/// The mean of figures with its interval; nothing for no figures.
#[must_use]
pub fn estimate(figures: &[f64]) -> Option<Estimate> {
    let mut random = SplitMix(0x5EED);
    let mut means: Vec<f64> = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        let drawn = (0..figures.len()).filter_map(|_| figures.get(random.below(figures.len())));
        means.push(mean(drawn)?);
    }
    means.sort_by(f64::total_cmp);
    let percentile = |tail: usize| means.get((RESAMPLES * tail / 1000).min(RESAMPLES - 1)).copied();
    Some(Estimate { mean: mean(figures.iter())?, low: percentile(25)?, high: percentile(975)? })
}

/// Compares figures of the same questions in the same order; nothing for none.
#[must_use]
pub fn compare(first: &[f64], second: &[f64]) -> Option<Comparison> {
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    let difference = estimate(&differences)?;
    let mut random = SplitMix(0x00C0_FFEE);
    let mut as_large = 0_u32;
    for _ in 0..RESAMPLES {
        let flipped: f64 = differences.iter().map(|d| if random.next() & 1 == 0 { *d } else { -d }).sum();
        #[allow(clippy::cast_precision_loss, reason = "a number of questions")]
        let mean = flipped / differences.len() as f64;
        as_large += u32::from(mean.abs() >= difference.mean.abs() - 1e-12);
    }
    let count = |better: fn(f64) -> bool| differences.iter().filter(|d| better(**d)).count();
    // The observed signs are one of the possible assignments.
    let p = f64::from(as_large + 1) / f64::from(u32::try_from(RESAMPLES).unwrap_or(u32::MAX) + 1);
    Some(Comparison { difference, p, wins: count(|d| d > 0.0), losses: count(|d| d < 0.0) })
}

/// The value below which a share of the values lies, by the nearest rank.
#[must_use]
pub fn percentile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
    let rank = (share.clamp(0.0, 1.0) * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

fn mean<'a>(values: impl Iterator<Item = &'a f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// Steele, Lea and Flood's generator (2014): enough for resampling, and the same everywhere.
#[derive(Debug)]
pub struct SplitMix(pub u64);

impl SplitMix {
    /// The next number.
    #[allow(clippy::should_implement_trait, reason = "it never ends, and an iterator would have to say so each time")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below a limit; zero when the limit is zero.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        usize::try_from(self.next().checked_rem(limit).unwrap_or_default()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_interval_holds_the_mean_and_is_the_same_again() {
        let figures: Vec<f64> = (0..300).map(|n| f64::from(n % 10) / 10.0).collect();
        let first = estimate(&figures).unwrap();
        assert_eq!(estimate(&figures), Some(first));
        assert!((first.mean - 0.45).abs() < 1e-9 && first.low < first.mean && first.mean < first.high);
        // The standard error is 0.0166: the interval is about four of them wide.
        assert!((0.05..0.08).contains(&(first.high - first.low)), "{first:?}");
        assert_eq!(estimate(&[]), None);
    }

    #[test]
    fn a_small_steady_difference_counts_and_noise_does_not() {
        let second: Vec<f64> = (0..100).map(|n| f64::from(n) / 100.0).collect();
        let first: Vec<f64> = second.iter().map(|x| x + 0.01).collect();
        let steady = compare(&first, &second).unwrap();
        assert!(steady.p < 0.01 && steady.wins == 100 && steady.losses == 0, "{steady:?}");
        let mut mixed = second.clone();
        mixed.reverse();
        assert!(compare(&mixed, &second).unwrap().p > 0.5);
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(percentile(&values, 0.5), Some(3.0));
        assert_eq!((percentile(&values, 0.95), percentile(&values, 0.0)), (Some(5.0), Some(1.0)));
        assert_eq!(percentile(&[], 0.5), None);
    }

    proptest! {
        #[test]
        fn swapping_sides_swaps_the_sign(pairs in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 1..40)) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let (there, back) = (compare(&a, &b).unwrap(), compare(&b, &a).unwrap());
            prop_assert!((there.difference.mean + back.difference.mean).abs() < 1e-9);
            prop_assert_eq!((there.wins, there.losses), (back.losses, back.wins));
            prop_assert!(there.difference.low <= there.difference.high);
        }
    }
}
