//! Priors.

mod full_normal;
mod student_t;

pub use full_normal::FullNormal;
pub use student_t::StudentT;

use super::activation::softplus;
use std::f64::consts::TAU;

/// Density of the latent vector.
#[derive(Clone, Debug, PartialEq)]
pub enum Prior {
    /// Independent standard normals.
    Normal,
    /// Independent normals.
    DiagonalNormal(DiagonalNormal),
    /// Independent standard logistics.
    Logistic,
    /// A mixture of independent normals.
    Mixture {
        /// Logarithm of each component's weight; the weights sum to 1.
        log_weights: Vec<f64>,
        /// One for each weight.
        components: Vec<DiagonalNormal>,
    },
    /// Independent Student-t distributions.
    StudentT(StudentT),
    /// A mixture of normals whose elements are correlated.
    FullMixture {
        /// Logarithm of each component's weight; the weights sum to 1.
        log_weights: Vec<f64>,
        /// One for each weight.
        components: Vec<FullNormal>,
    },
    /// A density of some elements, whatever the others are: the flow is one of `x` given a context `c`.
    Given {
        /// The places of the context in the latent vector, in rising order.
        context: Vec<usize>,
        /// The density of the other elements.
        prior: Box<Prior>,
    },
}

/// Independent normals.
#[derive(Clone, Debug, PartialEq)]
pub struct DiagonalNormal {
    /// Mean of each element.
    pub mean: Vec<f64>,
    /// One over the standard deviation of each element.
    pub precision: Vec<f64>,
}

impl DiagonalNormal {
    /// Standard normals of `dim` elements.
    pub fn standard(dim: usize) -> Self {
        Self {
            mean: vec![0.0; dim],
            precision: vec![1.0; dim],
        }
    }

    /// The same numbers with those of a context between them, at these rising places: a precision of zero, so that the square
    /// of what is there counts for nothing.
    #[must_use]
    pub fn beside(&self, context: &[usize]) -> Self {
        let mut whole = self.clone();
        for &place in context {
            whole.mean.insert(place, 0.0);
            whole.precision.insert(place, 0.0);
        }
        whole
    }

    /// `Σ ln precision − ½ D ln 2π`: the part of the log-density that does not depend on `z`, in nats.
    pub fn constant(&self) -> f64 {
        self.precision.iter().map(|p| p.ln() - 0.5 * TAU.ln()).sum()
    }

    /// `ln π(z)` in nats.
    pub fn log_density(&self, z: &[f64]) -> f64 {
        let pairs = self.mean.iter().zip(&self.precision);
        let squares = z
            .iter()
            .zip(pairs)
            .map(|(z, (mean, precision))| ((z - mean) * precision).powi(2));
        self.constant() - 0.5 * squares.sum::<f64>()
    }
}

/// `ln Σₖ wₖ πₖ` by logarithms of weights and densities.
fn mixed(log_weights: &[f64], log_densities: impl Iterator<Item = f64>) -> f64 {
    let terms = log_weights.iter().zip(log_densities);
    log_sum_exp(
        &terms
            .map(|(weight, density)| weight + density)
            .collect::<Vec<_>>(),
    )
}

impl Prior {
    /// `ln π(z)` in nats.
    pub fn log_density(&self, z: &[f64]) -> f64 {
        match self {
            Self::Normal => z.iter().map(|z| -0.5 * (z * z + TAU.ln())).sum(),
            Self::DiagonalNormal(normal) => normal.log_density(z),
            Self::Logistic => z.iter().map(|z| -softplus(*z) - softplus(-z)).sum(),
            Self::Mixture {
                log_weights,
                components,
            } => mixed(log_weights, components.iter().map(|one| one.log_density(z))),
            Self::StudentT(one) => one.log_density(z),
            Self::FullMixture {
                log_weights,
                components,
            } => mixed(log_weights, components.iter().map(|one| one.log_density(z))),
            Self::Given { context, prior } => {
                let scored = (0..z.len()).filter(|i| !context.contains(i));
                prior.log_density(&scored.map(|i| z[i]).collect::<Vec<_>>())
            }
        }
    }

    /// The places of the context in the latent vector; empty if there is none.
    pub fn context(&self) -> &[usize] {
        match self {
            Self::Given { context, .. } => context,
            _ => &[],
        }
    }

    /// The density of the elements that are no context.
    pub fn scored(&self) -> &Self {
        match self {
            Self::Given { prior, .. } => prior,
            prior => prior,
        }
    }

    /// The same density with this context beside its elements; without one it is the prior itself.
    pub fn given(self, context: Vec<usize>) -> Self {
        match context.is_empty() {
            true => self,
            false => Self::Given {
                context,
                prior: Box::new(self),
            },
        }
    }

    /// The kind of prior, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Normal => "standard normal",
            Self::DiagonalNormal(_) => "diagonal normal",
            Self::Logistic => "standard logistic",
            Self::Mixture { .. } => "mixture of diagonal normals",
            Self::StudentT(_) => "Student-t prior",
            Self::FullMixture { .. } => "mixture of normals with full covariances",
            Self::Given { prior, .. } => prior.kind(),
        }
    }

    /// Trained numbers in the prior.
    pub fn parameters(&self) -> usize {
        match self {
            Self::Normal | Self::Logistic => 0,
            Self::DiagonalNormal(normal) => 2 * normal.mean.len(),
            Self::Mixture { components, .. } => components
                .iter()
                .map(|component| 2 * component.mean.len() + 1)
                .sum(),
            Self::StudentT(one) => 3 * one.location.len(),
            Self::FullMixture { components, .. } => components
                .iter()
                .map(|component| component.rows().len() + component.mean.len() + 1)
                .sum(),
            Self::Given { prior, .. } => prior.parameters(),
        }
    }
}

/// `ln Σ eᵗ`; NaN if a term is NaN, `−∞` if all are `−∞`.
pub fn log_sum_exp(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if terms.iter().any(|t| t.is_nan()) {
        f64::NAN
    } else if largest.is_infinite() {
        largest
    } else {
        largest + terms.iter().map(|t| (t - largest).exp()).sum::<f64>().ln()
    }
}
