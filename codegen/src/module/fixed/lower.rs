//! From quantised integers to the words that the kernels read.

use super::{Affine, Coupling, Encoder, FixedLayer, Module, Narrow, ScaleMap};
use crate::module::arrange;
use crate::module::quantise::{self, Map, Quantised};
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
            let coupling = Coupling {
                shifts: *shifts,
                network: Narrow::new(network, flow),
                rectified: network.rectified,
            };
            Tree::leaf(FixedLayer::Coupling(coupling), *backwards)
        }
        quantise::QuantisedLayer::Affine {
            reads,
            form,
            networks,
            map,
            constants,
        } => Tree::Leaf(FixedLayer::Affine(Affine {
            reads: reads.clone(),
            form: *form,
            networks: networks
                .iter()
                .map(|network| Narrow::new(network, flow))
                .collect(),
            scale: map.map_or(ScaleMap::Exp, |map| table(map, &flow.maps)),
            constants: constants.clone(),
        })),
    });
    let is_affine = |layer: &_| matches!(layer, quantise::QuantisedLayer::Affine { .. });
    let scales = flow.layers.iter().any(is_affine);
    Module {
        dim: flow.encoder.mean.len(),
        weights: flow.weights,
        fraction: flow.fraction,
        encoder: Encoder::Standardise(flow.encoder.clone()),
        layers: arrange::arrange(layers.collect()),
        knots: scales.then(|| {
            flow.maps
                .iter()
                .flat_map(|map| &map.knots)
                .copied()
                .collect()
        }),
        prior: flow.prior.clone(),
    }
}

/// The table with this index; those before it have their knots first.
fn table(index: usize, maps: &[Map]) -> ScaleMap {
    ScaleMap::Table {
        first: maps[..index].iter().map(|map| map.knots.len()).sum(),
        range: maps[index].range,
        density: maps[index].density,
        fraction: maps[index].fraction,
    }
}
