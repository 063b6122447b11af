//! Drawing from a flow.

use crate::Model;
use crate::ir::{DiagonalNormal, Prior};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use std::f64::consts::TAU;

/// `n` rows in raw units, one after another: `z` from the prior, `x = f⁻¹(z)`. Same seed, same rows, on every machine:
/// transcendental functions are libm's.
pub fn sample(model: &Model, n: usize, seed: u64) -> Vec<f64> {
    let flow = model.raw_flow();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n)
        .flat_map(|_| {
            let mut x = latent(&flow.prior, flow.dim, &mut rng);
            flow.inverse(&mut x);
            x
        })
        .collect()
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
        } => {
            let (u, mut below) = (uniform(rng), 0.0);
            let chosen = log_weights.iter().position(|w| {
                below += libm::exp(*w);
                u < below
            });
            // Weights that sum to a little less than one leave the rest to the last component.
            diagonal(&components[chosen.unwrap_or(components.len() - 1)], rng)
        }
    }
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

/// Standard normal, by Box and Muller's transform.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    (-2.0 * libm::log(uniform(rng))).sqrt() * libm::cos(TAU * uniform(rng))
}
