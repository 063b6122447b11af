//! An encoder before a flow of integers.

use super::{Encode, Fixed};
use crate::misfit::{Misfit, either};
use crate::{Bijection, Density, Flow, Number};
use nalgebra::SVector;

/// The density of measurements, by a flow of their states: raw units in, fixed-point nats out.
///
/// ```text
/// ln p(x) = ln p_flow(u) + Σ ln factorᵢ,    u = encoder(x)
/// ```
///
/// The second term is a constant, and part of the constant of the flow's prior: the generator sees to that. In a model
/// that you write, leave it out and the result is off by that constant.
///
/// A measurement that is NaN, or at the encoder's limit or beyond it, makes the score the largest there is, with the bits
/// `i32::MAX`, whatever the others are: every lower threshold flags a sensor that died far out.
///
/// ```
/// use nice_flow::{Density, Flow, Permute, fixed::{DiagonalNormal, Encoded, Fixed, Standardise}};
///
/// // One sensor of 20 ± 0.5. The prior's constant: ln 2 − ½ ln 2π = −0.2258 nats.
/// static MODEL: Encoded<Standardise<1>, Flow<Permute<1>, DiagonalNormal<1>>> = Encoded::new(
///     Standardise::new([20.0], [131_072.0], 64 << 16),
///     Flow::new(Permute::new([0]), DiagonalNormal::new([1 << 8], [0], 8, -14_797)),
/// );
/// assert_eq!(MODEL.score(&[21.0f32]).to_f32(), 2.225_784_3); // ½ 2² + 0.2258
/// assert_eq!(MODEL.score(&[f32::NAN]), Fixed::from_bits(i32::MAX));
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Encoded<E, F> {
    flow: F,
    encoder: E,
}

impl<E, F> Encoded<E, F> {
    /// The density of `x`, when `flow` is that of `encoder(x)`.
    pub const fn new(encoder: E, flow: F) -> Self {
        Self { flow, encoder }
    }

    /// What makes a state of measurements.
    pub const fn encoder(&self) -> &E {
        &self.encoder
    }

    /// The density of states.
    pub const fn flow(&self) -> &F {
        &self.flow
    }
}

impl<T, const D: usize, E, B, P, const FRAC: u32> Density<T, D> for Encoded<E, Flow<B, P>>
where
    E: Encode<T, D, State = Fixed<FRAC>>,
    B: Bijection<Fixed<FRAC>, D>,
    P: Density<Fixed<FRAC>, D, Nats = Fixed<FRAC>>,
{
    type Nats = Fixed<FRAC>;
    const MISFIT: Misfit = either(B::MISFIT, P::MISFIT);

    // The state of an input at the limit is the limit: none is greater.
    #[inline]
    fn distances(&self, x: &SVector<T, D>, far: &mut SVector<Fixed<FRAC>, D>)
    where
        T: Number,
    {
        let _ = self.encoder.encode_to(x, far);
    }

    fn log_density(&self, x: &SVector<T, D>) -> Fixed<FRAC> {
        let mut u = zeros();
        let saturation = self.encoder.encode_to(x, &mut u);
        saturation.lower(self.flow.consume(&mut u))
    }
}

/// A state of zeros.
// Not inlined on a Cortex-M0+, whose encoder is assembly that LLVM must take to keep the address: at opt-level z, another state would
// be on the stack, of zeros to copy, for as long as the score takes.
#[cfg_attr(core = "v6m", inline(never))]
#[cfg_attr(not(core = "v6m"), inline)]
fn zeros<const FRAC: u32, const D: usize>() -> SVector<Fixed<FRAC>, D> {
    SVector::from([Fixed::from_bits(0); D])
}
