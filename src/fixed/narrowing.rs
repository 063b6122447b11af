//! From numbers of a state, or sums, to activations.

use super::Quad;
use super::limit::around_zero;

/// From a number of 32 bits to an activation of 16: a rounding shift, a clamp, and a leaky ReLU or none.
///
/// ```text
/// v = clamp(⌊u / 2^shift + ½⌋, -limit, limit)
/// x = v                            if v ≥ 0
///     (v · slope + 2¹⁴) >> 15      if v < 0        slope 2¹⁵ is v itself, slope 0 is ReLU
/// ```
///
/// ```
/// use nice_flow::fixed::Narrowing;
///
/// // To the unit 2⁴, no farther than ±16383 of them.
/// const LINEAR: Narrowing = Narrowing::linear(4, 16_383);
/// assert_eq!(LINEAR, Narrowing::leaky_relu(4, 16_383, 1 << 15));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Narrowing {
    pub(super) shift: u32,
    pub(super) limit: i32,
    pub(super) slope: i32,
}

impl Narrowing {
    /// `v` itself, whatever its sign.
    ///
    /// # Panics
    ///
    /// If `shift` is not in `1..=31`, or `limit` negative.
    pub const fn linear(shift: u32, limit: i16) -> Self {
        Self::leaky_relu(shift, limit, 32_768)
    }

    /// `max(0, v)`.
    ///
    /// # Panics
    ///
    /// As [`linear`](Self::linear).
    pub const fn relu(shift: u32, limit: i16) -> Self {
        Self::leaky_relu(shift, limit, 0)
    }

    /// `slope` is that of the negative side, times 2¹⁵.
    ///
    /// # Panics
    ///
    /// As [`linear`](Self::linear), and if `slope` is not in `0..=32768`.
    pub const fn leaky_relu(shift: u32, limit: i16, slope: i32) -> Self {
        assert!(1 <= shift && shift <= 31, "a shift of 1 to 31");
        assert!(limit >= 0, "a limit not below zero");
        assert!(0 <= slope && slope <= 32_768, "a slope up to one, in Q15");
        Self {
            shift,
            limit: limit as i32,
            slope,
        }
    }

    #[inline]
    pub(super) fn apply(self, u: i32) -> i32 {
        // Not `(u + 2^(shift − 1)) >> shift`: the sum overflows near the ends of 32 bits.
        let half = u.wrapping_shr(self.shift.wrapping_sub(1)) & 1;
        let v = u.wrapping_shr(self.shift).wrapping_add(half);
        let v = around_zero(v, self.limit);
        // What the slope takes off a number below zero: fewer instructions than one product for each sign.
        let missing = self.slope.wrapping_sub(1 << 15);
        let product = v.min(0).wrapping_mul(missing).wrapping_add(1 << 14);
        v.wrapping_add(product >> 15)
    }
}

/// `narrowing(u)` of one number.
#[inline]
pub fn narrowed(narrowing: Narrowing, u: i32) -> i32 {
    narrowing.apply(u)
}

/// `x = narrowing(u)`; of slices of two lengths, as far as the shorter one goes.
#[inline(never)]
pub fn narrow(narrowing: Narrowing, u: &[[i32; 4]], x: &mut [Quad]) {
    for (u, x) in u.iter().zip(x) {
        *x = Quad::of(u.map(|u| narrowing.apply(u)));
    }
}
