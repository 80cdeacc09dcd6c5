//! Products of matrices, with the vector instructions that the machine has.
//!
//! The right side is packed once: its columns lie in panels as wide as two vector registers, so that the inner loop
//! reads memory straight ahead. The left side is packed in tiles as high as registers allow. Each tile times each panel is
//! one loop that keeps all its sums in registers.

#![allow(clippy::inline_always, reason = "a function that is not inlined is compiled without vector instructions")]

use pulp::{Arch, Simd, WithSimd};

/// The width of a panel, in vector registers.
const VECTORS: usize = 2;

/// The instructions to use and the shape of tiles and panels that suits them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kernel {
    pub(super) arch: Arch,
    /// Columns of a panel.
    width: usize,
    /// Rows of a tile.
    height: usize,
}

impl Kernel {
    pub(super) fn detect() -> Self {
        struct Shape;
        impl WithSimd for Shape {
            type Output = (usize, usize);
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> (usize, usize) {
                (VECTORS * S::F32_LANES, if S::REGISTER_COUNT >= 32 { 12 } else { 6 })
            }
        }
        let arch = Arch::new();
        let (width, height) = arch.dispatch(Shape);
        Self { arch, width, height }
    }

    /// `out = left · right + bias`. Rows of `out` are [`Panels::stride`] long.
    pub(super) fn multiply(&self, left: Rows<'_>, right: &Panels, scratch: &mut Vec<f32>, out: &mut [f32]) {
        match self.height {
            12 => self.multiply_tiles::<12>(left, right, scratch, out),
            _ => self.multiply_tiles::<6>(left, right, scratch, out),
        }
    }

    fn multiply_tiles<const H: usize>(&self, left: Rows<'_>, right: &Panels, packed: &mut Vec<f32>, out: &mut [f32]) {
        let (depth, stride) = (right.depth, right.stride());
        pack_tiles::<H>(left, depth, packed);
        let panels = right.values.chunks(self.width * depth).zip(right.bias.chunks(self.width));
        for (column, (panel, bias)) in (0..).step_by(self.width).zip(panels) {
            for (tile, out) in packed.chunks(H * depth).zip(out.chunks_mut(H * stride)) {
                let Some(out) = out.get_mut(column..) else { continue };
                self.arch.dispatch(Product::<H> { tile, panel, bias, out, stride });
            }
        }
    }
}

/// Some columns of a matrix that lies row by row: each row begins `stride` behind the one before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) values: &'a [f32],
    pub(super) stride: usize,
}

/// The right side of a product.
#[derive(Debug, Default)]
pub(super) struct Panels {
    depth: usize,
    width: usize,
    values: Vec<f32>,
    /// Added to each row of the product.
    bias: Vec<f32>,
}

impl Panels {
    /// The matrix whose columns are the rows of `columns`: a linear layer as it is stored, or keys for their queries.
    pub(super) fn fill_columns(&mut self, kernel: &Kernel, columns: Rows<'_>, depth: usize) {
        let count = columns.values.len().div_ceil(columns.stride);
        self.reset(kernel, count, depth);
        for (group, panel) in
            columns.values.chunks(self.width * columns.stride).zip(self.values.chunks_mut(self.width * depth))
        {
            for (place, column) in group.chunks(columns.stride).enumerate() {
                for (row, value) in panel.chunks_exact_mut(self.width).zip(column) {
                    if let Some(slot) = row.get_mut(place) {
                        *slot = *value;
                    }
                }
            }
        }
    }

    /// The matrix of these rows, `count` columns wide.
    pub(super) fn fill_rows(&mut self, kernel: &Kernel, rows: Rows<'_>, count: usize) {
        let depth = rows.values.len().div_ceil(rows.stride);
        self.reset(kernel, count, depth);
        for (at, row) in rows.values.chunks(rows.stride).enumerate() {
            let parts = row.get(..count).unwrap_or(row).chunks(self.width);
            for (panel, part) in self.values.chunks_exact_mut(self.width * depth).zip(parts) {
                let slot = panel.chunks_exact_mut(self.width).nth(at).and_then(|slot| slot.get_mut(..part.len()));
                if let Some(slot) = slot {
                    slot.copy_from_slice(part);
                }
            }
        }
    }

    /// The same with something to add to each row of the product.
    pub(super) fn with_bias(mut self, bias: &[f32]) -> Self {
        self.bias.iter_mut().zip(bias).for_each(|(slot, value)| *slot = *value);
        self
    }

    /// The length of a row of the product: the number of columns, rounded up to whole panels.
    pub(super) fn stride(&self) -> usize {
        self.bias.len()
    }

    fn reset(&mut self, kernel: &Kernel, count: usize, depth: usize) {
        let columns = count.next_multiple_of(kernel.width);
        (self.depth, self.width) = (depth, kernel.width);
        self.bias.clear();
        self.bias.resize(columns, 0.0);
        self.values.clear();
        self.values.resize(columns * depth, 0.0);
    }
}

/// Turns groups of `H` rows on their side, so that a step of the product finds its `H` factors next to each other.
fn pack_tiles<const H: usize>(left: Rows<'_>, depth: usize, packed: &mut Vec<f32>) {
    let tiles = left.values.len().div_ceil(left.stride).div_ceil(H);
    packed.clear();
    packed.resize(tiles * H * depth, 0.0);
    for (rows, tile) in left.values.chunks(H * left.stride).zip(packed.chunks_exact_mut(H * depth)) {
        for (place, row) in rows.chunks(left.stride).enumerate() {
            for (step, value) in tile.as_chunks_mut::<H>().0.iter_mut().zip(row) {
                if let Some(slot) = step.get_mut(place) {
                    *slot = *value;
                }
            }
        }
    }
}

/// One tile times one panel.
struct Product<'a, const H: usize> {
    tile: &'a [f32],
    panel: &'a [f32],
    bias: &'a [f32],
    out: &'a mut [f32],
    stride: usize,
}

impl<const H: usize> WithSimd for Product<'_, H> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let panel = S::as_simd_f32s(self.panel).0.as_chunks::<VECTORS>().0;
        let bias = S::as_simd_f32s(self.bias).0.first_chunk().copied();
        let mut sums = [bias.unwrap_or([simd.splat_f32s(0.0); VECTORS]); H];
        for (factors, columns) in self.tile.as_chunks::<H>().0.iter().zip(panel) {
            for (sums, factor) in sums.iter_mut().zip(factors) {
                let factor = simd.splat_f32s(*factor);
                for (sum, column) in sums.iter_mut().zip(columns) {
                    *sum = simd.mul_add_e_f32s(factor, *column, *sum);
                }
            }
        }
        for (row, sums) in self.out.chunks_mut(self.stride).zip(&sums) {
            let row = S::as_mut_simd_f32s(row).0;
            row.iter_mut().zip(sums).for_each(|(slot, sum)| *slot = *sum);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_precision_loss)]

    use super::*;

    /// Small whole numbers, so that sums are exact in any order.
    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7 + seed) % 11) as f32 - 5.0).collect()
    }

    /// Each shape by each set of instructions this machine has, against three plain loops.
    #[test]
    fn products_are_exact_for_shapes_that_fill_no_tile() {
        let detected = Kernel::detect();
        let scalar = Kernel { arch: Arch::Scalar, width: VECTORS, height: 6 };
        for kernel in [detected, scalar] {
            for (rows, depth, columns) in [(1, 1, 1), (5, 3, 2), (12, 32, 40), (13, 8, 33), (25, 7, 64), (3, 50, 31)] {
                let (left, right) = (numbers(rows * depth, 1), numbers(columns * depth, 2));
                let bias = numbers(columns, 3);
                let turned: Vec<f32> = (0..depth * columns).map(|i| right[i % columns * depth + i / columns]).collect();
                let mut by_columns = Panels::default();
                by_columns.fill_columns(&kernel, Rows { values: &right, stride: depth }, depth);
                let mut by_rows = Panels::default();
                by_rows.fill_rows(&kernel, Rows { values: &turned, stride: columns }, columns);
                for panels in [by_columns.with_bias(&bias), by_rows.with_bias(&bias)] {
                    let mut out = vec![f32::NAN; rows * panels.stride()];
                    kernel.multiply(Rows { values: &left, stride: depth }, &panels, &mut Vec::new(), &mut out);
                    for (row, out) in out.chunks(panels.stride()).enumerate() {
                        for column in 0..columns {
                            let product: f32 =
                                (0..depth).map(|k| left[row * depth + k] * right[column * depth + k]).sum();
                            let expected = product + bias[column];
                            assert!(
                                (out[column] - expected).abs() < 1e-3,
                                "{rows}x{depth}x{columns} at {row},{column}"
                            );
                        }
                    }
                }
            }
        }
    }
}
