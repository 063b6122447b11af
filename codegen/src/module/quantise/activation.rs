//! What stands between two layers of a network.

use super::curve::Function;
use super::rectifier::{IDENTITY, Rectifier};
use crate::flow::ir;
use crate::flow::ir::{Activation, Parameters, Stage, Steer, Steering};

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

/// The same of a masked network, which no context may steer.
pub(super) fn expect_masked(parameters: &Parameters) -> Result<(), String> {
    let steers = |stage: &Stage| matches!(stage, Stage::Steer(_));
    match parameters
        .networks()
        .any(|network| network.0.iter().any(steers))
    {
        true => Err(
            "expected a masked network that no context steers, found one that is steered, which f32 has alone"
                .into(),
        ),
        false => expect(parameters),
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
        Stage::Steer(steer) => expect_gates(steer),
        _ => Ok(()),
    })
}

/// An error unless a context steers by gates alone.
fn expect_gates(steer: &Steer) -> Result<(), String> {
    let gates = steer.how == Steering::Gate && !steer.offset;
    match Between::new(steer.activation).filter(|_| gates) {
        Some(_) => Ok(()),
        None => Err(format!(
            "expected a context that gates branches of relu, leaky_relu, tanh, softplus, silu, gelu, gelu_tanh, mish, elu or hardswish, found {} branches of {:?}, which f32 has alone",
            match gates {
                true => "gated",
                false => "added numbers in",
            },
            steer.activation
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_context_may_gate_branches_and_nothing_else() {
        let gated = steered(Steering::Gate, false, Activation::Tanh);
        assert_eq!(expect(&gated), Ok(()));
        let error = expect_masked(&gated).unwrap_err();
        assert!(error.contains("that no context steers"), "{error}");
        for (how, offset, found) in [
            (Steering::Add, false, "added numbers in"),
            (Steering::Add, true, "added numbers in"),
            (Steering::Gate, true, "added numbers in"),
        ] {
            let error = expect(&steered(how, offset, Activation::Tanh)).unwrap_err();
            assert!(error.contains(found), "{error}");
        }
        let error = expect(&steered(Steering::Gate, false, Activation::Softsign)).unwrap_err();
        assert!(error.contains("gated branches of Softsign"), "{error}");
    }

    #[test]
    fn activations_of_branches_count_too() {
        let branch = |activation| {
            let inner = ir::Network(vec![Stage::Activation(activation)]);
            Parameters::Joint(ir::Network(vec![Stage::Skip(inner)]))
        };
        assert_eq!(expect(&branch(Activation::Tanh)), Ok(()));
        assert_eq!(expect_masked(&branch(Activation::Tanh)), Ok(()));
        let error = expect(&branch(Activation::Softsign)).unwrap_err();
        assert!(error.contains("found Softsign"), "{error}");
        assert!(expect_masked(&branch(Activation::Softsign)).is_err());
    }
}
