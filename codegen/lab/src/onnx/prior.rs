//! Priors.

use super::graph::{Graph, Name};
use super::network::softplus;
use nice_flow_codegen::flow::ir::{DiagonalNormal, Prior};
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
        // `Flow::check` allows no other prior beside a context.
        Prior::Normal | Prior::Logistic | Prior::Given { .. } => one(graph, &standard),
    }
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
