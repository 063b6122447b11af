//! Runs integer modules with affine couplings.

use super::layers::{forward, outputs, side, split};
use super::{log_density, state};
use nice_flow::fixed::{self, Fixed, Tally};
use nice_flow::host::fixed::{multiply_within, stretch};
use nice_flow_codegen::module::fixed::{Affine, FixedLayer, Module, ScaleMap};
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
            multiply_within(side(t.side), &t.coefficients, t.shift.into(), u, tally);
        }
        bijection => forward(bijection, u),
    }
}

fn rescale(affine: &Affine, u: &mut [Fixed], tally: &mut Tally) {
    let Affine {
        changes,
        form,
        networks,
        scale,
        constants,
    } = affine;
    let inputs = u.len() - constants.len();
    let (kept, changed) = split(*changes, inputs, u);
    let parameters: Vec<Fixed> = networks
        .iter()
        .flat_map(|network| {
            let outputs = outputs(network, kept);
            let outputs = outputs.into_iter().flatten().take(network.outputs);
            outputs.map(Fixed::from_bits).collect::<Vec<_>>()
        })
        .collect();
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
