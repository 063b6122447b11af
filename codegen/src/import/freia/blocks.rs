//! The coupling blocks of FrEIA.

use super::choices::Choices;
use crate::error::Result;
use crate::import::Weights;
use crate::import::conditioner::{is_affine, multiply, scales_first};
use crate::import::linear::order;
use crate::ir::{Coupling, Dense, Diagonal, Layer, Network, Parameters, ScaleMap};
use nalgebra::DVector;
use std::ops::Range;

/// A module of `module_list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Nice,
    Glow,
    Rnvp,
    AllInOne,
    Permute,
    ActNorm,
}

impl Block {
    /// Whether it clamps a scale.
    pub(super) fn is_clamped(self) -> bool {
        matches!(self, Self::Glow | Self::Rnvp | Self::AllInOne)
    }
}

/// What the tensors below `at` belong to.
pub(super) fn kind(weights: &Weights, at: &str) -> Result<Block> {
    let below = |name: &str| weights.holds_below(&format!("{at}.{name}"));
    let has = |name: &str| weights.has(&format!("{at}.{name}"));
    Ok(if below("F") && below("G") {
        Block::Nice
    } else if below("subnet1") && below("subnet2") {
        Block::Glow
    } else if below("subnet_s1") && below("subnet_t1") {
        Block::Rnvp
    } else if below("subnet") && has("global_scale") {
        Block::AllInOne
    } else if has("perm") {
        Block::Permute
    } else if has("scale") && has("bias") {
        Block::ActNorm
    } else {
        return Err(weights.error(
            at,
            "expected NICECouplingBlock, GLOWCouplingBlock, RNVPCouplingBlock, AllInOneBlock, \
             PermuteRandom or ActNorm, found another module, or one without tensors",
        ));
    })
}

/// Reads blocks one after another.
pub(super) struct Reader<'a, 'b> {
    pub weights: &'a Weights<'b>,
    pub dim: usize,
    pub choices: Choices,
}

impl Reader<'_, '_> {
    /// The layers of a block of couplings.
    pub(super) fn block(&mut self, kind: Block, at: &str) -> Result<Vec<Layer>> {
        let name = |name: &str| format!("{at}.{name}");
        let dim = self.dim;
        let parts = |second: usize| {
            let first = dim.saturating_sub(second);
            (0..first, first..dim)
        };
        match kind {
            Block::Nice => {
                let (first, second) = parts(self.weights.inputs(&name("F"))?);
                Ok(vec![
                    self.additive(&name("F"), &second, &first)?,
                    self.additive(&name("G"), &first, &second)?,
                ])
            }
            Block::Glow => {
                let scale = self.choices.squash();
                let (first, second) = parts(self.weights.inputs(&name("subnet2"))?);
                Ok(vec![
                    self.joint(&name("subnet2"), &second, &first, scale.clone(), 1.0)?,
                    self.joint(&name("subnet1"), &first, &second, scale, 1.0)?,
                ])
            }
            Block::Rnvp => {
                let scale = self.choices.squash();
                let (first, second) = parts(self.weights.inputs(&name("subnet_s2"))?);
                Ok(vec![
                    self.separate(at, "2", &second, &first, scale.clone())?,
                    self.separate(at, "1", &first, &second, scale)?,
                ])
            }
            _ => self.all_in_one(at),
        }
    }

    fn all_in_one(&mut self, at: &str) -> Result<Vec<Layer>> {
        let (weights, dim) = (self.weights, self.dim);
        let name = |name: &str| format!("{at}.{name}");
        let scale = self.choices.soft();
        let first = dim.div_ceil(2);
        let coupling = self.joint(&name("subnet"), &(0..first), &(first..dim), scale, 0.1)?;
        let factor = weights.numbers(&name("global_scale"), &[1, dim])?;
        let shift = weights.numbers(&name("global_offset"), &[1, dim])?;
        let factor = factor.iter().map(|g| self.choices.global(*g)).collect();
        let diagonal = Diagonal::affine(factor, shift);
        let rotation = self.rotation(at)?;
        Ok(vec![coupling, Layer::Diagonal(diagonal), rotation])
    }

    /// A permutation, or a rotation whose log-determinant FrEIA takes as zero.
    fn rotation(&self, at: &str) -> Result<Layer> {
        let (weights, dim, name) = (self.weights, self.dim, format!("{at}.w_perm"));
        weights.ignore(&format!("{name}_inv"));
        if weights.shape(&name)?.len() == 1 {
            return weights.permutation(&name, dim).map(Layer::Permute);
        }
        weights.numbers(&name, &[dim, dim])?;
        let matrix = weights.matrix(&name)?;
        if let Some(order) = order(&matrix) {
            return Ok(Layer::Permute(order));
        }
        let rotation = Dense::new(matrix, DVector::zeros(dim));
        // Rounding to f32 leaves 1e-7 √D of a rotation's logarithm.
        if rotation.log_det.abs() > 1e-5 {
            let found = rotation.log_det;
            let message = format!("expected a rotation, found log-determinant {found}");
            return Err(weights.error(&name, message));
        }
        Ok(Layer::Dense(Dense {
            log_det: 0.0,
            ..rotation
        }))
    }

    fn additive(&self, at: &str, kept: &Range<usize>, changed: &Range<usize>) -> Result<Layer> {
        let network = self.subnet(at, kept, changed, false)?;
        Ok(coupling(kept, changed, Parameters::Joint(network), None))
    }

    /// A subnet that gives raw scales, then shifts.
    fn joint(
        &self,
        at: &str,
        kept: &Range<usize>,
        changed: &Range<usize>,
        scale: ScaleMap,
        factor: f64,
    ) -> Result<Layer> {
        let mut network = self.subnet(at, kept, changed, true)?;
        scales_first(&mut network);
        multiply(&mut network, factor);
        let conditioner = Parameters::Joint(network);
        Ok(coupling(kept, changed, conditioner, Some(scale)))
    }

    fn separate(
        &self,
        at: &str,
        number: &str,
        kept: &Range<usize>,
        changed: &Range<usize>,
        scale: ScaleMap,
    ) -> Result<Layer> {
        let subnet =
            |name: &str| self.subnet(&format!("{at}.{name}{number}"), kept, changed, false);
        let conditioner = Parameters::Separate {
            shift: subnet("subnet_t")?,
            scale: subnet("subnet_s")?,
        };
        Ok(coupling(kept, changed, conditioner, Some(scale)))
    }

    /// A network that ends with a linear layer.
    fn subnet(
        &self,
        at: &str,
        kept: &Range<usize>,
        changed: &Range<usize>,
        affine: bool,
    ) -> Result<Network> {
        let network = self.weights.sequential(at, self.choices.activation)?;
        let (kept, changed) = (kept.len(), changed.len());
        if is_affine(self.weights, at, &network, kept, changed)? != affine {
            let (expected, found) = match affine {
                true => (2 * changed, changed),
                false => (changed, 2 * changed),
            };
            let message = format!("expected {expected} outputs, found {found}");
            return Err(self.weights.error(at, message));
        }
        Ok(network)
    }
}

fn coupling(
    kept: &Range<usize>,
    changed: &Range<usize>,
    conditioner: Parameters,
    scale: Option<ScaleMap>,
) -> Layer {
    Layer::Coupling(Coupling {
        kept: kept.clone().collect(),
        changed: changed.clone().collect(),
        conditioner,
        scale,
        backwards: false,
    })
}
