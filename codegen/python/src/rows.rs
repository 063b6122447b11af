//! Rows that stay where numpy has them.

use crate::error::wrong;
use nice_flow_codegen::Model;
use nice_flow_codegen::text::listed;
use numpy::{Element, PyArray2, PyArrayMethods, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use std::borrow::Cow;

/// More columns are not named in an error.
const MOST_NAMED: usize = 8;

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

/// The rows of an array; an error unless each has a number for every input of the model.
pub fn of<'py, X: Element>(
    array: &Bound<'py, PyArray2<X>>,
    model: &Model,
) -> PyResult<PyReadonlyArray2<'py, X>> {
    let (expected, found) = (model.dim(), array.shape()[1]);
    if found != expected {
        let names = listed(&model.features, MOST_NAMED);
        let raw = model.front_end.as_ref();
        let windows = raw.map_or("", |_| ": Model.windows makes them of raw samples");
        let message = format!("expected {expected} columns ({names}), found {found}{windows}");
        return Err(wrong("X", message));
    }
    Ok(array.readonly())
}
