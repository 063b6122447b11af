//! The flows of normflows, one by one, from data to latent.

use super::kind::{Kind, kind};
use crate::error::Result;
use crate::import::conditioner::{interleaved, is_affine, prune, widths};
use crate::import::linear::{LU_EPS, order, triangular};
use crate::import::{Settings, Source, Weights};
use crate::ir::{
    Activation, Coupling, Diagonal, Layer, Linear, Network, Parameters, ScaleMap, Side, Stage,
};
use nalgebra::{DMatrix, DVector};

pub(super) struct Reader<'a, 'b> {
    pub weights: &'a Weights<'b>,
    pub settings: &'a mut Settings,
    pub dim: usize,
    pub activation: Activation,
    /// Elements that condition a block; asked for at the first.
    pub split: Option<Vec<usize>>,
    /// Of an affine block, and whether it divides; asked for at the first.
    pub scale: Option<ScaleMap>,
}

impl Reader<'_, '_> {
    /// The layers of one flow.
    pub(super) fn layer(&mut self, at: &str) -> Result<Vec<Layer>> {
        let (weights, dim) = (self.weights, self.dim);
        let name = |name: &str| format!("{at}.{name}");
        match kind(weights, at) {
            Some(Kind::Block) => self.block(at).map(|layer| vec![layer]),
            Some(Kind::Masked) => self.masked(at),
            Some(Kind::Diagonal) => self.diagonal(at).map(|layer| vec![layer]),
            Some(Kind::Permute) => {
                weights.ignore(&name("inv_perm"));
                let forward = weights.permutation(&name("perm"), dim)?;
                let mut order = vec![0; dim];
                forward.iter().enumerate().for_each(|(i, &to)| order[to] = i);
                Ok(vec![Layer::Permute(order)])
            }
            Some(Kind::Lu) => {
                let order = weights.permutation(&name("permutation._permutation"), dim)?;
                self.settings.note(format!(
                    "LU factors: diagonal softplus + {LU_EPS} (normflows' default)"
                ));
                let mut layers = vec![Layer::Permute(order)];
                layers.extend(weights.lu_linear(&name("linear"), dim)?);
                Ok(layers)
            }
            Some(Kind::Factors) => self.factors(at),
            Some(Kind::Matrix) => {
                let matrix = weights.matrix(&name("W"))?.transpose();
                let dense = weights.dense(&name("W"), matrix, &vec![0.0; dim])?;
                Ok(vec![dense])
            }
            None => Err(weights.error(
                at,
                "expected AffineCouplingBlock, MaskedAffineFlow, ActNorm, AffineConstFlow, Permute, \
                 LULinearPermute or InvertibleAffine, found another flow",
            )),
        }
    }

    /// `(x − t) · exp(−s)`.
    fn diagonal(&self, at: &str) -> Result<Layer> {
        let numbers = |name: &str| {
            self.weights
                .numbers(&format!("{at}.{name}"), &[1, self.dim])
        };
        self.weights.ignore(&format!("{at}.data_dep_init_done"));
        let factor = numbers("s")?.iter().map(|s| (-s).exp()).collect();
        Ok(Layer::Diagonal(Diagonal {
            center: numbers("t")?.to_vec(),
            factor,
        }))
    }

    fn block(&mut self, at: &str) -> Result<Layer> {
        let net = format!("{at}.flows.1.param_map.net");
        let mut network = self.weights.sequential(&net, self.activation)?;
        let kept = self.split()?;
        let changed: Vec<_> = (0..self.dim).filter(|i| !kept.contains(i)).collect();
        let affine = is_affine(self.weights, &net, &network, kept.len(), changed.len())?;
        let mut scale = None;
        if affine {
            interleaved(&mut network);
            scale = Some(self.scale()?);
        }
        Ok(Layer::Coupling(Coupling {
            kept,
            changed,
            conditioner: Parameters::Joint(network),
            scale,
            backwards: true,
        }))
    }

    fn split(&mut self) -> Result<Vec<usize>> {
        if let Some(split) = &self.split {
            return Ok(split.clone());
        }
        let dim = self.dim;
        let every_second = |first: usize| Some((first..dim).step_by(2).collect());
        let parse = |word: &str| match word {
            "channel" => Some((0..dim.div_ceil(2)).collect::<Vec<_>>()),
            "channel_inv" => Some((dim.div_ceil(2)..dim).collect()),
            "checkerboard" => every_second(1),
            "checkerboard_inv" => every_second(0),
            _ => None,
        };
        let split = (self.settings).choose("split", Source::Default("channel"), parse)?;
        self.split = Some(split.clone());
        Ok(split)
    }

    /// Couplings run backwards, `(x − t) / S`.
    fn scale(&mut self) -> Result<ScaleMap> {
        if let Some(scale) = self.scale.clone() {
            return Ok(scale);
        }
        let (bias, eps) = (2.0, 0.0);
        let parse = |word: &str| match word {
            "exp" => Some(ScaleMap::Exp),
            "sigmoid" => Some(ScaleMap::Reciprocal {
                of: Box::new(ScaleMap::Sigmoid { bias, eps }),
            }),
            "sigmoid_inv" => Some(ScaleMap::Sigmoid { bias, eps }),
            _ => None,
        };
        let scale = (self.settings).choose("scale", Source::Default("exp"), parse)?;
        self.scale = Some(scale.clone());
        Ok(scale)
    }

    /// `b` is 1 where an element conditions; without `s` the coupling is additive, without `t`
    /// it only scales.
    fn masked(&self, at: &str) -> Result<Vec<Layer>> {
        let weights = self.weights;
        let mask = weights.numbers(&format!("{at}.b"), &[1, self.dim])?;
        let (kept, changed): (Vec<_>, _) = (0..self.dim).partition(|&i| mask[i] == 1.0);
        let binary = mask.iter().all(|b| *b == 0.0 || *b == 1.0);
        if !binary || kept.is_empty() || changed.is_empty() {
            let message = format!("expected zeros and ones, found {mask:?}");
            return Err(weights.error(&format!("{at}.b"), message));
        }
        let network = |name: &str| self.full_network(&format!("{at}.{name}.net"), &kept, &changed);
        let (shift, scale) = (network("t")?, network("s")?);
        let conditioner = match (shift, scale) {
            (None, None) => return Ok(vec![]),
            (Some(shift), None) => Parameters::Joint(shift),
            (shift, Some(scale)) => Parameters::Separate {
                shift: shift.unwrap_or_else(|| zero(kept.len(), changed.len())),
                scale,
            },
        };
        let affine = matches!(conditioner, Parameters::Separate { .. });
        Ok(vec![Layer::Coupling(Coupling {
            kept,
            changed,
            conditioner,
            scale: affine.then_some(ScaleMap::Exp),
            backwards: true,
        })])
    }

    /// A network over the whole vector, with what it has no use for cut off.
    fn full_network(&self, at: &str, kept: &[usize], changed: &[usize]) -> Result<Option<Network>> {
        if self.weights.indices(at).is_empty() {
            return Ok(None);
        }
        let mut network = self.weights.sequential(at, self.activation)?;
        let (dim, found) = (self.dim, widths(&network));
        if found != (dim, dim) {
            let (inputs, outputs) = found;
            let message =
                format!("expected {dim} inputs and outputs, found {inputs} and {outputs}");
            return Err(self.weights.error(at, message));
        }
        prune(&mut network, kept, changed);
        Ok(Some(network))
    }

    /// `xᵀ P (L + I) (U + S)`, in columns.
    fn factors(&self, at: &str) -> Result<Vec<Layer>> {
        let (weights, dim) = (self.weights, self.dim);
        let name = |name: &str| format!("{at}.{name}");
        let matrix = |one: &str| {
            let numbers = weights.numbers(&name(one), &[dim, dim])?;
            Ok::<_, crate::Error>(DMatrix::from_row_slice(dim, dim, numbers))
        };
        weights.ignore(&name("eye"));
        let Some(order) = order(&matrix("P")?.transpose()) else {
            return Err(weights.error(&name("P"), "expected a permutation matrix"));
        };
        let log_size = weights.numbers(&name("log_S"), &[dim])?;
        let sign = weights.numbers(&name("sign_S"), &[dim])?;
        if let Some(i) = sign.iter().position(|sign| sign.abs() != 1.0) {
            let message = format!("expected 1 or -1, found {} at [{i}]", sign[i]);
            return Err(weights.error(&name("sign_S"), message));
        }
        let mut first = matrix("L")?.transpose();
        first.fill_lower_triangle(0.0, 1);
        first.fill_diagonal(1.0);
        let mut second = matrix("U")?.transpose();
        second.fill_upper_triangle(0.0, 1);
        second.set_diagonal(&DVector::from_fn(dim, |i, _| sign[i] * log_size[i].exp()));
        Ok(vec![
            Layer::Permute(order),
            triangular(Side::Upper, first),
            triangular(Side::Lower, second),
        ])
    }
}

/// Gives zero for every changed element.
fn zero(kept: usize, changed: usize) -> Network {
    Network(vec![Stage::Linear(Linear {
        weight: DMatrix::zeros(changed, kept),
        bias: DVector::zeros(changed),
    })])
}
