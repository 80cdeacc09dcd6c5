//! Two ranked lists into one.

use std::collections::BTreeMap;

/// How much the dense leg counts against the lexical one.
const DENSE_WEIGHT: f64 = 0.6;

/// Fuses by a weighted sum of scores: cosines as they are, lexical scores relative to the best one. Ties are broken by the
/// id of the chunk, so that the same question gives the same answer. Returns chunk ids, best first.
#[must_use]
pub fn fuse(dense: &[(i64, f64)], lexical: &[(i64, f64)], k: usize) -> Vec<i64> {
    let best_lexical = lexical.iter().map(|(_, s)| *s).fold(0.0, f64::max);
    let lexical_weight = if dense.is_empty() { 1.0 } else { 1.0 - DENSE_WEIGHT };
    let mut scores: BTreeMap<i64, f64> = BTreeMap::new();
    for (id, cosine) in dense {
        *scores.entry(*id).or_default() += DENSE_WEIGHT * cosine.max(0.0);
    }
    for (id, score) in lexical {
        if best_lexical > 0.0 {
            *scores.entry(*id).or_default() += lexical_weight * score / best_lexical;
        }
    }
    let mut ranked: Vec<(i64, f64)> = scores.into_iter().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked.into_iter().take(k).map(|(id, _)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_both_legs_find_comes_first_and_ties_go_to_the_older_chunk() {
        assert_eq!(fuse(&[(1, 0.5), (2, 0.5)], &[(2, 3.0), (3, 3.0)], 9), [2, 3, 1]);
        assert_eq!(fuse(&[(9, 0.4), (4, 0.4)], &[], 9), [4, 9]);
    }

    proptest! {
        #[test]
        fn never_more_than_asked_for_and_never_twice(
            dense in prop::collection::vec((0_i64..50, -1.0..1.0_f64), 0..40),
            lexical in prop::collection::vec((0_i64..50, 0.0..30.0_f64), 0..40),
            k in 0_usize..20,
        ) {
            let fused = fuse(&dense, &lexical, k);
            prop_assert!(fused.len() <= k);
            let unique: std::collections::BTreeSet<_> = fused.iter().collect();
            prop_assert_eq!(unique.len(), fused.len());
        }
    }
}
