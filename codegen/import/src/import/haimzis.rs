//! Haimzis' NICE, an additive clone of fmu2/NICE: even elements condition first, and factors are `exp(scale) + 1e-5`.
//!
//! It prints `ln p − D ln 256`, the density of pixel values from 0 to 255.

use super::bytes::pixels;
use super::ops::{Coupling, Op, Reading, Scale, halves, mlp, scaling};
use super::settings::{LOG_PROB, PRIOR};
use super::{Layout, Settings, Source, Weights};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "haimzis",
    library: "Haimzis' NICE",
    fingerprint: &[&["layers.0.transform.0.weight", SCALE]],
    keys: &[PRIOR, LOG_PROB],
    read,
};

const SCALE: &str = "scaling_layer.scale";

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let dim = weights.even_width(SCALE)?;
    let prior = settings.prior(Source::Unknown)?;
    let couplings = weights.count(|i| format!("layers.{i}.transform.0.weight"));
    let mut ops = vec![];
    for i in 0..couplings {
        let names = names(weights, &format!("layers.{i}.transform"));
        let net = mlp(&names, Activation::Relu);
        ops.push(Op::Coupling(Coupling::additive(halves(i % 2, dim), net)));
    }
    ops.push(scaling(Scale::map("exp", &[("eps", 1e-5)]).of(SCALE)));
    let log_prob_constant = settings.log_prob(-pixels(dim), "− D ln 256")?;
    Ok(Reading {
        log_prob_constant,
        ..Reading::new(dim, ops, prior)
    })
}

/// The names of a coupling's linear layers: `AT.0`, `AT.2.0`, `AT.3.0` …, and the last layer, which is in no block.
fn names(weights: &Weights, at: &str) -> Vec<String> {
    let blocks = weights.count(|j| format!("{at}.{}.0.weight", 2 + j));
    let middle = (0..blocks).map(|j| format!("{at}.{}.0", 2 + j));
    let last = format!("{at}.{}", 2 + blocks);
    std::iter::once(format!("{at}.0"))
        .chain(middle)
        .chain([last])
        .collect()
}
