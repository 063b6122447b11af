//! Writes activations as those that integers have, of which they differ by scales and shifts.

use crate::flow::ir::{Activation, Linear, Network, Stage};

/// `f(h) = shift + factor · function(inner · h + offset)`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Twin {
    inner: f64,
    offset: f64,
    factor: f64,
    shift: f64,
    function: Activation,
}

/// Sigmoids are hyperbolic tangents, `½ + ½ tanh(h / 2)`; limits like those of ReLU6 are limits of ±1.
fn twin(activation: Activation) -> Option<Twin> {
    match activation {
        Activation::Sigmoid => Some(Twin {
            inner: 0.5,
            offset: 0.0,
            factor: 0.5,
            shift: 0.5,
            function: Activation::Tanh,
        }),
        Activation::Hardtanh { min, max } if min < max && (min, max) != (-1.0, 1.0) => {
            let (middle, half) = (0.5 * (min + max), 0.5 * (max - min));
            Some(Twin {
                inner: 1.0 / half,
                offset: -middle / half,
                factor: half,
                shift: middle,
                function: Activation::Hardtanh {
                    min: -1.0,
                    max: 1.0,
                },
            })
        }
        _ => None,
    }
}

impl Twin {
    /// A layer in front of the activation, for what the function reads.
    fn before(self, layer: &mut Linear) {
        layer.weight *= self.inner;
        layer.bias *= self.inner;
        layer.bias.add_scalar_mut(self.offset);
    }

    /// A layer behind the activation, of what the function gives.
    fn behind(self, layer: &mut Linear) {
        layer.bias += self.shift * layer.weight.column_sum();
        layer.weight *= self.factor;
    }
}

/// The same network with the functions that integers have, where a linear layer stands on either side, or where all blocks of a
/// residual network begin with the activation: then what they add to is scaled and shifted.
pub fn as_twins(mut network: Network) -> Network {
    stream(&mut network);
    for stage in &mut network.0 {
        if let Stage::Skip(branch) = stage {
            between(branch);
        }
    }
    between(&mut network);
    network
}

fn between(network: &mut Network) {
    for at in 2..network.0.len() {
        let [
            Stage::Linear(before),
            Stage::Activation(activation),
            Stage::Linear(behind),
        ] = &mut network.0[at - 2..=at]
        else {
            continue;
        };
        if let Some(twin) = twin(*activation) {
            twin.before(before);
            twin.behind(behind);
            *activation = twin.function;
        }
    }
}

/// The blocks of a residual network read `inner · h + offset` in place of `h`.
fn stream(network: &mut Network) {
    let [Stage::Linear(first), blocks @ .., Stage::Linear(last)] = network.0.as_mut_slice() else {
        return;
    };
    let entry = |block: &Stage| match block {
        Stage::Skip(Network(branch)) => match branch.as_slice() {
            [
                Stage::Activation(activation),
                Stage::Linear(_),
                ..,
                Stage::Linear(_),
            ] => twin(*activation),
            _ => None,
        },
        _ => None,
    };
    let Some(twin) = blocks.first().and_then(entry) else {
        return;
    };
    if !blocks.iter().all(|block| entry(block) == Some(twin)) {
        return;
    }
    twin.before(first);
    for block in blocks {
        let Stage::Skip(Network(branch)) = block else {
            continue;
        };
        if let [Stage::Activation(activation), Stage::Linear(layer), ..] = branch.as_mut_slice() {
            *activation = twin.function;
            twin.behind(layer);
        }
        if let Some(Stage::Linear(layer)) = branch.last_mut() {
            layer.weight *= twin.inner;
            layer.bias *= twin.inner;
        }
    }
    // h = (u − offset) / inner.
    last.bias -= (twin.offset / twin.inner) * last.weight.column_sum();
    last.weight /= twin.inner;
}

#[cfg(test)]
mod tests {
    use super::super::tests::{agree, linear};
    use super::*;

    const RELU6: Activation = Activation::Hardtanh { min: 0.0, max: 6.0 };
    const UNIT: Activation = Activation::Hardtanh {
        min: -1.0,
        max: 1.0,
    };

    #[test]
    fn limits_of_one_have_no_twin_and_limits_of_nothing_neither() {
        let of = |min, max| twin(Activation::Hardtanh { min, max });
        assert_eq!([of(-1.0, 1.0), of(2.0, 2.0), of(2.0, 1.0)], [None; 3]);
        assert!(of(1.0, 2.0).is_some() && of(-1.0, 2.0).is_some());
    }

    #[test]
    fn twins_give_the_same() {
        let uneven = Activation::Hardtanh {
            min: -2.0,
            max: 1.0,
        };
        for (activation, function) in [
            (Activation::Sigmoid, Activation::Tanh),
            (RELU6, UNIT),
            (uneven, UNIT),
        ] {
            let act = || Stage::Activation(activation);
            let network = Network(vec![
                linear(3, 5, 0.1),
                act(),
                linear(5, 4, 0.2),
                act(),
                linear(4, 2, 0.3),
                act(),
            ]);
            let twins = as_twins(network.clone());
            assert_eq!(twins.0[1], Stage::Activation(function));
            assert_eq!(twins.0[3], Stage::Activation(function));
            assert_eq!(twins.0[5], act());
            agree(&network, &twins, 3);
        }
        assert_eq!(as_twins(Network(vec![])), Network(vec![]));
    }

    #[test]
    fn residual_networks_of_twins_give_the_same() {
        for (activation, function) in [(Activation::Sigmoid, Activation::Tanh), (RELU6, UNIT)] {
            let act = || Stage::Activation(activation);
            let block = |seed: f64| {
                let branch = vec![act(), linear(4, 4, seed), act(), linear(4, 4, seed + 0.5)];
                Stage::Skip(Network(branch))
            };
            let mut network = Network(vec![
                linear(3, 4, 0.1),
                block(0.3),
                block(0.6),
                linear(4, 2, 1.1),
            ]);
            let twins = as_twins(network.clone());
            agree(&network, &twins, 3);
            for block in &twins.0[1..3] {
                let Stage::Skip(branch) = block else {
                    panic!("a block")
                };
                for at in [0, 2] {
                    assert_eq!(branch.0[at], Stage::Activation(function));
                }
            }
            // A block of another activation reads what the others do: the stream stays.
            if let Stage::Skip(branch) = &mut network.0[2] {
                branch.0[0] = Stage::Activation(Activation::Relu);
            }
            agree(&network, &as_twins(network.clone()), 3);
        }
    }
}
