//! Conditional flows with a constant context.

use nalgebra::DVector;
use nice_flow_codegen::flow::ir::{Activation, Linear, Stage};

/// A layer `W cat(h, c) + b`, or `W cat(c, h) + b` if the context comes `first`, as a layer of `h` alone:
/// `W_h h + (b + W_c c)`.
pub(super) fn fix(layer: Linear, context: &[f64], first: bool) -> Linear {
    let inputs = layer.weight.ncols() - context.len();
    let (own, theirs) = match first {
        true => (context.len(), 0),
        false => (0, inputs),
    };
    let constant = layer.weight.columns(theirs, context.len()) * DVector::from_row_slice(context);
    Linear {
        weight: layer.weight.columns(own, inputs).into_owned(),
        bias: layer.bias + constant,
    }
}

/// `h · σ(answer)`, in which `answer` is what a layer gives of the context.
pub(super) fn gate(answer: &DVector<f64>) -> Stage {
    Stage::Scale {
        factor: answer.map(|h| Activation::Sigmoid.eval(h)),
        shift: DVector::zeros(answer.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;
    use nice_flow_codegen::flow::ir::Network;

    #[test]
    fn a_fixed_context_gives_the_same_on_either_side() {
        let layer = Linear {
            weight: DMatrix::from_fn(3, 5, |o, i| (1.3 * o as f64 + 0.7 * i as f64).sin()),
            bias: DVector::from_vec(vec![0.1, -0.2, 0.3]),
        };
        let (h, c) = ([0.4, -1.5, 2.5], [-0.6, 1.7]);
        let whole = Network(vec![Stage::Linear(layer.clone())]);
        for (first, joint) in [
            (false, [&h[..], &c].concat()),
            (true, [&c[..], &h].concat()),
        ] {
            let fixed = Network(vec![Stage::Linear(fix(layer.clone(), &c, first))]);
            let expected = whole.eval(&DVector::from_vec(joint));
            let found = fixed.eval(&DVector::from_row_slice(&h));
            assert!((expected - found).amax() <= 1e-12);
        }
    }

    #[test]
    fn a_gate_is_a_factor_between_nothing_and_one() {
        let Stage::Scale { factor, shift } = gate(&DVector::from_vec(vec![7.0, -3.5])) else {
            panic!("a gate scales");
        };
        for (factor, answer) in factor.iter().zip([7.0_f64, -3.5]) {
            assert!((factor - 1.0 / (1.0 + (-answer).exp())).abs() <= 1e-12);
        }
        assert_eq!(shift, DVector::zeros(2));
    }
}
