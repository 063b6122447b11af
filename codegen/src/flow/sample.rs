//! Sampling from flows.

use crate::flow::ir::{DiagonalNormal, Flow, Prior, StudentT};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use std::f64::consts::TAU;

/// The most numbers that are drawn at once: 2 GiB of them.
pub const MOST: usize = 1 << 28;

/// Rows without end. For each row one of the flows, which have equal lengths, is chosen with equal
/// probability; `z` is drawn from its prior and `x = f⁻¹(z)`. The same seed gives the same rows on every machine:
/// transcendental functions are those of libm.
///
/// The context of a conditional flow is that of a row drawn from `known`, rows of the same inputs; of standard normal numbers
/// if there are none.
pub fn rows(flows: Vec<Flow>, known: &[f64], seed: u64) -> impl Iterator<Item = Vec<f64>> + '_ {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    std::iter::repeat_with(move || draw(one_of(&flows, &mut rng), known, &mut rng))
}

/// One of the flows, chosen at random; for a single flow no random number is used.
fn one_of<'a>(flows: &'a [Flow], rng: &mut ChaCha8Rng) -> &'a Flow {
    match flows {
        [only] => only,
        // With 2⁶⁴ possible values, the remainder favours no flow by more than 2⁻⁵⁸.
        _ => &flows[(rng.next_u64() % flows.len() as u64) as usize],
    }
}

/// One row.
fn draw(flow: &Flow, known: &[f64], rng: &mut ChaCha8Rng) -> Vec<f64> {
    let inputs = flow.context();
    let rows = known.len() / flow.dim;
    let context: Vec<f64> = match (inputs.is_empty(), rows) {
        (true, _) => vec![],
        (false, 0) => inputs.iter().map(|_| normal(rng)).collect(),
        (false, _) => {
            let row = (rng.next_u64() % rows as u64) as usize;
            inputs.iter().map(|i| known[row * flow.dim + i]).collect()
        }
    };
    let mut x = latent(flow.prior.scored(), flow.dim - inputs.len(), rng);
    // No layer changes the context, so that its places behind the flow have the values of the inputs. They rise.
    let places = flow.prior.context().iter().zip(context);
    places.for_each(|(place, value)| x.insert(*place, value));
    flow.inverse(&mut x);
    x
}

fn latent(prior: &Prior, dim: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    match prior {
        Prior::Normal => (0..dim).map(|_| normal(rng)).collect(),
        Prior::DiagonalNormal(one) => diagonal(one, rng),
        Prior::Logistic => (0..dim)
            .map(|_| uniform(rng))
            .map(|u| libm::log(u / (1.0 - u)))
            .collect(),
        Prior::Mixture {
            log_weights,
            components,
        } => diagonal(&components[one_by_weight(log_weights, rng)], rng),
        Prior::StudentT(one) => student_t(one, rng),
        Prior::FullMixture {
            log_weights,
            components,
        } => {
            let chosen = &components[one_by_weight(log_weights, rng)];
            let noise: Vec<f64> = (0..dim).map(|_| normal(rng)).collect();
            chosen.value_of(&noise)
        }
        Prior::Given { prior, .. } => latent(prior, dim, rng),
    }
}

/// The place of one of the weights, chosen as often as it is large.
fn one_by_weight(log_weights: &[f64], rng: &mut ChaCha8Rng) -> usize {
    let (u, mut below) = (uniform(rng), 0.0);
    let chosen = log_weights.iter().position(|w| {
        below += libm::exp(*w);
        u < below
    });
    // Weights may sum to slightly less than 1; the last component takes what is left.
    chosen.unwrap_or(log_weights.len() - 1)
}

/// By Bailey's transform, which is Box and Muller's with `ν` degrees of freedom: `√(ν (u^(−2/ν) − 1)) cos 2πv`.
fn student_t(one: &StudentT, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let scales = one.precision.iter().zip(&one.degrees);
    let elements = one.location.iter().zip(scales);
    let draw = |(location, (precision, degrees)): (&f64, (&f64, &f64))| {
        let exponent = -2.0 / degrees * libm::log(uniform(rng));
        // √(eˣ − 1), which must not overflow before the root.
        let radius = libm::exp(0.5 * exponent) * (-degrees * libm::expm1(-exponent)).sqrt();
        location + radius * libm::cos(TAU * uniform(rng)) / precision
    };
    elements.map(draw).collect()
}

fn diagonal(one: &DiagonalNormal, rng: &mut ChaCha8Rng) -> Vec<f64> {
    one.mean
        .iter()
        .zip(&one.precision)
        .map(|(mean, precision)| mean + normal(rng) / precision)
        .collect()
}

/// Uniform on the open interval (0, 1), in steps of 2⁻⁵³.
fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    ((rng.next_u64() >> 11) as f64 + 0.5) * (1.0 / (1u64 << 53) as f64)
}

/// A standard normal number, by the Box–Muller transform.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    (-2.0 * libm::log(uniform(rng))).sqrt() * libm::cos(TAU * uniform(rng))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ir::FullNormal;

    /// A flow of one element whose samples are close to `mean`.
    fn near(mean: f64) -> Flow {
        let prior = Prior::DiagonalNormal(DiagonalNormal {
            mean: vec![mean],
            precision: vec![1.0],
        });
        Flow {
            dim: 1,
            layers: vec![],
            prior,
        }
    }

    #[test]
    fn rows_come_from_each_flow_as_often() {
        let means = [-100.0, 0.0, 100.0];
        let drawn = || -> Vec<f64> {
            let flows = means.map(near).to_vec();
            rows(flows, &[], 7).take(3000).flatten().collect()
        };
        let found = drawn();
        for mean in means {
            let near = found.iter().filter(|x| (*x - mean).abs() < 10.0).count();
            // 1000 are expected; the standard deviation is 26.
            assert!(near.abs_diff(1000) < 130, "{near} near {mean}");
        }
        assert_eq!(found, drawn());
    }

    /// Rows of a prior alone.
    fn drawn(prior: Prior, dim: usize, count: usize) -> Vec<Vec<f64>> {
        let flow = Flow {
            dim,
            layers: vec![],
            prior,
        };
        rows(vec![flow], &[], 5).take(count).collect()
    }

    #[test]
    fn student_t_rows_have_the_quartiles_of_their_degrees_of_freedom() {
        // Three quarters are below tan(π/4) at one degree of freedom, and below √(2/3) at two.
        let prior = Prior::StudentT(StudentT {
            location: vec![3.0, -1.0, 0.0],
            precision: vec![0.5, 2.0, 1.0],
            degrees: vec![1.0, 2.0, 1e9],
        });
        let rows = drawn(prior, 3, 10_000);
        for (i, third) in [
            3.0 + 2.0,
            -1.0 + 0.5 * 0.816_496_580_927_726,
            0.674_489_750_196_082,
        ]
        .into_iter()
        .enumerate()
        {
            let below = rows.iter().filter(|row| row[i] < third).count();
            // The standard deviation is 43.
            assert!(below.abs_diff(7500) < 180, "{below} of element {i}");
        }
    }

    #[test]
    fn rows_of_a_full_mixture_have_its_weights_and_covariances() {
        use nalgebra::DMatrix;
        let component = |mean: f64, covariance: f64| {
            let matrix = DMatrix::from_row_slice(2, 2, &[2.0, covariance, covariance, 1.0]);
            FullNormal::of_covariance(vec![mean, 0.0], &matrix).unwrap()
        };
        let prior = Prior::FullMixture {
            log_weights: [0.25f64, 0.75].map(f64::ln).to_vec(),
            components: vec![component(-50.0, 0.8), component(50.0, -1.2)],
        };
        let rows = drawn(prior, 2, 10_000);
        for (mean, count, covariance) in [(-50.0, 2500, 0.8), (50.0, 7500, -1.2)] {
            let near = rows.iter().filter(|row| (row[0] - mean).abs() < 20.0);
            let products: Vec<f64> = near.map(|row| (row[0] - mean) * row[1]).collect();
            assert!(products.len().abs_diff(count) < 180);
            let found = products.iter().sum::<f64>() / products.len() as f64;
            // The standard deviation of a product is below two.
            assert!(
                (found - covariance).abs() < 8.0 / (products.len() as f64).sqrt(),
                "{found}"
            );
        }
    }
}
