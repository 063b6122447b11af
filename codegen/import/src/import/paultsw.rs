//! [paultsw/nice_pytorch](https://github.com/paultsw/nice_pytorch).
//!
//! Four additive couplings, in which odd and even elements condition in alternation, then `exp(scaling_diag)`. A
//! network is a linear layer without activation, then blocks of linear layer, ReLU and batch normalisation, then a
//! linear layer.

use super::ops::{Coupling, Op, Reading, Step, act, exponential, halves, linear};
use super::settings::PRIOR;
use super::{Layout, Settings, Source, Weights};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "paultsw",
    library: "paultsw/nice_pytorch",
    fingerprint: &[&["layer1.nonlinearity.0.weight", "scaling_diag"]],
    keys: &[PRIOR],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let dim = weights.width("scaling_diag")?;
    let prior = settings.prior(Source::Default("logistic"))?;
    let couplings = weights.count(|i| format!("layer{}.nonlinearity.0.weight", i + 1));
    let mut ops = vec![];
    for i in 0..couplings {
        let net = net(weights, &format!("layer{}.nonlinearity", i + 1));
        let halves = halves((i + 1) % 2, dim);
        ops.push(Op::Coupling(Coupling::additive(halves, net)));
    }
    ops.push(exponential("scaling_diag"));
    Ok(Reading::new(dim, ops, prior))
}

fn net(weights: &Weights, at: &str) -> Vec<Step> {
    let blocks = weights.count(|j| format!("{at}.{}.running_mean", 3 + 3 * j));
    let block = |j: usize| {
        [
            linear(&format!("{at}.{}", 1 + 3 * j)),
            act(Activation::Relu),
            weights.batch_norm(&format!("{at}.{}", 3 + 3 * j), 1e-5),
        ]
    };
    let (first, last) = (format!("{at}.0"), format!("{at}.{}", 1 + 3 * blocks));
    std::iter::once(linear(&first))
        .chain((0..blocks).flat_map(block))
        .chain([linear(&last)])
        .collect()
}
