//! From measurements to the state of an integer flow.

mod counts;
pub(crate) mod hard;
#[cfg(not(core = "v6m"))]
mod soft;
mod standardise;

use super::saturation::Saturation;
use crate::Number;
use nalgebra::SVector;

mod sealed {
    pub trait Sealed {}
    impl<const D: usize, const FRAC: u32> Sealed for super::Standardise<D, FRAC> {}
    impl<const D: usize, const FRAC: u32> Sealed for super::Counts<D, FRAC> {}
}

pub use counts::{Counts, counts};
pub use standardise::{Standardise, standardise};

/// From `D` measurements to the state of an integer flow: [`Standardise`] for `f32`, [`Counts`] for an ADC's integers.
///
/// What is farther out than the flow can take is clamped to a limit; [`Encoded`](super::Encoded) gives it the
/// largest score there is. Sealed.
///
/// ```
/// use nice_flow::{fixed::{Encode, Fixed, Standardise}, nalgebra::{SVector, vector}};
///
/// // 65536 to a standard deviation of 0.5, clamped to 64 of them.
/// static ENCODER: Standardise<1> = Standardise::new([20.0], [131_072.0], 64 << 16);
/// let state: SVector<Fixed, 1> = ENCODER.encode(&vector![20.5]);
/// assert_eq!(state, vector![Fixed::from_bits(1 << 16)]);
/// ```
pub trait Encode<T, const D: usize>: sealed::Sealed {
    /// Element of the state, a [`Fixed`](crate::fixed::Fixed).
    type State: Number;

    /// Makes `u` the state of `x`; returns whether an element of it is at the limit.
    #[doc(hidden)]
    fn encode_to(&self, x: &SVector<T, D>, u: &mut SVector<Self::State, D>) -> Saturation;

    /// The state of `x`.
    #[must_use]
    fn encode(&self, x: &SVector<T, D>) -> SVector<Self::State, D> {
        let mut u = SVector::from([Self::State::ZERO; D]);
        self.encode_to(x, &mut u);
        u
    }
}
