//! The networks of couplings.

use super::Precision;
use super::graph::{Graph, Name};
use nice_flow_codegen::flow::ir::{
    Activation, Linear, Network, Parameters, SELU, Stage, Steer, Steering,
};
use nice_flow_codegen::{Error, Result};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, SQRT_2};

/// The shifts.
pub fn shifts(graph: &mut Graph, conditioner: &Parameters, x: &str) -> Result<Name> {
    match conditioner {
        Parameters::Joint(network) => eval(graph, network, x),
        Parameters::Separate { shift, .. } => eval(graph, shift, x),
    }
}

/// The shifts and the raw scales of `width` elements.
pub fn shifts_and_raws(
    graph: &mut Graph,
    conditioner: &Parameters,
    x: &str,
    width: usize,
) -> Result<(Name, Name)> {
    match conditioner {
        Parameters::Joint(network) => {
            let both = eval(graph, network, x)?;
            let places: Vec<usize> = (0..2 * width).collect();
            let (shifts, raws) = places.split_at(width);
            Ok((graph.gather(&both, shifts), graph.gather(&both, raws)))
        }
        Parameters::Separate { shift, scale } => {
            Ok((eval(graph, shift, x)?, eval(graph, scale, x)?))
        }
    }
}

fn eval(graph: &mut Graph, network: &Network, x: &str) -> Result<Name> {
    network
        .0
        .iter()
        .try_fold(x.to_string(), |h, stage| match stage {
            Stage::Linear(layer) => {
                let rows = layer.weight.transpose();
                Ok(graph.linear(&h, rows.as_slice(), layer.bias.as_slice()))
            }
            Stage::Activation(function) => activation(graph, *function, &h),
            Stage::Scale { factor, shift } => {
                let h = graph.with_row("Mul", &h, factor.as_slice());
                Ok(graph.with_row("Add", &h, shift.as_slice()))
            }
            Stage::Normalise { eps } => Ok(normalise(graph, &h, *eps)),
            Stage::Skip(network) => {
                let branch = eval(graph, network, &h)?;
                Ok(graph.apply("Add", &[&branch, &h]))
            }
            Stage::Steer(steer) => steered(graph, steer, &h),
        })
}

/// The hidden vector of a residual network that a context steers.
fn steered(graph: &mut Graph, steer: &Steer, lanes: &str) -> Result<Name> {
    let width = steer.width;
    let lane = |graph: &mut Graph, n: usize| {
        let places: Vec<usize> = (n * width..(n + 1) * width).collect();
        graph.gather(lanes, &places)
    };
    let linear = |graph: &mut Graph, layer: &Linear, h: &str| {
        let rows = layer.weight.transpose();
        graph.linear(h, rows.as_slice(), layer.bias.as_slice())
    };
    let mut h = lane(graph, 0);
    if steer.offset {
        let offset = lane(graph, 1);
        let offset = activation(graph, steer.activation, &offset)?;
        h = graph.apply("Add", &[&h, &offset]);
    }
    for (n, [first, second]) in steer.branches.iter().enumerate() {
        let k = lane(graph, steer.lanes() - steer.branches.len() + n);
        let mut change = activation(graph, steer.activation, &h)?;
        change = linear(graph, first, &change);
        if steer.how == Steering::Add {
            change = graph.apply("Add", &[&change, &k]);
        }
        change = activation(graph, steer.activation, &change)?;
        change = linear(graph, second, &change);
        if steer.how == Steering::Gate {
            change = gated(graph, &change, &k);
        }
        h = graph.apply("Add", &[&h, &change]);
    }
    Ok(h)
}

/// `(h − mean h) / √(var h + eps)`.
fn normalise(graph: &mut Graph, h: &str, eps: f64) -> Name {
    let mean = graph.reduce_to_column("ReduceMean", h);
    let moved = graph.apply("Sub", &[h, &mean]);
    let squares = graph.apply("Mul", &[&moved, &moved]);
    let variance = graph.reduce_to_column("ReduceMean", &squares);
    let variance = graph.with("Add", &variance, eps);
    let deviation = graph.apply("Sqrt", &[&variance]);
    graph.apply("Div", &[&moved, &deviation])
}

/// Of basic operations where onnxruntime has the function in single precision only.
fn activation(graph: &mut Graph, function: Activation, h: &str) -> Result<Name> {
    Ok(match function {
        Activation::Relu => graph.apply("Relu", &[h]),
        Activation::LeakyRelu { slope } => {
            let below = graph.with("Min", h, 0.0);
            let below = graph.with("Mul", &below, slope);
            add_positive(graph, h, &below)
        }
        Activation::Elu { alpha } => elu(graph, alpha, h),
        Activation::Tanh => graph.apply("Tanh", &[h]),
        Activation::Sigmoid => graph.apply("Sigmoid", &[h]),
        Activation::Silu => gated(graph, h, h),
        Activation::Softplus => softplus(graph, h),
        Activation::Gelu => gelu(graph, h)?,
        Activation::GeluTanh => {
            let cube = graph.with("Pow", h, 3.0);
            let cube = graph.with("Mul", &cube, 0.044_715);
            let inner = graph.apply("Add", &[h, &cube]);
            let inner = graph.with("Mul", &inner, FRAC_2_SQRT_PI * SQRT_2);
            gated(graph, h, &inner)
        }
        Activation::Mish => {
            let soft = softplus(graph, h);
            let tanh = graph.apply("Tanh", &[&soft]);
            graph.apply("Mul", &[h, &tanh])
        }
        Activation::Selu => {
            let (scale, alpha) = SELU;
            let elu = elu(graph, alpha, h);
            graph.with("Mul", &elu, scale)
        }
        Activation::Hardtanh { min, max } => limited(graph, h, min, max),
        Activation::Hardswish => {
            let up = graph.with("Add", h, 3.0);
            let gate = limited(graph, &up, 0.0, 6.0);
            let product = graph.apply("Mul", &[h, &gate]);
            graph.with("Div", &product, 6.0)
        }
        Activation::Atan => arctan(graph, h),
        Activation::Softsign => {
            let size = graph.apply("Abs", &[h]);
            let size = graph.with("Add", &size, 1.0);
            graph.apply("Div", &[h, &size])
        }
    })
}

/// `max(0, h) + below`.
fn add_positive(graph: &mut Graph, h: &str, below: &str) -> Name {
    let above = graph.apply("Relu", &[h]);
    graph.apply("Add", &[&above, below])
}

fn elu(graph: &mut Graph, alpha: f64, h: &str) -> Name {
    let below = graph.with("Min", h, 0.0);
    let below = graph.apply("Exp", &[&below]);
    let below = graph.with("Sub", &below, 1.0);
    let below = graph.with("Mul", &below, alpha);
    add_positive(graph, h, &below)
}

/// `h σ(inner)`.
fn gated(graph: &mut Graph, h: &str, inner: &str) -> Name {
    let gate = graph.apply("Sigmoid", &[inner]);
    graph.apply("Mul", &[h, &gate])
}

/// `ln(1 + eʰ)` as `max(0, h) + ln(1 + e^−|h|)`, which does not overflow.
pub fn softplus(graph: &mut Graph, h: &str) -> Name {
    let size = graph.apply("Abs", &[h]);
    let minus = graph.apply("Neg", &[&size]);
    let small = graph.apply("Exp", &[&minus]);
    let below = log_of_one_and(graph, &small);
    add_positive(graph, h, &below)
}

/// `ln(1 + s)` of an `s` from 0 to 1, exact for small ones too: with the sum `u`, as it is rounded, `ln u + (s − (u − 1)) / u`.
fn log_of_one_and(graph: &mut Graph, s: &str) -> Name {
    let u = graph.with("Add", s, 1.0);
    let log = graph.apply("Log", &[&u]);
    let added = graph.with("Sub", &u, 1.0);
    let lost = graph.apply("Sub", &[s, &added]);
    let lost = graph.apply("Div", &[&lost, &u]);
    graph.apply("Add", &[&log, &lost])
}

fn gelu(graph: &mut Graph, h: &str) -> Result<Name> {
    if graph.precision() == Precision::Double {
        let message = "expected activations that onnxruntime has in double precision, found GELU, whose error function \
                       it has in single precision only; export with --numeric f32";
        return Err(Error::input("onnx", message));
    }
    let inner = graph.with("Mul", h, FRAC_1_SQRT_2);
    let erf = graph.apply("Erf", &[&inner]);
    let sum = graph.with("Add", &erf, 1.0);
    let half = graph.with("Mul", h, 0.5);
    Ok(graph.apply("Mul", &[&half, &sum]))
}

/// `h` within `min..=max`, either of which may be infinite.
pub fn limited(graph: &mut Graph, h: &str, min: f64, max: f64) -> Name {
    let h = graph.with("Max", h, min);
    graph.with("Min", &h, max)
}

const FARTHEST: f64 = 1e100;
/// Halvings of the angle before the series.
const HALVINGS: u32 = 3;
/// Terms of the series: below `tan(π/16)` the next is under 2⁻⁵⁶ of the first.
const TERMS: u32 = 11;

/// `arctan r`, of which onnxruntime has single precision only.
///
/// In double precision the angle is halved by `arctan r = 2 arctan(r / (1 + √(1 + r²)))`, then
/// `arctan r = r − r³/3 + r⁵/5 − …`.
pub(super) fn arctan(graph: &mut Graph, r: &str) -> Name {
    if graph.precision() == Precision::Single {
        return graph.apply("Atan", &[r]);
    }
    // Farther out the angle is a right one, and the square would overflow.
    let mut r = limited(graph, r, -FARTHEST, FARTHEST);
    for _ in 0..HALVINGS {
        let square = graph.apply("Mul", &[&r, &r]);
        let sum = graph.with("Add", &square, 1.0);
        let root = graph.apply("Sqrt", &[&sum]);
        let below = graph.with("Add", &root, 1.0);
        r = graph.apply("Div", &[&r, &below]);
    }
    let square = graph.apply("Mul", &[&r, &r]);
    let coefficient = |term: u32| (-1f64).powi(term as i32) / f64::from(2 * term + 1);
    let last = graph.with("Mul", &square, coefficient(TERMS - 1));
    let sum = (1..TERMS - 1).rev().fold(last, |sum, term| {
        let sum = graph.with("Add", &sum, coefficient(term));
        graph.apply("Mul", &[&sum, &square])
    });
    let sum = graph.with("Add", &sum, 1.0);
    let angle = graph.apply("Mul", &[&r, &sum]);
    graph.with("Mul", &angle, f64::from(1u32 << HALVINGS))
}
