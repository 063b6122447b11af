//! The dense kernel for sixteen rows at a time, or for one, with SIMD instructions.

mod alone;

use super::lane::{LANES, Lane};
use super::workbench::Workbench;
use alone::Alone;
use nice_flow_codegen::module::float::FloatDense;
use pulp::{Simd, WithSimd};

/// `W x + b` for each lane that holds a row, or its ReLU: the bias, then column after column, as in `nice_flow::host::float::affine`.
pub(super) fn affine(
    bench: &mut Workbench,
    layer: &FloatDense,
    x: &[Lane],
    relu: bool,
) -> Vec<Lane> {
    let mut y = bench.take(layer.outputs);
    let (vectors, into) = (bench.vectors, &mut y[..]);
    match vectors.is_alone() {
        true => vectors.run(Alone {
            layer,
            x,
            y: into,
            relu,
        }),
        false => vectors.run(Affine {
            layer,
            x,
            y: into,
            relu,
        }),
    }
    y
}

struct Affine<'a> {
    layer: &'a FloatDense,
    x: &'a [Lane],
    y: &'a mut [Lane],
    relu: bool,
}

/// Rows of a tile: each is a sum in a register, and as many are added to at a time as hide how long an addition takes.
const TALL: usize = 12;

impl WithSimd for Affine<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut row = 0;
        while row < self.y.len() {
            row += match self.y.len() - row {
                // What is left then is no tile, or eight rows or more.
                TALL | 20.. => self.tile::<S, TALL>(simd, row),
                8.. => self.tile::<S, 8>(simd, row),
                4.. => self.tile::<S, 4>(simd, row),
                _ => self.tile::<S, 1>(simd, row),
            };
        }
    }
}

impl Affine<'_> {
    /// Computes `R` outputs from `row` on; returns `R`.
    #[inline(always)]
    fn tile<S: Simd, const R: usize>(&mut self, simd: S, row: usize) -> usize {
        let Self { layer, x, relu, .. } = *self;
        let (Some(y), Some(bias)) = (
            self.y[row..].first_chunk_mut::<R>(),
            layer.bias[row..].first_chunk::<R>(),
        ) else {
            return R;
        };
        let zero = simd.splat_f32s(0.0);
        // One SIMD register of lanes at a time.
        for part in 0..LANES / S::F32_LANES {
            let mut sums = [zero; R];
            for (sum, bias) in sums.iter_mut().zip(bias) {
                *sum = simd.splat_f32s(*bias);
            }
            for (column, x) in layer.columns.chunks_exact(layer.outputs).zip(x) {
                let x = S::as_simd_f32s(x).0[part];
                if let Some(weights) = column[row..].first_chunk::<R>() {
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        // Product and sum are rounded separately, as on a board; never fused.
                        *sum = simd.add_f32s(*sum, simd.mul_f32s(simd.splat_f32s(*weight), x));
                    }
                }
            }
            for (y, sum) in y.iter_mut().zip(sums) {
                S::as_mut_simd_f32s(y).0[part] = match relu {
                    // Not a maximum, since a NaN must remain NaN.
                    true => simd.select_f32s(simd.less_than_f32s(sum, zero), zero, sum),
                    false => sum,
                };
            }
        }
        R
    }
}
