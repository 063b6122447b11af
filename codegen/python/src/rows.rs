//! Rows that stay where numpy has them.

use numpy::{Element, PyArray2, PyArrayMethods, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::borrow::Cow;

/// A number that numpy has.
pub trait Value: Element + Copy + Into<f64> + Sync + Send {
    /// The rows as `f32`, rounded if they are not.
    fn single(rows: &[Self]) -> Cow<'_, [f32]>;
    /// The rows as `f64`.
    fn double(rows: &[Self]) -> Cow<'_, [f64]>;
}

impl Value for f32 {
    fn single(rows: &[f32]) -> Cow<'_, [f32]> {
        Cow::Borrowed(rows)
    }
    fn double(rows: &[f32]) -> Cow<'_, [f64]> {
        rows.iter().map(|x| f64::from(*x)).collect()
    }
}

impl Value for f64 {
    fn single(rows: &[f64]) -> Cow<'_, [f32]> {
        rows.iter().map(|x| *x as f32).collect()
    }
    fn double(rows: &[f64]) -> Cow<'_, [f64]> {
        Cow::Borrowed(rows)
    }
}

/// The rows of an array; an error unless each has `dim` numbers.
pub fn of<'py, X: Element>(
    array: &Bound<'py, PyArray2<X>>,
    dim: usize,
) -> PyResult<PyReadonlyArray2<'py, X>> {
    let found = array.shape()[1];
    if found != dim {
        // In the words of scikit-learn, whose checks read them.
        return Err(PyValueError::new_err(format!(
            "X has {found} features, but Model is expecting {dim} features as input"
        )));
    }
    Ok(array.readonly())
}
