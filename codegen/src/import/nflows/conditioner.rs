//! `ResidualNet` and `MLP` of nflows.

use crate::error::Result;
use crate::import::Weights;
use crate::ir::{Activation, Network, Stage};

/// Of the batch normalisations inside a `ResidualNet`.
const EPS: f64 = 1e-3;

/// The conditioner below `at`.
pub(super) fn read(weights: &Weights, at: &str, activation: Activation) -> Result<Network> {
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
    let inputs = weights.matrix(&format!("{}.weight", names[0]))?.ncols();
    let outputs = weights
        .matrix(&format!("{at}._output_layer.weight"))?
        .nrows();
    weights.mlp(&names, inputs, outputs, activation)
}

fn residual(weights: &Weights, at: &str, activation: Activation) -> Result<Network> {
    let first = format!("{at}.initial_layer");
    let inputs = weights.matrix(&format!("{first}.weight"))?.ncols();
    let first = weights.linear(&first, inputs)?;
    let width = first.bias.len();
    let blocks = weights.count(|j| format!("{at}.blocks.{j}.linear_layers.0.weight"));

    let mut stages = vec![Stage::Linear(first)];
    for j in 0..blocks {
        let block = format!("{at}.blocks.{j}");
        let context = format!("{block}.context_layer");
        if weights.holds_below(&context) {
            let message = "expected a flow without a context, found a layer that reads one";
            return Err(weights.error(&context, message));
        }
        stages.push(Stage::Skip(branch(weights, &block, width, activation)?));
    }
    stages.push(Stage::Linear(
        weights.linear(&format!("{at}.final_layer"), width)?,
    ));
    Ok(Network(stages))
}

/// Twice: batch normalisation if there is one, activation, linear layer.
fn branch(weights: &Weights, block: &str, width: usize, activation: Activation) -> Result<Network> {
    let mut stages = vec![];
    for layer in 0..2 {
        let norm = format!("{block}.batch_norm_layers.{layer}");
        if weights.has(&format!("{norm}.running_var")) {
            stages.push(weights.batch_norm(&norm, width, EPS)?);
        }
        stages.push(Stage::Activation(activation));
        let linear = format!("{block}.linear_layers.{layer}");
        stages.push(Stage::Linear(weights.linear(&linear, width)?));
    }
    Ok(Network(stages))
}
