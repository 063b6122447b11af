//! Writes SELUs as ELUs.

use crate::flow::ir::{Activation, Network, SELU, Stage};

/// The same network with `selu(h) = λ · elu(h)`, of SELU's `α`: the layer behind takes up the factor. SELUs that no linear layer
/// follows stay.
pub fn as_elu(mut network: Network) -> Network {
    let (scale, alpha) = SELU;
    for stage in &mut network.0 {
        if let Stage::Skip(branch) = stage {
            *branch = as_elu(Network(std::mem::take(&mut branch.0)));
        }
    }
    for at in 1..network.0.len() {
        let [Stage::Activation(activation), Stage::Linear(behind)] = &mut network.0[at - 1..=at]
        else {
            continue;
        };
        if *activation == Activation::Selu {
            behind.weight *= scale;
            *activation = Activation::Elu { alpha };
        }
    }
    network
}

#[cfg(test)]
mod tests {
    use super::super::tests::{agree, linear};
    use super::*;

    #[test]
    fn elus_give_the_same() {
        let selu = || Stage::Activation(Activation::Selu);
        let stages = [linear(3, 5, 0.1), selu(), linear(5, 2, 0.2), selu()];
        let network = Network(stages.to_vec());
        let elus = as_elu(network.clone());
        let (_, alpha) = SELU;
        assert_eq!(elus.0[1], Stage::Activation(Activation::Elu { alpha }));
        assert_eq!(elus.0[3], selu());
        agree(&network, &elus, 3);
        assert_eq!(as_elu(Network(vec![])), Network(vec![]));
    }
}
