//! Strict triangles, packed: the rows of what is beside a diagonal, one after another.

use crate::misfit::{Misfit, unless};

/// Of `N` numbers that are no strict triangle.
const UNFIT: &str = "a triangle of size D has D · (D − 1) / 2 numbers beside its diagonal";

/// Whether `n` numbers are what is beside the diagonal of `d` by `d`.
pub(super) const fn misfit(d: usize, n: usize) -> Misfit {
    // Not `d · (d − 1) / 2`: a size of zero would wrap.
    unless(2 * n + d == d * d, UNFIT)
}

/// Where row `i` of a lower triangle begins: rows have 0, 1, 2, … numbers.
#[inline]
pub(super) fn lower(i: usize) -> usize {
    i.wrapping_mul(i.wrapping_sub(1)) / 2
}

/// Where row `i` of an upper triangle begins: rows have `d − 1`, `d − 2`, `d − 3`, … numbers.
#[inline]
pub(super) fn upper(d: usize, i: usize) -> usize {
    let twice = d.wrapping_mul(2).wrapping_sub(1).wrapping_sub(i);
    i.wrapping_mul(twice) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_follow_each_other() {
        for d in 1..9 {
            assert_eq!([lower(0), upper(d, 0)], [0, 0]);
            for i in 1..=d {
                assert_eq!(lower(i), lower(i - 1) + i - 1);
                assert_eq!(upper(d, i), upper(d, i - 1) + d - i);
            }
            let all = lower(d);
            assert_eq!(upper(d, d), all);
            assert_eq!(misfit(d, all), None);
            assert_eq!(misfit(d, all + 1), Some(UNFIT));
        }
        assert_eq!(misfit(0, 0), None);
    }
}
