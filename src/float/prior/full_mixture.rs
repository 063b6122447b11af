//! Mixtures of normals whose elements are correlated.

use super::{FullNormal, log_sum_exp};
use crate::Density;
use crate::float::math::{Libm, Math};
use core::marker::PhantomData;
use nalgebra::SVector;

/// Mixture of `K` [`FullNormal`]s: `ln π(z) = ln Σₖ exp(ln πₖ(z))`, each with its log-weight in its constant.
///
/// `N = D (D + 1) / 2`. Where elements are correlated in other ways in other states of a machine, one of them does what takes several
/// components of a [`Mixture`](super::Mixture).
///
/// ```
/// use nice_flow::{Density, float::{FullMixture, FullNormal}};
///
/// // Two states: elements that rise together, and elements of which one rises as the other falls.
/// static TWO_STATES: FullMixture<2, 3, 2> = FullMixture::new([
///     FullNormal::weighted(0.7, [0.0, 0.0], [1.0, -0.75, 1.25]),
///     FullNormal::weighted(0.3, [8.0, 0.0], [1.0, 0.75, 1.25]),
/// ]);
/// assert!(TWO_STATES.score(&[2.0, 2.0]) < TWO_STATES.score(&[2.0, -2.0]));
/// assert!(TWO_STATES.score(&[10.0, 2.0]) > TWO_STATES.score(&[10.0, -2.0]));
/// ```
///
/// There is at least one component, checked when the program is built:
///
/// ```compile_fail,E0080
/// # use nice_flow::float::FullMixture;
/// static NONE: FullMixture<1, 1, 0> = FullMixture::new([]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct FullMixture<const D: usize, const N: usize, const K: usize, M = Libm> {
    components: [FullNormal<D, N>; K],
    math: PhantomData<M>,
}

impl<const D: usize, const N: usize, const K: usize, M> FullMixture<D, N, K, M> {
    /// The components; `M` is where the exponential and the logarithm come from.
    pub const fn new(components: [FullNormal<D, N>; K]) -> Self {
        assert!(K > 0, "a mixture needs a component");
        Self {
            components,
            math: PhantomData,
        }
    }

    #[cfg(feature = "rand")]
    pub(crate) fn components(&self) -> &[FullNormal<D, N>; K] {
        &self.components
    }
}

impl<const D: usize, const N: usize, const K: usize, M: Math> Density<f32, D>
    for FullMixture<D, N, K, M>
{
    type Nats = f32;

    fn log_density(&self, z: &SVector<f32, D>) -> f32 {
        let mut terms = [0.0; K];
        for (term, component) in terms.iter_mut().zip(&self.components) {
            *term = component.log_density(z);
        }
        log_sum_exp::<M>(&terms)
    }
}
