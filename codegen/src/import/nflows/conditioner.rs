//! `ResidualNet` and `MLP` of nflows.

use crate::error::Result;
use crate::import::Weights;
use crate::import::ops::{Step, act, linear, mlp};
use crate::ir::Activation;

/// Of the batch normalisations inside a `ResidualNet`.
const EPS: f64 = 1e-3;

/// The conditioner below `at`.
pub(super) fn read(weights: &Weights, at: &str, activation: Activation) -> Result<Vec<Step>> {
    if weights.has(&format!("{at}.final_layer.weight")) {
        return residual(weights, at, activation);
    }
    if !weights.has(&format!("{at}._output_layer.weight")) {
        let message = "expected a ResidualNet (initial_layer, blocks, final_layer) or \
                       an MLP (_input_layer, _hidden_layers, _output_layer), found another network";
        return Err(weights.error(at, message));
    }
    let hidden = weights.count(|j| format!("{at}._hidden_layers.{j}.weight"));
    let hidden = (0..hidden).map(|j| format!("{at}._hidden_layers.{j}"));
    let names: Vec<_> = std::iter::once(format!("{at}._input_layer"))
        .chain(hidden)
        .chain([format!("{at}._output_layer")])
        .collect();
    Ok(mlp(&names, activation))
}

fn residual(weights: &Weights, at: &str, activation: Activation) -> Result<Vec<Step>> {
    let blocks = weights.count(|j| format!("{at}.blocks.{j}.linear_layers.0.weight"));
    let mut net = vec![linear(&format!("{at}.initial_layer"))];
    for j in 0..blocks {
        let block = format!("{at}.blocks.{j}");
        let context = format!("{block}.context_layer");
        if weights.holds_below(&context) {
            let message = "expected a flow without a context, found a layer that reads one";
            return Err(weights.error(&context, message));
        }
        net.push(Step::Push {});
        (0..2).for_each(|half| net.extend(branch(weights, &block, half, activation)));
        net.push(Step::Add {});
    }
    net.push(linear(&format!("{at}.final_layer")));
    Ok(net)
}

/// Batch normalisation if there is one, activation, linear layer.
fn branch(weights: &Weights, block: &str, half: usize, activation: Activation) -> Vec<Step> {
    let norm = format!("{block}.batch_norm_layers.{half}");
    let norm =
        (weights.has(&format!("{norm}.running_var"))).then(|| weights.batch_norm(&norm, EPS));
    let linear = linear(&format!("{block}.linear_layers.{half}"));
    norm.into_iter().chain([act(activation), linear]).collect()
}
