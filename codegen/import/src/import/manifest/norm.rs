//! Normalisations inside networks.

use super::schema::{Key, Step};
use super::tensors::Tensors;
use nalgebra::DVector;
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir::Stage;

/// Layer normalisation, `(h − mean h) / √(var h + eps) · gamma + beta`.
pub(super) struct Norm<'a> {
    pub gamma: Option<&'a Key>,
    pub beta: Option<&'a Key>,
    pub eps: f64,
    /// The variance is divided by one less than the number of elements.
    pub unbiased: bool,
}

impl Norm<'_> {
    pub(super) fn stages(&self, width: usize, tensors: &Tensors) -> Result<[Stage; 2]> {
        if self.unbiased && width < 2 {
            let message = "expected at least two elements for an unbiased variance, found one";
            return Err(Error::input("layernorm", message));
        }
        // var / (n − 1) is n / (n − 1) of var / n: the root of that ratio leaves the normalisation as a factor.
        let ratio = match self.unbiased {
            true => (width - 1) as f64 / width as f64,
            false => 1.0,
        };
        let factor = or(self.gamma, 1.0, width, tensors)? * ratio.sqrt();
        let shift = or(self.beta, 0.0, width, tensors)?;
        let eps = self.eps * ratio;
        Ok([Stage::Normalise { eps }, Stage::Scale { factor, shift }])
    }
}

/// The tensor's numbers, or `value` for each element.
fn or(key: Option<&Key>, value: f64, width: usize, tensors: &Tensors) -> Result<DVector<f64>> {
    match key {
        Some(key) => tensors.vector(key, width).map(DVector::from_column_slice),
        None => Ok(DVector::from_element(width, value)),
    }
}

/// `(h − mean) / √(var + eps) · gamma + beta`.
pub(super) fn batch_norm(step: &Step, width: usize, tensors: &Tensors) -> Result<Stage> {
    let Step::BatchNorm {
        mean,
        var,
        gamma,
        beta,
        eps,
    } = step
    else {
        return Err(Error::input("net", "expected a batchnorm"));
    };
    let (mean, variance) = (tensors.vector(mean, width)?, tensors.vector(var, width)?);
    if let Some(odd) = variance.iter().find(|variance| **variance + eps <= 0.0) {
        return Err(tensors.error(var, format!("expected positive variances, found {odd}")));
    }
    let deviation = DVector::from_iterator(width, variance.iter().map(|v| (v + eps).sqrt()));
    let factor = or(gamma.as_ref(), 1.0, width, tensors)?.component_div(&deviation);
    let shift = or(beta.as_ref(), 0.0, width, tensors)?
        - DVector::from_column_slice(mean).component_mul(&factor);
    Ok(Stage::Scale { factor, shift })
}
