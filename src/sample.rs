//! Drawing from priors and, through the inverse, from flows.

use crate::float::{DiagonalNormal, FullMixture, FullNormal, Logistic, Mixture, Normal, StudentT};
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

/// By Bailey's transform, which is Box and Muller's with `ν` degrees of freedom: `√(ν (u^(−2/ν) − 1)) cos 2πv`.
impl<M, const D: usize> Sample<f32, D> for StudentT<D, M> {
    fn sample<R: Rng>(&self, rng: &mut R) -> SVector<f32, D> {
        let [location, factor, power] = self.parts().map(|part| SVector::from(*part));
        location.zip_zip_map(&factor, &power, |location, factor, power| {
            let exponent = -2.0 / (2.0 * power - 1.0) * libm::logf(uniform(rng));
            // √(eˣ − 1), which must not overflow before the root.
            let radius = libm::expf(0.5 * exponent) * libm::sqrtf(-libm::expm1f(-exponent));
            location + radius * libm::cosf(TAU * uniform(rng)) / factor
        })
    }
}

/// `mean + W⁻¹ ε` with standard normal `ε`, by substitution.
impl<const D: usize, const N: usize> Sample<f32, D> for FullNormal<D, N> {
    fn sample<R: Rng>(&self, rng: &mut R) -> SVector<f32, D> {
        let (mean, rows, _) = self.parts();
        let mut away = SVector::<f32, D>::from_fn(|_, _| normal(rng));
        let mut rest = rows.as_slice();
        for last in 0..D {
            let split = rest.split_at_checked(last);
            let Some((row, [diagonal, next @ ..])) = split else {
                break;
            };
            let known: f32 = row.iter().zip(&away).map(|(w, x)| w * x).sum();
            if let Some(x) = away.as_mut_slice().get_mut(last) {
                *x = (*x - known) / diagonal;
            }
            rest = next;
        }
        away + SVector::from(*mean)
    }
}

impl<const D: usize, const K: usize, M> Sample<f32, D> for Mixture<D, K, M> {
    fn sample<R: Rng>(&self, rng: &mut R) -> SVector<f32, D> {
        let log_weight = |component: &DiagonalNormal<D>| {
            let (_, precision, constant) = component.parts();
            let log_det: f32 = precision.iter().map(|p| libm::logf(*p)).sum();
            constant - log_det
        };
        drawn(self.components(), log_weight, rng)
    }
}

impl<const D: usize, const N: usize, const K: usize, M> Sample<f32, D> for FullMixture<D, N, K, M> {
    fn sample<R: Rng>(&self, rng: &mut R) -> SVector<f32, D> {
        let log_weight = |component: &FullNormal<D, N>| {
            let (_, rows, constant) = component.parts();
            let diagonal = (0..D).filter_map(|i| rows.get(i * (i + 3) / 2));
            let log_det: f32 = diagonal.map(|w| libm::logf(libm::fabsf(*w))).sum();
            constant - log_det
        };
        drawn(self.components(), log_weight, rng)
    }
}

/// A draw from a component, which the Gumbel-max trick chooses by the log-weights, known up to a shared constant.
fn drawn<C: Sample<f32, D>, R: Rng, const D: usize>(
    components: &[C],
    log_weight: impl Fn(&C) -> f32,
    rng: &mut R,
) -> SVector<f32, D> {
    let [first, rest @ ..] = components else {
        return SVector::zeros();
    };
    let mut noisy = |component| log_weight(component) - libm::logf(-libm::logf(uniform(rng)));
    let mut chosen = (first, noisy(first));
    for component in rest {
        let weight = noisy(component);
        if weight > chosen.1 {
            chosen = (component, weight);
        }
    }
    chosen.0.sample(rng)
}
