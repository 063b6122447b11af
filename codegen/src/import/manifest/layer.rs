//! Ops of a manifest as layers.

use super::coupling::coupling;
use super::network::oriented;
use super::scale;
use super::schema::{Diag, DiagMap, Form, Key, Linear, Op, Permute, Unit};
use super::tensors::Tensors;
use crate::error::{Error, Result};
use crate::ir::{Activation, Dense, Diagonal, Layer, Side, Triangular};
use nalgebra::{DMatrix, DVector};

pub(super) fn layers(op: &Op, dim: usize, tensors: &Tensors) -> Result<Vec<Layer>> {
    Ok(match op {
        Op::Coupling(op) => vec![Layer::Coupling(coupling(op, dim, tensors)?)],
        Op::Diag(op) => vec![Layer::Diagonal(diagonal(op, dim, tensors)?)],
        Op::Permute(op) => vec![Layer::Permute(permutation(op, dim, tensors)?)],
        Op::Linear(op) => linear(op, dim, tensors)?,
    })
}

pub(super) fn diagonal(op: &Diag, dim: usize, tensors: &Tensors) -> Result<Diagonal> {
    let scale = scale::values(&op.scale, dim, tensors)?;
    let shift = match (&op.shift, &op.shift_tensor, op.form) {
        (None, None, Form::Mul) => vec![0.0; dim],
        (Some(shift), None, Form::MulAdd | Form::SubMul | Form::SubDiv) => shift.clone(),
        (None, Some(key), Form::MulAdd | Form::SubMul | Form::SubDiv) => {
            tensors.vector(key, dim)?.to_vec()
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
        Form::MulAdd => Diagonal {
            center: shift.iter().zip(&scale).map(|(t, s)| -t / s).collect(),
            factor: scale,
        },
    };
    diagonal.check("diag", dim)?;
    Ok(diagonal)
}

fn permutation(op: &Permute, dim: usize, tensors: &Tensors) -> Result<Vec<usize>> {
    let order = match (&op.index, &op.index_tensor) {
        (Some(index), None) => index.clone(),
        (None, Some(key)) => tensors.indices(key, dim)?,
        _ => {
            let message = "expected one of index and index_tensor";
            return Err(Error::input("permute", message));
        }
    };
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if !sorted.iter().copied().eq(0..dim) {
        let message = format!("expected each of 0 to {} once, found {order:?}", dim - 1);
        return Err(Error::input("index", message));
    }
    Ok(order)
}

fn linear(op: &Linear, dim: usize, tensors: &Tensors) -> Result<Vec<Layer>> {
    match op {
        Linear::Dense {
            w,
            layout,
            b,
            orthogonal,
        } => {
            let matrix = oriented(tensors.matrix(w)?, *layout);
            if matrix.shape() != (dim, dim) {
                let (rows, columns) = matrix.shape();
                let message = format!("expected shape [{dim}, {dim}], found [{rows}, {columns}]");
                return Err(tensors.error(w, message));
            }
            let pivots = matrix.clone().lu().u().diagonal();
            let log_det = match orthogonal {
                true => 0.0,
                false => pivots.iter().map(|pivot| pivot.abs().ln()).sum(),
            };
            let shift = match b {
                Some(b) => DVector::from_column_slice(tensors.vector(b, dim)?),
                None => DVector::zeros(dim),
            };
            Ok(vec![Layer::Dense(Dense {
                matrix,
                shift,
                log_det,
            })])
        }
        Linear::LuPacked { b, .. } => {
            let [lower, upper] = triangles(op, dim, tensors)?;
            let triangle = |side, matrix| Layer::Triangular(Triangular { side, matrix });
            let mut layers = vec![triangle(Side::Upper, upper), triangle(Side::Lower, lower)];
            if let Some(b) = b {
                layers.push(Layer::Diagonal(Diagonal {
                    center: tensors.vector(b, dim)?.iter().map(|b| -b).collect(),
                    factor: vec![1.0; dim],
                }));
            }
            Ok(layers)
        }
    }
}

/// `L` and `U` of `z = L (U x)`, off-diagonal entries row by row.
fn triangles(op: &Linear, dim: usize, tensors: &Tensors) -> Result<[DMatrix<f64>; 2]> {
    let Linear::LuPacked {
        lower,
        upper,
        diag,
        diag_map,
        diag_eps,
        unit,
        ..
    } = op
    else {
        return Err(Error::input("param", "expected lu_packed"));
    };
    let entries = dim * (dim - 1) / 2;
    let fill = |key: &Key, fits: &dyn Fn(usize, usize) -> bool| -> Result<DMatrix<f64>> {
        let mut numbers = tensors.vector(key, entries)?.iter();
        let mut matrix = DMatrix::identity(dim, dim);
        for (row, column) in (0..dim).flat_map(|row| (0..dim).map(move |column| (row, column))) {
            if fits(row, column) {
                matrix[(row, column)] = numbers.next().copied().unwrap_or_default();
            }
        }
        Ok(matrix)
    };
    let mut lower = fill(lower, &|row, column| column < row)?;
    let mut upper = fill(upper, &|row, column| column > row)?;
    let map = |raw: &f64| match diag_map {
        DiagMap::Exp => raw.exp(),
        DiagMap::Softplus => Activation::Softplus.eval(*raw),
    };
    let diagonal = tensors
        .vector(diag, dim)?
        .iter()
        .map(|raw| map(raw) + diag_eps);
    let diagonal = DVector::from_iterator(dim, diagonal);
    match unit {
        Unit::Lower => upper.set_diagonal(&diagonal),
        Unit::Upper => lower.set_diagonal(&diagonal),
    }
    Ok([lower, upper])
}
