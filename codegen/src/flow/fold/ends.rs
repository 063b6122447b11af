//! Makes networks begin and end with a linear layer.

use crate::flow::ir::{Activation, Linear, Network, Stage};
use nalgebra::{DMatrix, DVector};

/// Adds an identity layer at an end of the network that is not a linear layer, for example behind a ReLU on the output.
pub fn close(network: &Network) -> Network {
    let mut network = open_end(network);
    if !matches!(network.0.last(), Some(Stage::Linear(_))) {
        let width = network.linears().last().map(|last| last.weight.nrows());
        network.0.extend(width.map(identity));
    }
    network
}

/// Adds an identity layer in front unless the network begins with a linear layer, and behind unless it ends with a
/// linear layer or with a linear layer and a ReLU.
pub fn open_end(network: &Network) -> Network {
    let is_linear = |stage: Option<&Stage>| matches!(stage, Some(Stage::Linear(_)));
    let linears = network.linears();
    let (Some(first), Some(last)) = (linears.first(), linears.last()) else {
        return network.clone();
    };
    let (inputs, outputs) = (first.weight.ncols(), last.weight.nrows());
    let mut stages = network.0.clone();
    let is_rectified = matches!(
        stages.as_slice(),
        [.., Stage::Linear(_), Stage::Activation(Activation::Relu)]
    );
    if !is_rectified && !is_linear(stages.last()) {
        stages.push(identity(outputs));
    }
    if !is_linear(stages.first()) {
        stages.insert(0, identity(inputs));
    }
    Network(stages)
}

/// The linear layer that gives the output, whether or not an activation follows.
pub fn last_linear(network: &mut Network) -> Option<&mut Linear> {
    match network.0.as_mut_slice() {
        [.., Stage::Linear(last)] | [.., Stage::Linear(last), Stage::Activation(_)] => Some(last),
        _ => None,
    }
}

fn identity(width: usize) -> Stage {
    Stage::Linear(Linear {
        weight: DMatrix::identity(width, width),
        bias: DVector::zeros(width),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{agree, linear, relu, scale};
    use super::*;

    #[test]
    fn a_closed_network_gives_the_same() {
        let network = Network(vec![
            scale(3, 0.1),
            linear(3, 5, 0.2),
            relu(),
            linear(5, 2, 0.3),
            relu(),
        ]);
        let closed = close(&network);
        assert_eq!(closed.0.len(), 7);
        agree(&network, &closed, 3);
        assert_eq!(close(&closed), closed);
    }
}
