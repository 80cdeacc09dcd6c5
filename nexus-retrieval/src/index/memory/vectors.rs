//! The vectors of a corpus, as the database holds them: in half precision. Two bytes a number let twice as many corpora stay in
//! memory, and a comparison reads half as much of it.

#![allow(clippy::inline_always, reason = "a function that is not inlined is compiled without vector instructions")]

use half::f16;
use pulp::Arch;

/// How many sums are kept side by side, so that one addition does not wait for another.
const LANES: usize = 16;

/// Vectors of one dimension, one after another.
pub(super) struct Vectors {
    dimension: usize,
    numbers: Vec<f16>,
    /// What makes each as long as one; zero for what has no direction.
    scales: Vec<f32>,
    arch: Arch,
}

impl Vectors {
    pub(super) fn new(dimension: usize) -> Self {
        Self { dimension, numbers: Vec::new(), scales: Vec::new(), arch: Arch::new() }
    }

    pub(super) fn dimension(&self) -> usize {
        self.dimension
    }

    /// How much memory a vector takes.
    pub(super) fn bytes_each(&self) -> usize {
        self.dimension * size_of::<f16>() + size_of::<f32>()
    }

    /// Adds a vector, and says whether it has the dimension of the others.
    pub(super) fn push(&mut self, vector: &[f16]) -> bool {
        if vector.len() != self.dimension {
            return false;
        }
        self.numbers.extend_from_slice(vector);
        self.scales.push(scale(vector));
        true
    }

    /// The cosine of each to a vector of length one; of what has no direction zero.
    pub(super) fn cosines(&self, to: &[f32]) -> Vec<f32> {
        let mut cosines = vec![0.0; self.scales.len()];
        self.arch.dispatch(|| compare(&self.numbers, &self.scales, to, &mut cosines));
        cosines
    }

    /// The cosine of one of them.
    pub(super) fn cosine(&self, at: usize, to: &[f32]) -> f32 {
        let from = at * self.dimension;
        let vector = self.numbers.get(from..from + self.dimension).unwrap_or_default();
        self.arch.dispatch(|| dot(vector, to)) * self.scales.get(at).copied().unwrap_or_default()
    }

    /// Whether one of them has a direction.
    pub(super) fn is_directed(&self, at: usize) -> bool {
        self.scales.get(at).is_some_and(|scale| *scale > 0.0)
    }

    /// Gives room back that was taken ahead.
    pub(super) fn close(&mut self) {
        self.numbers.shrink_to_fit();
        self.scales.shrink_to_fit();
    }
}

/// A question's vector as the database would hold it, of length one; one of zeros when it has no direction.
pub(super) fn asked(vector: &[f32]) -> Vec<f32> {
    let halves: Vec<f16> = vector.iter().map(|x| f16::from_f32(*x)).collect();
    let scale = scale(&halves);
    halves.into_iter().map(|x| widen(x) * scale).collect()
}

fn scale(vector: &[f16]) -> f32 {
    let norm = vector.iter().map(|x| widen(*x) * widen(*x)).sum::<f32>().sqrt();
    if norm.is_finite() && norm > 0.0 { norm.recip() } else { 0.0 }
}

#[inline(always)]
fn compare(numbers: &[f16], scales: &[f32], to: &[f32], cosines: &mut [f32]) {
    for ((vector, scale), cosine) in numbers.chunks_exact(to.len().max(1)).zip(scales).zip(cosines) {
        *cosine = dot(vector, to) * scale;
    }
}

#[inline(always)]
fn dot(a: &[f16], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| widen(*x) * y).sum();
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for ((sum, x), y) in sums.iter_mut().zip(a).zip(b) {
            *sum += widen(*x) * y;
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// The same number in single precision; `half` calls a function for it, where this becomes a few vector instructions. What is no
/// number becomes a large one: the database holds none.
#[inline(always)]
fn widen(x: f16) -> f32 {
    let magnitude = u32::from(x.to_bits() & 0x7fff) << 13;
    let normal = f32::from_bits(magnitude + (112 << 23));
    let subnormal = f32::from_bits(magnitude + (113 << 23)) - f32::from_bits(113 << 23);
    let positive = if magnitude < 1 << 23 { subnormal } else { normal };
    f32::from_bits(positive.to_bits() | u32::from(x.to_bits() & 0x8000) << 16)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_number_of_half_precision_stays_what_it_is() {
        for x in (0..=u16::MAX).map(f16::from_bits).filter(|x| x.is_finite()) {
            assert_eq!(widen(x).to_bits(), x.to_f32().to_bits(), "{x}");
        }
    }

    proptest! {
        /// Of any dimension, also of those that fill no register.
        #[test]
        fn cosines_are_those_of_double_precision(
            numbers in prop::collection::vec((-8_i8..8, -8_i8..8), 1..70), zeros in any::<bool>()
        ) {
            let of: Vec<f16> = numbers.iter().map(|(x, _)| f16::from_f32(if zeros { 0.0 } else { f32::from(*x) / 3.0 })).collect();
            let to: Vec<f32> = numbers.iter().map(|(_, y)| f32::from(*y)).collect();
            let mut vectors = Vectors::new(of.len());
            prop_assert!(vectors.push(&of) && vectors.push(&of) && !vectors.push(&[f16::ONE; 71]));
            let wide: Vec<f64> = of.iter().map(|x| x.to_f64()).collect();
            let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
            let product: f64 = wide.iter().zip(&to).map(|(x, y)| x * f64::from(*y)).sum();
            let whole = norm(&wide) * norm(&to.iter().map(|y| f64::from(*y)).collect::<Vec<_>>());
            let expected = if whole > 0.0 { product / whole } else { 0.0 };
            for found in vectors.cosines(&asked(&to)).into_iter().chain([vectors.cosine(1, &asked(&to))]) {
                prop_assert!((f64::from(found) - expected).abs() < 1e-5, "{found} {expected}");
            }
            prop_assert_eq!(vectors.is_directed(1), norm(&wide) > 0.0);
        }
    }
}
