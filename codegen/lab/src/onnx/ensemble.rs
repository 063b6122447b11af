//! The outputs of a model: its members, what they combine to, the verdict.

use super::flow::flow;
use super::graph::{Graph, Name};
use super::network::limited;
use super::prior::log_sum_exp;
use super::proto::{Element, Value};
use nice_flow_codegen::model::{Combination, Tail};
use nice_flow_codegen::{Model, Result};

/// Adds all nodes; returns the outputs, which are the inputs of nothing else.
pub fn outputs(graph: &mut Graph, model: &Model) -> Result<Vec<Value>> {
    let combination = model.combination();
    let (mut values, mut log_densities) = (vec![], vec![]);
    for (place, member) in model.members.iter().enumerate() {
        let (z, log_density) = flow(graph, &member.raw_flow(), "x")?;
        let name = |output: &str| match combination {
            None => output.to_string(),
            Some(_) => format!("{output}_{place}"),
        };
        values.push(Value::rows(&name("z"), graph.element(), model.dim()));
        graph.name(&z, &name("z"));
        values.push(Value::column(&name("log_density"), graph.element()));
        graph.name(&log_density, &name("log_density"));
        log_densities.push(log_density);
    }
    let score = match &combination {
        None => graph.apply("Neg", &[&log_densities[0]]),
        Some(combination @ Combination::MeanDensity(_)) => {
            let columns: Vec<Name> = log_densities.iter().map(|x| graph.column(x)).collect();
            let sum = log_sum_exp(graph, &columns);
            let mean = graph.with("Sub", &sum, combination.ln_members());
            graph.apply("Neg", &[&mean])
        }
        Some(Combination::Tails(tails)) => {
            let all = tail_scores(graph, tails, &log_densities);
            graph.reduce("ReduceMean", &all)
        }
        Some(Combination::HighestTail(tails)) => {
            let all = tail_scores(graph, tails, &log_densities);
            let highest = graph.reduce("ReduceMax", &all);
            // Runtimes differ in what they make of the maximum of a NaN.
            let mean = graph.reduce("ReduceMean", &all);
            let lost = graph.apply("IsNaN", &[&mean]);
            graph.apply("Where", &[&lost, &mean, &highest])
        }
    };
    graph.name(&score, "score");
    values.push(Value::column("score", graph.element()));
    if let Some(threshold) = model.threshold {
        // A NaN is not below the limit either.
        let limit = graph.constant(&[], &[threshold.score]);
        let normal = graph.apply("LessOrEqual", &[&score, &limit]);
        let anomalous = graph.apply("Not", &[&normal]);
        graph.name(&anomalous, "anomalous");
        values.push(Value::column("anomalous", Element::Bool));
    }
    Ok(values)
}

/// The members' tail scores, side by side.
fn tail_scores(graph: &mut Graph, tails: &[Tail], log_densities: &[Name]) -> Name {
    let columns = tails.iter().zip(log_densities).map(|(tail, log_density)| {
        let score = graph.apply("Neg", &[log_density]);
        let score = graph.column(&score);
        tail_score(graph, tail, &score)
    });
    let columns: Vec<Name> = columns.collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    graph.concatenate(&columns)
}

/// `Tail::score` of a column: a rise between each pair of knots, and one without end behind the last.
fn tail_score(graph: &mut Graph, tail: &Tail, score: &str) -> Name {
    let (lower, upper) = (&tail.knots[..tail.knots.len() - 1], &tail.knots[1..]);
    let widths = lower.iter().zip(upper).map(|(lower, upper)| upper - lower);
    // Where knots coincide the tail score jumps.
    let slopes: Vec<f64> = widths.map(|width| (1.0 / width).min(STEEPEST)).collect();
    let above = graph.with_row("Sub", score, lower);
    let shares = graph.with_row("Mul", &above, &slopes);
    let shares = limited(graph, &shares, 0.0, 1.0);
    let risen = graph.reduce_to_column("ReduceSum", &shares);
    let risen = graph.with("Mul", &risen, Tail::STEP);
    let beyond = graph.with("Sub", score, tail.knots[tail.knots.len() - 1]);
    let beyond = graph.apply("Relu", &[&beyond]);
    let beyond = graph.with("Div", &beyond, tail.excess);
    let sum = graph.apply("Add", &[&risen, &beyond]);
    // Runtimes differ in what they make of the limits of a NaN.
    let lost = graph.apply("IsNaN", &[score]);
    graph.apply("Where", &[&lost, score, &sum])
}

/// In place of an infinite slope, times which 0 would be NaN.
const STEEPEST: f64 = 1e30;
