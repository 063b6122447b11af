//! Turns the ops of a manifest into layers.

use super::autoregressive::autoregressive;
use super::coupling::coupling;
use super::linear::linear;
use super::scale;
use super::schema::{Diag, Form, Inverse, Op, Permute};
use super::tensors::Tensors;
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir::{Diagonal, Layer};

pub(super) fn layers(op: &Op, dim: usize, tensors: &Tensors) -> Result<Vec<Layer>> {
    Ok(match op {
        Op::Coupling(op) => vec![Layer::Coupling(coupling(op, dim, tensors)?)],
        Op::Autoregressive(op) => {
            vec![Layer::Autoregressive(autoregressive(op, dim, tensors)?)]
        }
        Op::Diag(op) => vec![Layer::Diagonal(diagonal(op, dim, tensors)?)],
        Op::Permute(op) => vec![Layer::Permute(permutation(op, dim, tensors)?)],
        Op::Linear(op) => linear(op, dim, tensors)?,
        Op::Inverse(Inverse { ops }) => {
            let inner = ops.iter().map(|op| layers(op, dim, tensors));
            undone(&inner.collect::<Result<Vec<_>>>()?.concat())?
        }
    })
}

/// The inverse of layers: in reverse order, each undone.
pub(super) fn undone(layers: &[Layer]) -> Result<Vec<Layer>> {
    let turned = layers.iter().rev().map(|layer| {
        let kind = layer.kind();
        let singular = || Error::input(kind, "expected an invertible layer, found a singular one");
        layer.undone().ok_or_else(singular)
    });
    turned.collect()
}

pub(super) fn diagonal(op: &Diag, dim: usize, tensors: &Tensors) -> Result<Diagonal> {
    let scale = scale::values(&op.scale, dim, tensors)?;
    let shift = match (&op.shift, &op.shift_tensor, op.form) {
        (None, None, Form::Mul) => vec![0.0; dim],
        (Some(shift), None, Form::MulAdd | Form::SubMul | Form::SubDiv) => shift.clone(),
        (None, Some(key), Form::MulAdd | Form::SubMul | Form::SubDiv) => {
            tensors.spread(key, dim)?
        }
        _ => {
            let message = "expected one of shift and shift_tensor, none with form = \"mul\"";
            return Err(Error::input("shift", message));
        }
    };
    let diagonal = match op.form {
        Form::Mul | Form::SubMul => Diagonal {
            center: shift,
            factor: scale,
        },
        Form::SubDiv => Diagonal::standardise(shift, &scale),
        Form::MulAdd => Diagonal::affine(scale, &shift),
    };
    diagonal.check("diag", dim)?;
    Ok(diagonal)
}

fn permutation(op: &Permute, dim: usize, tensors: &Tensors) -> Result<Vec<usize>> {
    match (&op.index, &op.index_tensor) {
        (Some(index), None) => {
            ordering(index, dim).map_err(|message| Error::input("index", message))?;
            Ok(index.clone())
        }
        (None, Some(key)) => {
            let index = tensors.indices(key, dim)?;
            ordering(&index, dim).map_err(|message| tensors.error(key, message))?;
            Ok(index)
        }
        _ => {
            let message = "expected one of index and index_tensor";
            Err(Error::input("permute", message))
        }
    }
}

/// An error unless each element occurs exactly once.
fn ordering(index: &[usize], dim: usize) -> std::result::Result<(), String> {
    let mut sorted = index.to_vec();
    sorted.sort_unstable();
    match sorted.iter().copied().eq(0..dim) {
        true => Ok(()),
        false => Err(format!(
            "expected each of 0 to {} once, found {index:?}",
            dim - 1
        )),
    }
}
