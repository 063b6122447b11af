//! From a raw number of a network to the logarithm of a scale.

use crate::fixed::limit::{at_least, at_most};

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Exp {}
    impl Sealed for super::Table {}
}

/// From a raw number to the logarithm of a scale, to the base 2: [`Exp`] or [`Table`]. Sealed.
pub trait Scale: sealed::Sealed {
    /// `ρ` of `r`, both in units of 2⁻¹⁶; `knots` are those of the flow.
    #[doc(hidden)]
    fn log2(&self, r: i32, knots: &[i16]) -> i32;
}

/// `ρ = r`: the exponential, whose `1 / ln 2` is part of the network's last layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Exp;

impl Scale for Exp {
    #[inline]
    fn log2(&self, r: i32, _: &[i16]) -> i32 {
        r
    }
}

/// `ρ(r)` by straight lines between knots, `2^-k` apart, constant beyond the first and the last.
///
/// The knots are the flow's, so that couplings with one map share them.
///
/// ```
/// use nice_flow::fixed::Table;
///
/// // From −1 to 1 in steps of 2⁻², nine knots, in units of 2⁻¹⁴.
/// const TABLE: Table = Table::new(0, [-1, 1], 2, 14);
/// assert_eq!(TABLE.knots(), 9);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Table {
    low: i32,
    high: i32,
    first: u32,
    step: u32,
    unit: u32,
}

impl Table {
    /// Of the flow's knots from number `first` on; the first is at `low`, the last at `high`, and `2^k` of them are in a unit
    /// of `r`. A knot is in units of `2^-e`.
    ///
    /// # Panics
    ///
    /// Unless `-48 ≤ low < high ≤ 48`, `k ≤ 8` and `e ≤ 14`.
    pub const fn new(first: u16, [low, high]: [i32; 2], k: u8, e: u8) -> Self {
        assert!(-48 <= low && low < high && high <= 48, "a range within 48");
        assert!(k <= 8, "at most 256 knots in a unit");
        assert!(e <= 14, "knots of at most 14 bits after the point");
        Self {
            low: low << 16,
            high: (high << 16) - 1,
            first: first as u32,
            step: 16 - k as u32,
            unit: 16 - e as u32,
        }
    }

    /// How many knots are read.
    #[must_use]
    pub const fn knots(&self) -> usize {
        ((self.high + 1 - self.low) >> self.step) as usize + 1
    }
}

impl Scale for Table {
    #[inline]
    fn log2(&self, r: i32, knots: &[i16]) -> i32 {
        let r = at_least(at_most(r, self.high), self.low).wrapping_sub(self.low);
        let i = (r.wrapping_shr(self.step) as usize).wrapping_add(self.first as usize);
        let rest = r & 1i32.wrapping_shl(self.step).wrapping_sub(1);
        // `get`, since the compiler cannot see that `i` is in range, and would link a panic.
        let knot = |i: usize| {
            knots
                .get(i)
                .map_or(0, |knot| i32::from(*knot))
                .wrapping_shl(self.unit)
        };
        let (from, to) = (knot(i), knot(i.wrapping_add(1)));
        let rise = to.wrapping_sub(from).wrapping_mul(rest);
        from.wrapping_add(rise.wrapping_shr(self.step))
    }
}
