//! What a flow with scales gathers on its way.

use super::LIMIT;
use crate::fixed::Fixed;
use crate::fixed::limit::within;
use crate::fixed::saturation::Saturation;

/// `2¹⁶ ln 2`.
const LN_2: i64 = 45_426;

/// Where the log-density of a row that was not clamped is: 16384 nats, in bits.
const NATS_LIMIT: i32 = 1 << 30;

/// What the layers of a flow with scales gather: the log-determinant, and whether a number was clamped.
///
/// The log-determinant is a sum of exponents `ρ` to the base 2, in 64 bits and units of 2⁻¹⁶; nats are made of it once, at
/// the end.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tally<'a> {
    /// Those that every [`Table`](crate::fixed::Table) of the flow reads.
    pub(in crate::fixed) knots: &'a [i16],
    log2: i64,
    saturation: Saturation,
}

impl<'a> Tally<'a> {
    /// Of a flow with these knots, before its first layer.
    #[must_use]
    pub const fn new(knots: &'a [i16]) -> Self {
        Self::after(Saturation::NONE, knots)
    }

    /// Of a state whose encoder may have clamped it.
    #[inline]
    #[doc(hidden)]
    #[must_use]
    pub const fn after(saturation: Saturation, knots: &'a [i16]) -> Self {
        Self {
            knots,
            log2: 0,
            saturation,
        }
    }

    /// Whether a number was clamped, so that the row has the largest score there is.
    #[must_use]
    pub const fn is_far(&self) -> bool {
        self.saturation.is_any()
    }

    /// `ln |det ∂f/∂u|` of the layers so far, in nats, no farther from zero than 16384.
    #[must_use]
    pub fn log_det(&self) -> Fixed {
        Fixed::from_bits(within(self.nats(), NATS_LIMIT))
    }

    /// The sum of exponents, in units of 2⁻¹⁶.
    #[doc(hidden)]
    #[must_use]
    pub const fn log2(&self) -> i64 {
        self.log2
    }

    #[inline]
    fn nats(&self) -> i64 {
        self.log2.wrapping_mul(LN_2).wrapping_add(1 << 15) >> 16
    }

    #[inline]
    pub(in crate::fixed) fn add_log2(&mut self, rho: i32) {
        self.log2 = self.log2.wrapping_add(i64::from(rho));
    }

    /// Notes whether `|w| > limit`; `limit` is below 2³⁰.
    #[inline]
    pub(in crate::fixed) fn note(&mut self, w: i32, limit: i32) {
        self.saturation = self.saturation.or_at_limit(w, limit.wrapping_add(1));
    }

    /// `w` clamped to ±2²⁸; notes if it was beyond. `|w| < 2⁶²`.
    #[inline]
    pub(in crate::fixed) fn clamp(&mut self, w: i64) -> i32 {
        let limit = i64::from(LIMIT);
        let beyond = limit.wrapping_sub(w) | limit.wrapping_add(w);
        self.saturation = self.saturation.or_negative((beyond >> 32) as i32);
        within(w, LIMIT)
    }

    /// The log-density, where that of the prior is `prior`: the lowest there is if a number was clamped, else within 16384
    /// nats.
    #[inline]
    #[doc(hidden)]
    #[must_use]
    pub fn log_density(&self, prior: Fixed) -> Fixed {
        let sum = i64::from(prior.to_bits()).wrapping_add(self.nats());
        self.saturation
            .lower(Fixed::from_bits(within(sum, NATS_LIMIT)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_beyond_the_limit_is_clamped_and_noted() {
        let limit = i64::from(LIMIT);
        for (w, clamped, is_far) in [
            (0, 0, false),
            (limit, LIMIT, false),
            (-limit, -LIMIT, false),
            (limit + 1, LIMIT, true),
            (-limit - 1, -LIMIT, true),
            ((1 << 62) - 1, LIMIT, true),
            (1 - (1 << 62), -LIMIT, true),
        ] {
            let mut tally = Tally::new(&[]);
            assert_eq!((tally.clamp(w), tally.is_far()), (clamped, is_far), "{w}");
            // What comes later does not undo it.
            tally.clamp(w);
            tally.clamp(0);
            assert_eq!(tally.is_far(), is_far, "{w}");
        }
    }
}
