//! [paultsw/nice_pytorch](https://github.com/paultsw/nice_pytorch).
//!
//! Four additive couplings, odd and even elements in turn, then `exp(scaling_diag)`. A network is a linear layer,
//! blocks of linear layer, ReLU and batch normalisation, and a linear layer; there is no activation after the first.

use super::alternating::{additive, exponential, halves};
use super::settings::PRIOR;
use super::{Layout, Settings, Source, Weights};
use crate::error::Result;
use crate::ir::{Activation, Flow, Network, Stage};

pub(super) static LAYOUT: Layout = Layout {
    name: "paultsw",
    library: "paultsw/nice_pytorch",
    fingerprint: &[&["layer1.nonlinearity.0.weight", "scaling_diag"]],
    keys: &[PRIOR],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Flow> {
    let dim = weights.width("scaling_diag")?;
    let prior = settings.prior(Source::Default("logistic"))?;
    let couplings = weights.count(|i| format!("layer{}.nonlinearity.0.weight", i + 1));
    let mut layers = vec![];
    for i in 0..couplings {
        let (kept, changed) = halves((i + 1) % 2, dim);
        let at = format!("layer{}.nonlinearity", i + 1);
        let network = network(weights, &at, kept.len(), changed.len())?;
        layers.push(additive(kept, changed, network));
    }
    layers.push(exponential(weights, "scaling_diag", dim, 0.0)?);
    Ok(Flow { dim, layers, prior })
}

fn network(weights: &Weights, at: &str, inputs: usize, outputs: usize) -> Result<Network> {
    let first = weights.linear(&format!("{at}.0"), inputs)?;
    let mut width = first.bias.len();
    let mut stages = vec![Stage::Linear(first)];
    let blocks = weights.count(|j| format!("{at}.{}.running_mean", 3 + 3 * j));
    for j in 0..blocks {
        let linear = weights.linear(&format!("{at}.{}", 1 + 3 * j), width)?;
        width = linear.bias.len();
        stages.push(Stage::Linear(linear));
        stages.push(Stage::Activation(Activation::Relu));
        stages.push(weights.batch_norm(&format!("{at}.{}", 3 + 3 * j), width, 1e-5)?);
    }
    let last = format!("{at}.{}", 1 + 3 * blocks);
    weights.numbers(&format!("{last}.weight"), &[outputs, width])?;
    stages.push(Stage::Linear(weights.linear(&last, width)?));
    Ok(Network(stages))
}
