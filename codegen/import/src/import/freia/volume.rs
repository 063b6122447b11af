//! Couplings that keep volume: GIN subtracts from the logarithms of the scales their mean.

use crate::import::ops::{Coupling, Params, Scale, Step, act};
use nice_flow_codegen::flow::ir::Activation;

/// The coupling of one subnet, whose outputs are multiplied by `factor`, as one of GIN.
///
/// The logarithm of a scale is then no function of one output. So the subnet stands in two nets: one keeps the shifts, the other the raw
/// scales, which it clamps and centres.
pub(super) fn keeping(coupling: Coupling, factor: f64) -> Coupling {
    let width = coupling.trans.len();
    let rows = |from: usize| Step::Rows {
        from,
        to: from + width,
    };
    let times = |factor: f64| (factor != 1.0).then(|| multiplied(width, factor));
    let (mut shift, mut scale) = (coupling.net.clone(), coupling.net);
    shift.push(rows(width));
    shift.extend(times(factor));
    let (inner, activation, clamp) = clamp(coupling.scale.as_ref());
    scale.push(rows(0));
    scale.extend(times(factor * inner));
    scale.push(act(activation));
    scale.extend(times(clamp));
    scale.push(Step::Center {});
    Coupling {
        net: shift,
        net_scale: Some(scale),
        params: Some(Params::Separate),
        scale: Some(Scale::map("exp", &[])),
        ..coupling
    }
}

/// The `inner`, `f` and `clamp` of a map `exp(clamp · f(inner · r))`.
fn clamp(scale: Option<&Scale>) -> (f64, Activation, f64) {
    let parameter = |name: &str| {
        let found = scale.and_then(|scale| scale.parameters.get(name));
        found.copied().unwrap_or(1.0)
    };
    match scale.is_some_and(|scale| scale.map == "exp_atan") {
        true => (
            1.0,
            Activation::Atan,
            parameter("clamp") * parameter("gain"),
        ),
        false => (parameter("inner"), Activation::Tanh, parameter("clamp")),
    }
}

/// Multiplies each element by the same number.
fn multiplied(width: usize, factor: f64) -> Step {
    Step::Scale {
        scale: Scale {
            values: Some(vec![factor; width]),
            ..Scale::map("raw", &[])
        },
        divide: false,
    }
}

/// A scale of 1 for each element.
pub(super) fn ones(dim: usize) -> Scale {
    Scale {
        values: Some(vec![1.0; dim]),
        ..Scale::map("raw", &[])
    }
}
