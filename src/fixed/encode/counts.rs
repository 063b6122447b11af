//! Measurements of integers, as an ADC gives them.

use super::Encode;
use crate::Number;
use crate::fixed::Fixed;
use crate::fixed::limit::within;
use crate::fixed::saturation::Saturation;
use nalgebra::SVector;

/// From raw integers: `uᵢ = ⌊(xᵢ · factorᵢ + offsetᵢ) / 2^shiftᵢ⌋`, clamped to `±limit`. Links no floating point.
///
/// Takes `i16` and `i32`.
///
/// ```
/// use nice_flow::{fixed::{Counts, Encode, Fixed}, nalgebra::vector};
///
/// // 512 ± 64 counts, where a state of 1.0 is a deviation: 1024 to a count.
/// static ENCODER: Counts<1> = Counts::new([1_024], [-512 * 1_024], [0], 64 << 16);
/// assert_eq!(ENCODER.encode(&vector![576i16]), vector![Fixed::from_nats(1.0)]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Counts<const D: usize, const FRAC: u32 = 16> {
    offset: [i64; D],
    factor: [i32; D],
    shift: [u8; D],
    limit: i32,
}

impl<const D: usize, const FRAC: u32> Counts<D, FRAC> {
    /// `factor` and `offset` are in bits of the state times `2^shift`, for a unit of `x` and for none.
    ///
    /// # Panics
    ///
    /// If a shift is above 62, an offset not within ±2⁶², or `limit` not above zero.
    pub const fn new(factor: [i32; D], offset: [i64; D], shift: [u8; D], limit: i32) -> Self {
        let mut i = 0;
        while i < D {
            assert!(shift[i] <= 62, "a shift of at most 62");
            assert!(offset[i].unsigned_abs() < 1 << 62, "an offset within 2^62");
            i += 1;
        }
        assert!(limit > 0, "a limit above zero");
        Self {
            offset,
            factor,
            shift,
            limit,
        }
    }
}

impl<T, const D: usize, const FRAC: u32> Encode<T, D> for Counts<D, FRAC>
where
    T: Number + Into<i32>,
{
    type State = Fixed<FRAC>;

    // Not inlined: otherwise the registers that it saves would be on the stack beside those of the flow. `tests/embedded`
    // prints the stack of a score.
    #[inline(never)]
    fn encode_to(&self, x: &SVector<T, D>, u: &mut SVector<Fixed<FRAC>, D>) -> Saturation {
        let (x, u) = (x.as_slice(), u.as_mut_slice());
        counts(&self.factor, &self.offset, &self.shift, self.limit, x, u)
    }
}

/// [`Counts`] at a run-time size.
pub fn counts<T: Copy + Into<i32>, const FRAC: u32>(
    factor: &[i32],
    offset: &[i64],
    shift: &[u8],
    limit: i32,
    x: &[T],
    u: &mut [Fixed<FRAC>],
) -> Saturation {
    let mut saturation = Saturation::NONE;
    let lines = factor.iter().zip(offset).zip(shift);
    for ((u, x), ((factor, offset), shift)) in u.iter_mut().zip(x).zip(lines) {
        let bits;
        (bits, saturation) = count((*x).into(), *factor, *offset, *shift, limit, saturation);
        *u = Fixed::from_bits(bits);
    }
    saturation
}

/// One element of [`Counts`], and whether it or one before it is at the limit.
#[inline(never)]
fn count(
    x: i32,
    factor: i32,
    offset: i64,
    shift: u8,
    limit: i32,
    before: Saturation,
) -> (i32, Saturation) {
    let product = i64::from(x) * i64::from(factor);
    let u = product.wrapping_add(offset).wrapping_shr(u32::from(shift));
    let u = within(u, limit);
    (u, before.or_at_limit(u, limit))
}
