//! Priors with several modes.
//!
//! Every component sees the same state, so it is brought to 16 bits once: `vᵢ = ⌊uᵢ / 2^coarseᵢ⌋`, clamped to ±(2¹⁵ − 1).
//! With means and factors of 16 bits, a component then needs no product of more than 32:
//!
//! ```text
//! zᵢ = round((vᵢ − meanᵢ) · factorᵢ / 2^shift)        clamped to 16 bits
//! ```
//!
//! is in standard deviations times 2⁸. `|vᵢ − meanᵢ| ≤ 2¹⁶ − 1` and `factorᵢ < 2¹⁵`, so the product and half of its unit are
//! below 2³¹; the square is at most 2³⁰.

use super::Fixed;
use super::limit::{below, within, within_16_bits};
use super::prior::{SQUARES_LIMIT, saturate};
use super::softplus::softplus_of_minus;
use crate::Density;
use nalgebra::SVector;

/// Bits after the point of `z`.
const Z_FRACTION: u32 = 8;
/// Where the coarse state is clamped.
const COARSE_LIMIT: i32 = 32_767;

/// A normal in a [`Mixture`]: `ln π(u) = constant − ½ Σ zᵢ²`, `zᵢ = (vᵢ − meanᵢ) · factorᵢ / 2^shift` in 2⁻⁸ deviations.
///
/// `vᵢ` is the state as the mixture coarsens it. The generator computes `constant = 2^FRAC (ln weight + Σ ln precisionᵢ −
/// ½ D ln 2π)`, the precisions those that the factors stand for, plus log-determinants of the flow and the encoder.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Component<const D: usize> {
    mean: [i16; D],
    factor: [i16; D],
    constant: i32,
}

impl<const D: usize> Component<D> {
    /// Constants as the type's documentation has them; nobody checks that `constant` belongs to the others.
    ///
    /// # Panics
    ///
    /// If a mean is −2¹⁵, or a factor is below zero.
    pub const fn new(mean: [i16; D], factor: [i16; D], constant: i32) -> Self {
        let mut i = 0;
        while i < D {
            assert!(mean[i] > i16::MIN, "means above -32768");
            assert!(factor[i] >= 0, "factors not below zero");
            i += 1;
        }
        Self {
            mean,
            factor,
            constant,
        }
    }
}

/// Mixture of `K` normals, each a [`Component`]: `ln π(u) = ln Σₖ exp(ln πₖ(u))`.
///
/// ```
/// use nice_flow::{Density, fixed::{Component, Fixed, Mixture}};
///
/// // States in steps of 2⁻⁸, deviations too: means of −4 and 4; half the weight each, −½ ln 2π − ln 2.
/// static PRIOR: Mixture<1, 2> = Mixture::new(
///     [8],
///     1,
///     [
///         Component::new([4 << 8], [2], -105_649),
///         Component::new([-4 << 8], [2], -105_649),
///     ],
/// );
/// let [between, at_one] = [0.0, 4.0].map(|u| PRIOR.score(&[Fixed::<16>::from_nats(u)]));
/// assert!(at_one < between);
/// ```
///
/// There is at least one component, checked when the program is built:
///
/// ```compile_fail,E0080
/// # use nice_flow::fixed::Mixture;
/// static NONE: Mixture<1, 0> = Mixture::new([8], 1, []);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Mixture<const D: usize, const K: usize> {
    components: [Component<D>; K],
    shift: u32,
    coarse: [u8; D],
}

impl<const D: usize, const K: usize> Mixture<D, K> {
    /// The bits that are shifted off each element of the state, and off the products; the components.
    ///
    /// # Panics
    ///
    /// If there is no component, `coarse` is not in `0..=31`, or `shift` not in `1..=17`.
    pub const fn new(coarse: [u8; D], shift: u32, components: [Component<D>; K]) -> Self {
        assert!(K > 0, "a mixture needs a component");
        assert!(1 <= shift && shift <= 17, "a shift of 1 to 17");
        let mut i = 0;
        while i < D {
            assert!(coarse[i] <= 31, "at most 31 bits shifted off a state");
            i += 1;
        }
        Self {
            components,
            shift,
            coarse,
        }
    }
}

impl<const FRAC: u32, const D: usize, const K: usize> Density<Fixed<FRAC>, D> for Mixture<D, K> {
    type Nats = Fixed<FRAC>;

    #[inline(never)]
    fn log_density(&self, u: &SVector<Fixed<FRAC>, D>) -> Fixed<FRAC> {
        let mut v = [0; D];
        coarsen(u.as_slice(), &self.coarse, &mut v);
        let mut terms = [Fixed::from_bits(0); K];
        for (term, one) in terms.iter_mut().zip(&self.components) {
            let squares = squares(&one.mean, &one.factor, self.shift, &v);
            *term = normal(one.constant, squares);
        }
        log_sum_exp(&terms)
    }
}

/// The state in 16 bits.
#[inline]
pub fn coarsen<const FRAC: u32>(u: &[Fixed<FRAC>], coarse: &[u8], v: &mut [i16]) {
    for ((u, bits), v) in u.iter().zip(coarse).zip(v) {
        *v = self::coarse(u.to_bits(), *bits);
    }
}

/// One element of [`coarsen`].
#[inline]
pub fn coarse(u: i32, bits: u8) -> i16 {
    let steps = u.wrapping_shr(u32::from(bits));
    within(i64::from(steps), COARSE_LIMIT) as i16
}

/// `Σ zᵢ²`, in units of 2⁻¹⁶; of up to 2³⁴ elements.
// Not inlined: it does not depend on the sizes, which differ from model to model.
#[inline(never)]
pub fn squares(mean: &[i16], factor: &[i16], shift: u32, v: &[i16]) -> u64 {
    let constants = mean.iter().zip(factor);
    v.iter().zip(constants).fold(0, |sum, (v, (mean, factor))| {
        sum.wrapping_add(u64::from(square(
            (*v).into(),
            (*mean).into(),
            (*factor).into(),
            shift,
        )))
    })
}

/// `zᵢ²`.
#[inline]
pub fn square(v: i32, mean: i32, factor: i32, shift: u32) -> u32 {
    let half = 1i32.wrapping_shl(shift.wrapping_sub(1));
    let product = v.wrapping_sub(mean).wrapping_mul(factor);
    let z = within_16_bits(product.wrapping_add(half).wrapping_shr(shift));
    z.wrapping_mul(z) as u32
}

/// `constant − ½ Σ zᵢ²`, the sum of [`squares`] no greater than 2³⁰ bits.
#[inline]
pub fn normal<const FRAC: u32>(constant: i32, squares: u64) -> Fixed<FRAC> {
    let shift = 2 * Z_FRACTION + 1 - FRAC;
    let half = squares.wrapping_add(1 << (shift - 1)) >> shift;
    let half = within(half as i64, SQUARES_LIMIT);
    saturate(i64::from(constant) - i64::from(half))
}

/// `ln Σ eᵗ`, term after term: `max(a, b) + ln(1 + e^−|a − b|)`.
pub fn log_sum_exp<const FRAC: u32>(terms: &[Fixed<FRAC>]) -> Fixed<FRAC> {
    let (first, rest) = match terms {
        [first, rest @ ..] => (*first, rest),
        [] => (Fixed::from_bits(-i32::MAX), terms),
    };
    rest.iter().fold(first, |sum, term| {
        let (sum, term) = (sum.to_bits(), term.to_bits());
        // The difference of two numbers of 32 bits needs 33: `sign` holds the highest.
        let (ahead, sign) = (term.wrapping_sub(sum), below(term, sum));
        let change = softplus_of_minus::<FRAC>((ahead ^ sign).wrapping_sub(sign) as u32);
        saturate(i64::from(sum) + i64::from((ahead & !sign) as u32) + i64::from(change))
    })
}
