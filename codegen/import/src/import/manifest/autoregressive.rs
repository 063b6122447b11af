//! Turns the autoregressive layers of a manifest into layers.

use super::beside;
use super::coupling::{law, parameters};
use super::schema::{Autoregressive, Coupling, Io, Law};
use super::tensors::Tensors;
use super::write::written;
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir;

pub(super) fn autoregressive(
    op: &Autoregressive,
    dim: usize,
    tensors: &Tensors,
) -> Result<ir::Autoregressive> {
    let op = like(op, dim);
    let (scale, divides) = law(&op)?;
    let mut scale = scale.unwrap_or(ir::ScaleMap::Exp);
    let mut conditioner = parameters(&op, dim, tensors)?;
    let context = tensors.context();
    if context > 0 {
        let text = op.scale.as_ref().map_or(String::new(), written);
        scale = beside::masked(&mut conditioner, scale, (dim, context), &text)?;
    }
    let Some(order) = conditioner.order(dim + context) else {
        let message = "expected masked weights, by which each element depends on those before it, found a circle; \
                       a library that masks at each evaluation stores masks, which must lie beside the weights";
        return Err(Error::input("net", message));
    };
    Ok(ir::Autoregressive {
        order,
        conditioner,
        scale,
        form: match divides {
            false => ir::Form::MulAdd,
            true => ir::Form::SubDiv,
        },
        backwards: false,
    })
}

/// The affine coupling that reads and changes all elements.
fn like(op: &Autoregressive, dim: usize) -> Coupling {
    Coupling {
        law: Law::Affine,
        sign: None,
        cond: (0..dim).collect(),
        trans: (0..dim).collect(),
        mask_tensor: None,
        mask_one: None,
        cond_tensor: None,
        trans_tensor: None,
        io: Io::Gathered,
        net: op.net.clone(),
        net_scale: op.net_scale.clone(),
        form: Some(op.form),
        params: Some(op.params),
        out_mul: None,
        scale: Some(op.scale.clone()),
    }
}
