//! The NICE of MaximeVandegar's Papers in 100 Lines of Code.
//!
//! Even elements condition the couplings of even index, odd elements those of odd index. Behind each coupling of odd
//! index, neighbouring elements are exchanged.

use super::ops::{Coupling, Op, Reading, exponential, halves, permutation};
use super::settings::PRIOR;
use super::{Layout, Settings, Source, Weights};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "vandegar",
    library: "MaximeVandegar's Papers in 100 Lines of Code",
    fingerprint: &[&["m.0.0.weight", "s"]],
    keys: &[PRIOR],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let dim = weights.even_width("s")?;
    let prior = settings.prior(Source::Unknown)?;
    let couplings = weights.count(|i| format!("m.{i}.0.weight"));
    let mut ops = vec![];
    for i in 0..couplings {
        let net = weights.net(&format!("m.{i}"), Activation::Relu, dim / 2);
        ops.push(Op::Coupling(Coupling::additive(halves(i % 2, dim), net)));
        if i % 2 == 1 {
            ops.push(permutation((0..dim).map(|i| i ^ 1)));
        }
    }
    ops.push(exponential("s"));
    Ok(Reading::new(dim, ops, prior))
}
