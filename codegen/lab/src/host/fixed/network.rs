//! Evaluates integer networks, one row at a time.

use super::row::{self, hidden};
use nice_flow::fixed::{self, Quad};
use nice_flow::host::fixed as kernel;
use nice_flow_codegen::module::fixed::{
    Branch, Conditioner, Entrance, Narrowing, Output, Rectifier,
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
        Conditioner::Residual {
            input,
            branches,
            narrowing,
            output,
        } => {
            let mut stream = affine(input, x);
            for branch in branches {
                let h = first(branch, &stream);
                let mut change = affine(&branch.output, &h);
                if let Some(gate) = &branch.gate {
                    let gates = affine(gate, x);
                    let pairs = change.as_flattened_mut().iter_mut();
                    pairs
                        .zip(gates.as_flattened())
                        .for_each(|(change, gate)| *change = kernel::gated(*change, *gate));
                }
                let pairs = stream
                    .as_flattened_mut()
                    .iter_mut()
                    .zip(change.as_flattened());
                pairs.for_each(|(h, change)| *h = h.wrapping_add(*change));
            }
            affine(output, &narrowed(*narrowing, &stream))
        }
    }
}

/// The activations of a branch's first layer.
fn first(branch: &Branch, stream: &[[i32; 4]]) -> Vec<Quad> {
    match &branch.first {
        Entrance::Rectified(layer) => hidden(layer, &narrowed(branch.narrowing, stream)),
        Entrance::Smooth {
            before,
            layer,
            curve,
        } => {
            let narrowing = of_runtime(branch.narrowing);
            let narrow = |u: &[i32; 4]| u.map(|u| kernel::narrowed(narrowing, u));
            let narrowed: Vec<[i32; 4]> = stream.iter().map(narrow).collect();
            bent(*curve, &affine(layer, &bent(*before, &narrowed)))
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
