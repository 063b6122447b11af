//! Turns the prior of a manifest into a prior.

use super::Manifest;
use super::schema::{Key, PriorKind};
use super::tensors::Tensors;
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::{DiagonalNormal, Prior, log_sum_exp};

impl Manifest {
    pub(super) fn prior(&self, tensors: &Tensors) -> Result<Prior> {
        let (dim, prior) = (self.schema.dim, &self.schema.prior);
        let (loc, log, scale) = (
            &prior.loc_tensor,
            &prior.log_scale_tensor,
            &prior.scale_tensor,
        );
        if prior.kind == PriorKind::Mixture {
            return self.mixture(tensors);
        }
        let trained = [loc, log, scale].into_iter().flatten().next().is_some();
        match (prior.kind, trained) {
            (PriorKind::Logistic, false) => return Ok(Prior::Logistic),
            (PriorKind::Normal, false) => return Ok(Prior::Normal),
            (PriorKind::Normal, true) | (PriorKind::Mixture, _) => (),
            (PriorKind::Logistic, true) => {
                let message = "expected tensors with kind = \"normal\" only";
                return Err(self.error("prior", message));
            }
        }
        let mean = match loc {
            Some(key) => tensors.vector(key, dim)?.to_vec(),
            None => vec![0.0; dim],
        };
        let deviation = match (log, scale) {
            (None, None) => vec![1.0; dim],
            (Some(key), None) => tensors.vector(key, dim)?.iter().map(|s| s.exp()).collect(),
            (None, Some(key)) => positive(key, dim, tensors)?,
            _ => {
                let message = "expected one of log_scale_tensor and scale_tensor";
                return Err(self.error("prior", message));
            }
        };
        if mean.iter().all(|m| *m == 0.0) && deviation.iter().all(|d| *d == 1.0) {
            return Ok(Prior::Normal);
        }
        let precision = deviation.iter().map(|deviation| 1.0 / deviation).collect();
        Ok(Prior::DiagonalNormal(DiagonalNormal { mean, precision }))
    }
}

impl Manifest {
    /// `Σ softmax(weight)ₖ N(locₖ, scaleₖ)`.
    fn mixture(&self, tensors: &Tensors) -> Result<Prior> {
        let (dim, prior) = (self.schema.dim, &self.schema.prior);
        let (Some(loc), Some(weight)) = (&prior.loc_tensor, &prior.weight_tensor) else {
            return Err(self.error(
                "prior",
                "expected loc_tensor and weight_tensor of a mixture",
            ));
        };
        let means = tensors.rows(loc, dim)?;
        let deviations = match (&prior.log_scale_tensor, &prior.scale_tensor) {
            (Some(key), None) => tensors
                .rows(key, dim)?
                .into_iter()
                .map(|row| row.iter().map(|s| s.exp()).collect())
                .collect(),
            (None, Some(key)) => tensors.rows(key, dim)?,
            _ => {
                return Err(
                    self.error("prior", "expected one of log_scale_tensor and scale_tensor")
                );
            }
        };
        let scores = tensors.vector(weight, means.len())?;
        let total = log_sum_exp(scores);
        let normal = |(mean, deviation): (Vec<f64>, Vec<f64>)| DiagonalNormal {
            mean,
            precision: deviation.iter().map(|deviation| 1.0 / deviation).collect(),
        };
        if deviations.len() != means.len() || deviations.iter().flatten().any(|d| *d <= 0.0) {
            return Err(self.error(
                "prior",
                "expected a positive scale of each element of each component",
            ));
        }
        Ok(Prior::Mixture {
            log_weights: scores.iter().map(|score| score - total).collect(),
            components: means.into_iter().zip(deviations).map(normal).collect(),
        })
    }
}

/// Standard deviations as they are stored; an error unless all are positive.
fn positive(key: &Key, dim: usize, tensors: &Tensors) -> Result<Vec<f64>> {
    let numbers = tensors.vector(key, dim)?;
    match numbers.iter().position(|number| *number <= 0.0) {
        None => Ok(numbers.to_vec()),
        Some(i) => {
            let message = format!("expected positive numbers, found {} at [{i}]", numbers[i]);
            Err(tensors.error(key, message))
        }
    }
}
