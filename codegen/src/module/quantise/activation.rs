//! What stands between two layers of a network.

use super::curve::Function;
use super::rectifier::{IDENTITY, Rectifier};
use crate::flow::ir;
use crate::flow::ir::{Activation, Parameters, Stage, Steer};

/// What stands between two layers of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Between {
    Rectifier(Rectifier),
    Curve(Function),
}

impl Between {
    /// `None` for an activation that has no integer form.
    pub fn new(activation: Activation) -> Option<Self> {
        let rectifier = Rectifier::new(activation).map(Self::Rectifier);
        rectifier.or_else(|| Function::new(activation).map(Self::Curve))
    }

    pub fn eval(self, h: f64) -> f64 {
        match self {
            Self::Rectifier(rectifier) => rectifier.eval(h),
            Self::Curve(function) => function.eval(h),
        }
    }

    /// The rectifier; the identity beside curves, which come after narrowing.
    pub fn rectifier(self) -> Rectifier {
        match self {
            Self::Rectifier(rectifier) => rectifier,
            Self::Curve(_) => IDENTITY,
        }
    }
}

/// An error unless all activations have an integer form; what a network of raw scales ends with is part of the scale map.
pub(super) fn expect(parameters: &Parameters) -> Result<(), String> {
    match parameters {
        Parameters::Joint(network) => expect_of(&network.0),
        Parameters::Separate { shift, scale } => {
            expect_of(&shift.0)?;
            match scale.0.as_slice() {
                [stages @ .., Stage::Activation(_)] => expect_of(stages),
                stages => expect_of(stages),
            }
        }
    }
}

fn expect_of(stages: &[Stage]) -> Result<(), String> {
    stages.iter().try_for_each(|stage| match stage {
        // Folding writes these as others.
        Stage::Activation(Activation::Selu | Activation::Sigmoid) => Ok(()),
        Stage::Activation(Activation::Hardtanh { min, max }) if min < max => Ok(()),
        Stage::Activation(activation) => match Between::new(*activation) {
            Some(_) => Ok(()),
            None => Err(format!(
                "expected relu, leaky_relu with a slope from 0 to below 1, tanh, sigmoid, softplus, silu, gelu, gelu_tanh, mish, selu, elu with alpha from 1/16 to below 16, hardtanh, relu6 or hardswish, found {activation:?}"
            )),
        },
        Stage::Skip(ir::Network(branch)) => expect_of(branch),
        Stage::Steer(steer) => expect_steered(steer),
        _ => Ok(()),
    })
}

/// An error unless the activation of what a context steers has an integer form.
fn expect_steered(steer: &Steer) -> Result<(), String> {
    match Between::new(steer.activation) {
        Some(_) => Ok(()),
        None => Err(format!(
            "expected a context that steers branches of relu, leaky_relu, tanh, softplus, silu, gelu, gelu_tanh, mish, elu or hardswish, found {:?}, which f32 has alone",
            steer.activation
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ir::Steering;

    fn steered(how: Steering, offset: bool, activation: Activation) -> Parameters {
        let steer = Steer {
            width: 1,
            activation,
            offset,
            how,
            branches: vec![],
        };
        Parameters::Joint(ir::Network(vec![Stage::Steer(steer)]))
    }

    #[test]
    fn a_context_may_steer_by_any_activation_that_has_integers() {
        for (how, offset) in [
            (Steering::Gate, false),
            (Steering::Gate, true),
            (Steering::Add, false),
            (Steering::Add, true),
        ] {
            for activation in [Activation::Tanh, Activation::Relu] {
                assert_eq!(expect(&steered(how, offset, activation)), Ok(()));
            }
            let error = expect(&steered(how, offset, Activation::Softsign)).unwrap_err();
            assert!(error.contains("found Softsign"), "{error}");
        }
    }

    #[test]
    fn activations_of_branches_count_too() {
        let branch = |activation| {
            let inner = ir::Network(vec![Stage::Activation(activation)]);
            Parameters::Joint(ir::Network(vec![Stage::Skip(inner)]))
        };
        assert_eq!(expect(&branch(Activation::Tanh)), Ok(()));
        let error = expect(&branch(Activation::Softsign)).unwrap_err();
        assert!(error.contains("found Softsign"), "{error}");
    }
}
