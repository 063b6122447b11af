//! Linear layers of whole vectors: matrices and their factors.

use super::network::oriented;
use super::schema::{DiagMap, Key, Linear, Unit};
use super::tensors::Tensors;
use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir::{Activation, Dense, Diagonal, Layer, Side, Triangular};

/// The largest log-determinant (magnitude) of a matrix that is taken for a rotation; rounding to `f32` causes about
/// 1e-7 √D.
const ROTATION: f64 = 1e-5;

pub(super) fn linear(op: &Linear, dim: usize, tensors: &Tensors) -> Result<Vec<Layer>> {
    match op {
        Linear::Dense {
            w,
            values,
            layout,
            b,
            orthogonal,
        } => {
            let (matrix, wrong): (_, &dyn Fn(String) -> Error) = match (w, values) {
                (Some(w), None) => (square(w, dim, tensors)?, &|message| {
                    tensors.error(w, message)
                }),
                (None, Some(rows)) => (literal(rows, dim)?, &|message| {
                    Error::input("values", message)
                }),
                _ => return Err(Error::input("w, values", "expected one of them")),
            };
            let b = b.as_ref().map(|b| tensors.vector(b, dim)).transpose()?;
            let layer = dense(oriented(matrix, *layout), b, *orthogonal);
            layer.map(|layer| vec![layer]).map_err(wrong)
        }
        Linear::LuPacked {
            lower,
            upper,
            diag,
            diag_map,
            diag_eps,
            unit,
            b,
        } => {
            let below = |key| triangle(key, dim, |row, column| column < row, tensors);
            let mut lower = match lower {
                Some(lower) => below(lower)?,
                None => DMatrix::identity(dim, dim),
            };
            let mut upper = triangle(upper, dim, |row, column| column > row, tensors)?;
            let raw = tensors.vector(diag, dim)?;
            let map = |raw: &f64| match diag_map {
                DiagMap::Exp => raw.exp(),
                DiagMap::Softplus => Activation::Softplus.eval(*raw),
            };
            let diagonal = DVector::from_iterator(dim, raw.iter().map(|raw| map(raw) + diag_eps));
            match unit {
                Unit::Lower => upper.set_diagonal(&diagonal),
                Unit::Upper => lower.set_diagonal(&diagonal),
            }
            let mut layers = factors(upper, lower);
            if let Some(b) = b {
                let shift = tensors.vector(b, dim)?;
                layers.push(Layer::Diagonal(Diagonal::affine(vec![1.0; dim], shift)));
            }
            Ok(layers)
        }
        Linear::Householder { vectors, b } => {
            let mut dense = reflections(vectors, dim, tensors)?;
            if let Some(b) = b {
                dense.shift = DVector::from_column_slice(tensors.vector(b, dim)?);
            }
            Ok(vec![Layer::Dense(dense)])
        }
        Linear::PluRows {
            p,
            l,
            u,
            sign,
            log_size,
        } => {
            let Some(order) = order(&square(p, dim, tensors)?.transpose()) else {
                return Err(tensors.error(p, "expected a permutation matrix"));
            };
            let mut first = square(l, dim, tensors)?.transpose();
            first.fill_lower_triangle(0.0, 1);
            first.fill_diagonal(1.0);
            let mut second = square(u, dim, tensors)?.transpose();
            second.fill_upper_triangle(0.0, 1);
            second.set_diagonal(&signed(sign, log_size, dim, tensors)?);
            let mut layers = vec![Layer::Permute(order)];
            layers.extend(factors(first, second));
            Ok(layers)
        }
    }
}

/// The product of the reflections `I − 2 q qᵀ / (q·q)`; its log-determinant is 0.
fn reflections(vectors: &Key, dim: usize, tensors: &Tensors) -> Result<Dense> {
    let mut matrix = DMatrix::identity(dim, dim);
    for row in tensors.rows(vectors, dim)? {
        let q = DVector::from_vec(row);
        let norm = q.norm_squared();
        if !(norm.is_normal() && norm > 0.0) {
            let message = format!("expected vectors of a positive length, found {norm} squared");
            return Err(tensors.error(vectors, message));
        }
        let along = q.transpose() * &matrix;
        matrix -= q * along * (2.0 / norm);
    }
    let mut dense = Dense::new(matrix, DVector::zeros(dim));
    dense.log_det = 0.0;
    Ok(dense)
}

fn square(key: &Key, dim: usize, tensors: &Tensors) -> Result<DMatrix<f64>> {
    let matrix = tensors.matrix(key)?;
    if matrix.shape() != (dim, dim) {
        let (rows, columns) = matrix.shape();
        let message = format!("expected shape [{dim}, {dim}], found [{rows}, {columns}]");
        return Err(tensors.error(key, message));
    }
    Ok(matrix)
}

fn literal(rows: &[Vec<f64>], dim: usize) -> Result<DMatrix<f64>> {
    let square = rows.len() == dim && rows.iter().all(|row| row.len() == dim);
    if !square || !rows.iter().flatten().all(|number| number.is_finite()) {
        let message = format!("expected {dim} rows of {dim} finite numbers");
        return Err(Error::input("values", message));
    }
    Ok(DMatrix::from_row_slice(dim, dim, &rows.concat()))
}

/// `A x + b`, or a permutation if the matrix is one and there is no shift.
fn dense(
    matrix: DMatrix<f64>,
    b: Option<&[f64]>,
    orthogonal: bool,
) -> std::result::Result<Layer, String> {
    if let (None, Some(order)) = (b, order(&matrix)) {
        return Ok(Layer::Permute(order));
    }
    let zeros = DVector::zeros(matrix.nrows());
    let mut dense = Dense::new(matrix, b.map_or(zeros, DVector::from_column_slice));
    if !dense.log_det.is_finite() {
        return Err("expected an invertible matrix, found a singular one".into());
    }
    if orthogonal && dense.log_det.abs() > ROTATION {
        let found = dense.log_det;
        return Err(format!(
            "expected a rotation, found log-determinant {found}"
        ));
    }
    if orthogonal {
        dense.log_det = 0.0;
    }
    Ok(Layer::Dense(dense))
}

/// The order in `(M x)[i] = x[order[i]]`, if the matrix is a permutation of zeros and ones.
fn order(matrix: &DMatrix<f64>) -> Option<Vec<usize>> {
    let one = |row: usize| (0..matrix.ncols()).find(|&column| matrix[(row, column)] == 1.0);
    let order: Vec<_> = (0..matrix.nrows()).map_while(one).collect();
    let mut exact = DMatrix::zeros(matrix.nrows(), matrix.ncols());
    for (row, &column) in order.iter().enumerate() {
        exact[(row, column)] = 1.0;
    }
    let mut sorted = order.clone();
    sorted.sort_unstable();
    (exact == *matrix && sorted.into_iter().eq(0..matrix.ncols())).then_some(order)
}

/// The two layers: the upper factor is applied first, then the lower one.
fn factors(upper: DMatrix<f64>, lower: DMatrix<f64>) -> Vec<Layer> {
    let triangle = |side, matrix| Layer::Triangular(Triangular { side, matrix });
    vec![triangle(Side::Upper, upper), triangle(Side::Lower, lower)]
}

/// A unit triangular matrix from the entries of a strict triangle, row by row.
fn triangle(
    key: &Key,
    dim: usize,
    holds: fn(usize, usize) -> bool,
    tensors: &Tensors,
) -> Result<DMatrix<f64>> {
    let mut numbers = tensors.vector(key, dim * (dim - 1) / 2)?.iter();
    let mut matrix = DMatrix::identity(dim, dim);
    for (row, column) in (0..dim).flat_map(|row| (0..dim).map(move |column| (row, column))) {
        if holds(row, column) {
            matrix[(row, column)] = numbers.next().copied().unwrap_or_default();
        }
    }
    Ok(matrix)
}

/// `sign · exp(log_size)`.
fn signed(sign: &Key, log_size: &Key, dim: usize, tensors: &Tensors) -> Result<DVector<f64>> {
    let (signs, sizes) = (tensors.vector(sign, dim)?, tensors.vector(log_size, dim)?);
    if let Some(i) = signs.iter().position(|sign| sign.abs() != 1.0) {
        let message = format!("expected 1 or -1, found {} at [{i}]", signs[i]);
        return Err(tensors.error(sign, message));
    }
    Ok(DVector::from_fn(dim, |i, _| signs[i] * sizes[i].exp()))
}
