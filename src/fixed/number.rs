//! Fixed-point numbers.

use crate::Number;
use core::ops::{AddAssign, Neg, SubAssign};

/// `bits / 2^FRAC`; in a model, a state in its own unit or a score in nats.
///
/// Sums and differences wrap: each undoes the other, always.
///
/// ```
/// # use nice_flow::fixed::Fixed;
/// const THRESHOLD: Fixed = Fixed::from_bits(0x18_8000);
/// assert_eq!(THRESHOLD.to_f32(), 24.5);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(transparent)]
pub struct Fixed<const FRAC: u32 = 16>(i32);

impl<const FRAC: u32> Fixed<FRAC> {
    /// One, in bits.
    pub(super) const ONE: i32 = {
        assert!(4 <= FRAC && FRAC <= 16, "4 to 16 bits after the point");
        1 << FRAC
    };

    /// From the integer `value · 2^FRAC`.
    pub const fn from_bits(bits: i32) -> Self {
        Self(bits)
    }

    /// The integer `value · 2^FRAC`.
    pub const fn to_bits(self) -> i32 {
        self.0
    }

    /// The nearest `f32`.
    pub const fn to_f32(self) -> f32 {
        self.0 as f32 / Self::ONE as f32
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
    const ZERO: Self = Self(0);
    const LOWEST: Self = Self(i32::MIN);
}
