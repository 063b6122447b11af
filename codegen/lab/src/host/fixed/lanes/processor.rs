//! What processors do with sixteen rows of integers in registers.

use super::Lane;
use crate::host::lane::LANES;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use pulp::{i32x8, i32x16};

/// Of 16 bytes, four numbers of 16 bits and four others behind them, the order in which each is beside its like.
///
/// Sums are packed with saturation to what 16 bits hold without a sign, which is a ReLU.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
const INTERLEAVED: [u8; 16] = [0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15];

/// A processor's products of pairs.
pub(super) trait Pairs: Copy {
    /// A lane in registers.
    type Lane: Copy;

    /// A lane of sums that are being added up.
    type Sums: Copy;

    /// Whether there are registers for two panels at a time.
    const IS_TALL: bool;

    /// The same sum in all rows.
    fn start(self, sum: i32) -> Self::Sums;

    fn load(self, x: &Lane) -> Self::Lane;

    /// For each row `sum + x₀ w₀ + x₁ w₁`, of the halves of its word `x` and of `w`; of two words.
    fn add(self, sums: Self::Sums, x: [Self::Lane; 2], w: [u32; 2]) -> Self::Sums;

    /// Activations `low | high << 16` of two sums: each is `sum >> shift` within 0 and `limit`.
    fn activations(self, sums: [Self::Sums; 2], shift: u8, limit: u16) -> Lane;

    /// `sum >> shift`
    fn shifted(self, sums: Self::Sums, shift: u8) -> Lane;
}

/// Any processor: the compiler makes of it what it can.
#[derive(Clone, Copy)]
pub(super) struct Portable;

impl Pairs for Portable {
    type Lane = Lane;
    type Sums = Lane;
    const IS_TALL: bool = false;

    #[inline(always)]
    fn start(self, sum: i32) -> Lane {
        [sum; LANES]
    }

    #[inline(always)]
    fn load(self, x: &Lane) -> Lane {
        *x
    }

    #[inline(always)]
    fn add(self, mut sums: Lane, x: [Lane; 2], w: [u32; 2]) -> Lane {
        for (x, w) in x.iter().zip(w) {
            let [low, high] = [i32::from(w as i16), w as i32 >> 16];
            for (sum, x) in sums.iter_mut().zip(x) {
                let products = i32::from(*x as i16)
                    .wrapping_mul(low)
                    .wrapping_add((x >> 16).wrapping_mul(high));
                *sum = sum.wrapping_add(products);
            }
        }
        sums
    }

    #[inline(always)]
    fn activations(self, [mut words, high]: [Lane; 2], shift: u8, limit: u16) -> Lane {
        let relu = |sum: i32| (sum >> shift).max(0).min(limit.into());
        for (word, high) in words.iter_mut().zip(high) {
            *word = relu(*word) | relu(high) << 16;
        }
        words
    }

    #[inline(always)]
    fn shifted(self, mut sums: Lane, shift: u8) -> Lane {
        for sum in &mut sums {
            *sum >>= shift;
        }
        sums
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl Pairs for pulp::x86::V4 {
    type Lane = i32x16;
    type Sums = i32x16;
    const IS_TALL: bool = true;

    #[inline(always)]
    fn start(self, sum: i32) -> i32x16 {
        self.splat_i32x16(sum)
    }

    #[inline(always)]
    fn load(self, x: &Lane) -> i32x16 {
        pulp::cast(*x)
    }

    #[inline(always)]
    fn add(self, mut sums: i32x16, x: [i32x16; 2], w: [u32; 2]) -> i32x16 {
        for (x, w) in x.into_iter().zip(w) {
            let w = pulp::cast(self.splat_i32x16(w as i32));
            let products = self.multiply_wrapping_add_adjacent_i16x32(pulp::cast(x), w);
            sums = self.wrapping_add_i32x16(sums, products);
        }
        sums
    }

    #[inline(always)]
    fn activations(self, [low, high]: [i32x16; 2], shift: u8, limit: u16) -> Lane {
        let shift = self.splat_i32x16(shift.into());
        let (low, high) = (
            self.shr_dyn_i32x16(low, shift),
            self.shr_dyn_i32x16(high, shift),
        );
        let packed = self.pack_with_unsigned_saturation_i32x16(low, high);
        let packed = self.min_u16x32(packed, self.splat_u16x32(limit));
        let order = pulp::cast([INTERLEAVED; 4]);
        pulp::cast(self.avx512bw._mm512_shuffle_epi8(pulp::cast(packed), order))
    }

    #[inline(always)]
    fn shifted(self, sums: i32x16, shift: u8) -> Lane {
        pulp::cast(self.shr_dyn_i32x16(sums, self.splat_i32x16(shift.into())))
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl Pairs for pulp::x86::V3 {
    type Lane = [i32x8; 2];
    type Sums = [i32x8; 2];
    const IS_TALL: bool = false;

    #[inline(always)]
    fn start(self, sum: i32) -> [i32x8; 2] {
        [self.splat_i32x8(sum); 2]
    }

    #[inline(always)]
    fn load(self, x: &Lane) -> [i32x8; 2] {
        pulp::cast(*x)
    }

    #[inline(always)]
    fn add(self, mut sums: [i32x8; 2], x: [[i32x8; 2]; 2], w: [u32; 2]) -> [i32x8; 2] {
        for (x, w) in x.into_iter().zip(w) {
            let w = pulp::cast(self.splat_i32x8(w as i32));
            for (sum, x) in sums.iter_mut().zip(x) {
                let x = pulp::cast::<i32x8, _>(x);
                let products = self.multiply_wrapping_add_adjacent_i16x16(x, w);
                *sum = self.wrapping_add_i32x8(*sum, products);
            }
        }
        sums
    }

    #[inline(always)]
    fn activations(self, [low, high]: [[i32x8; 2]; 2], shift: u8, limit: u16) -> Lane {
        let (shift, limit) = (self.splat_u32x8(shift.into()), self.splat_u16x16(limit));
        let order = pulp::cast([INTERLEAVED; 2]);
        let half = |low, high| {
            let (low, high) = (
                self.shr_dyn_i32x8(low, shift),
                self.shr_dyn_i32x8(high, shift),
            );
            let packed = self.pack_with_unsigned_saturation_i32x8(low, high);
            let packed = pulp::cast(self.min_u16x16(packed, limit));
            self.avx2._mm256_shuffle_epi8(packed, order)
        };
        pulp::cast([half(low[0], high[0]), half(low[1], high[1])])
    }

    #[inline(always)]
    fn shifted(self, [a, b]: [i32x8; 2], shift: u8) -> Lane {
        let shift = self.splat_u32x8(shift.into());
        pulp::cast([self.shr_dyn_i32x8(a, shift), self.shr_dyn_i32x8(b, shift)])
    }
}
