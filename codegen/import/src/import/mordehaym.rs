//! MordehayM's NICE, additive, a clone of fmu2/NICE: the first coupling reads the even elements.
//!
//! It prints `ln p + 1e-5 − D ln 256`: bytes as its unit, and a constant that keeps nothing from being zero.

use super::ops::{Coupling, Op, Reading, exponential, halves, mlp};
use super::settings::{LOG_PROB, PRIOR, pixels};
use super::{Layout, Settings, Source, Weights};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "mordehaym",
    library: "MordehayM's NICE",
    fingerprint: &[&["Coupling_layers.0.Coupling_func.0.weight", SCALE]],
    keys: &[PRIOR, LOG_PROB],
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
    let log_prob_constant = settings.log_prob(1e-5 - pixels(dim), "+ 1e-5 − D ln 256")?;
    Ok(Reading {
        log_prob_constant,
        ..Reading::new(dim, ops, prior)
    })
}
