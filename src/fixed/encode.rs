//! From measurements to the state of an integer flow.

use super::Fixed;
use super::limit::within;
use crate::{Bijection, Density, Flow, Number};
use nalgebra::{ArrayStorage, SVector};

/// Makes a state of `D` measurements.
///
/// What is farther out than the flow can take saturates: it is as strange as the limit is.
pub trait Encode<T, const D: usize> {
    /// Element of the state.
    type State: Number;

    /// The state of `x`.
    fn encode(&self, x: &SVector<T, D>) -> SVector<Self::State, D>;
}

/// From `f32`: `uᵢ = (xᵢ − meanᵢ) · factorᵢ`, towards zero, clamped to `±limit`. NaN is `limit`.
///
/// At the limit of 128 standard deviations that the generator sets, one such input makes an anomaly of a normal row, unless the
/// threshold lies among rows that are as strange; `nice-flow calibrate` says so where it does.///
/// The mean is taken off before the factor is applied, so a pressure of 101325 ± 50 Pa keeps its digits.
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
    /// If `limit` is not in `1..=2²⁴`, which `f32` holds exactly.
    pub const fn new(mean: [f32; D], factor: [f32; D], limit: i32) -> Self {
        assert!(1 <= limit && limit <= 1 << 24, "a limit of 1 to 2^24");
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
    fn encode(&self, x: &SVector<f32, D>) -> SVector<Fixed<FRAC>, D> {
        let mut u = SVector::from([Fixed::from_bits(0); D]);
        let (mean, factor) = (self.mean.as_slice(), self.factor.as_slice());
        standardise(mean, factor, self.limit, x.as_slice(), u.as_mut_slice());
        u
    }
}

/// [`Standardise`] at a run-time size.
pub fn standardise<const FRAC: u32>(
    mean: &[f32],
    factor: &[f32],
    limit: i32,
    x: &[f32],
    u: &mut [Fixed<FRAC>],
) {
    let constants = mean.iter().zip(factor);
    for (u, (x, (mean, factor))) in u.iter_mut().zip(x.iter().zip(constants)) {
        *u = Fixed::from_bits(real(*x, *mean, *factor, limit));
    }
}

/// One element of [`Standardise`].
#[inline(never)]
fn real(x: f32, mean: f32, factor: f32, limit: i32) -> i32 {
    let t = (x - mean) * factor;
    // `as` saturates, and makes of a NaN a zero: the mean.
    let u = (t as i32).max(-limit).min(limit);
    if t.is_nan() { limit } else { u }
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
    /// If a shift is above 62, an offset beyond ±2⁶², or `limit` negative.
    pub const fn new(factor: [i32; D], offset: [i64; D], shift: [u8; D], limit: i32) -> Self {
        let mut i = 0;
        while i < D {
            assert!(shift[i] <= 62, "a shift of at most 62");
            assert!(offset[i].unsigned_abs() <= 1 << 62, "an offset within 2^62");
            i += 1;
        }
        assert!(limit >= 0, "a limit of either sign");
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
    fn encode(&self, x: &SVector<T, D>) -> SVector<Fixed<FRAC>, D> {
        let mut u = SVector::from([Fixed::from_bits(0); D]);
        let line = self.factor.iter().zip(&self.offset).zip(&self.shift);
        for ((u, x), ((factor, offset), shift)) in u.iter_mut().zip(x.as_slice()).zip(line) {
            *u = Fixed::from_bits(count((*x).into(), *factor, *offset, *shift, self.limit));
        }
        u
    }
}

/// One element of [`Counts`].
#[inline(never)]
pub fn count(x: i32, factor: i32, offset: i64, shift: u8, limit: i32) -> i32 {
    let product = i64::from(x) * i64::from(factor);
    let u = product.wrapping_add(offset).wrapping_shr(u32::from(shift));
    within(u, limit)
}

/// The density of measurements, by a flow of their states: raw units in, fixed-point nats out.
///
/// That a nat is one of the measurements' own density is up to the constant of the flow's prior.
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

impl<T, const D: usize, E, B, P> Density<T, D> for Encoded<E, Flow<B, P>>
where
    E: Encode<T, D>,
    B: Bijection<E::State, D>,
    P: Density<E::State, D, Nats = E::State>,
{
    type Nats = E::State;

    fn log_density(&self, x: &SVector<T, D>) -> E::State {
        self.flow.consume(&mut self.encoder.encode(x))
    }
}
