//! Integer modules on sixteen rows at a time, one in each lane: the bits of one row after another.

mod encode;
mod network;
mod pairs;
mod prior;
mod processor;
mod widen;

use crate::host::lane::LANES;
use crate::host::vectors::Vectors;
use crate::host::workbench::Workbench;
use network::Network;
use nice_flow::Half;
use nice_flow::fixed::Fixed;
use nice_flow_codegen::flow::ir::Side;
use nice_flow_codegen::module::fixed::{Coupling, FixedLayer, Module};
use nice_flow_codegen::module::quantise::Triangle;
use nice_flow_codegen::module::tree::Tree;
use nice_flow_codegen::numeric::Weights;
use widen::widen;

/// One element of sixteen rows.
type Lane = [i32; LANES];

/// A module whose networks are laid out for lanes.
pub(super) struct Batch(Module);

impl Batch {
    /// `None` for a module that scales its state: such are scored row by row.
    pub(super) fn of(module: &Module) -> Option<Self> {
        if module.knots.is_some() {
            return None;
        }
        let mut module = module.clone();
        widen_all(&mut module.layers);
        Some(Self(module))
    }

    /// Scores rows on one core, with the given vector instructions.
    pub(super) fn score<const FRAC: u32>(
        &self,
        vectors: Vectors,
        rows: &[impl Copy + Into<f64>],
        scores: &mut [i32],
    ) {
        let Self(module) = self;
        let mut network = Network {
            bench: Workbench::new(vectors),
            limit: match module.weights {
                Weights::I8 => 8_191,
                Weights::I16 => 32_767,
            },
        };
        let mut u = vec![[0; LANES]; module.dim];
        let groups = rows.chunks(LANES * module.dim);
        for (scores, rows) in scores.chunks_mut(LANES).zip(groups) {
            let saturation = encode::state::<FRAC>(vectors, module, rows, &mut u);
            walk(&mut network, &module.layers, &mut u, Direction::Forward);
            let nats = prior::log_density::<FRAC>(vectors, &module.prior, &u);
            for ((score, saturation), nats) in scores.iter_mut().zip(saturation).zip(nats) {
                *score = (-saturation.lower(Fixed::<FRAC>::from_bits(nats))).to_bits();
            }
        }
    }
}

fn widen_all(layers: &mut Tree<FixedLayer>) {
    match layers {
        Tree::Chain(layers) | Tree::Repeat(layers) => layers.iter_mut().for_each(widen_all),
        Tree::Then(a, b) => [a, b].into_iter().for_each(|layer| widen_all(layer)),
        Tree::Inverse(layer) => widen_all(layer),
        Tree::Leaf(FixedLayer::Coupling(coupling)) => widen(&mut coupling.network.conditioner),
        Tree::Leaf(FixedLayer::Triangular(_) | FixedLayer::Affine(_)) | Tree::Permute(_) => {}
    }
}

/// From state to latent state, or back.
#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Forward,
    Inverse,
}

fn walk(network: &mut Network, layers: &Tree<FixedLayer>, u: &mut [Lane], direction: Direction) {
    let forward = direction == Direction::Forward;
    match layers {
        Tree::Chain(layers) | Tree::Repeat(layers) if forward => {
            (layers.iter()).for_each(|layer| walk(network, layer, u, direction));
        }
        Tree::Chain(layers) | Tree::Repeat(layers) => {
            (layers.iter().rev()).for_each(|layer| walk(network, layer, u, direction));
        }
        Tree::Then(a, b) => {
            let order = if forward { [a, b] } else { [b, a] };
            for layer in order {
                walk(network, layer, u, direction);
            }
        }
        Tree::Inverse(layer) => {
            let turned = if forward {
                Direction::Inverse
            } else {
                Direction::Forward
            };
            walk(network, layer, u, turned);
        }
        Tree::Permute(order) => permute(order, u, forward),
        Tree::Leaf(FixedLayer::Coupling(coupling)) => shift(network, coupling, u, forward),
        // Not in a module without knots.
        Tree::Leaf(FixedLayer::Affine(_)) => {}
        Tree::Leaf(FixedLayer::Triangular(triangle)) => {
            network.bench.vectors.compile(
                #[inline(always)]
                || lift(triangle, u, forward),
            );
        }
    }
}

fn permute(order: &[u16], u: &mut [Lane], forward: bool) {
    let old = u.to_vec();
    for (i, &j) in order.iter().enumerate() {
        let (to, from) = if forward {
            (i, j.into())
        } else {
            (j.into(), i)
        };
        u[to] = old[from];
    }
}

fn shift(network: &mut Network, coupling: &Coupling, u: &mut [Lane], forward: bool) {
    let (kept, changed) = match coupling.shifts {
        Half::Tail => u.split_at_mut(coupling.network.inputs),
        Half::Head => {
            let (changed, kept) = u.split_at_mut(coupling.network.outputs);
            (kept, changed)
        }
    };
    let x = network.narrowed(coupling.network.narrowing, kept);
    let shifts = network.eval(&coupling.network.conditioner, x);
    network.bench.vectors.compile(
        #[inline(always)]
        || add(changed, &shifts, coupling.rectified, forward),
    );
    network.bench.keep(shifts);
}

/// Adds shifts, or their ReLU, or takes them off again.
#[inline(always)]
fn add(changed: &mut [Lane], shifts: &[Lane], rectified: bool, forward: bool) {
    let shifts = shifts.as_flattened();
    for (u, shift) in changed.as_flattened_mut().iter_mut().zip(shifts) {
        let shift = if rectified { (*shift).max(0) } else { *shift };
        *u = match forward {
            true => u.wrapping_add(shift),
            false => u.wrapping_sub(shift),
        };
    }
}

/// A triangular layer: each element is lifted by the others on one side of it, which must still be those that its inverse
/// finds.
#[inline(always)]
fn lift(triangle: &Triangle, u: &mut [Lane], forward: bool) {
    let rows = triangle.side.rows(&triangle.strict, u.len());
    let mut rows: Vec<_> = rows.enumerate().collect();
    if (triangle.side == Side::Lower) == forward {
        rows.reverse();
    }
    let shift = u32::from(triangle.shift);
    for (i, row) in rows {
        let mut sums = [1i64 << shift.wrapping_sub(1).min(62); LANES];
        let others = &u[triangle.side.of_row(i, u.len())];
        for (factor, u) in row.iter().zip(others) {
            let factor = i64::from(*factor);
            for (sum, u) in sums.iter_mut().zip(u) {
                *sum = sum.wrapping_add(factor * i64::from(*u));
            }
        }
        for (u, sum) in u[i].iter_mut().zip(sums) {
            let change = (sum >> shift) as i32;
            *u = match forward {
                true => u.wrapping_add(change),
                false => u.wrapping_sub(change),
            };
        }
    }
}
