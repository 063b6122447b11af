//! [ikostrikov/pytorch-flows](https://github.com/ikostrikov/pytorch-flows), RealNVP.
//!
//! Affine couplings `x · exp(s) + t`, odd and even elements conditioning in turn, batch normalisation between them.
//! Networks are as wide as the vector, tanh inside that for `s`, ReLU inside that for `t`.

use super::alternating::halves;
use super::masked::pruned;
use super::{Layout, Settings, Weights};
use crate::error::Result;
use crate::ir::{Activation, Coupling, Diagonal, Flow, Layer, Parameters, Prior, ScaleMap};

pub(super) static LAYOUT: Layout = Layout {
    name: "ikostrikov",
    library: "ikostrikov/pytorch-flows",
    fingerprint: &[&["0.scale_net.0.weight", "0.translate_net.0.weight"]],
    keys: &[],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Flow> {
    let dim = weights.matrix("0.scale_net.0.weight")?.ncols();
    settings.note("prior: normal (ikostrikov's only one)");
    let (mut layers, mut couplings) = (vec![], 0);
    for k in 0.. {
        if weights.has(&format!("{k}.scale_net.0.weight")) {
            layers.push(coupling(weights, k, (couplings + 1) % 2, dim)?);
            couplings += 1;
        } else if weights.has(&format!("{k}.log_gamma")) {
            layers.push(batch_norm(weights, &k.to_string(), dim)?);
        } else {
            break;
        }
    }
    let prior = Prior::Normal;
    Ok(Flow { dim, layers, prior })
}

fn coupling(weights: &Weights, k: usize, parity: usize, dim: usize) -> Result<Layer> {
    let (kept, changed) = halves(parity, dim);
    let network = |net: &str, activation| {
        let names = weights.every(2, &format!("{k}.{net}"));
        let network = weights.mlp(&names, dim, dim, activation)?;
        Ok(pruned(network, &kept, &changed, dim))
    };
    let shift = network("translate_net", Activation::Relu)?;
    let scale = network("scale_net", Activation::Tanh)?;
    Ok(Layer::Coupling(Coupling {
        conditioner: Parameters::Separate { shift, scale },
        scale: Some(ScaleMap::Exp),
        backwards: false,
        kept,
        changed,
    }))
}

/// `exp(log_gamma) · (x − mean) / √var + beta`; the stored variance has its eps already.
fn batch_norm(weights: &Weights, at: &str, dim: usize) -> Result<Layer> {
    let row = |part: &str| weights.numbers(&format!("{at}.{part}"), &[dim]);
    let (mean, variance) = (row("running_mean")?, row("running_var")?);
    if let Some(found) = variance.iter().find(|variance| **variance <= 0.0) {
        let message = format!("expected positive variances, found {found}");
        return Err(weights.error(&format!("{at}.running_var"), message));
    }
    let (log_gamma, beta) = (row("log_gamma")?, row("beta")?);
    let pairs = log_gamma.iter().zip(variance);
    let factor: Vec<f64> = pairs.map(|(log, v)| log.exp() / v.sqrt()).collect();
    let centers = mean.iter().zip(beta).zip(&factor);
    Ok(Layer::Diagonal(Diagonal {
        center: centers
            .map(|((mean, beta), factor)| mean - beta / factor)
            .collect(),
        factor,
    }))
}
