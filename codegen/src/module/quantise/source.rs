//! The structure of a folded network: its first layers, skips and last layers.

use super::activation::Between;
use super::rectifier::IDENTITY;
use crate::flow::ir;
use crate::flow::ir::{Activation, Linear, Stage};

/// The structure of a folded network: its first layers, skips and last layers.
pub(super) struct Source<'a> {
    /// The activation of all hidden layers; the identity if there is none.
    pub activation: Between,
    /// Whether a ReLU follows the last layer.
    pub rectified: bool,
    pub first: Perceptron<'a>,
    pub skips: Vec<Perceptron<'a>>,
    /// Layers of the network's input, whose sigmoids multiply what the skips give: one for each skip, or none.
    pub gates: &'a [Linear],
    /// The layers behind the skips, if there are skips.
    pub last: Option<Perceptron<'a>>,
}

/// Linear layers with activations between them.
pub(super) struct Perceptron<'a> {
    pub hidden: Vec<&'a Linear>,
    pub output: &'a Linear,
}

impl<'a> Source<'a> {
    /// Of a network whose first layer gives these lanes, if a context steers it.
    pub fn new(network: &'a ir::Network, lanes: &'a [Linear]) -> Result<Self, String> {
        let (stages, rectified) = match network.0.as_slice() {
            [stages @ .., Stage::Activation(Activation::Relu)] => (stages, true),
            stages => (stages, false),
        };
        let mut met = None;
        let mut gates: &[Linear] = &[];
        let (first, skips, last) = match stages {
            [
                Stage::Linear(_),
                Stage::Steer(steer),
                last @ Stage::Linear(_),
            ] => {
                let (first, rest) = lanes.split_first().ok_or(SHAPE)?;
                gates = rest;
                meet(steer.activation, &mut met)?;
                let skip = |[hidden, output]: &'a [Linear; 2]| Perceptron {
                    hidden: vec![hidden],
                    output,
                };
                let last = perceptron(std::slice::from_ref(last), &mut met)?;
                let skips = steer.branches.iter().map(skip).collect();
                (Perceptron::linear(first), skips, Some(last))
            }
            [Stage::Linear(output), skips @ .., last @ Stage::Linear(_)] if is_all_skips(skips) => {
                let last = perceptron(std::slice::from_ref(last), &mut met)?;
                let skips = skips.iter().map(|skip| branch(skip, &mut met));
                let skips = skips.collect::<Result<_, _>>()?;
                (Perceptron::linear(output), skips, Some(last))
            }
            stages => (perceptron(stages, &mut met)?, vec![], None),
        };
        Ok(Self {
            activation: met.unwrap_or(Between::Rectifier(IDENTITY)),
            rectified,
            first,
            skips,
            gates,
            last,
        })
    }
}

impl<'a> Perceptron<'a> {
    /// One linear layer.
    fn linear(output: &'a Linear) -> Self {
        Self {
            hidden: vec![],
            output,
        }
    }
}

/// The lanes that the first layer of a network gives, as layers of their own; none if no context steers it.
pub(super) fn lanes(network: &ir::Network) -> Vec<Linear> {
    match network.0.as_slice() {
        [Stage::Linear(layer), Stage::Steer(steer), ..] => steer.lanes_of(layer),
        _ => vec![],
    }
}

fn is_all_skips(stages: &[Stage]) -> bool {
    !stages.is_empty() && stages.iter().all(|stage| matches!(stage, Stage::Skip(_)))
}

fn branch<'a>(skip: &'a Stage, met: &mut Option<Between>) -> Result<Perceptron<'a>, String> {
    match skip {
        Stage::Skip(ir::Network(branch)) if branch.len() == 4 => match branch.as_slice() {
            [Stage::Activation(activation), rest @ ..] => {
                meet(*activation, met)?;
                perceptron(rest, met)
            }
            _ => Err(SHAPE.into()),
        },
        _ => Err(SHAPE.into()),
    }
}

fn perceptron<'a>(
    stages: &'a [Stage],
    met: &mut Option<Between>,
) -> Result<Perceptron<'a>, String> {
    let (pairs, last) = stages.as_chunks::<2>();
    let mut hidden = vec![];
    for pair in pairs {
        let [Stage::Linear(layer), Stage::Activation(activation)] = pair else {
            return Err(SHAPE.into());
        };
        meet(*activation, met)?;
        hidden.push(layer);
    }
    match last {
        [Stage::Linear(output)] => Ok(Perceptron { hidden, output }),
        _ => Err(SHAPE.into()),
    }
}

/// Notes an activation; an error if it differs from the one met before.
fn meet(activation: Activation, met: &mut Option<Between>) -> Result<(), String> {
    let between = Between::new(activation).ok_or(SHAPE)?;
    match met.replace(between) {
        Some(other) if other != between => {
            Err("expected one activation in a network, found several".into())
        }
        _ => Ok(()),
    }
}

const SHAPE: &str = "expected linear layers with activations between them, or residual blocks of activation, linear, activation, linear between two linear layers";
