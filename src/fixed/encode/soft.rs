//! One element of [`Standardise`](super::Standardise) in integers, on cores without floating point: the bits of `hard.rs`.
//!
//! Each step is rounded as IEEE 754 has it. Nothing branches, so that every input takes the same instructions, which
//! the compiler's library does not: it leaves early where a number is small, equal, infinite or none.

use crate::fixed::limit::at_most;

/// The exponent of what is no finite number.
const INFINITE: i32 = 255;

/// `±significand · 2^(exponent − 150)`, the sign as a mask, all bits set for minus.
struct Parts {
    sign: i32,
    exponent: i32,
    significand: u32,
}

impl Parts {
    /// Of a number, finite or not.
    #[inline]
    fn of(x: f32) -> Self {
        let bits = x.to_bits();
        let exponent = bits >> 23 & 0xff;
        let is_subnormal = u32::from(exponent == 0);
        Self {
            sign: bits as i32 >> 31,
            exponent: (exponent + is_subnormal) as i32,
            significand: (bits & 0x7f_ffff) | (1 - is_subnormal) << 23,
        }
    }

    /// The significand in eighths, in the unit of the larger exponent, what is lost in its last bit; signed.
    #[inline]
    fn aligned(&self, exponent: i32) -> i32 {
        let wide = self.significand << 3;
        let shift = at_most(exponent - self.exponent, 31) as u32;
        let kept = wide.wrapping_shr(shift);
        let is_inexact = u32::from(kept.wrapping_shl(shift) != wide);
        signed(kept | is_inexact, self.sign)
    }
}

/// `(x − mean) · factor` towards zero, clamped to `±limit`; of a NaN `limit`. `mean` is finite and `factor` normal.
#[inline]
pub fn element(x: f32, mean: f32, factor: f32, limit: i32) -> i32 {
    let (difference, f) = (subtract(x, mean), Parts::of(factor));
    let product = u64::from(difference.significand) * u64::from(f.significand);
    // 26 or 27 bits, the last one whether there were more.
    let wide = (product >> 21) as u32 | u32::from(product as u32 & 0x1f_ffff != 0);
    let dropped = 2 + (wide >> 26);
    let rounded = rounded(wide, dropped);
    // Bits behind the point.
    let fraction = 279 - dropped as i32 - difference.exponent - f.exponent;
    let shift = at_most(fraction.max(0), 31) as u32;

    let is_zero = !(0i32.wrapping_sub(difference.significand as i32) >> 31);
    let exponent = difference.exponent + (difference.significand >> 24) as i32;
    let is_far = (fraction | (INFINITE - 1 - exponent)) >> 31 & !is_zero;
    let bits = x.to_bits() as i32 & i32::MAX;
    let infinity = f32::INFINITY.to_bits() as i32;
    let (is_finite, is_nan) = ((bits - infinity) >> 31, (infinity - bits) >> 31);
    let far = (is_far | !is_finite) & i32::MAX;

    let size = at_most(rounded.wrapping_shr(shift) as i32 | far, limit);
    let sign = (difference.sign ^ f.sign) & !is_nan;
    signed(size as u32, sign)
}

/// `x − y` rounded to 24 bits or, where all of them carried, `2²⁴`; without the end of the range of exponents.
#[inline]
fn subtract(x: f32, y: f32) -> Parts {
    let (x, y) = (Parts::of(x), Parts::of(-y));
    let exponent = x.exponent + (y.exponent - x.exponent).max(0);
    let sum = x.aligned(exponent) + y.aligned(exponent);
    let sign = sum >> 31;
    let (size, shift) = normalised(signed(sum as u32, sign) as u32);
    Parts {
        sign,
        exponent: exponent + 5 - shift as i32,
        // A zero leaves, that the rounding may carry.
        significand: rounded(size >> 1, 7),
    }
}

/// With all bits of the sign set `−size`, else `size`.
#[inline]
fn signed(size: u32, sign: i32) -> i32 {
    (size as i32 ^ sign).wrapping_sub(sign)
}

/// Without the last `dropped` bits, to the nearest, ties to even.
#[inline]
fn rounded(wide: u32, dropped: u32) -> u32 {
    let below_half = 1u32.wrapping_shl(dropped - 1) - 1;
    let is_odd = wide.wrapping_shr(dropped) & 1;
    (wide + below_half + is_odd).wrapping_shr(dropped)
}

/// Shifted until the highest bit is set, and by how much; of zero, 31.
#[inline]
fn normalised(size: u32) -> (u32, u32) {
    let (mut size, mut shift) = (size, 0);
    for step in [4, 3, 2, 1, 0] {
        let places = 1 << step;
        let by = u32::from(size >> (32 - places) == 0) << step;
        (size, shift) = (size << by, shift + by);
    }
    (size, shift)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::super::hard;
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    #[track_caller]
    fn is_exact(x: f32, mean: f32, factor: f32, limit: i32) {
        let [ours, theirs] = [element, hard::element].map(|by| by(x, mean, factor, limit));
        assert!(
            ours == theirs,
            "{x:e} {mean:e} {factor:e} {limit}: {ours}, not {theirs}"
        );
    }

    /// Numbers at the ends of every range, of both signs.
    fn edges() -> Vec<f32> {
        let exponents = [
            0u32, 1, 2, 22, 23, 24, 25, 100, 126, 127, 128, 149, 150, 151, 230, 253, 254, 255,
        ];
        let significands = [
            0, 1, 2, 3, 0x2a_aaaa, 0x3f_ffff, 0x40_0000, 0x40_0001, 0x7f_fffe, 0x7f_ffff,
        ];
        let one = |e: u32| significands.map(|m| f32::from_bits(e << 23 | m));
        let positive: Vec<f32> = exponents.into_iter().flat_map(one).collect();
        positive.iter().flat_map(|x| [*x, -*x]).collect()
    }

    #[test]
    fn edges_have_the_bits_of_the_processor() {
        let edges = edges();
        for x in &edges {
            for mean in edges.iter().filter(|mean| mean.is_finite()) {
                for factor in edges.iter().filter(|factor| factor.is_normal()).step_by(7) {
                    is_exact(*x, *mean, *factor, 1 << 23);
                }
            }
        }
    }

    /// Any bits; numbers near one another; results near the limits and near halves.
    #[test]
    fn random_numbers_have_the_bits_of_the_processor() {
        let mut state = 1u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 32) as u32
        };
        let rounds = if cfg!(debug_assertions) {
            100_000
        } else {
            10_000_000
        };
        for round in 0..rounds {
            let mean = f32::from_bits(next());
            let x = match round % 3 {
                0 => f32::from_bits(next()),
                1 => f32::from_bits(mean.to_bits().wrapping_add(next() >> (8 + round % 24))),
                _ => f32::from_bits(mean.to_bits() ^ (next() >> (round % 31))),
            };
            let size = 131_072.0 / (x - mean) * (next() >> 8) as f32 / 65_536.0;
            let factor = if round % 2 == 0 {
                f32::from_bits(next())
            } else {
                size
            };
            if mean.is_finite() && factor.is_normal() {
                is_exact(x, mean, factor, [1 << 24, 1 << 23, 1 << 21, 1][round % 4]);
            }
        }
    }

    proptest! {
        #[test]
        fn sensors_have_the_bits_of_the_processor(x in -300f32..300.0, mean in -20f32..20.0, deviation in 0.01f32..50.0) {
            is_exact(x, mean, 65_536.0 / deviation, 1 << 23);
        }
    }
}
