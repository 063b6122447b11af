//! Networks as values of the runtime crate's types.

use crate::flow::ir;
use crate::flow::ir::{Activation, Linear, Stage, Steer, Steering};

/// A value of one of the runtime crate's conditioner types.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Network {
    /// `Dense`: a single linear layer.
    Dense(FloatDense),
    /// `Mlp`: hidden layers of equal width.
    Mlp {
        input: FloatDense,
        inner: Vec<FloatDense>,
        output: FloatDense,
        activation: Activation,
    },
    /// `Hidden`: one hidden layer, and the remaining layers.
    Hidden {
        layer: FloatDense,
        activation: Activation,
        rest: Box<Network>,
    },
    /// `Residual`: blocks of two linear layers.
    Residual {
        input: FloatDense,
        blocks: Vec<(FloatDense, FloatDense)>,
        output: FloatDense,
        activation: Activation,
    },
    /// `Steered`: blocks that a context steers, an activation if there is one, and the remaining layers.
    Steered {
        input: FloatDense,
        blocks: Vec<(FloatDense, FloatDense)>,
        activation: Activation,
        last: Option<Activation>,
        how: Steering,
        rest: Box<Network>,
    },
}

/// `nice_flow::float::Dense`.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatDense {
    /// Inputs.
    pub inputs: usize,
    /// Outputs.
    pub outputs: usize,
    /// Column after column: what input 0 contributes to each output, then input 1, …
    pub columns: Vec<f32>,
    /// One for each output.
    pub bias: Vec<f32>,
}

impl FloatDense {
    fn new(linear: &Linear) -> Result<Self, String> {
        let narrow = |values: &[f64]| super::narrow::narrow("weight", values);
        Ok(Self {
            inputs: linear.weight.ncols(),
            outputs: linear.weight.nrows(),
            columns: narrow(linear.weight.as_slice())?,
            bias: narrow(linear.bias.as_slice())?,
        })
    }
}

impl Network {
    /// The network as one of the runtime's types, or why there is none for it.
    pub(super) fn new(network: &ir::Network) -> Result<Self, String> {
        match network.0.as_slice() {
            [Stage::Linear(first), middle @ .., Stage::Linear(last)]
                if !middle.is_empty()
                    && middle.iter().all(|stage| matches!(stage, Stage::Skip(_))) =>
            {
                residual(first, middle, last)
            }
            [
                Stage::Linear(lanes),
                Stage::Steer(steer),
                Stage::Activation(last),
                rest @ ..,
            ] => steered(lanes, steer, Some(*last), rest),
            [Stage::Linear(lanes), Stage::Steer(steer), rest @ ..] => {
                steered(lanes, steer, None, rest)
            }
            stages => perceptron(stages),
        }
    }
}

fn perceptron(stages: &[Stage]) -> Result<Network, String> {
    match stages {
        [Stage::Linear(layer)] => Ok(Network::Dense(FloatDense::new(layer)?)),
        [
            Stage::Linear(layer),
            Stage::Activation(activation),
            rest @ ..,
        ] => {
            let (layer, activation) = (FloatDense::new(layer)?, *activation);
            Ok(match perceptron(rest)? {
                Network::Dense(output) => Network::Mlp {
                    input: layer,
                    inner: vec![],
                    output,
                    activation,
                },
                Network::Mlp {
                    input,
                    inner,
                    output,
                    activation: same,
                } if same == activation && input.inputs == input.outputs => {
                    let inner = std::iter::once(input).chain(inner).collect();
                    Network::Mlp {
                        input: layer,
                        inner,
                        output,
                        activation,
                    }
                }
                rest => Network::Hidden {
                    layer,
                    activation,
                    rest: Box::new(rest),
                },
            })
        }
        stages => {
            let norm = stages
                .iter()
                .any(|stage| matches!(stage, Stage::Normalise { .. }));
            let found = match norm {
                true => {
                    ", found layer normalisation, which only `score` and other verbs on a PC compute, in f64"
                }
                false => "",
            };
            Err(format!(
                "expected linear layers with activations between them, or residual blocks{found}"
            ))
        }
    }
}

fn steered(
    lanes: &Linear,
    steer: &Steer,
    last: Option<Activation>,
    rest: &[Stage],
) -> Result<Network, String> {
    let blocks = steer.branches.iter().map(|[first, second]| {
        Ok::<_, String>((FloatDense::new(first)?, FloatDense::new(second)?))
    });
    Ok(Network::Steered {
        input: FloatDense::new(lanes)?,
        blocks: blocks.collect::<Result<_, _>>()?,
        activation: steer.activation,
        last,
        how: steer.how,
        rest: Box::new(perceptron(rest)?),
    })
}

fn residual(first: &Linear, blocks: &[Stage], last: &Linear) -> Result<Network, String> {
    let mut activation = None;
    let mut layers = vec![];
    for block in blocks {
        match block {
            Stage::Skip(ir::Network(branch)) => match branch.as_slice() {
                [
                    Stage::Activation(a),
                    Stage::Linear(first),
                    Stage::Activation(b),
                    Stage::Linear(second),
                ] if a == b && activation.is_none_or(|same| same == *a) => {
                    activation = Some(*a);
                    layers.push((FloatDense::new(first)?, FloatDense::new(second)?));
                }
                _ => {
                    return Err(
                        "expected residual blocks of activation, linear, activation, linear".into(),
                    );
                }
            },
            _ => {
                return Err(
                    "expected residual blocks only between the first and last layer".into(),
                );
            }
        }
    }
    Ok(Network::Residual {
        input: FloatDense::new(first)?,
        blocks: layers,
        output: FloatDense::new(last)?,
        activation: activation.unwrap_or(Activation::Relu),
    })
}
