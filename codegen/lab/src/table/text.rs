//! Reads text files; only eight bytes per cell are kept in memory.

use super::Table;
use super::columns::Columns;
use super::content::Content;
use super::format::no_table;
use super::preamble;
use super::records::Records;
use super::rows::{Rows, is_no_row};
use super::sample::{Plan, RECORDS};
use nice_flow_codegen::{Error, Result};
use std::path::Path;

/// Of so many bytes, no more records are looked at before they are read.
const MOST: u64 = 1 << 20;

/// Reads a text file. `progress` receives the number of bytes read, every few thousand rows.
pub(super) fn read(path: &Path, columns: &Columns, progress: &dyn Fn(u64)) -> Result<Table> {
    let content = Content::open(path);
    let content = content.map_err(|error| Error::file(path, format!("cannot read: {error}")))?;
    parse(path, content, columns, progress)
}

/// The rows of a text; the path names it in errors.
pub(super) fn parse(
    path: &Path,
    content: Content,
    columns: &Columns,
    progress: &dyn Fn(u64),
) -> Result<Table> {
    let cannot_read = |error| Error::file(path, format!("cannot read: {error}"));
    if let Some(what) = no_table(&content.sample) {
        let message = format!("expected rows as text, found {what}");
        return Err(Error::file(path, message));
    }
    let mut records = Records::new(content);
    let (mut first, mut comment) = (vec![], None);
    while first.len() < RECORDS
        && records.byte() < MOST
        && records.advance().map_err(cannot_read)?
    {
        let line = (records.record.clone(), records.line());
        if !is_no_row(&records.record) {
            first.push(line);
        } else if first.is_empty() {
            comment = Some(line);
        }
    }
    if first.is_empty() {
        return Err(Error::file(path, "expected rows, found an empty file"));
    }
    let note = preamble::take_off(&mut first);
    let header = comment.and_then(|comment| preamble::header(comment, &first));
    first.splice(..0, header);
    let (sample, lines): (Vec<_>, Vec<_>) = first.into_iter().unzip();
    let plan = Plan::of(&sample, records.separator, columns);
    let mut plan = plan.map_err(|e| Error::file(path, e))?;
    plan.layout.notes.splice(..0, note);
    let before = plan.before;
    let mut rows = Rows::new(plan, &sample[..before], columns.keep_times);
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
