//! From integers to the words that the kernels read.

use super::{Coupling, Encoder, Layer, Module};
use crate::module::arrange;
use crate::module::quantise::{self, Quantised};
use crate::module::tree::Tree;

/// The module of an integer flow.
pub fn lower(flow: &Quantised) -> Module {
    let layers = flow.layers.iter().map(|layer| match layer {
        quantise::Layer::Permute(order) => Tree::Permute(order.clone()),
        quantise::Layer::Triangle(triangle) => Tree::Leaf(Layer::Triangular(triangle.clone())),
        quantise::Layer::Coupling {
            shifts,
            backwards,
            network,
        } => {
            let coupling = Coupling::new(*shifts, network, flow);
            Tree::leaf(Layer::Coupling(coupling), *backwards)
        }
    });
    Module {
        dim: flow.encoder.mean.len(),
        weights: flow.weights,
        fraction: flow.fraction,
        encoder: Encoder::Standardise(flow.encoder.clone()),
        layers: arrange::arrange(layers.collect()),
        prior: flow.prior.clone(),
    }
}
