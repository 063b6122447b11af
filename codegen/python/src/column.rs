//! Columns of tables whose numbers are times.

use nice_flow_lab::table;
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;

/// Whether a column of this name and these numbers holds times, as it would in a file.
#[pyfunction]
pub fn is_clock(name: &str, numbers: PyReadonlyArray1<'_, f64>) -> PyResult<bool> {
    Ok(table::is_clock(name, numbers.as_slice()?))
}

/// Whether numbers rise and fall so often that they are no times.
#[pyfunction]
pub fn wanders(numbers: PyReadonlyArray1<'_, f64>) -> PyResult<bool> {
    Ok(table::wanders(numbers.as_slice()?))
}
