//! The coupling blocks of FrEIA.

use crate::error::Result;
use crate::import::conditioner::{is_affine, multiply, scales_first};
use crate::import::linear::order;
use crate::import::{Settings, Source, Weights};
use crate::ir::{Activation, Coupling, Dense, Diagonal, Layer, Network, Parameters, ScaleMap};
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
    fn is_clamped(self) -> bool {
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

/// What users choose and files do not hold.
pub(super) struct Reader<'a, 'b> {
    weights: &'a Weights<'b>,
    dim: usize,
    activation: Activation,
    /// Of each clamped block, the next one last.
    clamps: Vec<f64>,
    /// Of GLOW and RNVP blocks, from a clamp.
    squash: fn(f64) -> ScaleMap,
    /// Of all-in-one blocks, from a clamp.
    soft: fn(f64) -> ScaleMap,
    /// Of all-in-one blocks.
    global: fn(f64) -> f64,
}

impl<'a, 'b> Reader<'a, 'b> {
    pub(super) fn new(
        weights: &'a Weights<'b>,
        settings: &mut Settings,
        dim: usize,
        kinds: &[Block],
    ) -> Result<Self> {
        let mut reader = Self {
            weights,
            dim,
            activation: Activation::Relu,
            clamps: vec![],
            squash: atan,
            soft: tanh,
            global: softplus,
        };
        let has = |kind: Block| kinds.contains(&kind);
        let clamped = kinds.iter().filter(|kind| kind.is_clamped()).count();
        if clamped > 0 || has(Block::Nice) {
            reader.activation = settings.activation(Source::Unknown)?;
        }
        if clamped > 0 {
            let parse = |text: &str| clamps(text, clamped);
            reader.clamps = settings.choose("clamp", Source::Default("2"), parse)?;
        }
        if has(Block::Glow) || has(Block::Rnvp) {
            let default = Source::Default("atan");
            reader.squash = settings.choose("clamp_activation", default, squash)?;
        }
        if has(Block::AllInOne) {
            let stored = (0..kinds.len()).find_map(|k| hard_index(weights, k));
            let variant = stored.map_or(Source::Unknown, |()| Source::Stored("git".into()));
            reader.soft = settings.choose("variant", variant, variant_map)?;
            let default = Source::Default("softplus");
            reader.global = settings.choose("global_scale", default, global)?;
            settings.note(
                "w_perm: applied after the coupling, its log-determinant 0 (reverse_permutation=False)",
            );
        }
        Ok(reader)
    }

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
                let scale = (self.squash)(self.clamp());
                let (first, second) = parts(self.weights.inputs(&name("subnet2"))?);
                Ok(vec![
                    self.joint(&name("subnet2"), &second, &first, scale, 1.0)?,
                    self.joint(&name("subnet1"), &first, &second, scale, 1.0)?,
                ])
            }
            Block::Rnvp => {
                let scale = (self.squash)(self.clamp());
                let (first, second) = parts(self.weights.inputs(&name("subnet_s2"))?);
                Ok(vec![
                    self.separate(at, "2", &second, &first, scale)?,
                    self.separate(at, "1", &first, &second, scale)?,
                ])
            }
            _ => self.all_in_one(at),
        }
    }

    /// Of the block at hand.
    fn clamp(&mut self) -> f64 {
        self.clamps.pop().unwrap_or(2.0)
    }

    fn all_in_one(&mut self, at: &str) -> Result<Vec<Layer>> {
        let (weights, dim) = (self.weights, self.dim);
        let name = |name: &str| format!("{at}.{name}");
        let scale = (self.soft)(self.clamp());
        let first = dim.div_ceil(2);
        let coupling = self.joint(&name("subnet"), &(0..first), &(first..dim), scale, 0.1)?;
        let factor = weights.numbers(&name("global_scale"), &[1, dim])?;
        let shift = weights.numbers(&name("global_offset"), &[1, dim])?;
        let factor = factor.iter().map(|g| (self.global)(*g)).collect();
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
        let network = self.weights.sequential(at, self.activation)?;
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

/// A permutation kept as a list: written by git only.
fn hard_index(weights: &Weights, k: usize) -> Option<()> {
    let shape = weights.shape(&format!("module_list.{k}.w_perm")).ok()?;
    (shape.len() == 1).then_some(())
}

/// One for all blocks or one for each; reversed, to be taken from the end.
fn clamps(text: &str, blocks: usize) -> Option<Vec<f64>> {
    let numbers = text.split(',').map(|number| number.trim().parse().ok());
    let mut clamps: Vec<f64> = numbers.collect::<Option<_>>()?;
    if clamps.len() == 1 {
        clamps = vec![clamps[0]; blocks];
    }
    let usable = clamps.iter().all(|clamp| clamp.is_finite() && *clamp > 0.0);
    clamps.reverse();
    (usable && clamps.len() == blocks).then_some(clamps)
}

fn squash(word: &str) -> Option<fn(f64) -> ScaleMap> {
    match word {
        "atan" => Some(atan),
        "tanh" => Some(tanh),
        "sigmoid" => Some(sigmoid),
        _ => None,
    }
}

/// 0.636, not 2/π.
fn atan(clamp: f64) -> ScaleMap {
    ScaleMap::ExpAtan { clamp, gain: 0.636 }
}

fn tanh(clamp: f64) -> ScaleMap {
    ScaleMap::ExpTanh { clamp, inner: 1.0 }
}

/// `2σ(s) − 1 = tanh(s/2)`.
fn sigmoid(clamp: f64) -> ScaleMap {
    ScaleMap::ExpTanh { clamp, inner: 0.5 }
}

fn variant_map(word: &str) -> Option<fn(f64) -> ScaleMap> {
    match word {
        "pypi" => Some(tanh),
        "git" => Some(|clamp| ScaleMap::ExpTanh {
            clamp,
            inner: 1.0 / clamp,
        }),
        _ => None,
    }
}

fn global(word: &str) -> Option<fn(f64) -> f64> {
    match word {
        "softplus" => Some(softplus),
        "sigmoid" => Some(|g| 10.0 * Activation::Sigmoid.eval(g - 2.0)),
        "exp" => Some(f64::exp),
        _ => None,
    }
}

/// `0.1 · softplus(g)` of steepness ½.
fn softplus(g: f64) -> f64 {
    0.2 * Activation::Softplus.eval(0.5 * g)
}
