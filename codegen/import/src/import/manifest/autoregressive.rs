//! Turns the autoregressive layers of a manifest into layers.

use super::coupling::{law, parameters};
use super::schema::{Autoregressive, Coupling, Io, Law, Step};
use super::tensors::Tensors;
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir;

pub(super) fn autoregressive(
    op: &Autoregressive,
    dim: usize,
    tensors: &Tensors,
) -> Result<ir::Autoregressive> {
    let nets = [op.net.first(), op.net_scale.iter().flatten().next()];
    if nets
        .into_iter()
        .flatten()
        .any(|step| matches!(step, Step::Given {}))
    {
        let message = "expected a coupling, found an autoregressive transform that is given a context which changes: a constant one can be worked in";
        return Err(Error::input("net", message));
    }
    let op = like(op, dim);
    let (scale, divides) = law(&op)?;
    let conditioner = parameters(&op, dim, tensors)?;
    let Some(order) = conditioner.order(dim) else {
        let message = "expected masked weights, by which each element depends on those before it, found a circle; \
                       a library that masks at each evaluation stores masks, which must lie beside the weights";
        return Err(Error::input("net", message));
    };
    Ok(ir::Autoregressive {
        order,
        conditioner,
        scale: scale.unwrap_or(ir::ScaleMap::Exp),
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
