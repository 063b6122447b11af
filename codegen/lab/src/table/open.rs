//! Reads rows from a file of any format.

use super::format::Format;
use super::{Columns, Table, read as csv};
use nice_flow_codegen::Result;
use std::path::Path;

/// Reads a file whose format is recognised by its first bytes: CSV, Parquet or Arrow IPC.
///
/// `progress` receives the number of bytes read. In a CSV, cells are separated by commas, or by semicolons or tabs if
/// the first line has those and no comma. The first record is a header unless all of its cells are numbers, columns
/// skipped by index aside. A cell is a number, `nan`, `inf`, `-inf`, or empty, which means NaN; spaces around it are
/// ignored. In the other formats a column holds integers, floats or booleans, and null means NaN.
pub fn read(path: &Path, columns: &Columns, progress: &dyn Fn(u64)) -> Result<Table> {
    match Format::of(path)? {
        Format::Csv => csv::read(path, columns, progress),
        format => columnar(path, format, columns, progress),
    }
}

#[cfg(feature = "parquet")]
use super::arrow::read as columnar;

#[cfg(not(feature = "parquet"))]
fn columnar(path: &Path, format: Format, _: &Columns, _: &dyn Fn(u64)) -> Result<Table> {
    let message = format!(
        "expected CSV, found {format:?}, which nice-flow reads when installed with --features parquet"
    );
    Err(nice_flow_codegen::Error::file(path, message))
}
