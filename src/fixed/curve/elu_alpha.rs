//! ELU with any `alpha`, from the table of that with 1.

use super::Elu;
use super::function::{Function, Shape, sealed};

/// `p` above zero, `alpha (eᵖ − 1)` below, with `alpha = mantissa / 2^shift`; one multiplication more than [`Elu`].
///
/// ```
/// use nice_flow::fixed::{Curve, EluAlpha};
///
/// // ½ (e⁻¹ − 1) = −0.3161, of numbers in units of 2⁻¹².
/// const HALF: Curve<EluAlpha> = Curve::new(12, 12, 32_767, EluAlpha::new(1 << 14, 15));
/// assert_eq!(HALF.of(-1 << 12), -1_295);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct EluAlpha {
    mantissa: u32,
    shift: u32,
}

impl EluAlpha {
    /// ELU with `alpha = mantissa / 2^shift`.
    ///
    /// # Panics
    ///
    /// Unless the mantissa has at most 15 bits, and `11 ≤ shift ≤ 19`: alphas below 16.
    pub const fn new(mantissa: u16, shift: u8) -> Self {
        assert!(mantissa < 1 << 15, "a mantissa of at most 15 bits");
        assert!(11 <= shift && shift <= 19, "a shift of 11 to 19");
        Self {
            mantissa: mantissa as u32,
            shift: shift as u32,
        }
    }
}

impl sealed::Sealed for EluAlpha {}

impl Function for EluAlpha {
    const SHAPE: Shape = Elu::SHAPE;
    const UNIT: u32 = Elu::UNIT;
    const START: i32 = Elu::START;

    #[inline]
    fn table() -> &'static [u16] {
        Elu::table()
    }

    #[inline]
    fn times(&self, g: i32) -> i32 {
        let half = 1u32.wrapping_shl(self.shift) >> 1;
        let product = (g as u32).wrapping_mul(self.mantissa);
        product.wrapping_add(half).wrapping_shr(self.shift) as i32
    }
}
