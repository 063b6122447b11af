//! The conditioners `ResidualNet` and `MLP` of nflows, and others.

use crate::import::Weights;
use crate::import::context::Context;
use crate::import::ops::{Step, act, given, linear, mlp};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

/// The `eps` of batch normalisations inside a `ResidualNet`.
pub(super) const EPS: f64 = 1e-3;

/// Of a layer that reads a context, where none is given.
pub(super) const MISSING: &str = "expected --set context=NUMBER,… or, if it changes, context=NAME,…, for a layer that reads one, found none";

/// The conditioner below `at` of `kept` elements, which may read a context.
pub(in crate::import) fn read(
    weights: &Weights,
    at: &str,
    activation: Activation,
    context: &Context,
    kept: usize,
) -> Result<Vec<Step>> {
    if weights.has(&format!("{at}.final_layer.weight")) {
        return residual(weights, at, activation, context);
    }
    if !weights.has(&format!("{at}._output_layer.weight")) {
        let inputs = kept + context.len();
        return Ok(given(context, weights.net(at, activation, inputs)));
    }
    let hidden = weights.count(|j| format!("{at}._hidden_layers.{j}.weight"));
    let hidden = (0..hidden).map(|j| format!("{at}._hidden_layers.{j}"));
    let names: Vec<_> = std::iter::once(format!("{at}._input_layer"))
        .chain(hidden)
        .chain([format!("{at}._output_layer")])
        .collect();
    Ok(mlp(&names, activation))
}

fn residual(
    weights: &Weights,
    at: &str,
    activation: Activation,
    context: &Context,
) -> Result<Vec<Step>> {
    let blocks = weights.count(|j| format!("{at}.blocks.{j}.linear_layers.0.weight"));
    let mut net = vec![linear(&format!("{at}.initial_layer"))];
    for j in 0..blocks {
        let block = format!("{at}.blocks.{j}");
        net.push(Step::Push {});
        (0..2).for_each(|half| net.extend(branch(weights, &block, half, activation)));
        let gates = format!("{block}.context_layer");
        if weights.holds_below(&gates) {
            net.extend(gate(weights, &gates, context)?);
        }
        net.push(Step::ADD);
    }
    net.push(linear(&format!("{at}.final_layer")));
    Ok(given(context, net))
}

/// The gate by which the context scales a block's branch, if there is one.
pub(super) fn gate(weights: &Weights, at: &str, context: &Context) -> Result<Option<Step>> {
    if !weights.holds_below(at) {
        return Ok(None);
    }
    if context.is_empty() {
        let message = MISSING;
        return Err(weights.error(at, message));
    }
    Ok(Some(Step::Gate {
        w: format!("{at}.weight").into(),
        b: format!("{at}.bias").into(),
        values: context.values(),
    }))
}

/// A branch: batch normalisation if there is one, activation, linear layer.
pub(super) fn branch(
    weights: &Weights,
    block: &str,
    half: usize,
    activation: Activation,
) -> Vec<Step> {
    let norm = format!("{block}.batch_norm_layers.{half}");
    let norm =
        (weights.has(&format!("{norm}.running_var"))).then(|| weights.batch_norm(&norm, EPS));
    let linear = linear(&format!("{block}.linear_layers.{half}"));
    norm.into_iter().chain([act(activation), linear]).collect()
}
