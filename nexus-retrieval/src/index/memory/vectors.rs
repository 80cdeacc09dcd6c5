//! The vectors of a corpus, of length one, compared with a question's by the vector instructions of the machine.

#![allow(clippy::inline_always, reason = "a function that is not inlined is compiled without vector instructions")]

use pgvector::HalfVector;
use pulp::Arch;

/// How many sums are kept side by side, so that one addition does not wait for another.
const LANES: usize = 16;

/// Vectors of one dimension, one after another.
pub(super) struct Vectors {
    dimension: usize,
    /// Each of length one, or of zeros when it has no direction.
    numbers: Vec<f32>,
    arch: Arch,
}

impl Vectors {
    pub(super) fn new(dimension: usize) -> Self {
        Self { dimension, numbers: Vec::new(), arch: Arch::new() }
    }

    pub(super) fn dimension(&self) -> usize {
        self.dimension
    }

    /// How much memory a vector takes.
    pub(super) fn bytes_each(&self) -> usize {
        self.dimension * size_of::<f32>()
    }

    /// Adds a vector, and says whether it has the dimension of the others.
    pub(super) fn push(&mut self, vector: impl ExactSizeIterator<Item = f32>) -> bool {
        if vector.len() != self.dimension {
            return false;
        }
        let from = self.numbers.len();
        self.numbers.extend(vector);
        normalise(self.numbers.get_mut(from..).unwrap_or_default());
        true
    }

    /// The cosine of each to a vector of length one; of what has no direction zero.
    pub(super) fn cosines(&self, to: &[f32]) -> Vec<f32> {
        let vectors = self.numbers.chunks_exact(self.dimension.max(1));
        vectors.map(|vector| self.arch.dispatch(|| dot(vector, to))).collect()
    }

    /// The cosine of one of them.
    pub(super) fn cosine(&self, at: usize, to: &[f32]) -> f32 {
        self.arch.dispatch(|| dot(self.vector(at), to))
    }

    /// Whether one of them has a direction.
    pub(super) fn is_directed(&self, at: usize) -> bool {
        self.vector(at).iter().any(|x| *x != 0.0)
    }

    fn vector(&self, at: usize) -> &[f32] {
        let from = at * self.dimension;
        self.numbers.get(from..from + self.dimension).unwrap_or_default()
    }

    /// Gives room back that was taken ahead.
    pub(super) fn close(&mut self) {
        self.numbers.shrink_to_fit();
    }
}

/// A question's vector in the precision of the database, of length one; one of zeros when it has no direction.
pub(super) fn asked(vector: &[f32]) -> Vec<f32> {
    let halves = HalfVector::from_f32_slice(vector);
    let mut vector: Vec<f32> = halves.as_slice().iter().map(|x| x.to_f32()).collect();
    normalise(&mut vector);
    vector
}

fn normalise(vector: &mut [f32]) {
    let norm = dot(vector, vector).sqrt();
    if norm.is_finite() && norm > 0.0 {
        for x in vector {
            *x /= norm;
        }
    } else {
        vector.fill(0.0);
    }
}

#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for ((sum, x), y) in sums.iter_mut().zip(a).zip(b) {
            *sum += x * y;
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Of any dimension, also of those that fill no register.
        #[test]
        fn cosines_are_those_of_double_precision(
            numbers in prop::collection::vec((-8_i8..8, -8_i8..8), 1..70), zeros in any::<bool>()
        ) {
            let of: Vec<f32> =
                numbers.iter().map(|(x, _)| if zeros { 0.0 } else { f32::from(*x) / 3.0 }).collect();
            let to: Vec<f32> = numbers.iter().map(|(_, y)| f32::from(*y)).collect();
            let mut vectors = Vectors::new(of.len());
            let mut push = |vector: &[f32]| vectors.push(vector.iter().copied());
            prop_assert!(push(&of) && push(&of) && !push(&[1.0; 71]));
            let wide: Vec<f64> = of.iter().map(|x| f64::from(*x)).collect();
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
