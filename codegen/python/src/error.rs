//! Errors of the library, and its notes, as Python's.

use crate::voice::in_python;
use nice_flow_codegen::Error;
use pyo3::exceptions::{PyUserWarning, PyValueError};
use pyo3::prelude::*;

pyo3::create_exception!(
    nice_flow,
    CheckError,
    PyValueError,
    "A check failed, such as the comparison of an imported flow with its own log-densities."
);

pyo3::create_exception!(
    nice_flow,
    Note,
    PyUserWarning,
    "What the command prints as a note or a warning: rows unlike those of the training, rows that were left out, suspicious columns, \
     thresholds that could not be made."
);

/// All are `ValueError`; a check that failed is a `CheckError`.
pub fn raise(error: Error) -> PyErr {
    let text = in_python(&error.to_string());
    match error {
        Error::Check(_) | Error::Probe(_) => CheckError::new_err(text),
        _ => PyValueError::new_err(text),
    }
}

/// An error in a parameter of a function.
pub fn wrong(parameter: &str, message: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(in_python(&format!("{parameter}: {message}")))
}

/// Notes as Python says them, without the mark that the command puts before them.
pub fn spoken(notes: impl IntoIterator<Item = String>) -> Vec<String> {
    let unmarked = |note: String| {
        let text = note
            .strip_prefix("note: ")
            .or(note.strip_prefix("warning: "));
        in_python(text.unwrap_or(&note))
    };
    notes.into_iter().map(unmarked).collect()
}

/// Warns of notes in the name of the function that called the package; an error if the user made warnings errors.
pub fn warn(py: Python<'_>, notes: Vec<String>) -> PyResult<()> {
    if !notes.is_empty() {
        py.import("nice_flow._notes")?
            .call_method1("note", (spoken(notes),))?;
    }
    Ok(())
}
