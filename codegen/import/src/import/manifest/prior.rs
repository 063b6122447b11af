//! Turns the prior of a manifest into a prior.

use super::Manifest;
use super::schema::{Key, PriorKind};
use super::tensors::Tensors;
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::{DiagonalNormal, Prior};

impl Manifest {
    pub(super) fn prior(&self, tensors: &Tensors) -> Result<Prior> {
        let (dim, prior) = (self.schema.dim, &self.schema.prior);
        let (loc, log, scale) = (
            &prior.loc_tensor,
            &prior.log_scale_tensor,
            &prior.scale_tensor,
        );
        let trained = [loc, log, scale].into_iter().flatten().next().is_some();
        match (prior.kind, trained) {
            (PriorKind::Logistic, false) => return Ok(Prior::Logistic),
            (PriorKind::Normal, false) => return Ok(Prior::Normal),
            (PriorKind::Normal, true) => (),
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
