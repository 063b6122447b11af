//! Masked autoregressive transforms, which hold the order of their elements.

use super::{residual, scale};
use crate::import::context::Context;
use crate::import::ops::{Autoregressive, Coupling, Form, Io, MaskOne, Op, Params, given};
use crate::import::{Weights, conditioner};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

/// `MaskedAutoregressiveTransform` of two passes: the elements of order 0 are scaled and shifted by constants, the others
/// by what those give. Of more passes it is an autoregressive layer, whose order follows from its masked weights.
pub(super) fn read(
    weights: &Weights,
    at: &str,
    dim: usize,
    activation: Activation,
    context: &Context,
) -> Result<Vec<Op>> {
    let name = format!("{at}.order");
    let order = weights.numbers(&name, &[dim])?;
    let hyper = format!("{at}.hyper");
    let net = || {
        let blocks = residual::read(weights, &hyper, activation);
        let inputs = dim + context.len();
        given(
            context,
            blocks.unwrap_or_else(|| weights.net(&hyper, activation, inputs)),
        )
    };
    let (inputs, outputs) = conditioner::widths(weights, &net())?;
    if !weights.doubts() {
        conditioner::expect_inputs(weights, &hyper, inputs, (dim, context.len()))?;
    }
    let affine = match outputs {
        n if n == dim => false,
        n if n == 2 * dim || weights.doubts() => true,
        n => {
            let message = format!(
                "expected {dim} or {} outputs, found {n}: a spline or another transform of zuko, which is not supported",
                2 * dim
            );
            return Err(weights.error(&hyper, message));
        }
    };
    if order.iter().any(|place| *place != 0.0 && *place != 1.0) {
        if !affine {
            let message = "expected a shift and a scale of each element, found shifts only";
            return Err(weights.error(&hyper, message));
        }
        return Ok(vec![Op::Autoregressive(Autoregressive {
            form: Form::MulAdd,
            params: Params::InterleavedShiftScale,
            scale: scale(),
            net: net(),
            net_scale: None,
        })]);
    }
    let coupling = |one: &str, halves: (Vec<usize>, Vec<usize>), mask_one: MaskOne| {
        let coupling = match affine {
            true => {
                let params = Params::InterleavedShiftScale;
                Coupling::affine(halves, net(), params, Form::MulAdd, scale())
            }
            false => Coupling::additive(halves, net()),
        };
        Op::Coupling(Coupling {
            io: Io::MaskedFull,
            mask_tensor: Some(one.into()),
            mask_one: Some(mask_one),
            ..coupling
        })
    };
    let (first, second): (Vec<usize>, Vec<usize>) = (0..dim).partition(|&i| order[i] == 0.0);
    Ok(vec![
        coupling(&name, (first.clone(), second.clone()), MaskOne::Trans),
        coupling(&name, (second, first), MaskOne::Cond),
    ])
}
