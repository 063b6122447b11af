//! Where numbers end, what they say is lost.

use super::Fixed;
use super::limit::within;

/// Whether one of several numbers is at its limit, to which what lies beyond was clamped.
///
/// Known without a branch, so that what follows takes the same instructions either way.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Saturation(i32);

impl Saturation {
    /// Of no number.
    pub const NONE: Self = Self(0);

    /// Of one number more, in bits: it is at its limit if it is no less than `limit` away from zero.
    // Below zero once there was no room between number and limit.
    #[inline]
    pub const fn and(self, bits: i32, limit: i32) -> Self {
        Self(self.0 | (limit - 1).wrapping_sub(bits.wrapping_abs()))
    }

    /// The lowest log-density there is if a number was at its limit, else `log_density`.
    // Not by a mask, of which LLVM makes a choice and on a Cortex-M0+ a branch.
    #[inline]
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
        let saturation = numbers
            .iter()
            .fold(Saturation::NONE, |all, number| all.and(*number, limit));
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
    fn numbers_within_their_limit_change_nothing() {
        for limit in [1, 7, 1 << 23, i32::MAX] {
            for bits in BITS {
                assert_eq!(lowered([0, 1 - limit, limit - 1], limit, bits), bits);
            }
        }
    }
}
