//! `y = W x + b`, the one kernel under every layer of numbers.
//!
//! ```text
//! y[r] = b[r] + W[r][0] x[0] + W[r][1] x[1] + …        in this order, one sum a row, nothing fused
//! ```
//!
//! The order never depends on the sizes or the processor, so host and board give the same bits. `W` is
//! column-major without padding, as nalgebra stores it. Sixteen rows walk the columns together, then eight, then
//! one: independent sums, and one load of `x` for all. On ARM cores with an FPU the panels are in `vfp.rs`.
//!
//! Rows are written out by name: `for r in 0..8` falls from 3.5 to 27 instructions a MAC at opt-level z.

#[cfg(all(target_arch = "arm", target_abi = "eabihf"))]
mod vfp;
#[cfg(all(target_arch = "arm", target_abi = "eabihf"))]
use vfp::panels;

/// `y = W x + b`.
///
/// `weight` has `y.len()` rows and `x.len()` columns, one column after the other; `bias` has `y.len()` elements.
/// If the lengths disagree, which the types of [`Dense`](super::Dense) exclude, rows of `y` are left as they
/// were: there is no panic to link.
#[inline(never)]
pub fn affine(weight: &[f32], bias: &[f32], x: &[f32], y: &mut [f32]) {
    if panels(weight, bias, x, y).is_none() {
        for row in 0..y.len() {
            let _ = single(weight, bias, x, y, row);
        }
    }
}

/// Elements below zero become zero; a NaN stays NaN and `-0.0` stays `-0.0`.
#[inline(never)]
pub fn relu(h: &mut [f32]) {
    for h in h {
        // Not `f32::max`: a library call on Cortex-M4, and it would hide a NaN.
        if *h < 0.0 {
            *h = 0.0;
        }
    }
}

/// One row; `None` if a slice is too short.
fn single(weight: &[f32], bias: &[f32], x: &[f32], y: &mut [f32], row: usize) -> Option<()> {
    let rows = y.len();
    let mut sum = *bias.get(row)?;
    let mut rest = weight;
    for x in x {
        let (column, next) = rest.split_at_checked(rows)?;
        sum += column.get(row)? * x;
        rest = next;
    }
    *y.get_mut(row)? = sum;
    Some(())
}

/// The portable panels; `None` if the lengths disagree.
#[cfg(not(all(target_arch = "arm", target_abi = "eabihf")))]
#[rustfmt::skip] // one name a line would be 200 lines
fn panels(weight: &[f32], bias: &[f32], x: &[f32], y: &mut [f32]) -> Option<()> {
    let rows = y.len();
    let bias = bias.get(..rows)?;
    let mut row = 0usize;
    while let Some(&[
        mut s0, mut s1, mut s2, mut s3, mut s4, mut s5, mut s6, mut s7,
        mut s8, mut s9, mut s10, mut s11, mut s12, mut s13, mut s14, mut s15,
    ]) = rows_at(bias, row) {
        let mut rest = weight;
        for &x in x {
            let (column, next) = rest.split_at_checked(rows)?;
            // Says nothing new (`bias` had as many rows), so it costs nothing; see `rows_at`.
            let &[w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15] = rows_at(column, row)?;
            rest = next;
            // Fifteen products before their sums keep 32 registers busy: 4.2 cycles a MAC on a Cortex-M4F, 5.0 in the plain order.
            s0 += w0 * x;
            let [t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15] = [
                w1 * x, w2 * x, w3 * x, w4 * x, w5 * x, w6 * x, w7 * x, w8 * x,
                w9 * x, w10 * x, w11 * x, w12 * x, w13 * x, w14 * x, w15 * x,
            ];
            [s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15] = [
                s1 + t1, s2 + t2, s3 + t3, s4 + t4, s5 + t5, s6 + t6, s7 + t7, s8 + t8,
                s9 + t9, s10 + t10, s11 + t11, s12 + t12, s13 + t13, s14 + t14, s15 + t15,
            ];
        }
        *rows_at_mut(y, row)? = [
            s0, s1, s2, s3, s4, s5, s6, s7,
            s8, s9, s10, s11, s12, s13, s14, s15,
        ];
        row = row.wrapping_add(16);
    }
    while let Some(&[mut s0, mut s1, mut s2, mut s3, mut s4, mut s5, mut s6, mut s7]) = rows_at(bias, row) {
        let mut rest = weight;
        for &x in x {
            let (column, next) = rest.split_at_checked(rows)?;
            let &[w0, w1, w2, w3, w4, w5, w6, w7] = rows_at(column, row)?;
            rest = next;
            let [t0, t1, t2, t3, t4, t5, t6, t7] = [w0 * x, w1 * x, w2 * x, w3 * x, w4 * x, w5 * x, w6 * x, w7 * x];
            [s0, s1, s2, s3, s4, s5, s6, s7] = [s0 + t0, s1 + t1, s2 + t2, s3 + t3, s4 + t4, s5 + t5, s6 + t6, s7 + t7];
        }
        *rows_at_mut(y, row)? = [s0, s1, s2, s3, s4, s5, s6, s7];
        row = row.wrapping_add(8);
    }
    while row < rows {
        single(weight, bias, x, y, row)?;
        row = row.wrapping_add(1);
    }
    Some(())
}

/// `R` elements of a column from `row` on.
///
/// `bias` and every column have `rows` elements, so the check that found the bias decides the check in the loop
/// before the loop, at every opt-level; left to the loop, it costs 0.18 instructions a MAC at s.
#[cfg(not(all(target_arch = "arm", target_abi = "eabihf")))]
#[inline]
fn rows_at<const R: usize>(column: &[f32], row: usize) -> Option<&[f32; R]> {
    column.get(row..)?.first_chunk()
}

#[cfg(not(all(target_arch = "arm", target_abi = "eabihf")))]
#[inline]
fn rows_at_mut<const R: usize>(column: &mut [f32], row: usize) -> Option<&mut [f32; R]> {
    column.get_mut(row..)?.first_chunk_mut()
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
