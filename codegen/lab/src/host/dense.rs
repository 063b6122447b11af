//! The dense kernel for sixteen rows at a time, with SIMD instructions.

use super::lane::{LANES, Lane};
use super::vectors::Vectors;
use nice_flow_codegen::module::float::FloatDense;
use pulp::{Simd, WithSimd};

/// `W x + b` for each lane: the bias, then column after column, as in `nice_flow::host::float::affine`.
pub(super) fn affine(vectors: Vectors, layer: &FloatDense, x: &[Lane], relu: bool) -> Vec<Lane> {
    let mut y = vec![[0.0; LANES]; layer.outputs];
    vectors.run(Affine {
        layer,
        x,
        y: &mut y,
        relu,
    });
    y
}

struct Affine<'a> {
    layer: &'a FloatDense,
    x: &'a [Lane],
    y: &'a mut [Lane],
    relu: bool,
}

impl WithSimd for Affine<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (panels, rest) = self.y.as_chunks_mut::<8>();
        let whole = panels.len() * 8;
        for (panel, y) in panels.iter_mut().enumerate() {
            accumulate(simd, self.layer, panel * 8, self.x, y);
        }
        for (row, y) in rest.iter_mut().enumerate() {
            accumulate(
                simd,
                self.layer,
                whole + row,
                self.x,
                std::array::from_mut(y),
            );
        }
        if self.relu {
            let zero = simd.splat_f32s(0.0);
            for h in S::as_mut_simd_f32s(self.y.as_flattened_mut()).0 {
                // Not a maximum, since a NaN must remain NaN.
                *h = simd.select_f32s(simd.less_than_f32s(*h, zero), zero, *h);
            }
        }
    }
}

/// Computes `R` outputs from `row` on.
#[inline(always)]
fn accumulate<S: Simd, const R: usize>(
    simd: S,
    layer: &FloatDense,
    row: usize,
    x: &[Lane],
    y: &mut [Lane; R],
) {
    let Some(bias) = layer
        .bias
        .get(row..)
        .and_then(|bias| bias.first_chunk::<R>())
    else {
        return;
    };
    // One SIMD register of lanes at a time.
    for part in 0..LANES / S::F32_LANES {
        let mut sums = bias.map(|bias| simd.splat_f32s(bias));
        for (column, x) in layer.columns.chunks_exact(layer.outputs).zip(x) {
            let x = S::as_simd_f32s(x).0[part];
            if let Some(weights) = column.get(row..).and_then(|rows| rows.first_chunk::<R>()) {
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    // Product and sum are rounded separately, as on a board; never fused.
                    *sum = simd.add_f32s(*sum, simd.mul_f32s(simd.splat_f32s(*weight), x));
                }
            }
        }
        for (y, sum) in y.iter_mut().zip(sums) {
            S::as_mut_simd_f32s(y).0[part] = sum;
        }
    }
}
