//! Networks as wide as the vector, of which only some inputs and outputs count.

use crate::ir::{Linear, Network, Stage};
use nalgebra::{DMatrix, DVector};

/// The network that reads `kept` of `width` numbers, the rest being zero.
pub(super) fn reading(mut network: Network, kept: &[usize], width: usize) -> Network {
    match network.0.first_mut() {
        Some(Stage::Linear(first)) => first.weight = first.weight.select_columns(kept),
        _ => network.0.insert(
            0,
            Stage::Linear(Linear {
                weight: DMatrix::identity(width, width).select_columns(kept),
                bias: DVector::zeros(width),
            }),
        ),
    }
    network
}

/// The network that gives only these of its `width` outputs, in this order.
pub(super) fn giving(mut network: Network, rows: &[usize], width: usize) -> Network {
    for stage in network.0.iter_mut().rev() {
        match stage {
            Stage::Activation(_) => continue,
            Stage::Linear(last) => {
                last.weight = last.weight.select_rows(rows);
                last.bias = last.bias.select_rows(rows);
                return network;
            }
            _ => break,
        }
    }
    network.0.push(Stage::Linear(Linear {
        weight: DMatrix::identity(width, width).select_rows(rows),
        bias: DVector::zeros(rows.len()),
    }));
    network
}
