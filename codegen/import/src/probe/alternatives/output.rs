//! Alternatives for the positions of shifts and raw scales in the output of affine couplings' networks.

use super::Alternative;
use nice_flow_codegen::flow::ir::{Flow, Network, Parameters, Stage, inverse_order};
use std::mem::swap;

/// The arrangements that a manifest supports.
const ARRANGEMENTS: [&str; 4] = [
    "concat_shift_scale",
    "concat_scale_shift",
    "interleaved_shift_scale",
    "interleaved_scale_shift",
];

pub(super) fn alternatives() -> Vec<Alternative> {
    let exchange = Alternative::new(
        "outputs",
        "shifts and raw scales change places in what the networks give",
        "params with shift and scale exchanged, or net and net_scale",
        |flow| {
            affine(flow).for_each(|parameters| match parameters {
                Parameters::Separate { shift, scale } => swap(shift, scale),
                Parameters::Joint(network) => rearrange(network, 0, 1),
            });
        },
    );
    let pairs = (0..4).flat_map(|from| (0..4).map(move |to| (from, to)));
    // Two arrangements of the same interleaving differ by the exchange above.
    let others = pairs.filter(|(from, to)| from / 2 != to / 2);
    let others = others.map(|(from, to)| {
        let (read, meant) = (ARRANGEMENTS[from], ARRANGEMENTS[to]);
        let what = format!("what the networks give is {meant}, not {read}");
        let manifest = format!("params = \"{meant}\"");
        Alternative::new("outputs", what, manifest, move |flow| {
            affine(flow).for_each(|parameters| {
                if let Parameters::Joint(network) = parameters {
                    rearrange(network, from, to);
                }
            });
        })
    });
    std::iter::once(exchange).chain(others).collect()
}

fn affine(flow: &mut Flow) -> impl Iterator<Item = &mut Parameters> {
    let affine = flow
        .couplings_mut()
        .filter(|coupling| coupling.scale.is_some());
    affine.map(|coupling| &mut coupling.conditioner)
}

/// The stored rows of an arrangement, reordered to all shifts, then all raw scales.
fn rows_of(arrangement: usize, rows: usize) -> Vec<usize> {
    let (first, second): (Vec<_>, Vec<_>) = match arrangement / 2 {
        0 => (0..rows).partition(|row| *row < rows / 2),
        _ => (0..rows).partition(|row| row % 2 == 0),
    };
    match arrangement % 2 {
        0 => [first, second].concat(),
        _ => [second, first].concat(),
    }
}

/// For each row of arrangement `to`, its index in arrangement `from`.
fn between(from: usize, to: usize, rows: usize) -> Vec<usize> {
    let place = inverse_order(&rows_of(from, rows));
    rows_of(to, rows).iter().map(|&row| place[row]).collect()
}

/// Reorders the outputs of a network with two outputs for each changed element.
fn rearrange(network: &mut Network, from: usize, to: usize) {
    let Some(rows) = network.linears().last().map(|last| last.bias.len()) else {
        return;
    };
    let order = between(from, to, rows);
    for stage in network.0.iter_mut().rev() {
        match stage {
            Stage::Activation(_) => continue,
            Stage::Scale { factor, shift } => {
                *factor = factor.select_rows(&order);
                *shift = shift.select_rows(&order);
            }
            Stage::Linear(last) => {
                last.weight = last.weight.select_rows(&order);
                last.bias = last.bias.select_rows(&order);
                return;
            }
            Stage::Normalise { .. } | Stage::Skip(_) | Stage::Steer(_) => return,
        }
    }
}
