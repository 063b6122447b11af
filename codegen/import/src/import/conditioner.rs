//! The conditioners of couplings: networks of any names, their inputs and outputs.

mod guess;
mod modules;
mod read;

use super::ops::{Key, Orientation, Step};
use super::settings::CONTEXT;
use super::{LAYOUTS, Weights};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::text::counted;

/// Whether the conditioner of a coupling gives raw scales beside the shifts. A doubt unless its inputs are the kept
/// elements, plus the context if the net begins with one, and its outputs shifts with or without scales.
pub(super) fn is_affine(
    weights: &Weights,
    at: &str,
    net: &[Step],
    (kept, context): (usize, usize),
    changed: usize,
) -> Result<bool> {
    let (inputs, outputs) = widths(weights, net)?;
    if weights.doubts() {
        return Ok(outputs == 2 * changed);
    }
    let context = match net.first() {
        Some(Step::Context { values, .. }) => values.len(),
        Some(Step::Given {}) => context,
        _ => 0,
    };
    expect_inputs(weights, at, inputs, (kept, context))?;
    let affine = 2 * changed;
    if outputs != changed && outputs != affine {
        let message =
            format!("expected {changed} outputs (additive) or {affine} (affine), found {outputs}");
        // Splines have many numbers an element.
        if changed > 0 && outputs > affine && outputs % changed == 0 {
            let other = "a spline or another transform that is not affine, which is not supported";
            return Err(weights.error(at, format!("{message}: {other}")));
        }
        weights.doubt(weights.error(at, message));
    }
    Ok(outputs == affine)
}

/// That a network reads the kept elements and the context: of a context that is not given an error, of another number a doubt.
pub(super) fn expect_inputs(
    weights: &Weights,
    at: &str,
    inputs: usize,
    (kept, context): (usize, usize),
) -> Result<()> {
    if inputs > kept && context == 0 {
        let context = inputs - kept;
        let (inputs, takers) = (counted(kept, "input"), takers());
        let message = format!(
            "expected {inputs}, found {context} more: a flow with a context, which can be given, of {takers}, by --set context=NUMBER,… if it \
             is always the same, else by --set context=NAME,…; of others, in a manifest, by `context` and a step `given`"
        );
        return Err(weights.error(at, message));
    }
    if inputs != kept + context {
        let and = match context {
            0 => String::new(),
            context => format!(" and a context of {context}"),
        };
        let message = format!("expected {}{and}, found {inputs}", counted(kept, "input"));
        weights.doubt(weights.error(at, message));
    }
    Ok(())
}

/// The layouts that take a context, in words. lampe and sbi keep flows of zuko and nflows.
fn takers() -> String {
    let takers = LAYOUTS
        .iter()
        .filter(|layout| layout.keys.contains(&CONTEXT));
    let names: Vec<_> = takers.map(|layout| layout.name).collect();
    match names.split_last() {
        Some((last, names)) => {
            format!("{} and {last} (sbi and lampe among them)", names.join(", "))
        }
        None => String::new(),
    }
}

/// The number of inputs and outputs of a net, from its first and its last linear layer.
pub(super) fn widths(weights: &Weights, net: &[Step]) -> Result<(usize, usize)> {
    let mut extents = net.iter().filter_map(|step| match step {
        Step::Linear { w, layout, .. } => Some(extents(weights, w, *layout)),
        _ => None,
    });
    let (Some(first), last) = (extents.next(), extents.next_back()) else {
        return Ok((0, 0));
    };
    let (inputs, outputs) = first?;
    Ok((inputs, last.transpose()?.map_or(outputs, |(_, last)| last)))
}

/// The number of inputs and outputs of a linear layer.
fn extents(weights: &Weights, key: &Key, layout: Orientation) -> Result<(usize, usize)> {
    let (name, shape) = match key {
        Key::Whole(name) => (name, weights.shape(name)?),
        Key::Slice(slice) => (
            &slice.key,
            weights.shape(&slice.key)?.get(1..).unwrap_or(&[]),
        ),
    };
    match (shape, layout) {
        ([rows, columns], Orientation::OutIn) => Ok((*columns, *rows)),
        ([rows, columns], Orientation::InOut) => Ok((*rows, *columns)),
        _ => {
            let message = format!("expected a linear layer's matrix, found shape {shape:?}");
            Err(weights.error(name, message))
        }
    }
}
