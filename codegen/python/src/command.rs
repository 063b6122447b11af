//! The command `nice-flow`, in this process.

use nice_flow_cli::Cli;
use pyo3::prelude::*;
use std::ffi::OsString;

/// Runs the command with these arguments, the first of which is its name; returns the exit status. A path need be no UTF-8.
#[pyfunction]
pub fn run(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| Cli::status(arguments))
}
