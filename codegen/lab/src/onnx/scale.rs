//! The scales of affine layers.

use super::Precision;
use super::graph::{Graph, Name};
use super::network::{arctan, limited, softplus};
use nice_flow_codegen::flow::ir::ScaleMap;

/// `S(r)` and `ln S(r)`.
pub fn scale(graph: &mut Graph, map: &ScaleMap, r: &str) -> (Name, Name) {
    match *map {
        ScaleMap::Exp => from_log(graph, r.into()),
        ScaleMap::ExpSoftclip { bound } => {
            let share = graph.with("Div", r, bound);
            let size = graph.apply("Abs", &[&share]);
            let below = graph.with("Add", &size, 1.0);
            let log = graph.apply("Div", &[r, &below]);
            from_log(graph, log)
        }
        ScaleMap::ExpTanh { clamp, inner } => {
            let r = graph.with("Mul", r, inner);
            let tanh = graph.apply("Tanh", &[&r]);
            let log = graph.with("Mul", &tanh, clamp);
            from_log(graph, log)
        }
        ScaleMap::ExpAtan { clamp, gain } => {
            let arctan = arctan(graph, r);
            let log = graph.with("Mul", &arctan, clamp * gain);
            from_log(graph, log)
        }
        ScaleMap::ExpClip { min, max } => {
            let log = limited(graph, r, min, max);
            from_log(graph, log)
        }
        ScaleMap::Sigmoid { bias, eps } => {
            let r = graph.with("Add", r, bias);
            let log = log_sigmoid(graph, &r);
            let (gate, log) = from_log(graph, log);
            if eps == 0.0 {
                return (gate, log);
            }
            let scale = graph.with("Add", &gate, eps);
            from_scale(graph, scale)
        }
        ScaleMap::Softplus { bias, eps, max } => {
            let r = graph.with("Add", r, bias);
            let (soft, log) = softplus_and_log(graph, &r);
            if eps == 0.0 {
                let scale = limited(graph, &soft, f64::NEG_INFINITY, max);
                return (scale, limited(graph, &log, f64::NEG_INFINITY, max.ln()));
            }
            let scale = graph.with("Add", &soft, eps);
            let scale = limited(graph, &scale, f64::NEG_INFINITY, max);
            from_scale(graph, scale)
        }
        ScaleMap::SoftplusBeta { beta, gain } => {
            let r = graph.with("Mul", r, beta);
            let (soft, log) = softplus_and_log(graph, &r);
            let factor = gain / beta;
            (
                graph.with("Mul", &soft, factor),
                graph.with("Add", &log, factor.ln()),
            )
        }
        ScaleMap::Reciprocal { ref of } => {
            let (_, log) = scale(graph, of, r);
            let log = graph.apply("Neg", &[&log]);
            from_log(graph, log)
        }
    }
}

fn from_log(graph: &mut Graph, log: Name) -> (Name, Name) {
    (graph.apply("Exp", &[&log]), log)
}

fn from_scale(graph: &mut Graph, scale: Name) -> (Name, Name) {
    let log = graph.apply("Log", &[&scale]);
    (scale, log)
}

/// `ln σ(r) = −ln(1 + e⁻ʳ)`. onnxruntime's own sigmoid is inexact below zero, and nothing from −17 in single precision.
fn log_sigmoid(graph: &mut Graph, r: &str) -> Name {
    let minus = graph.apply("Neg", &[r]);
    let soft = softplus(graph, &minus);
    graph.apply("Neg", &[&soft])
}

/// `ln(1 + eʳ)`, and its logarithm `min(r, 0) + ln(ln(1 + eʳ) / e^min(r, 0))`, which is `r` where the former ends.
fn softplus_and_log(graph: &mut Graph, r: &str) -> (Name, Name) {
    let least = match graph.precision() {
        Precision::Single => 1e-37,
        Precision::Double => 1e-307,
    };
    let below = graph.with("Min", r, 0.0);
    let power = graph.apply("Exp", &[&below]);
    let power = graph.with("Max", &power, least);
    let soft = softplus(graph, r);
    let soft = graph.with("Max", &soft, least);
    let share = graph.apply("Div", &[&soft, &power]);
    let log = graph.apply("Log", &[&share]);
    let log = graph.apply("Add", &[&below, &log]);
    (soft, log)
}
