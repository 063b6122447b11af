//! Rows of a file in any format.

use super::format::Format;
use super::{Columns, Table, read as csv};
use nice_flow_codegen::Result;
use std::path::Path;

/// The table in a file of any format that is known by its first bytes: CSV, Parquet, Arrow IPC.
///
/// `progress` hears the number of bytes read. CSV: cells are separated by commas, or by semicolons or tabs if the
/// first line has those and no comma. The first record is a header unless it is all numbers, columns skipped by index
/// left out. A cell is a number, `nan`, `inf`, `-inf`, or empty, which is NaN; spaces around it do not count. In the
/// other formats a column holds integers, floats or booleans, and a null is NaN.
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
