//! The NICE of xyfJASON/normalizing-flows-pytorch.
//!
//! Even elements condition and odd elements are changed. Behind each coupling, including the last, neighbouring
//! elements are exchanged.

use super::ops::{Coupling, Op, Reading, exponential, halves, permutation};
use super::settings::PRIOR;
use super::{Layout, Settings, Source, Weights};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "xyfjason",
    library: "xyfJASON/normalizing-flows-pytorch",
    fingerprint: &[&["couplings.0.coupling_fn.layers.0.weight", SCALE]],
    keys: &[PRIOR],
    read,
};

const SCALE: &str = "scaling.logscales";

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let dim = weights.even_width(SCALE)?;
    let prior = settings.prior(Source::Unknown)?;
    let couplings = weights.count(|i| format!("couplings.{i}.coupling_fn.layers.0.weight"));
    let mut ops = vec![];
    for i in 0..couplings {
        let at = format!("couplings.{i}.coupling_fn.layers");
        let net = weights.net(&at, Activation::Relu, dim / 2);
        ops.push(Op::Coupling(Coupling::additive(halves(0, dim), net)));
        ops.push(permutation((0..dim).map(|i| i ^ 1)));
    }
    ops.push(exponential(SCALE));
    Ok(Reading::new(dim, ops, prior))
}
