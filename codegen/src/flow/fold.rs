//! Rewrites of a flow that keep the function and leave only what the runtime has.
//!
//! Each fold is `Flow → Flow`, with `log_density` unchanged but for rounding.

mod absorb;
mod dense;
mod diagonal;
mod ends;
mod gather;
mod mirror;
mod product;
mod scales;
mod stream;

use crate::flow::ir::{Diagonal, Flow, Network};
use crate::{Error, Result};

/// All folds, in order: networks to linear layers and activations, dense layers to triangles, neighbouring
/// diagonals to one, scattered couplings to halves of the vector.
pub fn fold(flow: &Flow) -> Result<Flow> {
    // One name: a copy of the weights goes when the next is there.
    let mut flow = networks(flow, &|network| {
        stream::shift(&mirror::unfold(absorb::absorb(&ends::close(network))))
    })?;
    flow = dense::factor(&flow)?;
    flow = diagonal::merge(&flow);
    gather::gather(&flow)
}

/// All folds for integers: no layer between `entry`, which takes the place of whatever scaled the inputs, and the
/// diagonal in front of the prior multiplies the state by anything but a unit triangle.
pub fn fold_scales(flow: &Flow, entry: &Diagonal) -> Result<Flow> {
    let flow = networks(flow, &|network| {
        stream::shift(&mirror::unfold(absorb::absorb(&ends::open_end(network))))
    })?;
    gather::gather(&scales::push(&flow, entry)?)
}

/// Rewrites the conditioners.
fn networks(
    flow: &Flow,
    rewrite: &dyn Fn(&Network) -> std::result::Result<Network, String>,
) -> Result<Flow> {
    let mut flow = flow.clone();
    for (index, layer) in flow.layers.iter_mut().enumerate() {
        let Some(coupling) = layer.coupling_mut() else {
            continue;
        };
        for network in coupling.conditioner.networks_mut() {
            *network = rewrite(network)
                .map_err(|message| Error::input(format!("layers.{index}"), message))?;
        }
    }
    Ok(flow)
}

#[cfg(test)]
mod tests {
    use crate::flow::ir::{Activation, Linear, Network, Stage};
    use nalgebra::{DMatrix, DVector};

    /// Weights that repeat from run to run.
    pub(super) fn linear(inputs: usize, outputs: usize, seed: f64) -> Stage {
        let wave = |i: usize, j: usize| (seed + 1.7 * i as f64 + 2.9 * j as f64).sin();
        Stage::Linear(Linear {
            weight: DMatrix::from_fn(outputs, inputs, wave),
            bias: DVector::from_fn(outputs, |i, _| wave(i, 7)),
        })
    }

    pub(super) fn scale(width: usize, seed: f64) -> Stage {
        let wave = |i: usize| (seed + 2.3 * i as f64).sin();
        Stage::Scale {
            factor: DVector::from_fn(width, |i, _| 1.5 + wave(i)),
            shift: DVector::from_fn(width, |i, _| 0.5 * wave(i + 3)),
        }
    }

    pub(super) fn relu() -> Stage {
        Stage::Activation(Activation::Relu)
    }

    /// Both networks give the same, to 1e-12, for inputs of every sign.
    pub(super) fn agree(a: &Network, b: &Network, inputs: usize) {
        for n in 0..100 {
            let x = DVector::from_fn(inputs, |i, _| 3.0 * (f64::from(n) + 1.3 * i as f64).sin());
            let (a, b) = (a.eval(&x), b.eval(&x));
            assert!((&a - &b).amax() <= 1e-12 * (1.0 + a.amax()), "{a} {b}");
        }
    }
}
