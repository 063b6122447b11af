//! Turns the prior of a manifest into a prior.

mod covariance;
mod mixture;
mod student_t;

use super::Manifest;
use super::schema::{Key, Prior as Said, PriorKind};
use super::tensors::Tensors;
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::{
    Diagonal, DiagonalNormal, FullNormal, Layer, Prior, Side, Triangular,
};
use student_t::DEGREES;

impl Manifest {
    /// The prior, and the layers before it that make a normal with a full covariance a standard one.
    pub(super) fn prior(&self, tensors: &Tensors) -> Result<(Vec<Layer>, Prior)> {
        self.expect_known(&self.schema.prior)?;
        match self.schema.prior.kind {
            PriorKind::Logistic => Ok((vec![], Prior::Logistic)),
            PriorKind::Normal if self.is_full() => self.full_normal(tensors),
            PriorKind::Normal => Ok((vec![], self.normal(tensors)?)),
            PriorKind::StudentT => Ok((vec![], self.student_t(tensors)?)),
            PriorKind::Mixture if self.is_full() => self.full_mixture(tensors),
            PriorKind::Mixture => Ok((vec![], self.mixture(tensors)?)),
        }
    }

    /// An error if the prior has a key that says nothing of its kind.
    fn expect_known(&self, said: &Said) -> Result<()> {
        let all: [(&str, bool, &[PriorKind]); 11] = [
            ("loc_tensor", said.loc_tensor.is_some(), &LOCATED),
            (
                "log_scale_tensor",
                said.log_scale_tensor.is_some(),
                &LOCATED,
            ),
            ("scale_tensor", said.scale_tensor.is_some(), &LOCATED),
            ("scale_eps", said.scale_eps.is_some(), &LOCATED),
            (
                "covariance_tensor",
                said.covariance_tensor.is_some(),
                &NORMAL,
            ),
            ("precision_tensor", said.precision_tensor.is_some(), &NORMAL),
            (
                "scale_tril_tensor",
                said.scale_tril_tensor.is_some(),
                &NORMAL,
            ),
            ("lower_tensor", said.lower_tensor.is_some(), &NORMAL),
            (
                "weight_tensor",
                said.weight_tensor.is_some(),
                &[PriorKind::Mixture],
            ),
            (
                "probs_tensor",
                said.probs_tensor.is_some(),
                &[PriorKind::Mixture],
            ),
            (DEGREES, student_t::is_said(said), &[PriorKind::StudentT]),
        ];
        let mut idle = all
            .iter()
            .filter(|(_, is_said, kinds)| *is_said && !kinds.contains(&said.kind));
        match idle.next() {
            None => Ok(()),
            Some((key, _, kinds)) => {
                let kinds: Vec<_> = kinds
                    .iter()
                    .map(|kind| format!("\"{}\"", kind.word()))
                    .collect();
                let (kinds, found) = (kinds.join(" or "), said.kind.word());
                let message = format!("expected {key} with kind = {kinds} only, found \"{found}\"");
                Err(self.error("prior", message))
            }
        }
    }

    /// `N(loc, scale²)` of each element.
    fn normal(&self, tensors: &Tensors) -> Result<Prior> {
        let (mean, deviation) = (self.location(tensors)?, self.scale(tensors)?);
        if mean.iter().all(|m| *m == 0.0) && deviation.iter().all(|d| *d == 1.0) {
            return Ok(Prior::Normal);
        }
        let precision = deviation.iter().map(|deviation| 1.0 / deviation).collect();
        Ok(Prior::DiagonalNormal(DiagonalNormal { mean, precision }))
    }

    /// `W (z − mean)` as layers before a standard normal.
    fn full_normal(&self, tensors: &Tensors) -> Result<(Vec<Layer>, Prior)> {
        let mean = self.location(tensors)?;
        match &self.covariances(vec![mean], tensors)?[..] {
            [one] => Ok((whitening(one), Prior::Normal)),
            several => {
                let message = format!(
                    "expected one covariance of a normal, found {}",
                    several.len()
                );
                Err(self.error("prior", message))
            }
        }
    }

    /// A location for each element, zero where none is said.
    fn location(&self, tensors: &Tensors) -> Result<Vec<f64>> {
        match &self.schema.prior.loc_tensor {
            Some(key) => tensors.spread(key, self.schema.dim),
            None => Ok(vec![0.0; self.schema.dim]),
        }
    }

    /// A positive scale for each element, one where none is said.
    fn scale(&self, tensors: &Tensors) -> Result<Vec<f64>> {
        let (dim, said) = (self.schema.dim, &self.schema.prior);
        let eps = said.scale_eps.unwrap_or(0.0);
        match (&said.log_scale_tensor, &said.scale_tensor) {
            (None, None) if said.scale_eps.is_none() => Ok(vec![1.0; dim]),
            (Some(key), None) => {
                let logs = tensors.spread(key, dim)?.into_iter();
                Ok(logs.map(|log| log.exp() + eps).collect())
            }
            (None, Some(key)) => {
                let scales = tensors.spread(key, dim)?.into_iter();
                positive(key, scales.map(|scale| scale + eps).collect(), tensors)
            }
            _ => Err(self.error("prior", ONE_SCALE)),
        }
    }
}

impl PriorKind {
    fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Logistic => "logistic",
            Self::Mixture => "mixture",
            Self::StudentT => "student_t",
        }
    }
}

/// Kinds with a covariance.
const NORMAL: [PriorKind; 2] = [PriorKind::Normal, PriorKind::Mixture];

/// Kinds with a location and a scale.
const LOCATED: [PriorKind; 3] = [PriorKind::Normal, PriorKind::Mixture, PriorKind::StudentT];

const ONE_SCALE: &str = "expected one of log_scale_tensor and scale_tensor";

/// The layers that make the normal a standard one.
fn whitening(one: &FullNormal) -> Vec<Layer> {
    let centre = Layer::Diagonal(Diagonal {
        center: one.mean.clone(),
        factor: vec![1.0; one.mean.len()],
    });
    let triangle = Layer::Triangular(Triangular {
        side: Side::Lower,
        matrix: one.factor.clone(),
    });
    match one.mean.iter().all(|mean| *mean == 0.0) {
        true => vec![triangle],
        false => vec![centre, triangle],
    }
}

/// The numbers; an error unless all are positive.
fn positive(key: &Key, numbers: Vec<f64>, tensors: &Tensors) -> Result<Vec<f64>> {
    match numbers
        .iter()
        .position(|number| number.is_nan() || *number <= 0.0)
    {
        None => Ok(numbers),
        Some(i) => {
            let message = format!("expected positive numbers, found {} at [{i}]", numbers[i]);
            Err(tensors.error(key, message))
        }
    }
}
