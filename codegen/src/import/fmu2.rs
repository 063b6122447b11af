//! [fmu2/NICE](https://github.com/fmu2/NICE), and AvivSham/NICE which keeps its names.
//!
//! Additive couplings over odd and even elements in turn, then `exp(scale)`. A file of its
//! `train.py` says which half comes first and which prior was trained; a bare state dict does not.

use super::settings::PRIOR;
use super::{Key, Layout, Settings, Source, Weights};
use crate::checkpoint::Value;
use crate::error::Result;
use crate::ir::{Activation, Coupling, Diagonal, Flow, Layer, Parameters};

pub(super) static LAYOUT: Layout = Layout {
    name: "fmu2",
    library: "fmu2/NICE",
    fingerprint: &[&["coupling.0.in_block.0.weight", "scaling.scale"]],
    keys: &[
        Key {
            name: "first",
            values: "odd|even",
            meaning: "the elements, counted from 0, that condition the first coupling",
        },
        PRIOR,
    ],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Flow> {
    let dim = dim(weights)?;
    let first = settings.choose("first", first(weights), |word| match word {
        "odd" => Some(1),
        "even" => Some(0),
        _ => None,
    })?;
    let stored = weights.config("latent").map(Value::to_string);
    let prior = stored.map_or(Source::Unknown, Source::Stored);
    let prior = settings.prior(prior)?;

    let couplings = weights.count(|i| format!("coupling.{i}.in_block.0.weight"));
    let mut layers = (0..couplings)
        .map(|i| coupling(weights, i, dim, (first + i) % 2))
        .collect::<Result<Vec<_>>>()?;
    let scale = weights.numbers("scaling.scale", &[1, dim])?;
    let factor = scale.iter().map(|scale| scale.exp()).collect();
    layers.push(Layer::Diagonal(Diagonal::scale(factor)));
    Ok(Flow { dim, layers, prior })
}

fn dim(weights: &Weights) -> Result<usize> {
    let name = "scaling.scale";
    match *weights.shape(name)? {
        [1, dim] if dim > 0 && dim % 2 == 0 => Ok(dim),
        ref found => {
            let message = format!("expected shape [1, D] with an even D, found {found:?}");
            Err(weights.error(name, message))
        }
    }
}

/// The stored `mask_config`: with 1, the first coupling changes even elements and reads the odd.
fn first(weights: &Weights) -> Source {
    match weights.config("mask_config") {
        Some(Value::Number(1.0) | Value::Flag(true)) => Source::Stored("odd".into()),
        Some(Value::Number(0.0) | Value::Flag(false)) => Source::Stored("even".into()),
        Some(other) => Source::Stored(format!("mask_config={other}")),
        None => Source::Unknown,
    }
}

fn coupling(weights: &Weights, i: usize, dim: usize, parity: usize) -> Result<Layer> {
    let hidden = weights.count(|j| format!("coupling.{i}.mid_block.{j}.0.weight"));
    let middle = (0..hidden).map(|j| format!("coupling.{i}.mid_block.{j}.0"));
    let names: Vec<_> = std::iter::once(format!("coupling.{i}.in_block.0"))
        .chain(middle)
        .chain([format!("coupling.{i}.out_block")])
        .collect();
    let network = weights.mlp(&names, dim / 2, dim / 2, Activation::Relu)?;
    Ok(Layer::Coupling(Coupling {
        kept: (parity..dim).step_by(2).collect(),
        changed: (1 - parity..dim).step_by(2).collect(),
        conditioner: Parameters::Joint(network),
        scale: None,
        backwards: false,
    }))
}
