//! Reads means and scales from CSV files.

use crate::checkpoint::MAX_NUMBERS;
use csv::StringRecord;
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::reading::Records;
use std::fs::File;
use std::path::Path;

/// The columns `mean` and `scale` (or `std`), one row per feature; other columns, such as names, are ignored.
pub(super) struct Columns {
    pub mean: Vec<f64>,
    pub scale: Vec<f64>,
    /// The name of the scale in the file.
    pub scale_name: &'static str,
}

pub(super) fn read(path: &Path) -> Result<Columns> {
    let failed = |error: csv::Error| Error::file(path, error);
    let file = File::open(path).map_err(|error| Error::caused_in(path, error))?;
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(Records::new(file));
    let header = reader.headers().map_err(failed)?.clone();
    let place = |name: &str| header.iter().position(|column| column == name);
    let (scale_name, scale) = super::scale("a column", place("scale"), place("std"))
        .map_err(|message| Error::file(path, message))?;
    let mean =
        place("mean").ok_or_else(|| Error::file(path, "expected a column `mean`, found none"))?;
    let mut columns = Columns {
        mean: vec![],
        scale: vec![],
        scale_name,
    };
    let mut record = StringRecord::new();
    for row in 0.. {
        reader.get_mut().next();
        if !reader.read_record(&mut record).map_err(failed)? {
            break;
        }
        if row > MAX_NUMBERS {
            let message = format!("expected at most {MAX_NUMBERS} rows, found more");
            return Err(Error::file(path, message));
        }
        let number = |name: &str, column: usize| {
            let text = &record[column];
            let place = format!("row {}, column {name}", row + 1);
            let message = format!("expected a number, found `{text}`");
            (text.parse()).map_err(|_| Error::input(place, message).in_file(path))
        };
        columns.mean.push(number("mean", mean)?);
        columns.scale.push(number(scale_name, scale)?);
    }
    Ok(columns)
}
