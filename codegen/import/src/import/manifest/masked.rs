//! Networks as wide as the vector, of which only some inputs and outputs are used.

use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::flow::ir::{Linear, Network, Stage};

/// Reduces a network to the inputs `kept`; the other inputs are always zero.
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

/// Reduces a network to the outputs `rows`, in this order.
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

#[cfg(test)]
mod tests {
    use super::*;
    use nice_flow_codegen::flow::ir::Activation;

    const WIDTH: usize = 5;
    const KEPT: [usize; 3] = [4, 0, 2];
    const CHANGED: [usize; 2] = [3, 1];

    fn linear(inputs: usize, outputs: usize, seed: f64) -> Stage {
        let wave = |i: usize, j: usize| (seed + 1.7 * i as f64 + 2.9 * j as f64).sin();
        Stage::Linear(Linear {
            weight: DMatrix::from_fn(outputs, inputs, wave),
            bias: DVector::from_fn(outputs, |i, _| wave(i, 7)),
        })
    }

    /// The output of the wide network, with masks on its input and output.
    fn masked(network: &Network, kept: &[f64]) -> Vec<f64> {
        let mut wide = DVector::zeros(WIDTH);
        for (place, number) in KEPT.iter().zip(kept) {
            wide[*place] = *number;
        }
        let wide = network.eval(&wide);
        CHANGED.iter().map(|&place| wide[place]).collect()
    }

    #[test]
    fn a_gathered_network_gives_what_the_masked_one_does() {
        let relu = || Stage::Activation(Activation::Relu);
        for network in [
            Network(vec![linear(WIDTH, 6, 0.1), relu(), linear(6, WIDTH, 0.2)]),
            Network(vec![linear(WIDTH, 6, 0.3), linear(6, WIDTH, 0.4), relu()]),
            Network(vec![relu(), linear(WIDTH, WIDTH, 0.5)]),
            Network(vec![
                linear(WIDTH, WIDTH, 0.6),
                Stage::Skip(Network(vec![relu()])),
            ]),
        ] {
            let narrow = giving(reading(network.clone(), &KEPT, WIDTH), &CHANGED, WIDTH);
            for n in 0..20 {
                let kept: Vec<f64> = (0..3)
                    .map(|i| (f64::from(n) + 1.3 * f64::from(i)).sin())
                    .collect();
                let found = narrow.eval(&DVector::from_row_slice(&kept));
                for (found, expected) in found.iter().zip(masked(&network, &kept)) {
                    assert!((found - expected).abs() <= 1e-12);
                }
            }
        }
    }
}
