//! From measurements to the state of an integer flow.

mod hard;
mod soft;

use super::Fixed;
use super::limit::within;
use super::saturation::Saturation;
use crate::{Bijection, Density, Flow, Number};
use nalgebra::{ArrayStorage, SVector};

/// From `D` measurements to the state of an integer flow: [`Standardise`] for `f32`, [`Counts`] for an ADC's integers.
///
/// What is farther out than the flow can take is clamped to a limit; [`Encoded`] gives it the largest score there is.
///
/// ```
/// use nice_flow::{fixed::{Encode, Fixed, Standardise}, nalgebra::{SVector, vector}};
///
/// // 65536 to a standard deviation of 0.5, clamped to 64 of them.
/// static ENCODER: Standardise<1> = Standardise::new([20.0], [131_072.0], 64 << 16);
/// let state: SVector<Fixed, 1> = ENCODER.encode(&vector![20.5]);
/// assert_eq!(state, vector![Fixed::from_bits(1 << 16)]);
/// ```
pub trait Encode<T, const D: usize> {
    /// Element of the state, a [`Fixed`].
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
#[repr(C)]
pub struct Standardise<const D: usize, const FRAC: u32 = 16> {
    mean: SVector<f32, D>,
    factor: SVector<f32, D>,
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
            mean: SVector::from_array_storage(ArrayStorage([mean])),
            factor: SVector::from_array_storage(ArrayStorage([factor])),
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
        let mut x = self.mean;
        let constants = u.as_slice().iter().zip(self.factor.as_slice());
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
        let (mean, factor) = (self.mean.as_slice(), self.factor.as_slice());
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
    let mut saturation = Saturation::NONE;
    let constants = mean.iter().zip(factor);
    for (u, (x, (mean, factor))) in u.iter_mut().zip(x.iter().zip(constants)) {
        let bits;
        (bits, saturation) = real(*x, *mean, *factor, limit, saturation);
        *u = Fixed::from_bits(bits);
    }
    saturation
}

/// One element of [`Standardise`], and whether it or one before it is at the limit.
// Not inlined: the compiler would put it in line twice, 150 bytes more. To check, compare the flash that `nice-flow bench`
// prints.
#[inline(never)]
fn real(x: f32, mean: f32, factor: f32, limit: i32, before: Saturation) -> (i32, Saturation) {
    let has_fpu = cfg!(any(not(core), target_abi = "eabihf"));
    let element = if has_fpu {
        hard::element
    } else {
        soft::element
    };
    let u = element(x, mean, factor, limit);
    (u, before.or_at_limit(u, limit))
}

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
    const SHAPES: () = {
        let () = B::SHAPES;
        P::SHAPES
    };

    fn log_density(&self, x: &SVector<T, D>) -> Fixed<FRAC> {
        let mut u = SVector::from([Fixed::from_bits(0); D]);
        let saturation = self.encoder.encode_to(x, &mut u);
        saturation.lower(self.flow.consume(&mut u))
    }
}
