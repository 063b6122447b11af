//! The dense kernel for one row.

use super::{LANES, Lane};
use nice_flow_codegen::module::float::FloatDense;
use pulp::{Simd, WithSimd};

/// The first lane only, whose outputs are computed side by side: a sixteenth of the work, and the same sums.
pub(super) struct Alone<'a> {
    pub layer: &'a FloatDense,
    pub x: &'a [Lane],
    pub y: &'a mut [Lane],
    pub relu: bool,
}

/// Registers of outputs that are summed at a time, so that one need not wait for the last.
const REGISTERS: usize = 4;

impl WithSimd for Alone<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut first = 0;
        let mut sums = [0.0; REGISTERS * LANES];
        for y in self.y.chunks_mut(REGISTERS * S::F32_LANES) {
            sum_outputs(simd, self.layer, first, self.x, &mut sums[..y.len()]);
            first += y.len();
            for (y, sum) in y.iter_mut().zip(sums) {
                // Not a maximum, since a NaN must remain NaN.
                y[0] = if self.relu && sum < 0.0 { 0.0 } else { sum };
            }
        }
    }
}

/// Computes the outputs from `first` on, at most as many as four registers hold.
#[inline(always)]
fn sum_outputs<S: Simd>(
    simd: S,
    layer: &FloatDense,
    first: usize,
    x: &[Lane],
    outputs: &mut [f32],
) {
    let end = first + outputs.len();
    let part = |numbers: &[f32], register: usize| {
        let from = first + register * S::F32_LANES;
        let to = (from + S::F32_LANES).min(end);
        simd.partial_load_f32s(numbers.get(from..to).unwrap_or(&[]))
    };
    let mut sums: [S::f32s; REGISTERS] = std::array::from_fn(|i| part(&layer.bias, i));
    for (column, x) in layer.columns.chunks_exact(layer.outputs).zip(x) {
        let x = simd.splat_f32s(x[0]);
        for (i, sum) in sums.iter_mut().enumerate() {
            // Product and sum are rounded separately, as on a board; never fused.
            *sum = simd.add_f32s(*sum, simd.mul_f32s(part(column, i), x));
        }
    }
    for (outputs, sum) in outputs.chunks_mut(S::F32_LANES).zip(sums) {
        simd.partial_store_f32s(outputs, sum);
    }
}
