//! From measurements to the state of an integer flow.

mod hard;
mod soft;

use super::limit::within;
use super::{Fixed, Saturation};
use crate::{Bijection, Density, Flow, Number};
use nalgebra::{ArrayStorage, SVector};

/// Makes a state of `D` measurements.
///
/// What is farther out than the flow can take is put at a limit; [`Encoded`] gives it the largest score there is.
pub trait Encode<T, const D: usize> {
    /// Element of the state.
    type State: Number;

    /// Makes `u` the state of `x`; says whether an element of it is at the limit.
    fn encode_to(&self, x: &SVector<T, D>, u: &mut SVector<Self::State, D>) -> Saturation;

    /// The state of `x`.
    fn encode(&self, x: &SVector<T, D>) -> SVector<Self::State, D> {
        let mut u = SVector::from([Self::State::ZERO; D]);
        self.encode_to(x, &mut u);
        u
    }
}

/// From `f32`: `uᵢ = (xᵢ − meanᵢ) · factorᵢ`, towards zero, clamped to `±limit`. NaN is `limit`.
///
/// The generator sets the limit to 128 standard deviations, or 64 where the flow could wrap around. The mean is taken off
/// before the factor is applied, so a pressure of 101325 ± 50 Pa keeps its digits. On every core, with or without an FPU, each
/// input takes the same instructions and gives the same bits.
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

    /// The measurements of a state, as far as `f32` can tell them: what `encode` takes back to it, nearly.
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

    // Its registers and those of the flow are not on the stack together.
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
// Both by one call: in line the second took 150 bytes more.
#[inline(never)]
fn real(x: f32, mean: f32, factor: f32, limit: i32, before: Saturation) -> (i32, Saturation) {
    let has_fpu = cfg!(any(not(core), target_abi = "eabihf"));
    let element = if has_fpu {
        hard::element
    } else {
        soft::element
    };
    let u = element(x, mean, factor, limit);
    (u, before.and(u, limit))
}

/// From raw integers: `uᵢ = ⌊(xᵢ · factorᵢ + offsetᵢ) / 2^shiftᵢ⌋`, clamped to `±limit`. Links no floating point.
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

    // Its registers and those of the flow are not on the stack together.
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
    (u, before.and(u, limit))
}

/// The density of measurements, by a flow of their states: raw units in, fixed-point nats out.
///
/// That a nat is one of the measurements' own density is up to the constant of the flow's prior. Where one measurement is
/// no number, or at the encoder's limit or beyond, the density is the lowest there is, whatever the flow makes of the
/// others: the score has the bits `i32::MAX`, so every lower threshold flags a sensor that died far out.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Encoded<E, F> {
    flow: F,
    encoder: E,
}

impl<E, F> Encoded<E, F> {
    /// `flow` of what `encoder` makes of measurements.
    pub const fn new(encoder: E, flow: F) -> Self {
        Self { flow, encoder }
    }

    /// Makes a state of measurements.
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

    fn log_density(&self, x: &SVector<T, D>) -> Fixed<FRAC> {
        let mut u = SVector::from([Fixed::from_bits(0); D]);
        let saturation = self.encoder.encode_to(x, &mut u);
        saturation.lower(self.flow.consume(&mut u))
    }
}
