//! The two ends of a conditioner: what it reads, and in which order it answers.

use super::Weights;
use crate::error::Result;
use crate::ir::{Network, Stage};

/// Whether a conditioner of a coupling gives raw scales beside the shifts; an error unless it
/// reads the kept elements and nothing else.
pub(super) fn is_affine(
    weights: &Weights,
    at: &str,
    network: &Network,
    kept: usize,
    changed: usize,
) -> Result<bool> {
    let (inputs, outputs) = widths(network);
    if inputs > kept {
        let context = inputs - kept;
        let message = format!(
            "expected {kept} inputs, found {context} more: a flow with a context; \
             fold a constant one into the first bias, b + W c, before the export"
        );
        return Err(weights.error(at, message));
    }
    if inputs < kept {
        let message = format!("expected {kept} inputs, found {inputs}");
        return Err(weights.error(at, message));
    }
    let affine = 2 * changed;
    if outputs != changed && outputs != affine {
        let message =
            format!("expected {changed} outputs (additive) or {affine} (affine), found {outputs}");
        return Err(weights.error(at, message));
    }
    Ok(outputs == affine)
}

/// Numbers that a network of linear layers takes and gives.
pub(super) fn widths(network: &Network) -> (usize, usize) {
    let linears = network.linears();
    let inputs = linears.first().map_or(0, |first| first.weight.ncols());
    (inputs, linears.last().map_or(0, |last| last.bias.len()))
}

/// From shift, raw scale, shift, raw scale … to all shifts, then all raw scales.
pub(super) fn interleaved(network: &mut Network) {
    let rows = widths(network).1;
    let order: Vec<_> = (0..rows).step_by(2).chain((1..rows).step_by(2)).collect();
    answer(network, &order);
}

/// From all raw scales, then all shifts to the shifts first.
pub(super) fn scales_first(network: &mut Network) {
    let rows = widths(network).1;
    let order: Vec<_> = (rows / 2..rows).chain(0..rows / 2).collect();
    answer(network, &order);
}

/// Of a network over the whole vector: reads the kept elements only, the others being zero, and
/// answers for the changed only.
pub(super) fn prune(network: &mut Network, kept: &[usize], changed: &[usize]) {
    if let Some(Stage::Linear(first)) = network.0.first_mut() {
        first.weight = first.weight.select_columns(kept);
    }
    answer(network, changed);
}

/// Output `i` becomes what output `order[i]` was.
fn answer(network: &mut Network, order: &[usize]) {
    if let Some(Stage::Linear(last)) = network.0.last_mut() {
        last.weight = last.weight.select_rows(order);
        last.bias = last.bias.select_rows(order);
    }
}

/// Every output multiplied.
pub(super) fn multiply(network: &mut Network, factor: f64) {
    if let Some(Stage::Linear(last)) = network.0.last_mut() {
        last.weight *= factor;
        last.bias *= factor;
    }
}
