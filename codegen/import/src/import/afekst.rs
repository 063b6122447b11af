//! Afekst/Very-NICE, a clone of fmu2/NICE without an activation after the first linear layer.
//!
//! Its direction depends on the training mode: after `model.eval()` it computes the inverse, and a density computed
//! then is wrong. It prints `ln p − D ln 256`, the density of pixel values from 0 to 255.

use super::bytes::{self, SCALE};
use super::ops::{Coupling, Reading, Step, halves, linear, mlp};
use super::settings::{LOG_PROB, PRIOR};
use super::{Layout, Settings, Weights};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "afekst",
    library: "Afekst/Very-NICE",
    fingerprint: &[&["net.0.m.0.weight", SCALE]],
    keys: &[PRIOR, LOG_PROB],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let dim = weights.even_width(SCALE)?;
    let couplings = 0..weights.count(|i| format!("net.{i}.m.0.weight"));
    let couplings = couplings.map(|i| {
        let net = net(weights, &format!("net.{i}.m"));
        Coupling::additive(halves((i + 1) % 2, dim), net)
    });
    settings.note("ln p: as Very-NICE gives it in train mode; eval mode computes the inverse");
    bytes::read(weights, settings, couplings, (0.0, "− D ln 256"))
}

fn net(weights: &Weights, at: &str) -> Vec<Step> {
    let blocks = weights.count(|j| format!("{at}.{}.0.weight", 1 + j));
    let mut names: Vec<_> = (0..blocks).map(|j| format!("{at}.{}.0", 1 + j)).collect();
    names.push(format!("{at}.{}", 1 + blocks));
    let rest = mlp(&names, Activation::Relu);
    std::iter::once(linear(&format!("{at}.0")))
        .chain(rest)
        .collect()
}
