//! The command `nice-flow`, in this process.

use nice_flow_cli::Cli;
use pyo3::prelude::*;

/// Runs the command with these arguments, the first of which is its name; returns the exit status.
#[pyfunction]
pub fn run(py: Python<'_>, arguments: Vec<String>) -> u8 {
    py.detach(|| Cli::status(arguments))
}
