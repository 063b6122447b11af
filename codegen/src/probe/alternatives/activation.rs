//! The elementwise functions of networks.

use super::{Alternative, networks};
use crate::ir::{Activation, Flow, Layer, Network, Stage};

const SLOPES: [f64; 6] = [0.01, 0.2, 0.1, 0.05, 0.3, 0.5];

/// Each function in place of the first that the flow has.
pub(super) fn alternatives(flow: &Flow) -> Vec<Alternative> {
    let Some(current) = first(flow) else {
        return vec![];
    };
    let word = |name: &str| (name.to_owned(), format!("fn = \"{name}\""));
    let leaky = SLOPES.map(|slope| {
        let what = format!("leaky_relu of slope {slope}");
        let manifest = format!("fn = \"leaky_relu\", slope = {slope}");
        (Activation::LeakyRelu { slope }, (what, manifest))
    });
    let others = [
        (Activation::Relu, word("relu")),
        (Activation::Tanh, word("tanh")),
        (Activation::Elu { alpha: 1.0 }, word("elu")),
        (Activation::Silu, word("silu")),
        (Activation::Sigmoid, word("sigmoid")),
        (Activation::Softplus, word("softplus")),
    ];
    let functions = others.into_iter().chain(leaky);
    let replace = |(function, (what, manifest))| {
        let what = format!("the activation is {what}");
        Alternative::new("activation", what, manifest, move |flow| {
            networks(flow).for_each(|network| exchange(network, current, function));
        })
    };
    functions.map(replace).collect()
}

/// The first function of the first network that has one.
pub(super) fn first(flow: &Flow) -> Option<Activation> {
    fn of(network: &Network) -> Option<Activation> {
        network.0.iter().find_map(|stage| match stage {
            Stage::Activation(activation) => Some(*activation),
            Stage::Skip(network) => of(network),
            _ => None,
        })
    }
    flow.layers.iter().find_map(|layer| match layer {
        Layer::Coupling(coupling) => coupling.conditioner.networks().find_map(of),
        _ => None,
    })
}

fn exchange(network: &mut Network, from: Activation, to: Activation) {
    for stage in &mut network.0 {
        match stage {
            Stage::Activation(activation) if *activation == from => *activation = to,
            Stage::Skip(network) => exchange(network, from, to),
            _ => (),
        }
    }
}
