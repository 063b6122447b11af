//! The structure of a folded network: its first layers, skips and last layers.

use super::activation::Between;
use super::rectifier::{IDENTITY, Rectifier};
use crate::flow::ir;
use crate::flow::ir::{Activation, Linear, Stage, Steering};

/// The structure of a folded network: its first layers, skips and last layers.
pub(super) struct Source<'a> {
    /// The activation of all branches of skips; the identity if there are none.
    pub entry: Between,
    /// That of all hidden layers which have one; the identity if none has.
    pub rectifier: Rectifier,
    /// Whether a ReLU follows the last layer.
    pub rectified: bool,
    pub first: Perceptron<'a>,
    pub skips: Vec<Perceptron<'a>>,
    /// A layer of the network's input that is added to the first part's numbers, behind an activation.
    pub offset: Option<(&'a Linear, Between)>,
    /// Layers of the network's input that are added to the hidden numbers of the skips: one for each skip, or none.
    pub joined: &'a [Linear],
    /// Layers of the network's input, whose sigmoids multiply what the skips give: one for each skip, or none.
    pub gates: &'a [Linear],
    /// The activation behind the skips; the identity if there is none.
    pub end: Between,
    /// The layers behind the skips, if there are skips.
    pub last: Option<Perceptron<'a>>,
}

/// Linear layers with activations between them.
pub(super) struct Perceptron<'a> {
    /// Each with its activation.
    pub hidden: Vec<(&'a Linear, Between)>,
    pub output: &'a Linear,
}

impl<'a> Source<'a> {
    /// Of a network whose first layer gives these lanes, if a context steers it.
    pub fn new(network: &'a ir::Network, lanes: &'a [Linear]) -> Result<Self, String> {
        let (stages, rectified) = match network.0.as_slice() {
            [stages @ .., Stage::Activation(Activation::Relu)] => (stages, true),
            stages => (stages, false),
        };
        let mut met = Met::default();
        let (mut joined, mut gates): (&[Linear], &[Linear]) = (&[], &[]);
        let (mut offset, mut end) = (None, Between::Rectifier(IDENTITY));
        let (first, skips, last) = match stages {
            [Stage::Linear(_), Stage::Steer(steer), rest @ ..] => {
                let (first, mut lanes) = lanes.split_first().ok_or(SHAPE)?;
                let between = met.entry(steer.activation)?;
                if steer.offset {
                    let (second, others) = lanes.split_first().ok_or(SHAPE)?;
                    (offset, lanes) = (Some((second, between)), others);
                }
                match steer.how {
                    Steering::Add => joined = lanes,
                    Steering::Gate => gates = lanes,
                }
                let skip = |[hidden, output]: &'a [Linear; 2]| Perceptron {
                    hidden: vec![(hidden, between)],
                    output,
                };
                let layers = match rest {
                    [Stage::Activation(activation), layers @ ..] => {
                        end = met.between(*activation)?;
                        layers
                    }
                    layers => layers,
                };
                if offset.is_none() && rest.len() != 1 {
                    return Err(SHAPE.into());
                }
                let last = perceptron(layers, &mut met)?;
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
            entry: met.entry.unwrap_or(Between::Rectifier(IDENTITY)),
            rectifier: met.rectifier.unwrap_or(IDENTITY),
            rectified,
            first,
            skips,
            offset,
            joined,
            gates,
            end,
            last,
        })
    }
}

impl<'a> Perceptron<'a> {
    /// One linear layer.
    pub fn linear(output: &'a Linear) -> Self {
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

fn branch<'a>(skip: &'a Stage, met: &mut Met) -> Result<Perceptron<'a>, String> {
    match skip {
        Stage::Skip(ir::Network(branch)) if branch.len() == 4 => match branch.as_slice() {
            [Stage::Activation(activation), rest @ ..] => {
                let entry = met.entry(*activation)?;
                let branch = perceptron(rest, met)?;
                match branch.hidden.iter().all(|(_, between)| *between == entry) {
                    true => Ok(branch),
                    false => Err(SEVERAL.into()),
                }
            }
            _ => Err(SHAPE.into()),
        },
        _ => Err(SHAPE.into()),
    }
}

fn perceptron<'a>(stages: &'a [Stage], met: &mut Met) -> Result<Perceptron<'a>, String> {
    let (pairs, last) = stages.as_chunks::<2>();
    let mut hidden = vec![];
    for pair in pairs {
        let [Stage::Linear(layer), Stage::Activation(activation)] = pair else {
            return Err(SHAPE.into());
        };
        hidden.push((layer, met.between(*activation)?));
    }
    match last {
        [Stage::Linear(output)] => Ok(Perceptron { hidden, output }),
        _ => Err(SHAPE.into()),
    }
}

/// The activations of a network that must not differ.
#[derive(Default)]
struct Met {
    entry: Option<Between>,
    rectifier: Option<Rectifier>,
}

impl Met {
    /// An activation between two layers; of rectifiers there is one.
    fn between(&mut self, activation: Activation) -> Result<Between, String> {
        let between = Between::new(activation).ok_or(SHAPE)?;
        if let Between::Rectifier(rectifier) = between
            && *self.rectifier.get_or_insert(rectifier) != rectifier
        {
            return Err("expected one slope of leaky ReLUs in a network, found several".into());
        }
        Ok(between)
    }

    /// The activation of the branches of skips, of which there is one.
    fn entry(&mut self, activation: Activation) -> Result<Between, String> {
        let between = self.between(activation)?;
        match *self.entry.get_or_insert(between) == between {
            true => Ok(between),
            false => Err(SEVERAL.into()),
        }
    }
}

const SEVERAL: &str = "expected one activation in residual blocks, found several";

const SHAPE: &str = "expected linear layers with activations between them, or residual blocks of activation, linear, activation, linear between two linear layers";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_have_one_activation_and_rectifiers_one_slope() {
        let mut met = Met::default();
        assert!(met.entry(Activation::Tanh).is_ok());
        assert!(met.entry(Activation::Tanh).is_ok());
        assert_eq!(met.entry(Activation::Silu).err(), Some(SEVERAL.into()));
        assert!(met.between(Activation::Relu).is_ok());
        assert!(met.between(Activation::Silu).is_ok());
        let leaky = Activation::LeakyRelu { slope: 0.1 };
        let error = met.between(leaky).err().unwrap();
        assert!(error.contains("one slope of leaky ReLUs"), "{error}");
    }
}
