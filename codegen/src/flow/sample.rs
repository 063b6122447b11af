//! Drawing from a flow.

use crate::Model;
use crate::flow::ir::{DiagonalNormal, Flow, Prior};
use crate::model::ensemble::Stored;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use std::f64::consts::TAU;

/// `n` rows in raw units, one after another: `z` from the prior, `x = f⁻¹(z)`. Same seed, same rows, on every machine:
/// transcendental functions are libm's.
pub fn sample(model: &Model, n: usize, seed: u64) -> Vec<f64> {
    let flow = model.raw_flow();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n).flat_map(|_| draw(&flow, &mut rng)).collect()
}

/// Rows of a model, or of an ensemble: those of a mixture, each from a member chosen at random, all as often.
pub fn sample_stored(stored: &Stored, n: usize, seed: u64) -> Vec<f64> {
    let ensemble = match stored {
        Stored::One(model) => return sample(model, n, seed),
        Stored::Several(ensemble) => ensemble,
    };
    let members = ensemble.members.iter();
    let flows: Vec<Flow> = members.map(|member| member.model.raw_flow()).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n)
        .flat_map(|_| {
            // Of 2⁶⁴ numbers the remainder favours no member by more than 2⁻⁵⁸.
            let member = rng.next_u64() % flows.len() as u64;
            draw(&flows[member as usize], &mut rng)
        })
        .collect()
}

/// One row.
fn draw(flow: &Flow, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let mut x = latent(&flow.prior, flow.dim, rng);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Origin;
    use crate::model::ensemble::{Combine, Ensemble, KNOTS, Member, Tail};

    /// A flow whose only number is near `mean`.
    fn member(mean: f64) -> Member {
        let prior = Prior::DiagonalNormal(DiagonalNormal {
            mean: vec![mean],
            precision: vec![1.0],
        });
        let model = Model {
            name: "m".into(),
            features: vec!["a".into()],
            preprocessing: None,
            flow: Flow {
                dim: 1,
                layers: vec![],
                prior,
            },
            threshold: None,
            p_values: None,
            debounce: None,
            calibration: None,
            origin: Origin::default(),
            training: Default::default(),
        };
        let tail = Tail {
            knots: [0.0; KNOTS],
            excess: 1.0,
        };
        Member { model, tail }
    }

    #[test]
    fn an_ensemble_draws_from_each_member_as_often() {
        let means = [-100.0, 0.0, 100.0];
        let ensemble = Stored::Several(Ensemble {
            members: means.map(member).into(),
            combine: Combine::Density,
            threshold: None,
            p_values: None,
            debounce: None,
            calibration: None,
        });
        let rows = sample_stored(&ensemble, 3000, 7);
        for mean in means {
            let near = rows.iter().filter(|x| (*x - mean).abs() < 10.0).count();
            // 1000 expected; the standard deviation is 26.
            assert!(near.abs_diff(1000) < 130, "{near} near {mean}");
        }
        assert_eq!(rows, sample_stored(&ensemble, 3000, 7));
    }
}
