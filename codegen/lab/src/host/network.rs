//! Evaluates the networks inside couplings, sixteen rows at a time.

use super::dense;
use super::lane::Lane;
use super::workbench::Workbench;
use nice_flow::float::{Activation as _, Libm, Math, activation};
use nice_flow_codegen::flow::ir::{Activation, Steering};
use nice_flow_codegen::module::float::{FloatDense, Network};

/// A network's output for each row.
pub(super) fn eval(bench: &mut Workbench, network: &Network, x: &[Lane]) -> Vec<Lane> {
    match network {
        Network::Dense(layer) => dense::affine(bench, layer, x, false),
        Network::Mlp {
            input,
            inner,
            output,
            activation,
        } => {
            let mut h = hidden(bench, input, *activation, x);
            for layer in inner {
                let next = hidden(bench, layer, *activation, &h);
                bench.keep(std::mem::replace(&mut h, next));
            }
            let y = dense::affine(bench, output, &h, false);
            bench.keep(h);
            y
        }
        Network::Hidden {
            layer,
            activation,
            rest,
        } => {
            let h = hidden(bench, layer, *activation, x);
            let y = eval(bench, rest, &h);
            bench.keep(h);
            y
        }
        Network::Residual {
            input,
            blocks,
            output,
            activation,
        } => {
            let mut h = dense::affine(bench, input, x, false);
            for block in blocks {
                add_block(bench, block, *activation, &mut h);
            }
            let y = dense::affine(bench, output, &h, false);
            bench.keep(h);
            y
        }
        Network::Steered {
            input,
            blocks,
            activation,
            last,
            how,
            rest,
        } => {
            let lanes = dense::affine(bench, input, x, false);
            let mut h = steered(bench, (lanes, rest.inputs()), blocks, *activation, *how);
            if let Some(last) = last {
                activate(*last, &mut h);
            }
            let y = eval(bench, rest, &h);
            bench.keep(h);
            y
        }
    }
}

/// The hidden vector behind blocks that a context steers, from lanes of this width; in the order of `nice_flow::float::Steered`.
fn steered(
    bench: &mut Workbench,
    (mut lanes, width): (Vec<Lane>, usize),
    blocks: &[(FloatDense, FloatDense)],
    activation: Activation,
    how: Steering,
) -> Vec<Lane> {
    let (first, rest) = lanes.split_at_mut(width);
    let mut h = bench.take(width);
    h.copy_from_slice(first);
    let (offset, steering) = rest.split_at_mut(rest.len() - blocks.len() * width);
    activate(activation, offset);
    add(&mut h, offset);
    for (block, k) in blocks.iter().zip(steering.chunks_exact(width)) {
        let mut active = bench.take(width);
        active.copy_from_slice(&h);
        activate(activation, &mut active);
        let mut inner = dense::affine(bench, &block.0, &active, false);
        if how == Steering::Add {
            add(&mut inner, k);
        }
        activate(activation, &mut inner);
        let mut change = dense::affine(bench, &block.1, &inner, false);
        if how == Steering::Gate {
            let pairs = change.as_flattened_mut().iter_mut();
            pairs
                .zip(k.as_flattened())
                .for_each(|(change, k)| *change *= Libm::sigmoid(*k));
        }
        add(&mut h, &change);
        for buffer in [active, inner, change] {
            bench.keep(buffer);
        }
    }
    bench.keep(lanes);
    h
}

fn add(h: &mut [Lane], change: &[Lane]) {
    let pairs = h.as_flattened_mut().iter_mut().zip(change.as_flattened());
    pairs.for_each(|(h, change)| *h += change);
}

/// `h + W₂ a(W₁ a(h) + b₁) + b₂`, in place.
fn add_block(
    bench: &mut Workbench,
    (first, second): &(FloatDense, FloatDense),
    activation: Activation,
    h: &mut [Lane],
) {
    let mut active = bench.take(h.len());
    active.copy_from_slice(h);
    activate(activation, &mut active);
    let inner = hidden(bench, first, activation, &active);
    let branch = dense::affine(bench, second, &inner, false);
    add(h, &branch);
    for buffer in [active, inner, branch] {
        bench.keep(buffer);
    }
}

fn hidden(
    bench: &mut Workbench,
    layer: &FloatDense,
    activation: Activation,
    x: &[Lane],
) -> Vec<Lane> {
    let relu = activation == Activation::Relu;
    let mut h = dense::affine(bench, layer, x, relu);
    if !relu {
        activate(activation, &mut h);
    }
    h
}

fn activate(activation: Activation, h: &mut [Lane]) {
    let h = h.as_flattened_mut();
    match activation {
        Activation::Relu => activation::Relu.apply(h),
        Activation::LeakyRelu { slope } => activation::LeakyRelu {
            slope: slope as f32,
        }
        .apply(h),
        Activation::Elu { alpha } => <activation::Elu>::new(alpha as f32).apply(h),
        Activation::Tanh => <activation::Tanh>::new().apply(h),
        Activation::Sigmoid => <activation::Sigmoid>::new().apply(h),
        Activation::Silu => <activation::Silu>::new().apply(h),
        Activation::Softplus => <activation::Softplus>::new().apply(h),
        Activation::Gelu => <activation::Gelu>::new().apply(h),
        Activation::GeluTanh => <activation::GeluTanh>::new().apply(h),
        Activation::Mish => <activation::Mish>::new().apply(h),
        Activation::Selu => <activation::Selu>::new().apply(h),
        Activation::Hardtanh { min, max } => activation::Hardtanh {
            min: min as f32,
            max: max as f32,
        }
        .apply(h),
        Activation::Hardswish => activation::Hardswish.apply(h),
        Activation::Softsign => activation::Softsign.apply(h),
        Activation::Atan => <activation::Atan>::new().apply(h),
    }
}
