//! The layers of a flow.

use super::graph::{Graph, Name};
use super::network::{shifts, shifts_and_raws};
use super::prior;
use super::scale::scale;
use nalgebra::DMatrix;
use nice_flow_codegen::Result;
use nice_flow_codegen::flow::ir::{
    Autoregressive, Coupling, Flow, Form, Layer, ScaleMap, inverse_order,
};

/// `z` and `ln p(x)` of each row.
pub fn flow(graph: &mut Graph, flow: &Flow, x: &str) -> Result<(Name, Name)> {
    let (mut z, mut constant, mut log_dets) = (x.to_string(), 0.0, vec![]);
    for layer in &flow.layers {
        z = match layer {
            Layer::Diagonal(layer) => {
                constant += layer.log_det();
                let moved = graph.with_row("Sub", &z, &layer.center);
                graph.with_row("Mul", &moved, &layer.factor)
            }
            Layer::Permute(order) => graph.gather(&z, order),
            Layer::Triangular(layer) => {
                constant += layer.log_det();
                product(graph, &layer.matrix, &vec![0.0; flow.dim], &z)
            }
            Layer::Dense(layer) => {
                constant += layer.log_det;
                product(graph, &layer.matrix, layer.shift.as_slice(), &z)
            }
            Layer::Coupling(layer) => {
                let (z, log_det) = coupling(graph, layer, &z)?;
                log_dets.extend(log_det);
                z
            }
            Layer::Autoregressive(layer) => {
                let (z, log_det) = autoregressive(graph, layer, &z)?;
                log_dets.push(log_det);
                z
            }
        };
    }
    let log_prior = prior::log_density(graph, &flow.prior, &z, flow.dim);
    let log_density = log_dets.iter().fold(log_prior, |sum, log_det| {
        graph.apply("Add", &[&sum, log_det])
    });
    Ok((z, graph.with("Add", &log_density, constant)))
}

fn product(graph: &mut Graph, matrix: &DMatrix<f64>, shift: &[f64], x: &str) -> Name {
    graph.linear(x, matrix.transpose().as_slice(), shift)
}

/// The new vector, and its log-determinant if there is a scale.
fn coupling(graph: &mut Graph, layer: &Coupling, x: &str) -> Result<(Name, Option<Name>)> {
    let kept = graph.gather(x, &layer.kept);
    let changed = graph.gather(x, &layer.changed);
    let width = layer.changed.len();
    let (new, log_det) = match &layer.scale {
        Some(map) => {
            let (shift, raw) = shifts_and_raws(graph, &layer.conditioner, &kept, width)?;
            let (new, log) = rescale(graph, map, &raw, &shift, &changed, !layer.backwards);
            (new, Some(graph.reduce("ReduceSum", &log)))
        }
        None => {
            let shift = shifts(graph, &layer.conditioner, &kept)?;
            let operator = if layer.backwards { "Sub" } else { "Add" };
            (graph.apply(operator, &[&changed, &shift]), None)
        }
    };
    let both = graph.concatenate(&[&kept, &new]);
    let order: Vec<usize> = layer.kept.iter().chain(&layer.changed).copied().collect();
    Ok((graph.gather(&both, &inverse_order(&order)), log_det))
}

/// `x · S + t`, or else `(x − t) / S`; with the logarithm of the slope of each element.
fn rescale(
    graph: &mut Graph,
    map: &ScaleMap,
    raw: &str,
    shift: &str,
    x: &str,
    multiplies: bool,
) -> (Name, Name) {
    let (scale, log) = scale(graph, map, raw);
    if multiplies {
        let scaled = graph.apply("Mul", &[x, &scale]);
        return (graph.apply("Add", &[&scaled, shift]), log);
    }
    let moved = graph.apply("Sub", &[x, shift]);
    let new = graph.apply("Div", &[&moved, &scale]);
    (new, graph.apply("Neg", &[&log]))
}

fn autoregressive(graph: &mut Graph, layer: &Autoregressive, x: &str) -> Result<(Name, Name)> {
    let all: Vec<usize> = (0..layer.order.len()).collect();
    if !layer.backwards {
        let multiplies = layer.form == Form::MulAdd;
        let (z, log) = elements(graph, layer, x, x, &all, multiplies)?;
        return Ok((z, graph.reduce("ReduceSum", &log)));
    }
    // Element by element: each needs the networks' values of those before it.
    let multiplies = layer.form == Form::SubDiv;
    let mut known = graph.with("Mul", x, 0.0);
    let mut logs = vec![];
    for &i in &layer.order {
        let one = graph.gather(x, &[i]);
        let (new, log) = elements(graph, layer, &known, &one, &[i], multiplies)?;
        let unit: Vec<f64> = all.iter().map(|j| f64::from(u8::from(*j == i))).collect();
        let placed = graph.with_row("Mul", &new, &unit);
        known = graph.apply("Add", &[&known, &placed]);
        logs.push(log);
    }
    let logs: Vec<&str> = logs.iter().map(String::as_str).collect();
    let logs = graph.concatenate(&logs);
    Ok((known, graph.reduce("ReduceSum", &logs)))
}

/// The elements `x`, which are those at `places`, mapped by what the networks make of `read`.
fn elements(
    graph: &mut Graph,
    layer: &Autoregressive,
    read: &str,
    x: &str,
    places: &[usize],
    multiplies: bool,
) -> Result<(Name, Name)> {
    let dim = layer.order.len();
    let (shift, raw) = shifts_and_raws(graph, &layer.conditioner, read, dim)?;
    let (shift, raw) = (graph.gather(&shift, places), graph.gather(&raw, places));
    Ok(rescale(graph, &layer.scale, &raw, &shift, x, multiplies))
}
