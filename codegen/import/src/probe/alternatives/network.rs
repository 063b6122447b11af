//! Alternatives for the structure of networks.

use super::{Alternative, activation, networks};
use nice_flow_codegen::flow::ir::{Activation, Flow, Network, Stage};

/// A change: its subject, a clause that describes it, the change in a manifest, and the function that makes it.
type Change = (&'static str, &'static str, &'static str, fn(&mut Network));

const CHANGES: [Change; 9] = [
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
    (
        "skips",
        "networks have no skip connections",
        "push and add left out",
        flatten,
    ),
    (
        "skips",
        "networks have a skip connection around every two hidden linear layers",
        "push before and add after every two hidden linear layers and their acts",
        skip,
    ),
    (
        "skips",
        "networks have a skip connection around every hidden linear layer and its activation",
        "push before and add after every hidden linear layer with its act",
        |network| skip_each(network, 2),
    ),
    (
        "skips",
        "networks have a skip connection around every hidden linear layer, in front of its activation",
        "push before and add after every hidden linear layer, the act behind",
        |network| skip_each(network, 1),
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

fn flatten(network: &mut Network) {
    let stages = std::mem::take(&mut network.0);
    network.0 = (stages.into_iter())
        .flat_map(|stage| match stage {
            Stage::Skip(inner) => inner.0,
            stage => vec![stage],
        })
        .collect();
}

/// Puts a skip connection around every hidden square linear layer, with or without the activation that follows.
fn skip_each(network: &mut Network, stages: usize) {
    let is_linear = |stage: &Stage| matches!(stage, Stage::Linear(_));
    let (first, last) = (
        network.0.iter().position(is_linear),
        network.0.iter().rposition(is_linear),
    );
    let (Some(first), Some(last)) = (first, last) else {
        return;
    };
    let mut at = first + 1;
    let mut rest = network.0.split_off(at.min(network.0.len()));
    while !rest.is_empty() {
        let square = matches!(&rest[0], Stage::Linear(l) if l.weight.is_square());
        let whole = rest.len() > stages && is_activation(rest.get(1)) && at < last;
        let take = if square && whole { stages } else { 1 };
        let inner: Vec<Stage> = rest.drain(..take).collect();
        match square && whole {
            true => network.0.push(Stage::Skip(Network(inner))),
            false => network.0.extend(inner),
        }
        at += take;
    }
}

/// Turns `linear, (act, linear, act, linear)…, linear` into residual blocks `h + …`.
fn skip(network: &mut Network) {
    let is_linear = |stage: &Stage| matches!(stage, Stage::Linear(_));
    let ends: Vec<_> = (0..network.0.len())
        .filter(|&i| is_linear(&network.0[i]))
        .collect();
    let (Some(&first), Some(&last)) = (ends.first(), ends.last()) else {
        return;
    };
    let square = |i: &usize| matches!(&network.0[*i], Stage::Linear(l) if l.weight.is_square());
    let hidden = &ends[1..ends.len().max(2) - 1];
    if hidden.is_empty() || hidden.len() % 2 == 1 || !hidden.iter().all(square) {
        return;
    }
    let mut stages = network.0[..=first].to_vec();
    let mut from = first + 1;
    for pair in hidden.chunks(2) {
        let end = pair[1] + 1;
        stages.push(Stage::Skip(Network(network.0[from..end].to_vec())));
        from = end;
    }
    // The activation in front of the last layer belongs to no block.
    stages.extend_from_slice(&network.0[from..last]);
    stages.extend_from_slice(&network.0[last..]);
    network.0 = stages;
}
