//! Priors with several modes.

use super::limit::below;
use super::prior::saturate;
use super::softplus::softplus_of_minus;
use super::{DiagonalNormal, Fixed};
use crate::Density;
use nalgebra::SVector;

/// Mixture of `K` [`DiagonalNormal`]s: `ln π(u) = ln Σₖ exp(ln πₖ(u))`, each with its log-weight in its constant.
///
/// ```
/// use nice_flow::{Density, fixed::{DiagonalNormal, Fixed, Mixture}};
///
/// // Means of −4 and 4, in bits; half the weight each: −½ ln 2π − ln 2.
/// static PRIOR: Mixture<1, 2> = Mixture::new([
///     DiagonalNormal::new([1 << 8], [4 << 16], 8, -105_649),
///     DiagonalNormal::new([1 << 8], [-4 << 16], 8, -105_649),
/// ]);
/// let [between, at_one] = [0.0, 4.0].map(|u| PRIOR.score(&[Fixed::<16>::from_nats(u)]));
/// assert!(at_one < between);
/// ```
///
/// There is at least one component, checked when the program is built:
///
/// ```compile_fail,E0080
/// # use nice_flow::fixed::{DiagonalNormal, Mixture};
/// static NONE: Mixture<1, 0> = Mixture::new([]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(transparent)]
pub struct Mixture<const D: usize, const K: usize>([DiagonalNormal<D>; K]);

impl<const D: usize, const K: usize> Mixture<D, K> {
    /// The components.
    pub const fn new(components: [DiagonalNormal<D>; K]) -> Self {
        assert!(K > 0, "a mixture needs a component");
        Self(components)
    }
}

impl<const FRAC: u32, const D: usize, const K: usize> Density<Fixed<FRAC>, D> for Mixture<D, K> {
    type Nats = Fixed<FRAC>;

    #[inline(never)]
    fn log_density(&self, u: &SVector<Fixed<FRAC>, D>) -> Fixed<FRAC> {
        let mut terms = [Fixed::from_bits(0); K];
        for (term, component) in terms.iter_mut().zip(&self.0) {
            *term = component.log_density(u);
        }
        log_sum_exp(&terms)
    }
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
