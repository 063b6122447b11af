//! Afekst/Very-NICE, a clone of fmu2/NICE without activation after the first linear layer.
//!
//! Its direction hangs on `model.train()`: in `eval` mode it computes the inverse, and a density taken then is wrong.

use super::alternating::{additive, exponential, halves};
use super::settings::PRIOR;
use super::{Layout, Settings, Source, Weights};
use crate::error::Result;
use crate::ir::{Activation, Flow, Network, Stage};

pub(super) static LAYOUT: Layout = Layout {
    name: "afekst",
    library: "Afekst/Very-NICE",
    fingerprint: &[&["net.0.m.0.weight", SCALE]],
    keys: &[PRIOR],
    read,
};

const SCALE: &str = "scaling.scale";

fn read(weights: &Weights, settings: &mut Settings) -> Result<Flow> {
    let dim = weights.even_width(SCALE)?;
    let prior = settings.prior(Source::Unknown)?;
    let couplings = weights.count(|i| format!("net.{i}.m.0.weight"));
    let mut layers = vec![];
    for i in 0..couplings {
        let (kept, changed) = halves((i + 1) % 2, dim);
        let network = network(weights, &format!("net.{i}.m"), kept.len(), changed.len())?;
        layers.push(additive(kept, changed, network));
    }
    layers.push(exponential(weights, SCALE, dim, 0.0)?);
    settings.note("its ln p leaves out D ln 256, of pixels, and is right in train mode only");
    Ok(Flow { dim, layers, prior })
}

fn network(weights: &Weights, at: &str, inputs: usize, outputs: usize) -> Result<Network> {
    let first = weights.linear(&format!("{at}.0"), inputs)?;
    let width = first.bias.len();
    let blocks = weights.count(|j| format!("{at}.{}.0.weight", 1 + j));
    let mut names: Vec<_> = (0..blocks).map(|j| format!("{at}.{}.0", 1 + j)).collect();
    names.push(format!("{at}.{}", 1 + blocks));
    let rest = weights.mlp(&names, width, outputs, Activation::Relu)?;
    Ok(Network([vec![Stage::Linear(first)], rest.0].concat()))
}
