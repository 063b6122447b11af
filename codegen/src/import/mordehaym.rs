//! MordehayM's NICE, additive, a clone of fmu2/NICE: the first coupling reads the even elements.

use super::alternating::{additive, exponential, halves};
use super::settings::PRIOR;
use super::{Layout, Settings, Source, Weights};
use crate::error::Result;
use crate::ir::{Activation, Flow};

pub(super) static LAYOUT: Layout = Layout {
    name: "mordehaym",
    library: "MordehayM's NICE",
    fingerprint: &[&["Coupling_layers.0.Coupling_func.0.weight", SCALE]],
    keys: &[PRIOR],
    read,
};

const SCALE: &str = "scaling.scale";

fn read(weights: &Weights, settings: &mut Settings) -> Result<Flow> {
    let dim = weights.even_width(SCALE)?;
    let prior = settings.prior(Source::Unknown)?;
    let couplings = weights.count(|i| format!("Coupling_layers.{i}.Coupling_func.0.weight"));
    let mut layers = vec![];
    for i in 0..couplings {
        let (kept, changed) = halves(i % 2, dim);
        let names = weights.every(2, &format!("Coupling_layers.{i}.Coupling_func"));
        let network = weights.mlp(&names, kept.len(), changed.len(), Activation::Relu)?;
        layers.push(additive(kept, changed, network));
    }
    layers.push(exponential(weights, SCALE, dim, 0.0)?);
    settings.note(
        "its ln p leaves out D ln 256, of pixels, and adds 1e-5: a probe of it differs by that",
    );
    Ok(Flow { dim, layers, prior })
}
