//! xyfJASON/normalizing-flows-pytorch's NICE.
//!
//! Even elements condition, odd ones change, then neighbours change places: after every coupling, the last too.

use super::alternating::{additive, exponential, halves};
use super::settings::PRIOR;
use super::{Layout, Settings, Source, Weights};
use crate::error::Result;
use crate::ir::{Activation, Flow, Layer};

pub(super) static LAYOUT: Layout = Layout {
    name: "xyfjason",
    library: "xyfJASON/normalizing-flows-pytorch",
    fingerprint: &[&["couplings.0.coupling_fn.layers.0.weight", SCALE]],
    keys: &[PRIOR],
    read,
};

const SCALE: &str = "scaling.logscales";

fn read(weights: &Weights, settings: &mut Settings) -> Result<Flow> {
    let dim = weights.even_width(SCALE)?;
    let prior = settings.prior(Source::Unknown)?;
    let couplings = weights.count(|i| format!("couplings.{i}.coupling_fn.layers.0.weight"));
    let mut layers = vec![];
    for i in 0..couplings {
        let (kept, changed) = halves(0, dim);
        let names = weights.every(2, &format!("couplings.{i}.coupling_fn.layers"));
        let network = weights.mlp(&names, kept.len(), changed.len(), Activation::Relu)?;
        layers.push(additive(kept, changed, network));
        layers.push(Layer::Permute((0..dim).map(|i| i ^ 1).collect()));
    }
    layers.push(exponential(weights, SCALE, dim, 0.0)?);
    Ok(Flow { dim, layers, prior })
}
