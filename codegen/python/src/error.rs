//! Errors of the library as Python's.

use nice_flow_codegen::Error;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

pyo3::create_exception!(
    nice_flow,
    CheckError,
    PyValueError,
    "A check failed, such as the comparison of an imported flow with its own log-densities."
);

/// All are `ValueError`; a check that failed is a `CheckError`.
pub fn raise(error: Error) -> PyErr {
    match error {
        Error::Check(_) | Error::Probe(_) => CheckError::new_err(error.to_string()),
        input => PyValueError::new_err(input.to_string()),
    }
}

/// An error in a parameter of a function.
pub fn wrong(parameter: &str, message: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(format!("{parameter}: {message}"))
}
