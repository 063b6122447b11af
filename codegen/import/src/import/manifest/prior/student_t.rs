//! Student-t priors.

use super::positive;
use crate::import::manifest::Manifest;
use crate::import::manifest::tensors::Tensors;
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::{Prior, StudentT};

impl Manifest {
    /// `(z − loc) / scale` of each element has Student's t distribution with its degrees of freedom.
    pub(super) fn student_t(&self, tensors: &Tensors) -> Result<Prior> {
        let scale = self.scale(tensors)?;
        Ok(Prior::StudentT(StudentT {
            location: self.location(tensors)?,
            precision: scale.iter().map(|scale| 1.0 / scale).collect(),
            degrees: self.degrees(tensors)?,
        }))
    }

    fn degrees(&self, tensors: &Tensors) -> Result<Vec<f64>> {
        let (dim, said) = (self.schema.dim, &self.schema.prior);
        match (said.df, &said.df_tensor, &said.log_df_tensor) {
            (Some(df), None, None) if df > 0.0 && df.is_finite() => Ok(vec![df; dim]),
            (Some(df), None, None) => {
                let message = format!(
                    "expected a positive and finite number (kind = \"normal\" is that of infinitely many), found {df}"
                );
                Err(self.error("prior.df", message))
            }
            (None, Some(key), None) => positive(key, tensors.spread(key, dim)?, tensors),
            (None, None, Some(key)) => {
                let logs = tensors.spread(key, dim)?.into_iter();
                Ok(logs.map(f64::exp).collect())
            }
            _ => {
                let message = "expected the degrees of freedom of a Student-t prior: one of df (a number), df_tensor and log_df_tensor";
                Err(self.error("prior", message))
            }
        }
    }
}
