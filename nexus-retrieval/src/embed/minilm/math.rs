//! The functions between the products, written so that the compiler can use vector instructions: no calls, no branches,
//! sums in sixteen lanes.

#![allow(clippy::inline_always, reason = "a function that is not inlined is compiled without vector instructions")]

/// Sums and maxima run in this many independent lanes.
const LANES: usize = 16;

/// The published model adds this to a variance.
const EPSILON: f32 = 1e-12;

/// Subtracts the mean, divides by the deviation, scales and shifts, row by row.
#[inline(always)]
pub(super) fn normalize_rows(values: &mut [f32], scale: &[f32], shift: &[f32]) {
    for row in values.chunks_exact_mut(scale.len()) {
        #[allow(clippy::cast_precision_loss, reason = "rows are a few hundred values long")]
        let share = 1.0 / row.len() as f32;
        let mean = sum(row, |value| value) * share;
        let variance = sum(row, |value| (value - mean) * (value - mean)) * share;
        let factor = 1.0 / (variance + EPSILON).sqrt();
        for ((value, scale), shift) in row.iter_mut().zip(scale).zip(shift) {
            *value = (*value - mean) * factor * scale + shift;
        }
    }
}

/// Turns the scores of each row into shares of one. Behind the first `count` scores of a row lies nothing of meaning.
#[inline(always)]
pub(super) fn softmax_rows(scores: &mut [f32], stride: usize, count: usize) {
    for row in scores.chunks_exact_mut(stride) {
        let Some(row) = row.get_mut(..count) else { continue };
        let highest = max(row);
        for score in row.iter_mut() {
            *score = exp(*score - highest);
        }
        let factor = 1.0 / sum(row, |value| value);
        for share in row {
            *share *= factor;
        }
    }
}

/// The exact activation of the published model, `x · Φ(x)`, to within the precision of `f32`.
#[inline(always)]
pub(super) fn gelu(values: &mut [f32]) {
    for value in values {
        *value = 0.5 * *value * (1.0 + erf(*value * std::f32::consts::FRAC_1_SQRT_2));
    }
}

/// Adds one slice to another.
#[inline(always)]
pub(super) fn add(values: &mut [f32], others: &[f32]) {
    values.iter_mut().zip(others).for_each(|(value, other)| *value += other);
}

/// Scales to length one; zeros stay zeros.
pub(super) fn to_unit_length(values: &mut [f32]) {
    let length = sum(values, |value| value * value).sqrt();
    let factor = if length > 0.0 { 1.0 / length } else { 0.0 };
    for value in values {
        *value *= factor;
    }
}

#[inline(always)]
fn sum(values: &[f32], map: impl Fn(f32) -> f32) -> f32 {
    let (groups, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for group in groups {
        lanes.iter_mut().zip(group).for_each(|(lane, value)| *lane += map(*value));
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|value| map(*value)).sum::<f32>()
}

#[inline(always)]
fn max(values: &[f32]) -> f32 {
    let (groups, rest) = values.as_chunks::<LANES>();
    let mut lanes = [f32::MIN; LANES];
    for group in groups {
        lanes.iter_mut().zip(group).for_each(|(lane, value)| *lane = if *value > *lane { *value } else { *lane });
    }
    lanes.iter().chain(rest).fold(f32::MIN, |highest, value| if *value > highest { *value } else { highest })
}

/// The error function: Abramowitz and Stegun 7.1.26, within 1.5e-7.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let polynomial = t * (0.254_829_6 + t * (-0.284_496_74 + t * (1.421_413_7 + t * (-1.453_152 + t * 1.061_405_4))));
    (1.0 - polynomial * exp(-x * x)).copysign(x)
}

/// The exponential function, within two units in the last place, for arguments up to 88; zero-like below -87.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Adding this moves the fraction out of the mantissa and leaves the nearest integer in its low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = if x < -87.0 { -87.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    // The logarithm of two in two parts, the first short enough to be multiplied without rounding.
    let r = x - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let tail = 0.041_666_667 + r * (0.008_333_334 + r * 0.001_388_888_9);
    let mantissa = 1.0 + r * (1.0 + r * (0.5 + r * (0.166_666_67 + r * tail)));
    mantissa * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::cast_possible_truncation)]

    use super::*;

    #[test]
    fn exp_agrees_with_the_library() {
        for step in 0..=8_700_i16 {
            let x = -f32::from(step) / 100.0;
            let expected = f64::from(x).exp();
            assert!((f64::from(exp(x)) - expected).abs() <= 4e-7 * expected, "{x}: {} {expected}", exp(x));
        }
        assert!(exp(-1e30) < 1e-37);
    }

    #[test]
    fn erf_agrees_with_tabulated_values() {
        let known =
            [(0.0, 0.0), (0.1, 0.112_462_92), (0.5, 0.520_499_9), (1.0, 0.842_700_8), (2.0, 0.995_322_3), (5.0, 1.0)];
        for (x, value) in known {
            assert!((erf(x) - value).abs() < 5e-7, "{x}: {}", erf(x));
            assert!((erf(-x) + value).abs() < 5e-7, "{x}: {}", erf(-x));
        }
    }

    #[test]
    fn shares_sum_to_one_and_ignore_what_lies_behind() {
        let mut scores = vec![1000.0, 1001.0, 999.0, f32::NAN];
        softmax_rows(&mut scores, 4, 3);
        let expected = [0.244_728_47, 0.665_240_94, 0.090_030_57];
        assert!(scores.iter().zip(expected).all(|(share, expected)| (share - expected).abs() < 1e-6), "{scores:?}");
    }

    #[test]
    fn rows_are_normalized_alone() {
        let mut values = vec![1.0, 3.0, 10.0, 10.0];
        normalize_rows(&mut values, &[2.0, 2.0], &[0.5, 0.5]);
        let expected = [-1.5, 2.5, 0.5, 0.5];
        assert!(values.iter().zip(expected).all(|(value, expected)| (value - expected).abs() < 1e-5), "{values:?}");
    }
}
