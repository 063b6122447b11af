//! NICE of MaximeVandegar's Papers in 100 Lines of Code.
//!
//! Even elements condition the even couplings, odd ones the odd couplings, which write the two back in exchanged places.

use super::alternating::{additive, exponential, halves};
use super::settings::PRIOR;
use super::{Layout, Settings, Source, Weights};
use crate::error::Result;
use crate::ir::{Activation, Flow, Layer};

pub(super) static LAYOUT: Layout = Layout {
    name: "vandegar",
    library: "MaximeVandegar's Papers in 100 Lines of Code",
    fingerprint: &[&["m.0.0.weight", "s"]],
    keys: &[PRIOR],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Flow> {
    let dim = weights.even_width("s")?;
    let prior = settings.prior(Source::Unknown)?;
    let couplings = weights.count(|i| format!("m.{i}.0.weight"));
    let mut layers = vec![];
    for i in 0..couplings {
        let (kept, changed) = halves(i % 2, dim);
        let names = weights.every(2, &format!("m.{i}"));
        let network = weights.mlp(&names, kept.len(), changed.len(), Activation::Relu)?;
        layers.push(additive(kept, changed, network));
        if i % 2 == 1 {
            layers.push(Layer::Permute((0..dim).map(|i| i ^ 1).collect()));
        }
    }
    layers.push(exponential(weights, "s", dim, 0.0)?);
    Ok(Flow { dim, layers, prior })
}
