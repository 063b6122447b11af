//! MordehayM's NICE, an additive clone of fmu2/NICE: the first coupling reads the even elements.
//!
//! It prints `ln p + 1e-5 − D ln 256`: the density of pixel values from 0 to 255, plus a constant that avoids zeros.

use super::bytes::{self, SCALE};
use super::ops::{Coupling, Reading, halves};
use super::settings::{LOG_PROB, PRIOR};
use super::{Layout, Settings, Weights};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "mordehaym",
    library: "MordehayM's NICE",
    fingerprint: &[&["Coupling_layers.0.Coupling_func.0.weight", SCALE]],
    keys: &[PRIOR, LOG_PROB],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let dim = weights.even_width(SCALE)?;
    let couplings = 0..weights.count(|i| format!("Coupling_layers.{i}.Coupling_func.0.weight"));
    let couplings = couplings.map(|i| {
        let at = format!("Coupling_layers.{i}.Coupling_func");
        Coupling::additive(
            halves(i % 2, dim),
            weights.net(&at, Activation::Relu, dim / 2),
        )
    });
    bytes::read(weights, settings, couplings, (1e-5, "+ 1e-5 − D ln 256"))
}
