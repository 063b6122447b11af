//! A mixture of diagonal normals as a prior in training.
//!
//! The parameters are a logit `l` for each component, then the means `μ`, component by component, then the
//! log-precisions `s`. Component `k` has weight `softmax(l)ₖ` and standard deviations `e^−s`.

use super::kernel::{Lane, PART, sum};
use super::pull::Pull;
use super::real::Real;
use pulp::{Arch, Simd, WithSimd};
use std::f64::consts::TAU;

/// The parameters, by name.
struct Parts<'a, T> {
    logits: &'a [T],
    means: &'a [T],
    log_precisions: &'a [T],
}

impl<'a, T> Parts<'a, T> {
    fn new(components: usize, parameters: &'a [T]) -> Self {
        let (logits, rest) = parameters.split_at(components);
        let (means, log_precisions) = rest.split_at(rest.len() / 2);
        Self {
            logits,
            means,
            log_precisions,
        }
    }

    /// Means and log-precisions of each component of so many dimensions.
    fn components(&self, dim: usize) -> impl Iterator<Item = Component<'a, T>> {
        let means = self.means.chunks(dim.max(1));
        let pairs = means.zip(self.log_precisions.chunks(dim.max(1)));
        pairs.map(|(mean, log_precision)| Component {
            mean,
            log_precision,
        })
    }
}

/// `ln π(z)` of every row.
pub(super) fn log_density<T: Real>(components: usize, parameters: &[T], z: &[Lane<T>]) -> Lane<T> {
    log_sum_exp(&joint(&Parts::new(components, parameters), z))
}

/// `∂/∂z` of `Σ w ln π(z)` for every row; and for every component its responsibility for each row times the row's weight.
pub(super) fn backward<T: Real>(
    components: usize,
    parameters: &[T],
    z: &[Lane<T>],
    weights: &Lane<T>,
) -> (Vec<Lane<T>>, Vec<Lane<T>>) {
    let parts = Parts::new(components, parameters);
    let mut shares = joint(&parts, z);
    let total = log_sum_exp(&shares);
    for share in &mut shares {
        for ((share, total), weight) in share.iter_mut().zip(&total).zip(weights) {
            *share = *weight * (*share - *total).exp();
        }
    }
    let mut slopes = vec![[T::ZERO; PART]; z.len()];
    for (share, component) in shares.iter().zip(parts.components(z.len())) {
        Arch::new().dispatch(Slopes {
            share,
            z,
            component,
            slopes: &mut slopes,
        });
    }
    (slopes, shares)
}

/// Adds `∂/∂parameters` of `Σ w ln π(z)` over all parts of a batch to `gradient`.
pub(super) fn add<T: Real>(
    components: usize,
    parameters: &[T],
    parts: &[&Pull<T>],
    gradient: &mut [T],
) {
    let dim = parts.first().map_or(0, |part| part.z.len());
    let known = Parts::new(components, parameters);
    let log_weights = log_softmax(known.logits);
    let weight = sum(parts.iter().map(|part| &part.weights));
    let (logits, rest) = gradient.split_at_mut(components);
    let (means, log_precisions) = rest.split_at_mut(components * dim);
    let places = means
        .chunks_mut(dim.max(1))
        .zip(log_precisions.chunks_mut(dim.max(1)));
    let places = logits.iter_mut().zip(places).zip(known.components(dim));
    for (k, ((logit, (mean_gradient, log_precision_gradient)), component)) in places.enumerate() {
        let shared = sum(parts.iter().map(|part| &part.shares[k]));
        *logit += shared - log_weights[k].exp() * weight;
        Arch::new().dispatch(Gradient {
            k,
            shared,
            parts,
            component,
            mean_gradient,
            log_precision_gradient,
        });
    }
}

/// The parameters of a component but for its weight.
#[derive(Clone, Copy)]
struct Component<'a, T> {
    mean: &'a [T],
    log_precision: &'a [T],
}

/// The slopes that one component adds.
struct Slopes<'a, T> {
    share: &'a Lane<T>,
    z: &'a [Lane<T>],
    component: Component<'a, T>,
    slopes: &'a mut [Lane<T>],
}

impl<T: Real> WithSimd for Slopes<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Component {
            mean,
            log_precision,
        } = self.component;
        for (i, (z, slopes)) in self.z.iter().zip(self.slopes).enumerate() {
            let precision = log_precision[i].exp();
            let square = precision * precision;
            for ((slope, z), share) in slopes.iter_mut().zip(z).zip(self.share) {
                *slope -= *share * (*z - mean[i]) * square;
            }
        }
    }
}

/// The gradient of one component.
struct Gradient<'a, T> {
    k: usize,
    /// The sum of the component's shares of all rows.
    shared: T,
    parts: &'a [&'a Pull<T>],
    component: Component<'a, T>,
    mean_gradient: &'a mut [T],
    log_precision_gradient: &'a mut [T],
}

impl<T: Real> WithSimd for Gradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Component {
            mean,
            log_precision,
        } = self.component;
        for i in 0..mean.len() {
            let (mean, precision) = (mean[i], log_precision[i].exp());
            let square = precision * precision;
            // Sixteen partial sums, as in `kernel`.
            let (mut pulls, mut spreads) = ([T::ZERO; 16], [T::ZERO; 16]);
            for part in self.parts {
                let rows = part.z[i].as_chunks::<16>().0.iter();
                for (z, share) in rows.zip(part.shares[self.k].as_chunks::<16>().0) {
                    for lane in 0..16 {
                        let away = z[lane] - mean;
                        let pull = share[lane] * away * square;
                        pulls[lane] += pull;
                        spreads[lane] += pull * away;
                    }
                }
            }
            let total = |parts: [T; 16]| parts.into_iter().fold(T::ZERO, |sum, part| sum + part);
            self.mean_gradient[i] += total(pulls);
            self.log_precision_gradient[i] += self.shared - total(spreads);
        }
    }
}

/// `ln (weight · density)` for every component and row.
fn joint<T: Real>(parts: &Parts<T>, z: &[Lane<T>]) -> Vec<Lane<T>> {
    let dim = z.len();
    let log_weights = log_softmax(parts.logits);
    let mut joint = vec![[T::ZERO; PART]; log_weights.len()];
    for (k, (lane, log_weight)) in joint.iter_mut().zip(log_weights).enumerate() {
        Arch::new().dispatch(Joint {
            log_weight,
            z,
            mean: &parts.means[k * dim..(k + 1) * dim],
            log_precision: &parts.log_precisions[k * dim..(k + 1) * dim],
            lane,
        });
    }
    joint
}

/// The parameters of one component.
struct Joint<'a, T> {
    log_weight: T,
    z: &'a [Lane<T>],
    mean: &'a [T],
    log_precision: &'a [T],
    lane: &'a mut Lane<T>,
}

impl<T: Real> WithSimd for Joint<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let mut constant = self.log_weight;
        for ((z, mean), log_precision) in self.z.iter().zip(self.mean).zip(self.log_precision) {
            constant += *log_precision - T::of(0.5 * TAU.ln());
            let precision = log_precision.exp();
            for (total, z) in self.lane.iter_mut().zip(z) {
                let e = (*z - *mean) * precision;
                *total -= T::of(0.5) * e * e;
            }
        }
        self.lane.iter_mut().for_each(|total| *total += constant);
    }
}

/// The logarithm of each component's weight.
pub(super) fn log_softmax<T: Real>(logits: &[T]) -> Vec<T> {
    let largest = logits
        .iter()
        .fold(logits[0], |a, b| if *b > a { *b } else { a });
    let sum = logits
        .iter()
        .fold(T::ZERO, |sum, l| sum + (*l - largest).exp());
    logits.iter().map(|l| *l - largest - sum.ln()).collect()
}

/// `ln Σ eᵗ` of every row.
fn log_sum_exp<T: Real>(terms: &[Lane<T>]) -> Lane<T> {
    std::array::from_fn(|row| {
        let column = terms.iter().map(|lane| lane[row]);
        let largest = column
            .clone()
            .fold(terms[0][row], |a, b| if b > a { b } else { a });
        let sum = column.fold(T::ZERO, |sum, term| sum + (term - largest).exp());
        largest + sum.ln()
    })
}
