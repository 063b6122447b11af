//! Reads CSV files; only eight bytes per cell are kept in memory.

use super::Table;
use super::columns::{Columns, Layout};
use super::records::Records;
use super::rows::Rows;
use nice_flow_codegen::{Error, Result};
use std::path::Path;

/// Reads a CSV file. `progress` receives the number of bytes read, every few thousand rows.
pub(super) fn read(path: &Path, columns: &Columns, progress: &dyn Fn(u64)) -> Result<Table> {
    let cannot_read = |error| Error::file(path, format!("cannot read: {error}"));
    let mut records = Records::open(path).map_err(|error| cannot_read(error.into()))?;
    if !records.advance().map_err(cannot_read)? {
        return Err(Error::file(path, "expected rows, found an empty file"));
    }
    let layout = Layout::of(&records.record, columns).map_err(|e| Error::file(path, e))?;
    let first_is_data = layout.header.is_none();
    let mut rows = Rows::new(layout);
    let mut push = |records: &Records| {
        let pushed = rows.push(&records.record);
        pushed.map_err(|problem| Error::file(path, problem.on(records.line())))
    };
    if first_is_data {
        push(&records)?;
    }
    let mut count: u64 = 0;
    while records.advance().map_err(cannot_read)? {
        push(&records)?;
        count += 1;
        if count.is_multiple_of(1 << 14) {
            progress(records.byte());
        }
    }
    progress(records.byte());
    rows.finish()
        .ok_or_else(|| Error::file(path, "expected rows, found only a header"))
}
