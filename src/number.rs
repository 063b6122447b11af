//! The numbers that a flow can run on.

use core::ops::{AddAssign, Neg, SubAssign};
use nalgebra::Scalar;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl<const FRAC: u32> Sealed for crate::fixed::Fixed<FRAC> {}
    impl Sealed for i16 {}
    impl Sealed for i32 {}
}

/// What a vector holds and nats are counted in: `f32`, or [`Fixed`](crate::fixed::Fixed) of integer flows. Sealed.
///
/// Also `i16` and `i32`, the raw counts of an ADC in a [`Window`](crate::Window): a flow encodes them before it computes.
///
/// ```
/// use nice_flow::{Number, fixed::Fixed};
///
/// assert_eq!(f32::ZERO, 0.0);
/// assert_eq!(<Fixed as Number>::LOWEST, Fixed::from_bits(-i32::MAX));
/// ```
pub trait Number:
    sealed::Sealed + Scalar + Copy + PartialOrd + AddAssign + SubAssign + Neg<Output = Self>
{
    /// Zero.
    const ZERO: Self;
    /// The lowest value whose negative is a number too: `f32::MIN`, or for integers `-i32::MAX` (`-i16::MAX`).
    ///
    /// A log-density below it is anomalous: it is −∞, NaN, or `i32::MIN`, whose negative overflows.
    const LOWEST: Self;

    /// The log-density of what is impossible: −∞, or [`LOWEST`](Self::LOWEST) of integers.
    #[doc(hidden)]
    const IMPOSSIBLE: Self = Self::LOWEST;

    /// A measure of the magnitude that only ranks numbers of this type; `i32::MAX` if it is not finite.
    #[doc(hidden)]
    fn size(self) -> i32;

    /// The magnitude of its bits as an integer; below zero for the lowest bits alone, [`of_word`](Self::of_word) `(1 << 31)`.
    #[doc(hidden)]
    #[inline]
    fn magnitude(self) -> i32 {
        (self.word() as i32).wrapping_abs()
    }

    /// Its bits, to be stored.
    #[doc(hidden)]
    fn word(self) -> u32;

    /// The number with these bits.
    #[doc(hidden)]
    fn of_word(word: u32) -> Self;
}

impl Number for f32 {
    const ZERO: Self = 0.0;
    const LOWEST: Self = f32::MIN;
    const IMPOSSIBLE: Self = f32::NEG_INFINITY;

    // Bits of positive numbers rank as the numbers do.
    #[inline]
    fn size(self) -> i32 {
        if self.is_finite() {
            (self.to_bits() & i32::MAX as u32) as i32
        } else {
            i32::MAX
        }
    }

    #[inline]
    fn word(self) -> u32 {
        self.to_bits()
    }

    #[inline]
    fn of_word(word: u32) -> Self {
        Self::from_bits(word)
    }
}

impl Number for i16 {
    const ZERO: Self = 0;
    const LOWEST: Self = -Self::MAX;

    #[inline]
    fn size(self) -> i32 {
        i32::from(self).abs()
    }

    #[inline]
    fn word(self) -> u32 {
        self as u32
    }

    #[inline]
    fn of_word(word: u32) -> Self {
        word as Self
    }
}

impl Number for i32 {
    const ZERO: Self = 0;
    const LOWEST: Self = -Self::MAX;

    #[inline]
    fn size(self) -> i32 {
        (self.unsigned_abs() >> 1) as i32
    }

    #[inline]
    fn word(self) -> u32 {
        self as u32
    }

    #[inline]
    fn of_word(word: u32) -> Self {
        word as Self
    }
}

#[cfg(test)]
mod tests {
    use super::Number;
    use crate::fixed::Fixed;

    fn are_kept<N: Number>(numbers: &[N]) {
        for number in numbers {
            assert_eq!(N::of_word(number.word()), *number);
        }
    }

    #[test]
    fn a_word_is_its_number() {
        are_kept(&[0, 1, -2, i16::MIN, i16::MAX]);
        are_kept(&[0, 1, -2, i32::MIN, i32::MAX]);
        are_kept(&[0.0, 1.5, -2.0, f32::MIN, f32::INFINITY]);
        are_kept(&[0, 1, -2, i32::MIN, i32::MAX].map(Fixed::<16>::from_bits));
    }

    #[test]
    fn the_lowest_number_has_a_negative() {
        assert_eq!((i16::LOWEST, i32::LOWEST), (-i16::MAX, -i32::MAX));
        assert_eq!(f32::LOWEST, -f32::MAX);
        assert_eq!(<Fixed as Number>::LOWEST.to_bits(), -i32::MAX);
    }

    #[test]
    fn a_fixed_number_ranks_as_its_bits_do() {
        for bits in [0, 5, -6, i32::MIN] {
            assert_eq!(Fixed::<16>::from_bits(bits).size(), bits.size());
        }
    }
}
