//! Priors.

use super::graph::{Graph, Name};
use super::network::softplus;
use nice_flow_codegen::flow::ir::{DiagonalNormal, FullNormal, Prior, StudentT};
use std::f64::consts::TAU;

/// `ln π(z)` of each row, in nats.
pub fn log_density(graph: &mut Graph, prior: &Prior, z: &str, dim: usize) -> Name {
    match prior {
        Prior::Normal => half_squares(graph, z, -0.5 * dim as f64 * TAU.ln()),
        Prior::DiagonalNormal(one) => normal(graph, one, z),
        Prior::Logistic => {
            let minus = graph.apply("Neg", &[z]);
            let (up, down) = (softplus(graph, z), softplus(graph, &minus));
            let both = graph.apply("Add", &[&up, &down]);
            let total = graph.reduce("ReduceSum", &both);
            graph.apply("Neg", &[&total])
        }
        Prior::Mixture {
            log_weights,
            components,
        } => {
            let terms = log_weights.iter().zip(components).map(|(weight, one)| {
                let term = normal(graph, one, z);
                let term = graph.with("Add", &term, *weight);
                graph.column(&term)
            });
            let terms: Vec<Name> = terms.collect();
            log_sum_exp(graph, &terms)
        }
        Prior::StudentT(one) => student_t(graph, one, one.constant(), z),
        Prior::FullMixture {
            log_weights,
            components,
        } => {
            let constants = components.iter().map(FullNormal::constant);
            let constants: Vec<f64> = log_weights
                .iter()
                .zip(constants)
                .map(|(w, c)| w + c)
                .collect();
            full_mixture(graph, components, &constants, z)
        }
        Prior::Given { context, prior } => given(graph, prior, context, z, dim),
    }
}

/// The density of the elements that are no context: a precision of zero leaves the others out.
fn given(graph: &mut Graph, prior: &Prior, context: &[usize], z: &str, dim: usize) -> Name {
    let standard = DiagonalNormal::standard(dim - context.len());
    let one = |graph: &mut Graph, one: &DiagonalNormal| {
        let whole = one.beside(context);
        let moved = graph.with_row("Sub", z, &whole.mean);
        let scaled = graph.with_row("Mul", &moved, &whole.precision);
        half_squares(graph, &scaled, one.constant())
    };
    match prior {
        Prior::DiagonalNormal(normal) => one(graph, normal),
        Prior::Mixture {
            log_weights,
            components,
        } => {
            let terms = log_weights.iter().zip(components).map(|(weight, normal)| {
                let term = one(graph, normal);
                let term = graph.with("Add", &term, *weight);
                graph.column(&term)
            });
            let terms: Vec<Name> = terms.collect();
            log_sum_exp(graph, &terms)
        }
        Prior::StudentT(scored) => student_t(graph, &scored.beside(context), scored.constant(), z),
        Prior::FullMixture {
            log_weights,
            components,
        } => {
            let scored = log_weights.iter().zip(components);
            let constants: Vec<f64> = scored.map(|(w, one)| w + one.constant()).collect();
            let whole: Vec<FullNormal> = components.iter().map(|one| one.beside(context)).collect();
            full_mixture(graph, &whole, &constants, z)
        }
        // `Flow::check` allows no other prior beside a context.
        Prior::Normal | Prior::Logistic | Prior::Given { .. } => one(graph, &standard),
    }
}

/// `constant − Σ ½ (ν + 1) ln(1 + t²/ν)`.
fn student_t(graph: &mut Graph, one: &StudentT, constant: f64, z: &str) -> Name {
    let pairs = one.precision.iter().zip(&one.degrees);
    let factor: Vec<f64> = pairs
        .map(|(precision, degrees)| precision / degrees.sqrt())
        .collect();
    let power: Vec<f64> = one
        .degrees
        .iter()
        .map(|degrees| 0.5 * (degrees + 1.0))
        .collect();
    let moved = graph.with_row("Sub", z, &one.location);
    let scaled = graph.with_row("Mul", &moved, &factor);
    let squares = graph.apply("Mul", &[&scaled, &scaled]);
    let logs = ln_1p(graph, &squares);
    let terms = graph.with_row("Mul", &logs, &power);
    let total = graph.reduce("ReduceSum", &terms);
    let total = graph.apply("Neg", &[&total]);
    graph.with("Add", &total, constant)
}

/// `ln(1 + x)` of numbers that are not negative, which ONNX does not have.
///
/// Of `y = 1 + x` rounded, it is `ln y + (x − (y − 1)) / y` where `x` is small, and `ln y` from 1 on, where rounding is nothing beside `y`.
fn ln_1p(graph: &mut Graph, x: &str) -> Name {
    let y = graph.with("Add", x, 1.0);
    let log = graph.apply("Log", &[&y]);
    let kept = graph.with("Sub", &y, 1.0);
    let lost = graph.apply("Sub", &[x, &kept]);
    let lost = graph.apply("Div", &[&lost, &y]);
    let exact = graph.apply("Add", &[&log, &lost]);
    let is_small = graph.with("Less", x, 1.0);
    graph.apply("Where", &[&is_small, &exact, &log])
}

/// `ln Σ exp(constant − ½ |W (z − mean)|²)` over the components.
fn full_mixture(graph: &mut Graph, components: &[FullNormal], constants: &[f64], z: &str) -> Name {
    let terms = components.iter().zip(constants).map(|(one, constant)| {
        let moved = graph.with_row("Sub", z, &one.mean);
        let rows = one.factor.transpose();
        let white = graph.linear(&moved, rows.as_slice(), &vec![0.0; one.mean.len()]);
        let term = half_squares(graph, &white, *constant);
        graph.column(&term)
    });
    let terms: Vec<Name> = terms.collect();
    log_sum_exp(graph, &terms)
}

/// `ln Σ eᵗ` of columns, row by row.
pub fn log_sum_exp(graph: &mut Graph, columns: &[Name]) -> Name {
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let all = graph.concatenate(&columns);
    graph.reduce("ReduceLogSumExp", &all)
}

fn normal(graph: &mut Graph, one: &DiagonalNormal, z: &str) -> Name {
    let moved = graph.with_row("Sub", z, &one.mean);
    let scaled = graph.with_row("Mul", &moved, &one.precision);
    half_squares(graph, &scaled, one.constant())
}

/// `constant − ½ Σ z²`.
fn half_squares(graph: &mut Graph, z: &str, constant: f64) -> Name {
    let squares = graph.reduce("ReduceSumSquare", z);
    let half = graph.with("Mul", &squares, -0.5);
    graph.with("Add", &half, constant)
}
