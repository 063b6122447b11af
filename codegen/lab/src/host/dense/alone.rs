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
        let wide = REGISTERS * S::F32_LANES;
        let whole = self.y.len() / wide * wide;
        for first in (0..whole).step_by(wide) {
            sum_outputs::<S, REGISTERS>(simd, self.layer, first, self.x, self.y);
        }
        let registers = whole + (self.y.len() - whole) / S::F32_LANES * S::F32_LANES;
        for first in (whole..registers).step_by(S::F32_LANES) {
            sum_outputs::<S, 1>(simd, self.layer, first, self.x, self.y);
        }
        // What fills no register.
        for (row, y) in self.y.iter_mut().enumerate().skip(registers) {
            let columns = self.layer.columns.iter().skip(row);
            let columns = columns.step_by(self.layer.outputs).zip(self.x);
            let bias = self.layer.bias.get(row).copied().unwrap_or(0.0);
            y[0] = columns.fold(bias, |sum, (weight, x)| sum + weight * x[0]);
        }
        for y in self.y.iter_mut().filter(|y| self.relu && y[0] < 0.0) {
            // Not a maximum, since a NaN must remain NaN.
            y[0] = 0.0;
        }
    }
}

/// Computes the outputs from `first` on that `R` registers hold.
#[inline(always)]
fn sum_outputs<S: Simd, const R: usize>(
    simd: S,
    layer: &FloatDense,
    first: usize,
    x: &[Lane],
    y: &mut [Lane],
) {
    let end = first + R * S::F32_LANES;
    let registers = |numbers: &[f32]| -> Option<[S::f32s; R]> {
        let numbers = S::as_simd_f32s(numbers.get(first..end)?).0;
        numbers.first_chunk::<R>().copied()
    };
    let Some(mut sums) = registers(&layer.bias) else {
        return;
    };
    for (column, x) in layer.columns.chunks_exact(layer.outputs).zip(x) {
        let x = simd.splat_f32s(x[0]);
        if let Some(weights) = registers(column) {
            for (sum, weights) in sums.iter_mut().zip(weights) {
                // Product and sum are rounded separately, as on a board; never fused.
                *sum = simd.add_f32s(*sum, simd.mul_f32s(weights, x));
            }
        }
    }
    let mut buffer = [0.0; REGISTERS * LANES];
    for (place, sum) in S::as_mut_simd_f32s(&mut buffer).0.iter_mut().zip(sums) {
        *place = sum;
    }
    for (y, sum) in y.iter_mut().skip(first).zip(&buffer[..end - first]) {
        y[0] = *sum;
    }
}
