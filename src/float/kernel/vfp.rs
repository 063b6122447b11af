//! The panels on ARM cores with an FPU, in assembly.
//!
//! One `vldmia` reads eight weights, where LLVM emits eight `vldr`. And LLVM may fuse a `vmul` and a `vadd` to a `vmla`, which
//! rounds the same but takes three cycles; in assembly it cannot. The sums and their order are the portable kernel's, so the
//! bits are too.
//!
//! The network 16x4x64x2 on a Cortex-M4F, whole score, instructions (estimated cycles) a MAC at opt-level 3 / s / z:
//! 2.6 (3.8) / 2.6 (3.8) / 2.6 (3.9). With sixteen rows written out by name in safe Rust it took 3.8 (4.2) / 3.8 (4.2) /
//! 3.0 (6.1), and 2.8 (5.9) at 3 where no target CPU is set. `nice-flow bench` measures such a score.
//!
//! Fewer than four rows, the last layer of a small model, have panels of their own, with two columns a turn. A column of three
//! rows takes 8 instructions; row by row it took 36.

mod panel;
mod relu;

use super::positive;
use core::mem::MaybeUninit;

/// A layer whose lengths were compared.
struct Layer {
    weight: *const f32,
    bias: *const f32,
    x: *const f32,
    /// At least one.
    columns: usize,
    rectified: bool,
    y: *mut f32,
    rows: usize,
}

/// Panels of sixteen rows, then of eight, then of four; the last one may repeat rows, which get the same bits again.
/// One panel where there are fewer than four.
///
/// `None` if the lengths disagree.
pub(super) fn panels(
    weight: &[f32],
    bias: &[f32],
    x: &[f32],
    rectified: bool,
    y: &mut [MaybeUninit<f32>],
) -> Option<()> {
    let rows = y.len();
    if rows > bias.len() || rows.checked_mul(x.len())? > weight.len() {
        return None;
    }
    let layer = Layer {
        weight: weight.as_ptr(),
        bias: bias.as_ptr(),
        x: x.as_ptr(),
        columns: x.len(),
        rectified,
        y: y.as_mut_ptr().cast(),
        rows,
    };
    if x.is_empty() {
        biases(bias, rectified, y);
        return Some(());
    }
    // SAFETY: the lengths are those of the layer, as the lines above compared, and there is a column.
    unsafe {
        match rows {
            0 => {}
            1 => layer.one(),
            2 => layer.two(),
            3 => layer.three(),
            _ => layer.four_or_more(),
        }
    }
    Some(())
}

/// What a layer without columns gives.
fn biases(bias: &[f32], rectified: bool, y: &mut [MaybeUninit<f32>]) {
    for (y, bias) in y.iter_mut().zip(bias) {
        y.write(if rectified { positive(*bias) } else { *bias });
    }
}

impl Layer {
    /// # Safety
    ///
    /// `weight` has `rows · columns` numbers, `bias` has `rows`, `x` has `columns > 0`; `y` has room for `rows ≥ 4`.
    #[inline]
    unsafe fn four_or_more(&self) {
        let mut row = 0usize;
        // SAFETY: as above, and each panel ends at `rows` at the latest.
        unsafe {
            while self.rows.wrapping_sub(row) >= 16 {
                self.sixteen(row);
                row = row.wrapping_add(16);
            }
            if self.rows.wrapping_sub(row) >= 8 {
                self.eight(row);
                row = row.wrapping_add(8);
            }
            while row < self.rows {
                row = row.min(self.rows.wrapping_sub(4));
                self.four(row);
                row = row.wrapping_add(4);
            }
        }
    }
}
