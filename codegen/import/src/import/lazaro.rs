//! [LazaroHurtado/nice](https://github.com/LazaroHurtado/nice).
//!
//! The elements are first sorted into even and odd ones. In each coupling the first half conditions; behind each,
//! including the last, the vector is reversed. Networks repeat linear layer, batch normalisation and ReLU. `scaling`
//! applies to the reversed order.

use super::ops::{Coupling, Op, Reading, Step, act, exponential, linear, permutation};
use super::settings::PRIOR;
use super::{Layout, Settings, Source, Weights};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "lazaro",
    library: "LazaroHurtado/nice",
    fingerprint: &[&["additive_couplings.0.coupling_fn.0.weight", "scaling"]],
    keys: &[PRIOR],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let dim = weights.even_width("scaling")?;
    let prior = settings.prior(Source::Default("logistic"))?;
    let couplings = weights.count(|i| format!("additive_couplings.{i}.coupling_fn.0.weight"));
    let parities = (0..dim).step_by(2).chain((1..dim).step_by(2));
    let mut ops = vec![permutation(parities)];
    for i in 0..couplings {
        let net = net(weights, &format!("additive_couplings.{i}.coupling_fn"));
        let halves = ((0..dim / 2).collect(), (dim / 2..dim).collect());
        ops.push(Op::Coupling(Coupling::additive(halves, net)));
        ops.push(permutation((0..dim).rev()));
    }
    ops.push(exponential("scaling"));
    Ok(Reading::new(dim, ops, prior))
}

fn net(weights: &Weights, at: &str) -> Vec<Step> {
    let blocks = weights.count(|j| format!("{at}.{}.running_mean", 1 + 3 * j));
    let block = |j: usize| {
        [
            linear(&format!("{at}.{}", 3 * j)),
            weights.batch_norm(&format!("{at}.{}", 1 + 3 * j), 1e-5),
            act(Activation::Relu),
        ]
    };
    let last = linear(&format!("{at}.{}", 3 * blocks));
    (0..blocks).flat_map(block).chain([last]).collect()
}
