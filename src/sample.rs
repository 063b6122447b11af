//! Drawing from priors and, through the inverse, from flows.

use crate::float::{DiagonalNormal, Logistic, Mixture, Normal};
use crate::{Bijection, Flow, Number};
use core::f32::consts::TAU;
use nalgebra::SVector;
use rand_core::Rng;

/// A density that can be drawn from: what does the model think is normal?
///
/// For priors of `f32` and flows over them, by any generator of [`rand_core`](crate::rand_core). Not for an
/// [`Ensemble`](crate::Ensemble), nor for integers: draw from the model of `f32` that they were made of.
///
/// ```
/// use nice_flow::{Flow, Sample, float::{Diagonal, Normal}, nalgebra::SVector};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
///
/// let model = Flow::new(Diagonal::new([20.0, 1013.0], [2.0, 0.125]), Normal);
/// let x: SVector<f32, 2> = model.sample(&mut ChaCha8Rng::seed_from_u64(1));
/// assert!((x[0] - 20.0).abs() < 5.0 * 0.5 && (x[1] - 1013.0).abs() < 5.0 * 8.0);
/// ```
pub trait Sample<T: Number, const D: usize> {
    /// One draw.
    #[must_use]
    fn sample<R: Rng>(&self, rng: &mut R) -> SVector<T, D>;
}

/// `z ~ π`, `x = f⁻¹(z)`.
impl<T, const D: usize, B, P> Sample<T, D> for Flow<B, P>
where
    T: Number,
    B: Bijection<T, D>,
    P: Sample<T, D>,
{
    fn sample<R: Rng>(&self, rng: &mut R) -> SVector<T, D> {
        let mut x = self.prior().sample(rng);
        self.bijection().inverse(&mut x);
        x
    }
}

/// Uniform on the open interval (0, 1): the odd multiples of 2⁻²⁴, all exact.
fn uniform<R: Rng>(rng: &mut R) -> f32 {
    // 23 bits, not 24: with 24 the sum would be rounded, and the largest one to 2²⁴, which makes `u` one.
    ((rng.next_u32() >> 9) as f32 + 0.5) * (1.0 / 8_388_608.0)
}

/// Standard normal, by Box and Muller's transform.
fn normal<R: Rng>(rng: &mut R) -> f32 {
    let radius = libm::sqrtf(-2.0 * libm::logf(uniform(rng)));
    radius * libm::cosf(TAU * uniform(rng))
}

impl<const D: usize> Sample<f32, D> for Normal {
    fn sample<R: Rng>(&self, rng: &mut R) -> SVector<f32, D> {
        SVector::from_fn(|_, _| normal(rng))
    }
}

impl<const D: usize> Sample<f32, D> for DiagonalNormal<D> {
    fn sample<R: Rng>(&self, rng: &mut R) -> SVector<f32, D> {
        let (mean, precision, _) = self.parts();
        let mean = SVector::from(*mean);
        mean.zip_map(&SVector::from(*precision), |mean, precision| {
            mean + normal(rng) / precision
        })
    }
}

/// By the inverse of the distribution function, `ln(u / (1 − u))`.
impl<M, const D: usize> Sample<f32, D> for Logistic<M> {
    fn sample<R: Rng>(&self, rng: &mut R) -> SVector<f32, D> {
        SVector::from_fn(|_, _| {
            let u = uniform(rng);
            libm::logf(u / (1.0 - u))
        })
    }
}

/// A component by the Gumbel-max trick on the log-weights, then a draw from it.
impl<const D: usize, const K: usize, M> Sample<f32, D> for Mixture<D, K, M> {
    fn sample<R: Rng>(&self, rng: &mut R) -> SVector<f32, D> {
        let [first, rest @ ..] = self.components().as_slice() else {
            return SVector::zeros();
        };
        let mut chosen = (first, gumbel_weight(first, rng));
        for component in rest {
            let weight = gumbel_weight(component, rng);
            if weight > chosen.1 {
                chosen = (component, weight);
            }
        }
        chosen.0.sample(rng)
    }
}

/// A component's log-weight up to a shared constant, plus Gumbel noise.
fn gumbel_weight<R: Rng, const D: usize>(component: &DiagonalNormal<D>, rng: &mut R) -> f32 {
    let (_, precision, constant) = component.parts();
    let log_det: f32 = precision.iter().map(|p| libm::logf(*p)).sum();
    constant - log_det - libm::logf(-libm::logf(uniform(rng)))
}
