//! MordehayM's NICE, additive, a clone of fmu2/NICE: the first coupling reads the even elements.

use super::ops::{Coupling, Op, Reading, exponential, halves, mlp};
use super::settings::PRIOR;
use super::{Layout, Settings, Source, Weights};
use crate::error::Result;
use crate::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "mordehaym",
    library: "MordehayM's NICE",
    fingerprint: &[&["Coupling_layers.0.Coupling_func.0.weight", SCALE]],
    keys: &[PRIOR],
    read,
};

const SCALE: &str = "scaling.scale";

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let dim = weights.even_width(SCALE)?;
    let prior = settings.prior(Source::Unknown)?;
    let couplings = weights.count(|i| format!("Coupling_layers.{i}.Coupling_func.0.weight"));
    let mut ops = vec![];
    for i in 0..couplings {
        let names = weights.every(2, &format!("Coupling_layers.{i}.Coupling_func"));
        let net = mlp(&names, Activation::Relu);
        ops.push(Op::Coupling(Coupling::additive(halves(i % 2, dim), net)));
    }
    ops.push(exponential(SCALE));
    settings.note(
        "its ln p leaves out D ln 256, of pixels, and adds 1e-5: a probe of it differs by that",
    );
    Ok(Reading::new(dim, ops, prior))
}
