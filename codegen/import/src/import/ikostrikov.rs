//! [ikostrikov/pytorch-flows](https://github.com/ikostrikov/pytorch-flows), RealNVP.
//!
//! Affine couplings `x · exp(s) + t`, in which odd and even elements condition in alternation, with batch normalisation
//! between them. Networks are as wide as the vector; those for `s` use tanh, those for `t` ReLU.

use super::ops::{Coupling, Form, Io, Op, Prior, PriorKind, Reading, Scale, diagonal, halves};
use super::{Layout, Settings, Weights};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "ikostrikov",
    library: "ikostrikov/pytorch-flows",
    fingerprint: &[&["0.scale_net.0.weight", "0.translate_net.0.weight"]],
    keys: &[],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let dim = weights.inputs("0.scale_net")?;
    settings.note("prior: normal (ikostrikov's only one)");
    let (mut ops, mut couplings) = (vec![], 0);
    for k in 0.. {
        if weights.has(&format!("{k}.scale_net.0.weight")) {
            ops.push(coupling(weights, k, (couplings + 1) % 2, dim));
            couplings += 1;
        } else if weights.has(&format!("{k}.log_gamma")) {
            ops.extend(batch_norm(&k.to_string()));
        } else {
            break;
        }
    }
    Ok(Reading::new(dim, ops, Prior::standard(PriorKind::Normal)))
}

fn coupling(weights: &Weights, k: usize, parity: usize, dim: usize) -> Op {
    let net = |net: &str, activation| weights.net(&format!("{k}.{net}"), activation, dim);
    let nets = [
        net("translate_net", Activation::Relu),
        net("scale_net", Activation::Tanh),
    ];
    Op::Coupling(Coupling {
        io: Io::MaskedFull,
        ..Coupling::separate(
            halves(parity, dim),
            nets,
            Form::MulAdd,
            Scale::map("exp", &[]),
        )
    })
}

/// `(x − mean) / √var`, then `· exp(log_gamma) + beta`. The stored variance already includes eps.
fn batch_norm(at: &str) -> [Op; 2] {
    let key = |part: &str| format!("{at}.{part}");
    let deviation = Scale::map("rsqrt_eps", &[("eps", 0.0)]).of(key("running_var"));
    let gamma = Scale::map("exp", &[]).of(key("log_gamma"));
    [
        diagonal(Form::SubMul, key("running_mean"), deviation),
        diagonal(Form::MulAdd, key("beta"), gamma),
    ]
}
