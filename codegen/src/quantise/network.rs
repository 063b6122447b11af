//! The networks inside couplings.

use super::Format;
use super::dense::{self, Dense, Inputs, Outputs};
use super::power::{ceil_log2, exp2, round};
use super::samples::Samples;
use crate::ir::{self, Activation, Linear, Stage};

/// Parts that read a stream of state-sized integers and write it: the first sets it, those between add to it, the last
/// gives the output. A network without skips is one part.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Factor of negative activations, in 2⁻¹⁵: 0 for ReLU.
    pub slope: u16,
    /// Whether a ReLU follows the last layer.
    pub rectified: bool,
    /// First to last.
    pub parts: Vec<Part>,
}

/// Linear layers with activations between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Bits of the stream below its input.
    pub shift: u8,
    /// The largest magnitude of its input.
    pub input_limit: i32,
    /// The largest magnitude of an activation.
    pub hidden_limit: i32,
    /// First to last, at least one.
    pub layers: Vec<Dense>,
}

/// The share of magnitudes on the calibration rows that must fit: the largest would cost all others their bits.
const FITTING: f64 = 0.999;

/// How much larger than seen an input from the state may become before it saturates.
const HEADROOM: f64 = 2.0;

/// What a sum of outputs, on its way through skips, must stay below.
const STREAM: i64 = (1 << 31) - (1 << 20);

/// What a network is to its coupling.
pub(super) struct Conditioned {
    pub network: Network,
    /// The network's outputs for the calibration rows, in `f64`.
    pub outputs: Samples,
    /// How far from zero each output can be, whatever the input.
    pub reach: Vec<i64>,
}

/// The network of a coupling that keeps `kept`.
pub(super) fn quantise(
    network: &ir::Network,
    kept: &Samples,
    format: Format,
) -> Result<Conditioned, String> {
    let Source {
        activation,
        rectified,
        parts: sources,
    } = Source::new(network)?;
    let (mut stream, mut reach, mut parts) = (kept.clone(), vec![], vec![]);
    for (index, layers) in sources.iter().enumerate() {
        let is_skip = 0 < index && index + 1 < sources.len();
        let input = if is_skip { activation } else { IDENTITY };
        let (part, outputs) = quantise_part(layers, &stream, input, activation, format)?;
        let by = part.reach(input, activation);
        if is_skip {
            stream.shift(0, &outputs);
            reach
                .iter_mut()
                .zip(by)
                .for_each(|(reach, by)| *reach += by);
        } else {
            (stream, reach) = (outputs, by);
        }
        if reach.iter().any(|reach: &i64| *reach >= STREAM) {
            return Err("the outputs of its network could overflow 32 bits".into());
        }
        parts.push(part);
    }
    if rectified {
        stream = stream.map(|y| y.max(0.0));
    }
    Ok(Conditioned {
        network: Network {
            slope: activation.fixed(),
            rectified,
            parts,
        },
        outputs: stream,
        reach,
    })
}

/// The part that reads `stream` through `input`, and its outputs on the calibration rows.
fn quantise_part(
    layers: &[&Linear],
    stream: &Samples,
    input: Rectifier,
    activation: Rectifier,
    format: Format,
) -> Result<(Part, Samples), String> {
    let (input_limit, hidden_limit) = format.weights.input_limits();
    let mut x = stream.map(|h| input.eval(h));
    let largest = x.quantiles(FITTING).into_iter().fold(0.0, f64::max);
    let steps =
        (largest * HEADROOM).max(1e-9) * exp2(format.fraction as i32) / f64::from(input_limit);
    let shift = ceil_log2(steps).clamp(1, 23);
    let mut step = vec![exp2(shift - format.fraction as i32); x.width];
    let mut range = input.range(input_limit);
    let mut quantised = vec![];
    for (index, layer) in layers.iter().enumerate() {
        let sums = x.linear(layer);
        let seen = sums.quantiles(FITTING);
        let outputs = match index + 1 == layers.len() {
            true => Outputs::State,
            false => Outputs::Hidden {
                limit: hidden_limit,
                seen: &seen,
            },
        };
        let inputs = Inputs {
            samples: x,
            step,
            range,
        };
        let (dense, next) = dense::quantise(layer, &inputs, &outputs, format)?;
        quantised.push(dense);
        if let Outputs::State = outputs {
            let part = Part {
                shift: shift as u8,
                input_limit,
                hidden_limit,
                layers: quantised,
            };
            return Ok((part, sums));
        }
        (x, step, range) = (
            sums.map(|h| activation.eval(h)),
            next,
            activation.range(hidden_limit),
        );
    }
    Err("expected a network with a linear layer".into())
}

impl Part {
    /// How far from zero each output can be.
    fn reach(&self, input: Rectifier, activation: Rectifier) -> Vec<i64> {
        let range = match self.layers.len() {
            1 => input.range(self.input_limit),
            _ => activation.range(self.hidden_limit),
        };
        self.layers
            .last()
            .map_or(vec![], |layer| layer.reach(range))
    }
}

/// A leaky ReLU; of slope 0 ReLU itself, of slope 1 the identity.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rectifier {
    slope: f64,
}

const IDENTITY: Rectifier = Rectifier { slope: 1.0 };

impl Rectifier {
    /// `None` of an activation that changes its shape with the scale of its input, or that no integer slope has.
    fn new(activation: Activation) -> Option<Self> {
        let slope = match activation {
            Activation::Relu => 0.0,
            Activation::LeakyRelu { slope } => slope,
            _ => return None,
        };
        (0.0 <= slope && round(slope * 32768.0) <= 32767.0).then_some(Self { slope })
    }

    fn eval(self, h: f64) -> f64 {
        if h < 0.0 { self.slope * h } else { h }
    }

    /// The slope in 2⁻¹⁵.
    fn fixed(self) -> u16 {
        round(self.slope * 32768.0) as u16
    }

    /// What comes out of it.
    fn range(self, limit: i32) -> (i32, i32) {
        (if self.slope == 0.0 { 0 } else { -limit }, limit)
    }
}

/// An error unless all activations are a ReLU, leaky or not.
pub(super) fn expect_rectifiers(network: &ir::Network) -> Result<(), String> {
    network.0.iter().try_for_each(|stage| match stage {
        Stage::Activation(activation) if Rectifier::new(*activation).is_none() => Err(format!(
            "expected relu, or leaky_relu with a slope from 0 to below 1, found {activation:?}: others change their shape when their input is scaled"
        )),
        Stage::Skip(branch) => expect_rectifiers(branch),
        _ => Ok(()),
    })
}

/// A folded network taken apart.
struct Source<'a> {
    activation: Rectifier,
    rectified: bool,
    /// The linear layers of each part.
    parts: Vec<Vec<&'a Linear>>,
}

impl<'a> Source<'a> {
    fn new(network: &'a ir::Network) -> Result<Self, String> {
        let (stages, rectified) = match network.0.as_slice() {
            [stages @ .., Stage::Activation(Activation::Relu)] => (stages, true),
            stages => (stages, false),
        };
        let mut source = Self {
            activation: IDENTITY,
            rectified,
            parts: vec![],
        };
        let is_skip = |stage: &Stage| matches!(stage, Stage::Skip(_));
        let first = stages.iter().position(is_skip).unwrap_or(stages.len());
        let (first, rest) = stages.split_at(first);
        source.perceptron(first)?;
        let skips = rest.iter().take_while(|stage| is_skip(stage)).count();
        let (skips, last) = rest.split_at(skips);
        for skip in skips {
            if let Stage::Skip(ir::Network(branch)) = skip {
                source.branch(branch)?;
            }
        }
        if !skips.is_empty() {
            source.perceptron(last)?;
        }
        Ok(source)
    }

    fn branch(&mut self, stages: &'a [Stage]) -> Result<(), String> {
        match stages {
            [Stage::Activation(activation), rest @ ..] => {
                self.meet(*activation)?;
                self.perceptron(rest)
            }
            _ => Err("expected residual blocks that begin with their activation".into()),
        }
    }

    /// Linear layers with activations between them.
    fn perceptron(&mut self, stages: &'a [Stage]) -> Result<(), String> {
        let mut layers = vec![];
        for (index, stage) in stages.iter().enumerate() {
            match stage {
                Stage::Linear(layer) if index.is_multiple_of(2) => layers.push(layer),
                Stage::Activation(activation) if !index.is_multiple_of(2) => {
                    self.meet(*activation)?
                }
                _ => return Err(SHAPE.into()),
            }
        }
        if stages.len().is_multiple_of(2) {
            return Err(SHAPE.into());
        }
        self.parts.push(layers);
        Ok(())
    }

    /// All activations of a network are one.
    fn meet(&mut self, activation: Activation) -> Result<(), String> {
        let rectifier = Rectifier::new(activation).ok_or(SHAPE)?;
        if self.activation != IDENTITY && self.activation != rectifier {
            return Err("expected one activation in a network, found several".into());
        }
        self.activation = rectifier;
        Ok(())
    }
}

const SHAPE: &str = "expected linear layers with activations between them, or residual blocks";
