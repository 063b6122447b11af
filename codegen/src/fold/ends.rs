//! Networks that begin and end with a linear layer.

use crate::ir::{Linear, Network, Stage};
use nalgebra::{DMatrix, DVector};

/// Puts the identity where a network begins or ends with anything else, such as a ReLU on its output.
pub fn close(network: &Network) -> Network {
    let is_linear = |stage: Option<&Stage>| matches!(stage, Some(Stage::Linear(_)));
    let linears = network.linears();
    let (Some(first), Some(last)) = (linears.first(), linears.last()) else {
        return network.clone();
    };
    let (inputs, outputs) = (first.weight.ncols(), last.weight.nrows());
    let mut stages = network.0.clone();
    if !is_linear(stages.last()) {
        stages.push(identity(outputs));
    }
    if !is_linear(stages.first()) {
        stages.insert(0, identity(inputs));
    }
    Network(stages)
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
