//! Merges normalisations inside networks into the neighbouring linear layers.

use super::product::product;
use crate::flow::ir::{Linear, Network, Stage};
use nalgebra::DVector;

/// Merges each scale into the linear layer before or after it, and consecutive linear layers into one.
///
/// A scale stays where neither neighbour is a linear layer.
pub fn absorb(network: &Network) -> Network {
    let mut stages: Vec<Stage> = vec![];
    for stage in &network.0 {
        let stage = match stage {
            Stage::Skip(branch) => Stage::Skip(absorb(branch)),
            other => other.clone(),
        };
        let joined = stages.last().and_then(|last| join(last, &stage));
        match joined {
            Some(joined) => replace_last(&mut stages, joined),
            None => stages.push(stage),
        }
    }
    Network(stages)
}

/// Replaces the last stage, which may then merge with the one before it.
fn replace_last(stages: &mut Vec<Stage>, stage: Stage) {
    stages.pop();
    match stages.last().and_then(|last| join(last, &stage)) {
        Some(joined) => replace_last(stages, joined),
        None => stages.push(stage),
    }
}

/// One stage that computes `second(first(h))`, if there is one.
fn join(first: &Stage, second: &Stage) -> Option<Stage> {
    match (first, second) {
        (Stage::Linear(one), Stage::Linear(two)) => Some(Stage::Linear(Linear {
            weight: product(&two.weight, &one.weight),
            bias: &two.weight * &one.bias + &two.bias,
        })),
        (Stage::Linear(layer), Stage::Scale { factor, shift }) => Some(Stage::Linear(Linear {
            weight: scaled_rows(layer, factor),
            bias: layer.bias.component_mul(factor) + shift,
        })),
        (Stage::Scale { factor, shift }, Stage::Linear(layer)) => Some(Stage::Linear(Linear {
            weight: scaled_columns(layer, factor),
            bias: &layer.weight * shift + &layer.bias,
        })),
        (
            Stage::Scale { factor, shift },
            Stage::Scale {
                factor: next,
                shift: after,
            },
        ) => Some(Stage::Scale {
            factor: factor.component_mul(next),
            shift: shift.component_mul(next) + after,
        }),
        _ => None,
    }
}

fn scaled_rows(layer: &Linear, factor: &DVector<f64>) -> nalgebra::DMatrix<f64> {
    let mut weight = layer.weight.clone();
    let rows = weight.row_iter_mut().zip(factor.iter());
    rows.for_each(|(mut row, factor)| row *= *factor);
    weight
}

/// The weight matrix of the layer applied to `factor · h`.
pub(super) fn scaled_columns(layer: &Linear, factor: &DVector<f64>) -> nalgebra::DMatrix<f64> {
    let mut weight = layer.weight.clone();
    let columns = weight.column_iter_mut().zip(factor.iter());
    columns.for_each(|(mut column, factor)| column *= *factor);
    weight
}

#[cfg(test)]
mod tests {
    use super::super::tests::{agree, linear, relu, scale};
    use super::*;

    #[test]
    fn scales_beside_linear_layers_vanish() {
        let network = Network(vec![
            scale(3, 0.1),
            scale(3, 0.2),
            linear(3, 4, 0.3),
            scale(4, 0.4),
            relu(),
            scale(4, 0.5),
            linear(4, 4, 0.6),
            Stage::Skip(Network(vec![
                relu(),
                linear(4, 4, 0.7),
                scale(4, 0.8),
                relu(),
                linear(4, 4, 0.9),
            ])),
            scale(4, 1.0),
            linear(4, 2, 1.1),
            linear(2, 3, 1.2),
        ]);
        let folded = absorb(&network);
        let is_scale = |stage: &Stage| matches!(stage, Stage::Scale { .. });
        assert!(!folded.0.iter().any(is_scale), "{folded:?}");
        assert_eq!((folded.0.len(), folded.linears().len()), (5, 5));
        agree(&network, &folded, 3);
    }
}
