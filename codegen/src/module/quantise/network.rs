//! The networks inside couplings.

mod entered;
mod gates;
mod lanes;

use super::activation::Between;
use super::curve::Curve;
use super::dense::{self, QuantisedDense};
use super::rectifier::{IDENTITY, Rectifier};
use super::row::{Inputs, Outputs};
use super::samples::Samples;
use super::source::{Perceptron, Source};
use super::{Format, Weights, source};
use crate::flow::ir;
use crate::model::Biases;
use entered::{Entered, entered};
use gates::gates;
use lanes::Lanes;
pub use lanes::{Join, Offset};

/// A network, split at its skips. Its parts read and write a stream of integers in units of the state: the first part
/// sets the stream, the following ones add to it, the last one gives the output. A network without skips is a single
/// part.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Slope for negative activations, in units of 2⁻¹⁵: 0 for ReLU.
    pub slope: u16,
    /// Whether a ReLU follows the last layer.
    pub rectified: bool,
    /// Reads the kept half of the state and sets the stream.
    pub first: Part,
    /// Read the stream: skips with one hidden layer each, then the output.
    pub rest: Vec<Part>,
    /// What is added to the first part's stream, if a context steers that.
    pub offset: Option<Offset>,
    /// What comes before the skips where the network's input is added to their hidden numbers: one for each skip, or none. The skips
    /// then have no hidden layers, and read these sums.
    pub joins: Vec<Join>,
    /// Layers of the network's input, in units of 2⁻¹⁰, whose sigmoids multiply what the skips give: one for each skip, or none.
    pub gates: Vec<QuantisedDense>,
    /// Whether an activation stands between the stream and the output.
    pub bent: bool,
}

/// Linear layers with activations between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The shift that narrows the stream to the part's input.
    pub shift: u8,
    /// The largest magnitude of an input.
    pub input_limit: i32,
    /// The curve that inputs pass, in a branch with smooth activations.
    pub entry: Option<Curve>,
    /// What the inputs are that fill the last group of four.
    pub idle: i32,
    /// The largest magnitude of an activation.
    pub hidden_limit: i32,
    /// The hidden layers, first to last.
    pub hidden: Vec<QuantisedDense>,
    /// Of each hidden layer its curve; `None` if it has a rectifier.
    pub curves: Vec<Option<Curve>>,
    /// The last layer, whose output is in units of the stream.
    pub output: QuantisedDense,
}

impl Network {
    /// All parts, first to last.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

impl Part {
    /// All layers, first to last.
    pub fn layers(&self) -> impl Iterator<Item = &QuantisedDense> {
        self.hidden.iter().chain([&self.output])
    }
}

/// The share of activations on the calibration rows that must not saturate. Outliers may: to fit the largest, all
/// others would lose precision.
const FITTING: f64 = 0.999;

/// Sums of outputs along the skips must stay below this.
const STREAM: i64 = (1 << 31) - (1 << 20);

/// A quantised network, with its outputs and their bounds.
pub(super) struct Conditioned {
    pub network: Network,
    /// The network's outputs for the calibration rows, in `f64`.
    pub outputs: Samples,
    /// A bound of the magnitude of each output, whatever the input.
    pub reach: Vec<i64>,
}

/// Quantises the network of a coupling; `kept` are the elements that it reads, on the calibration rows.
pub(super) fn quantise(
    network: &ir::Network,
    kept: &Samples,
    format: Format,
) -> Result<Conditioned, String> {
    let layers = source::lanes(network);
    let source = Source::new(network, &layers)?;
    // Units that fill a group of four have the value `fill` in the stream.
    let read = |layers: &_, stream: &Samples, input, fill| {
        let (part, outputs) = quantise_part(layers, stream, (input, fill), format)?;
        let by = part.reach(input.rectifier(), source.rectifier, format.weights);
        Ok::<_, String>((part, outputs, by))
    };
    let plain = Between::Rectifier(IDENTITY);
    let (first, mut stream, mut reach) = read(&source.first, kept, plain, 0)?;
    let lanes = Lanes::new(kept, format)?;
    let (mut rest, mut joins, mut fill) = (vec![], vec![], 0);
    let mut offset = None;
    if let Some((layer, activation)) = source.offset {
        let (added, outputs, by) = lanes.offset(layer, activation)?;
        grow(&mut reach, &by)?;
        stream.shift(0, &outputs);
        fill = added.fill();
        offset = Some(added);
    }
    let (gates, openings) = gates(source.gates, kept, format)?;
    let mut openings = openings.iter();
    for (index, skip) in source.skips.iter().enumerate() {
        let (part, mut outputs, by) = match (source.joined.get(index), skip.hidden.first()) {
            (Some(lane), Some((hidden, _))) => {
                let first = Perceptron::linear(hidden);
                let (part, mut sums, mut by) = read(&first, &stream, source.entry, fill)?;
                let (lane, added, more) = lanes.read(lane)?;
                grow(&mut by, &more)?;
                sums.shift(0, &added);
                joins.push(Join { part, lane });
                read(&Perceptron::linear(skip.output), &sums, source.entry, 0)?
            }
            _ => read(skip, &stream, source.entry, fill)?,
        };
        if let Some(openings) = openings.next() {
            outputs = outputs.times(openings);
        }
        rest.push(part);
        stream.shift(0, &outputs);
        grow(&mut reach, &by)?;
    }
    if let Some(layers) = &source.last {
        let (part, outputs, by) = read(layers, &stream, source.end, fill)?;
        rest.push(part);
        (stream, reach) = (outputs, by);
    }
    fits(&reach)?;
    Ok(Conditioned {
        network: Network {
            slope: source.rectifier.fixed(),
            rectified: source.rectified,
            first,
            rest,
            offset,
            joins,
            gates,
            bent: source.end != plain,
        },
        outputs: match source.rectified {
            true => stream.map(|y| y.max(0.0)),
            false => stream,
        },
        reach,
    })
}

/// Adds what is added to numbers to their bounds.
fn grow(reach: &mut [i64], by: &[i64]) -> Result<(), String> {
    let pairs = reach.iter_mut().zip(by);
    pairs.for_each(|(reach, by)| *reach += by);
    fits(reach)
}

fn fits(reach: &[i64]) -> Result<(), String> {
    match reach.iter().max() {
        Some(far) if *far >= STREAM => Err(format!(
            "the outputs of its network could reach {far}, expected less than 2³¹ − 2²⁰"
        )),
        _ => Ok(()),
    }
}

/// Quantises a part that reads `stream` through the activation `input`, where the stream has `fill` in units that fill a group of
/// four; returns its outputs on the calibration rows too.
fn quantise_part(
    layers: &Perceptron,
    stream: &Samples,
    (input, fill): (Between, i32),
    format: Format,
) -> Result<(Part, Samples), String> {
    let (input_limit, hidden_limit) = format.weights.input_limits();
    let Entered {
        shift,
        entry,
        mut inputs,
    } = entered(stream, (input, fill), format)?;
    let filled = inputs.idle;
    let is_plain = matches!(input, Between::Rectifier(IDENTITY));
    let (mut hidden, mut curves) = (vec![], vec![]);
    for (index, &(layer, activation)) in layers.hidden.iter().enumerate() {
        let sums = inputs.samples.linear(layer);
        let seen = sums.quantiles(FITTING);
        let (dense, step, range, idle);
        curves.push(None);
        match activation {
            Between::Rectifier(rectifier) => {
                idle = 0;
                let outputs = Outputs::Hidden {
                    limit: hidden_limit,
                    seen: &seen,
                };
                let is_first = index == 0 && is_plain && inputs.step.len() <= 3;
                let quantise = match format.biases {
                    Biases::Weights if is_first && rectifier.fixed() == 0 => dense::quantise_first,
                    _ => dense::quantise,
                };
                (dense, step) = quantise(layer, &inputs, &outputs, format)?;
                range = rectifier.range(hidden_limit);
            }
            Between::Curve(function) => {
                let largest = seen.iter().copied().fold(0.0, f64::max);
                let curve = function.curve(largest, hidden_limit)?;
                let outputs = Outputs::Steps {
                    fraction: curve.before.into(),
                };
                (dense, _) = dense::quantise(layer, &inputs, &outputs, format)?;
                step = vec![curve.step(); seen.len()];
                (range, idle) = (curve.range(), curve.idle());
                curves[index] = Some(curve);
            }
        }
        hidden.push(dense);
        inputs = Inputs {
            step,
            range,
            idle,
            samples: sums.map(|h| activation.eval(h)),
        };
    }
    let steps = Outputs::Steps {
        fraction: format.fraction,
    };
    let (output, _) = dense::quantise(layers.output, &inputs, &steps, format)?;
    let part = Part {
        shift: shift as u8,
        input_limit,
        entry,
        idle: filled,
        hidden_limit,
        hidden,
        curves,
        output,
    };
    Ok((part, inputs.samples.linear(layers.output)))
}

impl Part {
    /// The range of what the first layer reads.
    fn read(&self, input: Rectifier) -> (i32, i32) {
        self.entry
            .map_or(input.range(self.input_limit), Curve::range)
    }

    /// A bound of the magnitude of each output.
    fn reach(&self, input: Rectifier, activation: Rectifier, weights: Weights) -> Vec<i64> {
        let curve = self.curves.last().copied().flatten();
        let (range, idle) = match (self.hidden.as_slice(), curve) {
            ([], _) => (self.read(input), self.idle),
            (_, Some(curve)) => (curve.range(), curve.idle()),
            _ => (activation.range(self.hidden_limit), 0),
        };
        self.output.reach(range, idle, weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ir::Activation;

    /// `(3 x − 5) >> 1`.
    fn dense() -> QuantisedDense {
        QuantisedDense {
            inputs: 1,
            outputs: 1,
            weights: vec![3],
            bias: vec![-5],
            shifts: vec![1],
            constant: None,
        }
    }

    /// An output is farthest from zero at the lowest input here, where an activation lets numbers below zero pass.
    #[test]
    fn a_part_reaches_what_its_last_activation_lets_pass() {
        let leaky = Activation::LeakyRelu { slope: 0.5 };
        let [relu, leaky] = [Activation::Relu, leaky].map(|one| Rectifier::new(one).unwrap());
        let part = |hidden| Part {
            shift: 1,
            input_limit: 4,
            entry: None,
            idle: 0,
            hidden_limit: 6,
            hidden,
            curves: vec![],
            output: dense(),
        };
        let alone = part(vec![]);
        let reach = |part: &Part, input, activation| part.reach(input, activation, Weights::I16);
        assert_eq!(reach(&alone, IDENTITY, relu), [9]);
        assert_eq!(reach(&alone, leaky, relu), [9]);
        assert_eq!(reach(&alone, relu, leaky), [3]);
        let behind = part(vec![dense()]);
        assert_eq!(reach(&behind, IDENTITY, leaky), [12]);
        assert_eq!(reach(&behind, IDENTITY, relu), [6]);
    }

    #[test]
    fn a_sum_that_could_leave_the_stream_is_refused() {
        assert!(fits(&[3, STREAM - 1]).is_ok());
        let error = fits(&[STREAM, 3]).unwrap_err();
        assert!(error.contains("could reach 2146435072"), "{error}");
    }
}
