//! Reads text files; only eight bytes per cell are kept in memory.

use super::Table;
use super::columns::Columns;
use super::content::Content;
use super::records::Records;
use super::rows::{Rows, is_no_row};
use super::sample::{Plan, RECORDS};
use nice_flow_codegen::{Error, Result};
use std::path::Path;

/// Of so many bytes, no more records are looked at before they are read.
const MOST: u64 = 1 << 20;

/// Reads a text file. `progress` receives the number of bytes read, every few thousand rows.
pub(super) fn read(path: &Path, columns: &Columns, progress: &dyn Fn(u64)) -> Result<Table> {
    let cannot_read = |error| Error::file(path, format!("cannot read: {error}"));
    let content = Content::open(path).map_err(|error| cannot_read(error.into()))?;
    let mut records = Records::new(content);
    let mut first = vec![];
    while first.len() < RECORDS
        && records.byte() < MOST
        && records.advance().map_err(cannot_read)?
    {
        if !is_no_row(&records.record) {
            first.push((records.record.clone(), records.line()));
        }
    }
    if first.is_empty() {
        return Err(Error::file(path, "expected rows, found an empty file"));
    }
    let (sample, lines): (Vec<_>, Vec<_>) = first.into_iter().unzip();
    let plan = Plan::of(&sample, columns).map_err(|e| Error::file(path, e))?;
    let before = plan.before;
    let mut rows = Rows::new(plan, columns.keep_times);
    let mut push = |record: &_, line| {
        let pushed = rows.push(record, line);
        pushed.map_err(|(problem, line)| Error::file(path, problem.on(line)))
    };
    for (record, line) in sample.iter().zip(lines).skip(before) {
        push(record, line)?;
    }
    let mut count: u64 = 0;
    while records.advance().map_err(cannot_read)? {
        push(&records.record, records.line())?;
        count += 1;
        if count.is_multiple_of(1 << 14) {
            progress(records.byte());
        }
    }
    progress(records.byte());
    let table = rows
        .finish(&columns.normal)
        .map_err(|e| Error::file(path, e))?;
    table.ok_or_else(|| Error::file(path, "expected rows, found only a header"))
}
