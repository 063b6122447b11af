//! Densities of the latent vector.

use super::math::{Libm, Math};
use crate::Density;
use core::marker::PhantomData;
use nalgebra::{ArrayStorage, SVector};

/// `ln √(2π)`.
const LN_SQRT_TAU: f32 = 0.918_938_5;

/// Independent standard normals: `ln π(z) = −½ Σ zᵢ² − ½ D ln 2π`. No function of libm is called.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
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

/// Independent normals: `ln π(z) = constant − ½ Σ ((zᵢ − meanᵢ) · precisionᵢ)²`.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct DiagonalNormal<const D: usize> {
    mean: SVector<f32, D>,
    precision: SVector<f32, D>,
    constant: f32,
}

impl<const D: usize> DiagonalNormal<D> {
    /// `precision` is one over the standard deviation; `constant` is `Σ ln precisionᵢ − ½ D ln 2π`,
    /// plus the log-weight in a mixture, in nats.
    pub const fn new(mean: [f32; D], precision: [f32; D], constant: f32) -> Self {
        Self {
            mean: SVector::from_array_storage(ArrayStorage([mean])),
            precision: SVector::from_array_storage(ArrayStorage([precision])),
            constant,
        }
    }

    #[cfg(feature = "rand")]
    pub(crate) fn parts(&self) -> (&SVector<f32, D>, &SVector<f32, D>, f32) {
        (&self.mean, &self.precision, self.constant)
    }
}

impl<const D: usize> Density<f32, D> for DiagonalNormal<D> {
    type Nats = f32;

    fn log_density(&self, z: &SVector<f32, D>) -> f32 {
        diagonal_normal(
            self.mean.as_slice(),
            self.precision.as_slice(),
            self.constant,
            z.as_slice(),
        )
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
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Logistic<M = Libm>(PhantomData<M>);

impl<M> Logistic<M> {
    /// The prior; `M` is where its functions come from.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(PhantomData)
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

/// Mixture of `K` diagonal normals, each with its log-weight in its constant:
/// `ln π(z) = ln Σₖ exp(ln πₖ(z))`.
///
/// ```
/// # use nice_flow::float::{DiagonalNormal, Mixture};
/// static ONE: Mixture<1, 1> = Mixture::new([DiagonalNormal::new([0.0], [1.0], -0.9189385)]);
/// ```
///
/// There is at least one, checked when the program is built:
///
/// ```compile_fail,E0080
/// # use nice_flow::float::{DiagonalNormal, Mixture};
/// static NONE: Mixture<1, 0> = Mixture::new([]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Mixture<const D: usize, const K: usize, M = Libm> {
    components: [DiagonalNormal<D>; K],
    math: PhantomData<M>,
}

impl<const D: usize, const K: usize, M> Mixture<D, K, M> {
    /// The components; `M` is where the exponential and the logarithm come from.
    pub const fn new(components: [DiagonalNormal<D>; K]) -> Self {
        const { assert!(K > 0, "a mixture needs a component") };
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
/// `−∞` if every term is, `+∞` if one is; NaN if one is, wherever it stands.
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
