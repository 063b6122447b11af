//! [ikostrikov/pytorch-flows](https://github.com/ikostrikov/pytorch-flows), RealNVP and MAF.
//!
//! Affine couplings `x · exp(s) + t`, in which odd and even elements condition in alternation, with batch normalisation
//! between them. Networks are as wide as the vector; those for `s` use tanh, those for `t` ReLU.
//!
//! MAF: `(x − m) · exp(−a)`, in which a masked network gives `m` and `a`, batch normalisation, and a reversal of the
//! elements, which stores no tensors.

use super::context::Context;
use super::ops::{
    Autoregressive, Coupling, Form, Io, Op, Params, Prior, PriorKind, Reading, Scale, Step, act,
    diagonal, halves, linear, permutation,
};
use super::settings::{ACTIVATION, CONTEXT};
use super::{Layout, Settings, Source, Weights};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

pub(super) static LAYOUT: Layout = Layout {
    name: "ikostrikov",
    library: "ikostrikov/pytorch-flows",
    fingerprint: &[
        &["0.scale_net.0.weight", "0.translate_net.0.weight"],
        &["0.joiner.linear.weight", "0.trunk.1.weight"],
    ],
    keys: &[ACTIVATION, CONTEXT],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    if weights.has(JOINER) {
        return maf(weights, settings);
    }
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

/// The first layer of the first masked network.
const JOINER: &str = "0.joiner.linear.weight";

fn maf(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let dim = weights.shape(JOINER)?.get(1).copied().unwrap_or(1);
    let activation = settings.activation(Source::Default("relu"))?;
    let context = settings.context()?;
    settings.note("prior: normal (ikostrikov's only one)");
    settings.note("modules without tensors: Reverse, which turns the order of the elements round");
    let last = weights
        .ordered()
        .iter()
        .filter_map(|name| name.split('.').next()?.parse().ok())
        .max();
    let mut ops = vec![];
    for k in 0..=last.unwrap_or(0usize) {
        if weights.has(&format!("{k}.joiner.linear.weight")) {
            ops.push(Op::Autoregressive(Autoregressive {
                form: Form::SubDiv,
                params: Params::ConcatShiftScale,
                scale: Scale::map("exp", &[]),
                net: made(weights, k, activation, &context)?,
                net_scale: None,
            }));
        } else if weights.has(&format!("{k}.log_gamma")) {
            ops.extend(batch_norm(&k.to_string()));
        } else {
            ops.push(permutation((0..dim).rev()));
        }
    }
    Ok(Reading {
        context: context.into_inputs(),
        ..Reading::new(dim, ops, Prior::standard(PriorKind::Normal))
    })
}

/// The masked network of module `k`, whose first layer adds what another gives of the context.
fn made(
    weights: &Weights,
    k: usize,
    activation: Activation,
    context: &Context,
) -> Result<Vec<Step>> {
    let mut net = vec![linear(&format!("{k}.joiner.linear"))];
    let given = format!("{k}.joiner.cond_linear.weight");
    if weights.has(&given) {
        if context.is_empty() {
            let message = "expected --set context=NUMBER,… or context=NAME,… for a layer that reads one, found none";
            return Err(weights.error(&given, message));
        }
        net.push(Step::Offset {
            w: given.into(),
            b: None,
            values: context.values(),
            act: None,
        });
    }
    for layer in weights.indices(&format!("{k}.trunk")) {
        net.extend([act(activation), linear(&format!("{k}.trunk.{layer}"))]);
    }
    Ok(net)
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
