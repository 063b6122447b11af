//! `y = W x + b`, the one kernel under every layer of numbers.
//!
//! ```text
//! y[r] = b[r] + W[r][0] x[0] + W[r][1] x[1] + …        in this order, one sum a row, nothing fused
//! ```
//!
//! The order never depends on the sizes or the processor, so host and board give the same bits. `W` is
//! column-major without padding, as nalgebra stores it. Sixteen rows walk the columns together, then four, then
//! one: independent sums, one load of `x` for all, and vectors on a host. On ARM cores with an FPU the panels are
//! in `vfp.rs`. Not generic, so one copy serves all layers, at the user's opt-level.

#[cfg(all(target_arch = "arm", target_abi = "eabihf"))]
mod vfp;
#[cfg(all(target_arch = "arm", target_abi = "eabihf"))]
use vfp::panels;

/// `y = W x + b`.
///
/// `weight` has `y.len()` rows and `x.len()` columns, one column after the other; `bias` has `y.len()` elements.
/// If the lengths disagree, which the types of [`Dense`](super::Dense) exclude, rows of `y` are left as they were: a panic
/// would be linked into every model.
#[inline(never)]
pub fn affine(weight: &[f32], bias: &[f32], x: &[f32], y: &mut [f32]) {
    // `None` also where `vfp.rs` finds fewer than four rows; a row at a time is right for any number of them.
    if panels(weight, bias, x, y).is_none() {
        for row in 0..y.len() {
            let _ = panel::<1>(weight, bias, x, y, row);
        }
    }
}

/// Elements below zero become zero; a NaN stays NaN and `-0.0` stays `-0.0`.
#[inline(never)]
pub fn relu(h: &mut [f32]) {
    for h in h {
        // Not `f32::max`: a library call on Cortex-M4, and it would hide a NaN. Not `if *h < 0.0 { *h = 0.0 }`: on a
        // host that is a branch, which is predicted wrongly half the time.
        *h = if *h < 0.0 { 0.0 } else { *h };
    }
}

/// The portable panels; `None` if the lengths disagree.
#[cfg(not(all(target_arch = "arm", target_abi = "eabihf")))]
fn panels(weight: &[f32], bias: &[f32], x: &[f32], y: &mut [f32]) -> Option<()> {
    let mut row = 0usize;
    while y.len().wrapping_sub(row) >= 16 {
        panel::<16>(weight, bias, x, y, row)?;
        row = row.wrapping_add(16);
    }
    while y.len().wrapping_sub(row) >= 4 {
        panel::<4>(weight, bias, x, y, row)?;
        row = row.wrapping_add(4);
    }
    while row < y.len() {
        panel::<1>(weight, bias, x, y, row)?;
        row = row.wrapping_add(1);
    }
    Some(())
}

/// Rows `row..row + R` of `y = W x + b`; `None` if a slice is too short.
#[inline]
fn panel<const R: usize>(
    weight: &[f32],
    bias: &[f32],
    x: &[f32],
    y: &mut [f32],
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
    *y.get_mut(row..)?.first_chunk_mut()? = sums;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{affine, relu};

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
    }
}
