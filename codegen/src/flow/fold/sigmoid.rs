//! Writes sigmoids as hyperbolic tangents.

use crate::flow::ir::{Activation, Network, Stage};

/// The same network with `σ(h) = ½ + ½ tanh(h / 2)`: the layers before and behind take up the constants. Sigmoids that are
/// not between two linear layers stay.
pub fn as_tanh(mut network: Network) -> Network {
    for at in 1..network.0.len().max(1) - usize::from(!network.0.is_empty()) {
        let [
            Stage::Linear(before),
            Stage::Activation(activation),
            Stage::Linear(behind),
        ] = &mut network.0[at - 1..=at + 1]
        else {
            continue;
        };
        if *activation == Activation::Sigmoid {
            before.weight *= 0.5;
            before.bias *= 0.5;
            behind.bias += 0.5 * behind.weight.column_sum();
            behind.weight *= 0.5;
            *activation = Activation::Tanh;
        }
    }
    network
}

#[cfg(test)]
mod tests {
    use super::super::tests::{agree, linear};
    use super::*;

    #[test]
    fn tangents_give_the_same() {
        let sigmoid = || Stage::Activation(Activation::Sigmoid);
        let network = Network(vec![
            linear(3, 5, 0.1),
            sigmoid(),
            linear(5, 4, 0.2),
            sigmoid(),
            linear(4, 2, 0.3),
            sigmoid(),
        ]);
        let tangents = as_tanh(network.clone());
        assert_eq!(tangents.0[1], Stage::Activation(Activation::Tanh));
        assert_eq!(tangents.0[3], Stage::Activation(Activation::Tanh));
        assert_eq!(tangents.0[5], sigmoid());
        agree(&network, &tangents, 3);
        assert_eq!(as_tanh(Network(vec![])), Network(vec![]));
    }
}
