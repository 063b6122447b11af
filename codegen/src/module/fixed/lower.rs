//! From quantised integers to the words that the kernels read.

use super::{Coupling, Encoder, FixedLayer, Module};
use crate::module::arrange;
use crate::module::quantise::{self, Quantised};
use crate::module::tree::Tree;

/// The module of an integer flow.
pub fn lower(flow: &Quantised) -> Module {
    let layers = flow.layers.iter().map(|layer| match layer {
        quantise::QuantisedLayer::Permute(order) => Tree::Permute(order.clone()),
        quantise::QuantisedLayer::Triangle(triangle) => {
            Tree::Leaf(FixedLayer::Triangular(triangle.clone()))
        }
        quantise::QuantisedLayer::Coupling {
            shifts,
            backwards,
            network,
        } => {
            let coupling = Coupling::new(*shifts, network, flow);
            Tree::leaf(FixedLayer::Coupling(coupling), *backwards)
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
