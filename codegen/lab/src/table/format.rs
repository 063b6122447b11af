//! Which kind of file rows are in.

use super::{Columns, Table, read as csv};
use nice_flow_codegen::{Error, Result};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Parquet,
    /// Arrow's IPC file, also called Feather, version 2.
    Arrow,
}

impl Format {
    /// By the first bytes; what is nothing else is CSV, and so is a pipe, whose bytes come but once.
    fn of(path: &Path) -> Result<Self> {
        if !path.is_file() {
            return Ok(Self::Csv);
        }
        let mut start = vec![];
        File::open(path)
            .and_then(|file| file.take(6).read_to_end(&mut start))
            .map_err(|error| Error::file(path, format!("cannot read: {error}")))?;
        match start.as_slice() {
            b"ARROW1" => Ok(Self::Arrow),
            start if start.starts_with(b"PAR1") => Ok(Self::Parquet),
            start if start.starts_with(b"FEA1") => {
                let message = "expected Feather of version 2, found version 1: write it again with a newer pyarrow";
                Err(Error::file(path, message))
            }
            _ => Ok(Self::Csv),
        }
    }
}

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
    Err(Error::file(path, message))
}
