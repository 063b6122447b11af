//! Evaluates layers, sixteen rows at a time.

mod affine;

use super::lane::{LANES, Lane};
use super::network::eval;
use super::workbench::Workbench;
use affine::{parameters, rescale, rescale_element};
use nice_flow::Half;
use nice_flow::float;
use nice_flow::host::float as host;
use nice_flow_codegen::flow::ir::{Form, Side};
use nice_flow_codegen::module::float::{FloatLayer, Network};
use nice_flow_codegen::module::tree::Tree;

/// Replaces `x` by `f(x)`; returns the log-determinant of each row.
pub(super) fn forward(bench: &mut Workbench, layers: &Tree<FloatLayer>, x: &mut [Lane]) -> Lane {
    match layers {
        Tree::Chain(layers) | Tree::Repeat(layers) => {
            sum(layers.iter().map(|layer| forward(bench, layer, x)))
        }
        Tree::Then(a, b) => sum([a, b].into_iter().map(|layer| forward(bench, layer, x))),
        Tree::Inverse(layer) => inverse(bench, layer, x),
        Tree::Permute(order) => {
            let old = x.to_vec();
            x.iter_mut()
                .zip(order)
                .for_each(|(x, &from)| *x = old[usize::from(from)]);
            [0.0; LANES]
        }
        Tree::Leaf(layer) => leaf_forward(bench, layer, x),
    }
}

/// Replaces `z` by `f⁻¹(z)`; returns the log-determinant of each row.
fn inverse(bench: &mut Workbench, layers: &Tree<FloatLayer>, z: &mut [Lane]) -> Lane {
    match layers {
        Tree::Chain(layers) | Tree::Repeat(layers) => {
            sum(layers.iter().rev().map(|layer| inverse(bench, layer, z)))
        }
        Tree::Then(a, b) => sum([b, a].into_iter().map(|layer| inverse(bench, layer, z))),
        Tree::Inverse(layer) => forward(bench, layer, z),
        Tree::Permute(order) => {
            let old = z.to_vec();
            old.iter()
                .zip(order)
                .for_each(|(old, &to)| z[usize::from(to)] = *old);
            [0.0; LANES]
        }
        Tree::Leaf(layer) => leaf_inverse(bench, layer, z),
    }
}

fn leaf_forward(bench: &mut Workbench, layer: &FloatLayer, x: &mut [Lane]) -> Lane {
    match layer {
        FloatLayer::Coupling { shifts, network } => {
            shift(bench, *shifts, network, x, |x, shift| x + shift)
        }
        FloatLayer::Affine {
            changes,
            conditioner,
            scale,
        } => rescale(bench, *changes, conditioner, scale, x, |x, scale, shift| {
            x * scale + shift
        }),
        FloatLayer::Autoregressive {
            form,
            conditioner,
            scale,
            ..
        } => {
            let parameters = parameters(bench, conditioner, x);
            let mut log_det = [0.0; LANES];
            for i in 0..x.len() {
                rescale_element(
                    *form == Form::MulAdd,
                    scale,
                    &parameters,
                    i,
                    x,
                    &mut log_det,
                );
            }
            log_det
        }
        FloatLayer::Diagonal {
            center,
            factor,
            log_det,
        } => {
            each(x, center, factor, |x, center, factor| (x - center) * factor);
            [*log_det; LANES]
        }
        FloatLayer::Triangular {
            side,
            columns,
            log_det,
        } => {
            rows(x, |row| host::multiply(side_of(*side), columns, row));
            [*log_det; LANES]
        }
    }
}

fn leaf_inverse(bench: &mut Workbench, layer: &FloatLayer, z: &mut [Lane]) -> Lane {
    match layer {
        FloatLayer::Coupling { shifts, network } => {
            shift(bench, *shifts, network, z, |z, shift| z - shift)
        }
        FloatLayer::Affine {
            changes,
            conditioner,
            scale,
        } => rescale(bench, *changes, conditioner, scale, z, |z, scale, shift| {
            (z - shift) / scale
        })
        .map(|log| -log),
        FloatLayer::Autoregressive {
            order,
            form,
            conditioner,
            scale,
        } => {
            let mut x = vec![[0.0; LANES]; z.len()];
            let mut log_det = [0.0; LANES];
            for &i in order {
                let (i, parameters) = (usize::from(i), parameters(bench, conditioner, &x));
                x[i] = z[i];
                rescale_element(
                    *form == Form::SubDiv,
                    scale,
                    &parameters,
                    i,
                    &mut x,
                    &mut log_det,
                );
            }
            z.copy_from_slice(&x);
            log_det
        }
        FloatLayer::Diagonal {
            center,
            factor,
            log_det,
        } => {
            each(z, center, factor, |z, center, factor| z / factor + center);
            [-log_det; LANES]
        }
        FloatLayer::Triangular {
            side,
            columns,
            log_det,
        } => {
            rows(z, |row| host::solve(side_of(*side), columns, row));
            [-log_det; LANES]
        }
    }
}

/// The sum, starting with zero, in the order in which the runtime's chains add.
fn sum(log_dets: impl Iterator<Item = Lane>) -> Lane {
    log_dets.fold([0.0; LANES], |mut total, log_det| {
        total
            .iter_mut()
            .zip(log_det)
            .for_each(|(total, log_det)| *total += log_det);
        total
    })
}

fn side_of(side: Side) -> float::Side {
    match side {
        Side::Lower => float::Side::Lower,
        Side::Upper => float::Side::Upper,
    }
}

fn each(x: &mut [Lane], center: &[f32], factor: &[f32], f: impl Fn(f32, f32, f32) -> f32) {
    for ((x, center), factor) in x.iter_mut().zip(center).zip(factor) {
        x.iter_mut().for_each(|x| *x = f(*x, *center, *factor));
    }
}

/// Applies the runtime's function for one row to each row.
fn rows(x: &mut [Lane], f: impl Fn(&mut [f32])) {
    let mut row = vec![0.0; x.len()];
    for lane in 0..LANES {
        row.iter_mut()
            .zip(x.iter())
            .for_each(|(row, x)| *row = x[lane]);
        f(&mut row);
        x.iter_mut().zip(&row).for_each(|(x, row)| x[lane] = *row);
    }
}

/// The elements that the conditioner reads, and those that the coupling changes.
fn split(changes: Half, x: &mut [Lane], changed: usize) -> (&mut [Lane], &mut [Lane]) {
    let kept = x.len() - changed;
    match changes {
        Half::Tail => x.split_at_mut(kept),
        Half::Head => {
            let (changed, kept) = x.split_at_mut(changed);
            (kept, changed)
        }
    }
}

fn shift(
    bench: &mut Workbench,
    changes: Half,
    network: &Network,
    x: &mut [Lane],
    combine: impl Fn(f32, f32) -> f32,
) -> Lane {
    let (kept, changed) = split(changes, x, network.outputs());
    let shifts = eval(bench, network, kept);
    for (x, shift) in changed.iter_mut().zip(&shifts) {
        x.iter_mut()
            .zip(shift)
            .for_each(|(x, shift)| *x = combine(*x, *shift));
    }
    bench.keep(shifts);
    [0.0; LANES]
}
