//! Runs integer modules whose layers scale the state.

use super::layers::{forward, outputs, side, split};
use super::{log_density, state};
use nice_flow::fixed::{self, Fixed, Tally};
use nice_flow::host::fixed::{multiply_within, stretch};
use nice_flow_codegen::module::fixed::{Affine, FixedLayer, Module, Narrow, ScaleMap};
use nice_flow_codegen::module::quantise::Reads;
use nice_flow_codegen::module::tree::Tree;

/// The bits of a row's score; `knots` are the module's.
pub(super) fn score_row(module: &Module, knots: &[i16], row: &[impl Copy + Into<f64>]) -> i32 {
    let (u, tally) = latent(module, knots, row);
    (-tally.log_density(log_density(&module.prior, &u))).to_bits()
}

/// The latent state of a row, and what its layers gathered.
pub fn latent<'a>(
    module: &Module,
    knots: &'a [i16],
    row: &[impl Copy + Into<f64>],
) -> (Vec<Fixed>, Tally<'a>) {
    let (mut u, saturation) = state(module, row);
    let mut tally = Tally::after(saturation, knots);
    advance(&module.layers, &mut u, &mut tally);
    (u, tally)
}

fn advance(layers: &Tree<FixedLayer>, u: &mut [Fixed], tally: &mut Tally) {
    match layers {
        Tree::Chain(layers) | Tree::Repeat(layers) => {
            layers.iter().for_each(|layer| advance(layer, u, tally));
        }
        Tree::Then(a, b) => [a, b]
            .into_iter()
            .for_each(|layer| advance(layer, u, tally)),
        Tree::Leaf(FixedLayer::Affine(affine)) => rescale(affine, u, tally),
        Tree::Leaf(FixedLayer::Triangular(t)) => {
            multiply_within(side(t.side), &t.strict, t.shift.into(), u, tally);
        }
        bijection => forward(bijection, u),
    }
}

fn rescale(affine: &Affine, u: &mut [Fixed], tally: &mut Tally) {
    let networks = &affine.networks;
    match &affine.reads {
        Reads::Other(changes) => {
            let inputs = u.len() - affine.constants.len();
            let (kept, changed) = split(*changes, inputs, u);
            stretched(affine, &parameters(networks, kept), changed, tally);
        }
        Reads::All(order) => {
            let read: Vec<Fixed> = order.iter().map(|&from| u[usize::from(from)]).collect();
            stretched(affine, &parameters(networks, &read), u, tally);
        }
    }
}

/// All shifts, then all raw numbers.
fn parameters(networks: &[Narrow], read: &[Fixed]) -> Vec<Fixed> {
    let outputs = networks.iter().flat_map(|network| {
        let outputs = outputs(network, read).into_iter().flatten();
        outputs.take(network.outputs)
    });
    outputs.map(Fixed::from_bits).collect()
}

/// Scales and shifts the elements `changed`.
fn stretched(affine: &Affine, parameters: &[Fixed], changed: &mut [Fixed], tally: &mut Tally) {
    let Affine {
        form,
        scale,
        constants,
        ..
    } = affine;
    let (shifts, raws) = parameters.split_at(constants.len());
    let parameters = shifts.iter().zip(raws);
    match *scale {
        ScaleMap::Exp => stretch(*form, &fixed::Exp, constants, parameters, changed, tally),
        ScaleMap::Table {
            first,
            range,
            density,
            fraction,
        } => {
            let table = fixed::Table::new(first as u16, range, density, fraction);
            stretch(*form, &table, constants, parameters, changed, tally);
        }
    }
}
