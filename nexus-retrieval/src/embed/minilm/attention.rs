//! Each token of a text looks at all tokens of the same text.

use super::{
    kernel::{Kernel, Panels, Rows},
    math,
    model::{HEAD, HEADS, HIDDEN},
};

/// The width of queries, keys and values next to each other.
const PROJECTED: usize = 3 * HIDDEN;

/// Memory that one text after another uses.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    keys: Panels,
    values: Panels,
    scores: Vec<f32>,
    mixed: Vec<f32>,
    packed: Vec<f32>,
}

/// Mixes the values of one text into `out`, one row of [`HIDDEN`] a token. `projected` holds queries, keys and values in
/// one row a token; queries are already divided by the root of their width.
pub(super) fn attend(kernel: &Kernel, projected: &[f32], scratch: &mut Scratch, out: &mut [f32]) {
    let tokens = projected.len() / PROJECTED;
    for head in 0..HEADS {
        let columns = |part: usize| Rows {
            values: projected.get(part * HIDDEN + head * HEAD..).unwrap_or_default(),
            stride: PROJECTED,
        };
        scratch.keys.fill_columns(kernel, columns(1), HEAD);
        let stride = scratch.keys.stride();
        scratch.scores.resize(tokens * stride, 0.0);
        kernel.multiply(columns(0), &scratch.keys, &mut scratch.packed, &mut scratch.scores);
        let scores = &mut scratch.scores;
        kernel.arch.dispatch(|| math::softmax_rows(scores, stride, tokens));

        scratch.values.fill_rows(kernel, columns(2), HEAD);
        let width = scratch.values.stride();
        scratch.mixed.resize(tokens * width, 0.0);
        let shares = Rows { values: &scratch.scores, stride };
        kernel.multiply(shares, &scratch.values, &mut scratch.packed, &mut scratch.mixed);
        for (out, mixed) in out.chunks_exact_mut(HIDDEN).zip(scratch.mixed.chunks_exact(width)) {
            let slot = out.get_mut(head * HEAD..).unwrap_or_default();
            slot.iter_mut().zip(mixed).take(HEAD).for_each(|(slot, value)| *slot = *value);
        }
    }
}
