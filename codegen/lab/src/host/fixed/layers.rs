//! Evaluates layers of integers, one row at a time.

use super::network::{eval, narrowed};
use nice_flow::Half;
use nice_flow::fixed::{self, Fixed};
use nice_flow::host::fixed as host;
use nice_flow_codegen::flow::ir::Side;
use nice_flow_codegen::module::fixed::{Coupling, FixedLayer, Narrow};
use nice_flow_codegen::module::tree::Tree;

/// Replaces `u` by what the layers make of it.
pub(super) fn forward<const FRAC: u32>(layers: &Tree<FixedLayer>, u: &mut [Fixed<FRAC>]) {
    match layers {
        Tree::Chain(layers) | Tree::Repeat(layers) => {
            layers.iter().for_each(|layer| forward(layer, u));
        }
        Tree::Then(a, b) => [a, b].into_iter().for_each(|layer| forward(layer, u)),
        Tree::Inverse(layer) => inverse(layer, u),
        Tree::Permute(order) => {
            let old = u.to_vec();
            u.iter_mut()
                .zip(order)
                .for_each(|(u, &from)| *u = old[usize::from(from)]);
        }
        Tree::Leaf(FixedLayer::Coupling(coupling)) => {
            shift(coupling, u, |u, shift| *u += shift);
        }
        Tree::Leaf(FixedLayer::Triangular(t)) => {
            host::multiply(side(t.side), &t.strict, t.shift.into(), u);
        }
        Tree::Leaf(FixedLayer::Affine(_)) => no_inverse(),
    }
}

fn inverse<const FRAC: u32>(layers: &Tree<FixedLayer>, u: &mut [Fixed<FRAC>]) {
    match layers {
        Tree::Chain(layers) | Tree::Repeat(layers) => {
            layers.iter().rev().for_each(|layer| inverse(layer, u));
        }
        Tree::Then(a, b) => [b, a].into_iter().for_each(|layer| inverse(layer, u)),
        Tree::Inverse(layer) => forward(layer, u),
        Tree::Permute(order) => {
            let old = u.to_vec();
            old.iter()
                .zip(order)
                .for_each(|(old, &to)| u[usize::from(to)] = *old);
        }
        Tree::Leaf(FixedLayer::Coupling(coupling)) => {
            shift(coupling, u, |u, shift| *u -= shift);
        }
        Tree::Leaf(FixedLayer::Triangular(t)) => {
            host::solve(side(t.side), &t.strict, t.shift.into(), u);
        }
        Tree::Leaf(FixedLayer::Affine(_)) => no_inverse(),
    }
}

/// A module that scales its state has knots, and is evaluated in `one_way`.
fn no_inverse() {
    unreachable!("a flow that scales its state is no bijection");
}

pub(super) fn side(side: Side) -> fixed::Side {
    match side {
        Side::Lower => fixed::Side::Lower,
        Side::Upper => fixed::Side::Upper,
    }
}

fn shift<const FRAC: u32>(
    coupling: &Coupling,
    u: &mut [Fixed<FRAC>],
    combine: impl Fn(&mut Fixed<FRAC>, Fixed<FRAC>),
) {
    let (kept, changed) = split(coupling.shifts, coupling.network.inputs, u);
    let shifts = outputs(&coupling.network, kept);
    for (u, shift) in changed.iter_mut().zip(shifts.as_flattened()) {
        let shift = if coupling.rectified {
            (*shift).max(0)
        } else {
            *shift
        };
        combine(u, Fixed::from_bits(shift));
    }
}

/// The `inputs` elements that a coupling reads, and those that it changes.
pub(super) fn split<const FRAC: u32>(
    changes: Half,
    inputs: usize,
    u: &mut [Fixed<FRAC>],
) -> (&mut [Fixed<FRAC>], &mut [Fixed<FRAC>]) {
    match changes {
        Half::Tail => u.split_at_mut(inputs),
        Half::Head => {
            let (changed, kept) = u.split_at_mut(u.len() - inputs);
            (kept, changed)
        }
    }
}

/// What a network gives for these elements, filled up to fours.
pub(super) fn outputs<const FRAC: u32>(network: &Narrow, kept: &[Fixed<FRAC>]) -> Vec<[i32; 4]> {
    let mut stream = vec![[0; 4]; network.inputs.div_ceil(4)];
    let places = stream.as_flattened_mut().iter_mut();
    places
        .zip(kept.iter())
        .for_each(|(place, u)| *place = u.to_bits());
    eval(&network.conditioner, &narrowed(network.narrowing, &stream))
}
