//! Checks of priors.

use super::context;
use super::values::{each, finite, length, shape};
use crate::flow::ir::{DiagonalNormal, FullNormal, Prior, Side, StudentT, Triangular};
use crate::{Error, Result};

impl Prior {
    pub(super) fn check(&self, place: &str, dim: usize) -> Result<()> {
        match self {
            Self::Normal | Self::Logistic => Ok(()),
            Self::DiagonalNormal(normal) => normal.check(place, dim),
            Self::Mixture {
                log_weights,
                components,
            } => {
                weights(place, log_weights, components.len())?;
                let mut numbered = components.iter().enumerate();
                numbered.try_for_each(|(k, c)| c.check(&format!("{place}.components.{k}"), dim))
            }
            Self::StudentT(one) => one.check(place, dim),
            Self::FullMixture {
                log_weights,
                components,
            } => {
                weights(place, log_weights, components.len())?;
                let mut numbered = components.iter().enumerate();
                numbered.try_for_each(|(k, c)| c.check(&format!("{place}.components.{k}"), dim))
            }
            Self::Given { context, prior } => {
                context::places(&format!("{place}.context"), context, dim)?;
                context::expect_normals(&format!("{place}.prior"), prior)?;
                prior.check(&format!("{place}.prior"), dim - context.len())
            }
        }
    }
}

/// An error unless there is a component, and a weight for each, and these add up to one.
fn weights(place: &str, log_weights: &[f64], components: usize) -> Result<()> {
    if components == 0 {
        let at = format!("{place}.components");
        return Err(Error::input(at, "expected at least one, found none"));
    }
    let at = format!("{place}.log_weights");
    finite(&at, log_weights)?;
    length(&at, components, log_weights.len())?;
    let sum: f64 = log_weights.iter().map(|weight| weight.exp()).sum();
    // Weights from `f32` checkpoints are off by about 1e-7 per component.
    if (sum - 1.0).abs() > 1e-4 {
        let message = format!("expected weights that sum to 1, found {sum}");
        return Err(Error::input(at, message));
    }
    Ok(())
}

/// An error unless there are `dim` finite numbers.
fn vector(at: &str, dim: usize, numbers: &[f64]) -> Result<()> {
    length(at, dim, numbers.len())?;
    finite(at, numbers)
}

impl DiagonalNormal {
    fn check(&self, place: &str, dim: usize) -> Result<()> {
        vector(&format!("{place}.mean"), dim, &self.mean)?;
        let at = format!("{place}.precision");
        vector(&at, dim, &self.precision)?;
        each(&at, &self.precision, "a positive number", |p| p > 0.0)
    }
}

impl StudentT {
    fn check(&self, place: &str, dim: usize) -> Result<()> {
        vector(&format!("{place}.location"), dim, &self.location)?;
        for (name, numbers) in [("precision", &self.precision), ("degrees", &self.degrees)] {
            let at = format!("{place}.{name}");
            vector(&at, dim, numbers)?;
            each(&at, numbers, "a positive number", |number| number > 0.0)?;
        }
        Ok(())
    }
}

impl FullNormal {
    fn check(&self, place: &str, dim: usize) -> Result<()> {
        vector(&format!("{place}.mean"), dim, &self.mean)?;
        let at = format!("{place}.factor");
        shape(&at, (dim, dim), self.factor.shape())?;
        let layer = Triangular {
            side: Side::Lower,
            matrix: self.factor.clone(),
        };
        layer.check_matrix(&at)?;
        let diagonal = self.factor.diagonal();
        let at = format!("{at}, diagonal");
        each(&at, diagonal.as_slice(), "a positive number", |w| w > 0.0)
    }
}
