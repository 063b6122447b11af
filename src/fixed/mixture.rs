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

#[cfg(not(any(core = "rv32", not(core))))]
use super::kernel;
use super::limit::{
    around_zero, around_zero_16_bits, difference, half_within_30_bits, highest, raised,
    within_16_bits,
};
#[cfg(core = "v6m")]
use super::softplus;
use super::softplus::softplus_of_minus;
use super::{Component, Fixed};
use crate::Density;
#[cfg(not(core = "v6m"))]
use core::hint::black_box;
use nalgebra::SVector;

/// Bits after the point of `z`.
const Z_FRACTION: u32 = 8;

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
        #[cfg(core = "v6m")]
        {
            kernel::mixture(&self.components, self.shift, &v, &softplus::TABLE)
        }
        #[cfg(not(core = "v6m"))]
        {
            let term = |one: &Component<D>| {
                component(&one.mean, &one.factor, one.constant, self.shift, &v)
            };
            match self.components.as_slice() {
                [first, rest @ ..] => {
                    // `black_box`: where LLVM sees how many there are, it writes eight out one by one, 300 bytes more.
                    let rest = black_box(rest).iter().map(term);
                    rest.fold(term(first), log_add_exp)
                }
                [] => Fixed::from_bits(-i32::MAX),
            }
        }
    }
}

/// The state in 16 bits.
#[inline]
pub fn coarsen<const FRAC: u32>(u: &[Fixed<FRAC>], coarse: &[u8], v: &mut [i16]) {
    #[cfg(any(core = "v7m", core = "v7em", core = "v8m", core = "helium"))]
    kernel::coarsen(u, coarse, v);
    #[cfg(not(any(core = "v7m", core = "v7em", core = "v8m", core = "helium")))]
    for ((u, bits), v) in u.iter().zip(coarse).zip(v) {
        *v = self::coarse(u.to_bits(), *bits);
    }
}

/// One element of [`coarsen`].
#[inline]
pub fn coarse(u: i32, bits: u8) -> i16 {
    let steps = u.wrapping_shr(u32::from(bits));
    // With a bit shifted off, no difference from a limit overflows, and fewer instructions do. A branch on the model,
    // not on what is measured.
    match cfg!(any(core = "rv32", core = "v6m")) && bits & 31 != 0 {
        true => around_zero(steps, 0x7fff) as i16,
        false => around_zero_16_bits(steps) as i16,
    }
}

/// `Σ zᵢ²`, in units of 2⁻¹⁶; of up to 2³³ elements.
#[inline]
pub fn squares(mean: &[i16], factor: &[i16], shift: u32, v: &[i16]) -> u64 {
    #[cfg(any(core = "v7m", core = "v7em", core = "v8m", core = "helium"))]
    {
        kernel::squares(mean, factor, shift, v)
    }
    #[cfg(not(any(core = "v7m", core = "v7em", core = "v8m", core = "helium")))]
    {
        let constants = mean.iter().zip(factor);
        v.iter().zip(constants).fold(0, |sum, (v, (mean, factor))| {
            let square = square((*v).into(), (*mean).into(), (*factor).into(), shift);
            sum.wrapping_add(u64::from(square))
        })
    }
}

/// `zᵢ²`.
#[inline]
pub fn square(v: i32, mean: i32, factor: i32, shift: u32) -> u32 {
    let half = 1i32.wrapping_shl(shift.wrapping_sub(1));
    let product = v.wrapping_sub(mean).wrapping_mul(factor);
    let z = within_16_bits(product.wrapping_add(half).wrapping_shr(shift));
    z.wrapping_mul(z) as u32
}

/// `ln π(u)` of a component.
// Not inlined, as the sum of two terms below: written out for eight components they take a kilobyte.
#[cfg(not(core = "v6m"))]
#[inline(never)]
fn component<const FRAC: u32>(
    mean: &[i16],
    factor: &[i16],
    constant: i32,
    shift: u32,
    v: &[i16],
) -> Fixed<FRAC> {
    normal(constant, squares(mean, factor, shift, v))
}

/// `constant − ½ Σ zᵢ²`, the sum of [`squares`] no greater than 2³⁰ bits.
#[inline]
pub fn normal<const FRAC: u32>(constant: i32, squares: u64) -> Fixed<FRAC> {
    let half = half_within_30_bits(squares >> (2 * Z_FRACTION - FRAC));
    Fixed::from_bits(difference(constant, half))
}

/// `ln Σ eᵗ`, term after term: `max(a, b) + ln(1 + e^−|a − b|)`. A term is no lower than `-i32::MAX`.
pub fn log_sum_exp<const FRAC: u32>(terms: &[Fixed<FRAC>]) -> Fixed<FRAC> {
    match terms {
        [first, rest @ ..] => rest.iter().copied().fold(*first, log_add_exp),
        [] => Fixed::from_bits(-i32::MAX),
    }
}

/// `ln (eᵃ + eᵇ)`.
#[inline(never)]
fn log_add_exp<const FRAC: u32>(a: Fixed<FRAC>, b: Fixed<FRAC>) -> Fixed<FRAC> {
    let (highest, apart) = highest(a.to_bits(), b.to_bits());
    let change = softplus_of_minus::<FRAC>(apart);
    Fixed::from_bits(raised(highest, change))
}
