//! Rewrites that turn a flow into layers that the runtime has, without changing its function.
//!
//! Each fold maps a `Flow` to a `Flow` whose `log_density` differs by rounding only.

mod absorb;
pub mod beside;
mod dense;
mod diagonal;
mod ends;
mod gather;
mod mirror;
mod prelu;
mod product;
mod scales;
mod selu;
mod spread;
mod stream;
mod twins;

use crate::flow::ir::{Diagonal, Flow, Network, Parameters, Stage};
use crate::{Error, Result};

/// All folds, in order: networks become linear layers and activations, dense layers become triangular factors,
/// neighbouring diagonal layers become one, and couplings with scattered masks become couplings of contiguous halves.
pub fn fold(flow: &Flow) -> Result<Flow> {
    // One variable, so that each copy of the weights is freed as soon as the next exists.
    let mut flow = networks(flow, &|network| {
        let plain = stream::shift(&plain(&ends::close(network)))?;
        Ok(beside::without_skips(plain))
    })?;
    flow = dense::factor(&flow)?;
    flow = diagonal::merge(&flow);
    gather::gather(&flow)
}

/// All folds for integers. Between the result's first layer, the diagonal `entry`, and its last, a diagonal in front of
/// the prior, nothing but affine couplings and autoregressive layers scales the state: beside these there are additive couplings,
/// permutations and unit triangular matrices.
/// `entry` replaces the flow's own scaling of the inputs.
///
/// Each of those stands between two diagonals. The one before it moves zero, the one behind it scales to the standard
/// deviation of `rows`, values that the flow reads: integers have one unit for all of a state. A last activation of its
/// scale network stays, as part of the scale map.
pub fn fold_scales(flow: &Flow, entry: &Diagonal, rows: &[f64]) -> Result<Flow> {
    let mut flow = flow.clone();
    for (index, layer) in flow.layers.iter_mut().enumerate() {
        let is_affine = layer.is_affine();
        let conditioner = layer.conditioner_mut();
        conditioner
            .map_or(Ok(()), |parameters| open(parameters, is_affine))
            .map_err(|message| Error::input(format!("layers.{index}"), message))?;
    }
    let behind = spread::behind_affine(&flow, rows);
    let flow = gather::gather(&scales::push(&flow, entry, &behind)?)?;
    Ok(diagonal::next_to_couplings(flow))
}

/// Normalisations and PReLUs as parts of layers, as far as they can be.
fn plain(network: &Network) -> Network {
    mirror::unfold(prelu::as_relus(absorb::absorb(network)))
}

/// Rewrites the networks of a coupling for integers. Only one that gives nothing but shifts may end with a ReLU, and only
/// one that gives nothing but raw scales with any activation.
fn open(parameters: &mut Parameters, is_affine: bool) -> std::result::Result<(), String> {
    let rewrite = |network: &Network| {
        let plain = beside::without_skips(stream::shift(&plain(network))?);
        Ok::<_, String>(selu::as_elu(twins::as_twins(plain)))
    };
    match (parameters, is_affine) {
        (Parameters::Joint(network), false) => *network = rewrite(&ends::open_end(network))?,
        (Parameters::Joint(network), true) => *network = rewrite(&ends::close(network))?,
        (Parameters::Separate { shift, scale }, _) => {
            *shift = rewrite(&ends::close(shift))?;
            let last = match scale.0.last() {
                Some(Stage::Activation(_)) => scale.0.pop(),
                _ => None,
            };
            *scale = rewrite(&ends::close(scale))?;
            scale.0.extend(last);
        }
    }
    Ok(())
}

/// Applies a rewrite to all networks.
fn networks(
    flow: &Flow,
    rewrite: &dyn Fn(&Network) -> std::result::Result<Network, String>,
) -> Result<Flow> {
    let mut flow = flow.clone();
    for (index, layer) in flow.layers.iter_mut().enumerate() {
        let Some(conditioner) = layer.conditioner_mut() else {
            continue;
        };
        for network in conditioner.networks_mut() {
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

    /// A linear stage with weights that are the same in every run.
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

    /// Asserts that two networks give the same output, to 1e-12, for inputs of both signs.
    pub(super) fn agree(a: &Network, b: &Network, inputs: usize) {
        for n in 0..100 {
            let x = DVector::from_fn(inputs, |i, _| 3.0 * (f64::from(n) + 1.3 * i as f64).sin());
            let (a, b) = (a.eval(&x), b.eval(&x));
            assert!((&a - &b).amax() <= 1e-12 * (1.0 + a.amax()), "{a} {b}");
        }
    }
}
