//! Priors.

use super::network::softplus;
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
            } => {
                let pairs = log_weights.iter().zip(components);
                let terms: Vec<f64> = pairs.map(|(w, c)| w + c.log_density(z)).collect();
                log_sum_exp(&terms)
            }
        }
    }

    /// The kind of prior, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Normal => "standard normal",
            Self::DiagonalNormal(_) => "diagonal normal",
            Self::Logistic => "standard logistic",
            Self::Mixture { .. } => "mixture of diagonal normals",
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
