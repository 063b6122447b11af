//! Integer networks as values of the runtime's types.

use super::{
    Branch, Conditioner, Entrance, Entry, Hidden, Narrow, Narrowing, Offset, Output, Rectifier,
};
use crate::module::quantise;
use crate::module::quantise::{Curve, Join, Network, Part, Quantised};
use crate::numeric::Weights;

impl Narrow {
    pub(super) fn new(network: &Network, flow: &Quantised) -> Self {
        let last = network.rest.last().unwrap_or(&network.first);
        Self {
            inputs: network
                .first
                .layers()
                .map(|layer| layer.inputs)
                .next()
                .unwrap_or(0),
            outputs: last.output.outputs,
            fraction: flow.fraction,
            narrowing: Narrowing::new(&network.first, Rectifier::Linear),
            conditioner: Conditioner::new(network, flow.weights),
        }
    }
}

impl Narrowing {
    fn new(part: &Part, rectifier: Rectifier) -> Self {
        Self {
            shift: part.shift,
            limit: part.input_limit,
            rectifier,
        }
    }
}

impl Conditioner {
    fn new(network: &Network, weights: Weights) -> Self {
        let Some((last, branches)) = network.rest.split_last() else {
            return layers(&network.first, network.slope, weights);
        };
        let mut gates = network.gates.iter().map(|gate| Output::new(gate, weights));
        let branches = branches.iter().enumerate().flat_map(|(n, part)| {
            let (narrowing, first) = match network.joins.get(n) {
                Some(join) => joined(join, part, network.slope, weights),
                None => first(part, network.slope, weights)?,
            };
            Some(Branch {
                narrowing,
                first,
                output: Output::new(&part.output, weights),
                gate: gates.next(),
            })
        });
        let (input, branches) = (
            Output::new(&network.first.output, weights),
            branches.collect(),
        );
        let Some(offset) = &network.offset else {
            return Self::Residual {
                input,
                branches,
                narrowing: Narrowing::new(last, Rectifier::Linear),
                output: Output::new(&last.output, weights),
            };
        };
        let slope = match network.bent {
            true => network.slope,
            false => 1 << 15,
        };
        Self::Steered {
            input,
            offset: Offset::new(offset, network.slope, weights),
            branches,
            entry: Entry::new((last.shift, last.input_limit), last.entry, slope),
            rest: Box::new(layers(last, network.slope, weights)),
        }
    }
}

impl Offset {
    fn new(offset: &quantise::Offset, slope: u16, weights: Weights) -> Self {
        Self {
            layer: Output::new(&offset.lane, weights),
            activation: Entry::new((offset.shift, offset.input_limit), offset.entry, slope),
            rise: offset.rise,
        }
    }
}

impl Entry {
    /// The slope is that of a rectifier, in units of 2⁻¹⁵.
    fn new((shift, limit): (u8, i32), curve: Option<Curve>, slope: u16) -> Self {
        let rectifier = match (curve, slope) {
            (None, slope) if slope < 1 << 15 => Rectifier::Leaky(slope),
            _ => Rectifier::Linear,
        };
        let narrowing = Narrowing {
            shift,
            limit,
            rectifier,
        };
        Self { narrowing, curve }
    }
}

/// The layers of a part.
fn layers(part: &Part, slope: u16, weights: Weights) -> Conditioner {
    let output = Output::new(&part.output, weights);
    if part.curves.iter().any(Option::is_some) {
        return smooth(part, output, slope, weights);
    }
    let hidden = part.hidden.iter();
    let hidden = hidden.map(|layer| Hidden::new(layer, slope, weights));
    perceptron(hidden.collect(), output)
}

/// The narrowing before a branch whose hidden numbers the input joins, and its hidden layer.
fn joined(join: &Join, part: &Part, slope: u16, weights: Weights) -> (Narrowing, Entrance) {
    let entry = |part: &Part| Entry::new((part.shift, part.input_limit), part.entry, slope);
    let Entry { narrowing, curve } = entry(&join.part);
    let first = Entrance::Joined {
        before: curve,
        layer: Output::new(&join.part.output, weights),
        lane: Output::new(&join.lane, weights),
        between: entry(part),
    };
    (narrowing, first)
}

/// The narrowing before a branch and its hidden layer. Each branch has one; `quantise` refuses all others.
fn first(part: &Part, slope: u16, weights: Weights) -> Option<(Narrowing, Entrance)> {
    let layer = part.hidden.first()?;
    let (rectifier, first) = match (part.entry, part.curves.first()) {
        (Some(before), Some(Some(curve))) => {
            let (layer, curve) = (Output::new(layer, weights), *curve);
            let first = Entrance::Smooth {
                before,
                layer,
                curve,
            };
            (Rectifier::Linear, first)
        }
        _ => (
            Rectifier::Leaky(slope),
            Entrance::Rectified(Hidden::new(layer, slope, weights)),
        ),
    };
    Some((Narrowing::new(part, rectifier), first))
}

/// Layers of which some have curves, as nested pairs.
fn smooth(part: &Part, output: Output, slope: u16, weights: Weights) -> Conditioner {
    let layers = part.hidden.iter().zip(&part.curves).rev();
    layers.fold(Conditioner::Linear(output), |rest, (layer, curve)| {
        let rest = Box::new(rest);
        match curve {
            Some(curve) => Conditioner::Smooth {
                layer: Output::new(layer, weights),
                curve: *curve,
                rest,
            },
            None => Conditioner::Nested {
                hidden: Hidden::new(layer, slope, weights),
                rest,
            },
        }
    })
}

/// Hidden layers of equal width as an `Mlp`; others, and a first one with a constant, as nested pairs.
fn perceptron(mut hidden: Vec<Hidden>, output: Output) -> Conditioner {
    if hidden.is_empty() {
        return Conditioner::Linear(output);
    }
    let input = hidden.remove(0);
    let width = input.dense.bias.len();
    let is_even = hidden.iter().all(|layer| layer.dense.bias.len() == width);
    match is_even && input.constant.is_none() {
        true => Conditioner::Mlp {
            input,
            inner: hidden,
            output,
        },
        false => Conditioner::Nested {
            hidden: input,
            rest: Box::new(perceptron(hidden, output)),
        },
    }
}
