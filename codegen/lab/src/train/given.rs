//! A context in training: which columns it is, and how a flow that learnt it in standard units reads it in raw ones.

use crate::table::Table;
use nalgebra::DVector;
use nice_flow_codegen::flow::ir::{Coupling, Diagonal, Flow, Layer, Stage};
use nice_flow_codegen::text::listed;
use nice_flow_codegen::{Error, Result};

/// The columns with these names, in rising order; an error for a name that is none, or if nothing is left to score.
pub(super) fn places(table: &Table, given: &[String]) -> Result<Vec<usize>> {
    let place = |name: &String| {
        let found = table.features.iter().position(|feature| feature == name);
        found.ok_or_else(|| {
            let known = listed(&table.features, 40);
            let message = format!(
                "expected features (there are {known}), or time:hour for the hour of a column time, found {name}"
            );
            Error::input("--given", message)
        })
    };
    let mut places: Vec<usize> = given.iter().map(place).collect::<Result<_>>()?;
    places.sort_unstable();
    places.dedup();
    match places.len() < table.columns {
        true => Ok(places),
        false => {
            let message = "expected a feature that is no context, to be scored, found none";
            Err(Error::input("--given", message))
        }
    }
}

/// The preprocessing that leaves a context as it is.
pub(super) fn left_alone(standard: &Diagonal, context: &[usize]) -> Diagonal {
    let mut standard = standard.clone();
    for &column in context {
        (standard.center[column], standard.factor[column]) = (0.0, 1.0);
    }
    standard
}

/// The flow of rows in the order of their columns. Its networks read the context in raw units: what standardised it becomes
/// part of their first layers. Without a context it stays as it is.
pub(super) fn in_raw_units(mut flow: Flow, standard: &Diagonal, order: &[usize]) -> Flow {
    let context = flow.context();
    if context.is_empty() {
        return flow;
    }
    for coupling in flow.couplings_mut() {
        for &element in &context {
            let column = order[element];
            read_raw(
                coupling,
                element,
                standard.center[column],
                standard.factor[column],
            );
        }
    }
    flow.layers.insert(0, Layer::Permute(order.to_vec()));
    flow
}

/// Rewrites `w (c − center) · factor` of the networks that read this element.
fn read_raw(coupling: &mut Coupling, element: usize, center: f64, factor: f64) {
    let Some(input) = coupling.kept.iter().position(|kept| *kept == element) else {
        return;
    };
    for network in coupling.conditioner.networks_mut() {
        if let Some(Stage::Linear(first)) = network.0.first_mut() {
            let weight: DVector<f64> = first.weight.column(input) * factor;
            first.bias -= &weight * center;
            first.weight.set_column(input, &weight);
        }
    }
}
