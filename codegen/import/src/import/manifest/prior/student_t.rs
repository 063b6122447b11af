//! Student-t priors.

use super::positive;
use crate::import::manifest::Manifest;
use crate::import::manifest::schema::Prior as Said;
use crate::import::manifest::tensors::Tensors;
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::{Activation, Prior, StudentT};

/// The keys, one of which says the degrees of freedom.
pub(super) const DEGREES: &str = "df, df_tensor, log_df_tensor and softplus_df_tensor";

/// Whether one of these keys is there.
pub(super) fn is_said(said: &Said) -> bool {
    let tensors = [
        &said.df_tensor,
        &said.log_df_tensor,
        &said.softplus_df_tensor,
    ];
    said.df.is_some() || tensors.into_iter().any(Option::is_some)
}

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
        let all = (
            said.df,
            &said.df_tensor,
            &said.log_df_tensor,
            &said.softplus_df_tensor,
        );
        match all {
            (Some(df), None, None, None) if df > 0.0 && df.is_finite() => Ok(vec![df; dim]),
            (Some(df), None, None, None) => {
                let message = format!(
                    "expected a positive and finite number (kind = \"normal\" is that of infinitely many), found {df}"
                );
                Err(self.error("prior.df", message))
            }
            (None, Some(key), None, None) => positive(key, tensors.spread(key, dim)?, tensors),
            (None, None, Some(key), None) => {
                let logs = tensors.spread(key, dim)?.into_iter();
                Ok(logs.map(f64::exp).collect())
            }
            (None, None, None, Some(key)) => {
                let raws = tensors.spread(key, dim)?.into_iter();
                Ok(raws.map(|raw| Activation::Softplus.eval(raw)).collect())
            }
            _ => {
                let message = format!(
                    "expected the degrees of freedom of a Student-t prior, by one of {DEGREES}"
                );
                Err(self.error("prior", message))
            }
        }
    }
}
