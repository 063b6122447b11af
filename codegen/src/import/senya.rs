//! [senya-ashukha/real-nvp-pytorch](https://github.com/senya-ashukha/real-nvp-pytorch).
//!
//! Affine couplings of the rows of `mask`, run last to first: `(x − t) · exp(−tanh(s))`. Networks are as wide as the
//! vector; masked columns and rows are dead.

use super::alternating::coupling;
use super::masked::pruned;
use super::settings::{ACTIVATION, PRIOR};
use super::{Layout, Settings, Source, Weights};
use crate::error::Result;
use crate::ir::{Flow, Parameters, ScaleMap};

pub(super) static LAYOUT: Layout = Layout {
    name: "senya",
    library: "senya-ashukha/real-nvp-pytorch",
    fingerprint: &[&["mask", "t.0.0.weight", "s.0.0.weight"]],
    keys: &[ACTIVATION, PRIOR],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Flow> {
    let &[couplings, dim] = weights.shape("mask")? else {
        let found = weights.shape("mask")?;
        return Err(weights.error("mask", format!("expected shape [n, D], found {found:?}")));
    };
    let mask = weights.numbers("mask", &[couplings, dim])?;
    let activation = settings.activation(Source::Default("leaky_relu:0.01"))?;
    let prior = settings.prior(Source::Default("normal"))?;
    let tanh = ScaleMap::ExpTanh {
        clamp: 1.0,
        inner: 1.0,
    };
    let mut layers = vec![];
    for i in (0..couplings).rev() {
        let (kept, changed): (Vec<_>, Vec<_>) = (0..dim).partition(|j| mask[i * dim + j] != 0.0);
        if kept.is_empty() || changed.is_empty() {
            let message = format!("expected zeros and ones in row {i}, found one of them");
            return Err(weights.error("mask", message));
        }
        let network = |net: &str| {
            let names = weights.every(2, &format!("{net}.{i}"));
            let network = weights.mlp(&names, dim, dim, activation)?;
            Ok(pruned(network, &kept, &changed, dim))
        };
        let (shift, scale) = (network("t")?, network("s")?);
        let conditioner = Parameters::Separate { shift, scale };
        layers.push(coupling(kept, changed, conditioner, Some(tanh.clone())));
    }
    Ok(Flow { dim, layers, prior })
}
