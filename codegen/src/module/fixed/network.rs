//! Integer networks as values of the runtime's types.

use super::{Branch, Conditioner, Entrance, Hidden, Narrow, Narrowing, Output, Rectifier};
use crate::module::quantise::{Network, Part, Quantised};
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
        let hidden = |part: &Part| -> Vec<Hidden> {
            let layers = part.hidden.iter();
            layers
                .map(|layer| Hidden::new(layer, network.slope, weights))
                .collect()
        };
        let Some((last, branches)) = network.rest.split_last() else {
            let output = Output::new(&network.first.output, weights);
            if network.first.curves.iter().any(Option::is_some) {
                return smooth(network, output, weights);
            }
            return perceptron(hidden(&network.first), output);
        };
        let mut gates = network.gates.iter().map(|gate| Output::new(gate, weights));
        let branches = branches.iter().flat_map(|part| {
            let (rectifier, first) = first(part, network.slope, weights)?;
            Some(Branch {
                narrowing: Narrowing::new(part, rectifier),
                first,
                output: Output::new(&part.output, weights),
                gate: gates.next(),
            })
        });
        Self::Residual {
            input: Output::new(&network.first.output, weights),
            branches: branches.collect(),
            narrowing: Narrowing::new(last, Rectifier::Linear),
            output: Output::new(&last.output, weights),
        }
    }
}

/// The hidden layer of a branch and the rectifier before it. Each branch has one; `quantise` refuses all others.
fn first(part: &Part, slope: u16, weights: Weights) -> Option<(Rectifier, Entrance)> {
    let layer = part.hidden.first()?;
    Some(match (part.entry, part.curves.first()) {
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
    })
}

/// Layers of which some have curves, as nested pairs.
fn smooth(network: &Network, output: Output, weights: Weights) -> Conditioner {
    let part = &network.first;
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
                hidden: Hidden::new(layer, network.slope, weights),
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
