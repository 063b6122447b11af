//! Additive couplings of the textbook kind: even and odd elements in turn, then one scale an element.

use super::Weights;
use crate::error::Result;
use crate::ir::{Coupling, Diagonal, Layer, Network, Parameters, ScaleMap};

/// The elements of a parity, counted from 0, and the others.
pub(super) fn halves(parity: usize, dim: usize) -> (Vec<usize>, Vec<usize>) {
    (0..dim).partition(|i| i % 2 == parity)
}

/// `x + network(kept)` at the changed elements.
pub(super) fn additive(kept: Vec<usize>, changed: Vec<usize>, network: Network) -> Layer {
    coupling(kept, changed, Parameters::Joint(network), None)
}

/// `(x − t) / S` at the changed elements where there is a scale map, `x + t` where there is none.
pub(super) fn coupling(
    kept: Vec<usize>,
    changed: Vec<usize>,
    conditioner: Parameters,
    divides_by: Option<ScaleMap>,
) -> Layer {
    Layer::Coupling(Coupling {
        kept,
        changed,
        conditioner,
        backwards: divides_by.is_some(),
        scale: divides_by,
    })
}

/// `x · (exp(stored) + more)`.
pub(super) fn exponential(weights: &Weights, name: &str, dim: usize, more: f64) -> Result<Layer> {
    let stored = weights.numbers(name, weights.shape(name)?)?;
    if stored.len() != dim {
        let found = stored.len();
        return Err(weights.error(name, format!("expected {dim} numbers, found {found}")));
    }
    let factor = stored.iter().map(|scale| scale.exp() + more).collect();
    Ok(Layer::Diagonal(Diagonal::scale(factor)))
}
