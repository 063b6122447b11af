//! The dense kernel, sixteen rows at a time, on the widest SIMD that the processor has.

use super::Lane;
use crate::module::Dense;
use pulp::{Arch, Simd, WithSimd};

/// `W x + b` for each lane: the bias, then column after column, as in `nice_flow::float::kernel`.
pub(super) fn affine(layer: &Dense, x: &[Lane], relu: bool) -> Vec<Lane> {
    let mut y: Vec<Lane> = layer
        .bias
        .iter()
        .map(|bias| [*bias; super::LANES])
        .collect();
    Arch::new().dispatch(Affine {
        layer,
        x,
        y: &mut y,
        relu,
    });
    y
}

struct Affine<'a> {
    layer: &'a Dense,
    x: &'a [Lane],
    y: &'a mut [Lane],
    relu: bool,
}

impl WithSimd for Affine<'_> {
    type Output = ();

    // Plain loops: compiled once for each instruction set, where they become vectors of its width.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (panels, rest) = self.y.as_chunks_mut::<4>();
        let whole = panels.len() * 4;
        for (panel, y) in panels.iter_mut().enumerate() {
            accumulate(
                &self.layer.columns,
                self.layer.outputs,
                panel * 4,
                self.x,
                y,
            );
        }
        for (row, y) in rest.iter_mut().enumerate() {
            accumulate(
                &self.layer.columns,
                self.layer.outputs,
                whole + row,
                self.x,
                std::array::from_mut(y),
            );
        }
        if self.relu {
            for h in self.y.as_flattened_mut() {
                *h = if *h < 0.0 { 0.0 } else { *h };
            }
        }
    }
}

/// Adds to `R` outputs, from `row` on, what every input contributes.
#[inline(always)]
fn accumulate<const R: usize>(
    columns: &[f32],
    outputs: usize,
    row: usize,
    x: &[Lane],
    y: &mut [Lane; R],
) {
    let mut sums = *y;
    for (column, x) in columns.chunks_exact(outputs).zip(x) {
        if let Some(weights) = column.get(row..).and_then(|rows| rows.first_chunk::<R>()) {
            for (sums, weight) in sums.iter_mut().zip(weights) {
                for (sum, x) in sums.iter_mut().zip(x) {
                    *sum += weight * x;
                }
            }
        }
    }
    *y = sums;
}
