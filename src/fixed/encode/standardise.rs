//! Measurements of `f32`.

use super::Encode;
#[cfg(not(core = "v6m"))]
use super::{hard, soft};
use crate::fixed::Fixed;
#[cfg(core = "v6m")]
use crate::fixed::kernel;
use crate::fixed::saturation::Saturation;
use nalgebra::SVector;

/// From `f32`: `uᵢ = (xᵢ − meanᵢ) · factorᵢ`, rounded towards zero and clamped to `±limit`. A NaN becomes `limit`.
///
/// The generator sets the limit to 128 standard deviations, or to 64 where the flow could wrap around. The mean is taken
/// off before the factor is applied, so that a pressure of 101325 ± 50 Pa keeps its digits. On every core, with or without
/// an FPU, each input takes the same instructions and gives the same bits.
///
/// ```
/// use nice_flow::{fixed::{Encode, Fixed, Standardise}, nalgebra::vector};
///
/// // Two sensors of 20 ± 0.5 and 1013 ± 8; a state of 1.0 is a standard deviation.
/// static ENCODER: Standardise<2> =
///     Standardise::new([20.0, 1013.0], [131_072.0, 8_192.0], 64 << 16);
/// let u = ENCODER.encode(&vector![19.5, 1e9]);
/// assert_eq!(u, vector![Fixed::from_nats(-1.0), Fixed::from_nats(64.0)]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Standardise<const D: usize, const FRAC: u32 = 16> {
    mean: [f32; D],
    factor: [f32; D],
    limit: i32,
}

impl<const D: usize, const FRAC: u32> Standardise<D, FRAC> {
    /// `factor` is in bits of the state for a unit of `x`; so is `limit`.
    ///
    /// # Panics
    ///
    /// If `limit` is not in `1..=2²⁴`, which `f32` holds exactly, a mean not finite, or a factor not normal.
    pub const fn new(mean: [f32; D], factor: [f32; D], limit: i32) -> Self {
        assert!(1 <= limit && limit <= 1 << 24, "a limit of 1 to 2^24");
        let mut i = 0;
        while i < D {
            assert!(mean[i].is_finite(), "a finite mean");
            assert!(factor[i].is_normal(), "a normal factor");
            i += 1;
        }
        Self {
            mean,
            factor,
            limit,
        }
    }

    /// The measurements of a state: `mean + u / factor`, to the precision of `f32`.
    ///
    /// ```
    /// # use nice_flow::{fixed::{Encode, Standardise}, nalgebra::vector};
    /// let encoder: Standardise<1> = Standardise::new([20.0], [131_072.0], 64 << 16);
    /// assert_eq!(encoder.decode(&encoder.encode(&vector![20.25])), vector![20.25]);
    /// ```
    #[must_use]
    pub fn decode(&self, u: &SVector<Fixed<FRAC>, D>) -> SVector<f32, D> {
        let mut x = SVector::from(self.mean);
        let constants = u.as_slice().iter().zip(&self.factor);
        for (x, (u, factor)) in x.as_mut_slice().iter_mut().zip(constants) {
            *x += u.to_bits() as f32 / factor;
        }
        x
    }
}

impl<const D: usize, const FRAC: u32> Encode<f32, D> for Standardise<D, FRAC> {
    type State = Fixed<FRAC>;

    // Not inlined: otherwise the registers that it saves would be on the stack beside those of the flow. `tests/embedded`
    // prints the stack of a score.
    #[inline(never)]
    fn encode_to(&self, x: &SVector<f32, D>, u: &mut SVector<Fixed<FRAC>, D>) -> Saturation {
        let Self { mean, factor, .. } = self;
        standardise(mean, factor, self.limit, x.as_slice(), u.as_mut_slice())
    }
}

/// [`Standardise`] at a run-time size.
pub fn standardise<const FRAC: u32>(
    mean: &[f32],
    factor: &[f32],
    limit: i32,
    x: &[f32],
    u: &mut [Fixed<FRAC>],
) -> Saturation {
    #[cfg(core = "v6m")]
    {
        Saturation::NONE.or_negative(kernel::standardise(mean, factor, limit, x, u))
    }
    #[cfg(not(core = "v6m"))]
    {
        let mut saturation = Saturation::NONE;
        let constants = mean.iter().zip(factor);
        for (u, (x, (mean, factor))) in u.iter_mut().zip(x.iter().zip(constants)) {
            let bits;
            (bits, saturation) = real(*x, *mean, *factor, limit, saturation);
            *u = Fixed::from_bits(bits);
        }
        saturation
    }
}

/// One element of [`Standardise`], and whether it or one before it is at the limit.
// Not inlined: the compiler would put it in line twice, 150 bytes more. To check, compare the flash that `nice-flow bench`
// prints.
#[cfg(not(core = "v6m"))]
#[inline(never)]
fn real(x: f32, mean: f32, factor: f32, limit: i32, before: Saturation) -> (i32, Saturation) {
    let has_fpu = cfg!(any(not(core), target_abi = "eabihf", target_feature = "f"));
    let element = if has_fpu {
        hard::element
    } else {
        soft::element
    };
    let u = element(x, mean, factor, limit);
    (u, before.or_at_limit(u, limit))
}
