//! The distribution of one element of the latent vector under the prior.

mod students_t;

use nice_flow_codegen::flow::ir::{FullNormal, Prior};
use statrs::function::erf::{erfc, erfc_inv};
use std::f64::consts::{SQRT_2, TAU};

/// The distribution of one element under the prior.
#[derive(Clone, Debug, PartialEq)]
pub enum Marginal {
    /// A standard logistic distribution.
    Logistic,
    /// A mixture of normals: weight, mean and reciprocal standard deviation of each.
    Normals(Vec<(f64, f64, f64)>),
    /// Student's t.
    StudentT(students_t::StudentT),
}

impl Marginal {
    /// The distribution of each of `dim` elements.
    ///
    /// Of a context nothing is known: its elements are left out.
    pub fn of(prior: &Prior, dim: usize) -> Vec<Self> {
        let (prior, dim) = (prior.scored(), dim - prior.context().len());
        let deviations: Vec<Vec<f64>> = match prior {
            Prior::FullMixture { components, .. } => {
                components.iter().map(FullNormal::deviations).collect()
            }
            _ => vec![],
        };
        let element = |i: usize| match prior {
            Prior::Normal => Self::Normals(vec![(1.0, 0.0, 1.0)]),
            Prior::DiagonalNormal(one) => Self::Normals(vec![(1.0, one.mean[i], one.precision[i])]),
            Prior::Logistic => Self::Logistic,
            Prior::Mixture {
                log_weights,
                components,
            } => {
                let parts = log_weights.iter().zip(components);
                Self::Normals(
                    parts
                        .map(|(weight, part)| (weight.exp(), part.mean[i], part.precision[i]))
                        .collect(),
                )
            }
            Prior::StudentT(one) => Self::StudentT(students_t::StudentT {
                location: one.location[i],
                precision: one.precision[i],
                degrees: one.degrees[i],
            }),
            Prior::FullMixture {
                log_weights,
                components,
            } => {
                let parts = log_weights.iter().zip(components).zip(&deviations);
                let part = |((weight, one), deviations): ((&f64, &FullNormal), &Vec<f64>)| {
                    (weight.exp(), one.mean[i], 1.0 / deviations[i])
                };
                Self::Normals(parts.map(part).collect())
            }
            Prior::Given { prior, .. } => Self::of(prior, dim).swap_remove(i),
        };
        (0..dim).map(element).collect()
    }

    /// The density at `z`.
    pub fn density(&self, z: f64) -> f64 {
        match self {
            Self::Logistic => {
                let e = (-z.abs()).exp();
                e / ((1.0 + e) * (1.0 + e))
            }
            Self::Normals(parts) => parts
                .iter()
                .map(|(weight, mean, precision)| {
                    let u = (z - mean) * precision;
                    weight * precision * (-0.5 * u * u).exp() / TAU.sqrt()
                })
                .sum(),
            Self::StudentT(one) => one.density(z),
        }
    }

    /// The probabilities below and above `z`; each is accurate also where it is small.
    fn tails(&self, z: f64) -> (f64, f64) {
        match self {
            Self::Logistic => (1.0 / (1.0 + (-z).exp()), 1.0 / (1.0 + z.exp())),
            Self::Normals(parts) => {
                parts
                    .iter()
                    .fold((0.0, 0.0), |sum, (weight, mean, precision)| {
                        let u = (z - mean) * precision / SQRT_2;
                        let half = 0.5 * weight;
                        (sum.0 + half * erfc(-u), sum.1 + half * erfc(u))
                    })
            }
            Self::StudentT(one) => one.tails(z),
        }
    }

    /// The standard normal deviate with the same cumulative probability as `z`: `Φ⁻¹(F(z))`.
    pub fn deviate(&self, z: f64) -> f64 {
        let (below, above) = self.tails(z);
        if below < above {
            -normal_above(below)
        } else {
            normal_above(above)
        }
    }

    /// A range that contains nearly all of the probability.
    pub fn range(&self) -> (f64, f64) {
        match self {
            Self::Logistic => (-8.0, 8.0),
            Self::StudentT(one) => one.range(),
            Self::Normals(parts) => parts.iter().fold(
                (f64::INFINITY, f64::NEG_INFINITY),
                |(low, high), (_, mean, precision)| {
                    let reach = 3.5 / precision;
                    (low.min(mean - reach), high.max(mean + reach))
                },
            ),
        }
    }
}

/// The value that a standard normal number exceeds with probability `p`.
fn normal_above(p: f64) -> f64 {
    SQRT_2 * erfc_inv(2.0 * p)
}

/// The probability that a standard normal number is below `x`.
pub fn normal_below(x: f64) -> f64 {
    0.5 * erfc(-x / SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;
    use nice_flow_codegen::flow::ir::{DiagonalNormal, StudentT};

    fn student_t(degrees: f64) -> Prior {
        Prior::StudentT(StudentT {
            location: vec![-0.5],
            precision: vec![1.6],
            degrees: vec![degrees],
        })
    }

    #[test]
    fn the_deviate_of_a_normal_is_the_standardised_number() {
        let law = Marginal::Normals(vec![(1.0, 2.0, 0.5)]);
        for u in [-7.0, -1.0, 0.0, 0.3, 7.0] {
            // statrs computes erfc and its inverse to about 1e-11.
            assert!((law.deviate(2.0 + 2.0 * u) - u).abs() < 1e-8);
        }
    }

    #[test]
    fn densities_are_the_derivatives_of_the_tails() {
        let mixture = Prior::Mixture {
            log_weights: vec![0.3f64.ln(), 0.7f64.ln()],
            components: vec![
                DiagonalNormal {
                    mean: vec![-2.0],
                    precision: vec![1.5],
                },
                DiagonalNormal {
                    mean: vec![1.0],
                    precision: vec![0.8],
                },
            ],
        };
        let covariance = DMatrix::from_element(1, 1, 1.7);
        let full = Prior::FullMixture {
            log_weights: vec![0.0],
            components: vec![FullNormal::of_covariance(vec![0.4], &covariance).unwrap()],
        };
        for prior in [
            Prior::Normal,
            Prior::Logistic,
            mixture,
            student_t(2.5),
            full,
        ] {
            let law = &Marginal::of(&prior, 1)[0];
            for z in [-3.0, -0.5, 0.0, 2.0] {
                let (h, (below, above)) = (1e-4, law.tails(z));
                let slope = (law.tails(z + h).0 - law.tails(z - h).0) / (2.0 * h);
                assert!((slope - law.density(z)).abs() < 1e-6, "{prior:?} at {z}");
                assert!((below + above - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn one_element_has_the_density_of_its_prior() {
        for prior in [Prior::Normal, Prior::Logistic, student_t(0.7)] {
            let density = Marginal::of(&prior, 1)[0].density(1.3);
            assert!((density.ln() - prior.log_density(&[1.3])).abs() < 1e-12);
        }
    }
}
