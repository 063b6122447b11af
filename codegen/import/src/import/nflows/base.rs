//! The base `ConditionalDiagonalNormal`, whose mean and scale an encoder gives of the context.

use crate::import::Weights;
use crate::import::context::Context;
use crate::import::ops::{Diag, Form, Op, Scale};
use nice_flow_codegen::error::Result;

/// The encoder: a linear layer of means, then logarithms of standard deviations.
const ENCODER: &str = "_distribution._context_encoder";

/// The layer that standardises by what the encoder gives of a constant context, and the names of its tensors; `None` for
/// another base.
pub(super) fn conditional(
    weights: &Weights,
    context: &Context,
    dim: usize,
) -> Result<Option<(Op, [String; 2])>> {
    if !weights.holds_below(ENCODER) {
        return Ok(None);
    }
    let (weight, bias) = (format!("{ENCODER}.weight"), format!("{ENCODER}.bias"));
    if !weights.has(&weight) || !weights.has(&bias) {
        let message = "expected a linear layer with a bias as the encoder of ConditionalDiagonalNormal, found another";
        return Err(weights.error(ENCODER, message));
    }
    let Some(values) = context.values().filter(|values| !values.is_empty()) else {
        let message = "expected --set context=NUMBER,…, since the prior's mean and scale depend on the context; a prior that \
                       changes from row to row is not supported";
        return Err(weights.error(ENCODER, message));
    };
    let rows = weights.numbers(&weight, &[2 * dim, values.len()])?;
    let offsets = weights.numbers(&bias, &[2 * dim])?;
    let given = rows.chunks(values.len()).zip(offsets).map(|(row, offset)| {
        let products = row.iter().zip(&values).map(|(w, c)| w * c);
        products.sum::<f64>() + offset
    });
    let given: Vec<f64> = given.collect();
    let (mean, log_std) = given.split_at(dim);
    let scale = Scale {
        values: Some(log_std.iter().map(|log| (-log).exp()).collect()),
        ..Scale::map("raw", &[])
    };
    let layer = Op::Diag(Diag {
        form: Form::SubMul,
        shift: Some(mean.to_vec()),
        shift_tensor: None,
        scale,
    });
    Ok(Some((layer, [weight, bias])))
}
