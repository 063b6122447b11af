//! Alternatives for the activations of networks.

use super::{Alternative, networks};
use nice_flow_codegen::flow::ir::{Activation, Flow, Network, Stage};

const SLOPES: [f64; 6] = [0.01, 0.2, 0.1, 0.05, 0.3, 0.5];

/// Each activation in place of the first one that the flow has.
pub(super) fn alternatives(flow: &Flow) -> Vec<Alternative> {
    let Some(current) = first(flow) else {
        return vec![];
    };
    let replace = |(function, word, manifest)| {
        let what = format!("the activation is {word}");
        Alternative::new("activation", what, manifest, move |flow| {
            networks(flow).for_each(|network| exchange(network, current, function));
        })
    };
    functions().into_iter().map(replace).collect()
}

/// The activations, with their names in words and in a manifest.
pub(super) fn functions() -> Vec<(Activation, String, String)> {
    let others = [
        (Activation::Relu, "relu"),
        (Activation::Tanh, "tanh"),
        (Activation::Elu { alpha: 1.0 }, "elu"),
        (Activation::Silu, "silu"),
        (Activation::Sigmoid, "sigmoid"),
        (Activation::Softplus, "softplus"),
    ];
    let others =
        others.map(|(function, name)| (function, name.to_owned(), format!("fn = \"{name}\"")));
    let leaky = SLOPES.map(|slope| {
        let word = format!("leaky_relu of slope {slope}");
        let manifest = format!("fn = \"leaky_relu\", slope = {slope}");
        (Activation::LeakyRelu { slope }, word, manifest)
    });
    others.into_iter().chain(leaky).collect()
}

/// The first activation in the networks of the flow.
pub(super) fn first(flow: &Flow) -> Option<Activation> {
    fn of(network: &Network) -> Option<Activation> {
        network.0.iter().find_map(|stage| match stage {
            Stage::Activation(activation) => Some(*activation),
            Stage::Skip(network) => of(network),
            Stage::Steer(steer) => Some(steer.activation),
            _ => None,
        })
    }
    let mut networks = flow.couplings().flat_map(|c| c.conditioner.networks());
    networks.find_map(of)
}

fn exchange(network: &mut Network, from: Activation, to: Activation) {
    for stage in &mut network.0 {
        match stage {
            Stage::Activation(activation) if *activation == from => *activation = to,
            Stage::Skip(network) => exchange(network, from, to),
            Stage::Steer(steer) if steer.activation == from => steer.activation = to,
            _ => (),
        }
    }
}
