//! Densities of the latent state.
//!
//! Each first makes of a state `u` the number in standard deviations:
//!
//! ```text
//! zᵢ = round(uᵢ · factorᵢ / 2^shift) + offsetᵢ        clamped to ±2²⁷: the squares of 512 of them fit in 64 bits
//! ```
//!
//! So the last scale of a flow, which integers could not undo, is part of its prior. Constants are in nats times `2^FRAC`.

use super::Fixed;
use super::limit::within;
use super::softplus::softplus_of_minus;
use crate::Density;
use nalgebra::SVector;

/// Where `z` is clamped.
const Z_LIMIT: i32 = 1 << 27;
/// Where `½ Σ z²` is clamped: 16384 nats at `FRAC = 16`.
const SQUARES_LIMIT: i32 = 1 << 30;

/// The constants that lead from the state to standard deviations, and that of the density.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
struct Standard<const D: usize> {
    factor: [i32; D],
    offset: [i32; D],
    constant: i32,
    shift: u32,
}

impl<const D: usize> Standard<D> {
    const fn new(factor: [i32; D], offset: [i32; D], shift: u32, constant: i32) -> Self {
        assert!(1 <= shift && shift <= 62, "a shift of 1 to 62");
        Self {
            factor,
            offset,
            constant,
            shift,
        }
    }

    fn parts(&self) -> Parts<'_> {
        Parts {
            factor: &self.factor,
            offset: &self.offset,
            shift: self.shift,
            constant: self.constant,
        }
    }
}

/// The constants of a prior, at a run-time size.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Parts<'a> {
    /// `2^shift` times what one unit of a state is in standard deviations, for each element.
    pub factor: &'a [i32],
    /// Where a state of zero is, in standard deviations times `2^FRAC`.
    pub offset: &'a [i32],
    /// How many bits are shifted off the product of state and factor, 1 to 62.
    pub shift: u32,
    /// The logarithm of the normalising constant, log-determinants included, times `2^FRAC`.
    pub constant: i32,
}

impl Parts<'_> {
    /// The elements in standard deviations.
    #[inline]
    fn standardise<const FRAC: u32>(&self, u: &[Fixed<FRAC>]) -> impl Iterator<Item = i32> {
        let constants = self.factor.iter().zip(self.offset);
        u.iter()
            .zip(constants)
            .map(|(u, (factor, offset))| standardise(u.to_bits(), *factor, *offset, self.shift))
    }
}

/// One element.
// Not inlined: the compiler would unroll the loop around it, half a kilobyte of 64-bit arithmetic in each prior. To check,
// compare the flash that `nice-flow bench` prints.
#[inline(never)]
fn standardise(u: i32, factor: i32, offset: i32, shift: u32) -> i32 {
    deviation(u, factor, offset, shift)
}

/// `standardise`, in line: hosts evaluate it in lanes.
#[inline]
pub fn deviation(u: i32, factor: i32, offset: i32, shift: u32) -> i32 {
    let half = 1i64.wrapping_shl(shift.wrapping_sub(1));
    let product = i64::from(u) * i64::from(factor);
    let z = product.wrapping_add(half).wrapping_shr(shift);
    within(z.wrapping_add(i64::from(offset)), Z_LIMIT)
}

/// A sum of 64 bits as one of 32, no lower than `-i32::MAX`: the negative of `i32::MIN`, its score, would overflow.
#[inline]
pub(super) fn saturate<const FRAC: u32>(nats: i64) -> Fixed<FRAC> {
    Fixed::from_bits(within(nats, i32::MAX))
}

/// Independent normals: `ln π(u) = constant − ½ Σ zᵢ²`, the sum no greater than 2³⁰ bits.
///
/// `zᵢ = round(uᵢ · factorᵢ / 2^shift) + offsetᵢ` is in standard deviations. The generator computes the constants:
/// `constant = 2^FRAC (Σ ln (factorᵢ / 2^shift) − ½ D ln 2π)`, plus log-determinants of the flow and the encoder.
///
/// ```
/// use nice_flow::{Density, fixed::{DiagonalNormal, Fixed}};
///
/// // A standard normal in units of 2⁻¹⁶: the constant is −½ ln 2π.
/// static PRIOR: DiagonalNormal<1> = DiagonalNormal::new([1 << 8], [0], 8, -60_223);
/// let [centre, out] = [0.0, 3.0].map(|z| PRIOR.score(&[Fixed::<16>::from_nats(z)]));
/// assert_eq!((centre.to_bits(), out.to_f32() - centre.to_f32()), (60_223, 4.5));
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(transparent)]
pub struct DiagonalNormal<const D: usize>(Standard<D>);

impl<const D: usize> DiagonalNormal<D> {
    /// Constants as the type's documentation has them; nobody checks that `constant` belongs to the others.
    ///
    /// # Panics
    ///
    /// If `shift` is not in `1..=62`.
    pub const fn new(factor: [i32; D], offset: [i32; D], shift: u32, constant: i32) -> Self {
        Self(Standard::new(factor, offset, shift, constant))
    }
}

impl<const FRAC: u32, const D: usize> Density<Fixed<FRAC>, D> for DiagonalNormal<D> {
    type Nats = Fixed<FRAC>;

    #[inline(never)]
    fn log_density(&self, u: &SVector<Fixed<FRAC>, D>) -> Fixed<FRAC> {
        diagonal_normal(self.0.parts(), u.as_slice())
    }
}

/// [`DiagonalNormal`] at a run-time size, up to 512.
#[inline(never)]
pub fn diagonal_normal<const FRAC: u32>(parts: Parts, u: &[Fixed<FRAC>]) -> Fixed<FRAC> {
    let squares = parts.standardise(u).map(|z| i64::from(z) * i64::from(z));
    let sum = squares.fold(0u64, |sum, square| sum.wrapping_add(square as u64));
    standard_normal(parts.constant, sum)
}

/// `constant − ½ Σ zᵢ²`, the sum no greater than 2³⁰ bits.
#[inline]
pub fn standard_normal<const FRAC: u32>(constant: i32, squares: u64) -> Fixed<FRAC> {
    let half = squares.wrapping_add(1 << FRAC) >> (FRAC + 1);
    let half = within(half as i64, SQUARES_LIMIT);
    saturate(i64::from(constant) - i64::from(half))
}

/// Independent logistics, the NICE paper's prior: `ln π(u) = constant − Σ (|zᵢ| + 2 ln(1 + e^−|zᵢ|))`.
///
/// `zᵢ = round(uᵢ · factorᵢ / 2^shift) + offsetᵢ`, and `constant = 2^FRAC Σ ln (factorᵢ / 2^shift)` plus log-determinants.
/// The logarithm comes from a table, within 7.8e-5 nats.
///
/// ```
/// use nice_flow::{Density, fixed::{Fixed, Logistic}};
///
/// static PRIOR: Logistic<1> = Logistic::new([1 << 8], [0], 8, 0);
/// let score = PRIOR.score(&[Fixed::<16>::from_nats(0.0)]);
/// assert!((score.to_f32() - 4f32.ln()).abs() < 2e-4);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(transparent)]
pub struct Logistic<const D: usize>(Standard<D>);

impl<const D: usize> Logistic<D> {
    /// Constants as the type's documentation has them; nobody checks that `constant` belongs to the others.
    ///
    /// # Panics
    ///
    /// If `shift` is not in `1..=62`.
    pub const fn new(factor: [i32; D], offset: [i32; D], shift: u32, constant: i32) -> Self {
        Self(Standard::new(factor, offset, shift, constant))
    }
}

impl<const FRAC: u32, const D: usize> Density<Fixed<FRAC>, D> for Logistic<D> {
    type Nats = Fixed<FRAC>;

    #[inline(never)]
    fn log_density(&self, u: &SVector<Fixed<FRAC>, D>) -> Fixed<FRAC> {
        logistic(self.0.parts(), u.as_slice())
    }
}

/// [`Logistic`] at a run-time size.
#[inline(never)]
pub fn logistic<const FRAC: u32>(parts: Parts, u: &[Fixed<FRAC>]) -> Fixed<FRAC> {
    let terms = parts.standardise(u).map(|z| {
        let distance = z.unsigned_abs();
        i64::from(distance) + 2 * i64::from(softplus_of_minus::<FRAC>(distance))
    });
    saturate(terms.fold(i64::from(parts.constant), |nats, term| nats - term))
}
