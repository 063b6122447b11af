//! Alternatives for the structure of networks.

use super::{Alternative, activation, networks};
use nice_flow_codegen::flow::ir::{Activation, Flow, Network, Stage};

/// A change: its subject, a clause that describes it, the change in a manifest, and the function that makes it.
type Change = (&'static str, &'static str, &'static str, fn(&mut Network));

const CHANGES: [Change; 5] = [
    (
        "weights",
        "the square weights of the networks are transposed",
        "layout = \"in_out\" where it is \"out_in\", and the reverse",
        transpose,
    ),
    (
        "first activation",
        "there is no activation after the first linear layer",
        "the first act of each net left out",
        |network| remove(network, 1),
    ),
    (
        "last activation",
        "there is no activation after the last linear layer",
        "the last act of each net left out",
        |network| remove(network, network.0.len().saturating_sub(1)),
    ),
    (
        "activation before the last",
        "there is no activation before the last linear layer",
        "the act before the last linear of each net left out",
        |network| remove(network, network.0.len().saturating_sub(2)),
    ),
    (
        "normalisation",
        "batch normalisation and activation change places",
        "each act and batchnorm exchanged",
        exchange_normalisation,
    ),
];

/// An optional activation: its subject, a clause that describes it, and its index for a given number of stages.
type Place = (&'static str, &'static str, fn(usize) -> usize);

const PLACES: [Place; 3] = [
    ("first activation", "after the first", |_| 1),
    ("last activation", "after the last", |stages| stages),
    ("activation before the last", "before the last", |stages| {
        stages.saturating_sub(1)
    }),
];

pub(super) fn alternatives(flow: &Flow) -> Vec<Alternative> {
    let changes = CHANGES.map(|(subject, what, manifest, change)| {
        Alternative::new(subject, what, manifest, move |flow: &mut Flow| {
            networks(flow).for_each(change);
        })
    });
    let functions = match activation::first(flow) {
        Some(function) => vec![(function, "as elsewhere".into(), "fn as elsewhere".into())],
        None => activation::functions(),
    };
    let missing = functions
        .into_iter()
        .flat_map(|(function, word, manifest)| {
            PLACES.map(|(subject, place, at)| {
                let what = format!("there is an activation {place} linear layer, {word}");
                let manifest = format!("an act {place} linear of each net, {manifest}");
                Alternative::new(subject, what, manifest, move |flow: &mut Flow| {
                    networks(flow)
                        .for_each(|network| insert(network, at(network.0.len()), function));
                })
            })
        });
    changes.into_iter().chain(missing).collect()
}

fn transpose(network: &mut Network) {
    for stage in &mut network.0 {
        match stage {
            Stage::Linear(linear) if linear.weight.is_square() => linear.weight.transpose_mut(),
            Stage::Skip(network) => transpose(network),
            _ => (),
        }
    }
}

fn is_activation(stage: Option<&Stage>) -> bool {
    matches!(stage, Some(Stage::Activation(_)))
}

/// Removes the activation at an index, if there is one.
fn remove(network: &mut Network, at: usize) {
    if is_activation(network.0.get(at)) {
        network.0.remove(at);
    }
}

/// Inserts an activation at an index, unless there is one beside it.
fn insert(network: &mut Network, at: usize, function: Activation) {
    let before = at.checked_sub(1).and_then(|before| network.0.get(before));
    if before.is_some() && !is_activation(before) && !is_activation(network.0.get(at)) {
        network.0.insert(at, Stage::Activation(function));
    }
}

fn exchange_normalisation(network: &mut Network) {
    let kind = |stage: &Stage| match stage {
        Stage::Activation(_) => 1,
        Stage::Scale { .. } => 2,
        _ => 0,
    };
    let mut at = 0;
    while at + 1 < network.0.len() {
        let pair = kind(&network.0[at]) + kind(&network.0[at + 1]) == 3
            && kind(&network.0[at]) * kind(&network.0[at + 1]) == 2;
        if pair {
            network.0.swap(at, at + 1);
        }
        at += if pair { 2 } else { 1 };
    }
}
