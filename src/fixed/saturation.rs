//! Records whether any of several numbers was clamped.

use super::Fixed;
use super::limit::within;

/// Whether one of several numbers is at its limit, and so may have been clamped to it.
///
/// Found without a branch, so that a score takes the same instructions either way.
// The sign bit is set as soon as one number was at its limit; the other bits mean nothing.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Saturation(i32);

impl Saturation {
    /// No number was.
    pub const NONE: Self = Self(0);

    /// Whether this was, or the number `bits` is: `|bits| ≥ limit`.
    // `limit − 1 − |bits|` has its sign bit set just then.
    #[inline]
    #[must_use]
    pub const fn or_at_limit(self, bits: i32, limit: i32) -> Self {
        Self(self.0 | limit.wrapping_sub(1).wrapping_sub(bits.wrapping_abs()))
    }

    /// Whether this was, or `bits` is below zero.
    #[inline]
    #[must_use]
    pub(super) const fn or_negative(self, bits: i32) -> Self {
        Self(self.0 | bits)
    }

    /// Whether a number was at its limit.
    #[inline]
    #[must_use]
    pub const fn is_any(self) -> bool {
        self.0 < 0
    }

    /// The lowest log-density there is if a number was at its limit, else `log_density`.
    // By a sum that is then clamped. Of a mask LLVM would make a choice, on a Cortex-M0+ a branch that depends on data.
    #[inline]
    #[must_use]
    pub fn lower<const FRAC: u32>(self, log_density: Fixed<FRAC>) -> Fixed<FRAC> {
        let beyond = i64::from(self.0 >> 31) << 32;
        Fixed::from_bits(within(i64::from(log_density.to_bits()) + beyond, i32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BITS: [i32; 5] = [0, -1, 1, i32::MAX, -i32::MAX];

    fn lowered(numbers: [i32; 3], limit: i32, bits: i32) -> i32 {
        let saturation = numbers.iter().fold(Saturation::NONE, |all, number| {
            all.or_at_limit(*number, limit)
        });
        saturation.lower(Fixed::<16>::from_bits(bits)).to_bits()
    }

    #[test]
    fn one_number_at_its_limit_lowers_every_log_density() {
        for limit in [1, 7, 1 << 23, i32::MAX] {
            for end in [limit, -limit, i32::MAX, -i32::MAX, i32::MIN] {
                for place in 0..3 {
                    let mut numbers = [limit - 1; 3];
                    numbers[place] = end;
                    for bits in BITS {
                        assert_eq!(
                            lowered(numbers, limit, bits),
                            -i32::MAX,
                            "{numbers:?} {limit}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn two_numbers_at_their_limits_do_not_make_up_for_each_other() {
        let [one, two] = [-1, i32::MIN].map(|bits| Saturation::NONE.or_negative(bits));
        assert!(one.is_any() && two.is_any());
        assert!(one.or_negative(-1).is_any() && two.or_negative(-1).or_negative(0).is_any());
        assert!(
            !Saturation::NONE
                .or_negative(0)
                .or_negative(i32::MAX)
                .is_any()
        );
    }

    #[test]
    fn numbers_within_their_limit_change_nothing() {
        for limit in [1, 7, 1 << 23, i32::MAX] {
            for bits in BITS {
                assert_eq!(lowered([0, 1 - limit, limit - 1], limit, bits), bits);
            }
        }
    }
}
