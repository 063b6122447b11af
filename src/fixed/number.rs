//! Fixed-point numbers.

use crate::Number;
use core::fmt;
use core::ops::{AddAssign, Neg, SubAssign};

/// A fixed-point number, `bits / 2^FRAC`: in a model, a state in its own unit or a score in nats.
///
/// With the default of 16 bits after the point, scores reach ±32768 nats in steps of 0.000015. `FRAC` is 4 to 16; a model
/// with a greater reach has fewer. Sums and differences wrap: each undoes the other, always.
///
/// ```
/// use nice_flow::fixed::Fixed;
///
/// const THRESHOLD: Fixed = Fixed::from_nats(24.5);
/// assert_eq!(THRESHOLD, Fixed::from_bits(0x18_8000));
/// assert_eq!(format!("{THRESHOLD} nats, {THRESHOLD:.1}"), "24.5000 nats, 24.5");
/// ```
///
/// ```compile_fail,E0080
/// # use nice_flow::fixed::Fixed;
/// const NONE: Fixed<40> = Fixed::from_bits(1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(transparent)]
pub struct Fixed<const FRAC: u32 = 16>(i32);

impl<const FRAC: u32> Fixed<FRAC> {
    /// One, in bits.
    pub(super) const ONE: i32 = {
        assert!(4 <= FRAC && FRAC <= 16, "4 to 16 bits after the point");
        1 << FRAC
    };

    /// From the integer `value · 2^FRAC`.
    #[must_use]
    pub const fn from_bits(bits: i32) -> Self {
        const { Self::ONE };
        Self(bits)
    }

    /// The integer `value · 2^FRAC`.
    #[must_use]
    pub const fn to_bits(self) -> i32 {
        self.0
    }

    /// The nearest number, for a threshold in nats.
    ///
    /// # Panics
    ///
    /// If it does not fit, or is NaN; in a `const` or `static` the compiler says so.
    ///
    /// ```
    /// # use nice_flow::fixed::Fixed;
    /// assert_eq!(Fixed::<16>::from_nats(-0.5).to_bits(), -0x8000);
    /// ```
    ///
    /// ```compile_fail,E0080
    /// # use nice_flow::fixed::Fixed;
    /// const TOO_LARGE: Fixed = Fixed::from_nats(40_000.0);
    /// ```
    #[must_use]
    pub const fn from_nats(nats: f32) -> Self {
        let bits = nats * Self::ONE as f32;
        assert!(
            -2_147_483_648.0 < bits && bits < 2_147_483_648.0,
            "a number of nats that fits"
        );
        // Towards zero and then to the nearest: `bits + 0.5` would itself be rounded.
        let whole = bits as i32;
        let rest = bits - whole as f32;
        Self(whole + (rest >= 0.5) as i32 - (rest <= -0.5) as i32)
    }

    /// The nearest `f32`.
    ///
    /// ```
    /// # use nice_flow::fixed::Fixed;
    /// assert_eq!(Fixed::<8>::from_bits(0x180).to_f32(), 1.5);
    /// ```
    #[must_use]
    pub const fn to_f32(self) -> f32 {
        self.0 as f32 / Self::ONE as f32
    }
}

/// As a decimal with four digits after the point, or as many as the precision says, up to nine. Without floating point.
impl<const FRAC: u32> fmt::Display for Fixed<FRAC> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(4).min(9);
        let unit = 10u64.pow(digits as u32);
        let half = (1u64 << FRAC) / 2;
        let size = (u64::from(self.0.unsigned_abs()) * unit + half) >> FRAC;
        let sign = match (self.0 < 0, f.sign_plus()) {
            (true, _) => "-",
            (false, true) => "+",
            (false, false) => "",
        };
        write!(f, "{sign}{}", size / unit)?;
        match digits {
            0 => Ok(()),
            _ => write!(f, ".{:0digits$}", size % unit),
        }
    }
}

impl<const FRAC: u32> AddAssign for Fixed<FRAC> {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

impl<const FRAC: u32> SubAssign for Fixed<FRAC> {
    #[inline]
    fn sub_assign(&mut self, other: Self) {
        self.0 = self.0.wrapping_sub(other.0);
    }
}

impl<const FRAC: u32> Neg for Fixed<FRAC> {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self(self.0.wrapping_neg())
    }
}

impl<const FRAC: u32> Number for Fixed<FRAC> {
    const ZERO: Self = Self::from_bits(0);
    const LOWEST: Self = Self::from_bits(-i32::MAX);

    #[inline]
    fn size(self) -> i32 {
        self.0.size()
    }

    #[inline]
    fn word(self) -> u32 {
        self.0 as u32
    }

    #[inline]
    fn of_word(word: u32) -> Self {
        Self(word as i32)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::Fixed;
    use std::format;

    #[test]
    fn numbers_are_printed_to_the_nearest_digit() {
        let text = |bits| format!("{}", Fixed::<16>::from_bits(bits));
        assert_eq!(text(0), "0.0000");
        assert_eq!(text(-1), "-0.0000");
        assert_eq!(text(0x1_0000), "1.0000");
        assert_eq!(text(-0x1_8000), "-1.5000");
        assert_eq!(text(0xffff), "1.0000");
        assert_eq!(text(i32::MIN), "-32768.0000");
        let third = Fixed::<4>::from_bits(5);
        assert_eq!(
            format!("{third:.0} {third:.9} {third:+.2}"),
            "0 0.312500000 +0.31"
        );
    }

    #[test]
    fn nats_become_the_nearest_number() {
        let bits = |nats| Fixed::<16>::from_nats(nats).to_bits();
        assert_eq!(bits(0.0), 0);
        assert_eq!(bits(0.4 / 65_536.0), 0);
        assert_eq!(bits(0.5 / 65_536.0), 1);
        assert_eq!(bits(-0.5 / 65_536.0), -1);
        // Where `bits + 0.5` rounds to an even number.
        assert_eq!(bits(8_388_609.0 / 65_536.0), 8_388_609);
        assert_eq!(bits(32_767.998), 0x7fff_ff80);
    }

    #[test]
    #[should_panic(expected = "fits")]
    fn a_nan_is_no_number_of_nats() {
        let _ = Fixed::<16>::from_nats(f32::NAN);
    }
}
