//! Makes the factors of normalisations in residual networks non-negative.
//!
//! A block reads `relu(f·h + s)`. Where `f` is negative this equals `relu(|f|·(−h) + s)`: the stream gets an additional
//! element `−h`, which the block reads in place of `h`. Then every factor of a normalisation is positive or zero, and
//! [`stream`](super::stream) can fold it.

use crate::flow::ir::{Linear, Network, Stage};
use nalgebra::{DMatrix, DVector};

/// A network whose blocks normalise with positive factors, or with zero where they do not read an element.
pub fn unfold(mut network: Network) -> Network {
    let turned = turned(&network);
    if turned.is_empty() {
        return network;
    }
    let last = network.0.len() - 1;
    for (index, stage) in network.0.iter_mut().enumerate() {
        match stage {
            Stage::Linear(layer) if index == 0 => *layer = writes(layer, &turned),
            Stage::Linear(layer) if index == last => *layer = reads(layer, turned.len()),
            Stage::Skip(Network(branch)) => block(branch, &turned),
            _ => {}
        }
    }
    network
}

/// The elements of the stream that at least one block reads with a negative factor.
fn turned(network: &Network) -> Vec<usize> {
    let [Stage::Linear(first), blocks @ .., Stage::Linear(_)] = network.0.as_slice() else {
        return vec![];
    };
    let is_block = |stage: &Stage| matches!(stage, Stage::Skip(Network(branch)) if matches!(branch.last(), Some(Stage::Linear(_))));
    if !blocks.iter().all(is_block) {
        return vec![];
    }
    let is_negative = |block: &Stage, i: usize| match block {
        Stage::Skip(Network(branch)) => match branch.first() {
            Some(Stage::Scale { factor, .. }) => factor[i] < 0.0,
            _ => false,
        },
        _ => false,
    };
    (0..first.bias.len())
        .filter(|&i| blocks.iter().any(|block| is_negative(block, i)))
        .collect()
}

/// The block for a stream that has the additional elements.
fn block(branch: &mut [Stage], turned: &[usize]) {
    let more = turned.len();
    let mut signs = vec![];
    if let Some(Stage::Scale { factor, shift }) = branch.first_mut() {
        signs = turned.iter().map(|&i| factor[i] < 0.0).collect();
        (*factor, *shift) = entry(factor, shift, turned);
    }
    let mut linears = branch.iter_mut().filter_map(|stage| match stage {
        Stage::Linear(layer) => Some(layer),
        _ => None,
    });
    if let Some(first) = linears.next() {
        let mut wide = idle(&reads(first, more), more);
        let inputs = first.weight.ncols();
        for (n, &i) in turned.iter().enumerate() {
            if signs.get(n) == Some(&true) {
                wide.weight.swap_columns(i, inputs + n);
            }
        }
        *first = wide;
    }
    if let Some(last) = linears.next_back() {
        *last = writes(&reads(last, more), turned);
    }
}

/// The normalisation of the wider stream: negative factors move to the additional elements.
fn entry(
    factor: &DVector<f64>,
    shift: &DVector<f64>,
    turned: &[usize],
) -> (DVector<f64>, DVector<f64>) {
    let width = factor.len();
    let mut wide = [factor, shift].map(|v| v.clone().resize_vertically(width + turned.len(), 0.0));
    for (n, &i) in turned.iter().enumerate().filter(|(_, i)| factor[**i] < 0.0) {
        wide[0][width + n] = -factor[i];
        wide[1][width + n] = shift[i];
        (wide[0][i], wide[1][i]) = (0.0, 0.0);
    }
    let [factor, shift] = wide;
    (factor, shift)
}

/// The layer with zero columns for the additional elements.
fn reads(layer: &Linear, more: usize) -> Linear {
    let columns = layer.weight.ncols() + more;
    Linear {
        weight: layer.weight.clone().resize_horizontally(columns, 0.0),
        bias: layer.bias.clone(),
    }
}

/// The layer with `more` additional outputs, all zero.
fn idle(layer: &Linear, more: usize) -> Linear {
    let rows = layer.weight.nrows() + more;
    Linear {
        weight: layer.weight.clone().resize_vertically(rows, 0.0),
        bias: layer.bias.clone().resize_vertically(rows, 0.0),
    }
}

/// The layer with additional outputs: the negatives of the outputs `turned`.
fn writes(layer: &Linear, turned: &[usize]) -> Linear {
    let mut wide = idle(layer, turned.len());
    let outputs = layer.bias.len();
    let rows: DMatrix<f64> = -layer.weight.select_rows(turned);
    wide.weight.rows_mut(outputs, turned.len()).copy_from(&rows);
    for (n, &i) in turned.iter().enumerate() {
        wide.bias[outputs + n] = -layer.bias[i];
    }
    wide
}

#[cfg(test)]
mod tests {
    use super::super::stream::shift;
    use super::super::tests::{agree, linear, relu, scale};
    use super::*;
    use crate::flow::ir::Activation;

    fn block(factors: Option<[f64; 4]>, activation: Stage, seed: f64) -> Stage {
        let entry = factors.map(|factors| match scale(4, seed) {
            Stage::Scale { shift, .. } => Stage::Scale {
                factor: DVector::from_row_slice(&factors),
                shift,
            },
            other => other,
        });
        let rest = [
            activation.clone(),
            linear(4, 4, seed),
            activation,
            linear(4, 4, seed + 0.5),
        ];
        Stage::Skip(Network(entry.into_iter().chain(rest).collect()))
    }

    #[test]
    fn a_stream_with_negatives_gives_the_same() {
        let leaky = Stage::Activation(Activation::LeakyRelu { slope: 0.2 });
        for activation in [relu(), leaky] {
            let block = |factors, seed| block(factors, activation.clone(), seed);
            let network = Network(vec![
                linear(3, 4, 0.1),
                block(Some([1.5, -0.5, 0.0, 2.0]), 0.2),
                block(None, 0.4),
                block(Some([-1.0, -2.0, 0.7, 0.3]), 0.6),
                linear(4, 2, 1.1),
            ]);
            let unfolded = unfold(network.clone());
            agree(&network, &unfolded, 3);
            let first = unfolded.linears()[0];
            assert_eq!(first.bias.len(), 6);
            agree(&network, &shift(&unfolded).unwrap(), 3);
            assert_eq!(unfold(unfolded.clone()), unfolded);
        }
    }

    #[test]
    fn positive_normalisations_are_left_alone() {
        let network = Network(vec![
            linear(3, 4, 0.1),
            block(Some([1.5, 0.5, 0.0, 2.0]), relu(), 0.2),
            linear(4, 2, 1.1),
        ]);
        assert_eq!(unfold(network.clone()), network);
    }
}
