//! One element of [`Standardise`](super::Standardise) in integers, for cores without floating point: the bits of `hard.rs`.
//!
//! Each step is rounded as IEEE 754 has it. No branch depends on data, so that every input takes the same instructions. The
//! compiler's own routines return early for numbers that are small, equal, infinite or NaN.

use crate::fixed::limit::below_zero;

/// The exponent of infinities and NaNs.
const INFINITE: i32 = 255;

/// `±significand · 2^(exponent − 150)`; the sign is a mask, all bits set for minus.
struct Parts {
    sign: i32,
    exponent: i32,
    significand: u32,
}

impl Parts {
    /// The parts of a number, finite or not.
    #[inline]
    fn of(x: f32) -> Self {
        let bits = x.to_bits();
        let exponent = ((bits >> 23) & 0xff) as i32;
        let is_subnormal = below_zero(exponent - 1);
        Self {
            sign: bits as i32 >> 31,
            exponent: exponent - is_subnormal,
            significand: (bits & 0x7f_ffff) | ((1 << 23) & !is_subnormal as u32),
        }
    }

    /// The significand, signed, in eighths of the unit of `exponent`, which is no smaller; the last bit is set if any are lost.
    #[inline]
    fn aligned(&self, exponent: i32) -> i32 {
        let eighths = (self.significand << 3) as i32;
        let shift = at_most(exponent - self.exponent, 31) as u32;
        let kept = eighths.wrapping_shr(shift);
        let is_inexact = below_zero(kept.wrapping_shl(shift) - eighths) & 1;
        signed(kept | is_inexact, self.sign)
    }
}

/// `(x − mean) · factor` towards zero, clamped to `±limit`; of a NaN `limit`. `mean` is finite, `factor` normal.
#[inline]
pub fn element(x: f32, mean: f32, factor: f32, limit: i32) -> i32 {
    let (difference, factor) = (subtract(x, mean), Parts::of(factor));
    // The highest 26 or 27 bits of the product; the last of them is also set if any bit below is.
    let (high, below) = product(difference.significand, factor.significand);
    let is_exact = below_zero(below as i32 - 1);
    let wide = high | (1 + is_exact) as u32;
    let dropped = 2 + (wide >> 26);
    let fraction = 279 - dropped as i32 - difference.exponent - factor.exponent;
    let shift = at_most(fraction.max(0), 31) as u32;
    let size = rounded(wide, dropped).wrapping_shr(shift) as i32;

    let exponent = difference.exponent + (difference.significand >> 24) as i32;
    let is_zero = below_zero(difference.significand as i32 - 1);
    let is_far = below_zero(fraction | (INFINITE - 1 - exponent)) & !is_zero;
    let beyond = x.abs().to_bits() as i32 - f32::INFINITY.to_bits() as i32;
    let (is_finite, is_number) = (below_zero(beyond), below_zero(beyond - 1));
    let far = (is_far | !is_finite) & i32::MAX;
    let sign = (difference.sign ^ factor.sign) & is_number;
    signed(at_most(size | far, limit), sign)
}

/// A product of two numbers of up to 2²⁴: without its last 21 bits, and those bits.
#[inline]
fn product(a: u32, b: u32) -> (u32, u32) {
    let product = u64::from(a) * u64::from(b);
    ((product >> 21) as u32, product as u32 & 0x1f_ffff)
}

/// `x − y` rounded to 24 bits, or `2²⁴` where they carried; exponents have no end here.
#[inline]
fn subtract(x: f32, y: f32) -> Parts {
    let (x, y) = (Parts::of(x), Parts::of(-y));
    let exponent = x.exponent + (y.exponent - x.exponent).max(0);
    let sum = x.aligned(exponent) + y.aligned(exponent);
    let sign = sum >> 31;
    let (size, shift) = normalised(signed(sum, sign) as u32);
    Parts {
        sign,
        exponent: exponent + 5 - shift,
        // One bit fewer, so that rounding up has room to carry.
        significand: rounded(size >> 1, 7),
    }
}

/// Without the last `dropped` bits, to the nearest, ties to even.
#[inline]
fn rounded(wide: u32, dropped: u32) -> u32 {
    let below_half = 1u32.wrapping_shl(dropped - 1) - 1;
    let is_odd = wide.wrapping_shr(dropped) & 1;
    (wide + below_half + is_odd).wrapping_shr(dropped)
}

/// Shifted until the highest bit is set, and by how much; of zero, by 31.
#[inline]
fn normalised(size: u32) -> (u32, i32) {
    let (mut size, mut shift) = (size, 0);
    for places in [16, 8, 4, 2, 1] {
        let by = places & below_zero((size >> (32 - places)) as i32 - 1);
        (size, shift) = (size.wrapping_shl(by as u32), shift + by);
    }
    (size, shift)
}

/// With all bits of the sign set `−size`, else `size`.
#[inline]
fn signed(size: i32, sign: i32) -> i32 {
    (size ^ sign) - sign
}

/// The lower of two numbers, as long as their difference does not overflow.
#[inline]
fn at_most(v: i32, limit: i32) -> i32 {
    let above = limit.wrapping_sub(v);
    v.wrapping_add(above & below_zero(above))
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
                for factor in edges.iter().filter(|factor| factor.is_normal()).step_by(23) {
                    is_exact(*x, *mean, *factor, 1 << 23);
                }
            }
        }
    }

    /// Products of halves that need no more bits: between two numbers of 24 bits, the even one.
    #[test]
    fn halves_have_the_bits_of_the_processor() {
        for factor in [2_097_152.5, 2_097_153.5, 1_398_102.5, 1_398_101.5f32] {
            for apart in [5.0, 7.0, 9.0, 11.0f32] {
                for x in [apart, -apart] {
                    is_exact(x, 0.0, factor, 1 << 24);
                    is_exact(x + 100.0, 100.0, -factor, 1 << 24);
                }
            }
        }
        assert_eq!(element(5.0, 0.0, 2_097_152.5, 1 << 24), 10_485_762);
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
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn sensors_have_the_bits_of_the_processor(x in -300f32..300.0, mean in -20f32..20.0, deviation in 0.01f32..50.0) {
            is_exact(x, mean, 65_536.0 / deviation, 1 << 23);
        }
    }
}
