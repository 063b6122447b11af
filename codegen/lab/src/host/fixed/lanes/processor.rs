//! What processors do with sixteen rows of integers in registers.

use super::Lane;
use crate::host::lane::LANES;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use pulp::{i32x8, i32x16};

/// A processor's products of pairs.
pub(super) trait Pairs: Copy {
    /// A lane in registers.
    type Sums: Copy;

    /// The same sum in all rows.
    fn start(self, sum: i32) -> Self::Sums;

    fn load(self, x: &Lane) -> Self::Sums;

    /// For each row `sum + x₀ w₀ + x₁ w₁`, of the halves of its word `x` and of `w`.
    fn add(self, sums: Self::Sums, x: Self::Sums, w: u32) -> Self::Sums;

    /// `sum >> shift` within 0 and `limit`.
    fn relu(self, sums: Self::Sums, shift: u8, limit: i32) -> Self::Sums;

    /// `low | high << 16`, of numbers from 0 to 32767.
    fn pair(self, low: Self::Sums, high: Self::Sums) -> Lane;

    fn lanes(self, sums: Self::Sums) -> Lane;
}

/// Any processor: the compiler makes of it what it can.
#[derive(Clone, Copy)]
pub(super) struct Portable;

impl Pairs for Portable {
    type Sums = Lane;

    #[inline(always)]
    fn start(self, sum: i32) -> Lane {
        [sum; LANES]
    }

    #[inline(always)]
    fn load(self, x: &Lane) -> Lane {
        *x
    }

    #[inline(always)]
    fn add(self, mut sums: Lane, x: Lane, w: u32) -> Lane {
        let [low, high] = [i32::from(w as i16), w as i32 >> 16];
        for (sum, x) in sums.iter_mut().zip(x) {
            let products = i32::from(x as i16)
                .wrapping_mul(low)
                .wrapping_add((x >> 16).wrapping_mul(high));
            *sum = sum.wrapping_add(products);
        }
        sums
    }

    #[inline(always)]
    fn relu(self, mut sums: Lane, shift: u8, limit: i32) -> Lane {
        for sum in &mut sums {
            *sum = (*sum >> shift).max(0).min(limit);
        }
        sums
    }

    #[inline(always)]
    fn pair(self, mut low: Lane, high: Lane) -> Lane {
        for (low, high) in low.iter_mut().zip(high) {
            *low |= high << 16;
        }
        low
    }

    #[inline(always)]
    fn lanes(self, sums: Lane) -> Lane {
        sums
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl Pairs for pulp::x86::V4 {
    type Sums = i32x16;

    #[inline(always)]
    fn start(self, sum: i32) -> i32x16 {
        self.splat_i32x16(sum)
    }

    #[inline(always)]
    fn load(self, x: &Lane) -> i32x16 {
        pulp::cast(*x)
    }

    #[inline(always)]
    fn add(self, sums: i32x16, x: i32x16, w: u32) -> i32x16 {
        let w = pulp::cast(self.splat_i32x16(w as i32));
        let products = self.multiply_wrapping_add_adjacent_i16x32(pulp::cast(x), w);
        self.wrapping_add_i32x16(sums, products)
    }

    #[inline(always)]
    fn relu(self, sums: i32x16, shift: u8, limit: i32) -> i32x16 {
        let (zero, limit) = (self.splat_i32x16(0), self.splat_i32x16(limit));
        let v = self.shr_dyn_i32x16(sums, self.splat_i32x16(shift.into()));
        let v = self.select_i32x16(self.cmp_lt_i32x16(v, zero), zero, v);
        self.select_i32x16(self.cmp_lt_i32x16(limit, v), limit, v)
    }

    #[inline(always)]
    fn pair(self, low: i32x16, high: i32x16) -> Lane {
        // Nothing overlaps, so that a sum is a disjunction.
        pulp::cast(self.wrapping_add_i32x16(low, self.shl_const_i32x16::<16>(high)))
    }

    #[inline(always)]
    fn lanes(self, sums: i32x16) -> Lane {
        pulp::cast(sums)
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl Pairs for pulp::x86::V3 {
    type Sums = [i32x8; 2];

    #[inline(always)]
    fn start(self, sum: i32) -> [i32x8; 2] {
        [self.splat_i32x8(sum); 2]
    }

    #[inline(always)]
    fn load(self, x: &Lane) -> [i32x8; 2] {
        pulp::cast(*x)
    }

    #[inline(always)]
    fn add(self, [a, b]: [i32x8; 2], [x, y]: [i32x8; 2], w: u32) -> [i32x8; 2] {
        let w = pulp::cast(self.splat_i32x8(w as i32));
        let add = |sums, x| {
            let products = self.multiply_wrapping_add_adjacent_i16x16(pulp::cast::<i32x8, _>(x), w);
            self.wrapping_add_i32x8(sums, products)
        };
        [add(a, x), add(b, y)]
    }

    #[inline(always)]
    fn relu(self, [a, b]: [i32x8; 2], shift: u8, limit: i32) -> [i32x8; 2] {
        let (zero, limit) = (self.splat_i32x8(0), self.splat_i32x8(limit));
        let shift = self.splat_u32x8(shift.into());
        let relu = |sums| {
            let v = self.shr_dyn_i32x8(sums, shift);
            let v = self.select_i32x8(self.cmp_lt_i32x8(v, zero), zero, v);
            self.select_i32x8(self.cmp_lt_i32x8(limit, v), limit, v)
        };
        [relu(a), relu(b)]
    }

    #[inline(always)]
    fn pair(self, [a, b]: [i32x8; 2], [c, d]: [i32x8; 2]) -> Lane {
        let pair = |low, high| self.wrapping_add_i32x8(low, self.shl_const_i32x8::<16>(high));
        pulp::cast([pair(a, c), pair(b, d)])
    }

    #[inline(always)]
    fn lanes(self, sums: [i32x8; 2]) -> Lane {
        pulp::cast(sums)
    }
}
