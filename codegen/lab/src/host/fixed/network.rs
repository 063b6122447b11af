//! Evaluates integer networks, one row at a time.

use super::row::{self, hidden};
use nice_flow::fixed::{self, Quad};
use nice_flow::host::fixed as kernel;
use nice_flow_codegen::module::fixed::{
    Branch, Conditioner, Entrance, Entry, Narrowing, Output, Rectifier,
};
use nice_flow_codegen::module::quantise::{Curve, Function};

/// Narrows a stream in units of the state to activations.
pub(super) fn narrowed(narrowing: Narrowing, stream: &[[i32; 4]]) -> Vec<Quad> {
    let mut x = vec![Quad::ZERO; stream.len()];
    kernel::narrow(of_runtime(narrowing), stream, &mut x);
    x
}

/// The narrowing as the runtime has it.
pub(super) fn of_runtime(narrowing: Narrowing) -> fixed::Narrowing {
    let (shift, limit) = (narrowing.shift.into(), narrowing.limit as i16);
    match narrowing.rectifier {
        Rectifier::Linear => fixed::Narrowing::linear(shift, limit),
        Rectifier::Leaky(slope) => fixed::Narrowing::leaky_relu(shift, limit, slope.into()),
    }
}

/// The outputs of a network.
pub(super) fn eval(conditioner: &Conditioner, x: &[Quad]) -> Vec<[i32; 4]> {
    match conditioner {
        Conditioner::Linear(output) => affine(output, x),
        Conditioner::Mlp {
            input,
            inner,
            output,
        } => {
            let first = hidden(input, x);
            let last = inner.iter().fold(first, |h, layer| hidden(layer, &h));
            affine(output, &last)
        }
        Conditioner::Nested {
            hidden: layer,
            rest,
        } => eval(rest, &hidden(layer, x)),
        Conditioner::Smooth { layer, curve, rest } => eval(rest, &bent(*curve, &affine(layer, x))),
        Conditioner::Steered {
            input,
            offset,
            branches,
            entry,
            rest,
        } => {
            let mut stream = affine(input, x);
            let added = entered(&offset.activation, &affine(&offset.layer, x));
            let rise = |a: &Quad| a.activations().map(|a| a << offset.rise);
            add(&mut stream, &added.iter().map(rise).collect::<Vec<_>>());
            branch_out(branches, x, &mut stream);
            eval(rest, &entered(entry, &stream))
        }
        Conditioner::Residual {
            input,
            branches,
            narrowing,
            output,
        } => {
            let mut stream = affine(input, x);
            branch_out(branches, x, &mut stream);
            affine(output, &narrowed(*narrowing, &stream))
        }
    }
}

/// Adds to the stream what each branch gives.
fn branch_out(branches: &[Branch], x: &[Quad], stream: &mut [[i32; 4]]) {
    for branch in branches {
        let h = first(branch, x, stream);
        let mut change = affine(&branch.output, &h);
        if let Some(gate) = &branch.gate {
            let gates = affine(gate, x);
            let pairs = change.as_flattened_mut().iter_mut();
            pairs
                .zip(gates.as_flattened())
                .for_each(|(change, gate)| *change = kernel::gated(*change, *gate));
        }
        add(stream, &change);
    }
}

fn add(stream: &mut [[i32; 4]], change: &[[i32; 4]]) {
    let sums = stream.as_flattened_mut().iter_mut();
    sums.zip(change.as_flattened())
        .for_each(|(h, change)| *h = h.wrapping_add(*change));
}

/// The activations that a stream enters the next layer with.
fn entered(entry: &Entry, stream: &[[i32; 4]]) -> Vec<Quad> {
    let Some(curve) = entry.curve else {
        return narrowed(entry.narrowing, stream);
    };
    let narrowing = of_runtime(entry.narrowing);
    let narrow = |u: &[i32; 4]| u.map(|u| kernel::narrowed(narrowing, u));
    bent(curve, &stream.iter().map(narrow).collect::<Vec<_>>())
}

/// The activations of a branch's first layer.
fn first(branch: &Branch, x: &[Quad], stream: &[[i32; 4]]) -> Vec<Quad> {
    let before = |curve: Option<Curve>| Entry {
        narrowing: branch.narrowing,
        curve,
    };
    match &branch.first {
        Entrance::Rectified(layer) => hidden(layer, &narrowed(branch.narrowing, stream)),
        Entrance::Smooth {
            before: curve_before,
            layer,
            curve,
        } => {
            let x = entered(&before(Some(*curve_before)), stream);
            bent(*curve, &affine(layer, &x))
        }
        Entrance::Joined {
            before: curve_before,
            layer,
            lane,
            between,
        } => {
            let mut sums = affine(layer, &entered(&before(*curve_before), stream));
            add(&mut sums, &affine(lane, x));
            entered(between, &sums)
        }
    }
}

/// A curve of sums.
fn bent(curve: Curve, sums: &[[i32; 4]]) -> Vec<Quad> {
    let bend = |sums: &[i32; 4]| Quad::of(sums.map(|sum| value(curve, sum)));
    sums.iter().map(bend).collect()
}

/// The value of a curve at a sum.
pub(super) fn value(curve: Curve, sum: i32) -> i32 {
    match curve.function {
        Function::Tanh => of(curve, fixed::Tanh).of(sum),
        Function::Softplus => of(curve, fixed::Softplus).of(sum),
        Function::Silu => of(curve, fixed::Silu).of(sum),
        Function::Gelu => of(curve, fixed::Gelu).of(sum),
        Function::GeluTanh => of(curve, fixed::GeluTanh).of(sum),
        Function::Mish => of(curve, fixed::Mish).of(sum),
        Function::Elu => of(curve, fixed::Elu).of(sum),
        Function::EluAlpha(alpha) => of(curve, alpha.of_runtime()).of(sum),
        Function::Hardtanh => of(curve, fixed::Hardtanh).of(sum),
        Function::Hardswish => of(curve, fixed::Hardswish).of(sum),
        Function::Selu => of(curve, fixed::Selu).of(sum),
    }
}

fn of<F: fixed::Function>(curve: Curve, function: F) -> fixed::Curve<F> {
    fixed::Curve::new(curve.before, curve.after, curve.limit as i16, function)
}

fn affine(layer: &Output, x: &[Quad]) -> Vec<[i32; 4]> {
    let mut y = row::affine(&layer.dense, x);
    let shifts = layer.shifts.as_flattened();
    let sums = y.as_flattened_mut().iter_mut().zip(shifts);
    sums.for_each(|(sum, shift)| *sum >>= shift);
    y
}
