//! Mixtures of normals.

use super::{ONE_SCALE, whitening};
use crate::import::manifest::Manifest;
use crate::import::manifest::schema::Key;
use crate::import::manifest::tensors::Tensors;
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::{DiagonalNormal, Layer, Prior, log_sum_exp};

impl Manifest {
    /// `Σ weightₖ N(locₖ, scaleₖ²)`.
    pub(super) fn mixture(&self, tensors: &Tensors) -> Result<Prior> {
        let (means, log_weights) = (self.means(tensors)?, self.log_weights(tensors)?);
        let deviations = self.scales(means.len(), tensors)?;
        let normal = |(mean, deviation): (Vec<f64>, Vec<f64>)| DiagonalNormal {
            mean,
            precision: deviation.iter().map(|deviation| 1.0 / deviation).collect(),
        };
        Ok(Prior::Mixture {
            log_weights,
            components: means.into_iter().zip(deviations).map(normal).collect(),
        })
    }

    /// `Σ weightₖ N(locₖ, Σₖ)`; of one component it is a normal.
    pub(super) fn full_mixture(&self, tensors: &Tensors) -> Result<(Vec<Layer>, Prior)> {
        let (means, log_weights) = (self.means(tensors)?, self.log_weights(tensors)?);
        let components = self.covariances(means, tensors)?;
        Ok(match &components[..] {
            [one] => (whitening(one), Prior::Normal),
            _ => (
                vec![],
                Prior::FullMixture {
                    log_weights,
                    components,
                },
            ),
        })
    }

    fn means(&self, tensors: &Tensors) -> Result<Vec<Vec<f64>>> {
        match &self.schema.prior.loc_tensor {
            Some(loc) => tensors.rows(loc, self.schema.dim),
            None => Err(self.error("prior", "expected loc_tensor of a mixture, found none")),
        }
    }

    /// Logarithms of weights that add up to one, as many as there are means.
    fn log_weights(&self, tensors: &Tensors) -> Result<Vec<f64>> {
        let (count, said) = (self.means(tensors)?.len(), &self.schema.prior);
        let scores: Vec<f64> = match (&said.weight_tensor, &said.probs_tensor) {
            (Some(key), None) => tensors.vector(key, count)?.to_vec(),
            (None, Some(key)) => {
                let weights = super::positive(key, tensors.vector(key, count)?.to_vec(), tensors)?;
                weights.into_iter().map(f64::ln).collect()
            }
            _ => {
                let message = "expected the weights of a mixture: one of weight_tensor (their logarithms) and probs_tensor";
                return Err(self.error("prior", message));
            }
        };
        let total = log_sum_exp(&scores);
        Ok(scores.iter().map(|score| score - total).collect())
    }

    /// A positive scale of each element of each component; one component's, or one number of a component, serves all.
    pub(super) fn scales(&self, count: usize, tensors: &Tensors) -> Result<Vec<Vec<f64>>> {
        let said = &self.schema.prior;
        let eps = said.scale_eps.unwrap_or(0.0);
        let rows: Vec<Vec<f64>> = match (&said.log_scale_tensor, &said.scale_tensor) {
            (Some(key), None) => {
                let rows = self.spread(key, tensors)?.into_iter();
                rows.map(|row| row.iter().map(|log| log.exp() + eps).collect())
                    .collect()
            }
            (None, Some(key)) => {
                let rows = self.spread(key, tensors)?.into_iter();
                rows.map(|row| row.iter().map(|scale| scale + eps).collect())
                    .collect()
            }
            _ => return Err(self.error("prior", ONE_SCALE)),
        };
        if rows
            .iter()
            .flatten()
            .any(|scale| scale.is_nan() || *scale <= 0.0)
        {
            let message = "expected a positive scale of each element of each component";
            return Err(self.error("prior", message));
        }
        self.each(count, "scales", rows)
    }

    /// Rows as long as the vector; rows of one number are it as often.
    fn spread(&self, key: &Key, tensors: &Tensors) -> Result<Vec<Vec<f64>>> {
        let dim = self.schema.dim;
        match tensors.parts(key, &[dim]) {
            Ok(rows) => Ok(rows.into_iter().map(<[f64]>::to_vec).collect()),
            Err(error) => match tensors.parts(key, &[1]) {
                Ok(rows) => Ok(rows.into_iter().map(|one| vec![one[0]; dim]).collect()),
                Err(_) => Err(error),
            },
        }
    }
}
