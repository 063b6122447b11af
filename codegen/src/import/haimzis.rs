//! Haimzis' NICE, additive, a clone of fmu2/NICE: even elements condition first, factors are `exp(scale) + 1e-5`.

use super::alternating::{additive, exponential, halves};
use super::settings::PRIOR;
use super::{Layout, Settings, Source, Weights};
use crate::error::Result;
use crate::ir::{Activation, Flow};

pub(super) static LAYOUT: Layout = Layout {
    name: "haimzis",
    library: "Haimzis' NICE",
    fingerprint: &[&["layers.0.transform.0.weight", SCALE]],
    keys: &[PRIOR],
    read,
};

const SCALE: &str = "scaling_layer.scale";

fn read(weights: &Weights, settings: &mut Settings) -> Result<Flow> {
    let dim = weights.even_width(SCALE)?;
    let prior = settings.prior(Source::Unknown)?;
    let couplings = weights.count(|i| format!("layers.{i}.transform.0.weight"));
    let mut layers = vec![];
    for i in 0..couplings {
        let (kept, changed) = halves(i % 2, dim);
        let names = names(weights, &format!("layers.{i}.transform"));
        let network = weights.mlp(&names, kept.len(), changed.len(), Activation::Relu)?;
        layers.push(additive(kept, changed, network));
    }
    layers.push(exponential(weights, SCALE, dim, 1e-5)?);
    settings.note("its ln p leaves out D ln 256, of pixels: a probe of it differs by that");
    Ok(Flow { dim, layers, prior })
}

/// `AT.0`, `AT.2.0`, `AT.3.0` …, and the last, which stands in no block.
fn names(weights: &Weights, at: &str) -> Vec<String> {
    let blocks = weights.count(|j| format!("{at}.{}.0.weight", 2 + j));
    let middle = (0..blocks).map(|j| format!("{at}.{}.0", 2 + j));
    let last = format!("{at}.{}", 2 + blocks);
    std::iter::once(format!("{at}.0"))
        .chain(middle)
        .chain([last])
        .collect()
}
