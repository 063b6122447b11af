//! [DakshIdnani/pytorch-nice](https://github.com/DakshIdnani/pytorch-nice), and DuanYaQi/E-NICE.
//!
//! Networks are as wide as the vector; the columns and rows of masked elements have no effect. Odd and even elements
//! condition in alternation. The last layer multiplies by `exp(log_scale_vector)`.

use super::ops::{Coupling, Io, Op, Reading, exponential, halves};
use super::settings::{ACTIVATION, PRIOR};
use super::{Layout, Settings, Source, Weights};
use nice_flow_codegen::error::Result;

pub(super) static LAYOUT: Layout = Layout {
    name: "daksh",
    library: "DakshIdnani/pytorch-nice",
    fingerprint: &[&["coupling_layers.0.m.0.weight", SCALE]],
    keys: &[ACTIVATION, PRIOR],
    read,
};

const SCALE: &str = "scaling_layer.log_scale_vector";

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let dim = weights.width(SCALE)?;
    let activation = settings.activation(Source::Default("leaky_relu:0.2"))?;
    let prior = settings.prior(Source::Default("logistic"))?;
    let couplings = weights.count(|i| format!("coupling_layers.{i}.m.0.weight"));
    let mut ops = vec![];
    for i in 0..couplings {
        let net = weights.net(&format!("coupling_layers.{i}.m"), activation, dim);
        ops.push(Op::Coupling(Coupling {
            io: Io::MaskedFull,
            ..Coupling::additive(halves((i + 1) % 2, dim), net)
        }));
    }
    ops.push(exponential(SCALE));
    Ok(Reading::new(dim, ops, prior))
}
