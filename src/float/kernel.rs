//! `y = W x + b`, the one kernel under every layer of numbers.
//!
//! ```text
//! y[r] = b[r] + W[r][0] x[0] + W[r][1] x[1] + …        in this order, one sum a row, nothing fused
//! ```
//!
//! The order never depends on the sizes or the processor, so host and board give the same bits. `W` is
//! column-major without padding, as nalgebra stores it. Sixteen rows walk the columns together, then four, then
//! one: independent sums, one load of `x` for all, and vectors on a host. A ReLU is taken of the sums before they are
//! written. On ARM cores with an FPU the panels are in `vfp.rs`, on those with Helium in `helium.rs`. Not generic, so
//! one copy serves all layers, at the user's opt-level.

// That a layer has written its buffer, below.
#![allow(unsafe_code)]

#[cfg(all(target_arch = "arm", target_abi = "eabihf"))]
mod vfp;
#[cfg(all(target_arch = "arm", target_abi = "eabihf", not(core = "helium")))]
use vfp::panels;

#[cfg(core = "helium")]
mod helium;
#[cfg(core = "helium")]
use helium::panels;

pub(super) use crate::unwritten::buffer;
use crate::unwritten::{unwritten, written};
use core::mem::MaybeUninit;

/// `y = W x + b`, and `max(0, y)` of that if it is to be `rectified`, a NaN staying one.
///
/// `weight` has `R` rows and `x.len()` columns, one column after the other; `bias` has `R` elements. If the lengths disagree,
/// which the types of [`Dense`](super::Dense) exclude, `y` is NaN: a panic would be linked into every model.
#[inline]
pub(super) fn layer<'y, const R: usize>(
    weight: &[f32],
    bias: &[f32],
    x: &[f32],
    rectified: bool,
    y: &'y mut [MaybeUninit<f32>; R],
) -> &'y mut [f32; R] {
    write(weight, bias, x, rectified, y);
    // SAFETY: `write` has written each element.
    unsafe { written(y) }
}

/// [`layer`] for a buffer that holds older numbers.
#[inline]
pub(super) fn overwrite(weight: &[f32], bias: &[f32], x: &[f32], rectified: bool, y: &mut [f32]) {
    write(weight, bias, x, rectified, unwritten(y));
}

/// `y = W x + b`; if the lengths disagree, some rows of `y` are left as they were.
pub fn affine(weight: &[f32], bias: &[f32], x: &[f32], y: &mut [f32]) {
    let _ = panels(weight, bias, x, false, unwritten(y));
}

/// `y = max(0, W x + b)`, a NaN staying one; if the lengths disagree, some rows of `y` are left as they were.
pub fn hidden(weight: &[f32], bias: &[f32], x: &[f32], y: &mut [f32]) {
    let _ = panels(weight, bias, x, true, unwritten(y));
}

/// Writes every element of `y`, as [`layer`] has it.
#[inline(never)]
fn write(weight: &[f32], bias: &[f32], x: &[f32], rectified: bool, y: &mut [MaybeUninit<f32>]) {
    if panels(weight, bias, x, rectified, y).is_none() {
        y.fill(MaybeUninit::new(f32::NAN));
    }
}

#[cfg(core = "helium")]
pub use helium::relu;

/// Elements below zero become zero; a NaN stays NaN and `-0.0` stays `-0.0`.
#[inline(never)]
#[cfg(not(core = "helium"))]
pub fn relu(h: &mut [f32]) {
    for h in h {
        *h = positive(*h);
    }
}

/// One element of [`relu`].
// Not `f32::max`: a library call on Cortex-M4, and it would hide a NaN. Not `if h < 0.0 { *h = 0.0 }`: on a host that is a
// branch, which is predicted wrongly half the time.
#[inline]
fn positive(h: f32) -> f32 {
    if h < 0.0 { 0.0 } else { h }
}

/// The portable panels; `None` if the lengths disagree.
#[cfg(not(all(target_arch = "arm", target_abi = "eabihf")))]
fn panels(
    weight: &[f32],
    bias: &[f32],
    x: &[f32],
    rectified: bool,
    y: &mut [MaybeUninit<f32>],
) -> Option<()> {
    let mut row = 0usize;
    while y.len().wrapping_sub(row) >= 16 {
        panel::<16>(weight, bias, x, rectified, y, row)?;
        row = row.wrapping_add(16);
    }
    while y.len().wrapping_sub(row) >= 4 {
        panel::<4>(weight, bias, x, rectified, y, row)?;
        row = row.wrapping_add(4);
    }
    while row < y.len() {
        panel::<1>(weight, bias, x, rectified, y, row)?;
        row = row.wrapping_add(1);
    }
    Some(())
}

/// Rows `row..row + R` of `y = W x + b`; `None` if a slice is too short.
#[cfg(not(all(target_arch = "arm", target_abi = "eabihf")))]
#[inline]
fn panel<const R: usize>(
    weight: &[f32],
    bias: &[f32],
    x: &[f32],
    rectified: bool,
    y: &mut [MaybeUninit<f32>],
    row: usize,
) -> Option<()> {
    let rows = y.len();
    let mut sums: [f32; R] = *bias.get(row..rows)?.first_chunk()?;
    let mut rest = weight;
    for x in x {
        let (column, next) = rest.split_at_checked(rows)?;
        let weights: &[f32; R] = column.get(row..)?.first_chunk()?;
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum += weight * x;
        }
        rest = next;
    }
    // One by one: `map` would put a second panel, and at opt-levels s and z a third, on the stack beside the first.
    if rectified {
        for sum in &mut sums {
            *sum = positive(*sum);
        }
    }
    let y: &mut [MaybeUninit<f32>; R] = y.get_mut(row..)?.first_chunk_mut()?;
    for (y, sum) in y.iter_mut().zip(&sums) {
        y.write(*sum);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{affine, hidden, relu};

    /// The definition, row by row.
    fn naive(weight: &[f32], bias: &[f32], x: &[f32], y: &mut [f32]) {
        let rows = y.len();
        for r in 0..rows {
            y[r] = (0..x.len()).fold(bias[r], |s, c| s + weight[c * rows + r] * x[c]);
        }
    }

    /// Fills with a repeatable sequence in [-1, 1).
    fn fill(values: &mut [f32], mut seed: u32) {
        for v in values {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *v = seed as i32 as f32 / 2_147_483_648.0;
        }
    }

    #[test]
    fn bits_equal_the_naive_sum_for_all_sizes() {
        let (mut weight, mut bias, mut x) = ([0.0; 70 * 33], [0.0; 70], [0.0; 33]);
        fill(&mut weight, 1);
        fill(&mut bias, 2);
        fill(&mut x, 3);
        for (rows, columns) in (0..=70).flat_map(|r| (0..=33).map(move |c| (r, c))) {
            let (mut y, mut expected) = ([7.0; 70], [7.0; 70]);
            let (w, b, x) = (&weight[..rows * columns], &bias[..rows], &x[..columns]);
            affine(w, b, x, &mut y[..rows]);
            naive(w, b, x, &mut expected[..rows]);
            assert_eq!(
                y.map(f32::to_bits),
                expected.map(f32::to_bits),
                "{rows} x {columns}"
            );
            hidden(w, b, x, &mut y[..rows]);
            relu(&mut expected[..rows]);
            assert_eq!(
                y.map(f32::to_bits),
                expected.map(f32::to_bits),
                "{rows} x {columns}, rectified"
            );
        }
    }

    #[test]
    fn relu_keeps_nan_and_negative_zero() {
        let mut h = [f32::NAN, -f32::NAN, -0.0, -1.0, 1.0];
        relu(&mut h);
        assert!(h[0].is_nan() && h[1].is_nan());
        assert_eq!(
            [h[2], h[3], h[4]].map(f32::to_bits),
            [-0.0f32, 0.0, 1.0].map(f32::to_bits)
        );
    }

    #[test]
    fn wrong_lengths_do_not_panic() {
        let mut y = [7.0; 21];
        affine(&[1.0; 20], &[1.0; 21], &[1.0; 3], &mut y);
        affine(&[1.0; 21], &[1.0; 20], &[1.0; 1], &mut y);
        let mut unwritten = super::buffer::<_, 21>();
        let y = super::layer(&[1.0; 20], &[1.0; 21], &[1.0; 3], true, &mut unwritten);
        assert!(y.iter().all(|y| y.is_nan()));
    }
}
