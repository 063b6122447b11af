//! [LazaroHurtado/nice](https://github.com/LazaroHurtado/nice).
//!
//! Evens, then odds; the first half conditions; the vector is reversed after each coupling, the last too. Networks
//! are linear layer, batch normalisation and ReLU in turn; `scaling` acts on the reversed order.

use super::alternating::{additive, exponential};
use super::settings::PRIOR;
use super::{Layout, Settings, Source, Weights};
use crate::error::Result;
use crate::ir::{Activation, Flow, Layer, Network, Stage};

pub(super) static LAYOUT: Layout = Layout {
    name: "lazaro",
    library: "LazaroHurtado/nice",
    fingerprint: &[&["additive_couplings.0.coupling_fn.0.weight", "scaling"]],
    keys: &[PRIOR],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Flow> {
    let dim = weights.even_width("scaling")?;
    let prior = settings.prior(Source::Default("logistic"))?;
    let couplings = weights.count(|i| format!("additive_couplings.{i}.coupling_fn.0.weight"));
    let parities = (0..dim).step_by(2).chain((1..dim).step_by(2));
    let mut layers = vec![Layer::Permute(parities.collect())];
    for i in 0..couplings {
        let network = network(
            weights,
            &format!("additive_couplings.{i}.coupling_fn"),
            dim / 2,
        )?;
        let (kept, changed) = ((0..dim / 2).collect(), (dim / 2..dim).collect());
        layers.push(additive(kept, changed, network));
        layers.push(Layer::Permute((0..dim).rev().collect()));
    }
    layers.push(exponential(weights, "scaling", dim, 0.0)?);
    Ok(Flow { dim, layers, prior })
}

fn network(weights: &Weights, at: &str, half: usize) -> Result<Network> {
    let (mut stages, mut width) = (vec![], half);
    let blocks = weights.count(|j| format!("{at}.{}.running_mean", 1 + 3 * j));
    for j in 0..blocks {
        let linear = weights.linear(&format!("{at}.{}", 3 * j), width)?;
        width = linear.bias.len();
        stages.push(Stage::Linear(linear));
        stages.push(weights.batch_norm(&format!("{at}.{}", 1 + 3 * j), width, 1e-5)?);
        stages.push(Stage::Activation(Activation::Relu));
    }
    let last = format!("{at}.{}", 3 * blocks);
    weights.numbers(&format!("{last}.weight"), &[half, width])?;
    stages.push(Stage::Linear(weights.linear(&last, width)?));
    Ok(Network(stages))
}
