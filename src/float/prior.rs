//! Densities of the latent vector.

mod full_mixture;
mod full_normal;
mod student_t;

pub use full_mixture::FullMixture;
pub use full_normal::{FullNormal, full_normal};
pub use student_t::{StudentT, student_t};

use super::math::{Libm, Math};
use crate::Density;
use crate::ln::sum_of_ln;
use core::marker::PhantomData;
use nalgebra::SVector;

/// `ln √(2π)`.
const LN_SQRT_TAU: f32 = 0.918_938_5;
const LN_SQRT_TAU_64: f64 = 0.918_938_533_204_672_7;

/// Independent standard normals: `ln π(z) = −½ Σ zᵢ² − ½ D ln 2π`. It needs no exponential and no logarithm.
///
/// ```
/// use nice_flow::{Density, float::Normal};
///
/// assert_eq!(Normal.score(&[3.0]) - Normal.score(&[0.0]), 4.5);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Normal;

impl<const D: usize> Density<f32, D> for Normal {
    type Nats = f32;

    fn log_density(&self, z: &SVector<f32, D>) -> f32 {
        normal(z.as_slice())
    }
}

/// [`Normal`] at a run-time size.
#[inline]
pub fn normal(z: &[f32]) -> f32 {
    let mut sum = 0.0;
    for z in z {
        sum += z * z;
    }
    -0.5 * sum - LN_SQRT_TAU * z.len() as f32
}

/// Independent normals: `ln π(z) = constant − ½ Σ ((zᵢ − meanᵢ) · precisionᵢ)²`, of `D` numbers.
///
/// `precision` is one over the standard deviation, and `constant = Σ ln precisionᵢ − ½ D ln 2π` (plus the log-weight
/// of a component of a [`Mixture`]).
///
/// ```
/// use nice_flow::{Density, float::DiagonalNormal};
///
/// // 20 ± 0.5: at one deviation the density is half a nat lower.
/// static PRIOR: DiagonalNormal<1> = DiagonalNormal::new([20.0], [2.0]);
/// assert_eq!(PRIOR.score(&[20.5]) - PRIOR.score(&[20.0]), 0.5);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct DiagonalNormal<const D: usize> {
    mean: [f32; D],
    precision: [f32; D],
    constant: f32,
}

impl<const D: usize> DiagonalNormal<D> {
    /// By mean and precision, one over the standard deviation; the constant is computed, in a `static` by the compiler.
    ///
    /// # Panics
    ///
    /// If a precision is zero, infinite or NaN.
    pub const fn new(mean: [f32; D], precision: [f32; D]) -> Self {
        Self::weighted(1.0, mean, precision)
    }

    /// A component of a [`Mixture`]: `ln weight` is part of its constant. The weights of a mixture add up to one.
    ///
    /// # Panics
    ///
    /// If the weight or a precision is zero, infinite or NaN.
    pub const fn weighted(weight: f32, mean: [f32; D], precision: [f32; D]) -> Self {
        let constant = sum_of_ln(&[weight]) + sum_of_ln(&precision) - LN_SQRT_TAU_64 * D as f64;
        Self::with_constant(mean, precision, constant as f32)
    }

    /// With a constant of your own in nats, which nobody checks: generated code.
    pub const fn with_constant(mean: [f32; D], precision: [f32; D], constant: f32) -> Self {
        Self {
            mean,
            precision,
            constant,
        }
    }

    #[cfg(feature = "rand")]
    pub(crate) fn parts(&self) -> (&[f32; D], &[f32; D], f32) {
        (&self.mean, &self.precision, self.constant)
    }
}

impl<const D: usize> Density<f32, D> for DiagonalNormal<D> {
    type Nats = f32;

    fn log_density(&self, z: &SVector<f32, D>) -> f32 {
        diagonal_normal(&self.mean, &self.precision, self.constant, z.as_slice())
    }
}

/// [`DiagonalNormal`] at a run-time size.
#[inline(never)]
pub fn diagonal_normal(mean: &[f32], precision: &[f32], constant: f32, z: &[f32]) -> f32 {
    let mut sum = 0.0;
    for ((z, mean), precision) in z.iter().zip(mean).zip(precision) {
        let t = (z - mean) * precision;
        sum += t * t;
    }
    -0.5 * sum + constant
}

/// Independent standard logistics, the NICE paper's prior: `ln π(z) = −Σ (|zᵢ| + 2 ln(1 + e^−|zᵢ|))`.
///
/// Far out it falls by one nat a unit, where a normal falls faster and faster. `M` is where its functions come from.
///
/// ```
/// use nice_flow::{Density, float::Logistic};
///
/// let prior = <Logistic>::new();
/// assert!((prior.score(&[31.0]) - prior.score(&[30.0]) - 1.0).abs() < 1e-5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Logistic<M = Libm>(PhantomData<M>);

impl<M> Logistic<M> {
    /// The prior; it has no parameters.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<M> Default for Logistic<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Math, const D: usize> Density<f32, D> for Logistic<M> {
    type Nats = f32;

    fn log_density(&self, z: &SVector<f32, D>) -> f32 {
        logistic::<M>(z.as_slice())
    }
}

/// [`Logistic`] at a run-time size.
#[inline(never)]
pub fn logistic<M: Math>(z: &[f32]) -> f32 {
    let mut sum = 0.0;
    for z in z {
        let t = libm::fabsf(*z);
        sum -= t + 2.0 * M::ln_1p(M::exp(-t));
    }
    sum
}

/// Mixture of `K` [`DiagonalNormal`]s: `ln π(z) = ln Σₖ exp(ln πₖ(z))`, each with its log-weight in its constant.
///
/// ```
/// use nice_flow::{Density, float::{DiagonalNormal, Mixture}};
///
/// static TWO_STATES: Mixture<1, 2> = Mixture::new([
///     DiagonalNormal::weighted(0.7, [-4.0], [1.0]),
///     DiagonalNormal::weighted(0.3, [4.0], [1.0]),
/// ]);
/// assert!(TWO_STATES.score(&[4.0]) < TWO_STATES.score(&[0.0]));
/// ```
///
/// There is at least one component, checked when the program is built:
///
/// ```compile_fail,E0080
/// # use nice_flow::float::{DiagonalNormal, Mixture};
/// static NONE: Mixture<1, 0> = Mixture::new([]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Mixture<const D: usize, const K: usize, M = Libm> {
    components: [DiagonalNormal<D>; K],
    math: PhantomData<M>,
}

impl<const D: usize, const K: usize, M> Mixture<D, K, M> {
    /// The components; `M` is where the exponential and the logarithm come from.
    pub const fn new(components: [DiagonalNormal<D>; K]) -> Self {
        assert!(K > 0, "a mixture needs a component");
        Self {
            components,
            math: PhantomData,
        }
    }

    #[cfg(feature = "rand")]
    pub(crate) fn components(&self) -> &[DiagonalNormal<D>; K] {
        &self.components
    }
}

impl<const D: usize, const K: usize, M: Math> Density<f32, D> for Mixture<D, K, M> {
    type Nats = f32;

    fn log_density(&self, z: &SVector<f32, D>) -> f32 {
        let mut terms = [0.0; K];
        for (term, component) in terms.iter_mut().zip(&self.components) {
            *term = component.log_density(z);
        }
        log_sum_exp::<M>(&terms)
    }
}

/// `ln Σ eᵗ`, taken relative to the largest term so that it cannot overflow.
///
/// −∞ if all terms are, +∞ if one is. NaN if one is, wherever it stands.
#[inline(never)]
pub fn log_sum_exp<M: Math>(terms: &[f32]) -> f32 {
    let mut largest = f32::NEG_INFINITY;
    for t in terms {
        if t.is_nan() {
            return *t;
        }
        if *t > largest {
            largest = *t;
        }
    }
    if largest.is_infinite() {
        return largest;
    }
    let mut sum = 0.0;
    for t in terms {
        sum += M::exp(t - largest);
    }
    largest + M::ln(sum)
}
